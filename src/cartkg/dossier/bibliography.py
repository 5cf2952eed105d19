"""Read what the form of a reference shows: years in DOIs, identifiers, pages, names of authors and journals."""

from __future__ import annotations

import re

#: Where addresses hold an identifier, by the field of a publication that states it.
IN_ADDRESSES = {
    "pmid": re.compile(r"pubmed\.ncbi\.nlm\.nih\.gov/([0-9]+)"),
    "pmcid": re.compile(r"/(PMC[0-9]+)", re.IGNORECASE),
    "doi": re.compile(r"/(10\.[0-9]{4,}/[^?#]+)"),
}
#: Where Springer Nature, Elsevier and others write the year into a DOI.
_DOI_YEAR = re.compile(r"/s[0-9]{5}-0([0-9]{2})-|/S[0-9]{4}-[0-9]{3}[0-9X]\(([0-9]{2})\)|[.-]20([0-9]{2})[.-]")
_CENTURY = 2000
_PAGES = re.compile(r"([A-Za-z]*)([0-9]+)[-\u2013]\1([0-9]+)")
_INITIALS = re.compile(r"(\w\. ?)+[\w'-]{2,}")
_TIME = re.compile(r"-([0-9]+)(d|wk|mo|yr)$")
_SMALL = frozenset({"of", "the", "in", "and", "for"})


def year_of_doi(doi: str) -> int | None:
    """Return the year that a publisher wrote into a DOI; None when it has none."""
    found = _DOI_YEAR.search(doi)
    return _CENTURY + int(next(filter(None, found.groups()))) if found else None


def identifier_in(address: str, field: str) -> str | None:
    """Return the identifier that an address contains.

    Args:
        address: the address of a page.
        field: which identifier: `pmid`, `pmcid` or `doi`.
    """
    found = IN_ADDRESSES[field].search(address)
    return found[1] if found else None


def backward_pages(pages: str) -> tuple[str, str] | None:
    """Return the first and the last page where the last comes before the first, and is not abbreviated; else None."""
    found = _PAGES.fullmatch(pages)
    if found and len(found[2]) == len(found[3]) and int(found[3]) < int(found[2]):
        return found[2], found[3]
    return None


def begins_with_initials(author: str) -> bool:
    """Return whether an author is written as on a visiting card (`F. Müller`), not as in a reference (`Müller F`)."""
    return _INITIALS.fullmatch(author) is not None


def named_time(row: str) -> tuple[str, str] | None:
    """Return number and unit of the time with which the id of a row ends (`doris-6mo`); None when it has none."""
    found = _TIME.search(row)
    return (found[1], {"yr": "a"}.get(found[2], found[2])) if found else None


def abbreviates(one: str, other: str) -> bool:
    """Return whether two names of a journal differ in abbreviations alone: `Nat Med`, `Nature Medicine`."""
    words, others = _words(one), _words(other)
    if len(words) < 2 or len(words) != len(others):  # noqa: PLR2004  # one word abbreviates nothing
        return one == other
    return all(a.startswith(b) or b.startswith(a) for a, b in zip(words, others, strict=True))


def _words(journal: str) -> list[str]:
    return [word for word in re.findall(r"[^\W_]+", journal.casefold()) if word not in _SMALL]
