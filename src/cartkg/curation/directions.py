"""A finding in, whether it speaks for or against the therapy out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.curation.facts import RDF_TYPE, Subject, term

if TYPE_CHECKING:
    from cartkg.curation.lexicon import Lexicon

_GOOD = frozenset({"resolved", "normalised", "improved", "recovered", "maintained"})
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
    if term("OutcomeFinding") not in kinds or better == "notOrdered":
        return "neutral"
    upwards = better == "higherIsBetter"
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
        moved = -float(value) if "fold fall" in told else float(value)
        gain = moved if upwards or "improvement" in told or "better" in told else -moved
        return "supports" if gain > 0 else ("refutes" if gain < 0 else "neutral")
    return _in_words(target, upwards=upwards)


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
    return "refutes" if result == "worsened" else "neutral"
