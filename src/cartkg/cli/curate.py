"""`cartkg curate`: edit a dossier in the browser, beside its source."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from cartkg.cli.printing import say
from cartkg.files import list_files
from cartkg.pipeline.curating import CurationContext, CurationFolder, read_source
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over


@click.command(
    "curate",
    epilog="Example: cartkg curate drafts/mueller-2024-nejm.yaml --source paper.pdf\n\nExample: cartkg curate drafts",
)
@click.argument("dossier", required=False, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The paper: PDF, JATS XML, a table, or a text in UTF-8. Default: the abstract in the comments of DOSSIER.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1. Default: a free one.")
@click.pass_obj
def command(project: Project, dossier: Path | None, source: Path | None, port: int) -> None:
    """Edit DOSSIER in the browser, with its source on the left and its form on the right.

    DOSSIER is a file, or a folder of them. Default: the dossiers of the project.

    Open the address that is printed. Under each row is the sentence that the graph will state, beside each field what
    is wrong with it. Suggestions of `cartkg draft` are accepted or dropped row by row. Saving writes the same file:
    comments and all that was not edited stay as they are. A file that something else has changed is not overwritten.

    The address works on this machine alone and has a secret part; keep it to yourself. The graph is not changed:
    `cartkg add` does that. End with Ctrl-C; edits that were not saved are lost, and their files named.

    Exit codes: 0 ended by Ctrl-C, 2 usage error, 3 could not run.
    """
    place = dossier or project.dossiers
    if source and place.is_dir():
        raise click.UsageError("--source is the text of one paper; name the file of its dossier")
    text = read_source(source) if source else ""
    paths = list_files(place, ".yaml").files if place.is_dir() else (place,)
    folder = CurationFolder(paths, CurationContext(project))
    if not place.is_dir():
        folder.curation(place.stem)  # what cannot be read is refused here, not in the browser
    serve = import_module("cartkg.web.curating").serve_curation  # the web framework loads once there is something
    try:
        serve(folder, port, text, say)
    finally:
        for path in folder.unsaved():
            say(f"not saved: {path}", err=True)
