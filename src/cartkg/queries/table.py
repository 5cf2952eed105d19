"""Draw rows as an aligned plain-text table."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from cartkg.escaping import folded, one_line


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, and whether it is a number (numbers are set right)."""

    text: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class ShownTable:
    """What a table shows: a title above (may be empty), headings, rows, a note below (may be empty)."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    note: str = ""


def draw(sheet: ShownTable) -> str:
    """Draw a sheet with aligned columns, two spaces apart; the last line counts the rows.

    Example:
        >>> print(draw(ShownTable(("n",), ((Cell("8", numeric=True),),))), end="")
        n
        -
        8
        <BLANKLINE>
        1 row
    """
    texts = [[folded(cell.text) for cell in row] for row in sheet.rows]
    headings = [one_line(heading) for heading in sheet.headings]
    widths = [max([_width(heading), *(_width(row[i]) for row in texts)]) for i, heading in enumerate(headings)]
    right = [_is_numeric([row[i] for row in sheet.rows]) for i in range(len(widths))]
    lines = [one_line(sheet.title), ""] if sheet.title else []
    lines.append(_joined(headings, widths, right))
    lines.append("  ".join("-" * width for width in widths))
    lines.extend(_joined(row, widths, right) for row in texts)
    count = len(sheet.rows)
    lines.extend(["", f"{count} row{'' if count == 1 else 's'}"])
    if sheet.note:
        lines.append(one_line(f"How to read: {sheet.note}"))
    return "\n".join(lines) + "\n"


def _is_numeric(column: list[Cell]) -> bool:
    filled = [cell for cell in column if cell.text]
    return bool(filled) and all(cell.numeric for cell in filled)


def _joined(texts: list[str], widths: list[int], right: list[bool]) -> str:
    padded = [
        " " * (width - _width(text)) + text if to_right else text + " " * (width - _width(text))
        for text, width, to_right in zip(texts, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Count columns on a terminal: wide East Asian characters take two, combining marks none (UAX #11)."""
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
