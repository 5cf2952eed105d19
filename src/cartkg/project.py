"""Where things are: the folders of a project, found once and passed on.

A project is a folder that contains `ontology/cartkg.ttl`. The wheel carries one (`cartkg/shipped`),
so every command works from any folder.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cartkg.caches import Cache, user_folder
from cartkg.errors import ConfigError, UnusableFile
from cartkg.files import MARKER, FolderListing, forget, list_files, place_to_write, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What a build consists of: the dump, what it was made of, the page on the ontology and its picture, and the index of
#: names, which is empty where SQLite was compiled without FTS5.
DUMP = "cartkg.nq"
MANIFEST = "manifest.json"
PAGE = "ontology.html"
PICTURE = "model.svg"
INDEX = "search.sqlite"
#: The dump in the installed package, which would fill most of it unpacked.
PACKED = f"{DUMP}.gz"
#: The page on the ontology there.
PACKED_PAGE = f"{PAGE}.gz"
#: The index of names there.
PACKED_INDEX = f"{INDEX}.gz"


@dataclass(frozen=True, slots=True)
class Project:
    """The folders of one project; all paths are absolute.

    Attributes:
        root: folder that contains ontology/, shapes/, data/ and queries/.
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
    def dossiers(self) -> Path:
        """Folder of the dossiers, one for each publication: the curated source of the evidence."""
        return self.root / "data" / "dossiers"

    @property
    def lists(self) -> Path:
        """Folder of the lists that dossiers name things from: trials.yaml, products.yaml and vocabulary/."""
        return self.root / "data"

    @property
    def changes(self) -> Path:
        """Folder with what each release changed: one JSON file for each, by its date."""
        return self.root / "data" / "changes"

    @property
    def queries(self) -> Path:
        """Folder of the questions; rules that must find nothing are in checks/."""
        return self.root / "queries"

    @property
    def build(self) -> Path:
        """Folder that `cartkg build` writes and `cartkg serve` reads."""
        return self.work / "build"

    @property
    def packaged(self) -> Path | None:
        """Folder of the build that an installed package carries beside its sources; None for any other project."""
        return self.root / "build" if _is_shipped(self.root) else None

    @property
    def cache(self) -> Cache:
        """Results kept by content (reasoning, checks), in a folder of the user: nothing in a checkout is trusted."""
        return Cache(user_folder() / "cache")

    def build_files(self) -> tuple[Path, ...]:
        """Return the files of the build, in a fixed order."""
        return tuple(self.build / name for name in (DUMP, MANIFEST, PAGE, PICTURE, INDEX))

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
        held = list_files(self.release, "", deep=True)
        return tuple(sorted((*held.files, *(each.file for each in held.refused if each.file is not None))))

    def ontology_files(self) -> list[Path]:
        """Return the ontology's Turtle files, modules first, then imported slices, each sorted by name."""
        return [file for listing in self._ontology() for file in listing.files]

    def shape_files(self) -> list[Path]:
        """Return the SHACL files, sorted by name."""
        return list(list_files(self.shapes, ".ttl").files)

    def data_files(self) -> list[Path]:
        """Return the data files, sorted by path."""
        return list(self._data().files)

    def dossier_files(self) -> list[Path]:
        """Return the dossiers, sorted by name."""
        return list(list_files(self.dossiers, ".yaml").files)

    def mapping_files(self) -> list[Path]:
        """Return the open mapping sets, sorted by name."""
        return list(list_files(self.ontology / "mappings", ".sssom.tsv").files)

    def rule_files(self) -> list[Path]:
        """Return the inference rules, sorted by name."""
        return list(list_files(self.ontology / "rules", ".rq").files)

    def query_files(self) -> list[Path]:
        """Return the stored questions and checks, sorted by path."""
        return list(self._queries().files)

    def refused_files(self) -> list[UnusableFile]:
        """Return what has the name of a project file and may not be read, each with the reason."""
        listings = (
            *self._ontology(),
            self._data(),
            self._queries(),
            list_files(self.shapes, ".ttl"),
            list_files(self.ontology / "mappings", ".sssom.tsv"),
            list_files(self.ontology / "rules", ".rq"),
            list_files(self.dossiers, ".yaml"),
        )
        return [refused for listing in listings for refused in listing.refused]

    def copy(self, folder: Path) -> Project:
        """Copy the files of this project into a folder just made; links to files become files.

        What may not be read stays out, as it does in a check, which names it.

        Args:
            folder: an empty folder of our own.
        """
        root = folder / "project"
        (root / "queries" / "checks").mkdir(parents=True)
        for name in ("ontology", "shapes", "queries", "data"):
            (root / name).mkdir(exist_ok=True)
            for path in list_files(self.root / name, "", deep=True).files:
                place = root / path.relative_to(self.root)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(read_bytes(path))
        return Project(root, folder / "work")

    def _ontology(self) -> tuple[FolderListing, FolderListing]:
        return list_files(self.ontology, ".ttl"), list_files(self.ontology / "imports", ".ttl")

    def _data(self) -> FolderListing:
        return list_files(self.data, ".ttl", deep=True)

    def _queries(self) -> FolderListing:
        return list_files(self.queries, ".rq", deep=True)


def find(start: Path | None = None) -> Project:
    """Find the project that contains a folder: that folder, its parents, else the one shipped with the package.

    Args:
        start: where to look first; the current folder if omitted.

    Raises:
        ConfigError: `start` is not a folder, or nothing is shipped either (a broken installation).
    """
    origin = (start or Path.cwd()).resolve()
    if not origin.is_dir():
        raise ConfigError("no such folder", setting=str(start))
    for folder in (origin, *origin.parents):
        if (folder / MARKER).is_file():
            return _at(folder)
    return shipped()


def _at(root: Path) -> Project:
    """Make the project of a folder; what is made of the shipped one goes to the user's cache, not into the package."""
    if _is_shipped(root):
        return Project(root, user_folder())
    project = Project(root, root / ".cartkg")
    for path in (project.work, project.build, project.release, *project.build_files()):
        if path.is_symlink():
            raise ConfigError("is a symbolic link, so its target may be anywhere; remove it", setting=str(path))
    return project


def _is_shipped(root: Path) -> bool:
    """Return whether a folder is the one in the installed package that contains its project."""
    return root == Path(__file__).resolve().parent / "shipped"


def shipped() -> Project:
    """Return the project that travels with the package (in a source checkout: the checkout itself).

    Raises:
        ConfigError: the installation carries no data.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "shipped", package.parent.parent):
        if (folder / MARKER).is_file():
            return _at(folder)
    raise ConfigError("the installation contains no ontology or data; reinstall the wheel", setting=str(package))


def replace_file(path: Path, data: bytes) -> None:
    """Write a file atomically: beside it first, then in its place; a missing folder is created.

    A link inside the project stays one, and what it leads to is written; a path that leads out of the project, or a
    link that leads out of its folder, is refused.

    Raises:
        ConfigError: the folder cannot be written, or the path leads out.
    """
    path = _place(path)
    beside = _passing(path)  # named before it is made, so that no interrupt comes between its making and its removal
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("xb") as file:
            file.write(data)
        beside.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        beside.replace(path)
        forget(path)
    except OSError as error:
        raise ConfigError(f"cannot write: {error.strerror}", setting=str(path)) from error
    finally:
        with suppress(OSError):
            beside.unlink()


def remove_files(paths: Iterable[Path]) -> None:
    """Remove files of a project; of links, the links themselves. Missing files are ignored.

    Raises:
        ConfigError: the folder of one leads out of the project, so none is removed; or one cannot be removed.
    """
    wanted = tuple(paths)
    for path in wanted:
        _place(path.parent / "_")
    for path in wanted:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigError(f"cannot be removed: {error.strerror}", setting=str(path)) from error


@contextmanager
def passing_folder(beside: Path) -> Iterator[Path]:
    """Return a folder beside a path, to prepare things in; it is removed when the block ends.

    Raises:
        ConfigError: the path leads out of the project.
        OSError: it cannot be made.
    """
    folder = _place(_passing(beside))
    try:
        folder.mkdir(parents=True)
        yield folder
    finally:
        import shutil  # noqa: PLC0415  # few commands make such a folder

        shutil.rmtree(folder, ignore_errors=True)


def _place(path: Path) -> Path:
    try:
        return place_to_write(path)
    except UnusableFile as error:
        raise ConfigError(f"cannot write: {error.message}", setting=str(path)) from error


def _passing(path: Path) -> Path:
    return path.with_name(f".{path.name[:200]}.{os.urandom(8).hex()}")
