"""A finding in, whether it speaks for or against the therapy out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.curation.amounts import result_kind
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
#: A measure that has no better end; its words alone say which way a patient went.
_COURSE = "/clinical-course"
_DEATH = re.compile(r"/term/(?:[a-z-]+-)?death(?:-|$)")
_HALF = 0.5
_LEVEL = (None, term("absolute"))
_SEVERE = 3


def direction_of(target: Subject, lexicon: Lexicon) -> str:
    """Tell whether a result speaks for or against the therapy: supports, refutes or neutral.

    A characteristic, a treatment element and a result in words that say several things are neutral. A count supports
    when at least half reach something good or nobody meets something bad; harm below grade 3 is neutral.
    """
    kinds = target.texts(RDF_TYPE)
    if term("SafetyFinding") in kinds:
        return _harm(target)
    if term("OutcomeFinding") not in kinds:
        return "neutral"
    better = lexicon.directions.get(target.one(term("measure")) or "", "notOrdered")
    if better == "notOrdered":
        course = (target.one(term("measure")) or "").endswith(_COURSE)
        return "supports" if course and _improved(target) else _unordered(target, lexicon)
    upwards = better == "higherIsBetter"
    share = _share(target, lexicon)
    if share is not None:
        return _by_share(share, upwards=upwards or _counts_gain(target, lexicon), gain=not upwards)
    return _by_value(target, upwards=upwards) or _in_words(target, upwards=upwards)


def _by_share(share: float, *, upwards: bool, gain: bool) -> str:
    """Judge a share; where it counts who got better on something that should be low, few of them are no harm."""
    bad = share == 0 if upwards else share >= _HALF
    good = share >= _HALF if upwards else share == 0
    if upwards and gain:
        bad = False
    return "supports" if good else ("refutes" if bad else "neutral")


def _by_value(target: Subject, *, upwards: bool) -> str | None:
    """Judge a change by its sign, and a level by the baseline it is told with; None for a level alone."""
    value, change = target.one(term("value")), target.one(term("quantityKind"))
    if value is None:
        return None
    before = target.one(term("baselineValue"))
    if change and not change.endswith("absolute"):
        told = " ".join(target.texts(term("unitText")))
        fell = -float(value) if _FALL.search(told) else float(value)
        gain = fell if upwards or "improvement" in told or "better" in told else -fell
        return "supports" if gain > 0 else ("refutes" if gain < 0 else "neutral")
    if before is not None and value != before:
        return "supports" if (float(value) > float(before)) == upwards else "refutes"
    return None


def _unordered(target: Subject, lexicon: Lexicon) -> str:
    """Tell the direction of a result in words on a measure without better and worse: a picture that cleared is good."""
    result = (target.one(term("resultKind")) or "").rpartition("#")[2]
    pictured = "ImagingMeasure" in lexicon.classes.get(target.one(term("measure")) or "", set())
    good = _GETTING_WELL if pictured else _GETTING_WELL - {"resolved"}
    return "supports" if result in good and target.one(term("numerator")) is None else "neutral"


def _harm(target: Subject) -> str:
    numerator = target.one(term("numerator"))
    if numerator == "0":
        return "supports"
    if numerator is not None and _DEATH.search(target.one(term("measure")) or ""):
        return "refutes"  # grade 5 of CTCAE, whether or not the row gives the grade
    return "refutes" if int(target.one(term("gradeLow")) or 0) >= _SEVERE else "neutral"


def _share(target: Subject, lexicon: Lexicon) -> float | None:
    """Give the share of patients, also of one printed in per cent alone; None for a level of a score or of cells."""
    numerator, denominator = target.one(term("numerator")), target.one(term("denominator"))
    if numerator is not None and denominator not in (None, "0"):
        return int(numerator) / int(denominator or 1)
    value = target.one(term("value"))
    counted = any(
        name.endswith("Criterion") or name == "EventMeasure"
        for name in lexicon.classes.get(target.one(term("measure")) or "", ())
    )
    percent = (
        counted and target.one(term("statistic")) == term("percentOnly") and target.one(term("quantityKind")) in _LEVEL
    )
    return float(value) / 100 if numerator is None and percent and value is not None else None


def _counts_gain(target: Subject, lexicon: Lexicon) -> bool:
    """Tell whether a count on something that should be low counts those who got better, by its words or measure."""
    result = (target.one(term("resultKind")) or "").rpartition("#")[2]
    scored = bool(lexicon.classes.get(target.one(term("measure")) or "", set()) & _LEVELS)
    return result in _GOOD or result == "absent" or scored


def _improved(target: Subject) -> bool:
    result = (target.one(term("resultKind")) or "").rpartition("#")[2]
    return result in _GOOD


def _in_words(target: Subject, *, upwards: bool) -> str:
    told = target.one(term("resultKind"))
    text = target.one(term("resultText")) if target.one(term("value")) is None else None
    result = told.rpartition("#")[2] if told else result_kind(text)
    if result in _GOOD or (result == "absent" and not upwards):
        return "supports"
    if upwards and _MET.search(" ".join(target.texts(term("resultText")))):
        return "supports"
    return "refutes" if result == "worsened" else "neutral"
