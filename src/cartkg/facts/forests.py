"""Rows of a stored question in, what a forest plot draws out: results under their outcome, each on its own.

Nothing is pooled: the same patients may be in several rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.facts.records import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cartkg.facts.records import AnswerTerm

_MOST_OUTCOMES, _MOST_MARKS = 5, 6
#: What a number counts where more of it means that more patients had the outcome or event; others are not drawn.
_COUNTED = frozenset({"met", "present"})
_PRESS = "press only"


@dataclass(frozen=True, slots=True)
class Mark:
    """One result of one group of patients.

    Attributes:
        report: the publication.
        disease: the patients' diseases.
        time: when it was seen.
        reached: patients with the outcome.
        assessed: patients assessed.
        share: percent of them.
        low: lower exact 95 % limit, in percent.
        high: upper exact 95 % limit, in percent.
        read: how much of the publication was read.
        marks: what to know before using it.
        finding: IRI of the result.
        cohort: IRI of the group.
        cells: what the patients received.
    """

    report: str
    disease: str
    time: str
    reached: int
    assessed: int
    share: float
    low: float
    high: float
    read: str
    marks: str
    finding: str
    cohort: str
    cells: str = ""

    @property
    def group(self) -> str:
        """Return what tells the group from others of the same report: patients, cells and time."""
        cells = self.cells.partition(" (")[0]
        return ", ".join(part for part in (cells, self.disease, self.time) if part and part != "time not reported")

    @property
    def is_press(self) -> bool:
        """Whether only press was read."""
        return self.read == _PRESS

    @property
    def may_share(self) -> bool:
        """Whether the patients may be in another row, or are part of another group."""
        return "share patients" in self.marks or "part of another group" in self.marks

    @property
    def side(self) -> float:
        """Return the side of its square, from 5 to 14, whose area grows with the patients assessed."""
        return min(14.0, max(5.0, 2.0 * math.sqrt(self.assessed)))


@dataclass(frozen=True, slots=True)
class ForestOutcome:
    """An outcome and its results; `total` counts those that were not drawn too."""

    name: str
    marks: tuple[Mark, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Forest:
    """What a forest plot draws."""

    outcomes: tuple[ForestOutcome, ...]

    @property
    def lines(self) -> int:
        """Return the number of lines, of outcomes and of results."""
        return sum(1 + len(outcome.marks) for outcome in self.outcomes)


def forest(rows: Iterable[Mapping[str, AnswerTerm]], order: Sequence[str] = ()) -> Forest | None:
    """Return the results to draw; None where no row has a count and a number assessed.

    Of each group and outcome the result with most patients assessed is drawn, and of such the latest. The outcomes
    with most groups come first.

    Args:
        rows: answers of the stored questions on results or on safety.
        order: names of outcomes; of those with as many groups, the first ones come first.
    """
    best = best_marks(rows)
    rank = {name: place for place, name in enumerate(order)}
    outcomes = [ForestOutcome(name, _ordered(found.values()), len(found)) for name, found in best.items()]
    outcomes.sort(key=lambda each: (-each.total, rank.get(each.name, len(rank)), -_largest(each), each.name))
    return Forest(tuple(outcomes[:_MOST_OUTCOMES])) if outcomes else None


def best_marks(rows: Iterable[Mapping[str, AnswerTerm]]) -> dict[str, dict[str, Mark]]:
    """Return by outcome and group the result with most patients assessed, and of such the latest."""
    best: dict[str, dict[str, tuple[tuple[float, ...], Mark]]] = {}
    for row in rows:
        if not _is_drawn(row):
            continue
        mark, name = _mark(row), _name(row)
        weight = (float(mark.assessed), float(text_of(row, "months") or -1), float(mark.reached))
        known = best.setdefault(name, {}).get(mark.cohort)
        if known is None or weight > known[0]:
            best[name][mark.cohort] = weight, mark
    return {name: {cohort: mark for cohort, (_, mark) in found.items()} for name, found in best.items()}


def _ordered(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Return the first results: those read in a publication before press, larger groups first."""
    return tuple(sorted(marks, key=lambda mark: (mark.is_press, -mark.assessed, mark.report))[:_MOST_MARKS])


def _largest(outcome: ForestOutcome) -> int:
    return max(mark.assessed for mark in outcome.marks)


def _is_drawn(row: Mapping[str, AnswerTerm]) -> bool:
    numbers = [text_of(row, name) for name in ("reached", "assessed")]
    return (
        text_of(row, "became") in _COUNTED
        and all(number.isdigit() for number in numbers)
        and 0 <= int(numbers[0]) <= int(numbers[1]) != 0
        and all(text_of(row, name) for name in ("low", "high"))
    )


def _name(row: Mapping[str, AnswerTerm]) -> str:
    """Return the outcome, or the event with its grade."""
    if "event" not in row:
        return text_of(row, "measure")
    graded = text_of(row, "grade")
    return f"{text_of(row, 'event')}, {'grade ' if graded[:1].isdigit() else ''}{graded}"


def _mark(row: Mapping[str, AnswerTerm]) -> Mark:
    reached, assessed = int(text_of(row, "reached")), int(text_of(row, "assessed"))
    return Mark(
        text_of(row, "report"),
        text_of(row, "disease"),
        text_of(row, "time"),
        reached,
        assessed,
        100 * reached / assessed,
        float(text_of(row, "low")),
        float(text_of(row, "high")),
        text_of(row, "read"),
        text_of(row, "marks"),
        text_of(row, "finding"),
        text_of(row, "cohort"),
        text_of(row, "cells"),
    )
