"""Find how the data use each term of the ontology: how often, one example, and the questions that name it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from cartkg.namespaces import GRAPH_ONTOLOGY, GRAPH_RELEASE, ONTOLOGY, OWL, RDF, TERM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.graph import KnowledgeGraph

#: Class of a term -> where it is in a statement that uses it.
_PLACES = {
    "Class": f"?x <{RDF}type> ?s",
    "ObjectProperty": "?x ?s ?y",
    "DatatypeProperty": "?x ?s ?y",
    "AnnotationProperty": "?x ?s ?y",
    "NamedIndividual": "?x ?any ?s",
}


def _query(terms: str, place: str) -> str:
    return (
        f"SELECT ?s (COUNT(*) AS ?n) (MIN(?x) AS ?example) WHERE {{ "
        f"GRAPH <{GRAPH_ONTOLOGY}> {{ {terms} }} "
        f'FILTER(STRSTARTS(STR(?s), "{TERM}")) '
        f"GRAPH ?g {{ {place} }} FILTER(?g NOT IN (<{GRAPH_ONTOLOGY}>, <{GRAPH_RELEASE}>)) "
        f'FILTER(!STRSTARTS(STR(?x), "{ONTOLOGY}")) }} GROUP BY ?s'
    )


#: Queries that give term, number of statements of the data that use it (inferred ones too), and a thing that does.
#: A class of values is used where one of its values is, which the ontology names.
QUERIES = (
    *(_query(f"?s <{RDF}type> <{OWL}{kind}>", place) for kind, place in _PLACES.items()),
    _query(f"?s <{RDF}type> <{OWL}Class> . ?v <{RDF}type> ?s, <{OWL}NamedIndividual>", "?x ?any ?v"),
)
_NAMED = re.compile(r"\bcartkg:(\w[\w-]*)")


@dataclass(frozen=True, slots=True)
class Use:
    """How often the data uses a term, and the IRI of a thing that does, the first by name; empty when none does."""

    count: int = 0
    example: str = ""


def uses(graph: KnowledgeGraph) -> dict[str, Use]:
    """Count the uses of each term: IRI of the term -> its use; a term that nothing uses is left out."""
    return added((row["s"], Use(int(row["n"]), row["example"])) for query in QUERIES for row in graph.select(query))


def added(found: Iterable[tuple[str, Use]]) -> dict[str, Use]:
    """Add up the results of the queries for each term; the first example is kept."""
    sums: dict[str, Use] = {}
    for term, use in found:
        before = sums.get(term, Use())
        sums[term] = Use(before.count + use.count, before.example or use.example)
    return sums


class NamedQuestion(Protocol):
    """A stored question, as far as the terms that it names matter."""

    @property
    def name(self) -> str:
        """Return its name, the last part of its IRI."""
        ...

    @property
    def title(self) -> str:
        """Return the question in plain words."""
        ...

    @property
    def text(self) -> str:
        """Return its SPARQL."""
        ...


_Question = TypeVar("_Question", bound=NamedQuestion)


def asked_in(questions: Iterable[_Question]) -> dict[str, list[_Question]]:
    """Return the stored questions that name each term: IRI of the term -> questions, in the order given."""
    found: dict[str, list[_Question]] = {}
    for question in questions:
        for local in sorted(set(_NAMED.findall(question.text))):
            found.setdefault(TERM + local, []).append(question)
    return found
