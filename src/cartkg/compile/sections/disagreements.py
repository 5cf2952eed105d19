"""What is stated besides results: statements, conflicts, overlaps and absences, each recorded once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.compile.context.corpus import FINDINGS, INSIDE_ARMS, INSIDE_DEFINITIONS, SECTIONS
from cartkg.compile.context.names import full_cohort_name, publication_name, shortened, spaced
from cartkg.compile.context.statements import LABEL, ROW, count, iri, listed, plain, term, typed, words
from cartkg.compile.sections.findings import statement_of
from cartkg.dossier.schema import meanings
from cartkg.nearest import question, suggest

if TYPE_CHECKING:
    from cartkg.compile.context.corpus import CorpusRow
    from cartkg.compile.context.dossier_context import DossierContext
    from cartkg.compile.context.statements import Subject
    from cartkg.dossier.node import Node

_COHORTS = frozenset({"cohorts"})
_THERAPIES = frozenset({"therapies"})
_HOLDING = frozenset(
    {*SECTIONS, *INSIDE_ARMS, *INSIDE_DEFINITIONS} - {"conflicts", "overlaps", "absences", "relations"}
)
_CURATOR = iri("organization", "curators")
_SIDES = 2


def compile_disagreements(context: DossierContext) -> None:
    """State the statements, conflicts, overlaps and absences of a dossier."""
    for node in context.root.children("statements"):
        _statement(context, node)
    for node in context.root.children("conflicts"):
        _conflict(context, node)
    for node in context.root.children("overlaps"):
        _overlap(context, node)
    for node in context.root.children("absences"):
        _absence(context, node)


def _statement(context: DossierContext, node: Node) -> None:
    """State a remark of each publication that claims it; the first has the IRI of the row."""
    name = node.text("id") or ""
    for index, claim in enumerate(node.children("claims")):
        claimant = context.claimant(claim)
        if claimant is None:
            continue
        suffix = f".{claim.text('source')}" if index else ""
        remark = context.subject("remark", f"{name}{suffix}", "Remark")
        remark.add(LABEL, words(f"{node.text('topic')} ({publication_name(context.dossier)})"))
        remark.add(term("remarkKind"), context.word("StatementKind", node, "kind"))
        context.text(remark, "topic", node, "topic")
        context.text(remark, "claimText", claim if "says" in claim else node, "says")
        context.text(remark, "note", node, "note")
        context.text(remark, "note", claim, "note")
        remark.add(term("claimedBy"), iri("publication", claimant.path))
        remark.add(term("readIn"), claimant.source)
        place = context.word("Place", claim, "place")
        remark.add(term("place"), place or term("placeNotStated"))
        remark.add(ROW, plain(f"{context.key}#{name}"))
        _about(context, remark, node.child("about"))


def _about(context: DossierContext, subject: Subject, node: Node) -> None:
    """State what a statement or absence is about; the publication of the dossier when nothing else is named."""
    if node.value is None:
        subject.add(term("aboutPublication"), iri("publication", context.key))
        return
    if "publication" in node:
        key = node.text("publication") or ""
        if key not in context.corpus.dossiers:
            hint = question(suggest(key, context.corpus.dossiers))
            context.fault(node.child("publication"), "unknown-dossier", f"no dossier has the key `{key}`{hint}")
        subject.add(term("aboutPublication"), iri("publication", key))
    if "cohort" in node and context.entry(node.child("cohort"), _COHORTS, "a cohort"):
        found = context.corpus.cohort(node.text("cohort") or "", context.key)
        subject.add(term("aboutCohort"), found.iri if found else None)
    if "therapy" in node and (therapy := context.entry(node.child("therapy"), _THERAPIES, "a therapy")):
        subject.add(term("aboutTherapy"), therapy.iri)
    for kind, predicate in (("measure", "aboutMeasure"), ("event", "aboutMeasure"), ("disease", "aboutDisease")):
        if kind in node and (known := context.look_up(node.child(kind), kind)):
            subject.add(term(predicate), known.iri)


def _conflict(context: DossierContext, node: Node) -> None:
    name = node.text("id") or ""
    conflict = context.subject("conflict", name, "Conflict")
    conflict.add(LABEL, words(node.text("matter") or name))
    conflict.add(term("about"), plain(node.text("matter") or name))
    conflict.add(term("conflictKind"), context.word("ConflictKind", node, "kind"))
    conflict.add(term("conflictStatus"), context.word("ConflictStatus", node, "status"))
    for field in ("explanation", "note"):
        context.text(conflict, field, node, field)
    if (node.text("status") == "explained") != ("explanation" in node):
        message = "an explained conflict needs `explanation`, and only an explained one has it"
        context.fault(node, "explanation", message)
    by = _judge(context, node)
    conflict.add(term("judgedBy" if by == _CURATOR else "statedBy"), by)
    conflict.add(ROW, plain(f"{context.key}#{name}"))
    sides = node.children("sides")
    for rank, side in enumerate(sides, start=1):
        _side(context, conflict, side, rank)
    if len(sides) < _SIDES and "note" not in node:
        context.fault(node, "one-side", "a conflict with one side needs a `note` that says what is doubted")


def _side(context: DossierContext, conflict: Subject, node: Node, rank: int) -> None:
    side = context.facts.subject(f"{conflict.iri}/{rank}", context.key, "ConflictSide")
    conflict.add(term("hasSide"), side.iri)
    side.add(term("sideRank"), count(rank))
    side.add(ROW, plain(f"{context.key}#{conflict.iri.rpartition('/')[2]}"))
    held: list[str] = []
    for reference in node.children("rows"):
        if row := context.entry(reference, _HOLDING, "a row"):
            found = context.corpus.cohort(str(reference.value), context.key) if row.section == "cohorts" else row
            held.append(_held(context, side, conflict, found or row))
    if "publication" in node:
        key = node.text("publication") or ""
        if key in context.corpus.dossiers:
            side.add(term("heldBy"), iri("publication", key))
            conflict.add(term("involves"), iri("publication", key))
        else:
            hint = question(suggest(key, context.corpus.dossiers))
            context.fault(node.child("publication"), "unknown-dossier", f"no dossier has the key `{key}`{hint}")
    if "source" in node and (claimant := context.claimant(node)):
        side.add(term("heldBy"), iri("publication", claimant.path))
        conflict.add(term("involves"), iri("publication", claimant.path))
    text = node.text("text") or "; ".join(held)
    if not text:
        context.fault(node, "missing-field", "a side needs `rows`, or `text` if no row states it")
    side.add(LABEL, words(text))
    side.add(term("sideText"), plain(text))
    predicate = {1: "firstSide", _SIDES: "secondSide"}.get(rank)
    if predicate:
        conflict.add(term(predicate), plain(text))


def _held(context: DossierContext, side: Subject, conflict: Subject, entry: CorpusRow) -> str:
    """Link a side to the row that contains it, and to who claims it; return the row in a few words."""
    side.add(term("restsOn"), entry.iri)
    conflict.add(term("involves"), entry.iri)
    for claim in entry.node.children("claims"):
        if path := _claimant_path(entry, claim):
            side.add(term("heldBy"), iri("publication", path))
            conflict.add(term("involves"), iri("publication", path))
    if entry.section in FINDINGS:
        return _row_words(context, entry)
    if entry.section == "cohorts":
        return full_cohort_name(entry, context.terms)
    said = next(filter(None, (entry.node.text(field) for field in ("says", "text", "name", "label"))), entry.id)
    return shortened(said)


def _row_words(context: DossierContext, entry: CorpusRow) -> str:
    measure = context.measured(entry.section, entry.node)
    return statement_of(context, entry.section, entry.node, measure) if measure else entry.id


def _claimant_path(entry: CorpusRow, claim: Node) -> str | None:
    """Return who claims a row of this or another dossier, by its path below `publication/`."""
    name = claim.text("source")
    for source in entry.dossier.root.children("sources"):
        if source.text("id") == name:
            owner = source.child("page_of").value
            if isinstance(owner, dict):
                return f"{entry.dossier.key}/{name}"
            return entry.dossier.key if owner == "this" else str(owner)
    return None


def _judge(context: DossierContext, node: Node) -> str:
    """Return who says that there is a conflict or overlap: the curators, or a publication."""
    by = node.child("by")
    if isinstance(by.value, dict) and (claimant := context.claimant(by)):
        return iri("publication", claimant.path)
    return _CURATOR


def _overlap(context: DossierContext, node: Node) -> None:
    name = node.text("id") or ""
    overlap = context.subject("overlap", name, "Overlap")
    found = [_between(context, reference) for reference in node.children("between")]
    ends = [entry for entry in found if entry is not None]
    for entry in ends:
        overlap.add(term("overlapBetween"), entry.iri)
    if len(ends) == _SIDES:
        if ends[0].row == ends[1].row:
            context.fault(node.child("between"), "overlap-with-itself", "both ends are the same cohort")
        shown = " and ".join(full_cohort_name(entry, context.terms) for entry in ends)
        overlap.add(LABEL, words(f"patients shared by {shown}"))
        _check_shared(context, node, ends)
    overlap.add(term("overlapDegree"), context.word("OverlapDegree", node, "degree"))
    for basis in node.children("basis"):
        overlap.add(term("basisKind"), meanings("OverlapBasis")[str(basis.value)])
    overlap.add(term("basisNames"), listed(map(spaced, node.texts("basis"))))
    context.text(overlap, "basis", node, "says")
    shared = node.child("shared")
    for field, predicate in (("low", "sharedPatientsLow"), ("high", "sharedPatientsHigh")):
        if (number := shared.count(field)) is not None:
            overlap.add(term(predicate), count(number))
    by = _judge(context, node)
    overlap.add(term("judgedBy" if by == _CURATOR else "statedBy"), by)
    if node.flag("overrules"):
        overlap.add(term("overrules"), typed("true", "boolean"))
    overlap.add(ROW, plain(f"{context.key}#{name}"))


def _between(context: DossierContext, reference: Node) -> CorpusRow | None:
    if context.entry(reference, _COHORTS, "a cohort") is None:
        return None
    return context.corpus.cohort(str(reference.value), context.key)


def _check_shared(context: DossierContext, node: Node, ends: list[CorpusRow]) -> None:
    shared = node.child("shared")
    low, high = shared.count("low"), shared.count("high")
    degree = node.text("degree")
    if low is not None and high is not None and high < low:
        context.fault(shared, "shared", f"at most {high} patients are shared, but at least {low}")
    for entry in ends:
        number = entry.node.count("n")
        if low is not None and number is not None and low > number:
            message = f"{low} shared patients are more than the {number} of `{entry.row}`"
            context.fault(shared, "overlap-larger", message)
    if degree == "excluded" and (high or 0) > 0:
        context.fault(shared, "shared", "an excluded overlap has no shared patients; correct `degree` or `shared`")


def _absence(context: DossierContext, node: Node) -> None:
    name = node.text("id") or ""
    absence = context.subject("absence", name, "Absence")
    absence.add(LABEL, words(f"{node.text('topic')} ({publication_name(context.dossier)})"))
    absence.add(term("absenceKind"), context.word("AbsenceKind", node, "kind"))
    context.text(absence, "topic", node, "topic")
    context.text(absence, "claimText", node, "says")
    context.text(absence, "note", node, "note")
    if looked := node.text("looked"):
        absence.add(term("asOf"), typed(looked, "date"))
    if "source" in node and (claimant := context.claimant(node)):
        absence.add(term("readIn"), claimant.source)
    absence.add(ROW, plain(f"{context.key}#{name}"))
    _about(context, absence, node.child("about"))
