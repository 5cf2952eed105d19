"""Levels at baseline and later in; whether the later one speaks for or against the therapy out.

A level alone is neither good nor bad. Beside the level that the same patients started from it is, where nothing else
can be meant: one measure whose better end is known, one statistic, one unit, the same number of patients, one baseline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.curation.facts import RDF_TYPE, Subject, term

if TYPE_CHECKING:
    from cartkg.curation.desk import Desk

_LATER = frozenset({term("atTimePoint"), term("lastFollowUp")})
#: Statistics that can be compared; of a range or a share of patients the number does not tell who moved.
_COMPARED = frozenset({term("median"), term("mean"), term("singleValue")})
#: What has to be the same of both levels.
_SAME = tuple(term(name) for name in ("ofCohort", "measure", "statistic", "unit", "denominator"))


def direct_courses(desk: Desk) -> None:
    """Give the claims on later levels the direction that the baseline of the same patients shows.

    A direction that a claim already has stays; so does neutral where two baselines are told or where the cohort is a
    comparator.
    """
    starts: dict[tuple[str | None, ...], set[str]] = {}
    for finding in _findings(desk).values():
        if finding.one(term("timeKind")) == term("baseline") and _is_level(finding):
            starts.setdefault(_group(finding), set()).add(finding.one(term("value")) or "")
    for claim in desk.facts if starts else ():
        if claim.one(term("direction")) != term("neutral"):
            continue
        for target in claim.texts(term("asserts")):
            later = desk.facts.subjects.get(target)
            if later is not None and later.one(term("timeKind")) in _LATER and _is_level(later):
                told = _direction(desk, later, starts.get(_group(later), set()))
                if told:
                    claim.values[term("direction")] = set()
                    claim.add(term("direction"), term(told))


def _findings(desk: Desk) -> dict[str, Subject]:
    """Give the findings of this dossier, and those of the studies it speaks of that others have told."""
    found = {name: each for key in desk.studies if key in desk.library.known for name, each in _of(desk, key)}
    return found | desk.facts.subjects


def _of(desk: Desk, key: str) -> list[tuple[str, Subject]]:
    return list(desk.library.known[key].facts.subjects.items())


def _is_level(finding: Subject) -> bool:
    kinds = finding.texts(RDF_TYPE)
    return (
        term("OutcomeFinding") in kinds
        and term("MeasurementFinding") in kinds
        and len(finding.texts(term("value"))) == 1
        and finding.one(term("statistic")) in _COMPARED
        and finding.one(term("quantityKind")) in (None, term("absolute"))
        and not finding.values.get(term("comparator"))
        and not finding.values.get(term("unitText"))
    )


def _group(finding: Subject) -> tuple[str | None, ...]:
    return tuple(finding.one(name) for name in _SAME)


def _direction(desk: Desk, later: Subject, starts: set[str]) -> str | None:
    better = desk.lexicon.directions.get(later.one(term("measure")) or "", "notOrdered")
    cohort = desk.facts.subjects.get(later.one(term("ofCohort")) or "")
    if better == "notOrdered" or len(starts) != 1 or (cohort is not None and _compared(cohort)):
        return None
    start, end = float(next(iter(starts))), float(later.one(term("value")) or 0)
    return None if start == end else ("supports" if (end > start) == (better == "higherIsBetter") else "refutes")


def _compared(cohort: Subject) -> bool:
    return any(text.startswith("comparator") for text in cohort.texts(term("cohortText")))
