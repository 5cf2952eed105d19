"""One store: named graphs, their union, dumps, and the views that rdflib users and pySHACL get."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from rdflib import RDFS, Graph, Literal, URIRef
from rdflib.plugins.sparql import prepareQuery, processor

import cartkg
from cartkg.errors import ConfigError, QueryError, SourceError
from cartkg.graph import KnowledgeGraph, Location, read
from cartkg.namespaces import (
    BASE,
    GRAPH_ASSERTED,
    GRAPH_COUNTS,
    GRAPH_INFERRED,
    GRAPH_ONTOLOGY,
    Prefixes,
    graph_iri,
)
from cartkg.project import DUMP, INDEX, MANIFEST, PAGE, PICTURE, Project, find

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.graph import Reading

COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
ASSERTED = f"FROM <{GRAPH_ASSERTED}>"
EVERY = "SELECT ?s ?p ?o ?g WHERE { GRAPH ?g { ?s ?p ?o } }"


def quad(subject: str, value: str) -> ox.Quad:
    return ox.Quad(ox.NamedNode(f"http://e/{subject}"), ox.NamedNode("http://e/p"), ox.Literal(value))


def of(clause: str, pattern: str = "?s ?p ?o") -> str:
    """Write the query that counts the matches of a pattern in the graphs that a clause names."""
    return COUNT.replace("WHERE", f"{clause} WHERE").replace("?s ?p ?o", pattern)


def count(graph: KnowledgeGraph, text: str = COUNT) -> int:
    rows = graph.query(text)
    assert isinstance(rows, ox.QuerySolutions)
    return int(next(iter(rows))["n"].value)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "little"
    (folder / "ontology").mkdir(parents=True)
    (folder / "data" / "ttl").mkdir(parents=True)
    declared = 'e:x sh:prefix "e" ; sh:namespace "http://e/" .'
    head = "@prefix e: <http://e/> .\n"
    shacl = "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
    (folder / "ontology" / "prefixes.ttl").write_text(head + shacl + declared + "\n")
    (folder / "ontology" / "cartkg.ttl").write_text(head + "e:C a e:Class .\n")
    (folder / "data" / "ttl" / "one.ttl").write_text(head + "e:a\n    e:p e:gone, 1 ;\n    e:q [ e:r 2 ] .\n")
    (folder / "data" / "ttl" / "two.ttl").write_text(head + "e:a e:p 1 .\n\ne:b e:p _:x . _:x e:p _:x .\n")
    return Project(folder, tmp_path / "work")


@pytest.fixture
def reading(project: Project) -> Reading:
    return read([*project.ontology_files(), *project.data_files()], project)


def test_each_data_file_is_a_named_graph_and_the_ontology_is_one(reading: Reading) -> None:
    assert reading.graph.graphs() == [graph_iri("one"), GRAPH_ONTOLOGY, graph_iri("two")]


def test_a_plain_query_asks_the_union_and_counts_a_triple_of_two_files_once(reading: Reading) -> None:
    assert count(reading.graph) == 9
    assert len(reading.graph) == 10
    assert count(reading.graph, "SELECT (COUNT(*) AS ?n) WHERE { e:a e:p 1 }") == 1


def test_the_union_holds_what_was_inferred_and_another_name_what_is_stated(reading: Reading) -> None:
    reading.graph.add(GRAPH_INFERRED, [quad("new", "x")])
    reading.graph.add(GRAPH_COUNTS, [quad("new", "y")])
    assert count(reading.graph) == 11
    assert count(reading.graph, of(ASSERTED)) == 9
    assert count(reading.graph, f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{GRAPH_INFERRED}> {{ ?s ?p ?o }} }}") == 1
    assert GRAPH_ASSERTED not in reading.graph.graphs()
    assert [row["n"] for row in reading.graph.select("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")] == ["9"]


def test_what_is_stated_and_inferred_is_in_the_union_once_in_whatever_order_it_comes() -> None:
    given = [("http://e/g", "both"), ("http://e/g", "stated"), (GRAPH_INFERRED, "both"), (GRAPH_INFERRED, "new")]
    for order in (given, given[::-1]):
        graph = KnowledgeGraph()
        for name, value in order:
            graph.add(name, [quad("a", value)])
        assert count(graph) == 3
        assert [str(found.object) for found in graph.quads(GRAPH_INFERRED)] == ['"new"']


def test_a_dump_in_which_graphs_repeat_each_other_gives_each_triple_once() -> None:
    both, derived = ("http://e/g", GRAPH_INFERRED, GRAPH_COUNTS), (GRAPH_INFERRED, GRAPH_COUNTS)
    lines = [f'<http://e/a> <http://e/p> "both" <{name}> .' for name in both]
    lines += [f'<http://e/a> <http://e/p> "derived" <{name}> .' for name in derived]
    graph = KnowledgeGraph.of_quads(ox.parse("\n".join(lines), ox.RdfFormat.N_QUADS))
    assert count(graph) == 2
    assert count(graph, of(ASSERTED)) == 1


WAYS = {
    "in full": ASSERTED,
    "small letters": f"from <{GRAPH_ASSERTED}>",
    "prefixed": "FROM g:asserted",
    "relative": "FROM <graph/asserted>",
    "escaped": rf"FROM <{GRAPH_ASSERTED.replace('asserted', chr(92) + 'u0061sserted')}>",
    "with a part of it": f"{ASSERTED} FROM <{graph_iri('one')}>",
    "named twice": f"{ASSERTED} FROM <{GRAPH_ASSERTED}>",
}


@pytest.mark.parametrize("clause", WAYS.values(), ids=list(WAYS))
def test_what_is_stated_is_named_in_every_way_that_sparql_has(reading: Reading, clause: str) -> None:
    reading.graph.add(GRAPH_INFERRED, [quad("new", "x")])
    assert count(reading.graph, f"BASE <{BASE}> PREFIX g: <graph/> {of(clause)}") == 9


def test_what_is_stated_can_be_joined_with_other_graphs(reading: Reading) -> None:
    reading.graph.add(GRAPH_INFERRED, [quad("new", "x")])
    named = f"{ASSERTED} FROM NAMED <{GRAPH_INFERRED}>"
    assert count(reading.graph, of(f"{ASSERTED} FROM <{GRAPH_INFERRED}>")) == 10
    assert count(reading.graph, of(named, "GRAPH ?g { ?s ?p ?o }")) == 1
    assert count(reading.graph, of(named)) == 9
    assert count(reading.graph, of(ASSERTED, "GRAPH ?g { ?s ?p ?o }")) == 0


def test_a_word_that_is_no_clause_changes_nothing(reading: Reading) -> None:
    reading.graph.add(GRAPH_INFERRED, [quad("new", "x")])
    pattern = f'# {ASSERTED}\n ?s ?p ?from FILTER(STR(?p) != "{ASSERTED}")'
    assert count(reading.graph, of("", pattern)) == 10


def test_what_is_added_is_in_its_graph_and_in_the_union() -> None:
    graph = KnowledgeGraph()
    graph.add("http://e/g", [quad("a", "1"), quad("a", "2")])
    assert (len(graph), count(graph), graph.graphs()) == (2, 2, ["http://e/g"])


def test_dropping_a_graph_keeps_what_another_says_too() -> None:
    graph = KnowledgeGraph()
    graph.add("http://e/g", [quad("a", "both"), quad("a", "one")])
    graph.add("http://e/h", [quad("a", "both")])
    graph.add(GRAPH_INFERRED, [quad("a", "one")])
    graph.drop("http://e/g")
    assert [str(found.object) for found in graph.quads("http://e/h")] == ['"both"']
    assert count(graph) == 1


def test_blank_nodes_of_two_files_never_meet(tmp_path: Path, project: Project) -> None:
    paths = [tmp_path / name for name in ("x.ttl", "y.ttl", "a/in/x.ttl", "b/in/x.ttl")]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"_:same <http://e/is> <{path.as_uri()}> .")
    graph = read(paths, project).graph
    assert count(graph, "SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s <http://e/is> ?o }") == len(paths)


def test_blank_nodes_do_not_depend_on_where_the_project_lies(project: Project, tmp_path: Path) -> None:
    elsewhere = Project(project.root.rename(tmp_path / "elsewhere"), project.work)
    shutil.copytree(elsewhere.root, project.root)
    one, two = (set(read(place.data_files(), place).graph.quads()) for place in (project, elsewhere))
    assert one == two


def test_a_dump_gives_the_graph_back(reading: Reading, tmp_path: Path) -> None:
    reading.graph.add(GRAPH_INFERRED, [quad("new", "x")])
    reading.graph.write_dump(tmp_path / "made" / "dump.nq")
    again = KnowledgeGraph.from_dump(tmp_path / "made" / "dump.nq", reading.graph.prefixes)
    assert set(again.store) == set(reading.graph.store)


def test_equal_graphs_give_equal_dumps(reading: Reading, project: Project, tmp_path: Path) -> None:
    backwards = read([*reversed(project.data_files()), *reversed(project.ontology_files())], project)
    reading.graph.write_dump(tmp_path / "one.nq")
    backwards.graph.write_dump(tmp_path / "two.nq")
    assert (tmp_path / "one.nq").read_bytes() == (tmp_path / "two.nq").read_bytes()


def test_a_broken_dump_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "dump.nq").write_text("<http://e/a> <http://e/p> <http://e/b> <http://e/g> .\nnonsense\n")
    with pytest.raises(SourceError, match=r"dump\.nq:2:1: is not N-Quads"):
        KnowledgeGraph.from_dump(tmp_path / "dump.nq")


def test_a_missing_dump_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no\.nq: cannot be read: No such file"):
        KnowledgeGraph.from_dump(tmp_path / "no.nq")


def test_a_broken_file_is_a_finding_and_the_others_are_read(project: Project) -> None:
    (project.data / "one.ttl").write_text("<http://e/a> .\n")
    reading = read(project.data_files(), project)
    assert [(diagnostic.file, diagnostic.line) for diagnostic in reading.diagnostics] == [(project.data / "one.ttl", 1)]
    assert reading.graph.graphs() == [graph_iri("two")]


def test_relative_iris_are_read_in_foreign_files_only(project: Project, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.ttl"
    for path in (foreign, project.data / "own.ttl"):
        path.write_text("<> <http://e/p> <x> .")
    assert read([foreign], project).locate(foreign.as_uri()) == Location(foreign, 1, 1)
    assert len(read([project.data / "own.ttl"], project).diagnostics) == 1


def test_graphs_of_trig_files_keep_their_names(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "some.trig"
    path.write_text("<http://e/g> { <http://e/a> <http://e/p> 1 } <http://e/a> <http://e/p> 2 .")
    assert read([path], project).graph.graphs() == ["http://e/g", graph_iri("some")]


@pytest.mark.parametrize(
    ("wanted", "file", "line", "column"),
    [
        (("http://e/a", "http://e/p", "http://e/gone"), "one.ttl", 3, 9),
        (("http://e/a", "http://e/p"), "one.ttl", 3, 5),
        (("http://e/a", "http://e/missing"), "one.ttl", 2, 1),
        (("http://e/a", None), "one.ttl", 2, 1),
        (("http://e/b", "http://e/p"), "two.ttl", 4, 5),
        (("http://e/gone",), "one.ttl", 3, 9),
    ],
)
def test_a_triple_is_located_in_the_file_that_fits_best(
    reading: Reading, wanted: tuple[str, ...], file: str, line: int, column: int
) -> None:
    found = reading.locate(*wanted)
    assert found is not None
    assert (found.file.name, found.line, found.column) == (file, line, column)


@pytest.mark.parametrize(
    "written", ["01", "+1.50", "1.0E1", '"1"^^xsd:boolean', '"2020-01-01T00:00:00.0Z"^^xsd:dateTime']
)
def test_a_value_that_the_store_writes_another_way_is_still_located(project: Project, written: str) -> None:
    head = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    (project.data / "one.ttl").write_text(f"{head}<http://e/z> <http://e/v> 7, {written} .\n")
    reading = read(project.data_files(), project)
    stored = [str(found.object) for found in reading.graph.quads(graph_iri("one")) if '"7"' not in str(found.object)]
    assert reading.locate("http://e/z", "http://e/v", stored[0]) == Location(project.data / "one.ttl", 2, 30)


def test_what_is_nowhere_has_no_location(reading: Reading) -> None:
    assert reading.locate("http://e/never") is None


def test_a_wrong_query_says_where() -> None:
    with pytest.raises(QueryError) as caught:
        KnowledgeGraph().query("SELECT *\nWHERE { ?s ?p }")
    assert caught.value.line == 2
    assert caught.value.column in {15, 16}


def test_queries_may_use_the_prefixes_of_the_project(reading: Reading) -> None:
    assert bool(reading.graph.query("ASK { e:C a e:Class }"))


def no_engine(*_: object, **__: object) -> None:
    raise AssertionError("rdflib's own engine was asked")


@pytest.mark.parametrize("ask", [COUNT, prepareQuery(COUNT)], ids=["text", "prepared"])
def test_rdflib_users_are_answered_by_pyoxigraph(reading: Reading, monkeypatch: pytest.MonkeyPatch, ask: str) -> None:
    monkeypatch.setattr(processor.SPARQLProcessor, "query", no_engine)
    rows = list(reading.graph.rdflib().query(ask))
    assert [[value.toPython() for value in row] for row in rows] == [[9]]  # type: ignore[union-attr]


def test_bindings_are_answered_by_pyoxigraph_or_refused(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor.SPARQLProcessor, "query", no_engine)
    bound = {"s": URIRef("http://e/a")}
    rows = reading.graph.rdflib().query("SELECT ?s ?o WHERE { ?s e:p ?o }", initBindings=bound)
    assert len(list(rows)) == 2
    with pytest.raises(QueryError, match=r"variable \?s"):
        reading.graph.rdflib().query("SELECT ?o WHERE { ?s e:p ?o }", initBindings=bound)


def test_an_option_that_pyoxigraph_does_not_know_is_refused_instead_of_answered_slowly(reading: Reading) -> None:
    with pytest.raises(QueryError, match="DEBUG is not supported"):
        reading.graph.rdflib().query(COUNT, DEBUG=True)


def test_the_view_is_a_dataset_with_union_and_graphs(reading: Reading) -> None:
    view = reading.graph.rdflib()
    assert (URIRef("http://e/C"), None, URIRef("http://e/Class")) in view
    assert {str(graph.identifier) for graph in view.graphs()} >= {graph_iri("one"), graph_iri("two"), GRAPH_ONTOLOGY}
    assert view.namespace_manager.curie("http://e/a") == "e:a"


def test_the_view_holds_what_was_inferred_and_what_is_stated_under_its_name(reading: Reading) -> None:
    reading.graph.add(GRAPH_INFERRED, [quad("new", "x")])
    view = reading.graph.rdflib()
    new, stated = (URIRef("http://e/new"), None, None), view.graph(URIRef(GRAPH_ASSERTED))
    assert (len(view), len(list(view.triples((None, None, None))))) == (10, 10)
    assert new in view
    assert new not in stated
    assert len(list(stated)) == 9
    for text, number in ((COUNT, 10), (COUNT.replace("WHERE", f"FROM <{GRAPH_ASSERTED}> WHERE"), 9)):
        rows = list(view.query(text))
        assert [[value.toPython() for value in row] for row in rows] == [[number]]  # type: ignore[union-attr]
    assert [row[0].toPython() for row in stated.query(COUNT)] == [9]  # type: ignore[union-attr,index]


def test_the_memory_graph_is_plain_and_keeps_wrong_literals(project: Project) -> None:
    head = "@prefix e: <http://e/> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    text = head + 'e:a e:p "1"^^xsd:date, "x"@en, true .\n'
    (project.data / "one.ttl").write_text(text)
    graph = read([project.data / "one.ttl"], project).graph.memory_graph()
    assert type(graph) is Graph
    assert type(graph.store).__name__ == "Memory"
    literals = {(str(value), value.language) for value in graph.objects() if isinstance(value, Literal)}
    assert literals == {("1", None), ("x", "en"), ("true", None)}
    assert (URIRef("http://e/a"), RDFS.label, None) not in graph


def test_the_memory_graph_can_be_of_some_graphs(reading: Reading) -> None:
    assert len(reading.graph.memory_graph(graph_iri("one"))) == 4
    assert len(reading.graph.memory_graph(graph_iri("one"), graph_iri("two"))) == 6


def test_triple_terms_are_refused_for_pyshacl(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "star.ttl"
    path.write_text("<http://e/a> <http://e/p> <<( <http://e/a> <http://e/p> 1 )>> .")
    with pytest.raises(SourceError, match="triple term"):
        read([path], project).graph.memory_graph()


def test_load_reads_the_sources_of_a_project(project: Project) -> None:
    assert len(cartkg.load(project.root)) == 9


def test_load_takes_the_last_build(project: Project) -> None:
    built = KnowledgeGraph(Prefixes({"e": "http://e/"}))
    built.add("http://e/g", [quad("built", "1")])
    found = find(project.root)
    built.write_dump(found.build / DUMP)
    for name in (MANIFEST, PAGE, PICTURE, INDEX):
        (found.build / name).touch()
    assert len(cartkg.load(project.root)) == 9, "nothing says that this user made the build"
    found.cache.remember(found.build_files())
    assert len(cartkg.load(project.root)) == 1
    assert len(cartkg.load(project.root / ".cartkg" / "build" / "cartkg.nq")) == 1


def test_load_says_what_is_missing_or_broken(project: Project) -> None:
    with pytest.raises(ConfigError, match="no such file or folder"):
        cartkg.load(project.root / "absent")
    (project.data / "one.ttl").write_text("<http://e/a>\n<http://e/p> .\n")
    with pytest.raises(SourceError, match=r"one\.ttl:2:14: "):
        cartkg.load(project.root)


@pytest.mark.parametrize(
    ("imported", "unwanted"),
    [("cartkg", ["pyoxigraph", "rdflib", "click", "flask"]), ("cartkg.graph", ["rdflib", "oxrdflib"])],
)
def test_importing_loads_no_more_than_needed(imported: str, unwanted: list[str]) -> None:
    code = f"import sys, {imported}; sys.exit(any(name in sys.modules for name in {unwanted}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
