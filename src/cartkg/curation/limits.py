"""The words that define a criterion in; the numbers with what they bound out, as far as words give one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_NUMBER = r"(-?\d+(?:\.\d+)?)"
_LIMITS = (
    (re.compile(rf"^(?:= )?{_NUMBER}$"), "equal"),
    (re.compile(rf"^{_NUMBER}(?: \w+)*? or less|^at most {_NUMBER}"), "atMost"),
    (re.compile(rf"^{_NUMBER}(?: \w+)*? or more"), "atLeast"),
    (re.compile(rf"^(?:below|under) {_NUMBER}"), "lessThan"),
    (re.compile(rf"^(?:above|over) {_NUMBER}"), "moreThan"),
)
_TWO = re.compile(rf"^\d+ or {_NUMBER} as best cut-off")
_BOTH = "two cut-offs are stated; the higher stands here: who passes it passes both"
_SPAN = re.compile(rf"^{_NUMBER} ?(?:-|to) ?{_NUMBER}$")
_DOSE = re.compile(rf"^{_NUMBER} (?P<unit>mg (?:per day|daily)) or less$")
_FALL = re.compile(rf"^fall of {_NUMBER} points or more")
_RISE_BELOW = re.compile(rf"\brise below {_NUMBER} points")
_IN_NAME = re.compile(rf"\b(?P<limit>(?:above|below) {_NUMBER}) ?(?P<unit>.*)$")
_GRADE = re.compile(r"^grade ([1-5])$")
_SHARE = re.compile(r"^at least (\d+)% better in (\w+) or more of (\w+)$")
_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5}
_DIFFERENCE = re.compile(
    rf"^(?:earlier estimate |a fall of )?{_NUMBER}(?:(?: to |-to-|-){_NUMBER})?[ -](?:points?|units?)"
)
_BELOW = re.compile(rf"\blay below a change of {_NUMBER} points")
_TURN = re.compile(rf"^(?:rise|fall) of more than {_NUMBER} = (flare|improvement)$")
_TURNS = {"flare": "importantWorsening", "improvement": "importantImprovement"}
_BETTER = re.compile(r"\bimprovement\b|\bbetter\b|\bfall of\b")


@dataclass(frozen=True, slots=True)
class Limit:
    """A number with what it bounds, read from words such as `below 0.5`.

    Attributes:
        value: the number.
        comparator: how a result has to stand to it.
        upper: the other end of a span.
        change: whether it bounds a change, which falls below 0, and no level.
        note: what a reader has to know of it.
        unit: the words of its unit; empty for points and where the measure has one unit only.
    """

    value: float
    comparator: str
    upper: float | None = None
    change: bool = False
    note: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest change that matters, in points, without sign.

    Attributes:
        words: the part of the text that says so.
        low: the low end of the estimates; None where the text gives the high end only.
        high: a change that every estimate of the text calls important.
        comparator: how a change has to stand to `high`.
        category: what such a change amounts to; None where the text does not say whether it is for the better.
    """

    words: str
    low: float | None
    high: float
    comparator: str = "atLeast"
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """By what share, in per cent, how many of the components have to be better."""

    percent: float
    components: int


def read_limit(text: str) -> Limit | None:
    """Read a limit from words; None when the words say more than one number can."""
    special = _special(text)
    if special:
        return special
    for pattern, comparator in _LIMITS:
        match = pattern.match(text)
        if match:
            return Limit(float(next(group for group in match.groups() if group)), comparator)
    return None


def _special(text: str) -> Limit | None:
    """Read a limit that is more than a number: a span, a dose, a change, or one of two cut-offs."""
    if span := _SPAN.match(text):
        return Limit(float(span[1]), "between", float(span[2]))
    if dose := _DOSE.match(text):
        return Limit(float(dose[1]), "atMost", unit=dose["unit"])
    if fall := _FALL.match(text):
        return Limit(-float(fall[1]), "atMost", change=True)
    if rise := _RISE_BELOW.search(text):
        return Limit(float(rise[1]), "lessThan", change=True)
    two = _TWO.match(text)
    return Limit(float(two[1]), "atLeast", note=_BOTH) if two else None


def read_limit_in_name(name: str) -> Limit | None:
    """Read a limit that ends the name of an item, such as `mRSS above 18`, and the words of its unit."""
    match = _IN_NAME.search(name)
    limit = read_limit(match["limit"]) if match else None
    return replace(limit, unit=match["unit"]) if match and limit else None


def read_grade(label: str) -> Limit | None:
    """Read the number of a grade from its label, such as `grade 3`."""
    match = _GRADE.match(label)
    return Limit(float(match[1]), "equal") if match else None


def read_share(text: str) -> Share | None:
    """Read by how much how many components have to be better: `at least 20% better in three or more of five`."""
    match = _SHARE.match(text)
    return Share(float(match[1]), _WORDS[match[2]]) if match and match[2] in _WORDS else None


def read_changes(text: str) -> list[Change]:
    """Read the smallest changes that matter from words; empty when none is for one patient or in points."""
    turns = [(part, _TURN.match(part)) for part in (part.strip() for part in text.split(";"))]
    found = [Change(part, float(turn[1]), float(turn[1]), "moreThan", _TURNS[turn[2]]) for part, turn in turns if turn]
    if found:
        return sorted(found, key=lambda change: change.category or "")
    category = "importantImprovement" if _BETTER.search(text) else None
    below = _BELOW.search(text)
    if below:
        return [Change(text, None, float(below[1]), category=category)]
    match = _DIFFERENCE.match(text)
    return [Change(text, float(match[1]), float(match[2] or match[1]), category=category)] if match else []
