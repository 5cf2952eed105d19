"""Tables of plain text in, files out: CSV, XLSX and JSON, each with its citation."""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.escaping import spreadsheet_lines
from cartkg.web.present.exports.workbooks import WorkbookSheet, workbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cartkg.web.present.exports.citing import CiteAs


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of a page: its title, headings, and rows of as many texts."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def as_csv(name: str, cited: CiteAs, tables: Sequence[TextTable]) -> bytes:
    """Write all tables below one another: each with its title before and an empty line after it."""
    rows: list[tuple[str, ...]] = [(name,), (cited.text,), ()]
    for table in tables:
        rows += [(table.title,), table.headings, *table.rows, ()]
    return codecs.BOM_UTF8 + "".join(spreadsheet_lines(rows, "\r\n")).encode()


def as_json(name: str, cited: CiteAs, tables: Sequence[TextTable], more: Mapping[str, object] | None = None) -> bytes:
    """Write the tables as one object, with what else the page says."""
    found = {
        "name": name,
        "release": cited.release,
        "cite": cited.text,
        "url": cited.address,
        **(more or {}),
        "tables": [
            {"title": table.title, "rows": [dict(zip(table.headings, row, strict=True)) for row in table.rows]}
            for table in tables
        ],
    }
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def as_workbook(name: str, cited: CiteAs, tables: Sequence[TextTable]) -> bytes:
    """Write each table as a sheet, with a last one that says what they are."""
    sheets = [WorkbookSheet(table.title, table.headings, table.rows) for table in tables]
    about = (("name", name), ("cite", cited.text), ("release", cited.release), ("address", cited.address))
    return workbook([*sheets, WorkbookSheet("About", ("what", "text"), about)])
