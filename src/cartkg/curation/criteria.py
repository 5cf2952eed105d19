"""The definition of a criterion in; its range, thresholds, components and important differences out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from cartkg.curation.facts import LABEL, Subject, count, decimal, iri, slug, term, typed, words
from cartkg.curation.limits import read_changes, read_grade, read_limit, read_limit_in_name, read_share
from cartkg.curation.patients import named_diseases
from cartkg.curation.spelling import MEASURES

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk
    from cartkg.curation.lexicon import Entry
    from cartkg.curation.limits import Change, Limit
    from cartkg.curation.node import Node

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
    "able to walk about 500 m without aid": "disabilityMilestone",
    "about 200 m without aid": "disabilityMilestone",
    "aid needed for about 100 m": "disabilityMilestone",
    "wheelchair": "disabilityMilestone",
    "bed": "disabilityMilestone",
}
_BANDS = re.compile(r"(\d+)%")


def place_definition(desk: Desk) -> None:
    """Make the parts of the definition that a criterion dossier gives; nothing for other dossiers."""
    node = desk.root.child("definition")
    if node.value is None:
        return
    name = node.text("criterion") or ""
    found = desk.lexicon.find("criterion", name)
    if not found:
        desk.unknown(node.child("criterion"), MEASURES)
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
        _bound(subject, read_limit(printed) or read_grade(label), "threshold")
        share = read_share(printed)
        if share:
            subject.add(term("improvementNeeded"), decimal(share.percent))
            subject.add(term("componentsNeeded"), count(share.components))
        subject.add(term("thresholdText"), Literal(printed))
        text = row.text("text")
        if text:
            subject.add(term("note"), Literal(text))
        _where(desk, row, subject)


def _bound(subject: Subject, limit: Limit | None, kind: str) -> None:
    """Add the number of a limit with what it bounds to a threshold or a component; nothing without one."""
    if limit is None:
        return
    subject.add(term(f"{kind}Value"), decimal(limit.value))
    subject.add(term(f"{kind}Comparator"), term(limit.comparator))
    if limit.upper is not None:
        subject.add(term(f"{kind}UpperValue"), decimal(limit.upper))
    if limit.change:
        subject.add(term(f"{kind}Quantity"), term("changeFromBaseline"))
    if limit.note:
        subject.add(term("note"), Literal(limit.note))


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
        limit = read_limit(threshold) if threshold else read_limit_in_name(item)
        _bound(subject, limit, "component")
        for entry in _units(desk, limit):
            subject.add(term("componentUnit"), entry.iri)
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


def _units(desk: Desk, limit: Limit | None) -> list[Entry]:
    """Give the unit that the words after a limit name; none after points."""
    if limit is None or not limit.unit:
        return []
    return (desk.lexicon.find("unit", limit.unit) or desk.lexicon.scan("unit", limit.unit))[:1]


def _component_measures(desk: Desk, item: str) -> list[Entry]:
    """Give the measure that an item names: its last words, for what stands before them tells the form or the scale."""
    bare = re.sub(r" \([^)]*\)", "", item)
    found = desk.lexicon.find("criterion", bare) or desk.lexicon.scan("criterion", bare)
    return found[-1:]


def _differences(desk: Desk, node: Node, measure: Subject) -> None:
    block = node.child("minimal_important_difference")
    if not isinstance(block.value, list):
        return
    for index, row in enumerate(block.items()):
        text = row.text("text") or ""
        changes = read_changes(text)
        for number, change in enumerate(changes or [None]):
            subject = _part(desk, "difference", measure, f"{index + 1}-{number + 1}" if number else str(index + 1))
            subject.add(term("differenceText"), Literal(change.words if change and number else text))
            if change:
                _change(subject, change)
            _where(desk, row, subject)
            measure.add(term("hasImportantDifference"), subject.iri)


def _change(subject: Subject, change: Change) -> None:
    if change.low is not None:
        subject.add(term("differenceLow"), decimal(change.low))
    subject.add(term("differenceHigh"), decimal(change.high))
    subject.add(term("differenceComparator"), term(change.comparator))
    if change.category:
        subject.add(term("differenceCategory"), term(change.category))


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
