"""Where things are: the folders of a project, found once and passed on.

A project is a folder that holds `ontology/cartkg.ttl`. The wheel carries one (`cartkg/shipped`),
so every command works from any folder.
"""

from __future__ import annotations

import secrets
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cartkg.caches import Cache, user_folder
from cartkg.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKER = Path("ontology") / "cartkg.ttl"
#: What a build consists of: the dump, what it was made of, the page on the ontology and its picture.
DUMP = "cartkg.nq"
MANIFEST = "manifest.json"
PAGE = "ontology.html"
PICTURE = "model.svg"


@dataclass(frozen=True, slots=True)
class Project:
    """The folders of one project; all paths are absolute.

    Attributes:
        root: folder that holds ontology/, shapes/, data/ and queries/.
        work: folder for what is made from them (build, release); never edited by hand.
    """

    root: Path
    work: Path

    @property
    def ontology(self) -> Path:
        """Folder of the ontology's modules, its imports/ and mappings/."""
        return self.root / "ontology"

    @property
    def shapes(self) -> Path:
        """Folder of the SHACL shapes, one file for each module of the ontology."""
        return self.root / "shapes"

    @property
    def data(self) -> Path:
        """Folder of the evidence: one Turtle file for each study, shared things in shared/."""
        return self.root / "data" / "ttl"

    @property
    def supplements(self) -> Path:
        """Folder of what the project's readers found in a source beside its dossier, one file for each dossier."""
        return self.root / "data" / "supplements"

    @property
    def queries(self) -> Path:
        """Folder of the questions; rules that must find nothing are in checks/."""
        return self.root / "queries"

    @property
    def build(self) -> Path:
        """Folder that `cartkg build` writes and `cartkg serve` reads."""
        return self.work / "build"

    @property
    def cache(self) -> Cache:
        """Results kept by content (reasoning, checks), in a folder of the user: nothing in a checkout is trusted."""
        return Cache(user_folder() / "cache")

    def build_files(self) -> tuple[Path, ...]:
        """Return the files of the build, in a fixed order."""
        return tuple(self.build / name for name in (DUMP, MANIFEST, PAGE, PICTURE))

    def own_dump(self) -> Path | None:
        """Return the dump of the last build; None when there is none that this user made.

        What a repository carries in place of a build may hold anything, so it is not read.

        Raises:
            ConfigError: another user may have written to the folder that remembers builds.
        """
        return self.build / DUMP if self.cache.remembers(self.build_files()) else None

    @property
    def release(self) -> Path:
        """Folder that `cartkg release` writes when no other is named."""
        return self.work / "release"

    def release_files(self) -> tuple[Path, ...]:
        """Return the files of the release, sorted by path; all of them, so that one more makes another release."""
        return tuple(sorted(path for path in self.release.rglob("*") if not path.is_dir()))

    def ontology_files(self) -> list[Path]:
        """Give the ontology's Turtle files, modules first, then imported slices, each sorted by name."""
        return sorted(self.ontology.glob("*.ttl")) + sorted((self.ontology / "imports").glob("*.ttl"))

    def shape_files(self) -> list[Path]:
        """Give the SHACL files, sorted by name."""
        return sorted(self.shapes.glob("*.ttl"))

    def data_files(self) -> list[Path]:
        """Give the data files, sorted by path."""
        return sorted(file for file in self.data.rglob("*.ttl") if not file.is_dir())


def find(start: Path | None = None) -> Project:
    """Find the project that holds a folder: that folder, its parents, else the one shipped with the package.

    Args:
        start: where to look first; the current folder when left out.

    Raises:
        ConfigError: `start` is no folder, or nothing is shipped either (a broken installation).
    """
    origin = (start or Path.cwd()).resolve()
    if not origin.is_dir():
        raise ConfigError("no such folder", setting=str(start))
    for folder in (origin, *origin.parents):
        if (folder / _MARKER).is_file():
            return _at(folder)
    return shipped()


def _at(root: Path) -> Project:
    """Make the project of a folder; what is made of the shipped one goes to the user's cache, not into the package."""
    if root.parent == Path(__file__).resolve().parent:
        return Project(root, user_folder())
    project = Project(root, root / ".cartkg")
    for path in (project.work, project.build, project.release, *project.build_files()):
        if path.is_symlink():
            raise ConfigError("is a symbolic link, so its target may be anywhere; remove it", setting=str(path))
    return project


def shipped() -> Project:
    """Give the project that travels with the package (in a source checkout: the checkout itself).

    Raises:
        ConfigError: the installation carries no data.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "shipped", package.parent.parent):
        if (folder / _MARKER).is_file():
            return _at(folder)
    raise ConfigError("the installation carries no ontology and data; install the wheel again", setting=str(package))


def replace_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: beside it first, then in its place; a missing folder is made.

    Raises:
        ConfigError: the folder cannot be written.
    """
    path = path.resolve() if path.is_symlink() else path  # a link stays one; what it leads to is written
    beside = _passing(path)  # named before it is made, so that no interrupt comes between its making and its removal
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("xb") as file:
            file.write(data)
        beside.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        beside.replace(path)
    except OSError as error:
        raise ConfigError(f"cannot write: {error.strerror}", setting=str(path)) from error
    finally:
        with suppress(OSError):
            beside.unlink()


@contextmanager
def passing_folder(beside: Path) -> Iterator[Path]:
    """Give a folder next to a path, to make things in before they are put in place; it goes when the block ends.

    Raises:
        OSError: it cannot be made.
    """
    folder = _passing(beside)
    try:
        folder.mkdir(parents=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _passing(path: Path) -> Path:
    return path.with_name(f".{path.name[:200]}.{secrets.token_hex(8)}")
