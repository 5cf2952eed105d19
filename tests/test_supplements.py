"""Supplements: what a dossier lacks comes in with it; what must not come in is refused at its line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cartkg.curation.adding import Added, add
from cartkg.curation.shelf import Shelf
from cartkg.findings import Severity
from cartkg.namespaces import BASE, TERM

if TYPE_CHECKING:
    from cartkg.project import Project

ROOT = Path(__file__).resolve().parents[1]
GOOD = ROOT / "tests" / "cases" / "dossiers" / "good"
STUDY, NEWS = GOOD / "alpha-2025-lancet.yaml", GOOD / "beta-2025-news.yaml"
FINDING = f"{BASE}finding/alpha-2025-lancet/all/"


@pytest.fixture
def project(empty: Project) -> Project:
    """A project with the shared words, no study, and a folder for supplements."""
    empty.supplements.mkdir()
    return empty


def beside(project: Project, key: str, text: str) -> None:
    (project.supplements / f"{key}.yaml").write_text(f"key: {key}\n{text}", "utf-8")


def told(project: Project, home: str, iri: str, name: str) -> set[str]:
    return set(Shelf.of(project).facts(home).subjects[iri].texts(TERM + name))


def refused(report: Added) -> list[tuple[str, str, int]]:
    return [(f.file.name, f.rule, f.line) for f in report.findings if f.file and f.severity is Severity.ERROR]


def test_added_row_is_a_finding_that_names_the_supplement(project: Project) -> None:
    rows = "{cohort: all, criterion: proteinuria, kind: laboratory, text: resolved, source: s1}"
    beside(project, "alpha-2025-lancet", f"adds:\n  outcomes:\n  - {rows}\n")
    add([STUDY], project)
    claim = f"{BASE}claim/alpha-2025-lancet/alpha-2025-lancet/all/proteinuria/time-not-reported/resolved"
    assert told(project, "alpha-2025-lancet", claim, "dossierRow") == {"alpha-2025-lancet supplement outcomes[6]"}


def test_completed_row_has_the_time_that_the_dossier_lacks(project: Project) -> None:
    beside(project, "alpha-2025-lancet", "completes:\n- row: outcomes[4]\n  timepoint: {text: over follow-up}\n")
    add([STUDY], project)
    found = told(project, "alpha-2025-lancet", f"{FINDING}complement-c3/over-follow-up/normalised", "timeKind")
    assert found == {f"{TERM}overFollowUp"}


def test_adding_the_dossier_again_keeps_the_supplement(project: Project) -> None:
    beside(project, "alpha-2025-lancet", "adds:\n  claims:\n  - {text: a first of its kind, source: s1}\n")
    add([STUDY], project)
    before = (project.data / "alpha-2025-lancet.ttl").read_text("utf-8")
    assert add([STUDY], project).written == []
    assert "a first of its kind" in before


def test_conflict_joins_the_rows_that_it_names_and_no_others(project: Project) -> None:
    beside(
        project,
        "alpha-2025-lancet",
        "completes:\n- row: conflicts[0]\n  kind: different statistic\n  explanation: two cuts\n"
        "  joins:\n  - alpha-2025-lancet cohorts[0] measure age\n  - beta-2025-news cohorts[0] measure age\n",
    )
    add([STUDY, NEWS], project)
    conflict = f"{BASE}conflict/alpha-2025-lancet/1-age"
    assert told(project, "alpha-2025-lancet", conflict, "involves") == {
        f"{BASE}publication/alpha-2025-lancet",
        f"{BASE}publication/beta-2025-news",
        f"{FINDING}age/baseline/median-22-range-width-6",
        f"{FINDING}age/baseline/median-23",
    }
    assert told(project, "alpha-2025-lancet", conflict, "conflictKind") == {f"{TERM}differentStatistic"}
    assert told(project, "alpha-2025-lancet", conflict, "conflictStatus") == {f"{TERM}explainedConflict"}


def test_join_of_a_row_that_gives_nothing_is_warned_of(project: Project) -> None:
    beside(
        project, "alpha-2025-lancet", "completes:\n- row: conflicts[0]\n  joins: ['alpha-2025-lancet outcomes[99]']\n"
    )
    report = add([STUDY], project)
    found = [(f.file, f.line) for f in report.findings if f.rule == "dossier-joins-nothing"]
    assert found == [(project.supplements / "alpha-2025-lancet.yaml", 4)]


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("completes:\n- row: outcomes[0]\n  n_achieved: 7\n", "supplement-taken", 4),
        ("completes:\n- row: outcomes[0]\n  timepoint: {value: 3}\n", "supplement-taken", 4),
        ("completes:\n- row: outcomes[60]\n  text: lost\n", "supplement-row", 3),
        ("completes:\n- row: conclusion\n  text: lost\n", "supplement-row", 3),
        ("changes:\n- row: outcomes[0]\n", "supplement-field", 2),
        ("adds:\n  outcomes: none\n", "supplement-rows", 3),
        ("adds:\n  outcomes:\n  - {cohort: all, colour: red}\n", "dossier-additionalProperties", 4),
    ],
)
def test_supplement_that_cannot_come_in_is_refused_at_its_line(
    project: Project, text: str, rule: str, line: int
) -> None:
    beside(project, "alpha-2025-lancet", text)
    report = add([STUDY], project)
    assert ("alpha-2025-lancet.yaml", rule, line) in refused(report)
    assert {f.file.parent for f in report.findings if f.file and f.rule == rule} == {project.supplements}
    assert report.written == []


def test_supplement_of_another_key_is_refused(project: Project) -> None:
    (project.supplements / "alpha-2025-lancet.yaml").write_text("key: beta-2025-news\nadds: {}\n", "utf-8")
    assert refused(add([STUDY], project)) == [("alpha-2025-lancet.yaml", "supplement-key", 1)]
