"""Rows of characteristics, results and adverse events: one finding each, or a claim on the finding of another row."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from cartkg.compile.context.names import cohort_name, publication_name
from cartkg.compile.context.statements import LABEL, ROW, Statements, decimal, integer, plain, term, typed, words
from cartkg.compile.sections.restated import check_restated
from cartkg.compile.values import phrases
from cartkg.compile.values.amounts import write_count, write_percent, write_value
from cartkg.compile.values.directions import direction_of
from cartkg.compile.values.times import write_time
from cartkg.dossier.schema import meanings
from cartkg.intervals import difference_limits, exact_limits

if TYPE_CHECKING:
    from cartkg.compile.context.dossier_context import DossierContext
    from cartkg.compile.context.statements import Subject
    from cartkg.dossier.node import Node
    from cartkg.dossier.terms import VocabularyTerm

_COHORTS = frozenset({"cohorts"})
_CLASSES = {"characteristics": "CharacteristicFinding", "results": "OutcomeFinding", "events": "SafetyFinding"}
_COMPARED = frozenset({"characteristics", "results", "events", "cohorts"})
#: Fields that say how much or what became of it; a row needs at least one.
_SAYING = ("count", "percent", "value", "result")


def compile_findings(context: DossierContext) -> None:
    """State the findings of all rows of a dossier, with their claims."""
    for section in _CLASSES:
        for node in context.root.children(section):
            _row(context, section, node)


def _row(context: DossierContext, section: str, node: Node) -> None:
    measure = _measure(context, section, node)
    cohort = context.entry(node.child("cohort"), _COHORTS, "a cohort")
    _check_fields(context, section, node)
    direction = _direction(context, section, node, measure)
    check_restated(context, section, node)
    own = [claim for claim in node.children("claims") if context.restated(claim) is None]
    name = node.text("id") or ""
    finding = context.subject("finding", name) if own else None
    if measure is not None and cohort is not None:
        # what a row restates is a finding of another dossier; its fields are checked by the same rules
        apart = context if finding else replace(context, facts=Statements())
        _finding(apart, section, node, finding or apart.subject("finding", name), measure)
    target = finding.iri if finding else context.restated(node.children("claims")[0]) or ""
    what = _label(context, section, node, measure) if measure and cohort else ""
    context.claims(node, target, direction, node.text("says"), what)


def _measure(context: DossierContext, section: str, node: Node) -> VocabularyTerm | None:
    field, other = ("event", "measure") if section == "events" else ("measure", "event")
    if other in node:
        context.fault(node.child(other), "unknown-field", f"`{other}` does not belong in {section}; use `{field}`")
    if field not in node:
        context.fault(node, "missing-field", f"the row needs `{field}`")
        return None
    return context.look_up(node.child(field), field)


def _check_fields(context: DossierContext, section: str, node: Node) -> None:
    """Find what a row of this section must say and does not."""
    if section != "characteristics" and "time" not in node:
        context.fault(node, "missing-field", "the row needs `time`; write `time: not-reported` where no time is stated")
    if section == "events" and "grade" not in node:
        context.fault(node, "missing-field", "an event needs `grade`; write `grade: not-reported` where none is stated")
    if section != "events":
        for name in ("grade", "aspect", "serious", "treated_with"):
            if name in node:
                context.fault(node.child(name), "unknown-field", f"`{name}` belongs to events only")
    said = [name for name in _SAYING if name in node]
    if not said:
        context.fault(node, "missing-field", "the row states no result; add `count`, `percent`, `value` or `result`")
    if "count" in node and "percent" in node:
        context.fault(
            node.child("percent"), "count-and-percent", "a row has either a count or a percentage; remove one"
        )
    if node.text("result") == "described" and "says" not in node:
        context.fault(node, "missing-field", "`result: described` needs the words in `says`")
    if node.flag("doubtful") and "note" not in node:
        context.fault(node.child("doubtful"), "missing-field", "a doubtful row needs a `note` that says why")
    if "aspect" in node and "value" not in node:
        context.fault(node.child("aspect"), "missing-field", "`aspect` needs a `value`, which says how long")


def _direction(context: DossierContext, section: str, node: Node, measure: VocabularyTerm | None) -> str:
    computed = direction_of(section, node, measure, value_before(context, node))
    stated = node.text("direction")
    if stated is None:
        if measure is not None and measure.better == "lower":
            _refuse_met(context, node, measure)
        return computed
    local = meanings("Direction")[stated].rpartition("#")[2]
    if computed not in {"neutral", local}:
        message = f"the rule computes {computed!r} from the measure and the result; correct them or remove `direction`"
        context.fault(node.child("direction"), "direction", message)
    return local


def _refuse_met(context: DossierContext, node: Node, measure: VocabularyTerm) -> None:
    """Find a measurement that is said to be met: below or above which limit decides what that means."""
    for part in (node.child("count"), node.child("percent"), node):
        if part.text("result") in {"met", "not-met"}:
            message = f"`{measure.id}` is not a criterion; name a criterion, use another `result` or add `direction`"
            context.fault(part.child("result"), "direction", message)


def value_before(context: DossierContext, node: Node) -> Decimal | None:
    """Return the value of the row that a row names as its baseline; None when it has none."""
    reference = node.child("value").text("baseline_row")
    row = context.corpus.find(reference, context.key) if reference else None
    return row.node.child("value").number("number") if row else None


def _finding(context: DossierContext, section: str, node: Node, finding: Subject, measure: VocabularyTerm) -> None:
    form = "CountFinding" if "count" in node else "DescriptiveFinding"
    form = "MeasurementFinding" if "value" in node or "percent" in node else form
    context.facts.subject(finding.iri, context.key, _CLASSES[section], form)
    finding.add(term("measure"), measure.iri)
    cohort = context.corpus.cohort(node.text("cohort") or "", context.key)
    if cohort is not None:
        finding.add(term("ofCohort"), cohort.iri)
        finding.add(LABEL, words(_label(context, section, node, measure)))
    finding.add(term("resultSummary"), plain(result_of(context, node)))
    finding.add(term("timeSummary"), plain(phrases.time_text(node.child("time"), context.terms)))
    _limits(finding, node.child("count"))
    write_time(context, finding, node.child("time"))
    write_count(context, finding, node)
    write_percent(context, finding, node)
    write_value(context, finding, node)
    _result(context, finding, node)
    _grade(context, section, finding, node)
    _links(context, finding, node)
    finding.add(ROW, plain(f"{context.key}#{node.text('id')}"))
    if node.flag("doubtful"):
        finding.add(term("doubtful"), typed("true", "boolean"))
    for field, predicate in (("says", "resultText"), ("note", "note"), ("qualifier", "qualifierText")):
        context.text(finding, predicate, node, field)


def _limits(finding: Subject, share: Node) -> None:
    """State the exact 95 % limits of a proportion of patients, in per cent with one decimal."""
    proportion = _proportion(share)
    if proportion is None:
        return
    for predicate, limit in zip(("exactLow", "exactHigh"), exact_limits(*proportion), strict=True):
        finding.add(term(predicate), decimal(round(Decimal(100 * limit), 1)))


def _result(context: DossierContext, finding: Subject, node: Node) -> None:
    stated = [part.text("result") for part in (node.child("count"), node.child("percent"), node) if "result" in part]
    for result in filter(None, stated):
        finding.add(term("resultKind"), meanings("Result")[result])
    finding.add(term("resultDegree"), context.word("Degree", node, "degree"))
    if "count" not in node and "percent" not in node and (of := node.count("of")) is not None:
        write_count(context, finding, node, denominator=of)


def _grade(context: DossierContext, section: str, finding: Subject, node: Node) -> None:
    if section != "events":
        return
    grade = node.child("grade")
    system = context.word("GradingSystem", grade, "system") or term("gradingSystemNotReported")
    finding.add(term("gradingSystem"), system)
    for field, predicate in (("low", "gradeLow"), ("high", "gradeHigh")):
        if (value := grade.count(field)) is not None:
            finding.add(term(predicate), integer(value))
    finding.add(term("severityWord"), context.word("Severity", grade, "words"))
    if shown := phrases.grade_text(grade):
        finding.add(term("gradeText"), plain(shown.removeprefix("grade ")))
    if (low := grade.count("low")) is not None and (high := grade.count("high")) is not None and high < low:
        context.fault(grade, "grade", f"the highest grade ({high}) is below the lowest ({low})")
    finding.add(term("aspect"), context.word("Aspect", node, "aspect"))
    if (serious := node.text("serious")) in ("yes", "no"):
        finding.add(term("seriousEvent"), typed("true" if serious == "yes" else "false", "boolean"))


def _links(context: DossierContext, finding: Subject, node: Node) -> None:
    if "drug" in node and (found := context.look_up(node.child("drug"), "drug")):
        finding.add(term("aboutDrug"), found.iri)
    for drug in node.children("treated_with"):
        if found := context.look_up(drug, "drug"):
            finding.add(term("treatedWith"), found.iri)
    if "endpoint" in node:
        finding.add(term("endpointRank"), context.word("EndpointRank", node, "endpoint"))
    comparison = node.child("comparison")
    if comparison.value is None:
        return
    if "with" in comparison and (other := context.entry(comparison.child("with"), _COMPARED, "a row or cohort")):
        there = context.corpus.cohort(other.id, other.dossier.key) if other.section == "cohorts" else other
        finding.add(term("comparedWith"), (there or other).iri)
        _difference(finding, node.child("count"), other.node.child("count"))
    if (p := comparison.number("p")) is not None:
        finding.add(term("pValue"), decimal(p))
    finding.add(term("pValueComparator"), context.word("Comparator", comparison, "p_comparator"))
    context.text(finding, "comparisonText", comparison, "text")


def _difference(finding: Subject, mine: Node, theirs: Node) -> None:
    """State the difference of two proportions of patients with its limits, in percentage points with one decimal."""
    first, second = _proportion(mine), _proportion(theirs)
    if first is None or second is None:
        return
    difference = first[0] / first[1] - second[0] / second[1]
    values = (difference, *difference_limits(first, second))
    for predicate, value in zip(
        ("proportionDifference", "proportionDifferenceLow", "proportionDifferenceHigh"), values, strict=True
    ):
        finding.add(term(predicate), decimal(round(Decimal(100 * value), 1)))


def _proportion(share: Node) -> tuple[int, int] | None:
    """Return the patients of a count and out of how many; None when it is not a proportion of patients."""
    number, of = share.count("n"), share.count("of")
    if number is None or not of or not 0 <= number <= of or (share.text("unit") or "patients") != "patients":
        return None
    return number, of


def _label(context: DossierContext, section: str, node: Node, measure: VocabularyTerm) -> str:
    entry = context.corpus.cohort(node.text("cohort") or "", context.key)
    where = cohort_name(entry, context.terms) if entry else ""
    return f"{statement_of(context, section, node, measure)}; {where} ({publication_name(context.dossier)})"


def statement_of(context: DossierContext, section: str, node: Node, measure: VocabularyTerm) -> str:
    """Return what a row states, without its patients and claimants: `DORIS remission: 8 of 8 met (at 6 months)`."""
    drug = context.terms.get("drug", node.text("drug") or "")
    grade = phrases.grade_text(node.child("grade")) if section == "events" else ""
    aspect = {"onset": "time to onset", "duration": "duration"}.get(node.text("aspect") or "", "")
    name = ", ".join(filter(None, (measure.label, drug.label if drug else "", node.text("qualifier"), grade, aspect)))
    when = phrases.time_text(node.child("time"), context.terms)
    said = result_of(context, node)
    return f"{name}: {said} ({when})" if section != "characteristics" or "time" in node else f"{name}: {said}"


def result_of(context: DossierContext, node: Node) -> str:
    """Return the result of a row in words: `8 of 8 met`, `median 15 months (IQR 7 to 19)`, `normalised`."""
    parts: list[str] = []
    for field, write in (("count", phrases.share_text), ("percent", phrases.percent_text)):
        share = node.child(field)
        if share.value is not None:
            counted = share.text("result") or ""
            parts += [write(share), "" if counted == "present" else phrases.result_text(counted)]
    if "value" in node:
        parts.append(phrases.value_text(node.child("value"), context.terms))
    if (result := node.text("result")) is not None:
        degree = node.text("degree")
        word = node.text("says") if result == "described" else phrases.result_text(result)
        of = node.count("of")
        parts += [word or "", f"({degree})" if degree else "", f"in {of} assessed" if of is not None else ""]
    return " ".join(filter(None, parts))
