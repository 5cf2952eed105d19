"""Words most like one that is not known, for "did you mean"."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: How alike two words must be, from 0 (nothing in common) to 1 (the same), and how many are offered.
_ALIKE = 0.62
_SHOWN = 3


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
