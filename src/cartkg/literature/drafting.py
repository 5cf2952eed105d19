"""Draft one dossier of format 2, for a person to confirm, from a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic
from cartkg.dossier.reading import MAX_BYTES, read_bytes
from cartkg.literature.draft_context import DraftContext
from cartkg.literature.findings import draft_event, draft_outcome
from cartkg.literature.first_form import Part
from cartkg.literature.heads import HEAD, READER, UNREAD, draft_publication, draft_sources, draft_study
from cartkg.literature.patients import draft_arm, draft_cohorts, draft_therapy
from cartkg.literature.records import draft_record, is_record
from cartkg.literature.remarks import draft_conflicts, draft_overlaps, draft_statements
from cartkg.literature.words import Words, slug
from cartkg.literature.writing import Row, write

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.dossier.node import Node
    from cartkg.dossier.terms import Terms
    from cartkg.literature.writing import Value


@dataclass(frozen=True, slots=True)
class Draft:
    """The result of drafting from a file.

    Attributes:
        key: the key of the dossier; empty when there is none.
        text: the dossier as YAML; empty when there is none.
        diagnostics: why there is none, with lines of the file.
    """

    key: str = ""
    text: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()


def draft(data: bytes, path: Path, terms: Terms, dossiers: frozenset[str] = frozenset()) -> Draft:
    """Draft a dossier from a dossier of the first form, or from the record of a paper.

    Args:
        data: the bytes of the file: YAML, or a record of PubMed (nbib) or RIS; UTF-8.
        path: the file, named in diagnostics.
        terms: the controlled vocabularies.
        dossiers: keys of the dossiers that the project has.
    """
    if len(data) <= MAX_BYTES and is_record(data):
        record = draft_record(data, path)
        if isinstance(record, Diagnostic):
            return Draft(diagnostics=(record,))
        return _finished(record)
    document = read_bytes(data, path)
    if document.diagnostics:
        return Draft(diagnostics=document.diagnostics)
    refusal = _refusal(document.root, path)
    if refusal is not None:
        return Draft(diagnostics=(refusal,))
    return _finished(_first_form(Part(document.root), path, Words(terms), dossiers))


def _refusal(root: Node, path: Path) -> Diagnostic | None:
    """Return why a YAML file is not a dossier of the first form; None when it is one."""
    place = root.child("format").place
    if root.child("format").value is not None:
        message = "this dossier states a format already; add it with `cartkg add`"
        return Diagnostic(path, place.line, place.column, "draft-format", message)
    if not isinstance(root.value, dict) or not isinstance(root.child("publication").value, dict):
        message = "this is neither a dossier of the first form (`publication:` with title, kind ...) nor a record"
        return Diagnostic(path, 1, 1, "draft-form", f"{message} of PubMed (nbib) or RIS")
    return None


def _first_form(root: Part, path: Path, words: Words, dossiers: frozenset[str]) -> Row:
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
    return Row(stated, (*HEAD, *root.left()), {"read_by": READER})


def _finished(row: Row) -> Draft:
    return Draft(str(row.fields["key"]), write(row))
