"""Scores in; numbers that their range cannot hold, at the line of the dossier, out.

The ranges stand in the files of the papers that define the scores; the rule is that of
`queries/checks/value-outside-score-range-violation.rq`, said before anything is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.curation.facts import ROW, Subject, number_text, term
from cartkg.curation.node import Node
from cartkg.namespaces import BASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cartkg.curation.desk import Desk
    from cartkg.curation.facts import Facts
    from cartkg.curation.lexicon import Lexicon

_NUMBERS = ("value", "rangeLow", "rangeHigh", "iqrLow", "iqrHigh", "baselineValue")
#: Units in which a number says nothing on where a score stands in its range.
_RELATIVE = frozenset(f"{BASE}unit/{name}" for name in ("percent", "fold", "ratio"))


@dataclass(frozen=True, slots=True)
class Range:
    """The lowest and the highest number of points that a score can have."""

    low: float
    high: float

    def holds(self, number: float, *, change: bool) -> bool:
        """Tell whether a score can be this number, or change by it."""
        return abs(number) <= self.high - self.low if change else self.low <= number <= self.high

    def describe(self) -> str:
        """Give both ends in words."""
        return f"from {number_text(self.low)} to {number_text(self.high)}"


@dataclass(frozen=True, slots=True)
class Scales:
    """The ranges of all scores.

    Attributes:
        lexicon: the measures, with the names of their ranges.
        file: gives what the file of a publication states, by its key.
    """

    lexicon: Lexicon
    file: Callable[[str], Facts]

    def of(self, measure: str) -> Range | None:
        """Give the range of a measure, wide enough for each of its forms; None where no paper states one."""
        lows, highs = [], []
        for name in self.lexicon.ranges.get(measure, ()):
            home = name.removeprefix(BASE).split("/")[2]
            stated = self.file(home).subjects.get(name)
            low, high = (stated.one(term(end)) if stated else None for end in ("scaleMinimum", "scaleMaximum"))
            if low is not None and high is not None:
                lows.append(float(low))
                highs.append(float(high))
        return Range(min(lows), max(highs)) if lows else None

    def fitting(self, measure: str, number: float, *, change: bool) -> list[str]:
        """Give the names and ranges of forms of a measure that can be this number."""
        found = []
        for other in sorted(self.lexicon.relatives(measure)):
            held = self.of(other)
            if held and held.holds(number, change=change):
                found.append(f"`{min(self.lexicon.names[other], key=len)}` ({held.describe()})")
        return found


def warn_scores(desk: Desk, scales: Scales) -> None:
    """Find numbers outside the range of their score, and changes wider than it; a printed one is in a conflict."""
    misprinted = {
        name
        for subject in desk.facts
        if term("misprint") in subject.texts(term("conflictKind"))
        for name in subject.texts(term("involves"))
    }
    finding_of = {
        subject.iri: subject.one(term("asserts")) for subject in desk.facts if term("asserts") in subject.values
    }
    excused = misprinted | {finding_of[name] for name in misprinted if name in finding_of}
    seen: set[tuple[str, str]] = set()
    for claim in [desk.facts.subjects[name] for name in finding_of]:
        finding = desk.facts.subjects.get(finding_of[claim.iri] or "")
        if finding is None or finding.iri in excused:
            continue
        for number, message in _outside(finding, scales):
            node = _told_at(desk, claim, number)
            if (node.path, message) not in seen:
                seen.add((node.path, message))
                desk.notice(node, "dossier-value-outside-range", message)


def _outside(finding: Subject, scales: Scales) -> Iterable[tuple[float, str]]:
    measure = finding.one(term("measure")) or ""
    span = scales.of(measure)
    kind = finding.one(term("quantityKind"))
    if span is None or finding.one(term("unit")) in _RELATIVE or kind == term("percentChangeFromBaseline"):
        return
    for name in _NUMBERS:
        change = kind == term("changeFromBaseline") and name != "baselineValue"
        for text in finding.texts(term(name)):
            number = float(text)
            if span.holds(number, change=change):
                continue
            word = min(scales.lexicon.names[measure], key=len)
            forms = scales.fitting(measure, number, change=change)
            meant = f"did you mean {' or '.join(forms)}? If not, correct" if forms else "correct"
            told = (
                f"{number_text(number)} cannot be: `{word}` runs {span.describe()}; {meant} the number or the measure, "
                "write `kind: change` for a change, or, where it is printed so, add a conflict of `kind: misprint` "
                "that joins the row"
            )
            yield number, told


def _told_at(desk: Desk, claim: Subject, number: float) -> Node:
    """Give the place of a number of a row; the row itself where the number stands there in other words."""
    path = (claim.one(ROW) or "").partition(" ")[2].removeprefix("supplement ")
    for leaf in desk.root.leaves():
        if leaf.path.startswith(path) and isinstance(leaf.value, (int, float)) and float(leaf.value) == number:
            return Node(leaf.path, leaf.value, desk.root.places)
    return Node(path, None, desk.root.places)
