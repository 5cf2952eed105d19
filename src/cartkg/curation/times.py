"""The time points of a dossier's rows in, typed statements for a finding out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.amounts import STATISTICS, read_unit
from cartkg.curation.facts import decimal, iri, number_text, slug, term

if TYPE_CHECKING:
    from cartkg.curation.facts import Subject
    from cartkg.curation.lexicon import Lexicon
    from cartkg.curation.node import Node

_TIME_LETTER = {"day": "d", "week": "wk", "month": "mo", "year": "yr", "hour": "h"}
_SPAN = re.compile(r"^(\d+(?:\.\d+)?) to (\d+(?:\.\d+)?) (\w+)$")


@dataclass(frozen=True, slots=True)
class Timing:
    """When a finding holds: kind, value or span, unit, statistic, words."""

    kind: str
    value: float | None = None
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    statistic: str | None = None
    text: str | None = None

    @property
    def slug(self) -> str:
        """Give the part of the IRI that names this time."""
        if self.low is not None and self.high is not None and self.unit:
            span = f"{number_text(self.low)}-to-{number_text(self.high)}{_TIME_LETTER[self.unit]}"
            return slug(span.replace(".", "p"))
        if self.value is not None and self.unit:
            lead = {"withinWindow": "within-", "overFollowUp": "over-"}.get(self.kind, "")
            stem = f"{lead}{number_text(self.value).replace('.', 'p')}{_TIME_LETTER[self.unit]}"
            return f"{stem}-{self.statistic}" if self.statistic else stem
        return {
            "baseline": "baseline",
            "lastFollowUp": "last-follow-up",
            "overFollowUp": "over-follow-up",
        }.get(self.kind, "time-not-reported" if not self.text else slug(self.text, 5))

    def describe(self) -> str:
        """Give the time in words, for labels."""
        if self.low is not None and self.high is not None:
            return f"{number_text(self.low)} to {number_text(self.high)} {self.unit}s"
        if self.value is not None:
            lead = {"withinWindow": "within ", "overFollowUp": "over "}.get(self.kind, "")
            return f"{lead}{number_text(self.value)} {self.unit}{'' if self.value == 1 else 's'}"
        words = {"baseline": "baseline", "lastFollowUp": "last follow-up", "overFollowUp": "over follow-up"}
        return words.get(self.kind, "time not reported")

    def write(self, subject: Subject) -> None:
        """Add the statements of this time to a finding."""
        subject.add(term("timeKind"), term(self.kind))
        for name, number in (("timeValue", self.value), ("timeLow", self.low), ("timeHigh", self.high)):
            if number is not None:
                subject.add(term(name), decimal(number))
        if self.unit:
            subject.add(term("timeUnit"), iri("unit", self.unit))
        if self.statistic:
            subject.add(term("timeStatistic"), term(self.statistic))
        if self.text:
            subject.add(term("timeText"), Literal(self.text))


NO_TIME = Timing("timeNotReported")
BASELINE = Timing("baseline")
LAST = Timing("lastFollowUp")
OVER = Timing("overFollowUp")


def read_time(row: Node, lexicon: Lexicon) -> Timing | None:
    """Read the time point of a row; None when its unit is unknown."""
    point = row.child("timepoint")
    if point.value is None:
        return NO_TIME
    value, words, text, note = point.number("value"), point.text("unit"), point.text("text"), point.text("note")
    stat = point.text("stat")
    if words and words.strip().lower() == "last follow-up":
        return LAST
    if value is None:
        return _time_in_words(text or note or "", lexicon)
    if value == 0:
        return BASELINE
    unit = read_unit((words or "").split(",")[0], lexicon)
    if unit is None or unit.unit is None or unit.unit.name not in _TIME_LETTER:
        return None
    said = ", ".join(part for part in ((words or "").partition(",")[2].strip(), note, text) if part) or None
    kind = "atTimePoint"
    if said and re.search(r"within|at most|up to", said):
        kind = "withinWindow"
    elif stat or (said and re.search(r"longest|over", said)):
        kind = "overFollowUp"
    return Timing(kind, value, unit.unit.name, statistic=STATISTICS.get(stat or ""), text=said)


def _time_in_words(text: str, lexicon: Lexicon) -> Timing | None:
    if text == "baseline":
        return BASELINE
    if text in ("last follow-up", "last visit"):
        return Timing("lastFollowUp", text=text)
    span = _SPAN.match(text)
    if span:
        unit = read_unit(span[3], lexicon)
        if unit is None or unit.unit is None:
            return None
        return Timing("withinWindow", unit=unit.unit.name, low=float(span[1]), high=float(span[2]), text=text)
    return Timing("lastFollowUp" if "writing" in text else "timeNotReported", text=text)
