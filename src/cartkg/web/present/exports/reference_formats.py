"""Write references for reference managers: RIS, BibTeX and CSL-JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import rispy
from pybtex.database import BibliographyData, Entry, Person
from pybtex.database.output.bibtex import Writer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from cartkg.facts.bibliography import Author, Reference

#: What BibTeX would take for the end of a value.
_BRACES = str.maketrans("{}", "()")


class _Ris(rispy.RisWriter):  # type: ignore[misc]  # its package states no types
    """Writes no number before a record, which readers of RIS do not expect."""

    def set_header(self, count: int) -> str:  # noqa: ARG002  # the name and number of rispy's method
        """Return what stands before a record: nothing."""
        return ""


class _BibTeX(Writer):  # type: ignore[misc]  # its package states no types
    """Writes addresses and identifiers as they are, which LaTeX reads word for word."""

    def _write_field(self, stream: TextIO, name: str, value: str) -> None:
        if name in {"url", "doi"}:
            stream.write(f",\n    {name} = {{{value}}}")
        else:
            super()._write_field(stream, name, value)


def as_csl(references: Iterable[Reference]) -> bytes:
    """Write CSL-JSON (https://docs.citationstyles.org)."""
    return json.dumps([_csl(each) for each in references], ensure_ascii=False, indent=1).encode()


def as_ris(references: Iterable[Reference]) -> bytes:
    """Write RIS, with the fields and order of rispy."""
    return str(rispy.dumps([_ris(each) for each in references], implementation=_Ris)).encode()


def as_bibtex(references: Iterable[Reference]) -> bytes:
    """Write BibTeX in UTF-8; pybtex escapes what LaTeX would take for a command."""
    entries = {each.key: _bibtex(each) for each in references}
    return str(_BibTeX(encoding="UTF-8").to_string(BibliographyData(entries))).encode()


def _csl(each: Reference) -> dict[str, Any]:
    names = {"doi": "DOI", "pmid": "PMID", "pmcid": "PMCID", "journal": "container-title", "pages": "page"}
    found: dict[str, Any] = {"id": each.key, "type": "article-journal" if each.is_article else "webpage"}
    found["title"] = each.title
    if each.authors:
        found["author"] = [_csl_name(author) for author in each.authors]
    if each.year:
        found["issued"] = {"date-parts": [[int(each.year)]]}
    found |= {names.get(name, name): value for name, value in each.fields.items()}
    return found | {"URL": each.address, "note": _note(each)}


def _csl_name(author: Author) -> dict[str, str]:
    return {"family": author.family, "given": author.given} if author.given else {"literal": author.family}


def _ris(each: Reference) -> dict[str, Any]:
    start, _, end = each.fields.get("pages", "").partition("-")
    found = {
        "type_of_reference": "JOUR" if each.is_article else "ELEC",
        "id": each.key,
        "title": each.title,
        "authors": [", ".join(filter(None, (author.family, author.given))) for author in each.authors],
        "year": each.year,
        "journal_name": each.fields.get("journal", ""),
        "volume": each.fields.get("volume", ""),
        "number": each.fields.get("issue", ""),
        "start_page": start,
        "end_page": end,
        "doi": each.fields.get("doi", ""),
        "accession_number": each.fields.get("pmid", ""),
        "urls": [each.address],
        "notes": [_note(each)],
    }
    return {name: _on_one_line(value) for name, value in found.items() if value}


def _on_one_line(value: object) -> object:
    """Return a value whose texts have no line break, which would begin another field."""
    if isinstance(value, list):
        return [_on_one_line(each) for each in value]
    return " ".join(str(value).split())


def _bibtex(each: Reference) -> Entry:
    fields = {"title": each.title, "year": each.year, "url": each.address, "note": _note(each)}
    fields |= {{"issue": "number"}.get(name, name): value for name, value in each.fields.items()}
    people = [_person(author) for author in each.authors] + ([Person("others")] if each.more_authors else [])
    kind = "article" if each.is_article else "misc"
    plain = {name: " ".join(value.translate(_BRACES).split()) for name, value in fields.items() if value}
    return Entry(kind, plain, {"author": people} if people else {})


def _person(author: Author) -> Person:
    """Return a name that BibTeX does not divide itself."""
    family = author.family.translate(_BRACES)
    return Person(last=family, first=author.given) if author.given else Person(f"{{{family}}}")


def _note(each: Reference) -> str:
    read = f"; read for cartkg: {each.read}" if each.read else ""
    return f"{each.kind}{read}"
