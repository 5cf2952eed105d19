"""What a retracted report states: it stays, marked, is in no default answer, and what is left out is counted."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.asked import Asker, cells

from cartkg.cli import cli
from cartkg.compile.compiling import Reader, compile_dossiers, turtle_of
from cartkg.dossier.terms import Vocabulary
from cartkg.graph import read
from cartkg.namespaces import BASE, GRAPH_COUNTS, GRAPH_INFERRED, read_prefixes
from cartkg.project import Project, find
from cartkg.reasoning import infer
from cartkg.synthesis import read_relations
from cartkg.synthesis.reports.tables import triples as counts

if TYPE_CHECKING:
    from cartkg.compile.compiling import Compiled

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "tests" / "cases" / "dossiers" / "alpha-2025-lancet.yaml").read_text("utf-8")
UNKNOWN = "status: {retracted: unknown, looked: not-yet}"
LUPUS = "systemic lupus erythematosus"
GONE, VALID = "alpha-2025-lancet", "omega-2025-lancet"


def _dossiers(status: str = "{retracted: yes, looked: 2026-11-20}") -> Compiled:
    """Compile the example as a report with a status, and as another one that was not retracted."""
    assert TEXT.count(UNKNOWN) == 1
    other = TEXT.replace(GONE, VALID).replace("10.1016/example-405-1", "10.1016/example-405-2")
    contents = {GONE: TEXT.replace(UNKNOWN, f"status: {status}").encode(), VALID: other.encode()}
    read_as = Reader({key: Path(f"{key}.yaml") for key in contents}, contents)
    return compile_dossiers(read_as, Vocabulary.read(find(ROOT)))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Give a project of two reports, of which one was retracted."""
    root = tmp_path_factory.mktemp("retracted")
    for folder in ("ontology", "queries", "data/vocabulary", "data/ttl/shared"):
        shutil.copytree(ROOT / folder, root / folder)
    for name in ("trials.yaml", "products.yaml"):
        shutil.copy(ROOT / "data" / name, root / "data" / name)
    found = _dossiers()
    assert found.diagnostics == []
    for key, facts in found.facts.items():
        text = turtle_of(key, facts, read_prefixes(root / "ontology" / "prefixes.ttl"))
        (root / "data" / "ttl" / f"{key}.ttl").write_bytes(text)
    return Project(root, root / ".cartkg")


@pytest.fixture(scope="module")
def asker(project: Project) -> Asker:
    graph = read([*project.ontology_files(), *project.data_files()], project).graph
    graph.add(GRAPH_INFERRED, infer(graph, project).triples)
    graph.add(GRAPH_COUNTS, counts(graph))
    return Asker(graph)


def test_every_claim_stays_in_the_graph_and_is_marked(asker: Asker) -> None:
    rows = list(cells(asker.rows("results", [("with", "retracted")])))
    gone = [row for row in rows if GONE in row["finding"]]
    assert {row["finding"].rpartition("/")[2] for row in gone} == {"doris-6mo", "anti-dsdna", "sledai-change"}
    assert all(row["marks"].startswith("of a retracted report") for row in gone)
    assert not any("retracted" in row.get("marks", "") for row in rows if VALID in row["finding"])


@pytest.mark.parametrize("name", ["results", "safety", "cohorts", "characteristics", "claims", "regimens"])
def test_a_default_answer_has_nothing_of_it(name: str, asker: Asker) -> None:
    settings = [("with", "reviewed")] if name == "claims" else []
    shown, every = (str(asker.rows(name, [*settings, *more]).rows) for more in ((), [("with", "retracted")]))
    assert (GONE in shown, VALID in shown) == (False, True)
    assert (GONE in every, VALID in every) == (True, True)


def test_the_evidence_base_and_the_map_count_one_report_instead_of_two(asker: Asker) -> None:
    for name, column in (("evidence-base", "studies"), ("evidence-map", "groups")):
        shown, every = (
            [
                int(row[column])
                for row in cells(asker.rows(name, more))
                if row["disease"] == "systemic lupus erythematosus"
            ]
            for more in ((), [("with", "retracted")])
        )
        assert shown
        assert [2 * number for number in shown] == every


def test_its_patients_are_in_no_count_and_its_groups_have_a_row_where_they_are_asked_for(asker: Asker) -> None:
    excluded = {iri: each.excluded for iri, each in read_relations(asker.graph).cohorts.items()}
    assert excluded[f"{BASE}cohort/{GONE}/all"] == "its report was retracted"
    assert excluded[f"{BASE}cohort/{VALID}/all"] == ""
    lupus = [("disease", "MONDO:0007915")]
    (once,) = [row for row in cells(asker.rows("patients-once", lupus)) if not row.get("target")]
    assert (once["low"], once["high"], once["sum"]) == ("8", "8", "14")
    more = {*asker.rows("patients-once", [*lupus, ("with", "retracted")]).rows}
    extra = more - {*asker.rows("patients-once", lupus).rows}
    assert {row[-1].rpartition("/")[2] for row in extra} == {"all", "responders", "controls"}
    assert {row[3] for row in extra} == {"not counted: its report was retracted"}


def test_the_commands_name_what_is_left_out(project: Project, asker: Asker) -> None:
    asked = ["--project", str(project.root)]
    answer = CliRunner().invoke(cli, [*asked, "query", "regimens"])
    gone = [row for row in asker.rows("regimens", [("with", "retracted")]).rows if GONE in row[-1]]
    assert gone
    assert f"Left out: what retracted reports state: {len(gone)} rows (--with retracted)" in answer.output
    counted = CliRunner().invoke(cli, [*asked, "count", "--disease", "MONDO:0007915"])
    assert "8 distinct patients" in counted.output
    assert "its report was retracted" in counted.output


@pytest.mark.parametrize("told", ["yes", "no"])
def test_a_status_without_the_day_on_which_someone_looked_is_a_problem_at_its_line(told: str) -> None:
    (found,) = _dossiers(f"{{retracted: {told}, looked: not-yet}}").diagnostics
    assert found.rule == "dossier-status"
    assert found.message.startswith(f"`retracted: {told}` needs the day on which someone looked")
    (line,) = (number for number, line in enumerate(TEXT.splitlines(), 1) if UNKNOWN in line)
    assert found.line == line
