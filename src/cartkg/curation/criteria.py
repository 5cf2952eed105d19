"""The definition of a criterion in; its range, thresholds, components and important differences out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.facts import LABEL, Subject, decimal, iri, slug, term, typed, words
from cartkg.curation.patients import named_diseases

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.lexicon import Entry
    from cartkg.curation.node import Node

_NUMBER = r"(-?\d+(?:\.\d+)?)"
_LIMITS = (
    (re.compile(rf"^(?:= )?{_NUMBER}$"), "equal"),
    (re.compile(rf"^{_NUMBER}(?: \w+)*? or less|^at most {_NUMBER}"), "atMost"),
    (re.compile(rf"^{_NUMBER}(?: \w+)*? or more"), "atLeast"),
    (re.compile(rf"^(?:below|under) {_NUMBER}"), "lessThan"),
    (re.compile(rf"^(?:above|over) {_NUMBER}"), "moreThan"),
    (re.compile(rf"^fall of {_NUMBER} points or more"), "atLeast"),
)
_SPAN = re.compile(rf"^{_NUMBER} ?(?:-|to) ?{_NUMBER}$")
_DIFFERENCE = re.compile(rf"^{_NUMBER}(?:[ -]to[ -]{_NUMBER}|-{_NUMBER})?[ -](?:points?|units?)")
_CATEGORIES = {
    "minimal": "minimalResponse",
    "moderate": "moderateResponse",
    "major": "majorResponse",
    "remission": "remissionState",
    "low activity": "lowActivityState",
    "moderate activity": "moderateActivityState",
    "high activity": "highActivityState",
    "active disease": "activeDisease",
    "minimal symptom expression": "minimalSymptomExpression",
    "improved": "responseReached",
}
_BANDS = re.compile(r"(\d+)%")


@dataclass(frozen=True, slots=True)
class Limit:
    """A number with what it bounds, read from words such as `below 0.5`."""

    value: float
    comparator: str
    upper: float | None = None


def read_limit(text: str) -> Limit | None:
    """Read a limit from words; None when the words say more than one number can."""
    span = _SPAN.match(text)
    if span:
        return Limit(float(span[1]), "between", float(span[2]))
    for pattern, comparator in _LIMITS:
        match = pattern.match(text)
        if match:
            return Limit(float(next(group for group in match.groups() if group)), comparator)
    return None


def place_definition(desk: Desk) -> None:
    """Make the parts of the definition that a criterion dossier gives; nothing for other dossiers."""
    node = desk.root.child("definition")
    if node.value is None:
        return
    name = node.text("criterion") or ""
    found = desk.lexicon.find("criterion", name)
    if not found:
        message = f"`{name}` is no known measure; use a word of data/ttl/shared/criteria.ttl, or add it there"
        desk.notice(node.child("criterion"), "dossier-unknown-measure", message)
        return
    measure = desk.facts.subject(found[0].iri, "shared/criteria")
    measure.add(term("definedIn"), desk.publication)
    disease = node.text("disease")
    for entry in named_diseases(desk, disease or ""):
        measure.add(term("appliesToDisease"), entry.iri)
    if disease and not desk.lexicon.find("disease", disease):
        node.used.discard(node.child("disease").path)
    _ranges(desk, node, measure)
    _thresholds(desk, node, measure)
    _components(desk, node, measure)
    _differences(desk, node, measure)
    _bands(desk, node, measure)
    days = node.child("look_back").number("value")
    if days is not None:
        measure.add(term("lookBackDays"), decimal(days))


def _part(desk: Desk, kind: str, measure: Subject, name: str) -> Subject:
    criterion = measure.iri.rpartition("/")[2]
    classes = {"range": "ScoreRange", "threshold": "Threshold", "component": "Component", "band": "ScoringBand"}
    parts = [criterion, desk.key, *([name] if name else [])]
    return desk.own(iri(kind, *parts), classes.get(kind, "ImportantDifference"))


def _where(desk: Desk, node: Node, subject: Subject, *, defined: bool = True) -> None:
    source = node.text("source")
    if source:
        subject.add(term("readIn"), iri("source", desk.key, source))
    if defined:
        subject.add(term("definedIn"), desk.publication)


def _ranges(desk: Desk, node: Node, measure: Subject) -> None:
    for index, row in enumerate(node.children("range")):
        low, high = row.number("low"), row.number("high")
        if high is None:
            continue
        subject = _part(desk, "range", measure, str(index + 1) if index else "")
        subject.add(term("scaleMinimum"), decimal(low if low is not None else 0))
        subject.add(term("scaleMaximum"), decimal(high))
        if low is None:
            subject.add(term("note"), Literal("the lower end is not printed; 0 stands for it"))
        for name, local in (("text", "population" if index else "note"), ("doubt", "note")):
            text = row.text(name)
            if text:
                subject.add(term(local), Literal(text))
        _where(desk, row, subject)
        _variant(desk, node, measure, str(row.child("text").value or "") if index else "").add(
            term("hasScoreRange"), subject.iri
        )


def _variant(desk: Desk, node: Node, measure: Subject, text: str) -> Subject:
    """Give the form of the measure that a second range is of, named by the first word of the range's text."""
    name = f"{node.child('criterion').value} {text.split(' ', maxsplit=1)[0]}"
    found = desk.lexicon.find("criterion", name) if text else []
    return desk.facts.subject(found[0].iri, "shared/criteria") if found else measure


def _thresholds(desk: Desk, node: Node, measure: Subject) -> None:
    block = node.child("thresholds")
    if isinstance(block.value, dict):
        for name in ("minimal", "moderate", "major"):
            value = block.number(name)
            if value is None:
                continue
            subject = _threshold(desk, measure, name)
            subject.add(term("thresholdValue"), decimal(value))
            subject.add(term("thresholdComparator"), term("atLeast"))
            for field, local in (("population", "population"), ("text", "note")):
                text = block.text(field)
                if text:
                    subject.add(term(local), Literal(text))
            block.text("sign")
            subject.add(term("thresholdText"), Literal(f"{block.child('sign').value} {value:g}"))
            _where(desk, block, subject)
        return
    for row in block.items():
        label, printed = row.text("label") or "", str(row.child("value").take())
        subject = _threshold(desk, measure, label)
        limit = read_limit(printed)
        if limit:
            subject.add(term("thresholdValue"), decimal(limit.value))
            subject.add(term("thresholdComparator"), term(limit.comparator))
            if limit.upper is not None:
                subject.add(term("thresholdUpperValue"), decimal(limit.upper))
        subject.add(term("thresholdText"), Literal(printed))
        text = row.text("text")
        if text:
            subject.add(term("note"), Literal(text))
        _where(desk, row, subject)


def _threshold(desk: Desk, measure: Subject, label: str) -> Subject:
    subject = _part(desk, "threshold", measure, slug(label, 8))
    subject.add(LABEL, words(f"{desk.lexicon.named(measure.iri)}: {label}"))
    subject.add(term("thresholdOf"), measure.iri)
    measure.add(term("hasThreshold"), subject.iri)
    if label in _CATEGORIES:
        subject.add(term("thresholdCategory"), term(_CATEGORIES[label]))
    return subject


def _components(desk: Desk, node: Node, measure: Subject) -> None:
    block = node.child("components")
    if not isinstance(block.value, list):
        return
    for row in block.items():
        item = row.text("item") or ""
        subject = _part(desk, "component", measure, slug(item, 8))
        subject.add(LABEL, words(item))
        measure.add(term("hasComponent"), subject.iri)
        for entry in _component_measures(desk, item):
            subject.add(term("componentMeasure"), entry.iri)
        threshold = row.text("threshold")
        if threshold:
            subject.add(term("componentText"), Literal(threshold))
            limit = read_limit(threshold)
            if limit:
                subject.add(term("componentValue"), decimal(limit.value))
                subject.add(term("componentComparator"), term(limit.comparator))
        weight = row.number("value")
        if weight is not None:
            subject.add(term("weight"), decimal(weight))
        votes = row.number("delphi")
        if votes is not None:
            subject.add(term("note"), Literal(f"Delphi score {votes}"))
        for name, local in (("text", "componentText"), ("note", "note")):
            text = row.text(name)
            if text:
                subject.add(term(local), Literal(text))
        _where(desk, row, subject, defined=False)


def _component_measures(desk: Desk, item: str) -> list[Entry]:
    found = desk.lexicon.find("criterion", item) or desk.lexicon.scan("criterion", item)
    return found[:1]


def _differences(desk: Desk, node: Node, measure: Subject) -> None:
    block = node.child("minimal_important_difference")
    if not isinstance(block.value, list):
        return
    for index, row in enumerate(block.items()):
        text = row.text("text") or ""
        subject = _part(desk, "difference", measure, str(index + 1))
        subject.add(term("differenceText"), Literal(text))
        match = _DIFFERENCE.match(text)
        if match:
            subject.add(term("differenceLow"), decimal(float(match[1])))
            subject.add(term("differenceHigh"), decimal(float(match[2] or match[3] or match[1])))
        _where(desk, row, subject)
        measure.add(term("hasImportantDifference"), subject.iri)


def _bands(desk: Desk, node: Node, measure: Subject) -> None:
    """Make the points table of a composite score; what is doubtful in it stays a note, and nothing is computed."""
    scoring = node.child("scoring")
    for table in (scoring.child("table"), scoring.child("weights").child("table")):
        limits: list[float] = []
        for row in table.items():
            name, printed = row.text("measure") or "", row.text("bands")
            subject = _part(desk, "component", measure, f"points-{slug(name, 6)}")
            subject.add(LABEL, words(f"{name} ({desk.key})"))
            measure.add(term("hasComponent"), subject.iri)
            measure.add(term("computable"), typed("false", "boolean"))
            size = row.number("value")
            if size is not None:
                subject.add(term("componentText"), Literal(f"size of the term {size:g}, its sign is not certain"))
            if printed is None:
                continue
            own = [float(edge) for edge in dict.fromkeys(_BANDS.findall(re.sub(r"over (\d+)-", r"over \1%-", printed)))]
            limits = limits if printed.startswith("same") else own
            subject.add(term("componentText"), Literal(printed))
            _points(desk, row, subject, limits)


def _points(desk: Desk, row: Node, component: Subject, limits: list[float]) -> None:
    edges = sorted(set(limits))
    for index, item in enumerate(row.children("points")):
        points = item.take()
        path = component.iri.partition("/component/")[2]
        band = desk.own(iri("band", path, str(index + 1)), "ScoringBand")
        if index:
            band.add(term("bandAbove"), decimal(edges[index - 1]))
        if index < len(edges):
            band.add(term("bandUpTo"), decimal(edges[index]))
        band.add(term("points"), decimal(float(points or 0)))
        component.add(term("hasScoringBand"), band.iri)
