"""Put findings and claims into words: amount, spread, time, grade, source."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from cartkg.facts.names import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.facts.records import Record

_COMPARATORS = {"atLeast": "≥ ", "atMost": "≤ ", "moreThan": "> ", "lessThan": "< ", "about": "about "}
_PLUS_MINUS = "\u00b1"
#: Short names of the kinds of spread.
_SPREADS = {
    "range": "range",
    "interquartileRange": "IQR",
    "confidenceInterval": "CI",
    "standardDeviation": "SD",
    "standardError": "SE",
}
#: Results that a count need not name: the patients have what the measure or event says.
_UNSAID_RESULTS = {"present", "described", "valueReached"}
#: Statistics that the number, or the name of its spread, already says.
_PLAIN_STATISTICS = {"value", "count", "percentOnly", "range"}
_COUNTABLE_UNITS = {"year", "month", "week", "day", "hour", "minute", "point of a score", "patient", "infusion", "cell"}
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class PatientShare:
    """A count over its denominator, in patients."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> float:
        """Return the share in percent; 0 when no patient was assessed."""
        return _PERCENT * self.numerator / self.denominator if self.denominator else 0.0

    @property
    def rounded(self) -> int:
        """Return the share in whole percent, a half rounded up."""
        return int(self.percent + 0.5)


def number(text: str) -> str:
    """Write a number without trailing zeros and with a thin space between thousands.

    Example:
        >>> number("1230000.0")
        '1\u202f230\u202f000'
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    plain = f"{value.normalize():f}" if value else "0"
    whole, dot, rest = plain.partition(".")
    sign = "\u2212" if whole.startswith("-") else ""
    digits = whole.lstrip("-")
    grouped = f"{int(digits):,}".replace(",", "\u202f") if len(digits) > 4 else digits  # noqa: PLR2004  # 5 and more
    return sign + grouped + dot + rest


def share(finding: Record) -> PatientShare | None:
    """Return numerator and denominator where both are stated."""
    numerator, denominator = finding.first("numerator"), finding.first("denominator")
    if numerator is None or denominator is None:
        return None
    return PatientShare(int(numerator.value), int(denominator.value))


def amount(finding: Record) -> str:
    """Return the amount in words: n of N with percent, or value, unit and spread; else the words of the report."""
    counted = share(finding)
    comparator = _COMPARATORS.get(_local(finding, "comparator"), "")
    if counted:
        said = f"{comparator}{counted.numerator} of {counted.denominator} ({counted.rounded}\u00a0%)"
        return _graded(_with_result(said, finding), finding)
    if finding.first("numerator"):
        number_of = finding.text("numerator")
        people = "patient" if number_of == "1" else "patients"
        return _graded(_with_result(f"{comparator}{number_of} {people} (denominator not reported)", finding), finding)
    if events := finding.text("eventCount"):
        return _graded(f"{comparator}{events} {finding.text('countedAs') or 'events'}", finding)
    return _measured(finding, comparator)


def result(finding: Record) -> str:
    """Return what a number counts: met, not met, lost; empty if this is what the measure says."""
    kind = finding.first("resultKind")
    if kind is None or kind.local in _UNSAID_RESULTS:
        return ""
    return kind.label or words_of(kind.value)


def _with_result(said: str, finding: Record) -> str:
    """Add the result to a number, which alone would read as reached."""
    return f"{said}: {result(finding)}" if result(finding) else said


def _measured(finding: Record, comparator: str) -> str:
    value = finding.first("value")
    statistic, unit, around = _statistic(finding), finding.text("unit"), spread(finding)
    if value:
        parts = [statistic, f"{comparator}{number(value.value)}", counted_unit(value.value, unit)]
        parts += [f"({around})"] if around else []
        if _local(finding, "statistic") == "percentOnly":
            return _graded(_with_result(" ".join(part for part in parts if part), finding), finding)
    elif around:
        parts = [f"{statistic} not reported," if statistic else "", around, counted_unit("", unit)]
    else:
        parts = []
    described = finding.text("resultText") or finding.text("resultKind")
    return _graded(" ".join(part for part in parts if part) or described or "no amount reported", finding)


def _graded(text: str, finding: Record) -> str:
    return f"{text}, {grade(finding)}" if grade(finding) else text


def counted_unit(value: str, unit: str) -> str:
    """Return a unit as people write it after a number: two months, 6 years; units that do not count stay as they are.

    Example:
        >>> counted_unit("6.0", "month")
        'months'
    """
    if unit not in _COUNTABLE_UNITS or number(value) == "1":
        return unit
    head, of, rest = unit.partition(" of ")
    return f"{head}s{of}{rest}"


def spread(finding: Record) -> str:
    """Return the spread in words with its kind: range, interquartile range, standard deviation, interval."""
    parts = []
    kind = _SPREADS.get(_local(finding, "spreadKind"), "")
    below, above = finding.first("spreadLow"), finding.first("spreadHigh")
    if below or above:
        ends = [number(end.value) if end else "not reported" for end in (below, above)]
        parts.append(f"{kind or 'spread of a kind not reported'} {' to '.join(ends)}")
    if width := finding.first("spreadWidth"):
        parts.append(f"{kind or 'spread'} width {number(width.value)}, limits not reported")
    if deviation := finding.first("spreadNumber"):
        parts.append(f"{kind or _PLUS_MINUS} {number(deviation.value)}")
    if baseline := finding.first("baselineValue"):
        parts.append(f"from {number(baseline.value)} at baseline")
    return "; ".join(parts)


def grade(finding: Record) -> str:
    """Return the grade of an adverse event with its grading system; empty when none is given."""
    low, high = finding.first("gradeLow"), finding.first("gradeHigh")
    if low is None and high is None:
        return finding.text("gradeText")
    ends = [node.value for node in (low, high) if node]
    shown = "\u2013".join(dict.fromkeys(ends))
    if low and not high:
        shown = f"{shown} or higher"
    system = finding.text("gradingSystem")
    return f"grade {shown}" + (f" ({system})" if system else "")


def when(finding: Record) -> str:
    """Return the time in words: a point, a window, baseline, last follow-up, or "time not reported"."""
    kind = _local(finding, "timeKind")
    value = finding.first("timeValue")
    if value:
        measured = f"{number(value.value)} {counted_unit(value.value, finding.text('timeUnit'))}".strip()
        statistic = finding.text("timeStatistic")
        measured = f"{statistic} {measured}" if statistic and statistic not in _PLAIN_STATISTICS else measured
        before = {"withinWindow": "within ", "overFollowUp": "over ", "lastFollowUp": "last follow-up, "}.get(
            kind, "at "
        )
        return before + measured
    if window := _window(finding):
        return window
    if text := finding.text("timeText"):
        return text
    return finding.text("timeKind") if kind else "time not reported"


def _window(finding: Record) -> str:
    """Say a window by its ends: from 3 to 6 months, up to 12 months; empty when no end is stated."""
    low, high = finding.first("timeLow"), finding.first("timeHigh")
    last = high or low
    if last is None:
        return ""
    unit = counted_unit(last.value, finding.text("timeUnit"))
    ends = f"from {number(low.value)} " if low else ""
    ends += f"to {number(high.value)} " if high else "on, "
    return f"{finding.text('timeKind')}, {ends}{unit}".strip()


def citation(publication: Record) -> str:
    """Cite a publication in one line: the name that its data give it, else first author, journal, year."""
    if named := publication.text("citationName"):
        return named
    where = [text for text in (publication.text("journal"), publication.text("year")) if text]
    return cite(publication.text("shortAuthors") or publication.label.replace(",", " "), where)


def cite(authors: str, where: Sequence[str]) -> str:
    """Cite by the first of several authors, and journal and year.

    Example:
        >>> cite("Pecher AC, Hensen L", ["JAMA", "2023"])
        'Pecher AC et al., JAMA 2023'
    """
    first, comma, _ = authors.partition(",")
    return f"{first.strip()}{' et al.' if comma else ''}" + (f", {' '.join(where)}" if where else "")


def _local(record: Record, name: str) -> str:
    node = record.first(name)
    return node.local if node else ""


def _statistic(finding: Record) -> str:
    node = finding.first("statistic")
    if node is None or node.local in _PLAIN_STATISTICS:
        return ""
    return node.label or words_of(node.value).lower()
