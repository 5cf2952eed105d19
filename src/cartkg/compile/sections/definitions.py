"""How publications define criteria: ranges, thresholds, components, differences, scoring, windows and validation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from cartkg.compile.context.corpus import part_iri
from cartkg.compile.context.names import publication_name, shortened
from cartkg.compile.context.statements import LABEL, ROW, count, decimal, iri, plain, term, typed, words
from cartkg.dossier.schema import meanings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyoxigraph import Literal

    from cartkg.compile.context.dossier_context import DossierContext
    from cartkg.compile.context.statements import Subject
    from cartkg.dossier.node import Node
    from cartkg.dossier.terms import VocabularyTerm

#: Which way a measure is better, in a dossier -> in the vocabulary of measures.
_BETTER = {"higher-is-better": "higher", "lower-is-better": "lower", "not-ordered": "neither"}
#: Parts that have no name of their own.
_NAMELESS = frozenset({"ranges", "differences"})
#: Kinds of spread that have two ends.
_ENDS = frozenset({"range", "ci", "iqr"})


@dataclass(frozen=True, slots=True)
class _Part:
    """A row of a definition while it is compiled.

    Attributes:
        context: the dossier.
        node: the row.
        measure: the measure that it is about.
        subject: what it becomes.
    """

    context: DossierContext
    node: Node
    measure: VocabularyTerm
    subject: Subject

    def numbers(self, **predicates: str) -> None:
        """State the numbers of the row: field=predicate."""
        for field, predicate in predicates.items():
            if (number := self.node.number(field)) is not None:
                self.subject.add(term(predicate), decimal(number))

    def counts(self, **predicates: str) -> None:
        """State the whole numbers of the row: field=predicate."""
        for field, predicate in predicates.items():
            if (number := self.node.count(field)) is not None:
                self.subject.add(term(predicate), count(number))

    def word(self, enum: str, field: str, predicate: str) -> None:
        """State a closed word of the row."""
        self.subject.add(term(predicate), self.context.word(enum, self.node, field))

    def unit(self, field: str, predicate: str) -> None:
        """State a unit of the row."""
        found = _unit(self.context, self.node, field)
        self.subject.add(term(predicate), found.iri if found else None)

    def measures(self, field: str, predicate: str) -> None:
        """State the measures that the row names."""
        for node in self.node.children(field):
            if found := self.context.look_up(node, "measure"):
                self.subject.add(term(predicate), found.iri)

    def days(self, field: str, predicate: str) -> None:
        """State a span of time in days."""
        self.subject.add(term(predicate), _in_days(self.context, self.node.child(field)))


class _Kind(NamedTuple):
    """What the rows of one list become: kind of IRI, class, property of the measure, field of the text."""

    field: str
    cls: str
    link: str
    text: str
    write: Callable[[_Part], None]


def compile_definitions(context: DossierContext) -> None:
    """State how the publication of a dossier defines, tests or explains criteria."""
    for node in context.root.children("definitions"):
        if measure := context.look_up(node.child("measure"), "measure"):
            _definition(context, node, measure)


def _definition(context: DossierContext, node: Node, measure: VocabularyTerm) -> None:
    """State one definition and its parts; the links from the measure are in the dossier's own file."""
    criterion = context.facts.subject(measure.iri, context.key)
    definition = context.subject("definition", node.text("id") or "", "CriterionDefinition")
    definition.add(LABEL, words(f"{measure.label}, {publication_name(context.dossier)}"))
    definition.add(term("definitionOf"), measure.iri)
    definition.add(term("criterionForm"), context.word("CriterionForm", node, "form"))
    for field in ("population", "note"):
        context.text(definition, field, node, field)
    role = context.word("DefinitionRole", node, "role")
    for publication in _definers(context, node):
        criterion.add(role or term("examinedIn"), publication)
    for disease in node.children("diseases"):
        if found := context.look_up(disease, "disease"):
            definition.add(term("appliesToDisease"), found.iri)
            criterion.add(term("appliesToDisease"), found.iri)
    better = _BETTER.get(node.text("direction") or "")
    if better and measure.better and better != measure.better:
        message = f"the vocabulary of measures says that {measure.better} is better for `{measure.id}`; correct one"
        context.fault(node.child("direction"), "direction", message)
    definition.add(ROW, plain(f"{context.key}#{node.text('id')}"))
    context.claims(node, definition.iri)
    for kind in _KINDS:
        for row in node.children(kind.field):
            _part(context, row, measure, kind)


def _part(context: DossierContext, row: Node, measure: VocabularyTerm, kind: _Kind) -> None:
    about = measure
    if kind.field == "ranges" and "measure" in row:
        about = context.look_up(row.child("measure"), "measure") or measure
    name = row.text("id") or ""
    subject = context.facts.subject(part_iri(kind.field, about.id, context.key, name), context.key, kind.cls)
    context.facts.subject(about.iri, context.key).add(term(kind.link), subject.iri)
    if kind.field == "thresholds":
        subject.add(term("thresholdOf"), about.iri)
    if label := _label(row, about, kind):
        subject.add(LABEL, words(label))
    for field, predicate in (("says", kind.text), ("population", "population"), ("note", "note")):
        context.text(subject, predicate, row, field)
    for disease in row.children("diseases"):
        if found := context.look_up(disease, "disease"):
            subject.add(term("appliesToDisease"), found.iri)
    subject.add(ROW, plain(f"{context.key}#{name}"))
    if kind.field != "validation":
        for publication in _definers(context, row):
            subject.add(term("definedIn"), publication)
    kind.write(_Part(context, row, about, subject))
    context.claims(row, subject.iri, text=row.text("says"))


def _label(row: Node, measure: VocabularyTerm, kind: _Kind) -> str | None:
    """Return the name of a part for people; None for a range or difference, which are named by their numbers."""
    label = row.text("label")
    if kind.field == "thresholds":
        return f"{measure.label}: {label}"
    if label or kind.field in _NAMELESS:
        return label
    return f"{measure.label}: {shortened(row.text('says') or kind.field.replace('_', '-'))}"


def _definers(context: DossierContext, row: Node) -> Iterator[str]:
    """Yield the publications that define what a row states.

    That is the publication whose page the claim was read on, unless the claim says whose definition the page retells.
    """
    declared = {page.text("id") for page in context.root.children("sources")}
    for claim in row.children("claims"):
        claimant = context.claimant(claim) if claim.text("source") in declared else None
        retold = claim.text("restates")
        if retold and retold != "unnamed":
            yield iri("publication", context.key if retold == "this" else retold.partition("#")[0])
        elif claimant:
            yield iri("publication", claimant.path)


def _range(part: _Part) -> None:
    part.numbers(low="scaleMinimum", high="scaleMaximum", step="scaleStep")
    _check_ends(part, "low", "high")


def _threshold(part: _Part) -> None:
    node = part.node
    part.numbers(number="thresholdValue", upper="thresholdUpperValue", lowest="thresholdLowestValue")
    part.numbers(improvement="improvementNeeded")
    part.counts(components_needed="componentsNeeded")
    part.word("ResponseCategory", "category", "thresholdCategory")
    part.word("Comparator", "improvement_comparator", "improvementComparator")
    part.word("Aspect", "aspect", "thresholdAspect")
    part.unit("unit", "thresholdUnit")
    part.unit("upper_unit", "thresholdUpperUnit")
    part.days("at", "thresholdAtDays")
    if "upper" in node:
        part.subject.add(term("thresholdComparator"), term("between"))
        if "comparator" in node:
            message = "a band from `number` to `upper` has no comparator; remove one of them"
            part.context.fault(node.child("comparator"), "band", message)
    else:
        part.word("Comparator", "comparator", "thresholdComparator")
    _check_comparator(part.context, node)
    if "upper_unit" not in node:
        _check_ends(part, "number", "upper")
    _check_ends(part, "lowest", "number")


def _component(part: _Part) -> None:
    node, subject = part.node, part.subject
    part.measures("measure", "componentMeasure")
    part.measures("or_measures", "alternativeMeasure")
    if "drug" in node and (drug := part.context.look_up(node.child("drug"), "drug")):
        subject.add(term("componentDrug"), drug.iri)
    part.counts(items="itemCount")
    part.numbers(low="itemMinimum", high="itemMaximum", number="componentValue", weight="weight", delphi="delphiScore")
    _check_ends(part, "low", "high")
    part.word("Comparator", "comparator", "componentComparator")
    _check_comparator(part.context, node)
    part.word("Change", "change", "componentQuantity")
    part.unit("unit", "componentUnit")
    _limits(part, part_iri("components", part.measure.id, part.context.key, node.text("id") or ""))
    _coefficient(part, node.child("coefficient"))
    _bands(part, node.child("bands"))


def _limits(part: _Part, home: str) -> None:
    """State several limits of one component or condition, each as a component without a measure above it."""
    rows = part.node.children("limits")
    part.word("Joining", "joined", "joiningRule")
    if bool(rows) != ("joined" in part.node):
        message = (
            "`limits` needs `joined`, and `joined` needs `limits`: state whether every "
            "limit must be passed or one is enough"
        )
        part.context.fault(part.node, "limits", message)
    for row in rows:
        limit = part.context.facts.subject(f"{home}/{row.text('id')}", part.context.key, "Component")
        part.subject.add(term("hasLimit"), limit.iri)
        limit.add(LABEL, words(row.text("label") or ""))
        part.context.text(limit, "componentText", row, "says")
        inner = _Part(part.context, row, part.measure, limit)
        inner.numbers(number="componentValue")
        inner.measures("measure", "componentMeasure")
        inner.word("Comparator", "comparator", "componentComparator")
        inner.word("Change", "change", "componentQuantity")
        inner.unit("unit", "componentUnit")


def _coefficient(part: _Part, node: Node) -> None:
    """State the term of a component, or the constant, of a formula."""
    size = node.number("size")
    if size is None:
        return
    part.subject.add(term("coefficientSize"), decimal(size))
    part.subject.add(term("coefficientSign"), part.context.word("CoefficientSign", node, "sign"))
    part.context.text(part.subject, "note", node, "note")
    for publication in _definers(part.context, node):
        part.subject.add(term("definedIn"), publication)
    _claims_on(part, node)


def _bands(part: _Part, node: Node) -> None:
    """State the points table of a component."""
    if node.value is None:
        return
    part.context.text(part.subject, "note", node, "note")
    unit = _unit(part.context, node, "unit")
    definers = list(_definers(part.context, node))
    for row in node.children("rows"):
        home = part.subject.iri.partition("/component/")[2]
        band = part.context.facts.subject(iri("band", home, row.text("id") or ""), part.context.key, "ScoringBand")
        part.subject.add(term("hasScoringBand"), band.iri)
        inner = _Part(part.context, row, part.measure, band)
        inner.numbers(**{"from": "bandFrom"}, above="bandAbove", up_to="bandUpTo", points="points")
        inner.counts(grade="bandGrade")
        part.context.text(band, "bandText", row, "says")
        band.add(term("bandUnit"), unit.iri if unit else None)
        band.add(term("bandQuantity"), meanings("BandQuantity")[node.text("of") or "level"])
        for publication in definers:
            band.add(term("definedIn"), publication)
        if "points" not in row and "grade" not in row:
            part.context.fault(row, "missing-field", "a band needs `points` or `grade`")
        _check_ends(inner, "from" if "from" in row else "above", "up_to")
    _claims_on(part, node)


def _claims_on(part: _Part, node: Node) -> None:
    """State the claims of a formula's term or a points table as claims on the component or rule that has it."""
    for claim in node.children("claims"):
        part.context.claim(claim, part.node, part.subject.iri, "neutral", None)


def _condition(part: _Part) -> None:
    part.measures("measure", "conditionMeasure")
    part.numbers(result="resultingValue")
    _limits(part, part.subject.iri.replace("/override/", "/component/"))


def _difference(part: _Part) -> None:
    part.numbers(low="differenceLow", high="differenceHigh")
    _check_ends(part, "low", "high")
    part.word("Comparator", "comparator", "differenceComparator")
    part.word("ResponseCategory", "category", "differenceCategory")
    part.counts(patients="patientsExamined")
    part.days("over", "differenceOverDays")
    percent = replace(part, node=part.node.child("percent"))
    percent.numbers(low="differencePercentLow", high="differencePercentHigh")
    mean = replace(part, node=part.node.child("mean"))
    mean.numbers(number="meanDifference", low="meanDifferenceLow", high="meanDifferenceHigh")
    mean.numbers(level="meanDifferenceLevel")


def _scoring(part: _Part) -> None:
    part.word("Combination", "combination", "combinationRule")
    if "computable" in part.node:
        part.subject.add(term("computable"), typed(str(part.node.flag("computable")).lower(), "boolean"))
    _coefficient(part, part.node.child("constant"))


def _look_back(part: _Part) -> None:
    days = _in_days(part.context, part.node)
    part.subject.add(term("lookBackDays"), days)
    if part.node.flag("prescribed"):
        part.subject.add(term("prescribed"), typed("true", "boolean"))


def _validation(part: _Part) -> None:
    node = part.node
    part.numbers(number="validationValue", p="validationPValue")
    part.word("ValidationStatistic", "statistic", "validationStatistic")
    part.word("Comparator", "comparator", "validationComparator")
    part.word("Comparator", "p_comparator", "validationPComparator")
    part.unit("unit", "validationUnit")
    part.measures("with", "comparedMeasure")
    part.counts(patients="patientsExamined")
    spread = replace(part, node=node.child("spread"))
    if (kind := spread.node.text("kind")) in _ENDS:
        spread.numbers(low="validationLow", high="validationHigh", level="validationLevel")
        _check_ends(spread, "low", "high")
    elif kind == "sd":
        spread.numbers(number="validationDeviation")
    elif kind is not None:
        part.context.fault(spread.node, "spread", f"the spread of a validation is range, ci, iqr or sd, not {kind}")
    _check_comparator(part.context, node, "p", "p_comparator")
    if "statistic" not in node and ("number" in node or kind is not None):
        part.context.fault(node, "missing-field", "a figure needs `statistic`, which says what the figure is")


def _check_ends(part: _Part, low: str, high: str) -> None:
    first, last = part.node.number(low), part.node.number(high)
    if first is not None and last is not None and last < first:
        part.context.fault(part.node, "ends", f"`{high}` ({last}) lies below `{low}` ({first})")


def _check_comparator(
    context: DossierContext, node: Node, number: str = "number", comparator: str = "comparator"
) -> None:
    """Ask for the number that a comparator compares with."""
    if comparator in node and number not in node:
        context.fault(node.child(comparator), "missing-field", f"`{comparator}` needs `{number}`")


def _unit(context: DossierContext, node: Node, field: str) -> VocabularyTerm | None:
    if field not in node:
        return None
    return context.look_up(node.child(field), "unit")


def _in_days(context: DossierContext, span: Node) -> Literal | None:
    """Return a span of time in days; a unit that is not one of time is a diagnostic."""
    number, unit = span.number("number"), _unit(context, span, "unit")
    if number is None or unit is None:
        return None
    if unit.days is None:
        context.fault(span.child("unit"), "unit", f"`{unit.id}` is not a unit of time")
        return None
    return decimal(number * Decimal(str(unit.days)))


_KINDS = (
    _Kind("ranges", "ScoreRange", "hasScoreRange", "rangeText", _range),
    _Kind("thresholds", "Threshold", "hasThreshold", "thresholdText", _threshold),
    _Kind("components", "Component", "hasComponent", "componentText", _component),
    _Kind("overriding", "OverridingCondition", "hasOverridingCondition", "overridingText", _condition),
    _Kind("differences", "ImportantDifference", "hasImportantDifference", "differenceText", _difference),
    _Kind("scoring", "ScoringRule", "hasScoringRule", "scoringText", _scoring),
    _Kind("look_back", "LookBackWindow", "hasLookBackWindow", "lookBackText", _look_back),
    _Kind("validation", "ValidationResult", "hasValidationResult", "validationText", _validation),
)
