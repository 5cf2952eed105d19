"""Words of a user in, terms of the graph out; the nearest names where there is no such term."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import QueryError
from cartkg.namespaces import word_of
from cartkg.nearest import suggest
from cartkg.synthesis.questions import Moment
from cartkg.synthesis.rows import rows

if TYPE_CHECKING:
    from cartkg.graph import KnowledgeGraph

_TERMS = {
    "disease": "?term a/rdfs:subClassOf* cartkg:Disease .",
    "measure": "?finding cartkg:measure ?term . FILTER(STRSTARTS(STR(?term), 'https://w3id.org/cartkg/criterion/'))",
    "event": "?finding cartkg:measure ?term . FILTER(STRSTARTS(STR(?term), 'https://w3id.org/cartkg/term/'))",
    "target": "?any cartkg:targets ?term .",
    "product": "?term a cartkg:CellProduct .",
}
_QUERY = """
SELECT DISTINCT ?term ?name WHERE {
  %s
  OPTIONAL { ?term rdfs:label|<http://www.w3.org/2004/02/skos/core#altLabel> ?name }
}
"""
_NARROWER = "SELECT DISTINCT ?term { ?term cartkg:broaderMeasure+ <%s> }"
_MOMENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(d|wk|mo|a)")
_UNITS = {"d": 1.0, "wk": 7.0, "mo": 30.4375, "a": 365.25}


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the graph with its label."""

    iri: str
    label: str


def find_term(graph: KnowledgeGraph, kind: str, word: str) -> Term:
    """Return the term that a word names: its id, its IRI, its label or another name of it.

    Args:
        graph: where to look.
        kind: disease, measure, event, target or product.
        word: what the user wrote, for instance MONDO:0007915, doris-remission or SLE.

    Raises:
        QueryError: the graph has no such term; the message names the nearest.
    """
    labels: dict[str, str] = {}
    names: dict[str, str] = {}
    for row in rows(graph, _QUERY % _TERMS[kind]):
        iri = row["term"]
        name = row.get("name", word_of(iri))
        labels.setdefault(iri, name)
        for each in (iri, word_of(iri), name):
            names.setdefault(each.casefold(), iri)
    if found := names.get(word.casefold()):
        return Term(found, labels[found])
    offered = [f"{word_of(names[name])} ({labels[names[name]]})" for name in suggest(word.casefold(), names)]
    hint = f"; did you mean {' or '.join(dict.fromkeys(offered))}?" if offered else ""
    raise QueryError(f"{kind} `{word}` is not in the graph{hint}")


def with_narrower(graph: KnowledgeGraph, iri: str) -> tuple[str, ...]:
    """Return a measure or event and all narrower ones."""
    return (iri, *sorted(row["term"] for row in rows(graph, _NARROWER % iri)))


def read_moment(text: str) -> Moment:
    """Return the time that a user wrote: any, best, 6mo, 24wk, 28d, 1a.

    Raises:
        QueryError: the text is none of these.
    """
    if text in ("any", "best"):
        return Moment(text)
    found = _MOMENT.fullmatch(text)
    if found is None or float(found[1]) == 0:
        raise QueryError(f"`{text}` is not a time; write any, best, or a number with d, wk, mo or a, for instance 6mo")
    return Moment(text, float(found[1]) * _UNITS[found[2]])
