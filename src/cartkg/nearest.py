"""Words that are spelt like one, or most like one that is not known, for searches and "did you mean"."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: How alike two words must be, from 0 (nothing in common) to 1 (the same), and how many are offered.
_ALIKE = 0.62
_SHOWN = 3
#: Shorter words are too often one letter from another word; longer texts are not words.
_SHORTEST, _LONGEST = 4, 200  # characters
#: What joins the parts of a word; beside a digit or a sign it has a meaning of its own.
_JOINT = re.compile(r"(?<=[^\W\d_])[ _-]+(?=[^\W\d_])")


#: Letters that Unicode does not take apart into a plain letter and a sign.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
    }
)
#: Lower-case letters of Latin scripts beyond ASCII.
_LATIN = (range(0xDF, 0x250), range(0x1E00, 0x1F00))
_MARKS = "[\u0300-\u036f]*"
#: Signs one by one, several s at once.
_RUNS = re.compile(r"s{2,}|.", re.DOTALL)
_HYPHENS = "\\-\u2010-\u2015\u2212"
#: Longer words are looked for as they are written, in characters.
_LONGEST_SPELT = 60


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Return a text in lower case, without accents, punctuation as spaces.

    Example:
        >>> fold("Łukasz Sørensen-Strauß")
        'lukasz sorensen strauss'
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    kept = "".join(sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign))
    return " ".join(kept.split())


def spelling(text: str) -> str:
    """Return what all spellings of a name share: `fold` without spaces, and umlauts without the e that stands for them.

    Example:
        >>> spelling("KYV101") == spelling("KYV-101"), spelling("Mueller") == spelling("Müller")
        (True, True)
    """
    return re.sub(r"([aou])e", r"\1", fold(text)).replace(" ", "")


def spellings(word: str) -> str:
    """Return a regular expression for a word in lower case, with all its spellings, as SPARQL and Python read it.

    Accents and umlauts do not count, written as letters too (Müller, Mueller, Muller; Strauß, Strauss; Sørensen), nor
    do hyphens (KYV-101, KYV101, KYV 101).

    Example:
        >>> [bool(re.search(spellings(word), "müller kyv-101")) for word in ("mueller", "muller", "kyv101", "mular")]
        [True, True, True, False]
    """
    if len(word) > _LONGEST_SPELT:
        return "".join(map(_literally, word))
    plain = _plain()
    text = "".join(plain.get(sign, sign) for sign in word if not "\u0300" <= sign <= "\u036f")
    found: list[str] = []
    before = " "
    for run in _RUNS.findall(text):
        if run != "e" or before not in "aou":
            found += [*_between(before, run[0]), _many(len(run)) if len(run) > 1 else _one(run)]
        before = run[-1]
    return "".join(found) or "".join(map(_literally, word))


def _between(before: str, sign: str) -> list[str]:
    """Return what may stand between two letters: a hyphen, at numbers a space too."""
    if not (before.isalnum() and sign.isalnum()):
        return []
    return [f"[{_HYPHENS}\\s]?" if before.isdigit() != sign.isdigit() else f"[{_HYPHENS}]?"]


def _many(count: int) -> str:
    """Return what stands for several s, each two of which may be written ß."""
    return f"([sß{_accented()['s']}]{_MARKS}[{_HYPHENS}]?){{{(count + 1) // 2},{count}}}"


def _one(sign: str) -> str:
    if sign in "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212":
        return f"[{_HYPHENS}\\s\u0300-\u036f]*"
    if not ("a" <= sign <= "z"):
        return f"{_literally(sign)}{_MARKS}"
    same = f"[{sign}{_accented()[sign]}]{_MARKS}"
    return f"{same}({_one('e')})?" if sign in "aou" else same


def _literally(sign: str) -> str:
    return f"\\{sign}" if sign in "\\.?*+(){}[]^$|" else sign


@lru_cache(maxsize=1)
def _plain() -> dict[str, str]:
    """Return small letters with signs, and two in one, with what is written for them without."""
    signs = (chr(code) for code in chain(*_LATIN))
    known = {sign: fold(sign) for sign in signs if sign == sign.lower()}
    return {
        sign: plain
        for sign, plain in known.items()
        if plain.isascii() and ((len(plain) == 1 and plain.isalpha()) or plain in {"ae", "oe", "ss"})
    }


@lru_cache(maxsize=1)
def _accented() -> dict[str, str]:
    """Return the letters that are a plain one with a sign, by the plain one; of two in one, by the first."""
    found = {chr(code): "" for code in range(ord("a"), ord("z") + 1)}
    for sign, plain in _plain().items():
        found[plain[0]] += sign if plain != "ss" else ""
    return found


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
