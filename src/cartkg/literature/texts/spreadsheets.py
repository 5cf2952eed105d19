"""Tables of a paper as CSV or XLSX: the cells, as texts; no formula is evaluated and nothing is fetched."""

from __future__ import annotations

import csv
import zipfile
import zlib
from io import BytesIO, StringIO
from itertools import islice
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError  # an exception alone; nothing is parsed with it here

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from cartkg.diagnostics import Diagnostic, Severity
from cartkg.literature.formats.format import UNREADABLE, Undecodable, decoded
from cartkg.literature.texts.source_text import PaperTable, SourceText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_XLSX = b"PK\x03\x04"
#: Bytes that a workbook may have unpacked, and what of a table is read.
_UNPACKED, _MOST_ROWS, _WIDEST, _MOST_SHEETS = 64 * 1024**2, 2_000, 100, 50
_LONGEST_CELL = 2_000
#: What openpyxl and the parsers below it raise for a workbook that is none, or a broken one.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, ParseError, DefusedXmlException, InvalidFileException),
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, NotImplementedError, OSError),
    *(RecursionError, RuntimeError, TypeError, ValueError),
)


def is_workbook(data: bytes) -> bool:
    """Return whether a file is packed as a workbook (XLSX) is."""
    return data.startswith(_XLSX)


def read_csv(data: bytes, path: Path) -> SourceText:
    """Read a table with commas, semicolons or tabs between its cells, whichever the first line has most of."""
    try:
        text = decoded(data, path).removeprefix("\ufeff")
    except Undecodable as error:
        return SourceText(diagnostics=(error.diagnostic,))
    head = text.partition("\n")[0]
    between = max(",;\t", key=head.count)
    try:
        rows = list(islice(csv.reader(StringIO(text), delimiter=between), _MOST_ROWS + 1))
    except csv.Error as error:
        return SourceText(diagnostics=(Diagnostic(path, 1, 1, UNREADABLE, f"the table cannot be read: {error}"),))
    return _read([(path.stem, rows)], path)


def read_workbook(data: bytes, path: Path) -> SourceText:
    """Read the sheets of a workbook: values as they were last shown, none where a formula was never evaluated."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            size = sum(each.file_size for each in packed.infolist())
        if size > _UNPACKED:
            message = f"the workbook is larger than {_UNPACKED // 1024**2} MiB when unpacked; save the table as CSV"
            return SourceText(diagnostics=(Diagnostic(path, 1, 1, UNREADABLE, message),))
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets = [
            (
                each.title,
                [list(row) for row in islice(each.iter_rows(max_col=_WIDEST, values_only=True), _MOST_ROWS + 1)],
            )
            for each in book.worksheets[:_MOST_SHEETS]
        ]
    except _BROKEN as error:
        message = f"the workbook cannot be read: {type(error).__name__}; save the table as CSV"
        return SourceText(diagnostics=(Diagnostic(path, 1, 1, UNREADABLE, message),))
    if not sheets:
        message = "the workbook has no sheet that can be read; save the table as CSV"
        return SourceText(diagnostics=(Diagnostic(path, 1, 1, UNREADABLE, message),))
    return _read(sheets, path)


def _read(tables: Iterable[tuple[str, list[list[object]] | list[list[str]]]], path: Path) -> SourceText:
    found, problems = list[PaperTable](), list[Diagnostic]()
    for name, rows in tables:
        if len(rows) > _MOST_ROWS:
            message = f"of the table {name} only the first {_MOST_ROWS} rows were read"
            problems.append(Diagnostic(path, _MOST_ROWS + 1, 1, UNREADABLE, message, Severity.WARNING))
        found.append(PaperTable(name, tuple(tuple(_cells(row)) for row in rows[:_MOST_ROWS])))
    return SourceText(tables=tuple(found), diagnostics=tuple(problems))


def _cells(row: Iterable[object]) -> Iterator[str]:
    for cell in islice(row, _WIDEST):
        yield "" if cell is None else " ".join(str(cell)[:_LONGEST_CELL].split())
