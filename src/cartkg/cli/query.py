"""`cartkg query`: ask a stored question or a file of your own."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click
from pyoxigraph import Store

from cartkg.cli.loading import stored_graph
from cartkg.cli.printing import say_document, say_lines, say_text
from cartkg.errors import QueryError, UnusableFile
from cartkg.evaluation.children import BOUNDS, Bounds
from cartkg.evaluation.evaluator import Evaluator
from cartkg.files import read_text
from cartkg.namespaces import BASE, GRAPH, read_prefixes
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over
from cartkg.queries import Format, Rows, ask_within, find_question, hold, read_questions, write, write_spreadsheet

if TYPE_CHECKING:
    from cartkg.graph import KnowledgeGraph

#: Bytes that a query may take beside the graph, and bytes of its answer.
_MEMORY, _ANSWER = 4 * 1024**3, 1024**3
#: Whoever calls the command chose the query: on systems other than Linux it is answered without a limit of memory.
_UNWALLED = replace(BOUNDS, walled=False)

#: The name of the graph of counts, in full or with a prefix.
_COUNTS = re.compile(rf"{re.escape(GRAPH)}counts\b|\bgraph:counts\b")

#: Columns that say what is counted; rows that differ in one count no single outcome.
_OUTCOME = ("criterion", "measure", "event", "grade", "disease", "source")


class _Chosen(TypedDict):
    """Options that say how to ask, as click hands them over."""

    count_once: bool
    spreadsheet: bool
    listed: bool
    timeout: float


@click.command("query")
@click.argument("name_or_file", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in Format]),
    help="Rows: table (default), csv, tsv, json, xml. Statements: turtle (default), ntriples, rdfxml, jsonld.",
)
@click.option(
    "--count-once",
    is_flag=True,
    help="Count the distinct patients of the rows' ?cohort, and of ?reached of ?assessed, and pool what may be pooled.",
)
@click.option(
    "--spreadsheet",
    is_flag=True,
    help="With --format csv: cells that a spreadsheet would take for a formula begin with an apostrophe.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="The longest that the query may take.",
)
@click.option("--list", "listed", is_flag=True, help="Give the name and title of every stored question.")
@click.pass_obj
def command(project: Project, /, name_or_file: str | None, form: str | None, **chosen: Unpack[_Chosen]) -> None:
    """Ask a stored question by name, or the query in a file (`-` reads standard input).

    Asks the last build when there is one, else the sources. Nothing leaves this machine: SERVICE is refused.
    Limits of memory need Linux; the limit of time holds on every system.

    Example: cartkg query sle-doris-remission --count-once
    """
    if chosen["spreadsheet"] and form != "csv":
        raise click.UsageError("--spreadsheet goes together with --format csv")
    parser = Evaluator(Store(), bounds=_UNWALLED)
    if chosen["listed"]:
        with parser:
            for question in read_questions(project.queries, parser):
                say_lines((question.name, f"    {question.title}"))
        return
    if name_or_file is None:
        raise QueryError("name a question or a file; `cartkg query --list` shows the questions")
    with parser:
        stored = None if _is_file(name_or_file) else find_question(project.queries, name_or_file, parser)
    text = stored.text if stored else _read(name_or_file)
    graph = stored_graph(project, counts=_COUNTS.search(text) is not None)
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    answers = ask_within(
        text, graph, 1 + chosen["count_once"], Bounds(chosen["timeout"], _MEMORY, _ANSWER, walled=False)
    )
    if chosen["spreadsheet"]:
        say_document(write_spreadsheet(hold(answers[0])), "csv")
    else:
        say_document(write(answers[0], Format(form) if form else None, prefixes, stored), form or "turtle")
    if chosen["count_once"]:
        say_text("\n" + _once(hold(answers[1]), graph, stored.same_outcome if stored else ()))


def _once(rows: Rows, graph: KnowledgeGraph, same_outcome: tuple[str, ...]) -> str:
    """Count the columns cohort, reached (or patients), assessed and months of an answer, each patient once."""
    from cartkg.synthesis import pooling, read_relations, totals  # noqa: PLC0415  # statsmodels takes a second to load

    if "cohort" not in rows.variables:
        raise QueryError("--count-once needs a column ?cohort")
    counts = []
    for values in rows.rows:
        row = dict(zip(rows.variables, values, strict=True))
        events, assessed = row.get("reached") or row.get("patients", ""), row.get("assessed", "")
        months = row.get("months", "")
        counted = bool(events and assessed)
        counts.append(
            pooling.Responders(
                finding=row["cohort"],
                cohort=row["cohort"],
                label=row["cohort"].removeprefix(f"{BASE}cohort/"),
                events=int(events) if counted else 0,
                total=int(assessed) if counted else 0,
                months=float(months) if months else None,
            )
        )
    mixed = [name for name in _OUTCOME if name in rows.variables and name not in same_outcome and _differ(rows, name)]
    return totals.tell(totals.total(counts, read_relations(graph), mixed))


def _differ(rows: Rows, name: str) -> bool:
    place = rows.variables.index(name)
    return len({row[place] for row in rows.rows}) > 1


def _is_file(name: str) -> bool:
    return name == "-" or "/" in name or "\\" in name or name.endswith((".rq", ".sparql"))


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else read_text(Path(name))
    except UnusableFile as error:
        raise QueryError(f"{name}: {error.message}") from error
    except UnicodeDecodeError as error:
        raise QueryError(f"{name}: is not UTF-8 at byte {error.start}") from error
