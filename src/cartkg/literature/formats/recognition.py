"""The format of an export, by its content; all records of a file, each accounted for once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic, Severity
from cartkg.literature.formats.bibtex import Bibtex
from cartkg.literature.formats.citation import CitationRecord, Export
from cartkg.literature.formats.crossref_json import CrossrefJson
from cartkg.literature.formats.csl_json import CslJson
from cartkg.literature.formats.endnote_xml import EndnoteXml
from cartkg.literature.formats.europe_pmc_json import EuropePmcJson
from cartkg.literature.formats.format import EMPTY, TWICE, Undecodable, encoding_of
from cartkg.literature.formats.nbib import Nbib
from cartkg.literature.formats.pubmed_xml import PubmedXml
from cartkg.literature.formats.ris import Ris
from cartkg.nearest import fold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cartkg.literature.formats.citation import Citation
    from cartkg.literature.formats.format import RecordFormat

#: All formats, in the order in which a file is asked; the signs of CSL-JSON are in other JSON too, so it is last.
FORMATS: tuple[RecordFormat, ...] = (
    Nbib(), Ris(), PubmedXml(), EndnoteXml(), EuropePmcJson(), CrossrefJson(), CslJson(), Bibtex(),
)  # fmt: skip
NAMES = ", ".join(each.name for each in FORMATS)
#: What an export may have: 10,000 records of PubMed XML take a third of it.
LARGEST = 256 * 1024**2
_HEAD = 1 << 16


def format_of(data: bytes) -> RecordFormat | None:
    """Return the format of an export; None where the content is of none."""
    head = data[:_HEAD].decode(encoding_of(data), errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return next((each for each in FORMATS if each.begins(head)), None)


def read_export(data: bytes, path: Path) -> Export:
    """Return the records of a file, each once, and what is wrong with the others.

    Args:
        data: the bytes of the file.
        path: the file, named in the diagnostics.
    """
    found = format_of(data)
    if found is None:
        message = f"the content is of no format that is read here: {NAMES}"
        return Export((), (Diagnostic(path, 1, 1, "export-unknown", message),))
    try:
        export = found.read(data, path)
    except Undecodable as error:
        return Export((), (error.diagnostic,), found.name)
    kept, problems = list[CitationRecord](), [*export.diagnostics]
    seen: dict[tuple[str, str], CitationRecord] = {}
    for record in export.records:
        if _says_nothing(record.citation):
            message = "the record states neither a title nor a DOI, PMID or PMCID"
            problems.append(Diagnostic(path, record.line, 1, EMPTY, message))
            continue
        first = next((seen[key] for key in _keys(record.citation) if key in seen), None)
        repeats = first is not None and _is_one_paper(record.citation, first.citation)
        if first:
            problems.append(_twice(record, first, path, repeats=repeats))
        if not repeats:
            kept.append(record)
            seen.update((key, record) for key in _keys(record.citation) if key not in seen)
    problems.sort(key=lambda each: each.line)
    return Export(tuple(kept), tuple(problems), export.name)


def _says_nothing(citation: Citation) -> bool:
    return not (citation.title or citation.doi or citation.pmid or citation.pmcid)


def _is_one_paper(one: Citation, other: Citation) -> bool:
    """Return whether the titles of two records with one identifier are the same, or one states none."""
    return fold(one.title) == fold(other.title) or not (one.title and other.title)


def _twice(record: CitationRecord, first: CitationRecord, path: Path, *, repeats: bool) -> Diagnostic:
    """Say that two records have one identifier; where their titles differ, both are taken."""
    kind, value = next(key for key in _keys(record.citation) if key in set(_keys(first.citation)))
    same = f"the record has the {kind} of the one at line {first.line} ({value})"
    differ = "but another title; both are taken: look up whose it is"
    message = f"{same} and is taken once" if repeats else f"{same}, {differ}"
    return Diagnostic(path, record.line, 1, TWICE, message, Severity.WARNING)


def _keys(citation: Citation) -> Iterator[tuple[str, str]]:
    if citation.doi:
        yield "DOI", citation.doi.casefold()
    if citation.pmid:
        yield "PMID", citation.pmid
    if citation.pmcid:
        yield "PMCID", citation.pmcid
    if citation.title and not (citation.doi or citation.pmid or citation.pmcid):
        yield "title, authors and date", "; ".join([citation.title, *citation.authors, citation.issued or ""])
