"""Find the terms that a user's words name, or the most similar names."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cartkg.errors import QueryError
from cartkg.namespaces import word_of
from cartkg.naming import Nameable, find
from cartkg.synthesis.questions.groups import CountedTime
from cartkg.synthesis.reading.rows import rows

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
SELECT DISTINCT ?term ?label ?name WHERE {
  %s
  OPTIONAL { ?term rdfs:label ?label }
  OPTIONAL { ?term <http://www.w3.org/2004/02/skos/core#altLabel> ?name }
}
"""
_NARROWER = "SELECT DISTINCT ?term { ?term cartkg:broaderMeasure+ <%s> }"
_MOMENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(d|wk|mo|a)")
_UNITS = {"d": 1.0, "wk": 7.0, "mo": 30.4375, "a": 365.25}


def find_term(graph: KnowledgeGraph, kind: str, word: str) -> Nameable:
    """Return the term that a word names: its id, its IRI, its label or another name of it.

    Args:
        graph: where to look.
        kind: disease, measure, event, target or product.
        word: what the user wrote, for instance MONDO:0007915, doris-remission or SLE.

    Raises:
        QueryError: the graph has no such term, or several; the message names these or the nearest.
    """
    found: dict[str, Nameable] = {}
    for row in rows(graph, _QUERY % _TERMS[kind]):
        iri, name = row["term"], row.get("name")
        known = found.get(iri, Nameable(iri, row.get("label", word_of(iri))))
        found[iri] = replace(known, names=(*known.names, name)) if name else known
    return find(kind, word, found.values())


def with_narrower(graph: KnowledgeGraph, iri: str) -> tuple[str, ...]:
    """Return a measure or event and all narrower ones."""
    return (iri, *sorted(row["term"] for row in rows(graph, _NARROWER % iri)))


def read_moment(text: str) -> CountedTime:
    """Return the time that a user wrote: any, best, 6mo, 24wk, 28d, 1a.

    Raises:
        QueryError: the text is none of these.
    """
    if text in ("any", "best"):
        return CountedTime(text)
    found = _MOMENT.fullmatch(text)
    if found is None or float(found[1]) == 0:
        raise QueryError(f"`{text}` is not a time; write any, best, or a number with d, wk, mo or a, for instance 6mo")
    return CountedTime(text, float(found[1]) * _UNITS[found[2]])
