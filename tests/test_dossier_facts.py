"""What rows of a dossier become, where a careless reading would say more than the source does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cartkg.curation.adding import Added, add
from cartkg.curation.shelf import Shelf
from cartkg.findings import Severity
from cartkg.namespaces import BASE, TERM
from cartkg.project import Project

ROOT = Path(__file__).resolve().parents[1]
STUDY = ROOT / "tests" / "cases" / "dossiers" / "good" / "alpha-2025-lancet.yaml"
FINDING = f"{BASE}finding/alpha-2025-lancet/all/"
CLAIM = f"{BASE}claim/alpha-2025-lancet/alpha-2025-lancet/all/"
KIND = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """A project with the shared words and no study."""
    shutil.copytree(ROOT / "data" / "ttl" / "shared", tmp_path / "data" / "ttl" / "shared")
    (tmp_path / "ontology").mkdir()
    for name in ("prefixes.ttl", "cartkg.ttl"):
        shutil.copy(ROOT / "ontology" / name, tmp_path / "ontology" / name)
    return Project(tmp_path, tmp_path / ".cartkg")


def written(project: Project, *changes: tuple[str, str], key: str = "alpha-2025-lancet") -> Added:
    """Add the example study, perhaps by another key, with changes to its text."""
    text = STUDY.read_text("utf-8").replace("alpha-2025-lancet", key)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = project.root / f"{key}.yaml"
    path.write_text(text, "utf-8")
    return add([path], project)


@pytest.mark.parametrize("told", ["anti-SRP or anti-HMGCR in 4", "anti-Jo-1 or anti-SRP 4/8", "anti-SRP positive in 4"])
def test_number_of_several_antibodies_is_that_of_none(empty: Project, told: str) -> None:
    report = written(empty, ("country: Germany", f"country: Germany\n  autoantibodies: [{told}]"))
    facts = Shelf.of(empty).facts("alpha-2025-lancet")
    found = [subject for subject in facts if subject.iri.startswith(f"{FINDING}anti-")]
    assert any(subject.iri == f"{FINDING}anti-srp/baseline/present" for subject in found)
    assert all(subject.one(f"{TERM}numerator") is None for subject in found)
    assert all(told in (subject.one(f"{TERM}resultText") or "") for subject in found)
    assert ["autoantibodies[0]" in finding.message for finding in report.in_words] == [True]


def test_antibodies_at_baseline_are_no_outcome_and_speak_for_nothing(empty: Project) -> None:
    written(empty, ("country: Germany", "country: Germany\n  autoantibodies: [anti-dsDNA in 8]"))
    facts = Shelf.of(empty).facts("alpha-2025-lancet").subjects
    finding = facts[f"{FINDING}anti-dsdna/baseline/8-of-8"]
    assert f"{TERM}OutcomeFinding" not in finding.texts(KIND)
    assert f"{TERM}CharacteristicFinding" in finding.texts(KIND)
    assert facts[f"{CLAIM}anti-dsdna/baseline/8-of-8"].one(f"{TERM}direction") == f"{TERM}neutral"


def test_label_of_a_count_says_what_became_of_those_counted(empty: Project) -> None:
    row = "{cohort: all, criterion: anti-dsDNA, kind: responder, n_achieved: 2, n_assessed: 3, text: gone, source: s1}"
    written(empty, ("outcomes:\n", f"outcomes:\n- {row}\n"))
    finding = Shelf.of(empty).facts("alpha-2025-lancet").subjects[f"{FINDING}anti-dsdna/time-not-reported/2-of-3"]
    assert finding.one(f"{TERM}resultKind") == f"{TERM}resolved"
    assert (finding.one(LABEL) or "").partition(" (")[0].endswith(": 2 of 3 resolved")


def test_two_studies_of_one_registered_trial_are_asked_whether_they_share_patients(empty: Project) -> None:
    number = "kind: case series\n  trial_ids: [NCT05859997]"
    assert not written(empty, ("kind: case series", number)).refused
    second = written(empty, ("kind: case series", number), key="delta-2026-bmj")
    asked = [finding for finding in second.findings if finding.rule == "dossier-shared-trial"]
    assert [(finding.severity, finding.line) for finding in asked] == [(Severity.WARNING, 9)]
    assert "`alpha-2025-lancet`" in asked[0].message
    told = "overlap: [{with: alpha-2025-lancet, what: same trial, stated: false}]\nnotes:"
    third = written(empty, ("kind: case series", number), ("notes:", told), key="delta-2026-bmj")
    assert not [finding for finding in third.findings if finding.rule == "dossier-shared-trial"]
