"""`cartkg check` reads the saved searches and the worklist, and names the lists that nothing reads."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.command import cartkg
from tests.small import small_project

from cartkg.literature.screening.worklist import COLUMNS, Item, Worklist
from cartkg.pipeline.stages.screening import screening_diagnostics
from cartkg.project import find

if TYPE_CHECKING:
    from cartkg.project import Project

ROOT = Path(__file__).resolve().parents[1]
SEARCHES = "searches:\n- {id: p, service: pubmed, query: lupus}\n"
GOOD = Item("pmid-1", title="One", pmid="1", searches=("p",), found="2026-11-30")
TRIALS = "trials:\n- {id: nct00000001}\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return small_project(tmp_path)


def _found(project: Project, **texts: str) -> list[tuple[str, int, int, str]]:
    """Write lists, and return the file, line, column and rule of each problem."""
    for name, text in texts.items():
        (project.lists / name.replace("_", ".")).write_text(text, "utf-8")
    found = screening_diagnostics(project)
    return [(each.file.name if each.file else "", each.line, each.column, each.rule) for each in found]


def test_the_shipped_lists_have_no_problem() -> None:
    assert screening_diagnostics(find(ROOT)) == []


def test_a_project_without_searches_and_worklist_has_no_problem(project: Project) -> None:
    assert _found(project) == []


def test_each_mistake_has_its_file_line_column_and_rule(project: Project) -> None:
    item = Item("pmid-2", state="excluded", stage="title", title="Two", searches=("q",), found="2026-11-30")
    lines = Worklist((GOOD, item)).text + "one\tcell\n"
    found = _found(project, searches_yaml=SEARCHES, trials_yaml=TRIALS, worklist_tsv=lines)
    assert ("worklist.tsv", 3, len("pmid-2\texcluded\t") + 1, "worklist-stage") in found
    assert ("worklist.tsv", 4, 1, "worklist-form") in found
    assert {rule for _, _, _, rule in found} == {
        "worklist-stage", "worklist-reason", "worklist-by", "worklist-on", "worklist-searches", "worklist-form",
    }  # fmt: skip


def test_broken_searches_are_reported_and_the_worklist_says_that_it_was_not_compared(project: Project) -> None:
    searches = SEARCHES.replace("service: pubmed", "service: pubmd")
    worklist = Worklist((GOOD,)).text + "short\n"
    assert _found(project, searches_yaml=searches, worklist_tsv=worklist) == [
        ("searches.yaml", 2, searches.splitlines()[1].index("service") + 1, "search-service"),
        ("worklist.tsv", 3, 1, "worklist-form"),
        ("worklist.tsv", 1, 1, "worklist-not-compared"),
    ]


def test_a_file_that_looks_like_a_list_and_is_read_by_nothing_is_named(project: Project) -> None:
    assert _found(project, worklist_csv="a,b\n", search_yaml=SEARCHES) == [
        ("search.yaml", 1, 1, "list-not-read"),
        ("worklist.csv", 1, 1, "list-not-read"),
    ]


def test_a_worklist_that_may_not_be_read_is_a_problem_of_its_own(project: Project, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.tsv"
    outside.write_text("\t".join(COLUMNS) + "\n", "utf-8")
    (project.lists / "worklist.tsv").symlink_to(outside)
    assert [rule for _, _, _, rule in _found(project)] == ["file-outside"]


def test_the_check_reports_them_and_fails(project: Project) -> None:
    _found(project, searches_yaml=SEARCHES.replace("id: p", "id: P P"))
    shutil.rmtree(project.work, ignore_errors=True)
    done = cartkg(project.root, "check")
    assert done.returncode == 1
    assert "data/searches.yaml:2:4: error search-id" in done.stdout, done.stdout + done.stderr
