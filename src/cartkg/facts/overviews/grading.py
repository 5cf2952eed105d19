"""Rows of the stored question on safety in, severe and any events out: grades and words of severity on one scale.

Severe is grade 3 and over, or what a report calls severe, serious or of high grade, as the stored question has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.facts.records import AnswerTerm, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SEVERE = 3
#: Grades in words of which none means that nobody had a severe event.
_WIDE = frozenset({"any grade", "not reported", "severe", "serious", "high grade", "moderate or higher"})
_UNGRADED = frozenset({"any grade", "not reported"})


@dataclass(frozen=True, slots=True)
class Cases:
    """Groups that have a count, and those among them with a case."""

    groups: int
    with_case: int

    def __str__(self) -> str:
        return f"{self.with_case} of {self.groups} groups" if self.groups else ""


@dataclass(frozen=True, slots=True)
class Graded:
    """What groups of patients report of one kind of event.

    Attributes:
        title: the event.
        any: groups with a count of it.
        largest: patients with it in the largest group with a count over all grades, as "26 of 30".
        severe: groups that state whether a severe case occurred.
        largest_severe: patients with a severe case in the largest of them.
    """

    title: str
    any: Cases
    largest: str
    severe: Cases
    largest_severe: str


def graded(title: str, rows: Sequence[Mapping[str, AnswerTerm]]) -> Graded:
    """Summarise the rows on a kind of event by groups; shares are compared, never added."""
    present = [row for row in rows if text_of(row, "became") == "present" and text_of(row, "reached").isdigit()]
    severe = [row for row in present if settles_severe(row)]
    every = [row for row in present if text_of(row, "grade") in _UNGRADED]
    return Graded(title, _cases(present), _largest(every), _cases(severe), _largest(severe))


def settles_severe(row: Mapping[str, AnswerTerm]) -> bool:
    """Return whether a count states how many had a severe event.

    It counts severe ones, or none of a range of grades that includes the severe ones: none of any grade is none severe.
    """
    low, high, word = (text_of(row, name) for name in ("grade_from", "grade_to", "grade"))
    if low and float(low) >= _SEVERE:
        return True
    is_wide = word in _WIDE if not low else not high or float(high) >= _SEVERE
    return text_of(row, "reached") == "0" and is_wide


def severe_rows(title: str, rows: Iterable[Mapping[str, AnswerTerm]]) -> list[Mapping[str, AnswerTerm]]:
    """Return the counts of severe events as rows of an outcome, to be drawn beside others."""
    name = AnswerTerm(f"{title}, grade 3 or higher", "literal")
    met = AnswerTerm("present", "literal")
    return [
        {**{key: node for key, node in row.items() if key != "event"}, "measure": name, "became": met}
        for row in rows
        if text_of(row, "became") == "present" and settles_severe(row)
    ]


def _cases(rows: Iterable[Mapping[str, AnswerTerm]]) -> Cases:
    with_case: dict[str, bool] = {}
    for row in rows:
        cohort = text_of(row, "cohort")
        with_case[cohort] = with_case.get(cohort, False) or text_of(row, "reached") != "0"
    return Cases(len(with_case), sum(with_case.values()))


def _largest(rows: Iterable[Mapping[str, AnswerTerm]]) -> str:
    sized = [(int(text_of(row, "assessed")), int(text_of(row, "reached"))) for row in rows if text_of(row, "assessed")]
    possible = [(assessed, reached) for assessed, reached in sized if reached <= assessed]
    return "{1} of {0}".format(*max(possible)) if possible else ""
