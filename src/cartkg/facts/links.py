"""Read what is linked to an IRI: things that point to it, inferred facts, its graphs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.facts.records import PREFIXES, AnswerTerm, iri_token
from cartkg.namespaces import GRAPH_INFERRED

if TYPE_CHECKING:
    from cartkg.facts.records import Records

#: How many links are shown; one more is requested, to tell whether there are more.
MOST_LINKS = 60


@dataclass(frozen=True, slots=True)
class Link:
    """A predicate, and what is at its other end."""

    other: AnswerTerm
    predicate: AnswerTerm


def links_to(facts: Records, iri: str) -> list[Link]:
    """Return the statements in which a thing is the object, at most 61, by predicate."""
    query = (
        f"{PREFIXES}SELECT ?s ?p (MIN(STR(?l)) AS ?label) (MIN(STR(?pl)) AS ?name) WHERE {{ ?s ?p {iri_token(iri)} "
        "OPTIONAL { ?s rdfs:label ?l } OPTIONAL { ?p rdfs:label ?pl } } "
        f"GROUP BY ?s ?p ORDER BY ?p ?s LIMIT {MOST_LINKS + 1}"
    )
    return _links(facts, query)


def inferred(facts: Records, iri: str) -> list[Link]:
    """Return the inferred facts about a thing that are not also stated."""
    query = (
        f"{PREFIXES}SELECT ?o ?p (MIN(STR(?l)) AS ?label) (MIN(STR(?pl)) AS ?name) WHERE {{ "
        f"GRAPH <{GRAPH_INFERRED}> {{ {iri_token(iri)} ?p ?o }} "
        "OPTIONAL { ?o rdfs:label ?l } OPTIONAL { ?p rdfs:label ?pl } } "
        f"GROUP BY ?p ?o ORDER BY ?p ?o LIMIT {MOST_LINKS}"
    )
    return _links(facts, query)


def _links(facts: Records, query: str) -> list[Link]:
    """Ask for things and predicates with a label of each."""
    return [
        Link(labelled(thing, label), labelled(predicate, name))
        for thing, predicate, label, name in facts.table(query).rows
        if thing and predicate
    ]


def graphs_of(facts: Records, iri: str) -> list[str]:
    """Return the named graphs that describe a thing."""
    query = f"SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ {iri_token(iri)} ?p ?o }} }} ORDER BY ?g"
    return [row[0].value for row in facts.table(query).rows if row[0]]


def labelled(node: AnswerTerm, label: AnswerTerm | None) -> AnswerTerm:
    """Return a term together with its label."""
    return AnswerTerm(node.value, node.kind, node.datatype, label.value if label else "")
