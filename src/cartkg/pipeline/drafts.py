"""`cartkg draft`: draft a dossier from a file, with the vocabulary of a project."""

from __future__ import annotations

import os.path
from typing import TYPE_CHECKING

from cartkg import files
from cartkg.diagnostics import Diagnostic
from cartkg.dossier.reading import MAX_BYTES
from cartkg.dossier.terms import Terms
from cartkg.errors import ConfigError, UnusableFile
from cartkg.literature.drafting import Draft, draft
from cartkg.project import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.project import Project


def draft_file(path: Path, project: Project) -> Draft:
    """Draft a dossier from a file, with the words and dossiers of a project."""
    try:
        data = files.read_bytes(path, MAX_BYTES)
    except UnusableFile as error:
        return Draft(diagnostics=(Diagnostic.unusable(error),))
    return draft(data, path, Terms.read(project), frozenset(each.stem for each in project.dossier_files()))


def write_new(path: Path, text: str) -> None:
    """Write a text to a file that is not there yet.

    Raises:
        ConfigError: there is a file, or it cannot be written.
    """
    if os.path.lexists(path):
        raise ConfigError("the file exists already, and drafts never overwrite; name another file", str(path))
    replace_file(path, text.encode())
