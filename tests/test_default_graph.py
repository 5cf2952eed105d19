"""The default graph of the shipped data: everything as users write it, each thing once; what is stated, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from pyoxigraph import NamedNode, QuerySolutions
from tests.live import serving
from tests.test_questions import ROOT, counted_graph

import cartkg
from cartkg.cli import cli
from cartkg.namespaces import GRAPH_ASSERTED, GRAPH_COUNTS, GRAPH_INFERRED, RDFS, TERM
from cartkg.project import find

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.graph import KnowledgeGraph
    from cartkg.project import Project

pytestmark = pytest.mark.whole

#: What users write and what a query that needs no reasoning counts instead.
EXAMPLES = {
    "?x a cartkg:Finding": "?x cartkg:measure ?measure",
    "?x cartkg:assertedBy ?claim": "?claim cartkg:asserts ?x",
    "?cohort cartkg:hasFinding ?x": "?x cartkg:ofCohort ?cohort ; cartkg:measure ?measure",
}


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return counted_graph()


def number(graph: KnowledgeGraph, what: str, pattern: str, clause: str = "") -> int:
    rows = graph.query(f"SELECT (COUNT({what}) AS ?n) {clause} WHERE {{ {pattern} }}")
    assert isinstance(rows, QuerySolutions)
    return int(next(iter(rows))["n"].value)


@pytest.mark.parametrize("pattern", EXAMPLES)
def test_what_reasoning_adds_is_found_as_users_write_it(graph: KnowledgeGraph, pattern: str) -> None:
    found = number(graph, "DISTINCT ?x", pattern)
    assert found == number(graph, "DISTINCT ?x", EXAMPLES[pattern], f"FROM <{GRAPH_ASSERTED}>") > 1000
    assert number(graph, "*", pattern, f"FROM <{GRAPH_ASSERTED}>") == 0


def test_each_finding_is_counted_once(graph: KnowledgeGraph) -> None:
    stated = {quad.subject for quad in graph.store.quads_for_pattern(None, NamedNode(f"{TERM}measure"), None)}
    assert number(graph, "?f", "?f a cartkg:Finding") == len(stated) > 1000


def test_each_triple_is_in_the_default_graph_once(graph: KnowledgeGraph) -> None:
    assert number(graph, "*", "?s ?p ?o") == len({quad.triple for quad in graph.quads()})


def test_what_is_stated_is_everything_but_what_is_derived(graph: KnowledgeGraph) -> None:
    derived = {NamedNode(GRAPH_INFERRED), NamedNode(GRAPH_COUNTS)}
    stated = {quad.triple for quad in graph.quads() if quad.graph_name not in derived}
    assert number(graph, "*", "?s ?p ?o", f"FROM <{GRAPH_ASSERTED}>") == len(stated)


def test_what_is_stated_is_no_graph_of_its_own(graph: KnowledgeGraph) -> None:
    assert number(graph, "DISTINCT ?g", "GRAPH ?g { }") == len(graph.graphs())
    assert number(graph, "*", "GRAPH ?g { ?s ?p ?o }") == len(graph)
    assert number(graph, "*", f"GRAPH <{GRAPH_ASSERTED}> {{ ?s ?p ?o }}") == 0


@pytest.fixture
def built(graph: KnowledgeGraph, tmp_path: Path) -> Project:
    """Give a project whose last build holds a part of the graph."""
    (tmp_path / "ontology").mkdir()
    for name in ("cartkg.ttl", "prefixes.ttl"):
        (tmp_path / "ontology" / name).write_text((ROOT / "ontology" / name).read_text("utf-8"), "utf-8")
    project = find(tmp_path)
    rows = graph.query("SELECT ?f WHERE { ?f a cartkg:Finding } ORDER BY ?f LIMIT 3")
    assert isinstance(rows, QuerySolutions)
    few = {row["f"] for row in rows}
    project.build.mkdir(parents=True)
    kept = (quad for quad in graph.quads() if quad.subject in few or quad.object in few)
    (project.build / "cartkg.nq").write_text("".join(f"{quad} .\n" for quad in kept), "utf-8")
    for path in project.build_files():
        path.touch()
    project.cache.remember(project.build_files())
    return project


@pytest.mark.parametrize(("clause", "found"), [("", 3), (f"FROM <{GRAPH_ASSERTED}>", 0), ("FROM graph:asserted", 0)])
def test_the_command_line_and_python_ask_the_same_graphs(built: Project, clause: str, found: int) -> None:
    text = f"SELECT (COUNT(?f) AS ?n) {clause} WHERE {{ ?f a cartkg:Finding }}"
    arguments = ["--project", str(built.root), "query", "-", "--format", "csv"]
    result = CliRunner().invoke(cli, arguments, input=text, catch_exceptions=False)
    assert result.stdout == f"n\n{found}\n"
    assert [row[0].toPython() for row in cartkg.load(built.root).query(text)] == [found]  # type: ignore[union-attr,index]


def test_the_counts_are_in_the_default_graph_and_not_among_what_is_stated(graph: KnowledgeGraph) -> None:
    pattern = f"?count a cartkg:DistinctPatientCount ; <{RDFS}label> ?label"
    assert number(graph, "?count", pattern) == number(graph, "?count", f"GRAPH <{GRAPH_COUNTS}> {{ {pattern} }}") > 1000
    assert number(graph, "?count", pattern, f"FROM <{GRAPH_ASSERTED}>") == 0


def test_pages_show_what_is_stated_and_what_reasoning_adds_apart() -> None:
    with serving() as live:
        page = live.request("GET", "/cohort/one").text
        stated, _, added = page.partition("Inferred facts")
        assert "IndividualPatient" in added
        assert "IndividualPatient" not in stated
        assert "IndividualPatient" not in live.request("GET", "/cohort/one.ttl").text
        everything = live.request("GET", f"/query?query={quote('SELECT ?class { ?thing a ?class }')}").text
        assert "IndividualPatient" in everything


def test_what_is_stated_has_a_page_that_says_how_to_ask_it() -> None:
    with serving() as live:
        page = live.request("GET", "/graph/asserted").text
    assert "11 statements" in page
    assert f"FROM &lt;{GRAPH_ASSERTED}&gt;" in page
    assert "IndividualPatient" not in page
