"""Turn the engine's complaint about a malformed query into an error that a person can act on; no I/O.

The engine names the place where it gave up and the words that it would have taken there, which is seldom the cause.
The usual causes are looked for first: an undeclared prefix, a misspelt keyword, an open bracket or string.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.errors import QueryError
from cartkg.evaluation.syntax import FORMS, decode, position, tokens
from cartkg.nearest import suggest
from cartkg.sparql.protocol.mistakes import mistakes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cartkg.evaluation.syntax import Token

_AT = re.compile(r"error at (\d+):(\d+):\s*(.*)", re.DOTALL)
_REASONS = {
    "The SELECT contains a variable that is unbound": "SELECT names a variable that is neither grouped nor bound",
    "IRI parsing failed": "this is not an IRI",
}
_STARTS = ("PREFIX", "BASE", *FORMS)
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_LONGEST = 40


def explain(query: str, complaint: str, prefixes: Mapping[str, str], known: Collection[str] = ()) -> QueryError:
    """Say what is wrong with a query.

    Args:
        query: its text.
        complaint: what the engine says, `error at LINE:COLUMN: ...`.
        prefixes: well-known prefixes, to be offered when one is not declared.
        known: prefixes that a query may use without declaring them.
    """
    text = decode(query)
    found = list(tokens(text))
    if error := _open_string(text, found, prefixes):
        return error
    place = _place(text, complaint)
    for mistake in mistakes(text, found, len(text) if place is None else place):
        return QueryError(mistake.message, *position(text, mistake.offset))
    if error := _wrong_start(text, found, prefixes) or _undeclared_prefix(text, found, prefixes, known):
        return error
    return _bracket(text, found) or _unexpected(text, found, complaint)


def _undeclared_prefix(
    text: str, found: Sequence[Token], prefixes: Mapping[str, str], known: Collection[str]
) -> QueryError | None:
    declared: set[str] = set(known)
    for before, token in zip((None, *found), found, strict=False):
        if token.kind != "name":
            continue
        prefix = token.text.partition(":")[0]
        if before is not None and before.text.upper() == "PREFIX":
            declared.add(prefix)
        elif prefix not in declared:
            close = suggest(prefix, declared, 1)
            hint = f"; did you mean {close[0]}:?" if close else "; declare it with PREFIX"
            if prefix in prefixes:
                hint = f"; write PREFIX {prefix}: <{prefixes[prefix]}>"
            return QueryError(f"prefix {prefix}: is not declared{hint}", *position(text, token.offset))
    return None


def _wrong_start(text: str, found: Sequence[Token], _: Mapping[str, str]) -> QueryError | None:
    if not found:
        return QueryError("the query is empty; it starts with SELECT, ASK, CONSTRUCT or DESCRIBE", 1, 1)
    first = found[0]
    if first.kind == "word" and first.text.upper() in _STARTS:
        return None
    close = suggest(first.text, _STARTS, 1)
    hint = f"; did you mean {close[0]}?" if close else ", but with SELECT, ASK, CONSTRUCT or DESCRIBE"
    return QueryError(f"a query does not start with {_short(first.text)}{hint}", *position(text, first.offset))


def _open_string(text: str, found: Sequence[Token], _: Mapping[str, str]) -> QueryError | None:
    for token in found:
        if token.kind == "mark" and token.text in {'"', "'"}:
            return QueryError("the string that starts here does not end", *position(text, token.offset))
    return None


def _bracket(text: str, found: Sequence[Token]) -> QueryError | None:
    """Find the first bracket that does not fit, or the last that stays open."""
    opened: list[Token] = []
    for token in found:
        if token.text in _PAIRS:
            opened.append(token)
        elif token.text in _PAIRS.values() and token.kind == "mark":
            if not opened or _PAIRS[opened[-1].text] != token.text:
                wanted = f"; {_PAIRS[opened[-1].text]} is expected first" if opened else ""
                return QueryError(f"{token.text} closes nothing{wanted}", *position(text, token.offset))
            opened.pop()
    if opened:
        return QueryError(f"{opened[-1].text} is not closed", *position(text, opened[-1].offset))
    return None


def _unexpected(text: str, found: Sequence[Token], complaint: str) -> QueryError:
    match = _AT.search(complaint)
    if not match:
        return QueryError(f"the query is malformed: {complaint[:200]}")
    for mark, reason in _REASONS.items():
        if mark in match[3]:
            return QueryError(reason, int(match[1]), int(match[2]))
    place = _place(text, complaint) or 0
    before = [one for one in found if one.offset <= place]
    token = before[-1] if before else found[0]
    return QueryError(f"{_short(token.text)} is not allowed here", *position(text, token.offset))


def _place(text: str, complaint: str) -> int | None:
    """Return the offset at which the engine gave up; None when it does not say."""
    match = _AT.search(complaint)
    if match is None:
        return None
    return sum(len(one) + 1 for one in text.split("\n")[: int(match[1]) - 1]) + int(match[2]) - 1


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
