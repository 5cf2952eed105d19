"""Words in, things that they name out: from the index of names that a build has, else from the graph itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.errors import QueryError
from cartkg.facts.records import PREFIXES
from cartkg.nearest import spellings
from cartkg.search.entries import kind_of, start_of
from cartkg.search.index import Hit, Results, checked
from cartkg.search.spelling import MOST_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.facts.records import Records
    from cartkg.search.index import Index, SearchRequest


def look_up(facts: Records, index: Index | None, search: SearchRequest) -> Results:
    """Return the things that a search names, best match first.

    Without an index, names are compared one by one: no identifiers, the shortest name first, nothing counted.

    Raises:
        QueryError: the search is too long, or asks for too many results.
        BackendError: it met a limit.
    """
    checked(search)
    if index is not None:
        return index.search(search)
    words = words_in(search.text)
    if not words:
        return Results((), 0, {})
    start = start_of(search.kind) if search.kind else ""
    if start is None:
        raise QueryError(f"things of the kind {search.kind!r} cannot be told apart without an index of names")
    found = named(facts, words, search.offset + search.most + 1, start)
    hits = tuple(found[search.offset : search.offset + search.most])
    return Results(hits, None if len(found) > search.offset + search.most else len(found), {})


def words_in(text: str) -> list[str]:
    """Return the words of a text that are looked for, in lower case."""
    return text.lower().split()[:MOST_WORDS]


def holds(text: str, words: Sequence[str]) -> bool:
    """Return whether a text contains all the words, in any spelling."""
    return all(re.search(spellings(word), text.lower()) for word in words)


def named(facts: Records, words: Sequence[str], most: int, start: str = "") -> list[Hit]:
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
        _hit(thing.value, label.value if label else "", held.value if held else "", words)
        for thing, label, held in facts.table(query).rows
        if thing
    ]


def _hit(iri: str, label: str, held: str, words: Sequence[str]) -> Hit:
    also = "" if not label or holds(label, words) else held
    return Hit(iri, kind_of(iri), label or held, also=also)
