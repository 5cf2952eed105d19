"""The sentence that the graph states for each row of a dossier, read back to the curator and to a second reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.compile.context.corpus import FINDINGS, INSIDE_DEFINITIONS, entries_of
from cartkg.compile.context.names import (
    cohort_name,
    full_cohort_name,
    publication_name,
    shortened,
    speaker_name,
    unnamed_targets,
)
from cartkg.compile.sections.findings import statement_of, value_before
from cartkg.compile.sentences.definition_phrases import definition_text, part_text
from cartkg.compile.values import phrases
from cartkg.compile.values.directions import direction_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cartkg.compile.context.corpus import CorpusRow
    from cartkg.compile.context.dossier_context import DossierContext
    from cartkg.dossier.node import Node

_COMPARED = {"less-than": "< ", "at-most": "≤ ", "more-than": "> ", "at-least": "≥ "}
_NOTHING = {"not-reported": "what is not reported"}
_GIVEN = {"no": "not given", "part": "given to some", "one-of": "this drug or another"}
_MEANS = {"supports": "better for the patient", "refutes": "worse for the patient"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the graph states for one row.

    Attributes:
        row: `KEY#id`.
        line: line of the row in the dossier.
        text: the sentence.
    """

    row: str
    line: int
    text: str


def sentences_of(context: DossierContext) -> Iterator[Sentence]:
    """Yield the sentence of every row of a dossier, head and pages first."""
    head = context.root.child("publication")
    yield Sentence(f"{context.key}#publication", head.place.line, _head(context, head))
    for source in context.root.children("sources"):
        yield Sentence(f"{context.key}#source:{source.text('id')}", source.place.line, _source(context, source))
    for entry in entries_of(context.dossier):
        write = _WRITERS.get(entry.section, _plain)
        yield Sentence(entry.row, entry.node.place.line, write(context, entry))


def _head(context: DossierContext, head: Node) -> str:
    status = head.child("status")
    facts = [
        f"{head.text('title')}{' (title in our words)' if head.flag('own_title') else ''}",
        f"{(head.text('kind') or '').replace('-', ' ')}",
        (head.text("form") or "").replace("-", " "),
        f"issued {head.text('issued') or 'not known'}",
        ", ".join(f"{name} {head.text(name)}" for name in ("doi", "pmid", "pmcid") if name in head),
        f"trials {', '.join(head.texts('trials'))}" if head.texts("trials") else "",
        f"read: {(head.text('read') or '').replace('-', ' ')}",
        f"retracted: {status.text('retracted')}, looked up: {status.text('looked')}",
        f"out of scope: {head.text('out_of_scope')}" if "out_of_scope" in head else "",
        f"concludes: {head.text('conclusion')}" if "conclusion" in head else "",
    ]
    study = context.root.child("study")
    if study.value is not None:
        facts.append(
            f"study design {', '.join(study.texts('design'))}; sites {', '.join(study.texts('sites')) or 'none'}"
        )
    return f"{publication_name(context.dossier)}: {'; '.join(filter(None, facts))}"


def _source(context: DossierContext, node: Node) -> str:
    owner = node.child("page_of")
    if isinstance(owner.value, dict):
        whose = f"a page of its own ({owner.text('kind')}: {owner.text('title')})"
    else:
        whose = "this publication" if owner.value == "this" else speaker_name(str(owner.value), context.corpus)
    return f"page of {whose}; {node.text('what') or ''}; read: {node.text('read') or 'as that dossier says'}"


def _claims(context: DossierContext, node: Node) -> str:
    said = [_claim(context, claim) for claim in node.children("claims")]
    return "; ".join(said)


def _claim(context: DossierContext, node: Node) -> str:
    claimant = context.claimant(node)
    who = speaker_name(claimant.path, context.corpus) if claimant else node.text("source")
    reference = node.text("restates")
    if reference is None:
        whose = "own result"
    elif reference == "unnamed":
        whose = "restating a report that is not recorded here"
    else:
        key = context.key if reference == "this" else reference.partition("#")[0]
        other = context.corpus.dossiers.get(key)
        whose = f"restating {publication_name(other) if other else key}"
    said = f", in our words: {node.text('says')}" if "says" in node else ""
    note = f" [curator: {node.text('note')}]" if "note" in node else ""
    return f"says {who} ({node.text('source')}, {whose}){said}{note}"


def _finding(context: DossierContext, entry: CorpusRow) -> str:
    measure = context.measured(entry.section, entry.node)
    cohort = context.corpus.cohort(entry.node.text("cohort") or "", context.key)
    where = full_cohort_name(cohort, context.terms) if cohort else "?"
    said = statement_of(context, entry.section, entry.node, measure) if measure else entry.id
    computed = direction_of(entry.section, entry.node, measure, value_before(context, entry.node))
    stated = entry.node.text("direction")
    direction = f"{stated} for the patient" if stated and stated != "neutral" else _MEANS.get(computed, "")
    words = entry.node.text("says")
    before = entry.node.child("value").text("baseline_row")
    parts = [
        said,
        f"patients: {where}",
        direction,
        f"in our words: {words}" if words and entry.node.text("result") != "described" else "",
        _comparison(entry.node.child("comparison")),
        f"baseline: {_short(context, before)}" if before else "",
        f"serious: {entry.node.text('serious')}" if "serious" in entry.node else "",
        f"treated with {', '.join(entry.node.texts('treated_with'))}" if "treated_with" in entry.node else "",
        _claims(context, entry.node),
        f"[curator: {entry.node.text('note')}]" if "note" in entry.node else "",
    ]
    return "; ".join(filter(None, parts))


def _comparison(node: Node) -> str:
    if node.value is None:
        return ""
    p = node.number("p")
    return f"compared with {node.text('with')}" + (
        f", p {node.text('p_comparator') or ''} {p}" if p is not None else ""
    )


def _therapy(context: DossierContext, entry: CorpusRow) -> str:
    node = entry.node
    facts = [
        f"{node.text('name') or 'not named'}",
        f"product {node.text('product')}",
        f"type {', '.join(node.texts('type'))}",
        f"cells {' and '.join(node.texts('cell_source'))}",
        f"targets {' and '.join(node.texts('targets')) or unnamed_targets(node)}",
        f"vector {node.text('vector')}, costimulation {' and '.join(node.texts('costimulation'))}",
        f"editing {node.text('editing')}" if "editing" in node else "",
        node.text("construct") or "",
        node.text("manufacturing") or "",
        _claims(context, node),
        f"[curator: {node.text('note')}]" if "note" in node else "",
    ]
    return f"therapy: {'; '.join(filter(None, facts))}"


def _arm(context: DossierContext, entry: CorpusRow) -> str:
    node = entry.node
    cohorts = [
        cohort_name(other, context.terms)
        for other in entries_of(context.dossier)
        if other.section == "cohorts" and other.node.text("arm") == entry.id and "same_as" not in other.node
    ]
    infusions = node.child("infusions")
    nothing = _NOTHING.get(node.text("role") or "", "no cell therapy")
    facts = [
        f"{node.text('label') or ''}",
        f"role {node.text('role')}",
        f"received {', then '.join(node.texts('therapies')) or nothing}",
        f"lymphodepletion {node.text('lymphodepletion')}",
        _infusions(context, infusions),
        f"patients: {'; '.join(cohorts) or 'none'}",
        _claims(context, node),
    ]
    return f"arm: {'; '.join(filter(None, facts))}"


def _infusions(context: DossierContext, node: Node) -> str:
    if node.value is None:
        return ""
    text = f" {node.text('text')}" if "text" in node else ""
    noun = "infusion" if node.count("count") == 1 else "infusions"
    return f"{phrases.compared(node)}{node.text('count')} {noun}{text} ({_claims(context, node)})"


def _drug(context: DossierContext, entry: CorpusRow) -> str:
    node = entry.node
    found = context.terms.get("drug", node.text("drug") or "")
    received = node.child("received")
    facts = [
        found.label if found else node.text("drug") or "drug not named",
        f"role {node.text('role')}",
        _GIVEN.get(node.text("given") or "", ""),
        phrases.amount_text(node.child("dose"), context.terms),
        phrases.days_text(node.child("days")),
        f"received by {phrases.share_text(received)}" if received.value is not None else "",
        node.text("text") or "",
        f"in arm {_arm_of(context, entry)}",
        _claims(context, node),
    ]
    return f"drug: {'; '.join(filter(None, facts))}"


def _cells(context: DossierContext, entry: CorpusRow) -> str:
    node = entry.node
    facts = [
        phrases.amount_text(node.child("dose"), context.terms) or "dose not reported",
        f"in {node.count('patients')} patients" if "patients" in node else "",
        f"{node.count('infusions')} infusions" if "infusions" in node else "",
        node.text("text") or "",
        f"in arm {_arm_of(context, entry)}",
        _claims(context, node),
    ]
    return f"cells: {'; '.join(filter(None, facts))}"


def _arm_of(context: DossierContext, entry: CorpusRow) -> str:
    for arm in context.root.children("arms"):
        if any(node.path == entry.node.path for node in arm.children(entry.section)):
            return arm.text("id") or "?"
    return "?"


def _cohort(context: DossierContext, entry: CorpusRow) -> str:
    node = entry.node
    period = node.child("enrolled")
    facts = [
        cohort_name(entry, context.terms),
        f"label: {node.text('label')}" if "label" in node else "",
        f"n counts {(node.text('n_is') or '').replace('-', ' ')}",
        f"the same patients as {node.text('same_as')}"
        if "same_as" in node
        else f"arm {node.text('arm') or 'not stated'}",
        f"part of {', '.join(node.texts('part_of'))}" if "part_of" in node else "",
        "a subgroup" if node.flag("subgroup") else "",
        f"enrolled {period.text('from') or '?'} to {period.text('to') or '?'} {period.text('text') or ''}"
        if period.value is not None
        else "",
        f"countries {', '.join(node.texts('countries'))}" if "countries" in node else "",
        f"sites {', '.join(node.texts('sites'))}" if "sites" in node else "",
        f"data cut-off {node.text('data_cut_off')}" if "data_cut_off" in node else "",
        _claims(context, node),
        f"[curator: {node.text('note')}]" if "note" in node else "",
    ]
    return f"cohort: {'; '.join(filter(None, facts))}"


def _statement(context: DossierContext, entry: CorpusRow) -> str:
    about = entry.node.child("about")
    target = ", ".join(f"{name} {about.text(name)}" for name in about.names())
    facts = [entry.node.text("topic") or "", entry.node.text("says") or "", target, _claims(context, entry.node)]
    return f"{entry.node.text('kind')}: {'; '.join(filter(None, facts))}"


def _conflict(context: DossierContext, entry: CorpusRow) -> str:
    node = entry.node
    sides = []
    for side in node.children("sides"):
        rows = [_short(context, reference) for reference in side.texts("rows")]
        sides.append(" and ".join(filter(None, [*rows, side.text("publication"), side.text("text")])))
    facts = [
        node.text("matter") or "",
        f"{node.text('kind')}, {node.text('status')}",
        *[f"side {rank}: {text}" for rank, text in enumerate(sides, start=1)],
        f"explanation: {node.text('explanation')}" if "explanation" in node else "",
        f"[curator: {node.text('note')}]" if "note" in node else "",
    ]
    return f"conflict: {'; '.join(filter(None, facts))}"


def _short(context: DossierContext, reference: str) -> str:
    entry = context.corpus.find(reference, context.key)
    if entry is None:
        return reference
    if entry.section in FINDINGS:
        measure = context.measured(entry.section, entry.node)
        return f"[{reference}] {statement_of(context, entry.section, entry.node, measure)}" if measure else reference
    if entry.section == "cohorts":
        return f"[{reference}] {cohort_name(entry, context.terms)}"
    return f"[{reference}] {shortened(entry.node.text('says') or entry.node.text('text') or entry.id)}"


def _overlap(context: DossierContext, entry: CorpusRow) -> str:
    node = entry.node
    ends = [
        full_cohort_name(found, context.terms) if (found := context.corpus.cohort(name, context.key)) else name
        for name in node.texts("between")
    ]
    shared = node.child("shared")
    facts = [
        f"{node.text('degree')} overlap between {' and '.join(ends)}",
        f"{shared.count('low')} to {shared.count('high')} shared" if shared.value is not None else "",
        f"basis {', '.join(node.texts('basis'))}: {node.text('says')}",
        f"by {node.child('by').text('source') or node.text('by')}",
    ]
    return "; ".join(filter(None, facts))


def _absence(_: DossierContext, entry: CorpusRow) -> str:
    about = entry.node.child("about")
    target = ", ".join(f"{name} {about.text(name)}" for name in about.names())
    return f"absence ({entry.node.text('kind')}): {entry.node.text('topic')}: {entry.node.text('says')}; {target}"


def _relation(context: DossierContext, entry: CorpusRow) -> str:
    key = entry.node.text("publication") or ""
    other = context.corpus.dossiers.get(key)
    return f"{entry.node.text('kind')} {publication_name(other) if other else key}"


def _definition(context: DossierContext, entry: CorpusRow) -> str:
    return "; ".join((definition_text(entry.node, _measure(context, entry)), _with_claims(context, entry.node)))


def _part(context: DossierContext, entry: CorpusRow) -> str:
    text = part_text(entry.section, entry.node, _measure(context, entry), context.terms)
    held = [entry.node, *(entry.node.child(field) for field in ("bands", "coefficient", "constant"))]
    said = dict.fromkeys(filter(None, (_with_claims(context, node) for node in held)))
    return "; ".join((text, *said))


def _measure(context: DossierContext, entry: CorpusRow) -> str:
    name = entry.measure or entry.node.text("measure") or ""
    found = context.terms.get("measure", name)
    return found.label if found else name


def _with_claims(context: DossierContext, node: Node) -> str:
    note = f"[curator: {node.text('note')}]" if "note" in node else ""
    return "; ".join(filter(None, (_claims(context, node), note)))


def _plain(context: DossierContext, entry: CorpusRow) -> str:
    return f"{entry.section}: {entry.id}; {_claims(context, entry.node)}"


_WRITERS: dict[str, Callable[[DossierContext, CorpusRow], str]] = {
    "therapies": _therapy,
    "arms": _arm,
    "drugs": _drug,
    "cells": _cells,
    "cohorts": _cohort,
    "characteristics": _finding,
    "results": _finding,
    "events": _finding,
    "definitions": _definition,
    **dict.fromkeys(INSIDE_DEFINITIONS, _part),
    "statements": _statement,
    "conflicts": _conflict,
    "overlaps": _overlap,
    "absences": _absence,
    "relations": _relation,
}
