"""Write references for reference managers: RIS, BibTeX and CSL-JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import rispy
from bibtexparser.entrypoint import write_string
from bibtexparser.library import Library
from bibtexparser.model import Entry, Field
from pylatexenc.latexencode import RULE_DICT, UnicodeToLatexConversionRule, UnicodeToLatexEncoder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.facts.bibliography import Author, Reference

#: What BibTeX would take for the end of a value.
_BRACES = str.maketrans("{}", "()")
#: What LaTeX would take for a command -> how it is written; letters of all languages stay.
_COMMANDS = {
    **{ord(sign): f"\\{sign}" for sign in "&%$#_"},
    ord("\\"): r"\textbackslash",
    ord("~"): r"\textasciitilde",
    ord("^"): r"\textasciicircum",
}
_LATEX = UnicodeToLatexEncoder(
    conversion_rules=[UnicodeToLatexConversionRule(RULE_DICT, _COMMANDS)],
    unknown_char_policy="keep",
    unknown_char_warning=False,
)
#: Fields that LaTeX reads word for word.
_VERBATIM = frozenset({"url", "doi"})


class _Ris(rispy.RisWriter):  # type: ignore[misc]  # its package states no types
    """Writes no number before a record, which readers of RIS do not expect."""

    def set_header(self, count: int) -> str:  # noqa: ARG002  # the name and number of rispy's method
        """Return what stands before a record: nothing."""
        return ""


def as_csl(references: Iterable[Reference]) -> bytes:
    """Write CSL-JSON (https://docs.citationstyles.org)."""
    return json.dumps([_csl(each) for each in references], ensure_ascii=False, indent=1).encode()


def as_ris(references: Iterable[Reference]) -> bytes:
    """Write RIS, with the fields and order of rispy."""
    return str(rispy.dumps([_ris(each) for each in references], implementation=_Ris)).encode()


def as_bibtex(references: Iterable[Reference]) -> bytes:
    """Write BibTeX in UTF-8, in which what LaTeX would take for a command is escaped."""
    return str(write_string(Library(list({each.key: _bibtex(each) for each in references}.values())))).encode()


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
    people = [_person(author) for author in each.authors] + (["others"] if each.more_authors else [])
    fields = {"author": " and ".join(people)}
    said = {"title": each.title, "year": each.year, "url": each.address, "note": _note(each)}
    said |= {{"issue": "number"}.get(name, name): value for name, value in each.fields.items()}
    fields |= {name: _plain(value, latex=name not in _VERBATIM) for name, value in said.items()}
    kind = "article" if each.is_article else "misc"
    return Entry(kind, each.key, [Field(name, value, enclosing="{") for name, value in fields.items() if value])


def _person(author: Author) -> str:
    """Return a name that BibTeX does not divide itself: in braces unless it is a surname with initials."""
    family = _plain(author.family)
    is_whole = not author.given or "," in family or " and " in family
    return ", ".join(filter(None, (f"{{{family}}}" if is_whole else family, _plain(author.given))))


def _plain(text: str, *, latex: bool = True) -> str:
    """Return a text on one line without braces."""
    bare = " ".join(text.translate(_BRACES).split())
    return str(_LATEX.unicode_to_latex(bare)) if latex else bare


def _note(each: Reference) -> str:
    read = f"; read for cartkg: {each.read}" if each.read else ""
    return f"{each.kind}{read}"
