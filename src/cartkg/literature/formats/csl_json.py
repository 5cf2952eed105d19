"""CSL-JSON, of reference managers (Zotero, Mendeley, pandoc) and of doi.org."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cartkg.literature.formats.citation import (
    Citation,
    CitationRecord,
    Export,
    doi_of,
    plain,
    printed_date,
    trials_in,
    with_initials,
)
from cartkg.literature.formats.json_records import has_key, is_json, list_at, objects, text_at
from cartkg.literature.heads import formed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Types of CSL 1.0.2 that reports of research have.
_TYPE = re.compile(
    r'"type"\s*:\s*"(?:article(?:-[a-z]+)?|journal-article|chapter|dataset|document|paper-conference|post|post-weblog'
    r'|posted-content|proceedings-article|report|review|speech|thesis|webpage|book|manuscript)"'
)
#: Where Zotero keeps what CSL had no field for.
_NOTE = re.compile(r"^(PMID|PMCID): *(\S+)", re.MULTILINE)
_DATES = ("issued", "published", "published-online", "published-print")


class CslJson:
    """CSL-JSON."""

    name = "CSL-JSON"

    def begins(self, head: str) -> bool:
        """Look for an object with a type of CSL and a title or a DOI."""
        return is_json(head) and _TYPE.search(head) is not None and (has_key(head, "title") or has_key(head, "DOI"))

    def read(self, data: bytes, path: Path) -> Export:
        """Read each item."""
        found = objects(data, path, "items")
        records = tuple(CitationRecord(work(each), line) for each, line in found.objects)
        return Export(records, tuple(found.diagnostics), self.name)


def work(item: dict[str, Any]) -> Citation:
    """Read an item of CSL, or a work of Crossref, which has the same fields and lists for texts."""
    abstract = plain(text_at(item, "abstract"))
    notes = dict(_NOTE.findall(text_at(item, "note")))
    journal = text_at(item, "container-title-short") or text_at(item, "short-container-title")
    return Citation(
        title=plain(text_at(item, "title")).rstrip("."),
        authors=list(_authors(item)),
        journal=plain(journal or text_at(item, "container-title")) or None,
        issued=next(filter(None, (_issued(item.get(name)) for name in _DATES)), None),
        volume=text_at(item, "volume") or None,
        issue=text_at(item, "issue") or None,
        pages=text_at(item, "page") or None,
        doi=doi_of(text_at(item, "DOI")),
        pmid=formed("pmid", text_at(item, "PMID") or notes.get("PMID")),
        pmcid=formed("pmcid", text_at(item, "PMCID") or notes.get("PMCID")),
        abstract=abstract,
        trials=trials_in([abstract]),
    )


def _authors(item: dict[str, Any]) -> Iterator[str]:
    for author in list_at(item, "author"):
        surname = " ".join(filter(None, (text_at(author, "non-dropping-particle"), text_at(author, "family"))))
        if surname:
            yield with_initials(surname, text_at(author, "given"))


def _issued(value: Any) -> str | None:
    parts = (list_at(value, "date-parts") or [[]])[0]
    if isinstance(parts, list) and parts and parts[0] is not None:
        return printed_date("-".join(str(part) for part in parts[:3]))
    return printed_date(text_at(value, "raw") or text_at(value, "literal"))
