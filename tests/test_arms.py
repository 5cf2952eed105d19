"""What a dossier states about arms, drugs, pages and conflicts is what the graph holds, no more and no less."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from cartkg import project
from cartkg.compile.compiling import Reader, compile_dossiers
from cartkg.dossier.terms import Vocabulary
from cartkg.namespaces import BASE, TERM

ROOT = Path(__file__).resolve().parents[1]
DOSSIER = (ROOT / "tests" / "cases" / "arms.yaml").read_bytes()


@cache
def stated() -> dict[str, dict[str, set[str]]]:
    """Return the values by subject and property, IRIs without their common part."""
    reader = Reader({"example": ROOT / "example.yaml"}, {"example": DOSSIER})
    compiled = compile_dossiers(reader, Vocabulary.read(project.find(ROOT)))
    assert [found.message for found in compiled.diagnostics] == []
    return {
        subject.iri.removeprefix(BASE): {
            predicate.removeprefix(TERM): {value.value.removeprefix(TERM).removeprefix(BASE) for value in values}
            for predicate, values in subject.values.items()
        }
        for subject in compiled.facts["example"]
    }


EXPECTED = (
    ("arm/example/treated", "armRole", {"treatedArm"}),
    ("arm/example/treated", "armTherapy", {"therapy/example/cells"}),
    ("cohort/example/sle", "inArm", {"arm/example/treated"}),
    ("cohort/example/sle", "countedAs", {"treatedPatients"}),
    ("cohort/example/sle", "patientCount", {"8"}),
    ("cohort/example/sle", "dataCutOffDate", {"2024-02"}),
    ("cohort/example/planned", "unitCount", {"20"}),
    ("cohort/example/planned", "patientCount", None),
    ("cohort/example/planned", "receivedTherapy", None),
    (
        "regimen/example/treated",
        "hasElement",
        {"administration/example/fludarabine", "administration/example/treated-infusions"},
    ),
    ("regimen/example/treated", "withholdsElement", {"administration/example/tocilizumab"}),
    ("administration/example/tocilizumab", "elementOf", None),
    ("administration/example/treated-infusions", "comparator", {"atLeast"}),
    ("claim/example/administration/example/treated-infusions", "dossierRow", {"example#treated-infusions"}),
    ("publication/example/s2", "reportsStudy", {"study/example"}),
    ("finding/example/infections", "eventCount", {"11"}),
    ("finding/example/infections", "countedAs", {"countedEvents"}),
    ("finding/example/infections", "numerator", None),
    ("finding/example/infections", "seriousEvent", {"false"}),
    ("conflict/example/size", "statedBy", {"publication/example/s2"}),
    ("conflict/example/size", "judgedBy", None),
    ("conflict/example/size/1", "restsOn", {"cohort/example/sle"}),
    ("conflict/example/size/1", "heldBy", {"publication/example", "publication/example/s2"}),
)


@pytest.mark.parametrize(
    ("subject", "predicate", "values"), EXPECTED, ids=[f"{subject} {predicate}" for subject, predicate, _ in EXPECTED]
)
def test_the_graph_holds_what_the_dossier_states(subject: str, predicate: str, values: set[str] | None) -> None:
    assert stated()[subject].get(predicate) == values
