"""Compute the figures that describe a graph: how much, how well sourced, how much in dispute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, QuerySolutions, Triple

from cartkg.namespaces import BASE, RDF, RDFS, TERM, XSD
from cartkg.queries.answers import AnswerFormat, ask, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.namespaces import Prefixes
    from cartkg.queries.answers import Queryable

_VOID = "http://rdfs.org/ns/void#"
_DATASET = f"{BASE}dataset/cartkg"
_HEAD = f"PREFIX cartkg: <{TERM}>\nPREFIX rdfs: <{RDFS}>\n"
_CLASSES = f"""
SELECT ?iri ?label (COUNT(DISTINCT ?member) AS ?count) WHERE {{
  ?member a ?iri . ?iri rdfs:label ?label FILTER(STRSTARTS(STR(?iri), "{TERM}"))
}} GROUP BY ?iri ?label ORDER BY DESC(?count) ?iri
"""
_GROUPS = """
SELECT ?iri ?label (COUNT(DISTINCT ?thing) AS ?count) WHERE { ?thing a %s ; %s ?iri . ?iri rdfs:label ?label }
GROUP BY ?iri ?label ORDER BY DESC(?count) ?iri
"""
_FINDING = "?thing cartkg:ofCohort ?cohort ; cartkg:measure ?measure ."
_SHARES = (
    ("findings-with-denominator", "findings that count patients and say out of how many",
     "?thing cartkg:numerator ?n .", "?thing cartkg:denominator ?d ."),
    ("findings-with-time", "findings that say when they hold", _FINDING,
     "?thing cartkg:timeKind ?kind FILTER(?kind != cartkg:timeNotReported)"),
    ("findings-with-time-point", "findings with the time as a number", _FINDING, "?thing cartkg:timeValue ?time ."),
    ("findings-with-own-claim", "findings that a publication reports as its own result", _FINDING,
     "?claim cartkg:asserts ?thing ; cartkg:originality cartkg:ownResult ."),
    ("conflicts-open", "conflicts that nobody has explained", "?thing cartkg:conflictStatus ?status .",
     "?thing cartkg:conflictStatus cartkg:openConflict ."),
    ("overlaps-unknown", "overlaps that nobody has settled", "?thing cartkg:overlapDegree ?degree .",
     "?thing cartkg:overlapDegree cartkg:unknownOverlap ."),
    ("cohorts-with-number", "cohorts that say how many patients they have", "?thing cartkg:ofStudy ?study .",
     "?thing cartkg:patientCount ?patients ."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """A count of the things that have one class or one value; `iri` and `label` name it."""

    iri: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class FigureShare:
    """A part of a number of things.

    Attributes:
        name: slug of the figure.
        label: what is counted.
        count: things that have it.
        total: things that could.
    """

    name: str
    label: str
    count: int
    total: int

    @property
    def percent(self) -> float:
        """Return the share in per cent; 0 where nothing could have it."""
        return 100 * self.count / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures that describe a graph.

    Attributes:
        triples: statements in the default graph of what is asked; for `cartkg stats`, what is stated.
        inferred: statements that the reasoner adds.
        classes: things by class of our ontology, most first.
        read_levels: claims by how much of the publication was read, most first.
        shares: how complete the evidence is, and how much of it is in dispute.
    """

    triples: int
    inferred: int
    classes: tuple[FigureGroup, ...]
    read_levels: tuple[FigureGroup, ...]
    shares: tuple[FigureShare, ...]


def figures(graph: Queryable) -> Figures:
    """Count what is in a graph; all counts are of distinct things."""
    return Figures(
        triples=_number(graph, "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"),
        inferred=_number(graph, f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{BASE}graph/inferred> {{ ?s ?p ?o }} }}"),
        classes=tuple(_groups(graph, _CLASSES)),
        read_levels=tuple(_groups(graph, _GROUPS % ("cartkg:Claim", "cartkg:readLevel"))),
        shares=tuple(
            FigureShare(name, label, _things(graph, whole + part), _things(graph, whole))
            for name, label, whole, part in _SHARES
        ),
    )


def _things(graph: Queryable, pattern: str) -> int:
    return _number(graph, f"SELECT (COUNT(DISTINCT ?thing) AS ?n) WHERE {{ {pattern} }}")


def _number(graph: Queryable, text: str) -> int:
    return next(int(row["n"]) for row in _rows(graph, text))


def _groups(graph: Queryable, text: str) -> Iterator[FigureGroup]:
    for row in _rows(graph, text):
        yield FigureGroup(row["iri"], row["label"], int(row["count"]))


def _rows(graph: Queryable, text: str) -> Iterator[dict[str, str]]:
    result = ask(_HEAD + text, graph)
    assert isinstance(result, QuerySolutions)  # noqa: S101  # the texts above are all SELECT
    names = [variable.value for variable in result.variables]
    for solution in result:
        terms = ((name, solution[name]) for name in names)
        yield {name: term.value for name, term in terms if isinstance(term, NamedNode | Literal)}


def as_void(found: Figures, prefixes: Prefixes) -> str:
    """Write figures as a VoID description in Turtle: a partition for each class, a subset for each other figure."""
    dataset = NamedNode(_DATASET)
    triples = [_typed(dataset), _count(dataset, "triples", found.triples)]
    triples.append(_count(dataset, "classes", len(found.classes)))
    for group in found.classes:
        part = NamedNode(f"{_DATASET}/class/{group.iri.removeprefix(TERM)}")
        triples += [_link(dataset, "classPartition", part), _link(part, "class", NamedNode(group.iri))]
        triples += [_typed(part), _count(part, "entities", group.count)]
    for name, label, count in _subsets(found):
        part = NamedNode(f"{_DATASET}/subset/{name}")
        triples += [_link(dataset, "subset", part), _typed(part), _count(part, "entities", count)]
        triples.append(Triple(part, NamedNode(f"{RDFS}label"), Literal(label, language="en")))
    return statements(triples, AnswerFormat.TURTLE, prefixes)


def _subsets(found: Figures) -> Iterator[tuple[str, str, int]]:
    for group in found.read_levels:
        yield f"claims-read-{group.iri.rpartition('#')[2]}", f"claims, {group.label}", group.count
    for share in found.shares:
        yield share.name, share.label, share.count
        yield f"{share.name}-total", f"upper bound: {share.label}", share.total


def _typed(subject: NamedNode) -> Triple:
    return Triple(subject, NamedNode(f"{RDF}type"), NamedNode(f"{_VOID}Dataset"))


def _link(subject: NamedNode, local: str, target: NamedNode) -> Triple:
    return Triple(subject, NamedNode(_VOID + local), target)


def _count(subject: NamedNode, local: str, count: int) -> Triple:
    return Triple(subject, NamedNode(_VOID + local), Literal(str(count), datatype=NamedNode(f"{XSD}integer")))
