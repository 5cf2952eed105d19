"""The cell dose of a dossier in; doses of cells by level, size and unit, with who says so, out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.amounts import UnitReading, read_unit
from cartkg.curation.doses import PRINTED_DOSE
from cartkg.curation.facts import LABEL, Subject, count, decimal, iri, number_text, slug, term, words
from cartkg.curation.spelling import UNITS

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.node import Node

_MILLION = 1_000_000


def join(desk: Desk, element: Subject, key: str) -> None:
    """Make an element part of the regimen of a study."""
    element.add(term("elementOf"), iri("regimen", key))
    if key == desk.key:
        desk.own(iri("regimen", key)).add(term("hasElement"), element.iri)


def place_cell_dose(desk: Desk, node: Node, key: str) -> None:
    """Make the dose elements of one study: one a level, or one with its span."""
    unit_words = node.text("unit") or ""
    scale = _MILLION if unit_words.startswith("million ") else 1
    unit = read_unit(unit_words.removeprefix("million ") or None, desk.lexicon)
    if unit is None:
        desk.unknown(node.child("unit"), UNITS)
        return
    value, text = node.number("value"), node.text("value")
    if value is None and text and (match := PRINTED_DOSE.match(text)) and "infusion" not in text:
        value = float(match[1])
    sizes: list[tuple[float, object]] = [(value * scale, None)] if value is not None else []
    patients = [item.take() for item in node.children("patients_per_level")]
    levels = [item.take() for item in node.children("levels")]
    sizes += [(float(level or 0), patients[i] if i < len(patients) else None) for i, level in enumerate(levels)]
    for name, kind in (("per_kg", "cells-per-kg"), ("then", None)):
        number = node.number(name)
        if number is not None:
            other = UnitReading(next(iter(desk.lexicon.find("unit", "cells per kg")), None)) if kind else unit
            _dose_element(desk, node, key, CellAmount(float(number), other, None, "then" if name == "then" else None))
    low, high = node.number("range_low"), node.number("range_high")
    for size, people in sizes or ((None, None),):
        note = f"{people} patients at this level" if people is not None else None
        _dose_element(
            desk, node, key, CellAmount(float(size) if size is not None else None, unit, note, None, low, high)
        )


@dataclass(frozen=True, slots=True)
class CellAmount:
    """One dose of cells: its size or span, its unit, a note."""

    value: float | None
    unit: UnitReading
    note: str | None
    order: str | None
    low: float | int | None = None
    high: float | int | None = None

    @property
    def size(self) -> str:
        """Give the number of cells in words; empty when it is not reported."""
        return " to ".join(_million(end) for end in (self.value, self.low, self.high) if end is not None)

    def describe(self) -> str:
        """Give size and unit in words, for labels."""
        return " ".join(
            part for part in (self.size or "not reported", self.unit.unit.label if self.unit.unit else "") if part
        )


def _million(size: float) -> str:
    return f"{number_text(size / _MILLION)} million" if size >= _MILLION else number_text(size)


def _words(node: Node, amount: CellAmount) -> list[str]:
    """Give what is said of a dose that its number and unit do not hold."""
    if amount.order:
        return [amount.order]
    texts = [str(node.child(name).take()) for name in ("text", "note") if name in node]
    printed = node.child("value").value
    texts += [printed] if isinstance(printed, str) else []
    more = amount.unit.text or amount.unit.comparator
    return [*texts, str(node.child("unit").value or "")] if more else texts


def _dose_element(desk: Desk, node: Node, key: str, amount: CellAmount) -> None:
    unit = amount.unit.unit.name if amount.unit.unit else "unit-not-reported"
    size = (
        number_text(amount.value)
        if amount.value is not None
        else (
            f"{number_text(amount.low)}-to-{number_text(amount.high or 0)}"
            if amount.low is not None
            else "not-reported"
        )
    )
    element = desk.facts.subject(
        iri("administration", key, "cells", slug(f"{size}-{unit}".replace(".", "p"))), key, "CellDose"
    )
    element.add(LABEL, words(f"{amount.describe()} ({key})"))
    element.add(term("treatmentRole"), term("cellInfusion"))
    if iri("therapy", key) in desk.facts.subjects or key != desk.key:
        element.add(term("cells"), iri("therapy", key))
    for local, number in (("doseValue", amount.value), ("doseLow", amount.low), ("doseHigh", amount.high)):
        if number is not None:
            element.add(term(local), decimal(number))
    if amount.unit.unit:
        element.add(term("doseUnit"), amount.unit.unit.iri)
    texts, unit_words = _words(node, amount), str(node.child("unit").value or "")
    for text in [*texts, amount.note]:
        if text:
            element.add(term("doseText"), Literal(text))
    schedule = node.text("schedule")
    if schedule:
        element.add(term("schedule"), Literal(schedule))
    times = node.count("infusions")
    if times is not None or (schedule and schedule.startswith(("single", "once"))):
        element.add(term("infusionCount"), count(times if times is not None else 1))
    join(desk, element, key)
    texts = list(dict.fromkeys([*_told(desk, amount, unit_words), *texts]))
    desk.claim(node, element, "; ".join(text for text in texts if amount.size == "" or text != unit_words) or None)


def _told(desk: Desk, amount: CellAmount, unit_words: str) -> list[str]:
    """Give the size with the unit as printed; the unit alone where no size was reported."""
    if not amount.size:
        return [unit_words] if unit_words else []
    plain = unit_words.removeprefix("million ")
    read = read_unit(plain or None, desk.lexicon)
    return [f"{amount.size} {plain}" if plain and read and read.unit == amount.unit.unit else amount.describe()]


def place_infusions(desk: Desk, node: Node, key: str) -> None:
    """Make the element that says how many times cells were infused."""
    times = node.count("value")
    if times is None:
        return
    element = desk.facts.subject(iri("administration", key, "cells", f"{times}-infusions"), key, "CellDose")
    element.add(LABEL, words(f"{times} infusion{'' if times == 1 else 's'} of cells ({key})"))
    element.add(term("treatmentRole"), term("cellInfusion"))
    element.add(term("infusionCount"), count(times))
    element.add(term("cells"), iri("therapy", key))
    join(desk, element, key)
    desk.claim(node, element)
