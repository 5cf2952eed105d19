"""`cartkg compare`: two dossiers of one paper, by two readers, row by row."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cartkg.cli.printing import say, say_document, say_text
from cartkg.cli.tables import form_option
from cartkg.dossier.reading import read_document
from cartkg.literature.double_extraction import Disagreement, compare_dossiers
from cartkg.queries.table import Cell, ShownTable, draw

if TYPE_CHECKING:
    from cartkg.literature.double_extraction import Agreement, DoubleExtraction

_COLUMNS = ("section", "row", "field", "first", "second")
_FIGURES = ("section", "both", "only first", "only second", "rows agree", "fields", "same", "fields agree")
_IDENTIFIERS = ("doi", "pmid", "pmcid")


@click.command("compare", epilog="Example: cartkg compare first/mueller-2024-nejm.yaml second/mueller-2024-nejm.yaml")
@click.argument("first", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("second", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@form_option
def command(first: Path, second: Path, form: str) -> None:
    """Compare two independent dossiers of one paper, row by row.

    Rows are matched by what they state: findings by cohort and measure or event, others by the fields they have in
    common; each reader may choose ids. Free texts, remarks and places in the paper are not compared. Figures of
    agreement: the share of rows that both have, the share of their fields that are the same, and Cohen's kappa of the
    words of results.

    Exit codes: 0 compared, 2 usage error, 3 could not run.
    """
    dossiers = [read_document(path) for path in (first, second)]
    found = compare_dossiers(*dossiers)
    if form == "json":
        said = {
            "disagreements": [asdict(each) for each in found.disagreements],
            "agreement": [asdict(each) for each in found.agreements],
            "kappa": found.kappa,
        }
        say_document(json.dumps(said, indent=2, ensure_ascii=False) + "\n", form)
    elif form == "csv":
        held = StringIO()
        csv.writer(held, lineterminator="\n").writerows([_COLUMNS, *map(_row, found.disagreements)])
        say_document(held.getvalue(), form)
    else:
        _show(found)
    heads = [dossier.child("publication") for dossier in dossiers]
    for name in _IDENTIFIERS:
        numbers = {number.casefold() for head in heads if (number := head.text(name))}
        if len(numbers) > 1:
            say(f"cartkg: the dossiers state two different values of {name}: are they of one paper?", err=True)


def _row(each: Disagreement) -> tuple[str, ...]:
    return each.section, each.row, each.field or "(whole row)", each.first, each.second


def _show(found: DoubleExtraction) -> None:
    say_text(draw(ShownTable(_COLUMNS, tuple(tuple(map(Cell, _row(each))) for each in found.disagreements))))
    say_text("\n")
    kappa = "not computed" if found.kappa is None else f"{found.kappa:.2f}"
    say_text(draw(ShownTable(_FIGURES, tuple(_figures(each) for each in found.agreements))))
    say_text(f"Cohen's kappa of {len(found.results)} results: {kappa}\n")


def _figures(each: Agreement) -> tuple[Cell, ...]:
    counts = (each.both, each.only_first, each.only_second)
    rows, fields = ("" if share is None else f"{100 * share:.0f} %" for share in (each.rows_share, each.fields_share))
    return (
        Cell(each.section),
        *(Cell(str(count), numeric=True) for count in counts),
        Cell(rows, numeric=True),
        Cell(str(each.fields), numeric=True),
        Cell(str(each.same), numeric=True),
        Cell(fields, numeric=True),
    )
