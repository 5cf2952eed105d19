"""The tables of a home page as plain text, for files: CSV, XLSX and JSON."""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.escaping import spreadsheet_lines
from cartkg.web.present.exports.workbooks import WorkbookSheet, workbook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.facts.homes import Home
    from cartkg.web.present.exports.citing import CiteAs


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of a page: its title, headings, and rows of as many texts."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(shown: Home) -> tuple[TextTable, ...]:
    """Return the tables of a page in its order."""
    return tuple(_tables(shown))


def as_csv(shown: Home, cited: CiteAs) -> bytes:
    """Write all tables below one another: each with its title before and an empty line after it."""
    rows: list[tuple[str, ...]] = [(shown.label,), (cited.text,), ()]
    for table in tables(shown):
        rows += [(table.title,), table.headings, *table.rows, ()]
    return codecs.BOM_UTF8 + "".join(spreadsheet_lines(rows, "\r\n")).encode()


def as_json(shown: Home, cited: CiteAs) -> bytes:
    """Write what the page says as one object."""
    found = {
        "name": shown.label,
        "id": shown.thing.iri,
        "release": cited.release,
        "cite": cited.text,
        "url": cited.address,
        "patients": {"once": shown.once or None, "without_press": shown.without_press or None},
        "figures": shown.figures,
        "tables": [
            {"title": table.title, "rows": [dict(zip(table.headings, row, strict=True)) for row in table.rows]}
            for table in tables(shown)
        ],
        "unknown": shown.unknown,
    }
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def as_workbook(shown: Home, cited: CiteAs) -> bytes:
    """Write each table as a sheet, with a last one that says what they are."""
    sheets = [WorkbookSheet(table.title, table.headings, table.rows) for table in tables(shown)]
    about = (("name", shown.label), ("cite", cited.text), ("release", cited.release), ("address", cited.address))
    return workbook([*sheets, WorkbookSheet("About", ("what", "text"), about)])


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
