"""Name things for people: what is stated about a thing in, one name out, without keys or codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.namespaces import BASE
from cartkg.nearest import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What a curator adds to the description of a page in parentheses, or after a semicolon or colon.
_ADDED = re.compile(r"\s*[(;:].*\Z", re.DOTALL)
_LONGEST = 90
_TURNED = re.compile(r"[,(\[]| - ")
_MOST_NAMES = 4


def name_of_source(described: str, levels: Iterable[str] = ()) -> str:
    """Name a page that was read: what it is, and how much of it was read where that is stated.

    Args:
        described: the curator's description of the page.
        levels: names of the read levels of the claims that were read in it.

    Example:
        >>> name_of_source("copy of the PubMed page (title, date, DOI)", ["abstract in part"])
        'copy of the PubMed page, abstract read in part'
    """
    what = _ADDED.sub("", described).strip() or described.strip()
    read = [_READ.get(level, f"read: {level}") for level in sorted(set(levels))]
    return ", ".join([_cut(what), *read])


def other_names(label: str, names: Iterable[str]) -> list[str]:
    """Return the names that a reader may know a thing by, abbreviations first, each spelling once.

    Left out is what a catalogue makes of the label: longer forms of it, and names turned around with a comma or with
    a part in brackets.
    """
    found: dict[str, str] = {}
    for name in sorted(names):
        if fold(label) not in fold(name) and not _TURNED.search(name):
            found.setdefault(fold(name), name)
    return sorted(found.values(), key=lambda name: (len(name), name))[:_MOST_NAMES]


def name_without_label(iri: str) -> str:
    """Name a thing that has no label: what it is and the last part of its IRI, in words.

    Example:
        >>> name_without_label("https://w3id.org/cartkg/difference/sledai-2k/yee-2011/with-more-treatment")
        'difference: with more treatment'
    """
    words = words_of(iri)
    kind, slash, rest = iri.removeprefix(BASE).partition("/")
    if not iri.startswith(BASE) or not slash or not rest:
        return words
    return f"{kind.replace('-', ' ')}: {words}"


def words_of(iri: str) -> str:
    """Return the end of an IRI as words."""
    tail = re.split(r"[#/]", iri.rstrip("/#"))[-1]
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[-_]+", " ", tail).strip() or iri


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rsplit(' ', 1)[0]}…"


#: Read level as the graph names it -> how it is said of a page.
_READ = {
    "abstract in part": "abstract read in part",
    "whole abstract": "whole abstract read",
    "page in part": "read in part",
    "whole page": "read whole",
    "congress abstract read": "congress abstract read",
    "registry entry read": "registry entry read",
    "secondary summaries": "summaries by others read",
    "press only": "press",
    "citation only": "citation read only",
    "read level not stated": "extent of reading not stated",
}
