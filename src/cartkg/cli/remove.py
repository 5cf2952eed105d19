"""`cartkg remove`: take a publication out of the project."""

from __future__ import annotations

import click

from cartkg.cli.add import report_added
from cartkg.cli.printing import say
from cartkg.errors import EXIT_DIAGNOSTICS
from cartkg.pipeline.adding import remove
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over


@click.command("remove", epilog="Example: cartkg remove smith-2026-lancet")
@click.argument("key")
@click.pass_obj
def command(project: Project, key: str) -> None:
    """Remove the dossier KEY and its compiled file.

    This is refused while another dossier refers to KEY; each line that does is listed.
    """
    removed = remove(key, project)
    report_added(removed, project, "text")
    if removed.refused:
        say("nothing removed: change the lines above and run again", err=True)
        raise SystemExit(EXIT_DIAGNOSTICS)
    for path in removed.written:
        say(f"removed {path}")
