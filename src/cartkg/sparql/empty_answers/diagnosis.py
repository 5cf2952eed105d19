"""Diagnose a query: the part that leaves it without rows, or what is suspicious about its rows.

No match (all terms occur, but never together) is distinguished from a broken pattern (a term occurs nowhere, or not
in this place, while a similar one does).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.errors import LimitExceeded
from cartkg.evaluation.syntax import QueryForm, analyse
from cartkg.sparql.empty_answers.causes.emptiness import Emptiness
from cartkg.sparql.empty_answers.doubts import Doubts
from cartkg.sparql.empty_answers.probing.causes_found import BROKEN, NO_MATCH, NOT_EMPTY, UNKNOWN, Absent, Diagnosis
from cartkg.sparql.empty_answers.probing.patterns import outline
from cartkg.sparql.empty_answers.probing.probes import Probes
from cartkg.sparql.empty_answers.probing.things import Things
from cartkg.sparql.engines.engine import Operation
from cartkg.sparql.protocol.negotiation import offers
from cartkg.sparql.protocol.requests import Cut

if TYPE_CHECKING:
    from cartkg.sparql.empty_answers.probing.patterns import PatternOutline
    from cartkg.sparql.engines.engine import Answer, Engine
    from cartkg.sparql.protocol.requests import Dataset

_AGGREGATE = re.compile(r"\b(COUNT|SUM|MIN|MAX|AVG|SAMPLE|GROUP_CONCAT)\s*\(", re.IGNORECASE)


def diagnose(engine: Engine, query: str, dataset: Dataset) -> Diagnosis:
    """Say why a query has no rows, or what is suspicious about them.

    Raises:
        QueryError: the query is malformed; the engine's own error.
        LimitExceeded: the query itself met a limit.
    """
    kind = analyse(query).kind
    answer = engine.answer(Operation(query, offers(kind)[0], dataset, cut=Cut.MARK))
    nothing = b"false" in answer.body if kind is QueryForm.BOOLEAN else not answer.rows
    found = outline(query)
    if found is None or not (found.parts or found.described):
        return _counted(answer) if not nothing else Diagnosis(UNKNOWN, "the query has no pattern to examine")
    probes = Probes(engine, found, dataset, answer.unknown)
    try:
        if not found.parts:
            return _undescribed(found, probes) if nothing else _counted(answer)
        if nothing or (_is_one_aggregate(found, answer) and not probes.parts(found.parts)):
            return Emptiness(found, probes).diagnose()
        doubts = tuple(Doubts(found, probes, answer).found())
        return Diagnosis(NOT_EMPTY, _counted(answer).reason, warnings=doubts)
    except LimitExceeded:
        if not nothing:
            return _counted(answer)
        return Diagnosis(UNKNOWN, "finding the cause met a limit; try a part of the query")


def _counted(answer: Answer) -> Diagnosis:
    return Diagnosis(NOT_EMPTY, f"the query has {answer.rows} row{'' if answer.rows == 1 else 's'}")


def _is_one_aggregate(found: PatternOutline, answer: Answer) -> bool:
    """Return whether a query aggregates all solutions to one row, which is there when there are none, too."""
    return answer.rows == 1 and bool(_AGGREGATE.search(found.head))


def _undescribed(found: PatternOutline, probes: Probes) -> Diagnosis:
    """Judge a DESCRIBE of things by their names alone."""
    things = Things(probes)
    absent = tuple(
        Absent(one, things.near(one, "subject", "", "")) for one in found.described if not probes.occurs(one)
    )
    if not absent:
        return Diagnosis(NO_MATCH, "the described resource occurs, but nothing is stated about it")
    names = ", ".join(one.term for one in absent)
    return Diagnosis(BROKEN, f"nothing is known about {names}", None, absent)
