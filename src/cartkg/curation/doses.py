"""The words of a drug's dose in; its size, unit, schedule and days, as typed statements, out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.amounts import UnitReading, counted, read_unit
from cartkg.curation.facts import Subject, decimal, number_text, term
from cartkg.curation.spelling import UNITS

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.node import Node

#: A number at the head of a printed dose, and the rest.
PRINTED_DOSE = re.compile(r"^(\d+(?:\.\d+)?(?:e\d+)?)\s*(.*)$")
_DAYS = re.compile(r"-?\d+")


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose: size and unit, schedule and start as printed, first and last day from the infusion."""

    value: float | None
    unit: UnitReading
    words: str
    schedule: str | None
    start: str | None
    days: tuple[int, ...]

    def describe(self) -> str:
        """Give size, unit and days in words."""
        unit = self.unit.unit.label if self.unit.unit else ""
        size = number_text(self.value) if self.value is not None else ""
        amount = " ".join(part for part in (size, counted(self.value, unit)) if part)
        return ", ".join(part for part in (amount, self.schedule or self.start) if part)

    def told(self) -> str:
        """Give the dose as the row prints it: size, unit and days."""
        more = (part for part in (self.schedule, self.start) if part and part not in self.words)
        return "; ".join(part for part in (self.words, *more) if part)

    def write(self, element: Subject) -> None:
        """Add the statements of this dose."""
        if self.value is not None:
            element.add(term("doseValue"), decimal(self.value))
        if self.unit.unit:
            element.add(term("doseUnit"), self.unit.unit.iri)
        if self.unit.comparator or self.unit.text:
            element.add(term("doseText"), Literal(self.words))
        for text in (self.schedule, self.start):
            if text:
                element.add(term("schedule"), Literal(text))
        if self.days:
            element.add(term("startDay"), decimal(self.days[0]))
        if len(self.days) > 1:
            element.add(term("endDay"), decimal(self.days[-1]))


def read_dose(desk: Desk, row: Node) -> Dose:
    """Read the dose of a drug row; an unknown unit is noted as an error."""
    value, text = row.number("dose"), row.text("dose")
    unit_words, schedule, start = row.text("unit"), row.text("schedule"), row.text("start")
    if value is None and text and (match := PRINTED_DOSE.match(text)):
        value = float(match[1])
        unit_words, _, rest = match[2].partition(",")
        schedule = schedule or rest.strip() or None
    unit = read_unit(unit_words, desk.lexicon)
    if unit is None:
        desk.unknown(row.child("unit"), UNITS, unit_words)
        unit = UnitReading(None)
    said = " ".join(part for part in (text or "", row.text("unit") or "") if part)
    days = (
        tuple(sorted({int(day) for day in _DAYS.findall(schedule)})) if schedule and schedule.startswith("day") else ()
    )
    if start and (match_days := re.search(r"(?:day )?(\d+)(?: days after)?", start)) and "week" not in start:
        days = (int(match_days[1]),)
    return Dose(value, unit, said, schedule, start, days)
