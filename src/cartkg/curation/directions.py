"""A finding in, whether it speaks for or against the therapy out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.curation.facts import RDF_TYPE, Subject, term

if TYPE_CHECKING:
    from cartkg.curation.lexicon import Lexicon

_GOOD = frozenset({"resolved", "normalised", "improved", "recovered", "maintained"})
#: Results that are good news whatever the measure; a thing that is gone is so only where it was seen as an illness.
_GETTING_WELL = frozenset({"improved", "normalised", "resolved"})
#: A number of this unit is the size of a fall: "4 fold fall".
_FALL = re.compile(r"\bfall\b")
#: Words by which everybody reached what is good to reach.
_MET = re.compile(r"^(?:reached|met) by all\b|^all immunosuppress\w+ .*\bstopped\b")
_LEVELS = frozenset({"ScoreMeasure", "PatientReportedMeasure"})
_HALF = 0.5
_SEVERE = 3


def direction_of(target: Subject, lexicon: Lexicon) -> str:
    """Tell whether a result speaks for or against the therapy: supports, refutes or neutral.

    A characteristic, a treatment element and a result in words that say several things are neutral. A count supports
    when at least half reach something good or nobody meets something bad; harm below grade 3 is neutral.
    """
    kinds = target.texts(RDF_TYPE)
    if term("SafetyFinding") in kinds:
        return _harm(target)
    better = lexicon.directions.get(target.one(term("measure")) or "", "notOrdered")
    if term("OutcomeFinding") not in kinds:
        return "neutral"
    if better == "notOrdered":
        return _unordered(target, lexicon)
    return _ordered(target, lexicon, upwards=better == "higherIsBetter")


def _ordered(target: Subject, lexicon: Lexicon, *, upwards: bool) -> str:
    """Tell the direction of a result on a measure of which more, or less, is better."""
    share = _share(target)
    if share is not None and (not upwards) and _counts_gain(target, lexicon):
        return "supports" if share >= _HALF else "neutral"
    if share is not None:
        bad = share == 0 if upwards else share >= _HALF
        good = share >= _HALF if upwards else share == 0
        return "supports" if good else ("refutes" if bad else "neutral")
    value, change = target.one(term("value")), target.one(term("quantityKind"))
    if value is not None and change and not change.endswith("absolute"):
        told = " ".join(target.texts(term("unitText")))
        fell = -float(value) if _FALL.search(told) else float(value)
        gain = fell if upwards or "improvement" in told or "better" in told else -fell
        return "supports" if gain > 0 else ("refutes" if gain < 0 else "neutral")
    return _in_words(target, upwards=upwards)


def _unordered(target: Subject, lexicon: Lexicon) -> str:
    """Tell the direction of a result in words on a measure without better and worse: a picture that cleared is good."""
    result = (target.one(term("resultKind")) or "").rpartition("#")[2]
    pictured = "ImagingMeasure" in lexicon.classes.get(target.one(term("measure")) or "", set())
    good = _GETTING_WELL if pictured else _GETTING_WELL - {"resolved"}
    return "supports" if result in good and target.one(term("numerator")) is None else "neutral"


def _harm(target: Subject) -> str:
    if target.one(term("numerator")) == "0":
        return "supports"
    return "refutes" if int(target.one(term("gradeLow")) or 0) >= _SEVERE else "neutral"


def _share(target: Subject) -> float | None:
    numerator, denominator = target.one(term("numerator")), target.one(term("denominator"))
    if numerator is None or denominator in (None, "0"):
        return None
    return int(numerator) / int(denominator or 1)


def _counts_gain(target: Subject, lexicon: Lexicon) -> bool:
    """Tell whether a count on something that should be low counts those who got better, by its words or measure."""
    result = (target.one(term("resultKind")) or "").rpartition("#")[2]
    scored = bool(lexicon.classes.get(target.one(term("measure")) or "", set()) & _LEVELS)
    return result in _GOOD or result == "absent" or scored


def _in_words(target: Subject, *, upwards: bool) -> str:
    result = (target.one(term("resultKind")) or "").rpartition("#")[2]
    if result in _GOOD or (result == "absent" and not upwards):
        return "supports"
    if upwards and _MET.search(" ".join(target.texts(term("resultText")))):
        return "supports"
    return "refutes" if result == "worsened" else "neutral"
