"""Crossref's REST API: one work, or a list of works; `update-to` and `updated-by` name corrections and retractions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cartkg.literature.formats.citation import Citation, CitationRecord, Export, Notice, NoticeKind, doi_of, trials_in
from cartkg.literature.formats.csl_json import work
from cartkg.literature.formats.json_records import has_key, is_json, list_at, objects, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Types of update in Crossref's schema -> what they are here; others are updates.
_UPDATES = {
    "correction": NoticeKind.ERRATUM,
    "corrigendum": NoticeKind.ERRATUM,
    "erratum": NoticeKind.ERRATUM,
    "retraction": NoticeKind.RETRACTION,
    "withdrawal": NoticeKind.RETRACTION,
    "removal": NoticeKind.RETRACTION,
    "partial_retraction": NoticeKind.PARTIAL_RETRACTION,
    "expression_of_concern": NoticeKind.CONCERN,
}


class CrossrefJson:
    """JSON of Crossref's API."""

    name = "Crossref JSON"

    def begins(self, head: str) -> bool:
        """Look for what an answer of the API says, or for the counts that each of its works has."""
        return is_json(head) and (has_key(head, "message-type") or has_key(head, "is-referenced-by-count", "DOI"))

    def read(self, data: bytes, path: Path) -> Export:
        """Read each work."""
        found = objects(data, path, "items")
        works = [(each.get("message", each), line) for each, line in found.objects]
        records = tuple(CitationRecord(_citation(each), line) for each, line in works if isinstance(each, dict))
        return Export(records, tuple(found.diagnostics), self.name)


def _citation(item: dict[str, Any]) -> Citation:
    head = work(item)
    numbers = [text_at(each, "clinical-trial-number") for each in list_at(item, "clinical-trial-number")]
    notices = [*_notices(item, "updated-by", is_this=False), *_notices(item, "update-to", is_this=True)]
    return replace(
        head,
        issue=text_at(item, "issue") or text_at(item, "journal-issue", "issue") or None,
        trials=trials_in([*(each.upper().replace("CHICTR", "ChiCTR") for each in numbers), *head.trials]),
        notices=notices,
    )


def _notices(item: dict[str, Any], name: str, *, is_this: bool) -> Iterator[Notice]:
    for each in list_at(item, name):
        kind = _UPDATES.get(text_at(each, "type").replace("-", "_"), NoticeKind.UPDATE)
        doi = doi_of(text_at(each, "DOI"))
        said = ", ".join(filter(None, (text_at(each, "label") or text_at(each, "type"), f"doi: {doi}" if doi else "")))
        yield Notice(kind, said, doi, None, is_this)
