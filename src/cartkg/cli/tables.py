"""Print rows as text, JSON or CSV, and the option that chooses among these."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING

import click

from cartkg.cli.printing import say_document, say_text
from cartkg.queries.table import Cell, ShownTable, draw

if TYPE_CHECKING:
    from collections.abc import Sequence


#: The option that says how rows are written; its value is the parameter `form`.
form_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    help="How to write.  [default: text]",
)


def say_rows(columns: Sequence[str], rows: Sequence[Sequence[str]], form: str) -> None:
    """Print rows under the names of their columns.

    Args:
        columns: the names.
        rows: a text for each column.
        form: `text`, `json` or `csv`.
    """
    if form == "json":
        said = [dict(zip(columns, row, strict=True)) for row in rows]
        say_document(json.dumps(said, indent=2, ensure_ascii=False) + "\n", form)
    elif form == "csv":
        held = StringIO()
        csv.writer(held, lineterminator="\n").writerows([columns, *rows])
        say_document(held.getvalue(), form)
    else:
        say_text(draw(ShownTable(tuple(columns), tuple(tuple(map(Cell, row)) for row in rows))))
