"""The only way to print: every command writes its output through this module.

What is said may hold names and texts of strangers: none of it moves a terminal's cursor or gives a CI runner a command.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import click

from cartkg.errors import CartkgError, OntologyError, ShapesError
from cartkg.escaping import controls_shown, document, lines, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Formats of documents by how characters are escaped in them; CSV and text are not here.
_ESCAPES = {
    "json": "json",
    "jsonld": "json",
    "sarif": "json",
    "turtle": "turtle",
    "ntriples": "turtle",
    "tsv": "turtle",
    "xml": "xml",
    "rdfxml": "xml",
    "junit": "xml",
}
_COMMANDS = "github"


def say(text: str, *, err: bool = False) -> None:
    """Write one line to standard output or standard error."""
    click.echo(one_line(text), err=err)


def say_lines(parts: Iterable[str], *, err: bool = False) -> None:
    """Write several lines."""
    for part in parts:
        say(part, err=err)


def say_text(text: str) -> None:
    """Write text of our own layout, such as a table or a template, to standard output; it ends as it is."""
    click.echo(lines(text), nl=False)


def say_document(text: str, form: str) -> None:
    """Write a document in a format to standard output, so that it reads the same wherever the format has escapes.

    CSV has none: it is written byte for byte as its standard wants it, except on a terminal, where it is shown.
    """
    if form in _ESCAPES:
        click.echo(document(text, _ESCAPES[form]), nl=False)
    elif form == _COMMANDS:
        click.echo(controls_shown(text), nl=False)
    elif form == "csv" and not sys.stdout.isatty():
        click.echo(text, nl=False)
    else:
        say_text(text)


def say_error(error: CartkgError | click.ClickException) -> None:
    """Write what went wrong to standard error: one line, and one for each axiom or other place at fault."""
    if isinstance(error, click.ClickException):
        shown = io.StringIO()
        error.show(shown)
        say_lines(shown.getvalue().splitlines(), err=True)
    elif isinstance(error, OntologyError):
        say_lines((f"cartkg: {error.message}", *(f"  {axiom}" for axiom in error.axioms)), err=True)
    else:
        others = error.others if isinstance(error, ShapesError) else ()
        say_lines((f"cartkg: {each}" for each in (error, *others)), err=True)
