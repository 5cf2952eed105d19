"""Propose the publication, its sources and its study from the head of a first-form dossier."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.dossier.schema import source as schema_source
from cartkg.literature.page_suggestions import (
    suggest_authors,
    suggest_copy,
    suggest_own_page,
    suggest_page_kind,
    suggest_read,
)
from cartkg.literature.words import slug
from cartkg.literature.writing import DraftRow

if TYPE_CHECKING:
    from cartkg.literature.draft_context import DraftContext
    from cartkg.literature.first_form import FieldGroup
    from cartkg.literature.writing import Value

#: What is at the top of every draft.
HEAD = (
    "A draft of `cartkg draft`, no dossier yet. Nothing here is a fact: read each row against its source, correct it,",
    "and remove `unconfirmed: true` and the comments. `cartkg add` refuses the file while a row is unconfirmed.",
)
#: Stands for the reader until there is one; `cartkg add` refuses it.
UNREAD = "unconfirmed"
READER = "write your initials or name"
_KINDS = {"cohort": "cohort-study"}
_DESIGNS = {
    "case-report": "case-report",
    "case-series": "case-series",
    "cohort-study": "cohort",
    "phase-1-trial": "phase-1",
    "phase-1-2-trial": "phase-1-2",
    "phase-3-trial": "phase-3",
    "systematic-review": "systematic-review",
    "meta-analysis": "meta-analysis",
}
_CERTAINTIES = frozenset({"high", "medium", "low"})
_FORMS = {
    "doi": re.compile(r"10\.[0-9]{4}[0-9.]{0,20}/\S+"),
    "pmid": re.compile(r"[0-9]{1,9}"),
    "pmcid": re.compile(r"PMC[0-9]+"),
    "issued": re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"),
}
_ADDRESS = re.compile(r"https?://\S+")
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")
#: The status of a publication that no one has looked up.
UNKNOWN_STATUS: dict[str, Value] = {"retracted": "unknown", "looked": "not-yet"}


def draft_publication(root: FieldGroup) -> DraftRow:
    """Return the head that a dossier may have."""
    head = root.part("publication") or root
    said = head.text("kind") or ""
    kind = publication_kind(said)
    authors = suggest_authors(head.text("short_authors") or "")
    readable = root.part("readable")
    read = (readable.text("level") if readable else root.text("read_level")) or ""
    certainty = readable.text("certainty") if readable else None
    year, issued = (formed("issued", head.text(name)) for name in ("year", "published_date"))
    fields: dict[str, Value | None] = {
        "unconfirmed": True,
        "kind": kind or "publication",
        "title": head.text("title") or "title not shown",
        "authors": list(authors.names),
        "more_authors": True if authors.names and authors.more else None,
        "last_author": authors.last,
        "journal": head.text("journal"),
        "issued": issued or year,
        **{name: head.text(name) for name in ("volume", "issue", "pages")},
        **{name: formed(name, head.text(name)) for name in ("doi", "pmid", "pmcid")},
        "trials": [slug(number) for number in head.texts("trial_ids")],
        "status": UNKNOWN_STATUS,
        "read": suggest_read(read),
        "read_certainty": certainty if certainty in _CERTAINTIES else None,
        "read_note": read or None,
        "conclusion": root.text("conclusion"),
        "note": head.text("note"),
    }
    hints = {} if kind else {"kind": f"no kind is named {said}"}
    return DraftRow({name: each for name, each in fields.items() if each not in (None, [])}, head.left(), hints)


def publication_kind(words: str) -> str | None:
    """Return the kind of publication that words name exactly; None when they name none."""
    wanted = _KINDS.get(words.casefold(), slug(words, ""))
    return wanted if wanted in schema_source()["enums"]["PublicationKind"]["permissible_values"] else None


def formed(name: str, text: str | None) -> str | None:
    """Return an identifier or date that has the form asked for; None when it has not."""
    return text if text is not None and _FORMS[name].fullmatch(text) else None


def draft_study(publication: DraftRow) -> DraftRow:
    """Return the study that the kind of a publication proposes."""
    kind = publication.fields["kind"]
    return DraftRow({"unconfirmed": True, "design": [_DESIGNS.get(str(kind), "not-stated")]})


def draft_sources(context: DraftContext, root: FieldGroup) -> list[DraftRow]:
    """Return the pages that were read, and record in the draft whose they are."""
    rows = []
    for part in root.parts("sources"):
        name = slug(part.text("id") or "", "s")
        if name in context.own:
            continue
        what, address = part.text("what") or "", part.text("address") or ""
        named = [key for key in _KEY.findall(what) if key in context.dossiers and key != context.key]
        own = suggest_own_page(what) and not named
        owner: Value = {"kind": suggest_page_kind(what), "title": what or "a page"}
        context.own[name] = own
        link = _ADDRESS.fullmatch(address) is not None
        fields: dict[str, Value | None] = {
            "id": name,
            "unconfirmed": True,
            "page_of": "this" if own else (named[0] if named else owner),
            "read": None if named else suggest_read(what),
            "what": what or None,
            "address": address if link else None,
            "use": "copy" if link and suggest_copy(f"{what} {address}") else None,
            "note": None if link or not address else address,
        }
        rows.append(DraftRow(fields, part.left()))
    if not rows:
        context.own["s1"] = True
        rows.append(DraftRow({"id": "s1", "unconfirmed": True, "page_of": "this", "read": "not-stated"}))
    return rows
