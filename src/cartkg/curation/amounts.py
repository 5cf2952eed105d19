"""The numbers and units of a dossier's rows in, typed statements for a finding out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.facts import count, decimal, number_text, slug, term

if TYPE_CHECKING:
    from cartkg.curation.facts import Subject
    from cartkg.curation.lexicon import Entry, Lexicon
    from cartkg.curation.node import Node

STATISTICS = {
    "value": "singleValue",
    "median": "median",
    "mean": "mean",
    "mean age at disease onset": "mean",
    "range": "range",
    "pooled mean": "pooledMean",
    "hazard ratio": "hazardRatio",
}
_SPREADS = {
    "range_low": "rangeLow",
    "range_high": "rangeHigh",
    "range_width": "rangeWidth",
    "iqr_low": "iqrLow",
    "iqr_high": "iqrHigh",
    "sd": "standardDeviation",
    "ci_low": "confidenceLow",
    "ci_high": "confidenceHigh",
}
_COMPARATORS = (
    (re.compile(r"at most|up to|within"), "atMost"),
    (re.compile(r"or more|at least"), "atLeast"),
    (re.compile(r"more than|\bover\b"), "moreThan"),
    (re.compile(r"nearly|almost|about|roughly"), "approximately"),
)
#: Statistics that need no word in a name: the number, or the range beside it, says enough.
_SILENT = frozenset({"singleValue", "statisticNotReported", "percentOnly", "range"})
#: How a name says a comparator before the number.
_COMPARED = {
    "atMost": "at most",
    "atLeast": "at least",
    "moreThan": "more than",
    "lessThan": "less than",
    "approximately": "about",
}
_PAIRS = (("rangeLow", "rangeHigh", "range"), ("iqrLow", "iqrHigh", "IQR"), ("confidenceLow", "confidenceHigh", "CI"))
_WIDTHS = (("rangeWidth", "range width"), ("standardDeviation", "SD"))
#: Units that people count, so that their first word takes an s.
_COUNTABLE = re.compile(
    r"^(?:year|month|week|day|hour|point|event|unit|gram|milligram|metre|kilometre|centimetre|pound)\b"
)
_CONFIDENCE = re.compile(r"^95% CI (-?[\d.]+)\s*(?:-|to)\s*(-?[\d.]+)$")
_KINDS = (
    (re.compile(r"^improved\b"), "improved"),
    (re.compile(r"^(?:nearly|almost) normal|\bnearly normal|almost normal"), "improved"),
    (re.compile(r"normalis|returned to normal|\bnormal(?: in all \w+)?$|^c3 normal|slowly normal"), "normalised"),
    (
        re.compile(
            r"\bgone\b|^off oxygen|resol|disappear|lost\b|went away|regress|no sign|no detectable|undetectable|vanish"
        ),
        "resolved",
    ),
    (re.compile(r"unchanged|stable|^no difference"), "unchanged"),
    (re.compile(r"absent|eliminat|(?<!not )depleted$|no lupus activity"), "absent"),
    (
        re.compile(r"improv|better|clinical gain|\bgains?\b|quick improvement|fell\b|reversed|\bfall in activity"),
        "improved",
    ),
    (re.compile(r"kept up|still so|maintained"), "maintained"),
    (re.compile(r"recovered"), "recovered"),
)


@dataclass(frozen=True, slots=True)
class UnitReading:
    """What a unit's words say: the unit, a comparator, a statistic, the words when they say more than the unit."""

    unit: Entry | None
    comparator: str | None = None
    statistic: str | None = None
    text: str | None = None


@dataclass(slots=True)
class Amount:
    """How much: counts, a value with statistic and spread, or words only."""

    numerator: int | None = None
    denominator: int | None = None
    value: float | None = None
    statistic: str | None = None
    unit: UnitReading = field(default_factory=lambda: UnitReading(None))
    spreads: dict[str, float] = field(default_factory=dict)
    baseline: float | None = None
    p_value: float | None = None
    spread_text: str | None = None
    change: str | None = None

    @property
    def form(self) -> str:
        """Give the class that says in what form the result is known."""
        if self.numerator is not None:
            return "CountFinding"
        if self.value is not None or self.spreads or self.baseline is not None:
            return "MeasurementFinding"
        return "DescriptiveFinding"

    @property
    def slug(self) -> str:
        """Give the part of the IRI that names this amount; empty when it is known in words only."""
        if self.numerator is not None:
            return f"{self.numerator}-of-{self.denominator if self.denominator is not None else 'not-reported'}"
        parts: list[str] = []
        if self.statistic and self.statistic not in _SILENT:
            parts.append(slug(_spaced(self.statistic)))
        if self.unit.comparator:
            parts.append(slug(_spaced(self.unit.comparator)))
        if self.value is not None:
            parts.append(_number_slug(self.value))
        for low, high, name in (
            ("rangeLow", "rangeHigh", "range"),
            ("iqrLow", "iqrHigh", "iqr"),
            ("confidenceLow", "confidenceHigh", "ci"),
        ):
            ends = [_number_slug(self.spreads[end]) for end in (low, high) if end in self.spreads]
            parts += [name, *"-to-".join(ends).split()] if ends else []
        parts += [
            f"{name}-{_number_slug(self.spreads[key])}"
            for key, name in (("rangeWidth", "range-width"), ("standardDeviation", "sd"))
            if key in self.spreads
        ]
        if self.baseline is not None:
            parts.append(f"from-{_number_slug(self.baseline)}")
        return "-".join(parts)

    def describe(self) -> str:
        """Give the amount in words, for labels."""
        if self.numerator is not None:
            return f"{self.numerator} of {self.denominator if self.denominator is not None else 'an unreported number'}"
        unit = counted(self.value, self.unit.unit.label) if self.unit.unit else ""
        if unit == "fold":
            unit = self.unit.text or unit
        head = number_text(self.value) if self.value is not None else ""
        if self.value is None and self.baseline is not None:
            head = f"from {number_text(self.baseline)} at baseline"
        compared = _COMPARED.get(self.unit.comparator or "", "") if head else ""
        spread = ", ".join(self._spread_words())
        known = self.statistic and self.statistic not in _SILENT
        name = _spaced(self.statistic) if known and self.statistic else ""
        if not head and spread:
            return " ".join(part for part in (name, spread, unit) if part)
        return " ".join(part for part in (name, compared, head, unit, f"({spread})" if spread else "") if part)

    def _spread_words(self) -> list[str]:
        """Give each spread with its kind; an end that is not known is said to be so."""
        found = []
        for low, high, name in _PAIRS:
            if low in self.spreads or high in self.spreads:
                ends = [number_text(self.spreads[end]) if end in self.spreads else "unknown" for end in (low, high)]
                found.append(f"{name} {' to '.join(ends)}")
        return found + [f"{name} {number_text(self.spreads[key])}" for key, name in _WIDTHS if key in self.spreads]

    def write(self, subject: Subject) -> None:
        """Add the statements of this amount to a finding."""
        for name, number in (("numerator", self.numerator), ("denominator", self.denominator)):
            if number is not None:
                subject.add(term(name), count(number))
        level = 95 if "confidenceLow" in self.spreads else None
        numbers = {
            "value": self.value,
            "baselineValue": self.baseline,
            "pValue": self.p_value,
            "confidenceLevel": level,
        }
        for name, figure in (numbers | self.spreads).items():
            if figure is not None:
                subject.add(term(name), decimal(figure))
        links = {"statistic": self.statistic, "comparator": self.unit.comparator, "quantityKind": self.change}
        for name, local in links.items():
            if local:
                subject.add(term(name), term(local))
        if self.unit.unit and self.form != "DescriptiveFinding":
            subject.add(term("unit"), self.unit.unit.iri)
        for name, text in (("unitText", self.unit.text), ("spreadText", self.spread_text)):
            if text:
                subject.add(term(name), Literal(text))


def _spaced(local: str) -> str:
    """Write a local name as words: rangeLow gives `range low`."""
    return re.sub(r"([A-Z])", lambda match: " " + match[1].lower(), local)


def counted(value: float | None, unit: str) -> str:
    """Give a unit as people write it after a number; one that does not count stays as it is.

    Example:
        >>> counted(6, "point of a score")
        'points of a score'
    """
    return unit if value == 1 or not _COUNTABLE.match(unit) else _COUNTABLE.sub(lambda found: f"{found[0]}s", unit)


def _number_slug(value: float) -> str:
    return number_text(value).replace("-", "minus-").replace(".", "p")


def read_unit(words: str | None, lexicon: Lexicon) -> UnitReading | None:
    """Read the words of a unit; None when no unit of the lexicon is among them.

    Besides plain units this knows a unit followed by more words ("% of CD3+ T cells") and words of comparison.
    """
    if words is None:
        return UnitReading(None)
    exact = lexicon.find("unit", words)
    if exact:
        return UnitReading(exact[0])
    comparator = next((local for pattern, local in _COMPARATORS if pattern.search(words)), None)
    statistic = "mean" if "on average" in words else None
    if re.match(r"^of \d+$", words):
        return UnitReading(lexicon.find("unit", "points")[0], comparator, statistic, words)
    for end in range(len(words), 0, -1):
        if end == len(words) or not words[end].isalnum() or not words[end - 1].isalnum():
            found = lexicon.find("unit", words[:end].rstrip(" ,(+"))
            if found and not words[end:].lstrip().startswith(("per ", "/")):  # "g" is no unit of "g/L"
                return UnitReading(found[0], comparator, statistic, words)
    found = lexicon.scan("unit", words)
    return UnitReading(found[0], comparator, statistic, words) if found and words.lower().startswith("car") else None


def read_amount(row: Node, lexicon: Lexicon) -> Amount | None:
    """Read the numbers of an outcome or adverse event row; None when its unit is unknown."""
    unit = read_unit(row.text("unit"), lexicon)
    if unit is None:
        return None
    if unit.unit is None and "term" in row and row.number("value") is not None:
        unit = UnitReading(lexicon.find("unit", "events")[0])  # of a harm, a number alone counts events, not patients
    amount = Amount(row.count("n_achieved"), row.count("n_assessed"), row.number("value"), unit=unit)
    stat = row.text("stat")
    amount.spreads = {name: value for key, name in _SPREADS.items() if (value := row.number(key)) is not None}
    if stat == "hazard ratio" and "rangeLow" in amount.spreads:
        amount.spreads = {"confidenceLow": amount.spreads["rangeLow"], "confidenceHigh": amount.spreads["rangeHigh"]}
    spread = row.text("range")
    interval = _CONFIDENCE.match(spread or "")
    if interval:
        amount.spreads |= {"confidenceLow": float(interval[1]), "confidenceHigh": float(interval[2])}
    else:
        amount.spread_text = spread
    amount.baseline, amount.p_value = row.number("baseline"), row.number("p")
    amount.statistic = _statistic(amount, stat)
    if stat == "hazard ratio" and unit.unit is None:
        amount.unit = UnitReading(lexicon.find("unit", "hazard ratio")[0])
    return amount


def _statistic(amount: Amount, stat: str | None) -> str | None:
    if amount.form == "DescriptiveFinding":
        return None
    if stat:
        return STATISTICS.get(stat, "statisticNotReported")
    percent = amount.unit.unit is not None and amount.unit.unit.name == "percent"
    tests = (
        (amount.unit.statistic is not None, amount.unit.statistic),
        (amount.numerator is not None, "count"),
        (amount.value is None and bool(amount.spreads), "range"),
        (percent, "percentOnly"),
    )
    return next((local for holds, local in tests if holds), "statisticNotReported")


def result_kind(text: str | None, longest: int = 60) -> str:
    """Tell in one word what a short text amounts to; `described` when it says several things.

    Args:
        text: the words of the row.
        longest: how many characters a text may have; longer ones tell a course.
    """
    if text is None or len(text) > longest or re.search(r"[;:]|\bthen\b|\bbut\b", text):
        return "described"
    return next((kind for pattern, kind in _KINDS if pattern.search(text.lower())), "described")
