"""Compute the VoID statistics of a graph: classes, properties, and what links to what.

Classes hold property partitions, and those hold the classes and datatypes of the objects, which is what SPARQL editors
complete from (https://www.w3.org/TR/void/#class-property-partitions, and void-ext for datatypes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import pyoxigraph as ox

from cartkg.release.statements import DATASET, VOID, VOID_EXT, count, say, thing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.graph import KnowledgeGraph

_TOTALS = {
    "triples": "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }",
    "distinctSubjects": "SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s ?p ?o }",
    "distinctObjects": "SELECT (COUNT(DISTINCT ?o) AS ?n) WHERE { ?s ?p ?o }",
    "entities": "SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a ?c }",
    "classes": "SELECT (COUNT(DISTINCT ?c) AS ?n) WHERE { ?s a ?c }",
    "properties": "SELECT (COUNT(DISTINCT ?p) AS ?n) WHERE { ?s ?p ?o }",
}
_CLASSES = "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a ?c } GROUP BY ?c"
_PROPERTIES = """SELECT ?p (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects)
WHERE { ?s ?p ?o } GROUP BY ?p"""
_USES = "SELECT ?c ?p (COUNT(*) AS ?n) WHERE { ?s a ?c ; ?p ?o } GROUP BY ?c ?p"
_LINKS = "SELECT ?c ?p ?k (COUNT(*) AS ?n) WHERE { ?s a ?c ; ?p ?o . ?o a ?k } GROUP BY ?c ?p ?k"
_DATATYPES = """SELECT ?c ?p ?k (COUNT(*) AS ?n)
WHERE { ?s a ?c ; ?p ?o FILTER(ISLITERAL(?o)) BIND(DATATYPE(?o) AS ?k) } GROUP BY ?c ?p ?k"""


class _Count(NamedTuple):
    """One row: the things that it is about, then its numbers."""

    names: tuple[str, ...]
    numbers: tuple[int, ...]


def totals(graph: KnowledgeGraph) -> dict[str, int]:
    """Count triples, subjects, objects, entities, classes, properties of what is stated, each under its VoID name."""
    return {name: rows[0].numbers[0] for name, query in _TOTALS.items() if (rows := _rows(graph, query))}


def partitions(graph: KnowledgeGraph) -> Iterator[ox.Triple]:
    """Return the class and property partitions of what is stated."""
    yield from _properties(graph)
    yield from _classes(graph)
    yield from _uses(graph)
    for query, kind in ((_LINKS, "class"), (_DATATYPES, "datatype")):
        yield from _objects(graph, query, kind)


def _properties(graph: KnowledgeGraph) -> Iterator[ox.Triple]:
    for row in _rows(graph, _PROPERTIES):
        (name,), (triples, subjects, objects) = row
        part = f"{DATASET}/property/{_slug(graph, name)}"
        yield _link(DATASET, "propertyPartition", part)
        numbers = {"triples": triples, "distinctSubjects": subjects, "distinctObjects": objects}
        facts = {f"{VOID}{key}": count(number) for key, number in numbers.items()}
        yield from say(part, f"{VOID}Dataset", {f"{VOID}property": thing(name), **facts})


def _classes(graph: KnowledgeGraph) -> Iterator[ox.Triple]:
    for (name,), (entities,) in _rows(graph, _CLASSES):
        part = f"{DATASET}/class/{_slug(graph, name)}"
        yield _link(DATASET, "classPartition", part)
        yield from say(part, f"{VOID}Dataset", {f"{VOID}class": thing(name), f"{VOID}entities": count(entities)})


def _uses(graph: KnowledgeGraph) -> Iterator[ox.Triple]:
    for (kind, name), (triples,) in _rows(graph, _USES):
        whole = f"{DATASET}/class/{_slug(graph, kind)}"
        part = f"{whole}/{_slug(graph, name)}"
        yield _link(whole, "propertyPartition", part)
        yield from say(part, f"{VOID}Dataset", {f"{VOID}property": thing(name), f"{VOID}triples": count(triples)})


def _objects(graph: KnowledgeGraph, query: str, kind: str) -> Iterator[ox.Triple]:
    """Say for each property of a class which classes or datatypes its objects have."""
    space = VOID if kind == "class" else VOID_EXT
    for (subject, name, target), (triples,) in _rows(graph, query):
        whole = f"{DATASET}/class/{_slug(graph, subject)}/{_slug(graph, name)}"
        part = f"{whole}/{kind}/{_slug(graph, target)}"
        yield ox.Triple(thing(whole), thing(f"{space}{kind}Partition"), thing(part))
        yield from say(part, f"{VOID}Dataset", {f"{space}{kind}": thing(target), f"{VOID}triples": count(triples)})


def _link(whole: str, name: str, part: str) -> ox.Triple:
    return ox.Triple(thing(whole), thing(VOID + name), thing(part))


def _rows(graph: KnowledgeGraph, query: str) -> list[_Count]:
    """Return the rows of a count, sorted; rows about blank nodes are left out, since no one could ask for them."""
    result = graph.asserted.query(query)
    assert isinstance(result, ox.QuerySolutions)  # noqa: S101  # all queries here are SELECT
    found = []
    for row in result:
        names = [term for term in row if isinstance(term, ox.NamedNode)]
        numbers = [int(term.value) for term in row if isinstance(term, ox.Literal)]
        if len(names) + len(numbers) == len(result.variables):
            found.append(_Count(tuple(name.value for name in names), tuple(numbers)))
    return sorted(found)


def _slug(graph: KnowledgeGraph, iri: str) -> str:
    """Name a term in the IRI of a partition: our terms by local name, others by prefix and local name."""
    short = graph.prefixes.compact(iri)
    if short is None:
        return quote(iri, safe="")
    return short.removeprefix("cartkg:").replace(":", "-")
