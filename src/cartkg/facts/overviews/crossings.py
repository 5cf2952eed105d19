"""A disease and a target in, what the page of both says first out: answers of stored questions on the two together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.facts.forests import forest
from cartkg.facts.homes import (
    DRAWN,
    KINDS,
    Home,
    bounds,
    counted_outcomes,
    not_known,
    products_of,
    toxicities,
    trials_of,
)
from cartkg.facts.overviews.evidence_map import QUESTION
from cartkg.facts.records import text_of

if TYPE_CHECKING:
    from cartkg.facts.homes import Ask
    from cartkg.queries import Nameable


def crossing(disease: Nameable, target: Nameable, ask: Ask) -> Home:
    """Return what the page of a disease and a target shows.

    Args:
        disease: the disease, subtypes included.
        target: the target of the cells.
        ask: asks a stored question.

    Raises:
        QueryError: a question does not take them.
        BackendError: a question could not be answered.
    """
    both = (("disease", disease.iri), ("target", target.iri))
    counts = ask("patients-once", (*both, ("with", "outcomes")))
    whole = next((row for row in counts if text_of(row, "outcome") == "treated"), None)
    trials, strip = trials_of(ask, both), toxicities(ask, both)
    # the answer on all pairs is prepared, and the question on one takes as long
    cells = {(text_of(row, "illness"), text_of(row, "antigen")): row for row in ask(QUESTION, ())}
    cell = cells.get((disease.iri, target.iri))
    figures = {"groups": text_of(cell, "groups")} if cell else {}
    sections = (counted_outcomes(counts, both, "measure"), trials, products_of(ask, both))
    known = [] if cell else ["Anything: the graph has no treated patient and no registered trial."]
    if cell and text_of(cell, "gap"):
        known.append("Whether it helps or harms: a trial is registered, but the graph has no patient.")
    return Home(
        KINDS["diseases"],
        disease,
        bounds(whole) if whole else "",
        text_of(whole, "without_press") if whole else "",
        text_of(whole, "count") if whole else "",
        {**figures, "registered trials": str(trials.total)},
        strip if any(each.groups for each in strip) else (),
        forest(ask(DRAWN["disease"], both)),
        tuple(section for section in sections if section.total),
        (*known, *not_known(None, whole, {}, strip if whole else ())),
        target,
    )
