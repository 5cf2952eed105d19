"""Names in any spelling in, what all their spellings share out: whole names as keys, and words for the index.

Accents, umlauts (Müller, Mueller), hyphens (KYV-101, KYV101), case, and British or American spelling do not count.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from cartkg.nearest import fold, spelling

#: Words of a search that are looked for, and characters of a search.
MOST_WORDS, MOST_CHARACTERS = 8, 200
_TWO = 2
_PARTS = re.compile(r"[a-z]+|\d+|[^a-z\d\s]+")
_BRITISH = (
    (re.compile(r"[ao]e"), "e"),  # haemophilia, oedema, paediatric
    (re.compile(r"our"), "or"),  # tumour
    (re.compile(r"is(e|es|ed|er|ing|ation|ations)$"), r"iz\1"),  # randomised
    (re.compile(r"(?<=[bt])re$"), "er"),  # centre, fibre
)
_UMLAUT = re.compile(r"([aou])e")
#: Words that searchers use for one another.
_SAME = (("child", "children", "childhood", "pediatric", "juvenile"), ("adolescent", "adolescents", "teenager"))
_SHARED = {word: group[0] for group in _SAME for word in group}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a search: each of its spellings is a list of words of the index that must all be there."""

    spellings: tuple[tuple[str, ...], ...]


def keys(name: str) -> tuple[str, ...]:
    """Return what a whole name is found by, whatever its spelling; none for a name without letters and digits.

    Example:
        >>> keys("Haemophilia A"), keys("KYV-101") == keys("kyv101")
        (('hamophiliaa', 'hemophiliaa'), True)
    """
    american = spelling(" ".join(_american(word) for word in fold(name).split()))
    return tuple(sorted({key for key in (spelling(name), american) if key}))


def words(text: str) -> set[str]:
    """Return the words under which a text is indexed, in all their spellings.

    Example:
        >>> sorted(words("KYV-101"))
        ['101', 'kyv', 'kyv101']
    """
    return {each for word in _split(text) for way in _ways(word) for each in way}


def searched(text: str) -> list[Word]:
    """Return the words of a search, each with its spellings; further words than `MOST_WORDS` are left out."""
    found = dict.fromkeys(word for word in _split(text) if fold(word))
    return [Word(_ways(word)) for word in list(found)[:MOST_WORDS]]


def _split(text: str) -> list[str]:
    """Return the words between spaces; a composed letter stays one sign."""
    return unicodedata.normalize("NFC", text).split()


@lru_cache(maxsize=8192)  # an index has each word many times
def _ways(word: str) -> tuple[tuple[str, ...], ...]:
    """Return the ways to write a word: joined, and in its parts at hyphens and at digits."""
    folded = fold(word)
    joined, parts = folded.replace(" ", ""), folded.split()
    split = [part for each in parts for part in _PARTS.findall(each)]
    found: list[tuple[str, ...]] = [(spelt,) for spelt in sorted(_spellings(joined))]
    for several in (parts, split):
        if len(several) >= _TWO:
            found += [tuple(_umlautless(part) for part in several), tuple(_american(part) for part in several)]
    return tuple(dict.fromkeys(way for way in found if all(way)))


def _spellings(word: str) -> set[str]:
    """Return a word of letters and digits as it is, without umlauts, in American spelling, and in the singular."""
    american = _american(word)
    found = {word, _umlautless(word), american}
    found |= {each[:-1] for each in found if len(each) > _TWO + _TWO and each.endswith("s")}
    shared = {_SHARED[each] for each in found if each in _SHARED}
    return {each for each in found | shared if each}


def _umlautless(word: str) -> str:
    return _UMLAUT.sub(r"\1", word)


def _american(word: str) -> str:
    for british, american in _BRITISH:
        word = british.sub(american, word)
    return word
