"""`cartkg add`: dossiers in, study files out."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cartkg.cli.printing import say, say_lines, say_text
from cartkg.curation.adding import add
from cartkg.curation.dossier import SCHEMA_FILE, TEMPLATE_FILE
from cartkg.curation.glossary import describe, near_words
from cartkg.curation.lexicon import read_lexicon
from cartkg.curation.scores import Scales
from cartkg.curation.shelf import Shelf
from cartkg.errors import EXIT_COULD_NOT_RUN
from cartkg.findings import Severity
from cartkg.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartkg.curation.adding import Added


def _print(file: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    """Make the callback of an option that prints a file of the package and ends the command."""

    def show(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001  # click's signature
        if wanted:
            say_text(resources.files("cartkg.curation").joinpath(file).read_text("utf-8"))
            ctx.exit()

    return show


def _words(ctx: click.Context, _: click.Parameter, text: str | None) -> None:
    """Print the words of the project near a text, and end the command."""
    if text is None:
        return
    project = ctx.ensure_object(Project)
    lexicon = read_lexicon(project.shared_files())
    scales = Scales(lexicon, Shelf.of(project).facts)
    say_lines(describe(near_words(text, lexicon, scales), text))
    ctx.exit()


@click.command("add", epilog="Example: cartkg add my-dossiers/smith-2026-lancet.yaml")
@click.argument("dossiers", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--template",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print(TEMPLATE_FILE),
    help="Print an empty dossier with comments and stop.",
)
@click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print(SCHEMA_FILE),
    help="Print the JSON Schema of a dossier, for editors, and stop.",
)
@click.option(
    "--words",
    metavar="TEXT",
    is_eager=True,
    expose_value=False,
    callback=_words,
    help="List the words of a dossier near TEXT by kind, as they are written, with the range of a score, and stop.",
)
@click.option("--quiet", is_flag=True, help="Leave out notes; show warnings and errors only.")
@click.pass_obj
def command(project: Project, dossiers: tuple[Path, ...], quiet: bool) -> None:  # noqa: FBT001  # click passes flags so
    """Write the study file of each dossier, in house style.

    Every row of a dossier ends in the graph; what only its words could be kept of is named on standard error with its
    line and why. All that is wrong is named in one run: with an error nothing is written and the exit code is 3.
    """
    report = add(dossiers, project)
    for finding in sorted([*report.findings, *report.in_words], key=lambda found: found.sort_key):
        if finding.severity is not Severity.INFO or not quiet:
            place = f"{finding.file}:{finding.line}:{finding.column}"
            say(f"{place}: {finding.severity.value}: {finding.message} [{finding.rule}]", err=True)
    if report.refused:
        say("nothing was written; mend the errors above and add again", err=True)
        raise SystemExit(EXIT_COULD_NOT_RUN)
    for path in report.written:
        say(f"wrote {path}")
    say(_total(report), err=True)


def _total(report: Added) -> str:
    again = f"; added again because they speak of these: {', '.join(report.again)}" if report.again else ""
    count = len(report.keys)
    dossiers = "1 dossier" if count == 1 else f"{count} dossiers"
    unchanged = "" if report.written else "; no file had to change"
    words = len(report.in_words)
    kept = f"{words} {'fact' if words == 1 else 'facts'} kept in words only"
    return f"{dossiers}, {report.rows} rows in the graph, {kept}{again}{unchanged}"
