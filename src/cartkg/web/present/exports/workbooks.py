"""Write tables as a workbook (XLSX): a sheet for each, no cell a formula."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from cartkg.escaping import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    #: A text, or a number that a spreadsheet may calculate with; None where nothing is stated.
    Cell = str | int | float | None

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What a sheet's name may not contain, and how long it may be (ECMA-376, part 1, section 18.2.19).
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_LONGEST_NAME, _LONGEST_TEXT = 31, 32_000
_NARROW, _WIDE = 9, 60
_TOP, _BOLD = Alignment(vertical="top", wrap_text=True), Font(bold=True)


@dataclass(frozen=True, slots=True)
class WorkbookSheet:
    """A table: its name, headings, and rows of as many cells."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def workbook(sheets: Sequence[WorkbookSheet]) -> bytes:
    """Return a workbook with these sheets, at least one."""
    book = Workbook(write_only=True)
    taken: set[str] = set()
    for sheet in sheets:
        page = book.create_sheet(_free(sheet.name, taken))
        page.freeze_panes = "A2"
        for place, heading in enumerate(sheet.headings):
            widest = max([len(heading), *(len(str(row[place] or "")) for row in sheet.rows[:200])])
            page.column_dimensions[get_column_letter(place + 1)].width = min(max(widest + 2, _NARROW), _WIDE)
        page.append([_cell(page, heading, bold=True) for heading in sheet.headings])
        for row in sheet.rows:
            page.append([_cell(page, value) for value in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _cell(page: WriteOnlyWorksheet, value: Cell, *, bold: bool = False) -> WriteOnlyCell:
    if not isinstance(value, str):
        return WriteOnlyCell(page, value)
    cell = WriteOnlyCell(page, folded(value)[:_LONGEST_TEXT])
    cell.data_type = "s"  # a text that begins with "=" would be a formula
    cell.alignment = _TOP
    if bold:
        cell.font = _BOLD
    return cell


def _free(name: str, taken: set[str]) -> str:
    """Return a name that no other sheet of the workbook has; spreadsheets ignore case."""
    plain = _FORBIDDEN.sub(" ", folded(name)).strip()[:_LONGEST_NAME].strip() or "Sheet"
    free, number = plain, 2
    while free.casefold() in taken:
        free = f"{plain[: _LONGEST_NAME - 4]} {number}"
        number += 1
    taken.add(free.casefold())
    return free
