"""What the record of a paper says of it: identifiers, head, abstract, trials, corrections and retractions."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from cartkg.dossier.identifiers import DOI, TRIAL, IdentifierKind, identifier_in_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cartkg.diagnostics import Diagnostic

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(r"([0-9]{4})(?:[ /-]([A-Za-z]{3,9}|[0-9]{1,2}))?(?:[ /-]([0-9]{1,2}))?")
_MARKUP = re.compile(r"</?[A-Za-z][\w:.-]*(?:\s[^<>]*)?/?>")
_PMID = re.compile(r"PMID: ?([0-9]{1,9})")
_RETRACTED = "Retracted Publication"
#: Letters that stand for as many given names where all of them are capitals.
_INITIALS = 3


class NoticeKind(StrEnum):
    """What a notice about a paper is, as people call it."""

    ERRATUM = "erratum"
    RETRACTION = "retraction"
    PARTIAL_RETRACTION = "partial retraction"
    CONCERN = "expression of concern"
    COMMENT = "comment"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Notice:
    """A correction, retraction or comment that a record names.

    Attributes:
        kind: what it is.
        text: where it is printed, as the record writes it.
        doi: its DOI, if stated.
        pmid: its PMID, if stated.
        is_this: whether the record itself is the notice, and what is named is the paper that it is about.
    """

    kind: NoticeKind
    text: str = ""
    doi: str | None = None
    pmid: str | None = None
    is_this: bool = False

    @classmethod
    def of_text(cls, kind: NoticeKind, text: str, *, is_this: bool = False) -> Notice:
        """Read the identifiers out of what a record says of a notice."""
        found = identifier_in_text(text) if DOI.search(text) else None
        pmid = _PMID.search(text)
        return cls(kind, text, found.value if found else None, pmid[1] if pmid else None, is_this)

    @property
    def printed(self) -> str:
        """Return the notice as it is printed, with its PMID."""
        said = self.text or (f"doi: {self.doi}" if self.doi else "")
        number = f"PMID: {self.pmid}" if self.pmid and self.pmid not in said else ""
        return f"{'is the ' if self.is_this else ''}{self.kind}{' of' if self.is_this else ':'} {said} {number}".strip()

    @property
    def said(self) -> str:
        """Return the notice in a few words, by its identifier where it has one."""
        name = f"PMID {self.pmid}" if self.pmid else f"DOI {self.doi}" if self.doi else self.text
        return f"is the {self.kind} of {name}" if self.is_this else f"{self.kind}: {name}"


@dataclass(frozen=True, slots=True)
class Citation:
    """What identifies a paper, and what its record says of it; what is not known is None or empty."""

    title: str
    authors: Sequence[str] = ()
    journal: str | None = None
    issued: str | None = None
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    types: Sequence[str] = ()
    abstract: str = ""
    trials: Sequence[str] = ()
    notices: Sequence[Notice] = ()

    @property
    def is_retracted(self) -> bool:
        """Whether the record says that the whole paper was retracted."""
        named = any(each.kind is NoticeKind.RETRACTION and not each.is_this for each in self.notices)
        return named or _RETRACTED in self.types

    @property
    def name(self) -> str:
        """Return what the paper is called in a line: its DOI, else its PMID, PMCID or title."""
        return self.doi or self.pmid or self.pmcid or self.title

    @property
    def said_notices(self) -> str:
        """Return corrections and retractions in a few words; comments are none."""
        said = [each.said for each in self.notices if each.kind is not NoticeKind.COMMENT]
        if self.is_retracted and not any(each.kind is NoticeKind.RETRACTION for each in self.notices):
            said.insert(0, "retracted; no notice named")
        return "; ".join(said)


@dataclass(frozen=True, slots=True)
class CitationRecord:
    """A record of an export: the paper, and the line of the file at which it begins."""

    citation: Citation
    line: int


@dataclass(frozen=True, slots=True)
class Export:
    """The records of a file, in its order, and what is wrong with it: each record is in the one or the other.

    Attributes:
        records: the records that were read.
        diagnostics: records that were not, parts that belong to none, and records that repeat another.
        name: what the format is called; empty where it is not known.
    """

    records: tuple[CitationRecord, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    name: str = ""

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Return the papers alone."""
        return tuple(each.citation for each in self.records)


def printed_date(words: str) -> str | None:
    """Return a date as far as it is printed: `2024 Feb 22` and `2024/02/22/` are 2024-02-22.

    Example:
        >>> printed_date("2024 Feb 22"), printed_date("2024/02//"), printed_date("2024 Winter")
        ('2024-02-22', '2024-02', '2024')
    """
    match = _DATE.match(words.strip())
    if match is None:
        return None
    year, month, day = match.groups()
    if month is None or (month.isalpha() and month[:3].title() not in _MONTHS):
        return year
    number = _MONTHS.index(month[:3].title()) + 1 if month.isalpha() else int(month)
    try:
        whole = date(int(year), number, int(day) if day else 1)
    except ValueError:
        return year
    return whole.isoformat() if day else whole.isoformat()[: len("2024-02")]


def with_initials(surname: str, given: str) -> str:
    """Return an author as PubMed writes one.

    Example:
        >>> with_initials("Schett", "Georg"), with_initials("Alpha", "Anna-Beate C.")
        ('Schett G', 'Alpha ABC')
        >>> with_initials("Alpha", "GB")
        'Alpha GB'
    """
    parts = given.replace(".", " ").replace("-", " ").split()
    initials = (part if part.isupper() and len(part) <= _INITIALS else part[0] for part in parts)
    return f"{surname.strip()} {''.join(initials)}".strip()


def inverted(name: str) -> str:
    """Return an author written `Surname, Given` as surname and initials.

    Example:
        >>> inverted("Schett, Georg")
        'Schett G'
    """
    surname, _, given = name.partition(",")
    return with_initials(surname, given)


def plain(text: str) -> str:
    """Return a text without the marks of HTML or JATS in it.

    Example:
        >>> plain("<jats:p>CD19<sup>+</sup> B cells,  p &lt; 0.05</jats:p>")
        'CD19+ B cells, p < 0.05'
    """
    spaced = re.sub(r"</(?:\w+:)?(?:p|h[1-6]|title|sec)>", " ", text)
    return " ".join(html.unescape(_MARKUP.sub("", spaced)).split())


def doi_of(text: str | None) -> str | None:
    """Return the DOI that a field contains, without the address around it; None where there is none."""
    found = identifier_in_text(text) if text and DOI.search(text) else None
    return found.value if found and found.kind is IdentifierKind.DOI else None


def trials_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the numbers of trials that texts name, each once."""
    return tuple(dict.fromkeys(number for text in texts for number in TRIAL.findall(text)))
