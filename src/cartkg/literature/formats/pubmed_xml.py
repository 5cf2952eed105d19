"""PubMed XML, as its page and E-utilities write it: PubmedArticleSet of PubmedArticle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.literature.formats.citation import (
    Citation,
    CitationRecord,
    Export,
    Notice,
    NoticeKind,
    doi_of,
    printed_date,
    trials_in,
)
from cartkg.literature.formats.xml_records import elements, root_name, text_of, texts_of
from cartkg.literature.heads import formed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

_RECORDS = frozenset({"PubmedArticle"})
_GROUPS = frozenset({"PubmedArticleSet", "pubmed-document"})
#: RefType -> what it is, and whether the record itself is the notice (NLM's description of CommentsCorrectionsList).
_NOTICES = {
    "ErratumIn": (NoticeKind.ERRATUM, False),
    "ErratumFor": (NoticeKind.ERRATUM, True),
    "CorrectedandRepublishedIn": (NoticeKind.ERRATUM, False),
    "CorrectedandRepublishedFrom": (NoticeKind.ERRATUM, True),
    "RetractionIn": (NoticeKind.RETRACTION, False),
    "RetractionOf": (NoticeKind.RETRACTION, True),
    "RetractedandRepublishedIn": (NoticeKind.RETRACTION, False),
    "RetractedandRepublishedFrom": (NoticeKind.RETRACTION, True),
    "PartialRetractionIn": (NoticeKind.PARTIAL_RETRACTION, False),
    "PartialRetractionOf": (NoticeKind.PARTIAL_RETRACTION, True),
    "ExpressionOfConcernIn": (NoticeKind.CONCERN, False),
    "ExpressionOfConcernFor": (NoticeKind.CONCERN, True),
    "CommentIn": (NoticeKind.COMMENT, False),
    "CommentOn": (NoticeKind.COMMENT, True),
    "UpdateIn": (NoticeKind.UPDATE, False),
    "UpdateOf": (NoticeKind.UPDATE, True),
}


class PubmedXml:
    """PubMed XML."""

    name = "PubMed XML"

    def begins(self, head: str) -> bool:
        """Look at the name of the first element."""
        return root_name(head) in _RECORDS | _GROUPS

    def read(self, data: bytes, path: Path) -> Export:
        """Read each PubmedArticle; a book or a deleted citation is named, and not read."""
        found = elements(data, path, _RECORDS, _GROUPS)
        records = tuple(CitationRecord(_citation(each), line) for each, line in found.elements)
        return Export(records, tuple(found.diagnostics), self.name)


def _citation(record: Element) -> Citation:
    article = record.find("MedlineCitation/Article")
    abstract = " ".join(_abstract(record))
    numbers = texts_of(record, "MedlineCitation/Article/DataBankList/DataBank/AccessionNumberList/AccessionNumber")
    return Citation(
        title=text_of(article, "ArticleTitle").rstrip(".") or text_of(article, "VernacularTitle").rstrip("."),
        authors=list(_authors(record)),
        journal=text_of(record, "MedlineCitation/MedlineJournalInfo/MedlineTA")
        or text_of(article, "Journal/ISOAbbreviation")
        or text_of(article, "Journal/Title")
        or None,
        issued=_issued(article),
        volume=text_of(article, "Journal/JournalIssue/Volume") or None,
        issue=text_of(article, "Journal/JournalIssue/Issue") or None,
        pages=text_of(article, "Pagination/MedlinePgn") or None,
        doi=doi_of(text_of(record, "PubmedData/ArticleIdList/ArticleId[@IdType='doi']"))
        or doi_of(text_of(article, "ELocationID[@EIdType='doi']")),
        pmid=formed("pmid", text_of(record, "MedlineCitation/PMID")),
        pmcid=formed("pmcid", text_of(record, "PubmedData/ArticleIdList/ArticleId[@IdType='pmc']")),
        types=texts_of(record, "MedlineCitation/Article/PublicationTypeList/PublicationType"),
        abstract=abstract,
        trials=trials_in([*numbers, abstract]),
        notices=list(_notices(record)),
    )


def _abstract(record: Element) -> Iterator[str]:
    for part in record.iterfind("MedlineCitation/Article/Abstract/AbstractText"):
        label = part.get("Label")
        yield f"{label}: {text_of(part)}" if label else text_of(part)


def _authors(record: Element) -> Iterator[str]:
    for author in record.iterfind("MedlineCitation/Article/AuthorList/Author"):
        if surname := text_of(author, "LastName"):
            yield f"{surname} {text_of(author, 'Initials')}".strip()


def _issued(article: Element | None) -> str | None:
    date = "Journal/JournalIssue/PubDate"
    parts = [text_of(article, f"{date}/{part}") for part in ("Year", "Month", "Day")]
    return printed_date(" ".join(filter(None, parts)) or text_of(article, f"{date}/MedlineDate"))


def _notices(record: Element) -> Iterator[Notice]:
    for each in record.iterfind("MedlineCitation/CommentsCorrectionsList/CommentsCorrections"):
        kind = _NOTICES.get(each.get("RefType", ""))
        if kind:
            source = text_of(each, "RefSource")
            yield Notice(kind[0], source, doi_of(source), formed("pmid", text_of(each, "PMID")), kind[1])
