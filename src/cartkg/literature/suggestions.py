"""What words on results, times and doses may mean: patterns over prose, whose results are proposals, never facts.

A result that is better for the patient is proposed only when every word of the phrase is known; one unknown word, one
negation or one hedge is enough for `described`. A wrong proposal of "described" costs a person a few seconds, a wrong
proposal of "improved" costs trust.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.nearest import fold

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

DESCRIBED = "described"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Longest phrase that is read; a longer one tells a course.
_LONGEST = 200
#: Words of a result, what they propose, and what their negation proposes.
_RESULTS = (
    ("improve improved improves improving improvement better gain gains gained", "improved", "not-improved"),
    (
        "resolve resolved resolves resolution resolving gone disappear disappeared vanished cleared regressed",
        "resolved",
        "not-resolved",
    ),
    ("normal normalise normalised normalize normalized normalisation", "normalised", "not-normalised"),
    ("recover recovered recovers recovery", "recovered", "not-recovered"),
    ("maintain maintained sustain sustained kept held", "maintained", "lost"),
    ("meet met reach reached achieve achieved attain attained fulfilled", "met", "not-met"),
    ("worsen worsened worse progressed deteriorated", "worsened", DESCRIBED),
    ("unchanged stable", "unchanged", DESCRIBED),
    ("lost relapsed", "lost", DESCRIBED),
    ("stopped discontinued withdrawn off", "stopped", DESCRIBED),
    ("tapered", "reduced", DESCRIBED),
    ("absent undetectable eliminated depleted", "absent", DESCRIBED),
    ("negative", "negative", DESCRIBED),
    ("positive", "positive", DESCRIBED),
    ("fell fall falls decreased dropped declined", "decreased", DESCRIBED),
    ("rose rise rises increased", "increased", DESCRIBED),
)
_BY_WORD = {word: (plain, denied) for words, plain, denied in _RESULTS for word in words.split()}
#: Words that turn a result round, or leave open whether it holds.
_NEGATIONS = _set(
    "no not never none nobody neither nor without cannot "
    "cant didnt doesnt wasnt werent hasnt hadnt isnt arent dont wont "  # codespell:ignore
    "fail failed fails failing failure lack lacked lacking lacks unable absence non hardly barely scarcely "
    "loss loses losing lose ceased"
)
#: Words that tell nothing of the result.
_PLAIN = _set(
    "a an the in of by to at on and as it its all every each both everyone everybody patient patients person people "
    "case cases had has have was were is are been became become did does with within after over from for their his "
    "her score scores level levels value values index activity clinically clinical clear clearly significant "
    "significantly complete completely fully total totally returned went stayed remained month months week weeks "
    "day days year years last visit follow up whole observation time period disease symptom symptoms organ"
)
_NUMBERS = _set("one two three four five six seven eight nine ten eleven twelve")
_UNITS = _set("month months week weeks day days year years")
_APOSTROPHES = str.maketrans("", "", "'\u2019\u02bc")
#: Signs between clauses: a second clause may take back what the first one says.
_CLAUSES = re.compile(r"[;:()\[\]?/]|\.\s|,")
_COMPARATORS = (
    (re.compile(r"\b(?:at most|up to|or less|or fewer)\b"), "at-most"),
    (re.compile(r"\b(?:at least|or more|or higher)\b"), "at-least"),
    (re.compile(r"\b(?:more than|over|above)\b"), "more-than"),
    (re.compile(r"\b(?:less than|fewer than|below|under)\b"), "less-than"),
    (re.compile(r"\b(?:about|nearly|almost|roughly|approximately)\b"), "about"),
)
_SPAN = re.compile(r"(\d+(?:\.\d+)?) ?(?:to|-|\u2013) ?(\d+(?:\.\d+)?) (\w+)")
_POINT = re.compile(r"(?:at |after |by |month |week |day )?(\d+(?:\.\d+)?) (\w+)")
_DAY = re.compile(r"-?\d+")
_DAY_RANGE = re.compile(r"days? (-?\d+) (?:to|through) (-?\d+)")
_DAY_LIST = re.compile(r"days? -?\d+(?:(?:,| and|, and) -?\d+)*")
_DOSE = re.compile(r"(\d+(?:\.\d+)?(?:[eE]\d+)?)(?:\s+|(?=[a-zA-Z%]))([^\s,;]+(?: per [^\s,;]+)*)?")
_GRADE = re.compile(r"(?:grades? )?([0-5])(?: ?(?:-|\u2013|to|or) ?([0-5]|more|higher|above))?( only)?")
_TIME_WORDS = {
    "baseline": "baseline",
    "before treatment": "baseline",
    "last follow up": "last-follow-up",
    "last visit": "last-follow-up",
    "over follow up": "over-follow-up",
    "median follow up": "median-follow-up",
    "data cut off": "data-cut-off",
}
_SEVERITIES = {
    "mild": "mild",
    "moderate": "moderate",
    "severe": "severe",
    "serious": "serious",
    "fatal": "fatal",
    "low": "low-grade",
    "low grade": "low-grade",
    "high": "high-grade",
    "high grade": "high-grade",
    "mild to moderate": "mild-to-moderate",
    "moderate or higher": "moderate-or-higher",
}
_HIGHEST_GRADE = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a phrase may say of a result.

    Attributes:
        result: a word of the list `Result`; `described` when the phrase is not understood.
        denied: whether a word of it negates.
    """

    result: str
    denied: bool = False


def suggest_result(words: str, known: AbstractSet[str] = frozenset()) -> Suggestion:
    """Return what a phrase may say of a result.

    Args:
        words: the phrase.
        known: words that name the measure or the patients, in small letters: they say nothing of the result.

    Example:
        >>> suggest_result("improved in all patients").result
        'improved'
        >>> suggest_result("no improvement").result
        'not-improved'
        >>> suggest_result("remission was not maintained", {"remission"}).result
        'lost'
    """
    tokens = fold(words.translate(_APOSTROPHES)).split() if len(words) <= _LONGEST else []
    denials = [token for token in tokens if token in _NEGATIONS]
    results = {_BY_WORD[token] for token in tokens if token in _BY_WORD}
    strange = [token for place, token in enumerate(tokens) if not _is_known(tokens, place, known)]
    if len(results) != 1 or _CLAUSES.search(words.strip().rstrip(".")) or len(denials) > 1:
        return Suggestion(DESCRIBED, bool(denials))
    ((plain, denied),) = results
    if denials:
        return Suggestion(DESCRIBED if strange else denied, denied=True)
    if plain in ("lost", "worsened") and not strange:
        return Suggestion(plain, denied=True)
    return Suggestion(DESCRIBED if strange else plain)


def _is_known(tokens: Sequence[str], place: int, known: AbstractSet[str]) -> bool:
    """Return whether a word is understood; a number is where it counts time or all patients, not some of them."""
    token = tokens[place]
    if token in _NUMBERS or token.isdigit():
        before, after = tokens[place - 1] if place else "", tokens[place + 1] if place + 1 < len(tokens) else ""
        return before == "all" or before in _UNITS or after in _UNITS
    return token in _BY_WORD or token in _NEGATIONS or token in _PLAIN or token in known


def is_denied(words: str) -> bool:
    """Return whether words deny anything."""
    return not _NEGATIONS.isdisjoint(fold(words.translate(_APOSTROPHES)).split())


def suggest_comparator(words: str) -> str | None:
    """Return the comparator that words beside a number name; None when they name none."""
    said = words.casefold()
    return next((word for pattern, word in _COMPARATORS if pattern.search(said)), None)


@dataclass(frozen=True, slots=True)
class StatedTime:
    """The time that some words give.

    Attributes:
        word: a word of the list `TimeWord`, where there is no number.
        low: the time, or the start of a span.
        high: the end of a span.
        unit: the word of the unit.
    """

    word: str | None = None
    low: str | None = None
    high: str | None = None
    unit: str | None = None


def suggest_time(words: str) -> StatedTime | None:
    """Return the time that words name; None when they name none that is understood.

    Example:
        >>> suggest_time("3 to 6 months")
        StatedTime(word=None, low='3', high='6', unit='months')
    """
    plain = words.strip().casefold()
    if (word := _TIME_WORDS.get(fold(plain))) is not None:
        return StatedTime(word)
    if match := _SPAN.fullmatch(plain):
        return StatedTime(None, match[1], match[2], match[3])
    if match := _POINT.fullmatch(plain):
        return StatedTime(None, match[1], None, match[2])
    return None


def suggest_days(schedule: str) -> tuple[int, ...] | None:
    """Return the days that a schedule lists, first and last of a range; None when it is not such a list.

    Example:
        >>> suggest_days("days -5 to -3"), suggest_days("days -5, -4, -3"), suggest_days("twice daily")
        ((-5, -4, -3), (-5, -4, -3), None)
    """
    plain = schedule.strip().casefold().replace("\u2212", "-")
    if match := _DAY_RANGE.fullmatch(plain):
        first, last = int(match[1][:4]), int(match[2][:4])
        return tuple(range(first, last + 1)) if first <= last else None
    if _DAY_LIST.fullmatch(plain):
        return tuple(sorted({int(day[:4]) for day in _DAY.findall(plain)}))
    return None


def suggest_dose(words: str) -> tuple[str, str, str] | None:
    """Return number, unit and what is left of a printed dose; None when it does not begin with a number.

    Example:
        >>> suggest_dose("300 mg/m2/day, 3 days")
        ('300', 'mg/m2/day', ', 3 days')
    """
    match = _DOSE.match(words.strip())
    return (match[1], match[2] or "", words.strip()[match.end() :]) if match else None


@dataclass(frozen=True, slots=True)
class GradeRange:
    """A grade of an adverse event: bounds, or a word."""

    low: int | None = None
    high: int | None = None
    words: str | None = None
    any: bool = False


def suggest_grade(words: str) -> GradeRange | None:
    """Return the grade that words name; None when they name none that is understood.

    Example:
        >>> suggest_grade("3 or higher"), suggest_grade("1-2")
        (GradeRange(low=3, high=5, words=None, any=False), GradeRange(low=1, high=2, words=None, any=False))
    """
    plain = words.strip().casefold()
    if plain in ("any", "all", "all grades", "any grade"):
        return GradeRange(any=True)
    if (word := _SEVERITIES.get(fold(plain))) is not None:
        return GradeRange(words=word)
    if match := _GRADE.fullmatch(plain):
        low, upper = int(match[1]), match[2]
        high = low if upper is None else (int(upper) if upper.isdigit() else _HIGHEST_GRADE)
        return GradeRange(low, high) if low <= high else None
    return None
