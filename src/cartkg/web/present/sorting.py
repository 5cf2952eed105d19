"""A heading of a table on a home page in, the column by which its question page sorts the whole answer out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.facts.homes import Section

#: Heading -> column; "-" for the largest first. The tables show the first rows only: sorting these would mislead.
COLUMNS = {
    "Ages": "youngest", "At least without press": "-without_press", "Cells": "cells",
    "Certainty": "certainty", "Disease": "disease", "Event": "outcome", "Groups": "-cohorts",
    "How many": "-least", "Matter": "about", "One group": "first_name", "One side": "first",
    "Other group": "second_name", "Other side": "second", "Other trials": "-trials", "Outcome": "outcome",
    "Patients": "-low", "Patients, each once": "-low", "Phase": "phase", "Planned": "-planned",
    "Product": "product", "Randomised": "-randomised", "Read": "-as_of", "Report": "report",
    "Result": "result", "Shared patients": "degree", "Source": "source", "Status": "status",
    "Studies": "-studies", "Target": "target", "Targets": "targets", "Trial": "trial", "Trials": "-trials",
    "When": "months",
}  # fmt: skip
#: Question and heading -> column, where the heading alone does not say.
_OF_QUESTION = {("overlaps", "Why"): "basis", ("summary-of-findings", "Why"): "lowered"}


def sort_of(section: Section, heading: str) -> str:
    """Return the value of `sort` that puts the whole answer in the order of a heading; empty where nothing does."""
    return _OF_QUESTION.get((section.question, heading)) or COLUMNS.get(heading, "")
