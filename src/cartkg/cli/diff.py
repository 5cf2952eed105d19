"""`cartkg diff`: what changed in the evidence."""

from __future__ import annotations

import click

from cartkg.cli.printing import say_document, say_text
from cartkg.namespaces import read_prefixes
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over
from cartkg.release.diff_report import as_json, as_text, as_turtle
from cartkg.release.differences import compare
from cartkg.release.snapshots import open_snapshot


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--format", "form", type=click.Choice(["text", "json", "turtle"]), default="text", show_default=True)
@click.pass_obj
def command(project: Project, old: str, new: str, form: str) -> None:
    """Show which claims, findings, mappings and other things were added, corrected or withdrawn.

    OLD and NEW are each a release folder, an .nq dump, a project, a folder of Turtle files, or a git revision.

    Example: cartkg diff HEAD~1 .
    """
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    changes = compare(open_snapshot(old, project), open_snapshot(new, project))
    if form == "json":
        say_document(as_json(changes), form)
    elif form == "turtle":
        say_document(as_turtle(changes, (old, new), prefixes), form)
    else:
        say_text(as_text(changes, prefixes))
