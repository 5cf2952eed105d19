"""The tables of a home page as plain text, for files: CSV, XLSX and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.web.present.exports import text_tables
from cartkg.web.present.exports.text_tables import TextTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.facts.homes import Home
    from cartkg.web.present.exports.citing import CiteAs


def tables(shown: Home) -> tuple[TextTable, ...]:
    """Return the tables of a page in its order."""
    return tuple(_tables(shown))


def as_csv(shown: Home, cited: CiteAs) -> bytes:
    """Write the tables below one another."""
    return text_tables.as_csv(shown.label, cited, tables(shown))


def as_json(shown: Home, cited: CiteAs) -> bytes:
    """Write what the page says as one object."""
    more = {
        "id": shown.thing.iri,
        "patients": {"once": shown.once or None, "without_press": shown.without_press or None},
        "figures": shown.figures,
        "unknown": shown.unknown,
    }
    return text_tables.as_json(shown.label, cited, tables(shown), more)


def as_workbook(shown: Home, cited: CiteAs) -> bytes:
    """Write each table as a sheet."""
    return text_tables.as_workbook(shown.label, cited, tables(shown))


def _tables(shown: Home) -> Iterator[TextTable]:
    if shown.strip:
        headings = ("Event", "Groups with a count", "Groups with a case", "Largest group")
        rows = [(each.title, str(each.groups), str(each.with_cases), each.largest) for each in shown.strip]
        yield TextTable("Toxicity", headings, tuple(rows))
    if shown.forest:
        yield TextTable("Counted results", _FOREST, tuple(_results(shown)))
    for section in shown.sections:
        texts = tuple(tuple(link.text for link in row) for row in section.rows)
        yield TextTable(section.title, section.headings, texts)


_FOREST = (
    "Outcome", "Report", "Patients", "n", "N", "Percent", "Lower limit", "Upper limit", "When", "Read", "Notes",
    "Finding",
)  # fmt: skip


def _results(shown: Home) -> Iterator[tuple[str, ...]]:
    for outcome in shown.forest.outcomes if shown.forest else ():
        for mark in outcome.marks:
            limits = (f"{mark.share:.1f}", f"{mark.low:g}", f"{mark.high:g}")
            counts = (str(mark.reached), str(mark.assessed))
            yield (
                outcome.name,
                mark.report,
                mark.disease,
                *counts,
                *limits,
                mark.time,
                mark.read,
                mark.marks,
                mark.finding,
            )
