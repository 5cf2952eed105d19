"""`search`: things by words in their names, or by an identifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.assistant import answering, schema
from cartkg.errors import QueryError
from cartkg.escaping import one_line
from cartkg.facts.search import look_up
from cartkg.namespaces import word_of
from cartkg.search.index import SearchRequest

if TYPE_CHECKING:
    from cartkg.assistant.knowledge import ToolCall


def search(call: ToolCall, asked: schema.SearchArguments) -> tuple[schema.FoundThings, str]:
    """Return things that the words name, best match first.

    Raises:
        QueryError: there are no words.
        LimitExceeded: it took too long.
    """
    if not asked.words.strip():
        raise QueryError("give at least one word to search for")
    kind = "" if asked.kind == "any" else asked.kind
    found = look_up(call.stated, call.knowledge.index, SearchRequest(asked.words, kind, asked.limit))
    more = found.total is None or found.total > len(found.hits)
    things = [
        schema.Thing(iri=hit.iri, name=hit.label, kind=hit.kind, also=hit.also, known=hit.said) for hit in found.hits
    ]
    if more:
        total = "" if found.total is None else f" of {found.total}"
        said = f"cut: the {len(things)} best matches{total}; there are more: use more or longer words, or a kind"
    else:
        said = f"all {len(things)} things with these words" if things else "no thing has all these words in its name"
    notes = [] if things else ["Try fewer or shorter words, or list_values for the names that a question accepts."]
    answer = schema.FoundThings(
        release=answering.release_of(call),
        complete=not more,
        completeness=said,
        notes=[*notes, answering.DATA],
        things=things,
    )
    body = [f"Things with {one_line(asked.words)}:"]
    body += [f"  {_name(thing)} [{thing.kind}] {word_of(thing.iri)} <{thing.iri}>" for thing in things]
    return answer, answering.text_of(answer, body)


def _name(thing: schema.Thing) -> str:
    also = f", also {thing.also}" if thing.also else ""
    known = f" ({thing.known})" if thing.known else ""
    return one_line(f"{thing.name}{also}{known}")
