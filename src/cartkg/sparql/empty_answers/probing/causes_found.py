"""The diagnosis of a query: the part at fault, the missing terms, and what would have matches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.sparql.empty_answers.probing.patterns import PatternPart

NOT_EMPTY, BROKEN, NO_MATCH, UNKNOWN = "not empty", "broken pattern", "no match", "cannot tell"


@dataclass(frozen=True, slots=True)
class Absent:
    """A term that the data do not hold, or not in this place, and terms that may have been meant."""

    term: str
    near: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a query has no rows, or what is suspicious about those it has.

    Attributes:
        verdict: `not empty`, `broken pattern`, `no match` or `cannot tell`.
        reason: what is wrong, in words.
        pattern: the part that is at fault; None when there is none to name.
        absent: terms of that part that occur nowhere in the graphs asked, or not in this place.
        hint: what has matches in place of the part; empty when nothing was found.
        warnings: what is suspicious about an answer that has rows.
    """

    verdict: str
    reason: str
    pattern: PatternPart | None = None
    absent: tuple[Absent, ...] = ()
    hint: str = ""
    warnings: tuple[Diagnosis, ...] = ()
