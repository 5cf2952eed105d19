"""What each group of patients received: therapies, arms, drugs, doses of cells. Nothing is inherited from a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.compile.context.names import publication_name, targets_of, unnamed_targets
from cartkg.compile.context.statements import LABEL, RDF_TYPE, ROW, count, decimal, iri, listed, plain, term, words
from cartkg.compile.values.phrases import amount_text, days_text
from cartkg.dossier.schema import meanings

if TYPE_CHECKING:
    from cartkg.compile.context.dossier_context import DossierContext
    from cartkg.compile.context.statements import Subject
    from cartkg.dossier.node import Node

_THERAPIES = frozenset({"therapies"})


def compile_treatments(context: DossierContext) -> None:
    """State the therapies and arms of a dossier."""
    for node in context.root.children("therapies"):
        _therapy(context, node)
    for node in context.root.children("arms"):
        _arm(context, node)


def _therapy(context: DossierContext, node: Node) -> None:
    therapy = context.subject("therapy", node.text("id") or "")
    for kind in node.texts("type"):
        therapy.add(RDF_TYPE, meanings("TherapyType")[kind])
    for field, enum, predicate in (
        ("cell_source", "CellSource", "cellSource"),
        ("costimulation", "Costimulation", "costimulatoryDomain"),
    ):
        for word in node.texts(field):
            therapy.add(term(predicate), meanings(enum)[word])
    therapy.add(term("vector"), context.word("Vector", node, "vector"))
    therapy.add(term("geneEditing"), context.word("Editing", node, "editing"))
    labels = []
    for target in node.children("targets"):
        if found := context.look_up(target, "target"):
            therapy.add(term("targets"), found.iri)
            labels.append(found.label)
    therapy.add(term("targetNames"), listed(targets_of(node, context.terms)))
    product = node.child("product")
    name = node.text("name")
    if product.value != "not-reported" and (found := context.look_up(product, "product")):
        therapy.add(term("ofProduct"), found.iri)
        name = name or found.label
    if "developer" in node and (found := context.look_up(node.child("developer"), "organization")):
        therapy.add(term("developedBy"), found.iri)
    label = name or f"{' and '.join(labels) or f'(targets {unnamed_targets(node)})'} cell therapy"
    therapy.add(LABEL, words(f"{label} as given in {publication_name(context.dossier)}"))
    for field, predicate in (("name", "modalityText"), ("construct", "constructText"), ("note", "note")):
        context.text(therapy, predicate, node, field)
    context.text(therapy, "manufacturingText", node, "manufacturing")
    therapy.add(ROW, plain(f"{context.key}#{node.text('id')}"))
    if context.root.child("study").value is not None:
        context.facts.subject(iri("study", context.key), context.key).add(term("evaluates"), therapy.iri)
    context.claims(node, therapy.iri)


def _arm(context: DossierContext, node: Node) -> None:
    name = node.text("id") or ""
    arm = context.subject("arm", name, "Arm")
    shown = node.text("label") or (node.text("role") or "").replace("-", " ")
    arm.add(LABEL, words(f"arm: {shown} ({publication_name(context.dossier)})"))
    arm.add(term("armRole"), context.word("ArmRole", node, "role"))
    arm.add(ROW, plain(f"{context.key}#{name}"))
    context.text(arm, "note", node, "note")
    context.text(arm, "armText", node, "label")
    study = context.facts.subject(iri("study", context.key), context.key)
    study.add(term("hasArm"), arm.iri)
    therapies = _therapies(context, node)
    for therapy in therapies:
        arm.add(term("armTherapy"), therapy)
    if node.text("role") == "untreated" and therapies:
        context.fault(node.child("therapies"), "untreated-arm", "an untreated arm receives no therapy; check its role")
    regimen = _regimen(context, node, shown, therapies)
    if regimen is not None:
        arm.add(term("armRegimen"), regimen.iri)
        study.add(term("usesRegimen"), regimen.iri)
    if "claims" in node:
        context.claims(node, arm.iri)


def _therapies(context: DossierContext, node: Node) -> list[str]:
    found = (context.entry(name, _THERAPIES, "a therapy") for name in node.children("therapies"))
    return [entry.iri for entry in found if entry is not None]


def _regimen(context: DossierContext, node: Node, shown: str, therapies: list[str]) -> Subject | None:
    """State the regimen of an arm; None when nothing is known of it."""
    depletion = node.text("lymphodepletion")
    parts = [*node.children("drugs"), *node.children("cells"), *node.children("infusions")]
    if not parts and depletion == "not-reported":
        return None
    regimen = context.subject("regimen", node.text("id") or "", "Regimen")
    regimen.add(LABEL, words(f"regimen of arm {shown} ({publication_name(context.dossier)})"))
    regimen.add(term("lymphodepletionStatus"), meanings("Lymphodepletion")[depletion or "not-reported"])
    regimen.add(ROW, plain(f"{context.key}#{node.text('id')}"))
    _check_depletion(context, node, depletion)
    drugs = [_drug(context, regimen, drug) for drug in node.children("drugs")]
    given = zip(node.children("drugs"), drugs, strict=True)
    depleting = [shown for drug, shown in given if drug.text("role") == "lymphodepletion"]
    regimen.add(term("lymphodepletionNames"), listed(depleting))
    for cells in node.children("cells"):
        _cells(context, regimen, cells, therapies)
    for infusions in node.children("infusions"):
        _infusions(context, regimen, node, infusions, therapies)
    return regimen


def _check_depletion(context: DossierContext, node: Node, depletion: str | None) -> None:
    given = [
        drug for drug in node.children("drugs") if drug.text("role") == "lymphodepletion" and drug.text("given") != "no"
    ]
    if given and depletion != "given":
        message = f"the arm lists a lymphodepleting drug but has `lymphodepletion: {depletion}`; correct one of them"
        context.fault(given[0], "lymphodepletion", message)


def _element(context: DossierContext, regimen: Subject, name: str, kind: str, *, given: bool = True) -> Subject:
    """State a part of a regimen; one that was not given is kept apart, so that no one seems to have received it."""
    element = context.subject("administration", name, kind)
    regimen.add(term("hasElement" if given else "withholdsElement"), element.iri)
    element.add(term("elementOf" if given else "withheldFrom"), regimen.iri)
    element.add(ROW, plain(f"{context.key}#{name}"))
    return element


def _drug(context: DossierContext, regimen: Subject, node: Node) -> str:
    """State a drug of a regimen; return its name with dose and days, and whether it was given at all."""
    element = _element(context, regimen, node.text("id") or "", "DrugAdministration", given=node.text("given") != "no")
    label = node.text("text") or "drug not named"
    if "drug" in node:
        if found := context.look_up(node.child("drug"), "drug"):
            element.add(term("drug"), found.iri)
            label = found.label
    elif "text" not in node:
        context.fault(node, "missing-field", "a drug needs `drug` or, where none is named, `text`")
    element.add(term("treatmentRole"), context.word("TreatmentRole", node, "role"))
    element.add(term("givenStatus"), context.word("Given", node, "given") or term("given"))
    _dose(context, element, node.child("dose"))
    _days(context, element, node.child("days"))
    received = node.child("received")
    if received.value is not None:
        element.add(term("receivedCount"), count(received.count("n") or 0))
        if (of := received.count("of")) is not None:
            element.add(term("receivedOf"), count(of))
    context.text(element, "doseText", node, "text")
    dose, days = amount_text(node.child("dose"), context.terms), days_text(node.child("days"))
    shown = " ".join(filter(None, (label, dose, days)))
    shown = f"not given: {shown}" if node.text("given") == "no" else shown
    element.add(LABEL, words(shown))
    context.claims(node, element.iri)
    return shown


def _days(context: DossierContext, element: Subject, node: Node) -> None:
    first, last = node.number("first"), node.number("last")
    days = [value for item in node.children("list") if isinstance(value := item.value, int)]
    if days:
        first, last = min(days), max(days)  # type: ignore[assignment]  # whole days are numbers too
        element.add(term("schedule"), plain(days_text(node)))
    for predicate, value in (("startDay", first), ("endDay", first if last is None else last)):
        if value is not None:
            element.add(term(predicate), decimal(value))
    if first is not None and last is not None and last < first:
        context.fault(node, "days", f"the last day ({last}) is before the first ({first})")


def _dose(context: DossierContext, element: Subject, node: Node) -> None:
    if node.value is None:
        return
    unit = context.look_up(node.child("unit"), "unit")
    if unit:
        element.add(term("doseUnit"), unit.iri)
    for field, predicate in (("number", "doseValue"), ("low", "doseLow"), ("high", "doseHigh")):
        if (value := node.number(field)) is not None:
            element.add(term(predicate), decimal(value))
    element.add(term("comparator"), context.word("Comparator", node, "comparator"))
    if node.number("number") is None and (node.number("low") is None or node.number("high") is None):
        context.fault(node, "missing-field", "a dose needs `number`, or `low` and `high`")


def _cells(context: DossierContext, regimen: Subject, node: Node, therapies: list[str]) -> None:
    element = _element(context, regimen, node.text("id") or "", "CellDose")
    element.add(term("treatmentRole"), term("cellInfusion"))
    entry = context.entry(node.child("therapy"), _THERAPIES, "a therapy") if "therapy" in node else None
    for therapy in [entry.iri] if entry else therapies:
        element.add(term("cells"), therapy)
    _dose(context, element, node.child("dose"))
    for field, predicate in (("patients", "receivedCount"), ("infusions", "infusionCount")):
        if (value := node.count(field)) is not None:
            element.add(term(predicate), count(value))
    context.text(element, "doseText", node, "text")
    dose = amount_text(node.child("dose"), context.terms)
    patients = node.count("patients")
    group = f" in {patients} {'patient' if patients == 1 else 'patients'}" if patients is not None else ""
    element.add(LABEL, words(f"cell dose {dose or node.text('text') or 'not reported'}{group}"))
    context.claims(node, element.iri)


def _infusions(context: DossierContext, regimen: Subject, arm: Node, node: Node, therapies: list[str]) -> None:
    element = _element(context, regimen, f"{arm.text('id')}-infusions", "CellDose")
    element.add(term("treatmentRole"), term("cellInfusion"))
    for therapy in therapies:
        element.add(term("cells"), therapy)
    number = node.count("count") or 0
    element.add(term("infusionCount"), count(number))
    element.add(term("comparator"), context.word("Comparator", node, "comparator"))
    context.text(element, "schedule", node, "text")
    element.add(LABEL, words(f"{number} {'infusion' if number == 1 else 'infusions'} of cells"))
    context.claims(node, element.iri)
