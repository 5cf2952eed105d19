"""`search`: things by words of their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.assistant import answering, schema
from cartkg.errors import QueryError
from cartkg.escaping import one_line
from cartkg.facts.search import named, words_in
from cartkg.namespaces import BASE, word_of

if TYPE_CHECKING:
    from cartkg.assistant.knowledge import Call

#: Kinds whose IRIs begin otherwise than their names tell.
_STARTS = {
    "any": "",
    "disease": "http://purl.obolibrary.org/obo/MONDO_",
    "measure": f"{BASE}criterion/",
    "event": f"{BASE}term/",
}


def search(call: Call, asked: schema.Search) -> tuple[schema.Found, str]:
    """Return things whose names contain all the words, shorter names first.

    Raises:
        QueryError: there are no words.
        LimitExceeded: it took too long.
    """
    words = words_in(asked.words)
    if not words:
        raise QueryError("give at least one word to search for")
    start = _STARTS.get(asked.kind, f"{BASE}{asked.kind}/")
    hits = named(call.stated, words, asked.limit + 1, start)
    more, hits = len(hits) > asked.limit, hits[: asked.limit]
    things = [schema.Thing(iri=hit.value, name=hit.label, kind=kind_of(hit.value), also=hit.also) for hit in hits]
    if more:
        said = f"cut: the first {len(things)} things, shortest names first; there are more: use more or longer words"
    else:
        said = f"all {len(things)} things with these words" if things else "no thing has all these words in its name"
    notes = [] if things else ["Try fewer or shorter words, or list_values for the names that a question accepts."]
    answer = schema.Found(
        release=answering.release_of(call),
        complete=not more,
        completeness=said,
        notes=[*notes, answering.DATA],
        things=things,
    )
    body = [f"Things with {one_line(' '.join(words))}:"]
    body += [f"  {_name(thing)} [{thing.kind}] {word_of(thing.iri)} <{thing.iri}>" for thing in things]
    return answer, answering.text_of(answer, body)


def _name(thing: schema.Thing) -> str:
    return one_line(f"{thing.name}, also called {thing.also}" if thing.also else thing.name)


def kind_of(iri: str) -> str:
    """Return the kind of a thing as searches name it; empty for a thing of another vocabulary."""
    for kind, start in _STARTS.items():
        if start and iri.startswith(start):
            return kind
    return iri.removeprefix(BASE).partition("/")[0] if iri.startswith(BASE) else ""
