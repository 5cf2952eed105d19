"""Words in, things whose names hold them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.facts.records import PREFIXES, Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.facts.records import Facts

#: Words that are looked for; more are left out.
MOST_WORDS = 8


def words_in(text: str) -> list[str]:
    """Return the words of a text that are looked for, in lower case."""
    return text.lower().split()[:MOST_WORDS]


def named(facts: Facts, words: Sequence[str], most: int, start: str = "") -> list[Node]:
    """Return the things whose names hold all the words, shorter names first.

    Args:
        facts: what answers.
        words: in lower case; at least one.
        most: how many things to return.
        start: what their IRIs begin with; empty for any.
    """
    tests = " && ".join(f"CONTAINS(?text, {Literal(word)})" for word in words)
    below = f" && STRSTARTS(STR(?s), {Literal(start)})" if start else ""
    query = (
        f"{PREFIXES}SELECT ?s (MIN(STR(?l)) AS ?label) WHERE {{ ?s rdfs:label|skos:altLabel|skos:prefLabel ?l . "
        f"BIND(LCASE(STR(?l)) AS ?text) FILTER(ISIRI(?s){below} && {tests}) }} "
        f"GROUP BY ?s ORDER BY STRLEN(?label) ?label ?s LIMIT {most}"
    )
    return [Node(s.value, s.kind, "", label.value if label else "") for s, label in facts.table(query).rows if s]
