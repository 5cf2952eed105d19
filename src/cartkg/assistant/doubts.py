"""What is suspicious about an answer, as part of the answer: why it is empty, joins that repeat rows, what was cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.assistant import schema
from cartkg.errors import CartkgError
from cartkg.escaping import one_line
from cartkg.sparql.empty_answers.diagnosis import diagnose
from cartkg.sparql.empty_answers.probing.causes_found import NOT_EMPTY, UNKNOWN
from cartkg.sparql.protocol.requests import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartkg.assistant.knowledge import ToolCall
    from cartkg.sparql.empty_answers.probing.causes_found import Diagnosis

#: A query that took longer, in seconds, is not analysed unasked: its parts would take long, too.
_SOON = 2.0


def of_query(call: ToolCall, query: str, seconds: float) -> list[schema.Warned]:
    """Return why a query that took so long has no rows, or what is suspicious about those it has.

    Empty if finding it exceeds a limit; the answer itself is complete.
    """
    if seconds > _SOON:
        return []
    try:
        found = diagnose(call.knowledge.engine, query, Dataset())
    except CartkgError:
        return []
    if found.verdict == UNKNOWN:
        return []
    own = [] if found.verdict == NOT_EMPTY and found.warnings else list(_empty(found))
    return [*own, *warned("suspicious", found.warnings)]


def _empty(found: Diagnosis) -> Iterator[schema.Warned]:
    """Yield why an answer is empty; one with rows is not, and neither is one that LIMIT or HAVING empties."""
    if found.verdict != NOT_EMPTY:
        yield from warned("empty", [found], f"{found.verdict}: ")


def warned(kind: str, found: Iterable[Diagnosis], start: str = "") -> Iterator[schema.Warned]:
    """Yield diagnoses as warnings."""
    for one in found:
        yield schema.Warned(
            kind=kind,
            text=f"{start}{one.reason}",
            pattern=one.pattern.text if one.pattern else "",
            line=one.pattern.line if one.pattern else None,
            column=one.pattern.column if one.pattern else None,
            hint=one.hint,
            absent=absent(one),
        )


def absent(found: Diagnosis) -> list[schema.AbsentTerm]:
    """Return the terms that the data lack, with what may have been meant."""
    return [schema.AbsentTerm(term=one.term, did_you_mean=list(one.near), note=one.note) for one in found.absent]


def lines(warnings: Iterable[schema.Warned]) -> Iterator[str]:
    """Yield the lines of warnings in a text."""
    for one in warnings:
        yield f"Warning ({one.kind}): {one_line(one.text)}"
        if one.pattern:
            yield f"  Line {one.line}, column {one.column}: {one_line(one.pattern)}"
        if one.hint:
            yield f"  This has matches: {one_line(one.hint)}"
        for term in one.absent:
            meant = f"; did you mean {', '.join(term.did_you_mean)}?" if term.did_you_mean else ""
            yield f"  {one_line(term.term)} does not occur here{one_line(meant)}"
