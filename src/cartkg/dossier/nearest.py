"""Words most like one that is not known, for "did you mean"."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: How alike two words must be, from 0 to 1, and how many are offered.
_ALIKE = 0.62
_SHOWN = 3


def fold(text: str) -> str:
    """Return a text in lower case, without accents, punctuation as spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign))
    return " ".join(kept.split())


def nearest(word: str, known: Iterable[str], least: float = _ALIKE) -> list[str]:
    """Return up to three known words most like one, best first; none when nothing is like it.

    Args:
        word: what was written.
        known: what can be written.
        least: how alike a word must be, from 0 (nothing in common) to 1 (the same).

    Example:
        >>> nearest("sledai2k", ["sledai-2k", "qmg", "mgc"])
        ['sledai-2k']
    """
    mine = fold(word)
    scored = sorted((-_likeness(mine, fold(each), least), each) for each in set(known))
    return [each for score, each in scored[:_SHOWN] if -score >= least]


def _likeness(mine: str, other: str, least: float) -> float:
    if mine and set(mine.split()) <= set(other.split()):
        return max(least, len(mine) / max(len(other), 1))
    matcher = SequenceMatcher(None, mine, other, autojunk=False)
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
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
