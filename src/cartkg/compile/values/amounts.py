"""The amounts of a row: counts, percentages and values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.compile.context.statements import count, decimal, plain, term, typed
from cartkg.compile.values.phrases import spread_text
from cartkg.dossier.schema import meanings

if TYPE_CHECKING:
    from cartkg.compile.context.dossier_context import DossierContext
    from cartkg.compile.context.statements import Subject
    from cartkg.dossier.node import Node

#: Kinds of spread that are one number after a plus-minus sign.
_DEVIATIONS = frozenset({"sd", "se"})
#: What a spread of each kind may state.
_NUMBERS = {
    **dict.fromkeys(("range", "iqr", "ci"), ("low", "high", "width")),
    **dict.fromkeys(_DEVIATIONS, ("number",)),
    "not-reported": ("low", "high", "width", "number"),
}
_FINDINGS = frozenset({"characteristics", "results", "events"})
#: Statistics that are a spread and have no number of their own.
_SPREAD_ONLY = frozenset({"range", "interquartile-range"})
_PERCENT = 100


def write_count(context: DossierContext, finding: Subject, node: Node, denominator: int | None = None) -> None:
    """State the count of a row, or only the number of patients assessed beside a result without a count."""
    if denominator is not None:
        finding.add(term("denominator"), count(denominator))
    share = node.child("count")
    if share.value is None:
        return
    number, of = share.count("n") or 0, share.count("of")
    unit = share.text("unit") or "patients"
    if "value" not in node:
        finding.add(term("statistic"), term("count"))
    if unit == "patients":
        finding.add(term("numerator"), count(number))
        if not node.flag("doubtful"):
            _check_share(context, share, number, of)
    else:
        finding.add(term("eventCount"), count(number))
        finding.add(term("countedAs"), meanings("CountedUnit")[unit])
    _assessed(finding, share)
    finding.add(term("comparator"), context.word("Comparator", share, "comparator"))
    if (printed := share.number("percent")) is not None and "value" not in node:
        finding.add(term("value"), decimal(printed))
        _percent_unit(context, finding)


def _assessed(finding: Subject, share: Node) -> None:
    """State the number assessed, or that the source does not report it."""
    if (of := share.count("of")) is not None:
        finding.add(term("denominator"), count(of))
    elif share.text("of") == "not-reported":
        finding.add(term("denominatorNotReported"), typed("true", "boolean"))


def _percent_unit(context: DossierContext, finding: Subject) -> None:
    unit = context.terms.get("unit", "%")
    if unit is not None:
        finding.add(term("unit"), unit.iri)


def _check_share(context: DossierContext, share: Node, number: int, of: int | None) -> None:
    if of is not None and number > of:
        message = (
            f"{number} of {of} exceeds the total; if events were counted, write `unit: events`; if printed so, "
            "add `doubtful: true` and a note"
        )
        context.fault(share, "count-above-total", message)


def write_percent(context: DossierContext, finding: Subject, node: Node) -> None:
    """State a percentage that the source prints without its count."""
    share = node.child("percent")
    if share.value is None:
        return
    number = share.number("number")
    finding.add(term("statistic"), term("percentOnly"))
    if number is not None:
        finding.add(term("value"), decimal(number))
        if not 0 <= number <= _PERCENT:
            context.fault(share.child("number"), "percent", f"{number} is not a percentage of patients")
    _percent_unit(context, finding)
    _assessed(finding, share)
    if (unit := share.text("unit") or "patients") != "patients":
        finding.add(term("countedAs"), meanings("CountedUnit")[unit])
    finding.add(term("comparator"), context.word("Comparator", share, "comparator"))
    _spread(context, finding, share.child("spread"))


def write_value(context: DossierContext, finding: Subject, node: Node) -> None:
    """State the value of a row with statistic, unit and spread."""
    value = node.child("value")
    if value.value is None:
        return
    statistic = value.text("statistic") or "not-reported"
    finding.add(term("statistic"), meanings("Statistic")[statistic])
    finding.add(term("quantityKind"), meanings("Change")[value.text("change") or "level"])
    if unit := context.look_up(value.child("unit"), "unit"):
        finding.add(term("unit"), unit.iri)
    number = value.number("number")
    if number is not None:
        finding.add(term("value"), decimal(number))
    elif statistic not in _SPREAD_ONLY:
        context.fault(value, "missing-field", "the value needs `number`; only a range can do without it")
    if statistic in _SPREAD_ONLY and "spread" not in value:
        context.fault(value, "missing-field", f"the statistic `{statistic}` needs `spread` with `low` and `high`")
    if (of := value.count("of")) is not None and "count" not in node:
        finding.add(term("denominator"), count(of))
    if "comparator" not in node.child("count"):
        finding.add(term("comparator"), context.word("Comparator", value, "comparator"))
    for field, predicate in (("baseline", "baselineValue"), ("heterogeneity", "heterogeneity")):
        if (known := value.number(field)) is not None:
            finding.add(term(predicate), decimal(known))
    if (studies := value.count("pooled_studies")) is not None:
        finding.add(term("pooledStudyCount"), count(studies))
    if "baseline_row" in value and (row := context.entry(value.child("baseline_row"), _FINDINGS, "a finding")):
        finding.add(term("baselineFinding"), row.iri)
    _spread(context, finding, value.child("spread"))


def _spread(context: DossierContext, finding: Subject, node: Node) -> None:
    """State a spread: its kind, its numbers and both in one text."""
    if node.value is None:
        return
    kind = node.text("kind") or "not-reported"
    stated = [(name, number) for name in _NUMBERS[kind] if (number := node.number(name)) is not None]
    if not stated:
        needs = "`number`" if kind in _DEVIATIONS else "`low` and `high`, or `width`"
        context.fault(node, "missing-field", f"the spread `{kind}` needs {needs}")
        return
    finding.add(term("spreadKind"), meanings("SpreadKind")[kind])
    for name, number in stated:
        finding.add(term(f"spread{name.capitalize()}"), decimal(number))
    finding.add(term("spreadSummary"), plain(spread_text(node)))
    low, high = node.number("low"), node.number("high")
    if low is not None and high is not None and high < low:
        context.fault(node, "spread", f"the upper end ({high}) is below the lower end ({low})")
    if (level := node.number("level")) is not None:
        finding.add(term("confidenceLevel"), decimal(level))
