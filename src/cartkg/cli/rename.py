"""`cartkg rename`: give a publication another key."""

from __future__ import annotations

import click

from cartkg.cli.add import report_added
from cartkg.cli.printing import say
from cartkg.errors import EXIT_DIAGNOSTICS
from cartkg.pipeline.adding import rename
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over


@click.command("rename", epilog="Example: cartkg rename smith-2026-lancet smith-2026-lancet-rheum")
@click.argument("old")
@click.argument("new")
@click.pass_obj
def command(project: Project, old: str, new: str) -> None:
    """Rename the dossier OLD to NEW, and update all references to it in other dossiers.

    The IRIs of its study, findings and claims change with the key: rename a dossier before it is published.
    """
    renamed = rename(old, new, project)
    report_added(renamed, project, "text")
    if renamed.refused:
        say("nothing renamed: fix the errors above and run again", err=True)
        raise SystemExit(EXIT_DIAGNOSTICS)
    for path in renamed.written:
        say(f"changed {path}")
