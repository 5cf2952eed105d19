"""Run a query of this package and return plain rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, QuerySolutions

from cartkg.errors import QueryError
from cartkg.evaluation.deadline import check
from cartkg.namespaces import TERM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.graph import KnowledgeGraph

Row = dict[str, str]

_NAMED = (NamedNode, Literal)

_HEAD = (
    f"PREFIX cartkg: <{TERM}>\nPREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
    "PREFIX dcterms: <http://purl.org/dc/terms/>\nPREFIX criterion: <https://w3id.org/cartkg/criterion/>\n"
)


def rows(graph: KnowledgeGraph, text: str) -> Iterator[Row]:
    """Yield the solutions of a SELECT query on what is stated; an unbound variable is missing from its row."""
    check()
    result = graph.asserted.query(_HEAD + text)
    if not isinstance(result, QuerySolutions):
        raise QueryError("a reading query of the synthesis selects rows")
    names = [variable.value for variable in result.variables]
    for solution in result:
        terms = zip(names, solution, strict=True)
        yield {name: term.value for name, term in terms if isinstance(term, _NAMED)}


def tail(iri: str) -> str:
    """Return the part of one of our IRIs after its kind, as a name where there is no label."""
    return "/".join(iri.split("/")[5:]) or iri
