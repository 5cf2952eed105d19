"""Find the build of a project: the one in the installed package, else one that this user made.

What is in a checkout in place of a build may hold anything, so it counts only when this user made it here. The build
in the installed package came with the code that runs, and is trusted as that code is. It is read when its hash shows
that it was made from the sources beside it, by this code: an installation that was changed makes its own.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from cartkg import caches, manifest
from cartkg.errors import ConfigError, UnusableFile
from cartkg.files import is_file, read_bytes
from cartkg.project import DUMP, INDEX, MANIFEST, PAGE, PICTURE
from cartkg.unpacking import GZIP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cartkg.project import Project


def sources(project: Project) -> list[Path]:
    """Return the Turtle files of a build: ontology, then data.

    Raises:
        ConfigError: the data are missing.
    """
    data = project.data_files()
    if not data:
        raise ConfigError("holds no Turtle file; add a study with `cartkg add`", setting=str(project.data))
    return [*project.ontology_files(), *data]


def sources_digest(project: Project, code: bytes | None = None) -> str:
    """Return the SHA-256 over names and contents of all files that a build reads, and over the code.

    Args:
        project: whose files.
        code: digest of the code; that of this code and of the packages it works with if omitted.

    Raises:
        ConfigError: the data are missing.
        UnusableFile: a file cannot be read.
    """
    digest = hashlib.sha256(caches.code() if code is None else code)
    for path in _all_sources(project):
        digest.update(f"\n{path.relative_to(project.root).as_posix()}\n".encode("utf-8", "surrogateescape"))
        digest.update(read_bytes(path))
    for refused in project.refused_files():
        digest.update(f"\n{refused}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def contents_digest(project: Project, folder: Path) -> str:
    """Return the SHA-256 over a build in a folder, the files it was made from and our own code.

    Versions of other packages are left out: those of a user may differ from those that the package was made with.

    Raises:
        ConfigError: the data are missing.
        UnusableFile: a file cannot be read.
    """
    digest = hashlib.sha256(sources_digest(project, caches.own_code()).encode())
    for name in (DUMP, PAGE, PICTURE, INDEX):
        digest.update(hashlib.sha256(read_bytes(held(folder, name))).digest())
    return digest.hexdigest()


@cache
def carried(project: Project) -> Path | None:
    """Return the folder of the build that the installed package carries beside these sources.

    Returns:
        None when the project is not that of the package, or its build is missing or does not match. Each process looks
        once: an installation does not change under a command.
    """
    folder = project.packaged
    if folder is None:
        return None
    try:
        made = manifest.read(folder / MANIFEST)
        return folder if made.contents == contents_digest(project, folder) else None
    except (ConfigError, UnusableFile):
        return None


def folder_read(project: Project) -> Path:
    """Return the folder of the build that is read; there may be none in it yet."""
    return carried(project) or project.build


def dump_read(project: Project) -> Path | None:
    """Return the dump of the build that is read; None when the package carries none and this user made none.

    Raises:
        ConfigError: another user may have written to the folder that remembers builds.
    """
    folder = carried(project)
    return dump_in(folder) if folder else project.own_dump()


def dump_in(folder: Path) -> Path:
    """Return the dump of a build, packed when the build contains it so."""
    return held(folder, DUMP)


def held(folder: Path, name: str) -> Path:
    """Return a file of a build, packed by gzip when the build contains it so, as the installed package does."""
    packed = folder / f"{name}{GZIP}"
    return packed if is_file(packed) else folder / name


def reason_for_none(project: Project) -> str:
    """Say why a project has no build to read."""
    if project.packaged is not None:
        return "the graph of this installation is missing or does not match its sources and code"
    return "no build made here"


def _all_sources(project: Project) -> Iterator[Path]:
    yield from sources(project)
    yield from project.shape_files()
    yield from project.mapping_files()
    yield from project.rule_files()
    yield from project.query_files()
