"""What a result means for the patient, computed from the measure and the stated result by one rule.

A result either is good or bad in itself (improved, worsened, lost), or by which end of the measure is better (met,
negative, increased). A count or percentage speaks for its result where at least half of the patients have it, and
against it where no one has. A change speaks by its sign, a level only beside its baseline. Harm speaks against the
therapy from grade 3 or in death, and for it where no one had it. Words are never read.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.dossier.node import Node
    from cartkg.dossier.terms import VocabularyTerm

#: 1 is better for the patient, -1 worse.
_GOOD = frozenset({"improved", "improved-or-resolved", "improved-or-stable", "normalised", "recovered", "resolved"})
_BAD = frozenset({"worsened", "not-improved", "not-resolved", "not-normalised", "not-recovered", "lost"})
#: Results that are as good as the measure is: more of what should be high is better, of what should be low worse.
_WITH_MEASURE = frozenset({"met", "present", "maintained", "increased", "positive"})
_AGAINST_MEASURE = frozenset({"not-met", "absent", "decreased", "negative"})
#: Results of criteria alone: which limit of a measurement was met, a result does not say.
_CRITERION_ONLY = frozenset({"met", "not-met"})
#: Doing with less of a drug is better, whichever way its measure runs.
_LESS_DRUG = frozenset({"stopped", "reduced"})
_ENDS = {"higher": 1, "lower": -1}
_WORDS = {1: "supports", -1: "refutes", 0: "neutral"}
_HALF = Decimal("0.5")
_HUNDRED = 100
_SEVERE = 3
_SEVERE_WORDS = frozenset({"severe", "serious", "fatal", "high-grade"})
_RATIOS = frozenset({"hazard-ratio", "odds-ratio", "rate-ratio", "prevalence-ratio", "fold-change"})


def direction_of(section: str, row: Node, measure: VocabularyTerm | None, before: Decimal | None = None) -> str:
    """Return `supports`, `refutes` or `neutral` as the rule computes it, whatever the row states itself.

    Args:
        section: `characteristics`, `results` or `events`.
        row: the row.
        measure: what was measured; None when unknown.
        before: the value of the row that gives the baseline, where the row names one.
    """
    if section == "characteristics" or measure is None:
        return "neutral"
    if section == "events":
        return _WORDS[_harm(row, measure)]
    end = _ENDS.get(measure.better or "", 0)
    for name, whole in (("count", None), ("percent", Decimal(_HUNDRED))):
        share = row.child(name)
        if share.value is not None:
            return _WORDS[_shared(share, whole, _meaning(share.text("result") or "", end))]
    if result := row.text("result"):
        return _WORDS[_meaning(result, end)]
    return _WORDS[_by_value(row.child("value"), end, before)]


def _meaning(result: str, end: int) -> int:
    """Return what a result means where every patient has it."""
    if result in _GOOD:
        return 1
    if result in _BAD:
        return -1
    if result in _CRITERION_ONLY and end < 0:
        return 0
    if result in _WITH_MEASURE:
        return end
    if result in _AGAINST_MEASURE:
        return -end
    return 1 if result in _LESS_DRUG and end else 0


def _shared(share: Node, whole: Decimal | None, meaning: int) -> int:
    """Return what it means that a share of the patients has a result."""
    number = share.number("number") if whole else share.number("n")
    whole = whole or share.number("of")
    if number is None:
        return 0
    if number == 0:
        return -meaning
    if whole is None or whole == 0:
        return meaning
    return meaning if number / whole >= _HALF else 0


def _by_value(value: Node, end: int, before: Decimal | None) -> int:
    number, baseline = value.number("number"), value.number("baseline")
    baseline = before if baseline is None else baseline
    if number is None or value.text("statistic") in _RATIOS:
        return 0
    if value.text("change") in ("change", "percent-change"):
        return _sign(number) * end
    return _sign(number - baseline) * end if baseline is not None else 0


def _sign(value: Decimal) -> int:
    return (value > 0) - (value < 0)


def _harm(row: Node, event: VocabularyTerm) -> int:
    """Return what an adverse event means; one without a grade counts against the therapy only when it is a death."""
    count, percent, grade = row.child("count"), row.child("percent"), row.child("grade")
    number = count.number("n") if count.value is not None else percent.number("number")
    if number == 0 or (number is None and row.text("result") == "absent"):
        return 1
    if event.better == "higher" or row.text("aspect"):
        return 0
    stated = count.text("result") or percent.text("result") or row.text("result")
    if stated in _GOOD:
        return 0
    deadly = event.id == "death" or "death" in event.broader
    severe = (grade.count("low") or 0) >= _SEVERE or grade.text("words") in _SEVERE_WORDS
    return -1 if (deadly or severe) and (number is not None or row.text("result") == "present") else 0
