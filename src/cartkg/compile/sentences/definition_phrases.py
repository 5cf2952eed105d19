"""What the graph states of a part of a definition, in words: `low activity: 1 to 4 points`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.compile.context.statements import number_text
from cartkg.compile.values import phrases

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from cartkg.dossier.node import Node
    from cartkg.dossier.terms import Vocabulary

_NAMES = {
    "ranges": "range",
    "thresholds": "threshold",
    "components": "component",
    "overriding": "event that sets the result",
    "differences": "difference that matters",
    "scoring": "scoring",
    "look_back": "look-back window",
    "validation": "test",
}
_CHANGES = {"change": "a change of ", "percent-change": "a change by "}


def definition_text(node: Node, measure: str) -> str:
    """Return a definition in words, without its parts and claimants."""
    role = "defines" if node.text("role") == "defines" else "examines"
    facts = [
        f"{role} {measure}, a {node.text('form')}",
        (node.text("direction") or "").replace("-", " "),
        f"for {', '.join(node.texts('diseases'))}" if node.texts("diseases") else "",
        node.text("population") or "",
    ]
    return "; ".join(filter(None, facts))


def part_text(section: str, node: Node, measure: str, terms: Vocabulary) -> str:
    """Return a part of a definition in words, without its claimants.

    Args:
        section: the list it is in, for instance `thresholds`.
        node: its row.
        measure: the name of the measure that it is about.
        terms: the vocabularies, for names of units and measures.
    """
    facts = [
        node.text("label") or "",
        *_WRITERS[section](node, terms),
        f"for {', '.join(node.texts('diseases'))}" if node.texts("diseases") else "",
        f"population: {node.text('population')}" if "population" in node else "",
        f"in our words: {node.text('says')}" if "says" in node else "",
    ]
    return f"{_NAMES[section]} of {measure}: {'; '.join(filter(None, facts))}"


def _range(node: Node, _terms: Vocabulary) -> list[str]:
    low = number_text(low) if (low := node.number("low")) is not None else "(lower end not printed)"
    step = node.number("step")
    return [f"{low} to {number_text(node.number('high') or 0)}", f"in steps of {number_text(step)}" if step else ""]


def _threshold(node: Node, terms: Vocabulary) -> list[str]:
    lowest, improvement, needed = node.number("lowest"), node.number("improvement"), node.count("components_needed")
    return [
        f"{node.text('aspect')} " + _limit(node, terms) if "aspect" in node else _limit(node, terms),
        f"or from {number_text(lowest)}, called equally good" if lowest is not None else "",
        f"{_word(node, 'improvement_comparator')}{number_text(improvement)} % better"
        if improvement is not None
        else "",
        f"in at least {needed} components" if needed is not None else "",
        f"taken at {_span(node.child('at'), terms)}" if "at" in node else "",
        f"amounts to {node.text('category')}" if "category" in node else "",
    ]


def _component(node: Node, terms: Vocabulary) -> list[str]:
    weight, delphi = node.number("weight"), node.number("delphi")
    items = node.count("items")
    return [
        f"{items} {'item' if items == 1 else 'items'}" if items is not None else "",
        f"each {_ends(node)}" if "low" in node or "high" in node else "",
        f"measured by {_named(node.text('measure') or '', terms)}" if "measure" in node else "",
        f"or by {', '.join(_named(name, terms) for name in node.texts('or_measures'))}"
        if "or_measures" in node
        else "",
        f"dose of {drug.label if (drug := terms.get('drug', node.text('drug') or '')) else '?'}"
        if "drug" in node
        else "",
        f"must be {_limit(node, terms)}" if "number" in node else "",
        *_limits(node, terms),
        f"weighs {number_text(weight)}" if weight is not None else "",
        f"Delphi score {number_text(delphi)}" if delphi is not None else "",
        _coefficient(node.child("coefficient")),
        *_bands(node.child("bands"), terms),
    ]


def _condition(node: Node, terms: Vocabulary) -> list[str]:
    result = node.number("result")
    return [*_limits(node, terms), f"sets the result to {number_text(result)}" if result is not None else ""]


def _difference(node: Node, terms: Vocabulary) -> list[str]:
    percent, mean, patients = node.child("percent"), node.child("mean"), node.count("patients")
    compared = phrases.compared(node)
    number = mean.number("number")
    return [
        f"{compared}{_ends(node)}" if "high" in node or "low" in node else "",
        f"{_ends(percent)} % of the value at baseline" if percent.value is not None else "",
        f"mean difference between groups {number_text(number)} ({_ends(mean)})" if number is not None else "",
        f"over {_span(node.child('over'), terms)}" if "over" in node else "",
        f"amounts to {node.text('category')}" if "category" in node else "",
        f"from {patients} patients" if patients is not None else "",
    ]


def _scoring(node: Node, _terms: Vocabulary) -> list[str]:
    constant = node.child("constant")
    return [
        f"combined by: {node.text('combination')}" if "combination" in node else "",
        "not to be computed" if "computable" in node and not node.flag("computable") else "",
        f"constant {_coefficient(constant)}" if constant.value is not None else "",
    ]


def _look_back(node: Node, terms: Vocabulary) -> list[str]:
    return [_span(node, terms), "prescribed" if node.flag("prescribed") else ""]


def _validation(node: Node, terms: Vocabulary) -> list[str]:
    patients, p = node.count("patients"), node.number("p")
    return [
        f"{node.text('statistic')} {_limit(node, terms)}" if "number" in node else node.text("statistic") or "",
        phrases.spread_text(node.child("spread")),
        f"p {_word(node, 'p_comparator')}{number_text(p)}" if p is not None else "",
        f"with {_named(node.text('with') or '', terms)}" if "with" in node else "",
        f"in {patients} patients" if patients is not None else "",
    ]


def _limit(node: Node, terms: Vocabulary) -> str:
    """Return a number with how it is compared, its upper end and unit: `at most 5 milligrams per day`."""
    number, upper = node.number("number"), node.number("upper")
    if number is None:
        return ""
    unit = (
        f" {_unit(node, 'unit', terms, upper if 'upper_unit' not in node and upper else number)}"
        if "unit" in node
        else ""
    )
    last = "" if upper is None else f" to {number_text(upper)}"
    last += f" {_unit(node, 'upper_unit', terms, upper)}" if "upper_unit" in node else ""
    shown = f"{number_text(number)}{unit}{last}" if "upper_unit" in node else f"{number_text(number)}{last}{unit}"
    return f"{_CHANGES.get(node.text('change') or '', '')}{phrases.compared(node)}{shown}"


def _unit(node: Node, field: str, terms: Vocabulary, number: Decimal | None) -> str:
    return phrases.unit_text(node.text(field) or "", terms, several=number != 1)


def _word(node: Node, field: str) -> str:
    word = node.text(field)
    return f"{word.replace('-', ' ')} " if word and word != "exactly" else ""


def _limits(node: Node, terms: Vocabulary) -> list[str]:
    rows = [
        ": ".join(filter(None, (row.text("label"), _limit(row, terms), row.text("says"))))
        for row in node.children("limits")
    ]
    return [(" or " if node.text("joined") == "any" else " and ").join(rows)] if rows else []


def _bands(node: Node, terms: Vocabulary) -> list[str]:
    unit = f" {_unit(node, 'unit', terms, None)}" if "unit" in node else ""
    return [_band(row, unit) for row in node.children("rows")]


def _band(row: Node, unit: str) -> str:
    first, above, last = row.number("from"), row.number("above"), row.number("up_to")
    ends = [
        f"from {number_text(first)}" if first is not None else "",
        f"above {number_text(above)}" if above is not None else "",
        f"up to {number_text(last)}" if last is not None else "",
    ]
    points, grade = row.number("points"), row.count("grade")
    gains = f"{number_text(points)} points" if points is not None else f"grade {grade}"
    span = " ".join(filter(None, ends))
    said = row.text("says")
    return f"{gains}: {', '.join(filter(None, (f'{span}{unit}' if span else '', said)))}"


def _coefficient(node: Node) -> str:
    size = node.number("size")
    return f"size of its term {number_text(size)}, sign {node.text('sign')}" if size is not None else ""


def _ends(node: Node) -> str:
    found = dict.fromkeys(number for field in ("low", "high") if (number := node.number(field)) is not None)
    return " to ".join(number_text(number) for number in found)


def _span(node: Node, terms: Vocabulary) -> str:
    number = node.number("number")
    return f"{number_text(number or 0)} {_unit(node, 'unit', terms, number)}"


def _named(name: str, terms: Vocabulary) -> str:
    found = terms.get("measure", name)
    return found.label if found else name


_WRITERS: dict[str, Callable[[Node, Vocabulary], list[str]]] = {
    "ranges": _range,
    "thresholds": _threshold,
    "components": _component,
    "overriding": _condition,
    "differences": _difference,
    "scoring": _scoring,
    "look_back": _look_back,
    "validation": _validation,
}
