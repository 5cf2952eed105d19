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
from cartkg.cli.problems import end_with, say_problems
from cartkg.cli.tables import form_option
from cartkg.dossier.reading import read_document
from cartkg.literature.double_extraction import compare_dossiers
from cartkg.pipeline.worklists import project_adjudications, write_adjudications
from cartkg.queries.table import Cell, ShownTable, draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.literature.double_extraction import Agreement, Disagreement, DoubleExtraction
    from cartkg.literature.screening.adjudication import Adjudication, Adjudications
    from cartkg.project import Project

_COLUMNS = ("section", "row", "field", "first", "second", "decided")
_FIGURES = (
    "section", "both (rows)", "only first (rows)", "only second (rows)", "agree (% of rows)", "compared (fields)",
    "same (fields)", "agree (% of fields)",
)  # fmt: skip
_IDENTIFIERS = ("doi", "pmid", "pmcid")


@click.command("compare", epilog="Example: cartkg compare first/mueller-2024-nejm.yaml second/mueller-2024-nejm.yaml")
@click.argument("first", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("second", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--record", is_flag=True, help="Add a line to data/adjudications.tsv for each difference without one.")
@form_option
@click.pass_obj
def command(project: Project, first: Path, second: Path, form: str, *, record: bool) -> None:
    """Compare two independent dossiers of one paper, row by row.

    Rows are matched by what they state: findings by cohort and measure or event, others by the fields they have in
    common; each reader may choose ids. Free texts, remarks and places in the paper are not compared. Figures of
    agreement: per cent of the rows that both have, per cent of their fields that are the same, and Cohen's kappa, from
    -1 to 1, of the word of the result in rows that both have; it is not computed where only one word occurs.

    `--record` keeps the differences in data/adjudications.tsv. There a third person writes what was taken (first,
    second, or third with a value), by whom and when; `cartkg check` validates it and compares it with the dossier.

    Exit codes: 0 compared, 1 mistakes in data/adjudications.tsv, 2 usage error, 3 could not run.
    """
    dossiers = [read_document(path) for path in (first, second)]
    found = compare_dossiers(*dossiers)
    kept = project_adjudications(project)
    key = dossiers[0].text("key") or first.stem
    rows = [_row(each, kept.on(key, each)) for each in found.disagreements]
    if form == "json":
        said = {
            "disagreements": [
                {**asdict(each), "decided": row[-1]} for each, row in zip(found.disagreements, rows, strict=True)
            ],
            "agreement": [asdict(each) for each in (*found.agreements, found.total)],
            "kappa": found.kappa,
        }
        say_document(json.dumps(said, indent=2, ensure_ascii=False) + "\n", form)
    elif form == "csv":
        held = StringIO()
        csv.writer(held, lineterminator="\n").writerows([_COLUMNS, *rows])
        say_document(held.getvalue(), form)
    else:
        _show(found, rows)
    heads = [dossier.child("publication") for dossier in dossiers]
    for name in _IDENTIFIERS:
        numbers = {number.casefold() for head in heads if (number := head.text(name))}
        if len(numbers) > 1:
            say(f"cartkg: the dossiers state two different values of {name}: are they of one paper?", err=True)
    _end(project, kept, kept.with_open(key, found.disagreements) if record else kept)


def _end(project: Project, kept: Adjudications, more: Adjudications) -> None:
    """Write the differences that are to be decided, unless what is there has mistakes."""
    say_problems(kept.diagnostics)
    end_with(kept.diagnostics)
    added = len(more.items) - len(kept.items)
    if added:
        path = write_adjudications(project, more)
        say(f"wrote {path}: {added} line{'' if added == 1 else 's'} to decide", err=True)


def _row(each: Disagreement, known: Adjudication | None) -> tuple[str, ...]:
    decided = "" if known is None else str(known) or known.taken
    return each.section, each.row, each.field or "(whole row)", each.first, each.second, decided


def _show(found: DoubleExtraction, rows: Sequence[tuple[str, ...]]) -> None:
    say_text(draw(ShownTable(_COLUMNS, tuple(tuple(map(Cell, row)) for row in rows))))
    say_text("\n")
    kappa = "not computed" if found.kappa is None else f"{found.kappa:.2f} (-1 to 1)"
    say_text(draw(ShownTable(_FIGURES, tuple(_figures(each) for each in (*found.agreements, found.total)))))
    say_text(f"Cohen's kappa of the words of {len(found.results)} results in rows that both have: {kappa}\n")


def _figures(each: Agreement) -> tuple[Cell, ...]:
    counts = (each.both, each.only_first, each.only_second)
    rows, fields = ("" if share is None else f"{100 * share:.0f}" for share in (each.rows_share, each.fields_share))
    return (
        Cell(each.section),
        *(Cell(str(count), numeric=True) for count in counts),
        Cell(rows, numeric=True),
        Cell(str(each.fields), numeric=True),
        Cell(str(each.same), numeric=True),
        Cell(fields, numeric=True),
    )
