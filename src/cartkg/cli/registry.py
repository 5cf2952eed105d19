"""`cartkg registry`: what the records of a trial register would change of the trials that are stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cartkg.cli.printing import say
from cartkg.cli.problems import end_with, say_problems
from cartkg.cli.tables import form_option, say_rows
from cartkg.dossier.reading import read_document
from cartkg.files import read_bytes
from cartkg.literature.formats.recognition import LARGEST
from cartkg.literature.registries.proposal import compare_trials, write_proposals
from cartkg.literature.registries.recognition import read_register
from cartkg.pipeline.drafts import write_new

if TYPE_CHECKING:
    from cartkg.literature.registries.changes import TrialChanges
    from cartkg.project import Project

_COLUMNS = ("trial", "field", "stored", "found", "record")


@click.command("registry", epilog="Example: cartkg registry ctg-studies.json --output changes.yaml")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="New file for changes, to accept with `cartkg add`.")
@click.option("--known", is_flag=True, help="Only trials that are stored already.")
@form_option
@click.pass_obj
def command(project: Project, file: Path, output: Path | None, form: str, *, known: bool) -> None:
    """List what an export of a trial register would change of the stored trials.

    FILE is JSON of ClinicalTrials.gov (API v2, one study or many), XML of the WHO's portal (ICTRP), or JSON of CTIS;
    the content says which. Trials are matched by their numbers. Nothing is stored: --output writes the changes as a
    list of trials, in which a new status, number of patients or date comes before those that are stored, which stay
    as history. Delete what you do not accept, and run `cartkg add` with that file. An older record than what is
    stored changes nothing that stands. Arms, outcomes and places that are stored in other words are listed, and no
    change of them is proposed. Criteria and the numbers of posted results are remarks in the file.

    Exit codes: 0 compared, 1 records of FILE that cannot be read, 2 usage error, 3 could not run.
    """
    export = read_register(read_bytes(file, LARGEST), file)
    stored = read_document(project.root / "data" / "trials.yaml")
    compared = compare_trials(export.trials, stored, file)
    shown = [each for each in compared.trials if not (known and each.is_new)]
    say_rows(_COLUMNS, [row for each in shown for row in _rows(each)], form)
    if output is not None and (text := write_proposals(shown, stored)):
        write_new(output, text)
        say(f"wrote {output}: look through it, then run `cartkg add {output}`", err=True)
    new = sum(each.is_new for each in shown)
    same = sum(not _proposes(each) for each in shown)
    words = sum(bool(each.changes) for each in shown if not _proposes(each))
    note = f", {words} of them in other words or older" if words else ""
    say(f"{len(shown)} trials: {len(shown) - new - same} changed, {new} new, {same} as stored{note}", err=True)
    problems = [*export.diagnostics, *compared.diagnostics]
    say_problems(problems)
    end_with(problems)


def _proposes(each: TrialChanges) -> bool:
    """Return whether a field would change; what is older or in other words is only listed."""
    return any(change.value is not None for change in each.changes)


def _rows(each: TrialChanges) -> list[tuple[str, ...]]:
    record = each.trial.recorded or ""
    if each.is_new:
        return [(each.id, "new trial", "", each.trial.title, record)]
    return [(each.id, change.field, change.stored, change.found, record) for change in each.changes]
