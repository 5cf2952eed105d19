"""The cohorts of a dossier, with what their number counts and what they received."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.compile.context.dossier_context import partial_date, unique
from cartkg.compile.context.names import cohort_name, full_cohort_name, therapy_name
from cartkg.compile.context.statements import LABEL, ROW, count, iri, listed, plain, term, typed, words
from cartkg.dossier.schema import meanings

if TYPE_CHECKING:
    from cartkg.compile.context.corpus import CorpusRow
    from cartkg.compile.context.dossier_context import DossierContext
    from cartkg.compile.context.statements import Subject
    from cartkg.dossier.node import Node

_COHORTS = frozenset({"cohorts"})
_ARMS = frozenset({"arms"})
#: What a cohort's number may count and still be patients.
PATIENTS = frozenset({"treated", "enrolled", "assessed", "screened", "reported", "untreated", "not-stated"})
#: Roles of arms whose patients received the therapies that the arm names.
RECEIVED = frozenset({"treated", "comparator", "not-reported"})


def compile_cohorts(context: DossierContext) -> None:
    """State the cohorts of a dossier; one that is the same as another dossier's is only checked against it."""
    for node in context.root.children("cohorts"):
        if "same_as" in node:
            _check_same(context, node)
        else:
            _cohort(context, node)
    _check_parts(context)


def _cohort(context: DossierContext, node: Node) -> None:
    name = node.text("id") or ""
    entry = context.corpus.find(name, context.key)
    cohort = context.subject("cohort", name, "Cohort")
    if entry is not None:
        cohort.add(LABEL, words(full_cohort_name(entry, context.terms)))
        cohort.add(term("cohortName"), plain(cohort_name(entry, context.terms)))
    cohort.add(ROW, plain(f"{context.key}#{name}"))
    study = context.facts.subject(iri("study", context.key), context.key)
    study.add(term("hasCohort"), cohort.iri)
    cohort.add(term("ofStudy"), study.iri)
    _size(context, cohort, node)
    _diseases(context, cohort, node)
    _arm(context, cohort, node)
    for part in node.children("part_of"):
        if whole := context.entry(part, _COHORTS, "a cohort"):
            found = context.corpus.cohort(str(part.value), context.key)
            cohort.add(term("partOfCohort"), (found or whole).iri)
    if node.flag("subgroup"):
        cohort.add(term("subgroup"), typed("true", "boolean"))
    _places_and_dates(context, cohort, node)
    for field, predicate in (("label", "cohortText"), ("note", "note")):
        context.text(cohort, predicate, node, field)
    context.claims(node, cohort.iri)


def _size(context: DossierContext, cohort: Subject, node: Node) -> None:
    """State the number and what it counts; only patients go into `patientCount`."""
    counted = node.text("n_is") or "not-stated"
    cohort.add(term("countedAs"), meanings("CountOf")[counted])
    number = node.count("n")
    if number is not None:
        cohort.add(term("patientCount" if counted in PATIENTS else "unitCount"), count(number))
        if number == 0:
            context.fault(node.child("n"), "empty-cohort", "a cohort of 0 patients has no results; remove it")


def _diseases(context: DossierContext, cohort: Subject, node: Node) -> None:
    found = [context.look_up(name, "disease") for name in node.children("diseases")]
    for disease in found:
        if disease:
            cohort.add(term("hasDisease"), disease.iri)
    cohort.add(term("diseaseNames"), listed(disease.label for disease in found if disease))
    if not node.texts("diseases") and "label" not in node:
        context.fault(
            node, "missing-field", "a cohort without `diseases` needs a `label` that says who the patients are"
        )


def _arm(context: DossierContext, cohort: Subject, node: Node) -> None:
    """Link the cohort to its arm, and to what that arm received."""
    if "arm" not in node:
        if node.text("n_is") in ("treated", "untreated"):
            context.fault(
                node,
                "missing-field",
                "a treated or untreated cohort needs `arm`, which states what its patients received",
            )
        return
    entry = context.entry(node.child("arm"), _ARMS, "an arm")
    if entry is None:
        return
    cohort.add(term("inArm"), entry.iri)
    arm = entry.node
    if arm.text("role") not in RECEIVED:
        return
    if node.text("n_is") == "planned":
        return
    therapies = [context.corpus.find(str(therapy.value), context.key) for therapy in arm.children("therapies")]
    for found in filter(None, therapies):
        cohort.add(term("receivedTherapy"), found.iri)
    cohort.add(term("therapyNames"), listed(therapy_name(found.node, context.terms) for found in therapies if found))
    regimen = iri("regimen", context.key, entry.id)
    if regimen in context.facts.subjects:
        cohort.add(term("receivedRegimen"), regimen)


def _places_and_dates(context: DossierContext, cohort: Subject, node: Node) -> None:
    for country in node.texts("countries"):
        cohort.add(term("country"), plain(country))
    for site in node.children("sites"):
        if found := context.look_up(site, "site"):
            cohort.add(term("conductedAt"), found.iri)
    period = node.child("enrolled")
    for field, predicate in (("from", "enrolledFrom"), ("to", "enrolledTo")):
        if value := period.text(field):
            cohort.add(term(predicate), partial_date(value))
    context.text(cohort, "treatmentPeriodText", period, "text")
    first, last = period.text("from"), period.text("to")
    if first and last and last < first[: len(last)]:
        context.fault(period, "period", f"the period ends ({last}) before it begins ({first})")
    if cut_off := node.text("data_cut_off"):
        cohort.add(term("dataCutOffDate"), partial_date(cut_off))


def _check_same(context: DossierContext, node: Node) -> None:
    """Hold a cohort that retells another dossier's patients against that cohort."""
    same = node.child("same_as")
    if context.entry(same, _COHORTS, "a cohort of another dossier") is None:
        return
    other = context.corpus.cohort(str(same.value), context.key)
    if other is None:
        context.fault(same, "same-as-circle", f"`{same.value}` leads back to this cohort; refer to the original one")
    elif other.dossier.key == context.key:
        context.fault(
            same, "same-as-here", "`same_as` names a cohort of another dossier; use that cohort's id directly"
        )
    elif None not in (node.count("n"), other.node.count("n")) and node.count("n") != other.node.count("n"):
        message = (
            f"{node.count('n')} patients here, {other.node.count('n')} in `{same.value}`: make it a cohort of its own "
            "with an overlap, and a conflict if both count the same people"
        )
        context.fault(node.child("n"), "same-as-differs", message)
    if other is not None:
        context.claims(node, other.iri, what=full_cohort_name(other, context.terms))


def _check_parts(context: DossierContext) -> None:
    """Find cohorts that are part of themselves, and parts with more patients than their whole."""
    for node in context.root.children("cohorts"):
        own = node.text("id") or ""
        if own in _wholes(context, own):
            context.fault(node, "part-of-circle", f"cohort `{own}` is part of itself through `part_of`")
            continue
        for part in node.children("part_of"):
            whole = context.corpus.cohort(str(part.value), context.key)
            if whole is not None and _larger(node, whole):
                message = (
                    f"{node.count('n')} patients cannot be part of `{part.value}`, which has {whole.node.count('n')}"
                )
                context.fault(part, "part-larger", message)


def _larger(node: Node, whole: CorpusRow) -> bool:
    number, most = node.count("n"), whole.node.count("n")
    return number is not None and most is not None and number > most and node.text("n_is") == whole.node.text("n_is")


def _wholes(context: DossierContext, name: str) -> list[str]:
    """Return the ids of the cohorts of this dossier that contain one, near and far."""
    found: list[str] = []
    ahead = [name]
    while ahead:
        entry = context.corpus.find(ahead.pop(), context.key)
        for whole in entry.node.texts("part_of") if entry else ():
            if whole not in found:
                found.append(whole)
                ahead.append(whole)
    return unique(found)
