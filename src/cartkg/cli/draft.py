"""`cartkg draft`: draft a dossier from one of the first form or from the record of a paper."""

from __future__ import annotations

from pathlib import Path

import click

from cartkg.cli.add import report_added
from cartkg.cli.printing import say, say_text
from cartkg.errors import EXIT_DIAGNOSTICS
from cartkg.pipeline.adding import Added
from cartkg.pipeline.drafts import draft_file, write_new
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over


@click.command("draft", epilog="Example: cartkg draft pubmed-38381673.nbib --output mueller-2024-nejm.yaml")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="New file for the draft. Default: standard output.")
@click.pass_obj
def command(project: Project, file: Path, output: Path | None) -> None:
    """Propose a dossier for FILE: a dossier of the first form, or a record of PubMed (nbib) or RIS.

    Every row is marked `unconfirmed: true` and shows the words it was made from. Compare each row with its source,
    correct it and remove the mark; `cartkg add` refuses the dossier until then. A file is never overwritten.

    Exit codes: 0 drafted, 1 problems in FILE, 2 usage error, 3 could not run.
    """
    drafted = draft_file(file, project)
    if drafted.diagnostics:
        report_added(Added(diagnostics=list(drafted.diagnostics)), project, "text")
        raise SystemExit(EXIT_DIAGNOSTICS)
    if output is None:
        say_text(drafted.text)
        return
    write_new(output, drafted.text)
    rows = sum(line.strip() == "unconfirmed: true" for line in drafted.text.splitlines())
    say(f"wrote {output}: {rows} rows to confirm", err=True)
