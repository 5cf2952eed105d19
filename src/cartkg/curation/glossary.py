"""A few letters or words in; the words of dossiers near them, by kind, in the spelling to write, out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from cartkg.curation.dossier import validator
from cartkg.curation.lexicon import kind_of, normal
from cartkg.curation.spelling import PARTS, TRIALS, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartkg.curation.lexicon import Lexicon
    from cartkg.curation.scores import Scales

#: Most things named of one kind, and other names of one thing.
_MOST, _OTHERS = 8, 4
_NUMBER = re.compile(r"^[A-Z][A-Za-z-]*\d{8,}$")


@dataclass(frozen=True, slots=True)
class Near:
    """One thing whose name is near what was asked for.

    Attributes:
        kind: what it is, such as `measure`, and where its words stand.
        word: the name to write.
        others: other names for it, which can be written as well.
        span: of a score, its range in points; empty where no paper states one.
    """

    kind: str
    word: str
    others: tuple[str, ...] = ()
    span: str = ""


def near_words(text: str, lexicon: Lexicon, scales: Scales) -> Iterator[Near]:
    """Give what has a name near a text, by kind, nearest first; names that are like it before those that hold it."""
    names: dict[str, dict[str, str]] = {}
    for iri, words in lexicon.names.items():
        for word in words:
            names.setdefault(kind_of(iri) or "", {}).setdefault(word, iri)
    for part in PARTS:
        known = names.get(part.kind, {})
        found: dict[str, str] = {}
        for word in _near(text, known):
            found.setdefault(known[word], word)
        for iri, near in list(found.items())[:_MOST]:
            word = _number(lexicon.names[iri]) or near if part is TRIALS else near
            others = [each for each in lexicon.names[iri] if each != word]
            held = scales.of(iri) if part.kind == "criterion" else None
            where = f"{part.what} (data/ttl/shared/{part.file})"
            yield Near(where, word, tuple(others[:_OTHERS]), f"{held.describe()} points" if held else "")
    yield from (Near("statistic (for `stat`)", word) for word in _near(text, _statistics()))


def _number(names: Iterable[str]) -> str | None:
    """Give the number of a trial among its names; `trial_ids` takes numbers."""
    return next((name for name in names if _NUMBER.match(name)), None)


def _statistics() -> list[str]:
    """Give the words that the schema takes for `stat`."""
    schema = cast("dict[str, Any]", validator().schema)
    return [str(word) for word in schema["$defs"]["outcome"]["properties"]["stat"]["enum"]]


def _near(text: str, known: Iterable[str]) -> list[str]:
    words = list(known)
    asked = normal(text)
    whole = [word for word in words if normal(word) == asked]
    begun = sorted((word for word in words if f" {asked}" in f" {normal(word)}"), key=lambda word: (len(word), word))
    return list(dict.fromkeys([*whole, *nearest(text, words), *begun]))


def describe(found: Iterable[Near], text: str) -> Iterator[str]:
    """Write what is near as lines for people, each kind under its head."""
    head = ""
    for near in found:
        if near.kind != head:
            head = near.kind
            yield head
        more = [near.span, f"also {', '.join(f'`{each}`' for each in near.others)}" if near.others else ""]
        told = "; ".join(filter(None, more))
        yield f"  {near.word}{f'   ({told})' if told else ''}"
    if not head:
        yield f"no word is near `{text}`; all words stand in data/ttl/shared, and CONTRIBUTING says how to add one"
