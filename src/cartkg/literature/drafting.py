"""Draft dossiers of format 2, for a person to confirm: one from a dossier of the first form, one from each record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, count
from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic, Severity
from cartkg.dossier.reading import read_bytes
from cartkg.literature.draft_context import DraftContext
from cartkg.literature.findings import draft_event, draft_outcome
from cartkg.literature.first_form import FieldGroup
from cartkg.literature.formats.format import encoding_of
from cartkg.literature.formats.recognition import NAMES, format_of, read_export
from cartkg.literature.heads import HEAD, READER, UNREAD, draft_publication, draft_sources, draft_study
from cartkg.literature.patients import draft_arm, draft_cohorts, draft_therapy
from cartkg.literature.record_drafts import draft_dossier, key_of
from cartkg.literature.remarks import draft_conflicts, draft_overlaps, draft_statements
from cartkg.literature.texts.jats import is_jats, read_jats
from cartkg.literature.texts.pdf import is_pdf, read_pdf
from cartkg.literature.texts.row_proposals import accept_proposals
from cartkg.literature.texts.row_suggestions import draft_sections, suggest_rows
from cartkg.literature.texts.spreadsheets import is_workbook, read_csv, read_workbook
from cartkg.literature.words import Words, slug
from cartkg.literature.writing import DraftRow, write

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from cartkg.dossier.node import Node
    from cartkg.dossier.terms import Vocabulary
    from cartkg.literature.formats.citation import Citation
    from cartkg.literature.texts.row_proposals import RowProposer
    from cartkg.literature.texts.source_text import SourceText
    from cartkg.literature.writing import Value

#: Endings of tables, whose content says nothing of what they are.
_TABLES = (".csv", ".tsv")
_HEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class Draft:
    """A dossier to confirm.

    Attributes:
        key: its key.
        text: the dossier as YAML.
        citation: the paper, where it was drafted from the record of one.
        line: the line of the file at which that record begins.
    """

    key: str
    text: str
    citation: Citation | None = None
    line: int = 1


@dataclass(frozen=True, slots=True)
class Drafts:
    """The dossiers drafted from a file, and what is wrong with the file; each record is in the one or the other."""

    drafts: tuple[Draft, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def is_export(data: bytes) -> bool:
    """Return whether a file is an export of records; a dossier of the first form is none."""
    return format_of(data) is not None


def draft_records(data: bytes, path: Path, taken: Container[str] = frozenset()) -> Drafts:
    """Draft a dossier from each record of an export.

    Args:
        data: the bytes of the file.
        path: the file, named in diagnostics.
        taken: keys that dossiers and drafts have already; a draft gets one that none of them has.
    """
    export = read_export(data, path)
    used, drafts = set[str](), []
    for record in export.records:
        key = _free(key_of(record.citation), taken, used)
        used.add(key)
        drafts.append(Draft(key, write(draft_dossier(record.citation, key)), record.citation, record.line))
    return Drafts(tuple(drafts), export.diagnostics)


def source_of(data: bytes, path: Path) -> SourceText | None:
    """Read the text and tables of a paper; None for a file that is not PDF, JATS XML or a table (CSV, TSV, XLSX)."""
    if is_workbook(data):
        return read_workbook(data, path)
    if is_pdf(data):
        return read_pdf(data, path)
    if is_jats(data[:_HEAD].decode(encoding_of(data), errors="replace")):
        return read_jats(data, path)
    return read_csv(data, path) if path.suffix.lower() in _TABLES else None


def draft_source(
    source: SourceText, path: Path, words: Words, taken: Container[str], proposer: RowProposer | None = None
) -> Drafts:
    """Draft a dossier from the text and tables of a paper: the head, and a row for each number that is named.

    Args:
        source: the text and tables.
        path: the file, named in diagnostics.
        words: the vocabularies.
        taken: keys that dossiers and drafts have already.
        proposer: what else proposes rows, such as a language model; none if omitted.
    """
    problems = list(source.diagnostics)
    if not source.passages and not source.tables and not source.citation.title:
        message = "the file has neither a title nor text nor a table that can be read"
        return Drafts(diagnostics=(*problems, *([] if problems else [Diagnostic(path, 1, 1, "draft-empty", message)])))
    rows = suggest_rows(source, words)
    if proposer is not None:
        accepted = accept_proposals(proposer, source, words)
        rows += accepted.rows
        if accepted.dropped:
            message = f"proposals of {proposer.name} that were dropped: {accepted.said}"
            problems.append(Diagnostic(path, 1, 1, "draft-dropped", message, Severity.INFO))
    key = _free(key_of(source.citation) if source.citation.title else slug(path.stem, "draft"), taken, set())
    head = draft_dossier(source.citation, key)
    whole = replace(head, fields={**head.fields, **draft_sections(rows)})
    known = source.citation if source.citation.title else None
    return Drafts((Draft(key, write(whole), known),), tuple(problems))


def _free(wanted: str, taken: Container[str], used: Container[str]) -> str:
    """Return the key that is wanted, with a number behind it where it has gone."""
    numbered = (f"{wanted}-{rank}" for rank in count(2))
    return next(key for key in chain((wanted,), numbered) if key not in taken and key not in used)


def draft(data: bytes, path: Path, terms: Vocabulary, dossiers: frozenset[str] = frozenset()) -> Drafts:
    """Draft a dossier from a dossier of the first form.

    Args:
        data: the bytes of the file: YAML; UTF-8.
        path: the file, named in diagnostics.
        terms: the controlled vocabularies.
        dossiers: keys of the dossiers that the project has.
    """
    document = read_bytes(data, path)
    if document.diagnostics:
        return Drafts(diagnostics=document.diagnostics)
    refusal = _refusal(document.root, path)
    if refusal is not None:
        return Drafts(diagnostics=(refusal,))
    row = _first_form(FieldGroup(document.root), path, Words(terms), dossiers)
    return Drafts((Draft(str(row.fields["key"]), write(row)),))


def _refusal(root: Node, path: Path) -> Diagnostic | None:
    """Return why a YAML file is not a dossier of the first form; None when it is one."""
    place = root.child("format").place
    if root.child("format").value is not None:
        message = "this dossier states a format already; add it with `cartkg add`"
        return Diagnostic(path, place.line, place.column, "draft-format", message)
    if not isinstance(root.value, dict) or not isinstance(root.child("publication").value, dict):
        message = "this is neither a dossier of the first form (`publication:` with title, kind ...) nor an export"
        return Diagnostic(path, 1, 1, "draft-form", f"{message} of records: {NAMES}")
    return None


def _first_form(root: FieldGroup, path: Path, words: Words, dossiers: frozenset[str]) -> DraftRow:
    context = DraftContext(slug(root.text("key") or path.stem, "draft"), words, dossiers)
    publication = draft_publication(root)
    sources = draft_sources(context, root)
    given = [*filter(None, [root.part("therapy")]), *root.parts("therapy_more")]
    therapies = [draft_therapy(context, part) for part in given]
    patients = root.parts("cohorts")
    arm = [draft_arm(context, root, therapies)] if patients or therapies else []
    cohorts, characteristics = draft_cohorts(context, patients)
    results = [draft_outcome(context, part) for part in root.parts("outcomes")] if cohorts else []
    events = [draft_event(context, part) for part in root.parts("adverse_events")] if cohorts else []
    statements = draft_statements(context, root)
    conflicts, overlaps = draft_conflicts(context, root), draft_overlaps(context, root)
    study = draft_study(publication) if arm else None
    fields: dict[str, Value | None] = {
        "format": 2,
        "key": context.key,
        "read_by": UNREAD,
        "publication": publication,
        "sources": sources,
        "study": study,
        "therapies": therapies,
        "arms": arm,
        "cohorts": cohorts,
        "characteristics": characteristics,
        "results": results,
        "events": events,
        "statements": statements,
        "conflicts": conflicts,
        "overlaps": overlaps,
    }
    stated = {name: each for name, each in fields.items() if each != []}
    return DraftRow(stated, (*HEAD, *root.left()), {"read_by": READER})
