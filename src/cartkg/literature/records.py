"""Records of papers in PubMed's format (nbib) and RIS in, citations or heads of dossiers with empty sections out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import chain
from textwrap import wrap
from typing import TYPE_CHECKING, Any, ClassVar

from rispy import RisParser

from cartkg.diagnostics import Diagnostic
from cartkg.dossier.identifiers import DOI, TRIAL
from cartkg.literature.heads import HEAD, READER, UNKNOWN_STATUS, UNREAD, formed
from cartkg.literature.words import slug
from cartkg.literature.writing import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from cartkg.literature.writing import Value

_START = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*(PMID-|TY  -) ?")
_TAG = re.compile(r"([A-Z]{2,4}) *- ?(.*)")
_FOLD = re.compile(r"\n {6}")
_EMPTY_LINES = re.compile(r"\n[ \t]*\n")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(r"([0-9]{4})(?:[ /-]([A-Za-z]{3}|[0-9]{1,2}))?(?:[ /-]([0-9]{1,2}))?")
_PMID = re.compile(r"PMID: ?([0-9]{1,9})")
#: Publication types of PubMed and types of RIS, the most telling first.
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
#: Marks of PubMed on a record: errata, retractions, expressions of concern.
_MARKS = {"EIN": "erratum", "RIN": "retraction-notice", "ECI": "expression-of-concern", "CIN": ""}
_EMPTY = ("therapies", "arms", "cohorts", "characteristics", "results", "events")
_WIDTH = 110
_LONGEST_ABSTRACT = 20_000


class _Same(dict[str, str]):
    """A mapping of every tag to itself."""

    def __missing__(self, tag: str) -> str:
        return tag


class _Every(list[str]):
    """Contains every tag: each may occur several times."""

    def __contains__(self, tag: object) -> bool:  # None, for a line that goes on before any tag, included
        return True


class _Records(RisParser):  # type: ignore[misc]  # its package states no types
    """RIS by its tags."""

    DEFAULT_MAPPING = _Same()
    DEFAULT_LIST_TAGS = _Every()
    DEFAULT_DELIMITER_MAPPING: ClassVar[dict[str, str]] = {}


class _PubMed(_Records):
    """PubMed's format: tags of up to four letters before a hyphen."""

    START_TAG = "PMID"

    def parse_line(self, line: str) -> tuple[str | None, str]:
        match = _TAG.fullmatch(line)
        return (match[1], match[2].strip()) if match else (None, line.strip())


def is_record(data: bytes) -> bool:
    """Return whether a file begins as a record of PubMed or RIS does."""
    return _START.match(data) is not None


def draft_record(data: bytes, path: Path) -> Row | Diagnostic:
    """Return the dossier that the one record of a file proposes, or why there is none.

    Args:
        data: the bytes of the file, UTF-8.
        path: the file, named in the diagnostic.
    """
    export = read_export(data, path)
    if export.diagnostics:
        return export.diagnostics[0]
    if len(export.citations) != 1:
        message = f"the file contains {len(export.citations)} whole records; give a file with one"
        return Diagnostic(path, 1, 1, "draft-records", message)
    return _dossier(export.citations[0])


def read_export(data: bytes, path: Path) -> Export:
    """Return the citations of the records of a file, and what is wrong with the file.

    Args:
        data: the bytes of the file, UTF-8.
        path: the file, named in the diagnostics.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = "the file is not UTF-8 at this line; save it as UTF-8"
        return Export((), (Diagnostic(path, line, 1, "draft-unreadable", message),))
    pubmed = text.lstrip().startswith("PMID")
    cut = [] if pubmed else list(_truncated(text))
    gone = set(chain.from_iterable(cut))
    lines = [line for number, line in enumerate(text.splitlines(), 1) if number not in gone]
    citations = tuple(_citation(record, pubmed=pubmed) for record in _parsed("\n".join(lines), pubmed=pubmed))
    message = "the record does not end (ER); export it again"
    return Export(citations, tuple(Diagnostic(path, each.start, 1, "draft-truncated", message) for each in cut))


def _truncated(text: str) -> Iterator[range]:
    """Go through the lines of each record of RIS that begins and does not end: the parser takes the next one for it."""
    begun, lines = 0, text.splitlines()
    for number, line in enumerate([*lines, "TY  -"], 1):
        if line.startswith("TY  -"):
            if begun:
                yield range(begun, number)
            begun = number
        elif line.startswith("ER  -"):
            begun = 0


def _citation(record: Mapping[str, list[str]], *, pubmed: bool) -> Citation:
    fields = {tag: list(filter(None, map(str.strip, values))) for tag, values in record.items()}
    return Citation.of_pubmed(fields) if pubmed else Citation.of_ris(fields)


def _parsed(text: str, *, pubmed: bool) -> list[dict[str, list[str]]]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if pubmed:  # it folds long lines, and ends a record by an empty line where RIS has a tag
        lines = _FOLD.sub(" ", lines)
        lines = "\n".join(f"{record.strip()}\nER  - " for record in _EMPTY_LINES.split(lines) if record.strip())
    found: list[dict[str, Any]] = (_PubMed if pubmed else _Records)().parse(lines)
    return [{tag: [values] if isinstance(values, str) else values for tag, values in each.items()} for each in found]


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
    marks: Sequence[tuple[str, str]] = ()

    @classmethod
    def of_pubmed(cls, fields: Mapping[str, list[str]]) -> Citation:
        """Read the tags of PubMed."""
        ids = [value.partition(" [") for tag in ("AID", "LID") for value in fields.get(tag, [])]
        abstract = " ".join(fields.get("AB", []))
        return cls(
            title=" ".join(fields.get("TI", [])).rstrip("."),
            authors=fields.get("AU", []),
            journal=_first(fields, "TA", "JT"),
            issued=_date(_first(fields, "DP") or ""),
            volume=_first(fields, "VI"),
            issue=_first(fields, "IP"),
            pages=_first(fields, "PG"),
            doi=next((number for number, _, kind in ids if kind == "doi]" and formed("doi", number)), None),
            pmid=formed("pmid", _first(fields, "PMID")),
            pmcid=formed("pmcid", _first(fields, "PMC")),
            types=fields.get("PT", []),
            abstract=abstract,
            trials=_trials([*fields.get("SI", []), abstract]),
            marks=[(tag, value) for tag in _MARKS for value in fields.get(tag, [])],
        )

    @classmethod
    def of_ris(cls, fields: Mapping[str, list[str]]) -> Citation:
        """Read the tags of RIS."""
        abstract = " ".join(fields.get("AB") or fields.get("N2") or [])
        pages = "-".join(filter(None, (_first(fields, "SP"), _first(fields, "EP"))))
        doi = DOI.search(" ".join(fields.get("DO", [])))
        number = _first(fields, "AN") if "pubmed" in (_first(fields, "DB") or "").casefold() else None
        return cls(
            title=_first(fields, "TI", "T1") or "",
            authors=[_initials(name) for name in fields.get("AU") or fields.get("A1") or []],
            journal=_first(fields, "JA", "J2", "JO", "JF", "T2"),
            issued=_date(_first(fields, "DA", "PY", "Y1") or ""),
            volume=_first(fields, "VL"),
            issue=_first(fields, "IS"),
            pages=pages or None,
            doi=doi[0] if doi else None,
            pmid=formed("pmid", number),
            pmcid=formed("pmcid", _first(fields, "C2")),
            abstract=abstract,
            trials=_trials([abstract]),
        )


@dataclass(frozen=True, slots=True)
class Export:
    """The records of a file, in its order, and what is wrong with the file."""

    citations: tuple[Citation, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def _first(fields: Mapping[str, list[str]], *tags: str) -> str | None:
    return next((fields[tag][0] for tag in tags if fields.get(tag)), None)


def _date(words: str) -> str | None:
    """Return a date as far as it is printed: `2024 Feb 22` and `2024/02/22/` are 2024-02-22.

    Example:
        >>> _date("2024 Feb 22"), _date("2024/02//"), _date("2024 Winter")
        ('2024-02-22', '2024-02', '2024')
    """
    match = _DATE.match(words)
    if match is None:
        return None
    year, month, day = match.groups()
    if month is None or (month.isalpha() and month.title() not in _MONTHS):
        return year
    number = _MONTHS.index(month.title()) + 1 if month.isalpha() else int(month)
    try:
        whole = date(int(year), number, int(day) if day else 1)
    except ValueError:
        return year
    return whole.isoformat() if day else whole.isoformat()[: len("2024-02")]


def _initials(name: str) -> str:
    """Return an author as surname and initials.

    Example:
        >>> _initials("Schett, Georg")
        'Schett G'
    """
    surname, _, given = name.partition(",")
    return f"{surname.strip()} {''.join(part[0] for part in given.replace('.', ' ').split())}".strip()


def _trials(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(number for text in texts for number in TRIAL.findall(text)))


def _dossier(head: Citation) -> Row:
    corrections, remarks = _corrections(head)
    retracted = any(row.fields["kind"] == "retraction-notice" for row in corrections)
    read = "whole-abstract" if head.abstract else "citation"
    kind = next((word for name, word in _TYPES for said in head.types if said.casefold() == name.casefold()), None)
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
        "status": {"retracted": "yes", "looked": "not-yet"} if retracted else UNKNOWN_STATUS,
        "corrections": corrections or None,
        "read": read,
    }
    types = "; ".join(head.types)
    hints = {"kind": f"publication types in the record: {types}"} if types else {}
    surname = (head.authors[0] if head.authors else head.title).split()[:1]
    key = slug("-".join(filter(None, (*surname, (head.issued or "")[:4], head.journal or ""))), "draft")
    source: dict[str, Value | None] = {"id": "s1", "unconfirmed": True, "page_of": "this", "read": read}
    fields: dict[str, Value | None] = {
        "format": 2,
        "key": key,
        "read_by": UNREAD,
        "publication": Row(said, remarks, hints),
        "sources": [Row(source)],
        **{section: [] for section in _EMPTY},
    }
    return Row(fields, _remarks(head), {"read_by": READER})


def _remarks(head: Citation) -> list[str]:
    abstract = [f"abstract: {head.abstract[:_LONGEST_ABSTRACT]}"] if head.abstract else []
    lines = [line for text in abstract for line in wrap(text, _WIDTH, break_long_words=False)]
    return [*HEAD, "`cartkg add --template` shows the fields of the empty sections.", *lines]


def _corrections(head: Citation) -> tuple[list[Row], list[str]]:
    """Return a notice for each mark that names one, and the marks that name something else."""
    rows, remarks = [], []
    for rank, (tag, value) in enumerate(head.marks, 1):
        kind = _MARKS[tag]
        if not kind:
            remarks.append(f"comment on it: {value}")
            continue
        pmid, doi = _PMID.search(value), DOI.search(value)
        fields: dict[str, Value | None] = {
            "id": f"{kind}-{rank}",
            "unconfirmed": True,
            "kind": kind,
            "doi": doi[0].rstrip(".;") if doi else None,
            "pmid": pmid[1] if pmid else None,
            "source": "s1",
            "text": value,
        }
        rows.append(Row(fields))
    return rows, remarks
