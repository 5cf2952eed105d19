"""The saved searches, the worklist and the adjudications of a project, with what they refer to: dossiers and trials."""

from __future__ import annotations

import os.path
from functools import cache
from typing import TYPE_CHECKING

from cartkg import files
from cartkg.dossier.reading import MAX_BYTES, read_bytes, read_document
from cartkg.errors import ConfigError
from cartkg.literature.screening.adjudication import Adjudications, read_adjudications
from cartkg.literature.screening.reading import ReadingRecord, reading_of
from cartkg.literature.screening.searches import Searches, read_searches
from cartkg.literature.screening.worklist import Worklist, WorklistReferences, read_worklist
from cartkg.project import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.dossier.node import Node
    from cartkg.project import Project

_LARGEST = 64 * 1024**2


def searches_path(project: Project) -> Path:
    """Return the file of the saved searches."""
    return project.lists / "searches.yaml"


def worklist_path(project: Project) -> Path:
    """Return the file of the worklist."""
    return project.lists / "worklist.tsv"


def project_searches(project: Project) -> Searches:
    """Read the saved searches of a project.

    Raises:
        ConfigError: there are none.
        UnusableFile: the file may not be read.
    """
    path = searches_path(project)
    if not files.is_file(path):
        raise ConfigError("there are no saved searches; the guide `Keep up with the literature` shows one", str(path))
    return read_searches(files.read_bytes(path, _LARGEST), path)


def project_worklist(project: Project, searches: Searches) -> Worklist:
    """Read the worklist of a project; an empty one where there is none yet.

    Raises:
        UnusableFile: the file may not be read.
    """
    path = worklist_path(project)
    if not files.is_file(path):
        return Worklist()
    return read_worklist(files.read_bytes(path, _LARGEST), path, surroundings(project, searches))


def lone_worklist(project: Project) -> Worklist:
    """Read the worklist of a project by itself: what it refers to is not looked up.

    Raises:
        UnusableFile: the file may not be read.
    """
    path = worklist_path(project)
    return read_worklist(files.read_bytes(path, _LARGEST), path)


def surroundings(project: Project, searches: Searches) -> WorklistReferences:
    """Return what a worklist of a project may refer to."""
    register = project.lists / "trials.yaml"
    trials = read_document(register).children("trials") if register.exists() else []
    in_graph = {each.text("id") or "": True for each in trials}
    in_graph |= {each.key: each.is_checked for each in project_readings(project)}
    return WorklistReferences(frozenset(each.id for each in searches.searches), in_graph)


def project_readings(project: Project) -> list[ReadingRecord]:
    """Return who has read and checked each dossier of a project."""
    return [reading_of(path.stem, files.read_text(path)) for path in project.dossier_files()]


def adjudications_path(project: Project) -> Path:
    """Return the file of what was decided where two readers differ."""
    return project.lists / "adjudications.tsv"


def project_adjudications(project: Project) -> Adjudications:
    """Read what was decided where two readers differ, and compare it with the dossiers; nothing without a file.

    Raises:
        UnusableFile: the file or a dossier may not be read.
    """
    path = adjudications_path(project)
    if not os.path.lexists(path):
        return Adjudications()
    homes = {each.stem: each for each in project.dossier_files()}

    @cache
    def dossier(key: str) -> Node | None:
        return read_bytes(files.read_bytes(homes[key], MAX_BYTES), homes[key]).root if key in homes else None

    return read_adjudications(files.read_bytes(path, _LARGEST), path, dossier)


def write_adjudications(project: Project, adjudications: Adjudications) -> Path:
    """Write what was decided where two readers differ, whole or not at all.

    Raises:
        ConfigError: it cannot be written.
    """
    path = adjudications_path(project)
    replace_file(path, adjudications.text.encode())
    return path


def write_worklist(project: Project, worklist: Worklist) -> Path:
    """Write the worklist of a project, whole or not at all.

    Raises:
        ConfigError: it cannot be written.
    """
    path = worklist_path(project)
    replace_file(path, worklist.text.encode())
    return path
