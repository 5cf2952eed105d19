"""A comparison in, its tables as plain text out, for files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.web.present.exports.text_tables import TextTable

if TYPE_CHECKING:
    from cartkg.facts.overviews.comparisons import Comparison

_RESULTS = (
    "Outcome", "Side", "Report", "Patients", "Cells", "n", "N", "Percent", "Lower limit", "Upper limit", "When",
    "Read", "Notes", "Group", "Finding",
)  # fmt: skip
_TOXICITY = ("Event", "Side", "With a case", "Largest group", "With a severe case", "Largest group, severe")


def tables(shown: Comparison) -> tuple[TextTable, ...]:
    """Return patients, toxicity and counted results."""
    patients = tuple((side.thing.label, side.once, side.without_press, side.of, side.count) for side in shown.sides)
    toxicity = tuple(
        (each.title, side.thing.label, str(each.any), each.largest, str(each.severe), each.largest_severe)
        for place in range(len(shown.sides[0].events))
        for side in shown.sides
        for each in (side.events[place],)
    )
    results = tuple(
        (
            outcome.name,
            shown.sides[each.side].thing.label,
            each.mark.report,
            each.mark.disease,
            each.mark.cells,
            str(each.mark.reached),
            str(each.mark.assessed),
            f"{each.mark.share:.1f}",
            f"{each.mark.low:g}",
            f"{each.mark.high:g}",
            each.mark.time,
            each.mark.read,
            "; ".join(filter(None, (each.role, each.mark.marks))),
            each.mark.cohort,
            each.mark.finding,
        )
        for outcome in shown.outcomes
        for each in outcome.marks
    )
    headings = ("Side", "Patients, each once", "At least without press", "Count is of", "Count")
    return (
        TextTable("Patients", headings, patients),
        TextTable("Toxicity", _TOXICITY, toxicity),
        TextTable("Counted results", _RESULTS, results),
    )
