"""Europe PMC's REST API: the results of a search, of the type core where abstracts and corrections are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cartkg.literature.formats.citation import (
    Citation,
    CitationRecord,
    Export,
    Notice,
    NoticeKind,
    doi_of,
    plain,
    printed_date,
    trials_in,
)
from cartkg.literature.formats.json_records import has_key, is_json, list_at, objects, text_at
from cartkg.literature.heads import formed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Type of a comment or correction, folded -> what it is, and whether the record itself is the notice.
_NOTICES = {
    "erratum in": (NoticeKind.ERRATUM, False),
    "erratum for": (NoticeKind.ERRATUM, True),
    "corrected and republished in": (NoticeKind.ERRATUM, False),
    "corrected and republished from": (NoticeKind.ERRATUM, True),
    "retraction in": (NoticeKind.RETRACTION, False),
    "retraction of": (NoticeKind.RETRACTION, True),
    "partial retraction in": (NoticeKind.PARTIAL_RETRACTION, False),
    "partial retraction of": (NoticeKind.PARTIAL_RETRACTION, True),
    "expression of concern in": (NoticeKind.CONCERN, False),
    "expression of concern for": (NoticeKind.CONCERN, True),
    "comment in": (NoticeKind.COMMENT, False),
    "comment on": (NoticeKind.COMMENT, True),
    "update in": (NoticeKind.UPDATE, False),
    "update of": (NoticeKind.UPDATE, True),
}


class EuropePmcJson:
    """JSON of Europe PMC's API."""

    name = "Europe PMC JSON"

    def begins(self, head: str) -> bool:
        """Look for the list of results, or for the fields that each of them has."""
        return is_json(head) and (has_key(head, "resultList") or has_key(head, "authorString", "source", "title"))

    def read(self, data: bytes, path: Path) -> Export:
        """Read each result."""
        found = objects(data, path, "result")
        records = tuple(CitationRecord(_citation(each), line) for each, line in found.objects)
        return Export(records, tuple(found.diagnostics), self.name)


def _citation(item: dict[str, Any]) -> Citation:
    abstract = plain(text_at(item, "abstractText"))
    journal = text_at(item, "journalInfo", "journal", "medlineAbbreviation") or text_at(item, "journalTitle")
    return Citation(
        title=plain(text_at(item, "title")).rstrip("."),
        authors=_authors(item),
        journal=journal or text_at(item, "journalInfo", "journal", "title") or None,
        issued=printed_date(
            text_at(item, "journalInfo", "dateOfPublication")
            or text_at(item, "firstPublicationDate")
            or text_at(item, "pubYear")
        ),
        volume=text_at(item, "journalInfo", "volume") or text_at(item, "journalVolume") or None,
        issue=text_at(item, "journalInfo", "issue") or text_at(item, "issue") or None,
        pages=text_at(item, "pageInfo") or None,
        doi=doi_of(text_at(item, "doi")),
        pmid=formed("pmid", text_at(item, "pmid")),
        pmcid=formed("pmcid", text_at(item, "pmcid")),
        types=[text_at(each) for each in list_at(item, "pubTypeList", "pubType")] or [text_at(item, "pubType")],
        abstract=abstract,
        trials=trials_in([abstract]),
        notices=list(_notices(item)),
    )


def _authors(item: dict[str, Any]) -> list[str]:
    listed = [text_at(each, "fullName") for each in list_at(item, "authorList", "author")]
    return list(filter(None, listed)) or [
        name.strip() for name in text_at(item, "authorString").rstrip(".").split(",") if name.strip()
    ]


def _notices(item: dict[str, Any]) -> Iterator[Notice]:
    for each in list_at(item, "commentCorrectionList", "commentCorrection"):
        kind = _NOTICES.get(" ".join(text_at(each, "type").casefold().replace("-", " ").split()))
        if kind:
            number = text_at(each, "id") if text_at(each, "source") == "MED" else None
            said = text_at(each, "reference")
            yield Notice(kind[0], said, doi_of(said), formed("pmid", number), kind[1])
