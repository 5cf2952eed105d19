"""Outcome and adverse event rows in, findings with their claims out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.amounts import Amount, UnitReading, read_amount
from cartkg.curation.asides import Told, told_apart
from cartkg.curation.desk import CohortRef, Desk, Said
from cartkg.curation.facts import Subject, integer, slug, term
from cartkg.curation.remarks import remark
from cartkg.curation.sameness import same_harm, same_result
from cartkg.curation.senses import question_sense
from cartkg.curation.spelling import EVENTS, MEASURES, UNITS
from cartkg.curation.times import read_time
from cartkg.findings import Severity

if TYPE_CHECKING:
    from cartkg.curation.lexicon import Entry
    from cartkg.curation.node import Node

_FROM = re.compile(r"^(\d) or (?:more|higher)$")
_ONE = re.compile(r"^(\d)(?: only)?$")
_SPAN = re.compile(r"^(\d)\s*(?:-|or)\s*(\d)$")
_ABOVE = re.compile(r"above grade (\d)")
_NONE_OR = re.compile(r"none or grade (\d)")
_SEVERITY = {"severe": "severe", "serious": "serious", "fatal": "fatal", "mild": "mild", "moderate": "moderate"}
_ADMITTED = re.compile(r"admission|requiring hospital")
_QUALIFIERS = (
    (re.compile(r"moderate or high grade"), "moderate or high grade"),
    (re.compile(r"^high-grade"), "high grade"),
    (re.compile(r"above grade 1"), "above grade 1"),
    (re.compile(r"above grade 2"), "above grade 2"),
    (re.compile(r"in the others"), "the other patients"),
    (re.compile(r"^severe"), "severe"),
    (re.compile(r"below 500"), "below 500 per microlitre"),
    (re.compile(r"over 40"), "over 40 degrees Celsius"),
    (re.compile(r"IgG below"), "IgG below 4 g per litre"),
    (_ADMITTED, "hospital admission"),
    (re.compile(r"28 days"), "within 28 days"),
    (re.compile(r"^prolonged"), "prolonged"),
    (re.compile(r"^late\b"), "late"),
    (re.compile(r"^new\b"), "new"),
    (re.compile(r"^major"), "major"),
    (re.compile(r"^acute"), "acute"),
    (re.compile(r"^other serious"), "other"),
    (re.compile(r"^fall in total"), "fall in total immunoglobulins"),
    (re.compile(r"timing"), "timing"),
    (re.compile(r"course"), "course"),
    (re.compile(r"lymphodepletion"), "after lymphodepletion"),
    (re.compile(r"^fatal"), "fatal"),
)
#: Kinds of rows whose percentages are shares of patients; others are changes of a score or shares of cells.
_COUNTED = frozenset({"responder", "event"})
_PERCENT = re.compile(r"^(\d+(?:\.\d+)?)%$")
#: A fall of at least 50 is a change of at most -50.
_MIRRORED = {"atLeast": "atMost", "atMost": "atLeast", "moreThan": "lessThan", "lessThan": "moreThan"}
_POINTS = frozenset({"ScoreMeasure", "PatientReportedMeasure"})
_PERCENT_CHANGE = re.compile(r"better|improvement|on average")


@dataclass(frozen=True, slots=True)
class Event:
    """An adverse event row at work: whose, what, the row's own words for it, its grade as printed."""

    cohort: CohortRef
    entry: Entry
    name: str
    grade: str


@dataclass(frozen=True, slots=True)
class Grades:
    """The lowest and the highest grade counted; None where there is no bound."""

    low: int | None
    high: int | None


def place_outcomes(desk: Desk) -> None:
    """Make the findings of all outcome rows."""
    for row in desk.root.children("outcomes"):
        measures = desk.lexicon.find("criterion", row.text("criterion") or "")
        if not measures:
            desk.unknown(row.child("criterion"), MEASURES)
        question_sense(desk, row, measures)
        said, cohort = _said(desk, row), _cohort(desk, row)
        if said is None or cohort is None or not measures:
            continue
        kind = row.text("kind") or ""
        for measure in measures:
            fitted = replace(said, amount=_fitted(desk, measure, said.amount, kind))
            known = same_result(desk, cohort, measure, fitted)
            _finish(desk, row, known or desk.finding(cohort, measure, "OutcomeFinding", fitted), said.told)


def place_safety(desk: Desk) -> None:
    """Make the findings of all adverse event rows."""
    for row in desk.root.children("adverse_events"):
        name = row.text("term") or ""
        terms = desk.lexicon.find("term", name)
        if not terms:
            desk.unknown(row.child("term"), EVENTS)
        said, cohort = _said(desk, row), _cohort(desk, row)
        if said is None or cohort is None or not terms:
            continue
        said.amount.numerator, said.amount.denominator = row.count("n"), row.count("N")
        if said.amount.numerator is not None:
            said.amount.statistic = "count"
        grade = row.child("grade").take()
        for entry in terms:
            _event(desk, row, Event(cohort, entry, name, "" if grade is None else str(grade)), said)


def _said(desk: Desk, row: Node) -> Said | None:
    """Read time, amount and words of a row; None, with a notice, when a unit is unknown."""
    amount, time, told = read_amount(row, desk.lexicon), read_time(row, desk.lexicon), told_apart(row.text("text"))
    if amount is None or time is None:
        place = row.child("unit") if amount is None else row.child("timepoint").child("unit")
        desk.unknown(place, UNITS)
        return None
    percent = _PERCENT.match(told.text or "")
    if percent and amount.form == "DescriptiveFinding":
        amount.value, amount.statistic = float(percent[1]), "percentOnly"
        amount.unit = UnitReading(desk.lexicon.find("unit", "%")[0])
    _warn_counts(desk, row, amount)
    if told.source and amount.form != "DescriptiveFinding":
        told = Told(row.text("text"))
    return Said(time, amount, told.text, told=told)


def _warn_counts(desk: Desk, row: Node, amount: Amount) -> None:
    top, below = (row.child(name).value for name in ("n_achieved", "n_assessed"))
    if "term" in row:
        top, below = row.child("n").value, row.child("N").value
    if isinstance(top, int) and not isinstance(below, int):
        message = "a number without its denominator; add `n_assessed` (`N`) if the source says how many were assessed"
        desk.notice(row, "dossier-no-denominator", message, Severity.WARNING)
    if isinstance(top, int) and isinstance(below, int) and top > below:
        flagged = "flag" in row
        message = f"{top} of {below} cannot be; correct it, or set `flag: impossible_as_printed` if printed so"
        desk.notice(row, "dossier-count-above-n", message, Severity.WARNING if flagged else Severity.ERROR)
    counts = "term" in row or row.child("kind").value in _COUNTED
    share = amount.unit.unit is not None and amount.unit.unit.name == "percent"
    if (
        share
        and counts
        and amount.value is not None
        and amount.numerator is None
        and "value" in row
        and not isinstance(below, int)
    ):
        message = "a percentage of patients without the number assessed; add `n_assessed` (`N`) if the source says it"
        desk.notice(row.child("value"), "dossier-percent-without-n", message, Severity.WARNING)


def _cohort(desk: Desk, row: Node) -> CohortRef | None:
    """Give the cohort of a row; a row about no cohort of its own becomes a remark."""
    name = row.text("cohort")
    if name is None:
        parts = [
            f"{leaf.path.rpartition('.')[2].replace('_', ' ')} {leaf.value}"
            for leaf in row.leaves()
            if "source" not in leaf.path
        ]
        desk.in_words(row.path, "the row names no cohort; add `cohort` if the result is of one")
        remark(desk, row, "result without a cohort", "; ".join(parts))
        return None
    if name not in desk.cohorts:
        known = ", ".join(sorted(desk.cohorts)) or "none"
        desk.notice(row.child("cohort"), "dossier-unknown-cohort", f"no cohort `{name}` here; the cohorts are: {known}")
        return None
    return desk.cohorts[name]


def _fitted(desk: Desk, measure: Entry, amount: Amount, kind: str) -> Amount:
    """Fit an amount to its measure: points for scores, and level or change."""
    unit, change = amount.unit, None
    measured = amount.value is not None or bool(amount.spreads)
    scored = bool(desk.lexicon.classes.get(measure.iri, set()) & _POINTS)
    if scored and unit.unit is None and measured:
        unit = replace(unit, unit=desk.lexicon.find("unit", "points")[0])
    percent = unit.unit is not None and unit.unit.name == "percent"
    if measured and amount.numerator is None:
        below = amount.value is not None and amount.value < 0 and (percent or scored)
        fell = kind == "change" or below
        relative = percent and (fell or bool(_PERCENT_CHANGE.search(unit.text or "")))
        change = "percentChangeFromBaseline" if relative else ("changeFromBaseline" if fell else "absolute")
        if "(from " in (unit.text or ""):
            change = "absolute"
        if amount.value is not None and amount.value < 0:
            unit = replace(unit, comparator=_MIRRORED.get(unit.comparator or "", unit.comparator))
        if unit.unit is not None and unit.unit.name == "fold":
            change = "changeFromBaseline"
    statistic = amount.statistic
    if percent and change == "percentChangeFromBaseline" and statistic == "percentOnly":
        statistic = "statisticNotReported"
    return replace(amount, unit=unit, change=change, statistic=statistic, spreads=dict(amount.spreads))


def _event(desk: Desk, row: Node, event: Event, said: Said) -> None:
    grades = _grades(event)
    severity = next((local for word, local in _SEVERITY.items() if event.grade == word), None)
    severity = severity or next((local for word, local in _SEVERITY.items() if event.name.startswith(word)), None)
    plain = event.name.lower() == event.entry.label.lower()
    qualifier = "" if plain else next((words for pattern, words in _QUALIFIERS if pattern.search(event.name)), "")
    if not qualifier and _ADMITTED.search(event.grade):
        qualifier = "hospital admission"
    graded = f"grade {event.grade}" if event.grade and event.grade != qualifier else ""
    extra = slug(f"{graded} {qualifier}")
    words = "; ".join(part for part in (event.name if qualifier else "", said.text) if part) or None
    told = Said(said.time, said.amount, words if qualifier else said.text, None, extra, qualifier)
    known = same_harm(desk, event.cohort, event.entry, told)
    if known:
        _finish(desk, row, known, replace(said.told, text=words))
        return
    finding = desk.finding(event.cohort, event.entry, "SafetyFinding", told)
    for name, number in (("gradeLow", grades.low), ("gradeHigh", grades.high)):
        if number is not None:
            finding.add(term(name), integer(number))
    graded_words = (
        "" if _ADMITTED.search(event.grade) else event.grade,
        qualifier if re.search(r"grade|severe|fatal", qualifier) else "",
    )
    for printed in dict.fromkeys(graded_words):
        if printed:
            finding.add(term("gradeText"), Literal(printed))
    if severity:
        finding.add(term("severityWord"), term(severity))
    finding.add(
        term("gradingSystem"), term("licatsGrading" if event.entry.name == "licats" else "gradingSystemNotReported")
    )
    flag = row.text("flag")
    if flag:
        finding.add(term("note"), Literal(flag.replace("_", " ")))
    _finish(desk, row, finding, replace(said.told, text=words))


def _grades(event: Event) -> Grades:
    """Read the grades counted, from the grade as printed, else from the name of the event."""
    onwards, one, span = (pattern.match(event.grade) for pattern in (_FROM, _ONE, _SPAN))
    if onwards:
        return Grades(int(onwards[1]), None)
    if one:
        return Grades(int(one[1]), int(one[1]))
    if span:
        return Grades(int(span[1]), int(span[2]))
    above, none_or = _ABOVE.search(event.name), _NONE_OR.search(event.name)
    if above:
        return Grades(int(above[1]) + 1, None)
    return Grades(None, int(none_or[1])) if none_or else Grades(None, None)


def _finish(desk: Desk, row: Node, finding: Subject, told: Told) -> None:
    note = row.text("note")
    claim = desk.tell(row, finding, told)
    if note:
        claim.add(term("note"), Literal(note))
