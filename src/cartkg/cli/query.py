"""`cartkg query`: ask a stored question or a file of your own."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cartkg.cli.loading import stored_graph
from cartkg.errors import QueryError
from cartkg.namespaces import read_prefixes
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over
from cartkg.queries import Format, ask, find_question, read_questions, write
from cartkg.sparql.syntax import analyse, guard

_DEPTH = 200  # levels of brackets; far above any written by hand, far below what ends pyoxigraph's parser


@click.command("query")
@click.argument("name_or_file", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in Format]),
    help="Rows: table (default), csv, tsv, json, xml. Statements: turtle (default), ntriples, rdfxml, jsonld.",
)
@click.option("--list", "listed", is_flag=True, help="Give the name and title of every stored question.")
@click.pass_obj
def command(project: Project, name_or_file: str | None, form: str | None, *, listed: bool) -> None:
    """Ask a stored question by name, or the query in a file (`-` reads standard input).

    Asks the last build when there is one, else the sources. Nothing leaves this machine: SERVICE is refused.

    Example: cartkg query sle-doris-remission --format csv
    """
    if listed:
        for question in read_questions(project.queries):
            click.echo(f"{question.name}\n    {question.title}")
        return
    if name_or_file is None:
        raise QueryError("name a question or a file; `cartkg query --list` shows the questions")
    stored = None if _is_file(name_or_file) else find_question(project.queries, name_or_file)
    text = stored.text if stored else _read(name_or_file)
    guard(analyse(text, _DEPTH))
    result = ask(text, stored_graph(project))
    chosen = Format(form) if form else None
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    click.echo(write(result, chosen, prefixes, stored), nl=False)


def _is_file(name: str) -> bool:
    return name == "-" or "/" in name or "\\" in name or name.endswith((".rq", ".sparql"))


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except OSError as error:
        raise QueryError(f"{name}: cannot read the query: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise QueryError(f"{name}: is not UTF-8 at byte {error.start}") from error
