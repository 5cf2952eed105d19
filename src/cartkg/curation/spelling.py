"""A word that the vocabulary lacks in; the words of it that were perhaps meant, and how to add a new one, out."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from cartkg.curation.lexicon import normal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.curation.lexicon import Lexicon

#: How alike two words are at least, from 0 to 1, so that one may have been meant for the other.
_ALIKE = 0.62
#: The same for numbers: of eleven signs one may be a slip.
_ALIKE_NUMBER = 0.9
#: Most words named in one message, and most looked at for it: several of them may name one thing.
_SHOWN, _MOST = 3, 6
_WORD = re.compile(r"[^\W_]+")
#: Words of the names of sites that say nothing of which one it is.
_SHARED = frozenset(
    re.findall(
        r"\w+",
        "affiliated and at center centers centre centres children china clinic clinical clinics college department "
        "faculty for france general germany health hospital hospitals in institute institution italy klinikum medical "
        "medicine national of research school sciences state the univ universitätsklinikum university usa",
    )
)


@dataclass(frozen=True, slots=True)
class Words:
    """One part of the vocabulary.

    Attributes:
        kind: its kind in the lexicon.
        what: what a word of it names, for messages.
        file: its file in `data/ttl/shared`.
    """

    kind: str
    what: str
    file: str


MEASURES = Words("criterion", "measure", "criteria.ttl")
EVENTS = Words("term", "adverse event", "adverse-events.ttl")
DISEASES = Words("disease", "disease", "diseases.ttl")
DRUGS = Words("drug", "drug", "drugs.ttl")
TARGETS = Words("target", "target", "targets.ttl")
UNITS = Words("unit", "unit", "units.ttl")
TRIALS = Words("trial", "trial", "trials.ttl")
SITES = Words("site", "site", "sites.ttl")
PRODUCTS = Words("product", "product", "products.ttl")
PARTS = (MEASURES, EVENTS, DISEASES, DRUGS, TARGETS, UNITS, SITES, TRIALS, PRODUCTS)


def nearest(word: str, known: Iterable[str], least: float = _ALIKE) -> list[str]:
    """Give the few words most like one, best first; none where nothing is like it.

    Args:
        word: what was written.
        known: what can be written.
        least: how alike a word must be, from 0 (not at all) to 1 (the same).

    Example:
        >>> nearest("MG ADL score", ["MG-ADL", "QMG", "MGC"])
        ['MG-ADL']
    """
    scored = sorted((-_likeness(word, each, least), each) for each in set(known))
    return [each for score, each in scored if -score >= least][:_MOST]


def _likeness(word: str, other: str, least: float) -> float:
    """Tell how alike two words are: letter by letter, or by the words they share, whichever is more."""
    mine, theirs = _WORD.findall(normal(word)), _WORD.findall(normal(other))
    common = set(mine) & set(theirs)
    shared = len("".join(common)) * 2 / (len("".join(mine)) + len("".join(theirs)) or 1)
    if common and len("".join(common)) > 1 and common in (set(mine), set(theirs)):
        shared = max(shared, least + shared / 10)  # one is the other with more words
    if len(word) > 2 and normal(other).startswith(normal(word)):  # noqa: PLR2004  # one or two letters begin many words
        shared = max(shared, least)
    matcher = SequenceMatcher(None, " ".join(mine), " ".join(theirs), autojunk=False)
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return min(shared, 1.0)
    return min(max(shared, matcher.ratio()), 1.0)


def meant(lexicon: Lexicon, words: Words, word: str) -> str:
    """Ask whether one of the nearest words was meant; empty when nothing is near."""
    entries = lexicon.by_word.get(words.kind, {})
    found: dict[str, str] = {}
    for near in _near_sites(word, entries) if words is SITES else nearest(word, entries, _least(words)):
        for entry in entries[near]:
            found.setdefault(entry.iri, lexicon.written[near])
    return ask(list(dict.fromkeys(found.values()))[:_SHOWN])


def _least(words: Words) -> float:
    return _ALIKE_NUMBER if words is TRIALS else _ALIKE


def _near_sites(word: str, known: Iterable[str]) -> list[str]:
    """Give the sites nearest to one by the words that tell sites apart: towns and proper names."""
    told: dict[str, list[str]] = {}
    for each in known:
        told.setdefault(_telling(each), []).append(each)
    return [each for near in nearest(_telling(word), told) if near for each in told[near]][:_MOST]


def _telling(site: str) -> str:
    return " ".join(part for part in _WORD.findall(normal(site)) if part not in _SHARED and part != "s")


def ask(near: list[str]) -> str:
    """Put the nearest words as a question; empty when there are none."""
    shown = [f"`{each}`" for each in near]
    return f"did you mean {' or '.join(filter(None, (', '.join(shown[:-1]), shown[-1])))}?" if shown else ""


def unknown(lexicon: Lexicon, words: Words, word: str) -> str:
    """Say that a word is not in the vocabulary, what may be meant, and how to add it."""
    file = f"data/ttl/shared/{words.file}"
    said = (
        f"`{word}` is no known {words.what}"
        if words in (MEASURES, EVENTS)
        else f"{words.what} `{word}` is not in {file}"
    )
    question = meant(lexicon, words, word)
    told = f"{said}; {question} If not," if question else f"{said}, nor anything like it; use a word of it, or"
    return (
        f"{told} add it in {file}: a known {words.what} by another name gets a `skos:altLabel`, "
        f"a new one a block like its neighbours there. More words: cartkg add --words {shlex.quote(word)}"
    )
