"""`cartkg draft`: draft dossiers from the records of papers, or from a dossier of the first form."""

from __future__ import annotations

from pathlib import Path

import click

from cartkg.cli.add import report_added
from cartkg.cli.printing import say, say_text
from cartkg.diagnostics import Diagnostic, Severity
from cartkg.errors import EXIT_DIAGNOSTICS
from cartkg.pipeline.adding import Added
from cartkg.pipeline.drafts import draft_file, write_drafts, write_new
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over


@click.command(
    "draft",
    epilog="Example: cartkg draft pubmed-38381673.nbib --output mueller-2024-nejm.yaml\n\n"
    "Example: cartkg draft search-results.xml --output drafts",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="New file for the draft, or folder for drafts. Default: standard output.",
)
@click.pass_obj
def command(project: Project, file: Path, output: Path | None) -> None:
    """Propose a dossier for each record of FILE, or for a dossier of the first form.

    Records are read from PubMed (nbib, XML), RIS, BibTeX, CSL-JSON, EndNote XML, and the JSON of Crossref and Europe
    PMC; the content says which it is. The head is filled: identifiers, authors, trials, corrections and retractions.
    The abstract is in comments above empty sections.

    Of the text of a paper in JATS XML, and of its tables as CSV, TSV or XLSX, rows are suggested: a number of patients
    beside a measure or event that is named exactly. Above each row is the sentence, or the cell, that it comes from.

    Every row is marked `unconfirmed: true`. Compare each row with its source, correct it and remove the mark;
    `cartkg add` refuses the dossier until then. A file is never overwritten. In a folder, no draft is written for a
    paper that has a dossier or a draft there already; each record that is left out is named with its line.

    Exit codes: 0 drafted, 1 problems in FILE, 2 usage error, 3 could not run.
    """
    drafted = draft_file(file, project, output)
    problems = list(drafted.diagnostics)
    if len(drafted.drafts) > 1 and (output is None or output.is_file() or output.suffix == ".yaml"):
        raise click.UsageError(f"{file} contains {len(drafted.drafts)} records; name a folder with --output")
    if output is not None and (output.is_dir() or len(drafted.drafts) > 1):
        written = write_drafts(drafted.drafts, output, project, file)
        problems += written.diagnostics
        say(f"wrote {len(written.paths)} drafts to {output}; {_counted(problems)}", err=True)
    elif drafted.drafts and output is not None:
        write_new(output, drafted.drafts[0].text)
        rows = sum(line.strip() == "unconfirmed: true" for line in drafted.drafts[0].text.splitlines())
        say(f"wrote {output}: {rows} rows to confirm", err=True)
    elif drafted.drafts:
        say_text(drafted.drafts[0].text)
    if problems:
        report_added(Added(diagnostics=problems), project, "text")
    if any(each.severity is Severity.ERROR for each in problems):
        raise SystemExit(EXIT_DIAGNOSTICS)


def _counted(problems: list[Diagnostic]) -> str:
    return f"{len(problems)} lines to look at" if problems else "no problems"
