"""Cells of an answer as JSON values, as many rows as an answer has room for, and both as lines of text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cartkg.assistant import answering, schema
from cartkg.escaping import one_line
from cartkg.namespaces import XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Cells = dict[str, str | int | float]

_NUMBERS = frozenset(
    f"{XSD}{name}"
    for name in ("integer", "int", "long", "nonNegativeInteger", "positiveInteger", "decimal", "double", "float")
)
#: Digits of a number that JSON readers keep exactly.
_DIGITS = 15


def cell_of(text: str, datatype: str) -> str | int | float:
    """Return a value for JSON: a number where no digit is lost, else its text."""
    if len(text) <= _DIGITS and datatype in _NUMBERS:
        try:
            number = float(text) if set(text) - set("+-0123456789") else int(text)
        except ValueError:
            return text
        return number if math.isfinite(number) else text
    return answering.shortened(text)


def fitting(rows: Iterable[Cells]) -> list[Cells]:
    """Return the rows from the first one that an answer has room for."""
    held: list[Cells] = []
    size = 0
    for row in rows:
        size += sum(len(str(cell)) + len(name) for name, cell in row.items())
        if size > answering.MOST:
            break
        held.append(row)
    return held


def table_of(answer: schema.AnswerRows) -> Iterator[str]:
    """Yield the lines of an answer with rows, triples or a truth value."""
    if answer.title:
        yield one_line(answer.title)
    if answer.truth is not None:
        yield "yes" if answer.truth else "no"
        return
    if answer.triples:
        yield from map(one_line, answer.triples)
        return
    yield " | ".join(f"{column.name} ({column.unit})" if column.unit else column.name for column in answer.columns)
    for row in answer.rows:
        cells = (str(row.get(column.name, "")) for column in answer.columns)
        yield " | ".join(one_line(cell).replace("|", "\\|") for cell in cells)
