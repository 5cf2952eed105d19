"""What a first-form dossier says besides results: conflicts, overlaps and statements, as proposed rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.literature.writing import DraftRow

if TYPE_CHECKING:
    from cartkg.literature.draft_context import DraftContext
    from cartkg.literature.first_form import FieldGroup
    from cartkg.literature.writing import Value

#: Sections of free remarks, and the kind of statement that each proposes.
_STATEMENTS = {
    "guidance": "guidance",
    "definitions": "definition",
    "context": "context",
    "background": "context",
    "mechanism": "mechanism",
    "plan": "plan",
    "points": "general",
    "claims": "general",
    "counts": "general",
    "background_numbers": "context",
}


def draft_statements(context: DraftContext, root: FieldGroup) -> list[DraftRow]:
    """Return what the publication says that is not a result of patients."""
    rows = []
    for section, kind in _STATEMENTS.items():
        single = root.part(section)
        for part in [single] if single is not None else root.parts(section):
            text = part.text("text")
            topic = part.text("topic") or section.replace("_", " ")
            fields: dict[str, Value | None] = {
                "id": context.id(topic),
                "unconfirmed": True,
                "kind": kind,
                "topic": topic,
                "says": text or part.words() or topic,
                "claims": context.claims(part),
            }
            rows.append(DraftRow(fields, (f"from: {section}", *part.left())))
    return rows


def draft_conflicts(context: DraftContext, root: FieldGroup) -> list[DraftRow]:
    """Return the disagreements, each with both sides in words; a person names the rows that hold them."""
    rows = []
    for part in root.parts("conflicts"):
        said, other = part.words(), part.text("with")
        matter = part.text("about") or "not named"
        holders = (("mine", context.key), ("theirs", other if other in context.dossiers else None))
        sides: list[Value] = [
            {**({"publication": holder} if holder else {}), "text": text}
            for name, holder in holders
            if (text := part.text(name))
        ]
        fields: dict[str, Value | None] = {
            "id": context.id(matter),
            "unconfirmed": True,
            "matter": matter,
            "kind": "not-settled",
            "status": "open",
            "sides": sides or [{"text": said}],
        }
        hint = {} if other is None or other in context.dossiers else {"sides": f"no dossier has the key {other}"}
        rows.append(DraftRow(fields, (f"from: {said}", *part.left()), hint))
    return rows


def draft_overlaps(context: DraftContext, root: FieldGroup) -> list[DraftRow]:
    """Return the pairs of cohorts that may share patients; whether they do is left to a person."""
    rows = []
    for section in ("overlap", "unconfirmed_links"):
        for part in root.parts(section):
            said, other = part.words(), part.text("with")
            what = part.text("what") or said
            if other is None or not context.cohorts:
                continue
            mine, theirs = next(iter(context.cohorts)), other if other in context.dossiers else "dossier-to-name"
            fields: dict[str, Value | None] = {
                "id": context.id("overlap", other),
                "unconfirmed": True,
                "between": [mine, f"{theirs}#cohort-to-name"],
                "degree": "unknown",
                "basis": ["not-given"],
                "says": what,
                "by": "curator",
            }
            hint = "" if other in context.dossiers else f"no dossier has the key {other}; "
            rows.append(DraftRow(fields, (f"from: {said}", *part.left()), {"between": f"{hint}name the cohorts"}))
    return rows
