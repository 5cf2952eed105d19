"""Words most like one that is not known, for "did you mean"."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: How alike two words must be, from 0 (nothing in common) to 1 (the same), and how many are offered.
_ALIKE = 0.62
_SHOWN = 3
#: Shorter words are too often one letter from another word; longer texts are no words.
_SHORTEST, _LONGEST = 4, 200
#: What joins the parts of a word; beside a digit or a sign it has a meaning of its own.
_JOINT = re.compile(r"(?<=[^\W\d_])[ _-]+(?=[^\W\d_])")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Return a text in lower case, without accents, punctuation as spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign))
    return " ".join(kept.split())


def suggest(word: str, known: Iterable[str], most: int = _SHOWN) -> list[str]:
    """Return the known words most like one, best first; none when nothing is like it.

    Case, accents and punctuation count only between words that are equally like it otherwise.

    Args:
        word: what was written.
        known: what can be written.
        most: how many are wanted.

    Example:
        >>> suggest("sledai2k", ["sledai-2k", "qmg", "mgc"])
        ['sledai-2k']
        >>> suggest("cohrt", ["Cohort", "cohort"])
        ['cohort', 'Cohort']
    """
    mine = fold(word)
    scored = ((_likeness(mine, fold(each)), each) for each in set(known))
    near = [(-score, -SequenceMatcher(None, word, each).ratio(), each) for score, each in scored if score >= _ALIKE]
    return [each for _, _, each in sorted(near)[:most]]


def _likeness(mine: str, other: str) -> float:
    if mine and set(mine.split()) <= set(other.split()):
        return max(_ALIKE, len(mine) / max(len(other), 1))
    matcher = SequenceMatcher(None, mine, other, autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0.0
    return matcher.ratio()


def question(words: list[str]) -> str:
    """Return "; did you mean `a` or `b`?" for the words given, or an empty text.

    Example:
        >>> question(["met", "not-met"])
        '; did you mean `met` or `not-met`?'
    """
    shown = [f"`{word}`" for word in words]
    if not shown:
        return ""
    return f"; did you mean {' or '.join(filter(None, (', '.join(shown[:-1]), shown[-1])))}?"


@dataclass(frozen=True, slots=True)
class Spellings:
    """Known words, with an index by which a misspelt one is looked up in time that does not grow with their number."""

    _by_variant: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, known: Iterable[str]) -> Spellings:
        """Make the index."""
        found: dict[str, set[str]] = defaultdict(set)
        for word in known:
            for variant in _variants(_key(word)):
                found[variant].add(word)
        return cls({variant: frozenset(words) for variant, words in found.items()})

    def meant(self, word: str) -> list[str]:
        """Return the known words that one is a slip of, sorted: the others differ by more than a slip.

        A slip is another case, another joint between parts (`_`, `-`, a space), or one small letter that is wrong,
        missing, doubled or swapped with the next. The first letter, digits and capitals tell words apart (`typical`
        and `atypical`, `arm1` and `arm2`, `TypeI` and `TypeII`). Case and joints come before letters.

        Example:
            >>> Spellings.of(["startDate", "endDate"]).meant("start_date")
            ['startDate']
            >>> Spellings.of(["typical", "grade 2"]).meant("atypical")
            []
        """
        key = _key(word)
        near = {each for variant in _variants(key) for each in self._by_variant.get(variant, ())} - {word}
        same = sorted(each for each in near if _key(each) == key)
        return same or sorted(each for each in near if _is_slip(word, each))


def _key(word: str) -> str:
    """Return a word without what its writers are free in: case, joints and accents."""
    plain = unicodedata.normalize("NFKD", _JOINT.sub("", word).casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def _variants(key: str) -> Iterator[str]:
    """Return a key, and each text that it becomes without one of its letters: two that are one slip apart share one."""
    yield key
    if _SHORTEST <= len(key) <= _LONGEST:
        for at in range(len(key)):
            yield key[:at] + key[at + 1 :]


def _is_slip(word: str, other: str) -> bool:
    """Return whether two words, with keys that are not the same, are one small letter apart behind the first one."""
    first, second = _key(word), _key(other)
    if min(len(first), len(second)) < _SHORTEST:
        return False
    start = next((at for at, (one, two) in enumerate(zip(first, second, strict=False)) if one != two), None)
    start = min(len(first), len(second)) if start is None else start
    end = 0
    while end < min(len(first), len(second)) - start and first[-1 - end] == second[-1 - end]:
        end += 1
    here, there = first[start : len(first) - end], second[start : len(second) - end]
    swapped = len(here) == 2 and here == there[::-1]  # noqa: PLR2004  # two letters
    if not start or not (swapped or max(len(here), len(there)) == 1) or not f"{here}{there}".isalpha():
        return False
    one, two = Counter(_JOINT.sub("", word)), Counter(_JOINT.sub("", other))
    return all(sign.islower() for sign in (one - two) + (two - one))
