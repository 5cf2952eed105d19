"""Find things whose names contain some words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.facts.records import PREFIXES, Node
from cartkg.nearest import spellings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.facts.records import Facts

#: Words that are looked for; more are left out.
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Hit(Node):
    """A thing that was found; `also` is the other name of it that contains the words, empty where its label does."""

    also: str = ""


def words_in(text: str) -> list[str]:
    """Return the words of a text that are looked for, in lower case."""
    return text.lower().split()[:MOST_WORDS]


def holds(text: str, words: Sequence[str]) -> bool:
    """Return whether a text contains all the words, in any spelling."""
    return all(re.search(spellings(word), text.lower()) for word in words)


def named(facts: Facts, words: Sequence[str], most: int, start: str = "") -> list[Hit]:
    """Return the things of which one name contains all the words, in any spelling, shorter names first.

    Args:
        facts: what answers.
        words: in lower case; at least one.
        most: how many things to return.
        start: what their IRIs begin with; empty for any.
    """
    tests = " && ".join(f"REGEX(?text, {Literal(spellings(word))})" for word in words)
    below = f" && STRSTARTS(STR(?s), {Literal(start)})" if start else ""
    query = (
        f"{PREFIXES}SELECT ?s (MIN(STR(?name)) AS ?label) (MIN(STR(?l)) AS ?held) WHERE {{ "
        "?s rdfs:label|skos:altLabel|skos:prefLabel ?l . "
        f"BIND(LCASE(STR(?l)) AS ?text) FILTER(ISIRI(?s){below} && {tests}) "
        "OPTIONAL { ?s rdfs:label|skos:prefLabel ?name } } "
        f"GROUP BY ?s ORDER BY STRLEN(?held) ?held ?s LIMIT {most}"
    )
    return [
        _hit(thing, label.value if label else "", held.value if held else "", words)
        for thing, label, held in facts.table(query).rows
        if thing
    ]


def _hit(thing: Node, label: str, held: str, words: Sequence[str]) -> Hit:
    also = "" if not label or holds(label, words) else held
    return Hit(thing.value, thing.kind, "", label or held, also)
