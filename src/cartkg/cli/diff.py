"""`cartkg diff`: what changed in the evidence."""

from __future__ import annotations

import click

from cartkg.cli.printing import say_document, say_text
from cartkg.errors import ConfigError
from cartkg.namespaces import read_prefixes
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over
from cartkg.release.diff_report import as_json, as_text, as_turtle
from cartkg.release.differences import compare
from cartkg.release.history import as_history, changes_of, is_date
from cartkg.release.snapshots import open_snapshot


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "turtle", "history"]), default="text", show_default=True
)
@click.option("--release", default="", metavar="DATE", help="Data version of NEW, which a history states.")
@click.pass_obj
def command(project: Project, old: str, new: str, form: str, release: str) -> None:
    """Show which claims, findings, mappings and other things were added, corrected or withdrawn.

    `--format history` writes what /changes of the site shows of a release: keep it as data/changes/DATE.json.

    OLD and NEW are each a release folder, an .nq dump, a project, a folder of Turtle files, or a git revision.

    Example: cartkg diff HEAD~1 .
    """
    if form == "history" and not is_date(release):
        raise ConfigError("takes the date of the release that NEW is, such as 2026-11-22", setting="--release")
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    before, after = open_snapshot(old, project), open_snapshot(new, project)
    changes = compare(before, after)
    if form == "json":
        say_document(as_json(changes), form)
    elif form == "turtle":
        say_document(as_turtle(changes, (old, new), prefixes), form)
    elif form == "history":
        say_document(as_history(changes_of(release, before, after, changes)), "json")
    else:
        say_text(as_text(changes, prefixes))
