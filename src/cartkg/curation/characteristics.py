"""What patients are like, from the cohort rows of a dossier: each fact a finding with its claim."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.amounts import BASELINE, LAST, NO_TIME, OVER, STATISTICS, Amount, Timing, UnitReading, read_unit
from cartkg.curation.desk import CohortRef, Desk, Said
from cartkg.curation.facts import Subject, iri, term
from cartkg.findings import Severity

if TYPE_CHECKING:
    from cartkg.curation.lexicon import Entry
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
_TEXTS = {
    "autoantibodies_note": "autoantibody-status",
    "baseline": "baseline-state",
    "eligibility": "eligibility",
    "enrolled": "enrolment",
    "enrolment_window": "treatment-period",
    "features": "organ-involvement",
    "period": "treatment-period",
    "presentation": "presentation",
    "refractory": "refractory-status",
    "share": "share-of-population",
    "treated": "treatment-period",
}
_DIRECT = {
    "country": "country",
    "country/site": "country",
    "data_cut": "dataCutoffText",
    "data_cutoff": "dataCutoffText",
    "design": "cohortText",
    "method": "cohortText",
    "note": "note",
    "phases": "cohortText",
    "programme": "cohortText",
    "role": "cohortText",
    "setting": "cohortText",
    "site": "cohortText",
    "text": "cohortText",
}
_DEFAULT_UNITS = {"sledai": "points", "sledai-2k": "points", "selena-sledai": "points", "prior-therapies": "prior therapies"}
_SPREADS = {"range_low": "rangeLow", "range_high": "rangeHigh", "range_width": "rangeWidth"}
_SPREADS |= {"iqr_low": "iqrLow", "iqr_high": "iqrHigh", "sd": "standardDeviation"}
_TWO_VOICES = re.compile(r"^(\d+) \((s\d+)\) or (\d+) \((s\d+)\)$")
_LENGTH = re.compile(r"^(\d+(?:\.\d+)?) (\w+)$")
_SHARE = re.compile(r"\s+(?:in (\d+)|(\d+)/(\d+))$")
_SPLIT_NOTE = re.compile(r"width .* from (s\d+); .* from (s\d+)")


@dataclass(frozen=True, slots=True)
class Row:
    """A cohort row at work: its node, its cohort, and the group its women and men are counted among."""

    node: Node
    cohort: CohortRef


def place_characteristics(desk: Desk) -> None:
    """Make the findings of all cohort and patient rows."""
    for node in desk.root.children("cohorts"):
        ref = desk.cohorts.get(str(node.child("id").value))
        if ref:
            _cohort_row(desk, Row(node, ref))
    for node in desk.root.children("patients"):
        ref = desk.cohorts.get(str(node.child("id").value))
        if ref:
            _patient_row(desk, Row(node, ref))


def _cohort_row(desk: Desk, row: Row) -> None:
    for sex in ("women", "men"):
        number = row.node.count(sex)
        if number is not None:
            _say(desk, row, sex, Said(BASELINE, Amount(number, row.cohort.count, statistic="count")))
    share = row.node.number("women_percent")
    if share is not None:
        percent = UnitReading(desk.lexicon.find("unit", "%")[0])
        _say(desk, row, "women", Said(BASELINE, Amount(None, row.cohort.count, share, "percentOnly", percent)))
    for name, (measure, time) in _AMOUNTS.items():
        _amounts(desk, row, name, Said(time, Amount()), measure)
    _therapies(desk, row)
    for child in row.node.children("autoantibodies"):
        _antibody(desk, row, child)
    for name, measure in _TEXTS.items():
        _text(desk, row, name, measure)
    _whole_numbers(desk, row)
    _direct(desk, row)


def _say(desk: Desk, row: Row, measure: str, said: Said, source: str | None = None) -> Subject:
    entry = _measure(desk, measure)
    kind = "OutcomeFinding" if entry.name.startswith(("sledai", "selena", "mrss", "edss")) else "CharacteristicFinding"
    finding = desk.finding(row.cohort, entry, kind, said)
    desk.claim(row.node, finding, said.text, source)
    return finding


def _measure(desk: Desk, name: str) -> Entry:
    from cartkg.curation.lexicon import Entry

    return Entry(iri("criterion", name), desk.lexicon.named(iri("criterion", name)))


def _amounts(desk: Desk, row: Row, name: str, said: Said, measure: str) -> None:
    node = row.node.child(name)
    if isinstance(node.value, str):
        text = node.take()
        length = _LENGTH.match(str(text))
        if length and (unit := read_unit(length[2], desk.lexicon)) and unit.unit:
            _say(desk, row, measure, Said(said.time, Amount(value=float(length[1]), statistic="statisticNotReported", unit=unit)))
        else:
            described = "prior-therapy-description" if measure == "prior-therapies" else measure
            _say(desk, row, described, Said(said.time, Amount(), str(text)))
        return
    if not isinstance(node.value, dict):
        return
    criterion = node.text("criterion")
    if criterion and desk.lexicon.find("criterion", criterion):
        measure = desk.lexicon.find("criterion", criterion)[0].name
    if node.value.get("stat") == "mean age at disease onset":
        measure = "age-at-onset"
    source, longest, text, note = node.text("source"), node.text("longest"), node.text("text"), node.text("note")
    if longest and (length := _LENGTH.match(longest)):
        unit = read_unit(length[2], desk.lexicon) or UnitReading(None)
        _say(desk, row, "follow-up-longest", Said(LAST, Amount(value=float(length[1]), statistic="maximum", unit=unit)), source)
    elif longest:
        _say(desk, row, "follow-up-longest", Said(LAST, Amount(), longest), source)
    two = _TWO_VOICES.match(str(node.value.get("value", "")))
    unit_words = node.text("unit") or _DEFAULT_UNITS.get(measure)
    unit = read_unit(unit_words, desk.lexicon)
    if unit is None:
        desk.notice(node.child("unit"), "dossier-unknown-unit", f"unit `{unit_words}` is not in data/ttl/shared/units.ttl; use one that is")
        return
    if two:
        for value, who in ((two[1], two[2]), (two[3], two[4])):
            _say(desk, row, measure, Said(said.time, Amount(value=float(value), statistic="singleValue", unit=unit)), who)
        node.take()
        node.text("value")
        node.text("stat")
        return
    amount = _amount(node, unit)
    extra = " ".join(part for part in (node.text("what"), text) if part) or None
    _amount_parts(desk, row, Measured(measure, said.time, note, source), amount, extra)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a block of numbers is of: measure, time, note on its sources, source."""

    measure: str
    time: Timing
    note: str | None
    source: str | None


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


def _amount_parts(desk: Desk, row: Row, measured: Measured, amount: Amount, text: str | None) -> None:
    """Say the numbers; where the note says that width and ends come from two sources, say them apart."""
    split = _SPLIT_NOTE.search(measured.note or "")
    if split and "rangeWidth" in amount.spreads and "rangeLow" in amount.spreads:
        ends = {key: amount.spreads[key] for key in ("rangeLow", "rangeHigh")}
        width = {"rangeWidth": amount.spreads["rangeWidth"]}
        first = Amount(value=amount.value, statistic=amount.statistic, unit=amount.unit, spreads=width)
        second = Amount(statistic="range", unit=amount.unit, spreads=ends)
        _note(_say(desk, row, measured.measure, Said(measured.time, first), split[1]), measured.note)
        _note(_say(desk, row, measured.measure, Said(measured.time, second), split[2]), measured.note)
        return
    if amount.form == "DescriptiveFinding" and not text and not measured.note:
        return
    said = Said(measured.time, amount, text)
    if amount.form == "DescriptiveFinding" and not text:
        said.text = measured.note
    _note(_say(desk, row, measured.measure, said, measured.source), measured.note)


def _note(finding: Subject, note: str | None) -> None:
    if note:
        finding.add(term("note"), Literal(note))


def _therapies(desk: Desk, row: Row) -> None:
    node = row.node.child("prior_therapies")
    if not isinstance(node.value, list):
        return
    for item in node.items():
        text = str(item.take())
        share = _SHARE.search(text)
        total = row.cohort.count
        amount = Amount()
        if share:
            number = int(share[1] or share[2])
            amount = Amount(number, int(share[3]) if share[3] else total, statistic="count")
        drugs = desk.lexicon.scan("drug", text)
        for drug in drugs:
            said = Said(BASELINE, amount, text, None if share else "present", drug.name)
            finding = _say(desk, row, "prior-therapy", said)
            finding.add(term("aboutDrug"), drug.iri)
            cohort = desk.facts.subjects.get(row.cohort.iri)
            if cohort is not None:
                cohort.add(term("priorDrug"), drug.iri)
        if not drugs:
            _say(desk, row, "prior-therapy-description", Said(BASELINE, amount, text))


def _antibody(desk: Desk, row: Row, child: Node) -> None:
    text = str(child.take())
    found = desk.lexicon.find("criterion", text) or desk.lexicon.scan("criterion", text)
    antibodies = [entry for entry in found if "AutoantibodyMeasure" in desk.lexicon.classes.get(entry.iri, ())]
    for name in [entry.name for entry in antibodies] or ["autoantibody-status"]:
        said = Said(BASELINE, Amount(), text, "present" if antibodies else None)
        kind = "OutcomeFinding" if antibodies else "CharacteristicFinding"
        finding = desk.finding(row.cohort, _measure(desk, name), kind, said)
        desk.claim(row.node, finding, text)


def _text(desk: Desk, row: Row, name: str, measure: str) -> None:
    node = row.node.child(name)
    if node.value is None or isinstance(node.value, (dict, list)):
        return
    value = node.take()
    if value is True:
        _say(desk, row, measure, Said(BASELINE, Amount(), f"{name.replace('_', ' ')}: yes", "present"))
    elif isinstance(value, int):
        _people(desk, row, measure, value)
    else:
        _say(desk, row, measure, Said(BASELINE if measure != "treatment-period" else OVER, Amount(), str(value)))


def _people(desk: Desk, row: Row, measure: str, number: int) -> None:
    """Say a number of people that need not belong to the cohort, such as those screened."""
    unit = UnitReading(desk.lexicon.find("unit", "patients")[0])
    _say(desk, row, measure, Said(NO_TIME, Amount(value=number, statistic="total", unit=unit)))


def _whole_numbers(desk: Desk, row: Row) -> None:
    whole = row.node.count("of")
    if whole is not None:
        _people(desk, row, "source-population", whole)
    screened = row.node.count("screened")
    if screened is not None:
        _people(desk, row, "screened", screened)
    split = row.node.child("split")
    for name in split.names():
        number = split.count(name)
        text = name.replace("_", " ")
        _say(desk, row, "subgroup-split", Said(NO_TIME, Amount(number, row.cohort.count, statistic="count"), text, None, text.lower().replace(" ", "-")))
    for name, measure, unit in (("height_cm", "body-height", "cm"), ("weight_kg", "body-weight-baseline", "kg")):
        number = row.node.child("body").number(name)
        if number is not None:
            _say(desk, row, measure, Said(BASELINE, Amount(value=number, statistic="singleValue", unit=UnitReading(desk.lexicon.find("unit", unit)[0]))))
    state = row.node.child("baseline").number("EDSS_mean")
    if state is not None:
        _say(desk, row, "edss", Said(BASELINE, Amount(value=state, statistic="mean", unit=UnitReading(desk.lexicon.find("unit", "points")[0]))))


def _direct(desk: Desk, row: Row) -> None:
    """Put texts on the cohort itself when it is ours; of others' cohorts the claim on the cohort tells them."""
    cohort = desk.facts.subjects.get(row.cohort.iri)
    if cohort is None or cohort.home != desk.key or "same_as" in row.node:
        return
    for name, local in _DIRECT.items():
        text = row.node.text(name)
        if text:
            cohort.add(term(local), Literal(text))


def _patient_row(desk: Desk, row: Row) -> None:
    sex = row.node.text("sex")
    if sex:
        _say(desk, row, "men" if sex == "male" else "women", Said(BASELINE, Amount(1, 1, statistic="count")))
    numbers = (
        ("age", "age", "years", BASELINE),
        ("SLEDAI_2K", "sledai-2k", "points", BASELINE),
        ("mRSS", "mrss", "points", BASELINE),
        ("disease_duration_years", "disease-duration", "years", BASELINE),
        ("follow_up_months", "follow-up", "months", LAST),
    )
    for name, measure, unit, time in numbers:
        number = row.node.number(name)
        if number is not None:
            reading = UnitReading(desk.lexicon.find("unit", unit)[0])
            _say(desk, row, measure, Said(time, Amount(value=number, statistic="singleValue", unit=reading)))
    for child in row.node.children("autoantibodies"):
        _antibody(desk, row, child)
    _text(desk, row, "features", "organ-involvement")


def warn_size(desk: Desk) -> None:
    """Find women and men that do not add up to more patients than there are, and parts larger than their whole."""
    for node in desk.root.children("cohorts"):
        total, women, men = (node.child(name).value for name in ("n", "women", "men"))
        if isinstance(total, int) and sum(x for x in (women, men) if isinstance(x, int)) > total:
            desk.notice(node, "dossier-count-above-n", f"women and men are more than the {total} patients; correct one of them")
        whole = node.child("of").value
        if isinstance(total, int) and isinstance(whole, int) and total > whole:
            desk.notice(node.child("of"), "dossier-part-above-whole", f"{total} patients cannot be part of {whole}", Severity.ERROR)
