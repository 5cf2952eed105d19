"""The blocks of numbers of a cohort row in: age, duration, follow-up, scores at baseline as findings out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.amounts import STATISTICS, Amount, UnitReading, read_unit
from cartkg.curation.asides import Told, told_apart
from cartkg.curation.desk import CohortRef, Desk, Said
from cartkg.curation.facts import Subject, iri, term
from cartkg.curation.lexicon import Entry
from cartkg.curation.sameness import same_trait
from cartkg.curation.spelling import UNITS
from cartkg.curation.times import BASELINE, LAST, Timing

if TYPE_CHECKING:
    from cartkg.curation.node import Node

_AMOUNTS = {
    "age": ("age", BASELINE),
    "disease_duration": ("disease-duration", BASELINE),
    "follow_up": ("follow-up", LAST),
    "prior_therapies": ("prior-therapies", BASELINE),
    "baseline_SLEDAI": ("sledai", BASELINE),
    "baseline_SLEDAI_2K": ("sledai-2k", BASELINE),
    "baseline_SELENA_SLEDAI": ("selena-sledai", BASELINE),
}
_DEFAULT_UNITS = {
    "sledai": "points",
    "sledai-2k": "points",
    "selena-sledai": "points",
    "prior-therapies": "prior therapies",
}
_SPREADS = {"range_low": "rangeLow", "range_high": "rangeHigh", "range_width": "rangeWidth"}
_TWO_VOICES = re.compile(r"^(\d+) \((s\d+)\) or (\d+) \((s\d+)\)$")
_LENGTH = re.compile(r"^(\d+(?:\.\d+)?) (\w+)$")
#: Measures that hold one telling each, so that another telling by the same publication is the same in other words.
_TRAITS = frozenset({"organ-involvement", "refractory-status"})
_SPLIT_NOTE = re.compile(r"width .* from (s\d+); .* from (s\d+)")
_SPREADS |= {"iqr_low": "iqrLow", "iqr_high": "iqrHigh", "sd": "standardDeviation"}


#: A cohort's note that gives some of its facts to another of the dossier's sources.
_NOTED = re.compile(r"([^;]+) from (s[0-9]+)")


@dataclass(frozen=True, slots=True)
class Row:
    """A cohort row at work: its node, its cohort, and the group its women and men are counted among."""

    node: Node
    cohort: CohortRef


@dataclass(frozen=True, slots=True)
class Measured:
    """What a block of numbers is of: measure, time, note on its sources, source."""

    measure: str
    time: Timing
    note: str | None
    source: str | None


def say(desk: Desk, row: Row, measure: str, said: Said, source: str | None = None) -> Subject:
    """Say one thing of the patients of a row: the finding, and the claim that its source says so."""
    entry = measure_entry(desk, measure)
    kind = "OutcomeFinding" if entry.name.startswith(("sledai", "selena", "mrss", "edss")) else "CharacteristicFinding"
    told = told_apart(said.text) if said.amount.form == "DescriptiveFinding" else Told(said.text)
    said = replace(said, text=told.text)
    finding = same_trait(desk, row.cohort, entry, said) if said.kind is None and entry.name in _TRAITS else None
    finding = finding or desk.finding(row.cohort, entry, kind, said)
    desk.tell(row.node, finding, told, source)
    return finding


def noted_source(row: Row, words: str) -> str | None:
    """Give the source that the cohort's note names for something ("sex and age from s2"); None when it names none."""
    found = _NOTED.fullmatch(str(row.node.child("note").value or ""))
    return found[2] if found and words.casefold() in re.split(r", | and ", found[1].casefold()) else None


def measure_entry(desk: Desk, name: str) -> Entry:
    """Give a measure by the last part of its IRI."""
    return Entry(iri("criterion", name), desk.lexicon.named(iri("criterion", name)))


def place_amounts(desk: Desk, row: Row) -> None:
    """Make the findings of all blocks of numbers of a cohort row: age, duration, follow-up, scores at baseline."""
    for name, (measure, time) in _AMOUNTS.items():
        node = row.node.child(name)
        if isinstance(node.value, str):
            _told(desk, row, node, Measured(measure, time, None, None))
        elif isinstance(node.value, dict):
            _block(desk, row, node, _measured(desk, row, node, name))


def _measured(desk: Desk, row: Row, node: Node, name: str) -> Measured:
    measure, time = _AMOUNTS[name]
    return Measured(_measure_name(desk, node, measure), time, None, node.text("source") or noted_source(row, name))


def _measure_name(desk: Desk, node: Node, measure: str) -> str:
    criterion = node.text("criterion")
    found = desk.lexicon.find("criterion", criterion or "")
    if found:
        return found[0].name
    return "age-at-onset" if node.child("stat").value == "mean age at disease onset" else measure


def _told(desk: Desk, row: Row, node: Node, measured: Measured) -> None:
    """Say what is told in words; `8 months` becomes a number."""
    text = str(node.take())
    length = _LENGTH.match(text)
    unit = read_unit(length[2], desk.lexicon) if length else None
    if length and unit and unit.unit:
        amount = Amount(value=float(length[1]), statistic="statisticNotReported", unit=unit)
        say(desk, row, measured.measure, Said(measured.time, amount))
        return
    name = "prior-therapy-description" if measured.measure == "prior-therapies" else measured.measure
    say(desk, row, name, Said(measured.time, Amount(), text))


def _block(desk: Desk, row: Row, node: Node, measured: Measured) -> None:
    _longest(desk, row, node.text("longest"), measured.source)
    unit_words = node.text("unit") or _DEFAULT_UNITS.get(measured.measure)
    unit = read_unit(unit_words, desk.lexicon)
    if unit is None:
        desk.unknown(node.child("unit"), UNITS, unit_words)
        return
    two = _TWO_VOICES.match(str(node.child("value").value or ""))
    if two:
        for value, who in ((two[1], two[2]), (two[3], two[4])):
            said = Said(measured.time, Amount(value=float(value), statistic="singleValue", unit=unit))
            say(desk, row, measured.measure, said, who)
        node.text("value")
        node.text("stat")
        return
    extra = " ".join(part for part in (node.text("what"), node.text("text")) if part) or None
    noted = Measured(measured.measure, measured.time, node.text("note"), measured.source)
    _parts(desk, row, noted, Said(measured.time, _amount(node, unit), extra))


def _longest(desk: Desk, row: Row, longest: str | None, source: str | None) -> None:
    if longest is None:
        return
    length = _LENGTH.match(longest)
    if length:
        unit = read_unit(length[2], desk.lexicon) or UnitReading(None)
        amount = Amount(value=float(length[1]), statistic="maximum", unit=unit)
        say(desk, row, "follow-up-longest", Said(LAST, amount), source)
    else:
        say(desk, row, "follow-up-longest", Said(LAST, Amount(), longest), source)


def _amount(node: Node, unit: UnitReading) -> Amount:
    stat = node.text("stat")
    amount = Amount(value=node.number("value"), unit=unit)
    amount.spreads = {name: number for key, name in _SPREADS.items() if (number := node.number(key)) is not None}
    ends = [item.take() for item in node.children("range")]
    if len(ends) == 2 and all(isinstance(end, (int, float)) for end in ends):  # noqa: PLR2004  # low and high
        amount.spreads |= {"rangeLow": float(ends[0] or 0), "rangeHigh": float(ends[1] or 0)}
    if amount.value is not None or amount.spreads:
        fallback = "range" if amount.value is None else "statisticNotReported"
        amount.statistic = STATISTICS.get(stat or "", fallback)
    return amount


def _parts(desk: Desk, row: Row, measured: Measured, said: Said) -> None:
    """Say the numbers; where the note says that width and ends come from two sources, say them apart."""
    amount = said.amount
    split = _SPLIT_NOTE.search(measured.note or "")
    if split and "rangeWidth" in amount.spreads and "rangeLow" in amount.spreads:
        ends = {key: amount.spreads[key] for key in ("rangeLow", "rangeHigh")}
        width = {"rangeWidth": amount.spreads["rangeWidth"]}
        first = Amount(value=amount.value, statistic=amount.statistic, unit=amount.unit, spreads=width)
        second = Amount(statistic="range", unit=amount.unit, spreads=ends)
        for part, source in ((first, split[1]), (second, split[2])):
            _note(say(desk, row, measured.measure, Said(measured.time, part), source), measured.note)
        return
    if amount.form == "DescriptiveFinding":
        said.text = said.text or measured.note
        if said.text is None:
            return
    _note(say(desk, row, measured.measure, said, measured.source), measured.note)


def _note(finding: Subject, note: str | None) -> None:
    if note:
        finding.add(term("note"), Literal(note))
