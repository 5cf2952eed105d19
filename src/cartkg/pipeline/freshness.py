"""A project and a build -> whether the build is of the files as they are now; light, since every start asks."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cartkg import caches, manifest
from cartkg.errors import ConfigError
from cartkg.files import is_file, read_bytes
from cartkg.project import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cartkg.project import Project
    from cartkg.sparql.engines.data_source import DataSource
    from cartkg.sparql.pool.jobs import Source


def sources(project: Project) -> list[Path]:
    """Return the Turtle files of a build: ontology, then data.

    Raises:
        ConfigError: the data are missing.
    """
    data = project.data_files()
    if not data:
        raise ConfigError("holds no Turtle file; add a study with `cartkg add`", setting=str(project.data))
    return [*project.ontology_files(), *data]


def _all_sources(project: Project) -> Iterator[Path]:
    yield from sources(project)
    yield from project.shape_files()
    yield from project.mapping_files()
    yield from project.rule_files()
    yield from project.query_files()


def sources_digest(project: Project) -> str:
    """Return the SHA-256 over names and contents of all files that a build reads, and over the code."""
    digest = hashlib.sha256(caches.code())
    for path in _all_sources(project):
        digest.update(f"\n{path.relative_to(project.root)}\n".encode("utf-8", "surrogateescape"))
        digest.update(read_bytes(path))
    for refused in project.refused_files():
        digest.update(f"\n{refused}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


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
    """Find what is to be served; a build of sources that have changed since is made again first.

    Args:
        origin: where to look.
        say: is told that it is built again, which takes its time.

    Raises:
        ConfigError: a path does not exist, holds no RDF, or the build failed.
        UnusableFile: a file may not be read.
    """
    if origin.manifest is not None and is_file(origin.manifest) and not is_fresh(origin.project):
        say("the sources have changed since the last build; rebuilding")
        origin.build()
    return origin.find()
