"""What rows of a dossier become, where a careless reading would say more than the source does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cartkg.curation.adding import Added, add
from cartkg.curation.shelf import Shelf
from cartkg.findings import Severity
from cartkg.namespaces import BASE, TERM

if TYPE_CHECKING:
    from cartkg.curation.facts import Subject
    from cartkg.project import Project

ROOT = Path(__file__).resolve().parents[1]
STUDY = ROOT / "tests" / "cases" / "dossiers" / "good" / "alpha-2025-lancet.yaml"
FINDING = f"{BASE}finding/alpha-2025-lancet/all/"
CLAIM = f"{BASE}claim/alpha-2025-lancet/alpha-2025-lancet/all/"
KIND = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
#: Line of an outcome row put before the others.
ROW = STUDY.read_text("utf-8").partition("outcomes:\n")[0].count("\n") + 2
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


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
    assert sum("autoantibodies[0]" in finding.message for finding in report.in_words) == 1


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


def outcome(row: str) -> tuple[str, str]:
    """Put an outcome row before the others."""
    return ("outcomes:\n", f"outcomes:\n- {{cohort: all, {row}, source: s1}}\n")


@pytest.mark.parametrize(
    ("row", "rule", "words"),
    [
        (
            "criterion: relapse, kind: responder, n_achieved: 5, n_assessed: 6, text: relapse free",
            "dossier-opposite-count",
            "n_achieved: 1",
        ),
        (
            "criterion: relapse, kind: responder, n_achieved: 5, n_assessed: 6, text: no relapse within a year",
            "dossier-opposite-count",
            "free of it",
        ),
        ("criterion: QMG, kind: change, stat: mean, value: 9.4, text: fell", "dossier-opposite-sign", "value: -9.4"),
        ("criterion: MMT8, kind: change, stat: mean, value: -9, text: rose", "dossier-opposite-sign", "value: 9"),
        (
            "criterion: anti-dsDNA, kind: laboratory, stat: median, value: 61, unit: percent, text: fell",
            "dossier-change-as-level",
            "value: -61",
        ),
    ],
)
def test_words_and_numbers_that_point_opposite_ways_are_named(empty: Project, row: str, rule: str, words: str) -> None:
    found = [finding for finding in written(empty, outcome(row)).findings if finding.rule == rule]
    assert [finding.line for finding in found] == [ROW]
    assert words in found[0].message


@pytest.mark.parametrize(
    "row",
    [
        "criterion: relapse, kind: responder, n_achieved: 1, n_assessed: 6, text: at month 11",
        "criterion: relapse-free, kind: responder, n_achieved: 5, n_assessed: 6, text: relapse free",
        "criterion: QMG, kind: change, stat: mean, value: -9.4, text: fell",
        "criterion: anti-dsDNA, kind: change, stat: median, value: -61, unit: percent, text: fell",
    ],
)
def test_words_and_numbers_that_agree_are_not_named(empty: Project, row: str) -> None:
    rules = {finding.rule for finding in written(empty, outcome(row)).findings}
    assert not rules & {"dossier-opposite-count", "dossier-opposite-sign", "dossier-change-as-level"}


def test_drug_of_one_cohort_is_not_given_to_the_others(empty: Project) -> None:
    parts = "cohorts:\n- {id: kidney, disease: systemic lupus erythematosus, n: 3, source: s1}\n"
    row = "concomitant_or_post:\n  - {drug: prednisone, cohort: kidney, text: stopped in all, source: s1}\n"
    assert not written(empty, ("cohorts:\n", parts), ("concomitant_or_post:\n", row)).refused
    facts = Shelf.of(empty).facts("alpha-2025-lancet").subjects
    mine, all_of_them = f"{BASE}regimen/alpha-2025-lancet/kidney", f"{BASE}regimen/alpha-2025-lancet"
    holding = {subject.iri for subject in facts.values() if f"{BASE}drug/prednisone" in _drugs(facts, subject.iri)}
    assert holding == {mine}
    received = {name: facts[f"{BASE}cohort/alpha-2025-lancet/{name}"].texts(f"{TERM}receivedRegimen") for name in PARTS}
    assert sorted(received["kidney"]) == sorted([all_of_them, mine])
    assert list(received["all"]) == [all_of_them]


PARTS = ("all", "kidney")


def _drugs(facts: dict[str, Subject], regimen: str) -> set[str]:
    """Give the drugs of the elements of a regimen."""
    elements = facts[regimen].texts(f"{TERM}hasElement")
    return {drug for element in elements for drug in facts[element].texts(f"{TERM}drug")}


def test_a_drug_of_the_only_cohort_stays_in_the_regimen_of_all(empty: Project) -> None:
    assert not written(
        empty, ("- {drug: mycophenolate mofetil,", "- {drug: mycophenolate mofetil, cohort: all,")
    ).refused
    assert f"{BASE}regimen/alpha-2025-lancet/all" not in Shelf.of(empty).facts("alpha-2025-lancet").subjects


def test_a_death_speaks_against_though_no_grade_is_given(empty: Project) -> None:
    row = "adverse_events:\n- {cohort: all, term: death, n: 1, N: 8, text: judged unrelated, source: s1}\n"
    written(empty, ("adverse_events:\n", row))
    claim = Shelf.of(empty).facts("alpha-2025-lancet").subjects[f"{CLAIM}death/time-not-reported/1-of-8"]
    assert claim.one(f"{TERM}direction") == f"{TERM}refutes"


def test_two_grades_are_named_as_a_span(empty: Project) -> None:
    row = "adverse_events:\n- {cohort: all, term: neutropenia, grade: 3-4, n: 6, N: 8, source: s1}\n"
    written(empty, ("adverse_events:\n", row))
    labels = {subject.one(LABEL) or "" for subject in Shelf.of(empty).facts("alpha-2025-lancet")}
    assert any(label.startswith("neutropenia, grade 3 to 4: 6 of 8") for label in labels)


def test_gram_per_litre_is_not_gram_and_what_fell_did_not_always_improve(empty: Project) -> None:
    row = "criterion: IgG, kind: laboratory, n_achieved: 7, n_assessed: 8, value: 4, unit: g/L, text: fell below"
    written(empty, outcome(row))
    found = [subject for subject in Shelf.of(empty).facts("alpha-2025-lancet") if "/igg/" in subject.iri]
    findings = [subject for subject in found if subject.iri.startswith(FINDING)]
    assert [subject.one(f"{TERM}unit") for subject in findings] == [f"{BASE}unit/g-per-l"]
    assert not any("improved" in (subject.one(LABEL) or "") for subject in findings)


def test_a_unit_with_more_behind_a_stroke_is_another_unit(empty: Project) -> None:
    report = written(empty, outcome("criterion: IgG, kind: laboratory, value: 4, unit: g/fortnight"))
    assert [(finding.rule, finding.line) for finding in report.findings if finding.severity is Severity.ERROR] == [
        ("dossier-unknown-unit", ROW)
    ]
