"""Reject what a query must not do: SERVICE, updates, graphs from elsewhere, endless nesting."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from cartkg.errors import Refused, TooLarge
from cartkg.evaluation.datasets import clauses
from cartkg.evaluation.syntax import DEPTH, UPDATES, analyse, decode, guard, position, tokens, written_offset
from cartkg.namespaces import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A query in which none of these occurs is read no further: the engine itself takes no other update for a query.
#: (A line that starts with a number sign is a comment, unless it is part of a long string.)
_COMMENTS = re.compile(r"^#.*$", re.MULTILINE)
_LONG = ('"""', "'''")
_TELLING = ("SERVICE", "FROM", "LOAD", "INSERT", "DELETE")


class Fault(Enum):
    """Why a query has no answer: refused, not SPARQL, stopped, not possible on this system, or the engine failed."""

    REFUSED = "refused"
    SYNTAX = "syntax"
    STOPPED = "stopped"
    ENGINE = "engine"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Failure:
    """A query has no answer.

    Attributes:
        fault: of which kind.
        message: why; a sentence without its subject where the query was stopped ("was stopped after 30 s").
        line: in the text of the query, from 1.
        column: in that line, from 1.
    """

    fault: Fault
    message: str
    line: int = 1
    column: int = 1

    def tell(self, name: str) -> str:
        """Return why there is no answer as a sentence about what has this name ("the rule share")."""
        if self.fault is Fault.STOPPED:
            return f"{name} {self.message}; ask for less, or split it"
        if self.fault is Fault.SYSTEM:
            return f"{name} {self.message}"
        if self.fault is Fault.SYNTAX:
            return f"not a SPARQL query: {self.message}"
        return f"{name} cannot be evaluated: {self.message}" if self.fault is Fault.ENGINE else self.message


def breach(text: str, prefixes: Mapping[str, str]) -> Failure | None:
    """Return the first thing that a query of a project must not do; None when there is none.

    Args:
        text: the query, escapes not yet decoded.
        prefixes: what it may use without declaring it.
    """
    decoded = decode(text) if "\\" in text else text
    upper = _COMMENTS.sub("", decoded).upper() if not any(each in decoded for each in _LONG) else decoded.upper()
    if not any(word in upper for word in _TELLING) and sum(map(upper.count, "([{")) <= DEPTH:
        return None
    offset, message = -1, ""
    try:
        guard(analyse(text))
    except TooLarge as error:
        return Failure(Fault.REFUSED, error.message, error.line or 1, error.column or 1)
    except Refused:
        offset, word = _culprit(decoded)
        message = f"{word} is not allowed: a query of a project reads the project's own graph and nothing else"
    if not message and "FROM" in upper:
        offset, message = _foreign_graph(text, prefixes)
    if not message:
        return None
    return Failure(Fault.REFUSED, message, *position(text, written_offset(text, offset)))


def _culprit(decoded: str) -> tuple[int, str]:
    """Find the word that is refused: a SERVICE, else the first word of an update."""
    words = [token for token in tokens(decoded) if token.kind == "word"]
    services = [token for token in words if token.text.upper() == "SERVICE"]
    hidden = [token for token in tokens(decoded) if token.kind == "iri" and "SERVICE" in token.text.upper()]
    updates = [token for token in words if token.text.upper() in UPDATES]
    found = next(iter((*services, *hidden, *updates)))
    return found.offset, "SERVICE" if found in hidden else found.text.upper()


def _foreign_graph(text: str, prefixes: Mapping[str, str]) -> tuple[int, str]:
    """Find a FROM or FROM NAMED that does not name a graph of cartkg."""
    for clause in clauses(text, prefixes):
        if not clause.iri.startswith(BASE):
            named = f"FROM {clause.source.text} is not a graph of {BASE}"
            return clause.token.offset, f"{named}; nothing is fetched from elsewhere"
    return -1, ""
