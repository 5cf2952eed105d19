"""The time of a row, after infusion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.compile.context.statements import decimal, plain, term
from cartkg.dossier.schema import meanings

if TYPE_CHECKING:
    from cartkg.compile.context.dossier_context import DossierContext
    from cartkg.compile.context.statements import Subject
    from cartkg.dossier.node import Node


def write_time(context: DossierContext, finding: Subject, node: Node) -> None:
    """State the time of a finding; a characteristic without one describes the patients at baseline."""
    if not isinstance(node.value, dict):
        word = str(node.value) if node.value is not None else "baseline"
        if word in meanings("TimeWord"):
            finding.add(term("timeKind"), meanings("TimeWord")[word])
        return
    kind = node.text("kind") or ("at" if "at" in node else "within")
    finding.add(term("timeKind"), meanings("TimeKind")[kind])
    for field, predicate in (("at", "timeValue"), ("from", "timeLow"), ("to", "timeHigh")):
        if (value := node.number(field)) is not None:
            finding.add(term(predicate), decimal(value))
    numbers = [name for name in ("at", "from", "to") if name in node]
    if numbers and "unit" not in node:
        context.fault(node, "missing-field", "the time needs `unit`, for instance `mo`")
    unit = context.look_up(node.child("unit"), "unit") if "unit" in node else None
    if unit is not None:
        finding.add(term("timeUnit"), unit.iri)
        if unit.days is None:
            context.fault(node.child("unit"), "time-unit", f"`{node.text('unit')}` is not a unit of time")
    if "statistic" in node:
        finding.add(term("timeStatistic"), meanings("Statistic")[node.text("statistic") or ""])
    if printed := node.text("as_printed"):
        finding.add(term("timeText"), plain(printed))
    _check(context, node)


def _check(context: DossierContext, node: Node) -> None:
    at, low, high = node.number("at"), node.number("from"), node.number("to")
    if at is None and low is None and high is None and not ("kind" in node and "as_printed" in node):
        context.fault(
            node,
            "missing-field",
            "the time needs `at`, or `from` and `to`; or `kind` with `as_printed` if it is given in words",
        )
    if at is not None and (low is not None or high is not None):
        context.fault(node, "time", "a time has either `at`, or `from` and `to`; remove one of them")
    if low is not None and high is not None and high < low:
        context.fault(node, "time", f"the time ends ({high}) before it begins ({low})")
