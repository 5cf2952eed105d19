"""The parts of a row in words, for labels and for the sentence that is read back to the curator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.compile.context.statements import number_text

if TYPE_CHECKING:
    from decimal import Decimal

    from cartkg.dossier.node import Node
    from cartkg.dossier.terms import Vocabulary

_COMPARED = {
    "exactly": "exactly",
    "at-least": "at least",
    "at-most": "at most",
    "more-than": "more than",
    "less-than": "less than",
    "about": "about",
}
_TIME_WORDS = {
    "baseline": "at baseline",
    "last-follow-up": "at last follow-up",
    "over-follow-up": "over follow-up",
    "median-follow-up": "at the median follow-up",
    "data-cut-off": "at the data cut-off",
    "not-reported": "time not reported",
    "not-applicable": "no time after infusion",
}
_TIME_KINDS = {**_TIME_WORDS, "over": "over follow-up to"}
_SPREADS = {"range": "range", "iqr": "IQR", "ci": "CI", "not-reported": "spread"}
_WIDTHS = {"sd": "SD", "se": "SE", "iqr": "IQR width", "range": "range width", "not-reported": "spread"}
#: Statistics whose word adds nothing to the number.
_SILENT = frozenset({"single-value", "not-reported", "range", "interquartile-range"})
_STATISTICS = {"every-patient": "", "hazard-ratio": "hazard ratio", "fold-change": "fold change"}
#: Units that take an s when there are several.
_PLURAL = frozenset(
    [
        "year",
        "month",
        "week",
        "day",
        "hour",
        "minute",
        "point",
        "event",
        "unit",
        "gram",
        "milligram",
        "metre",
        "kilometre",
        "centimetre",
        "pound",
        "therapy",
        "infusion",
        "drug",
        "dose",
        "cell",
        "antibody",
    ]
)
_RESULTS = {
    "met": "met",
    "not-met": "not met",
    "improved-or-stable": "improved or stable",
    "improved-or-resolved": "improved or resolved",
    "not-improved": "not improved",
    "not-resolved": "not resolved",
    "not-normalised": "not normalised",
    "not-recovered": "not recovered",
    "negative": "became negative",
    "positive": "positive",
    "value-reached": "",
}


def result_text(result: str) -> str:
    """Return a result word as it is in a sentence."""
    return _RESULTS.get(result, result)


def unit_text(code: str, terms: Vocabulary, *, several: bool = True) -> str:
    """Return the name of a unit, in the plural where it has one."""
    found = terms.get("unit", code)
    label = found.label if found else code
    first, _, rest = label.partition(" ")
    if several and first in _PLURAL:
        first = f"{first[:-1]}ies" if first.endswith("y") and first != "day" else f"{first}s"
    return f"{first} {rest}".strip()


def compared(node: Node) -> str:
    """Return the word of a comparator with a space after it, or nothing."""
    word = node.text("comparator")
    return f"{_COMPARED[word]} " if word and word in _COMPARED else ""


def amount_text(node: Node, terms: Vocabulary) -> str:
    """Return a dose in words: `1,000,000 cells per kilogram`; empty when there is none."""
    if node.value is None:
        return ""
    number, low, high = node.number("number"), node.number("low"), node.number("high")
    shown = (
        grouped(number)
        if number is not None
        else " to ".join(grouped(each) for each in (low, high) if each is not None)
    )
    return f"{compared(node)}{shown} {unit_text(node.text('unit') or '', terms)}"


def grouped(value: Decimal) -> str:
    """Return a number with its thousands grouped."""
    text = number_text(value)
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}{point}{rest}" if len(whole.lstrip("-")) > len("9999") else text


def days_text(node: Node) -> str:
    """Return days in words: `days -5 to -3`; empty when there are none."""
    days = [str(item.value) for item in node.children("list")]
    first, last = node.text("first"), node.text("last")
    if days:
        return f"days {', '.join(days)}"
    if first is None:
        return ""
    return f"day {first}" if last is None or last == first else f"days {first} to {last}"


def time_text(node: Node, terms: Vocabulary) -> str:
    """Return the time of a row in words: `at 6 months`, `within 3 months`, `over follow-up to 24 months`."""
    if not isinstance(node.value, dict):
        return _TIME_WORDS.get(str(node.value), "time not reported") if node.value is not None else "at baseline"
    kind = node.text("kind") or ("at" if "at" in node else "within")
    at, low, high = node.number("at"), node.number("from"), node.number("to")
    if at is None and low is None and high is None:
        return " ".join(filter(None, (_TIME_WORDS.get(kind, ""), node.text("as_printed"))))
    statistic = node.text("statistic")
    lead = f"{statistic} " if statistic and statistic not in _SILENT else ""
    unit = unit_text(node.text("unit") or "", terms, several=(at or high or low) != 1)
    if kind == "within":
        if low is None:
            return f"within {number_text(high)} {unit}" if high is not None else f"from {unit}"
        shown = f"{number_text(low)} to {number_text(high)}" if high is not None else f"{number_text(low)} or more"
        return f"between {shown} {unit}" if high is not None else f"after {shown} {unit}"
    shown = (
        number_text(at)
        if at is not None
        else " to ".join(number_text(each) for each in (low, high) if each is not None)
    )
    word = "at" if kind == "at" else _TIME_KINDS[kind]
    inside = f"({lead}{shown} {unit})" if kind not in ("at", "over") else f"{lead}{shown} {unit}"
    return f"{word} {inside}"


def share_text(node: Node) -> str:
    """Return a count in words: `8 of 8`, `at least 3 of 5`, `54 events`, `5 (denominator not reported)`."""
    number, of = node.count("n"), node.count("of")
    unit = node.text("unit")
    things = f" {unit}" if unit and unit != "patients" else ""
    lead = f"{compared(node)}{number}"
    percent = node.number("percent")
    printed = f" ({number_text(percent)} %)" if percent is not None else ""
    return (
        f"{lead} of {of}{things}{printed}" if of is not None else f"{lead}{things} (denominator not reported){printed}"
    )


def percent_text(node: Node) -> str:
    """Return a percentage in words: `90 % of 10`."""
    of = node.count("of")
    number = node.number("number")
    unit = node.text("unit")
    things = f" {unit}" if unit and unit != "patients" else ""
    tail = f" of {of}{things}" if of is not None else f"{' of' if things else ''}{things} (denominator not reported)"
    spread = spread_text(node.child("spread"))
    return f"{compared(node)}{number_text(number if number is not None else 0)} %{tail}" + (
        f" ({spread})" if spread else ""
    )


def spread_text(node: Node) -> str:
    """Return a spread in words: `IQR 7 to 19`, `95 % CI 0.6 to 1.59`, `SD 3.1`; empty when there is none."""
    kind = node.text("kind")
    if kind is None:
        return ""
    low, high = node.number("low"), node.number("high")
    if low is not None or high is not None:
        level = node.number("level")
        lead = f"{number_text(level)} % " if level is not None else ""
        ends = " to ".join(number_text(each) for each in (low, high) if each is not None)
        return f"{lead}{_SPREADS.get(kind, kind)} {ends}"
    one = node.number("number") if node.number("number") is not None else node.number("width")
    return f"{_WIDTHS.get(kind, kind)} {number_text(one)}" if one is not None else ""


def value_text(node: Node, terms: Vocabulary) -> str:
    """Return a value in words: `median 15 months (IQR 7 to 19)`, `change -9 points of a score`."""
    statistic = node.text("statistic") or "not-reported"
    number = node.number("number")
    lead = "" if statistic in _SILENT else _STATISTICS.get(statistic, statistic.replace("-", " "))
    change = {"change": "change", "percent-change": "change"}.get(node.text("change") or "", "")
    unit = unit_text(node.text("unit") or "", terms, several=number != 1)
    spread = spread_text(node.child("spread"))
    baseline = node.number("baseline")
    base = f"from {number_text(baseline)}" if baseline is not None else ""
    if number is None:
        return " ".join(filter(None, (lead, change, spread, unit, base)))
    of = node.count("of")
    each = "each of " if statistic == "every-patient" else ""
    patients = (
        f"in {each}{of} {'patient' if of == 1 else 'patients'}" if of is not None else ("in each" if each else "")
    )
    body = f"{compared(node)}{grouped(number)} {unit}"
    return " ".join(filter(None, (lead, change, body, f"({spread})" if spread else "", base, patients)))


def grade_text(node: Node) -> str:
    """Return a grade in words: `grade 1`, `grade 3 or higher`, `any grade`, `moderate`; empty when not reported."""
    if not isinstance(node.value, dict):
        return "any grade" if node.value == "any" else ""
    low, high, word = node.count("low"), node.count("high"), node.text("words")
    if low is None and high is None:
        return (word or "").replace("-", " ")
    if high is None:
        return f"grade {low} or higher"
    if low is None:
        return f"grade {high} or lower"
    return f"grade {low}" if low == high else f"grade {low} to {high}"
