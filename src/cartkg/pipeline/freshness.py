"""Check whether a build matches the current files of a project; fast, because every start checks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg import manifest
from cartkg.builds import carried, reason_for_none, sources_digest
from cartkg.errors import ConfigError
from cartkg.files import is_file
from cartkg.project import DUMP, MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartkg.project import Project
    from cartkg.sparql.engines.data_source import DataSource
    from cartkg.sparql.pool.jobs import Source


def is_fresh(project: Project) -> bool:
    """Return whether the project's build was made by this user, with this code, from the files as they are now.

    Raises:
        ConfigError: the data are missing, or another user may have written to the folder that remembers builds.
    """
    if project.own_dump() is None:
        return False
    try:
        made = manifest.read(project.build / MANIFEST)
    except ConfigError:
        return False
    return made.sources == sources_digest(project)


def current(origin: DataSource, say: Callable[[str], None]) -> Source:
    """Find what is to be served; where there is no build of the sources as they are now, one is made first.

    Args:
        origin: where to look.
        say: receives the reason for a build, which takes time.

    Raises:
        ConfigError: a path does not exist, contains no RDF, or the build failed.
        UnusableFile: a file may not be read.
    """
    if origin.manifest is not None and (reason := _reason_to_build(origin.project)):
        say(f"{reason}; building it, which takes about half a minute")
        origin.build()
    return origin.find()


def _reason_to_build(project: Project) -> str:
    """Say why a build is needed; nothing when there is one of the sources as they are now."""
    if carried(project) is not None or is_fresh(project):
        return ""
    if not (is_file(project.build / DUMP) and is_file(project.build / MANIFEST)):
        return reason_for_none(project)
    if project.own_dump() is None:
        return "the build here was not made by this user"
    return "the sources have changed since the last build"
