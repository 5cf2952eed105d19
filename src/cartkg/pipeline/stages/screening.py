"""The saved searches, the worklist and the adjudications in a check, and lists beside them that nothing reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic, Severity
from cartkg.dossier.terms import LISTS
from cartkg.files import list_files
from cartkg.literature.screening.searches import Searches
from cartkg.pipeline.worklists import (
    adjudications_path,
    lone_worklist,
    project_adjudications,
    project_searches,
    project_worklist,
    searches_path,
    worklist_path,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cartkg.files import FolderListing
    from cartkg.project import Project

#: Rule of a file in the folder of lists that nothing reads.
LIST_NOT_READ = "list-not-read"
#: Rule of a worklist whose references were not looked up.
NOT_COMPARED = "worklist-not-compared"
#: What could be meant as a list.
_ENDINGS = (".yaml", ".yml", ".tsv", ".csv", ".json")


def screening_diagnostics(project: Project) -> list[Diagnostic]:
    """Return what is wrong with the saved searches, the worklist and the adjudications; a project may lack them."""
    listed = list_files(project.lists, *_ENDINGS)
    found = [Diagnostic.unusable(each) for each in listed.refused]
    found += _not_read(project, listed.files)
    found += _screened(project, listed)
    if adjudications_path(project) in listed.files:
        found += project_adjudications(project).diagnostics
    return found


def _screened(project: Project, listed: FolderListing) -> list[Diagnostic]:
    searches, worklist = searches_path(project), worklist_path(project)
    read = project_searches(project) if searches in listed.files else Searches(())
    found = list(read.diagnostics)
    if worklist not in listed.files:
        return found
    if read.diagnostics or any(each.file == searches for each in listed.refused):
        message = f"was not compared with the searches and dossiers it names; correct data/{searches.name} first"
        return [
            *found,
            *lone_worklist(project).diagnostics,
            Diagnostic(worklist, 1, 1, NOT_COMPARED, message, Severity.WARNING),
        ]
    return [*found, *project_worklist(project, read).diagnostics]


def _not_read(project: Project, listed: Sequence[Path]) -> Iterator[Diagnostic]:
    """Name files that look like a list and that nothing reads, such as one with a misspelt name."""
    own = (searches_path(project), worklist_path(project), adjudications_path(project))
    names = [*(words.file for words in LISTS.values()), *(each.name for each in own)]
    known = {project.lists / name for name in names}
    for path in listed:
        if path not in known:
            message = f"nothing reads this file; the lists in this folder are {', '.join(sorted(names))}"
            yield Diagnostic(path, 1, 1, LIST_NOT_READ, message, Severity.WARNING)
