"""The record of a paper in, a dossier with its head filled and empty sections out, for a person to confirm."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from cartkg.literature.formats.citation import NoticeKind
from cartkg.literature.heads import HEAD, READER, UNKNOWN_STATUS, UNREAD
from cartkg.literature.words import slug
from cartkg.literature.writing import DraftRow

if TYPE_CHECKING:
    from cartkg.literature.formats.citation import Citation
    from cartkg.literature.writing import Value

#: Publication types of PubMed the most telling first.
_TYPES = (
    ("Published Erratum", "erratum"),
    ("Meta-Analysis", "meta-analysis"),
    ("Systematic Review", "systematic-review"),
    ("Practice Guideline", "guideline"),
    ("Guideline", "guideline"),
    ("Clinical Trial, Phase I", "phase-1-trial"),
    ("Clinical Trial, Phase III", "phase-3-trial"),
    ("Clinical Trial", "trial"),
    ("Case Reports", "case-report"),
    ("Review", "review"),
    ("Editorial", "editorial"),
    ("Letter", "letter"),
    ("News", "news"),
)
#: The notices that a dossier states as corrections; others are remarks.
_CORRECTIONS = {
    NoticeKind.ERRATUM: "erratum",
    NoticeKind.RETRACTION: "retraction-notice",
    NoticeKind.CONCERN: "expression-of-concern",
}
_EMPTY = ("therapies", "arms", "cohorts", "characteristics", "results", "events")
#: Begins the comment lines with the abstract.
ABSTRACT = "abstract: "
_WIDTH = 110
_LONGEST_ABSTRACT = 20_000


def draft_dossier(head: Citation, key: str) -> DraftRow:
    """Return the dossier that the record of a paper proposes.

    Args:
        head: what the record says.
        key: the key of the dossier.
    """
    read = "whole-abstract" if head.abstract else "citation"
    source: dict[str, Value | None] = {"id": "s1", "unconfirmed": True, "page_of": "this", "read": read}
    fields: dict[str, Value | None] = {
        "format": 2,
        "key": key,
        "read_by": UNREAD,
        "publication": _publication(head, read),
        "sources": [DraftRow(source)],
        **{section: [] for section in _EMPTY},
    }
    remarks = (*HEAD, "`cartkg add --template` shows the fields of the empty sections.")
    return DraftRow(fields, remarks, {"read_by": READER}, {_EMPTY[0]: _abstract(head)})


def key_of(head: Citation) -> str:
    """Return the key that a dossier of a paper may have: surname, year and journal."""
    surname = (head.authors[0] if head.authors else head.title).split()[:1]
    return slug("-".join(filter(None, (*surname, (head.issued or "")[:4], head.journal or ""))), "draft")


def _publication(head: Citation, read: str) -> DraftRow:
    kind = next((word for name, word in _TYPES for said in head.types if said.casefold() == name.casefold()), None)
    status: Value = {"retracted": "yes", "looked": "not-yet"} if head.is_retracted else UNKNOWN_STATUS
    said: dict[str, Value | None] = {
        "unconfirmed": True,
        "kind": kind or "publication",
        "title": head.title or "title not shown",
        "authors": list(head.authors) or None,
        "journal": head.journal,
        "issued": head.issued,
        "volume": head.volume,
        "issue": head.issue,
        "pages": head.pages,
        "doi": head.doi,
        "pmid": head.pmid,
        "pmcid": head.pmcid,
        "trials": [slug(number) for number in head.trials] or None,
        "status": status,
        "corrections": _corrections(head) or None,
        "read": read,
    }
    types = "; ".join(filter(None, head.types))
    others = [each for each in head.notices if each.is_this or each.kind not in _CORRECTIONS]
    hints = {"kind": f"publication types in the record: {types}"} if types else {}
    return DraftRow(said, [each.printed for each in others], hints)


def _abstract(head: Citation) -> list[str]:
    if not head.abstract:
        return []
    return wrap(f"{ABSTRACT}{head.abstract[:_LONGEST_ABSTRACT]}", _WIDTH, break_long_words=False)


def _corrections(head: Citation) -> list[DraftRow]:
    """Return a row for each notice about the paper that dossiers state."""
    rows = []
    stated = [each for each in head.notices if each.kind in _CORRECTIONS and not each.is_this]
    for rank, notice in enumerate(stated, 1):
        kind = _CORRECTIONS[notice.kind]
        fields: dict[str, Value | None] = {
            "id": f"{kind}-{rank}",
            "unconfirmed": True,
            "kind": kind,
            "doi": notice.doi,
            "pmid": notice.pmid,
            "source": "s1",
            "text": notice.text or None,
        }
        rows.append(DraftRow(fields))
    return rows
