"""Find the quads to serve: files, a store's folder, or the project's build."""

from __future__ import annotations

import subprocess  # starts this package's own build command
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from cartkg import manifest
from cartkg.builds import dump_in, folder_read
from cartkg.errors import ConfigError
from cartkg.files import chunks, is_file, list_files, refusal
from cartkg.formats import BY_ENDING, RDF_XML
from cartkg.graph import disk_store
from cartkg.graph.prologs import refuse_doctype
from cartkg.processes import environment, own_module
from cartkg.project import MANIFEST
from cartkg.sparql.pool.jobs import Source

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.project import Project

_UNRELEASED = "unreleased"
_STDERR = 2
#: The file of RocksDB that each store of Oxigraph has.
_OXIGRAPH = "CURRENT"


@dataclass(frozen=True, slots=True)
class DataSource:
    """Where to look.

    Attributes:
        project: whose build is served when nothing else is named.
        data: files or folders of RDF.
        store: folder of a store on disk: one that `cartkg build --store` wrote, or Oxigraph's own.
    """

    project: Project
    data: tuple[Path, ...] = ()
    store: Path | None = None

    @property
    def manifest(self) -> Path | None:
        """Return the manifest of the build; None when something else is served."""
        return None if self.data or self.store else folder_read(self.project) / MANIFEST

    def find(self) -> Source:
        """Find the quads; a project that was never built is built first.

        Raises:
            ConfigError: a path does not exist, contains no RDF, or the build failed.
            UnusableFile: a file may not be read.
        """
        if self.store is not None:
            if not self.store.is_dir():
                raise ConfigError("no such folder", str(self.store))
            if disk_store.is_disk_store(self.store):
                found = disk_store.served(self.store)
                return Source((found.path,), version=found.data_version, edition=found.edition, on_disk=True)
            if not (self.store / _OXIGRAPH).is_file():
                raise ConfigError("contains no store; write one with cartkg build --store", str(self.store))
            return Source((self.store,), version=_UNRELEASED)
        if self.data:
            files = files_of(self.data)
            return Source(files, version=_UNRELEASED, edition=_digest(files))
        return self._built()

    def _built(self) -> Source:
        folder = folder_read(self.project)
        path = folder / MANIFEST
        if not (is_file(dump_in(folder)) and is_file(path)):
            self.build()
        made = manifest.read(path)
        return Source((dump_in(folder),), version=made.data_version, edition=made.sha256, own=True)

    def build(self) -> None:
        """Build the project in a process of its own, so that the server does not keep what a reasoner loads.

        What it says goes to standard error, for standard output may belong to a protocol.

        Raises:
            ConfigError: the build failed; it has said why.
        """
        command = own_module("cartkg", "--project", str(self.project.root), "build")
        done = subprocess.run(command, check=False, env=environment(), stdout=_STDERR)  # noqa: S603  # our own command
        if done.returncode != 0:
            advice = "`cartkg build --no-check` makes one of data that do not pass"
            raise ConfigError(f"there is no build, and none could be made; {advice}", str(self.project.build))


def files_of(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the files of RDF at some paths.

    Raises:
        ConfigError: a path does not exist, or contains no RDF.
        UnusableFile: a file may not be read.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = list_files(path, *BY_ENDING, deep=True)
            for refused in inside.refused:
                raise refused
            found += inside.files
        elif not path.exists():
            raise ConfigError("no such file or folder", str(path))
        elif (error := refusal(path)) is not None:
            raise error
        else:
            found.append(path)
    if not found:
        raise ConfigError("holds no RDF file", str(paths[0]))
    for path in found:
        if path.suffix in RDF_XML.endings:
            refuse_doctype(path)
    return tuple(found)


def _digest(files: tuple[Path, ...]) -> str:
    digest = sha256()
    for path in files:
        digest.update(path.name.encode("utf-8", "surrogateescape"))
        for part in chunks(path):
            digest.update(part)
    return digest.hexdigest()
