"""`cartkg add`: add dossiers to a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cartkg import __version__
from cartkg.cli.printing import say, say_document, say_text
from cartkg.diagnostics import FORMATS, Report, Rule, Severity, render
from cartkg.dossier.schema import SCHEMA_FILE, resource
from cartkg.dossier.template import template
from cartkg.dossier.terms import LISTS, Vocabulary
from cartkg.errors import EXIT_DIAGNOSTICS
from cartkg.files import border
from cartkg.pipeline.adding import add, add_all
from cartkg.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartkg.pipeline.adding import Added


def _printing(text: Callable[[], str]) -> Callable[[click.Context, click.Parameter, bool], None]:
    """Return the callback of an option that prints a text and ends the command."""

    def show(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001  # click's signature
        if wanted:
            say_text(text())
            ctx.exit()

    return show


def _words(ctx: click.Context, _: click.Parameter, text: str | None) -> None:
    """Print the ids of the vocabularies that are near a text, and end the command."""
    if text is None:
        return
    terms = Vocabulary.read(ctx.ensure_object(Project))
    found = [(kind, word) for kind in LISTS for word in terms.nearest(kind, text)]
    for kind, word in found:
        term = terms.get(kind, word)
        say(f"{kind}: {word}{f'   ({term.label})' if term else ''}")
    if not found:
        say(f"nothing similar to {text} was found; to add a term: cartkg term add --help")
    ctx.exit()


@click.command("add", epilog="Example: cartkg add my-dossiers/smith-2026-lancet.yaml")
@click.argument("dossiers", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Compile every dossier and list of the project again.")
@click.option(
    "--replaces",
    multiple=True,
    metavar="VERSION",
    help="Version of the existing dossier, to confirm that it may be replaced.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Report format.")
@click.option("--quiet", is_flag=True, help="Do not print the sentence of each row.")
@click.option(
    "--template", is_flag=True, is_eager=True, expose_value=False, callback=_printing(template),
    help="Print a commented template of a dossier and exit.",
)  # fmt: skip
@click.option(
    "--schema", is_flag=True, is_eager=True, expose_value=False, callback=_printing(lambda: resource(SCHEMA_FILE)),
    help="Print the JSON Schema of a dossier, for editors, and exit.",
)  # fmt: skip
@click.option(
    "--words", metavar="TEXT", is_eager=True, expose_value=False, callback=_words,
    help="List the ids of measures, events, drugs and other terms similar to TEXT, and exit.",
)  # fmt: skip
@click.pass_obj
def command(  # noqa: PLR0913, PLR0917  # one parameter an option
    project: Project,
    dossiers: tuple[Path, ...],
    everything: bool,  # noqa: FBT001  # click passes flags so
    replaces: tuple[str, ...],
    form: str,
    quiet: bool,  # noqa: FBT001
) -> None:
    """Add or update dossiers, or lists of trials or products.

    For each row, print the sentence that the graph now states, so that mistakes are easy to see. All problems are
    reported in one run with their lines, as `cartkg check` reports them. If there is an error, nothing is written.

    Exit codes: 0 written, 1 problems in a dossier, 2 usage error, 3 could not run.
    """
    if everything == bool(dossiers):
        raise click.UsageError("name the dossiers to add, or use --all")
    added = add_all(project) if everything else add(dossiers, project, frozenset(replaces))
    report_added(added, project, form)
    if added.refused:
        say("nothing written: fix the errors above and run again", err=True)
        raise SystemExit(EXIT_DIAGNOSTICS)
    if not quiet:
        for sentence in added.sentences:
            say(f"{sentence.row}: {sentence.text}")
    for path in added.written:
        say(f"wrote {path}", err=True)
    say(f"dossiers: {len(added.keys)}, rows: {len(added.sentences)}, files written: {len(added.written)}", err=True)


def report_added(added: Added, project: Project, form: str) -> None:
    """Print the problems of a command on dossiers as `cartkg check` prints its own."""
    rules = {found.rule: Rule(found.rule, "dossiers", found.rule.replace("-", " ")) for found in added.diagnostics}
    report = Report(
        diagnostics=tuple(sorted(added.diagnostics, key=lambda found: found.sort_key)),
        rules=rules,
        files=tuple(sorted({found.file for found in added.diagnostics if found.file})),
        root=project.root,
        version=__version__,
        fail_on=Severity.ERROR,
        checkout=border(Path.cwd()),
    )
    if added.diagnostics or form != "text":
        say_document(render(report, form), form)
