"""Quads -> a store on disk, written beside the one that is served and put in its place at once; opened where it is.

A folder has `store.json`, which names the release that is served, and a folder for each release with the files of
Oxigraph and `release.json`, which describes it. Who reads a release keeps a shared lock on it; a later build removes
the releases that nobody reads.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from cartkg import __version__
from cartkg.errors import ConfigError, UnusableFile
from cartkg.evaluation import datasets
from cartkg.files import read_text
from cartkg.namespaces import DERIVED_GRAPHS
from cartkg.project import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

#: Number of this layout; a store of another one is not opened.
FORMAT = 1
_SERVED, _DESCRIPTION = "store.json", "release.json"
_LOCK, _NEW = "lock", ".new-"
_TABLE = ".sst"
_MOST_GRAPHS = 1000
#: Quads that are looked up at most to open all files; a hundred were enough for 72 files.
_SAMPLED = 2000
_DERIVED = frozenset(map(ox.NamedNode, DERIVED_GRAPHS))
_AGAIN = "write the store with cartkg build --store"
_FREE_FOLDER = "name a new or empty folder, or one that `cartkg build --store` wrote"


@dataclass(frozen=True, slots=True)
class DiskStore:
    """What a release of a store on disk states about itself.

    Attributes:
        path: its folder.
        data_version: date of the data.
        edition: digest of the quads.
        quads: number of quads in named graphs.
        graphs: number of triples of each named graph; of very many graphs only the first by name.
        files: bytes of each file of Oxigraph, and of those that a build added.
        sample: quads from all over the store, as N-Quads; to look them up opens every file.
        code_version: version of cartkg that wrote it.
    """

    path: Path
    data_version: str
    edition: str
    quads: int
    graphs: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)
    sample: str = ""
    code_version: str = __version__


@dataclass(frozen=True, slots=True)
class Opened:
    """A store that is open to be read.

    Attributes:
        store: the store.
        files: descriptors of its files, all of which are open.
        lock: descriptor that keeps later builds from removing the release.
    """

    store: ox.Store
    files: tuple[int, ...]
    lock: int


def is_disk_store(folder: Path) -> bool:
    """Return whether a folder is a store that `cartkg build --store` wrote, of whatever version."""
    return (folder / _SERVED).is_file()


def served(folder: Path) -> DiskStore:
    """Return the release that a store serves.

    Raises:
        ConfigError: there is none, or another version of cartkg wrote it.
    """
    release = _held(folder / _SERVED).get("release")
    if not isinstance(release, str) or not release or Path(release).name != release:
        raise ConfigError(f"names no release; {_AGAIN}", str(folder / _SERVED))
    return described(folder / release)


def described(release: Path) -> DiskStore:
    """Read what a release states about itself.

    Raises:
        ConfigError: it is missing, or another version of cartkg wrote it.
    """
    held = _held(release / _DESCRIPTION)
    try:
        return DiskStore(
            path=release,
            data_version=str(held["data_version"]),
            edition=str(held["edition"]),
            quads=int(held["quads"]),
            graphs={str(name): int(size) for name, size in held["graphs"].items()},
            files={str(name): int(size) for name, size in held["files"].items()},
            sample=str(held["sample"]),
            code_version=str(held["code_version"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"does not describe a store; {_AGAIN}", str(release / _DESCRIPTION)) from error


def _held(path: Path) -> dict[str, Any]:
    """Read one of our two files of JSON."""
    try:
        held = json.loads(read_text(path))
        layout = held.get("format")
    except UnusableFile as error:
        raise ConfigError(f"{error.message}; {_AGAIN}", str(path)) from error
    except (ValueError, AttributeError) as error:
        raise ConfigError(f"does not describe a store; {_AGAIN}", str(path)) from error
    if layout != FORMAT:
        raise ConfigError(f"has layout {layout}, and this version of cartkg reads layout {FORMAT}; {_AGAIN}", str(path))
    return dict(held)


def open_store(found: DiskStore) -> Opened:
    """Open a store to be read, with all its files, so that a process that can open none answers from it.

    Raises:
        ConfigError: a file is missing or has another size, the store cannot be read, or too few files can be open.
    """
    _check_files(found)
    _most_files()
    try:
        lock = _shared_lock(found.path)
        before = _tables(found.path).keys()
        store = ox.Store.read_only(str(found.path))
        wanted = {name for name in found.files if name.endswith(_TABLE)}
        for look in _looks(store, found):
            if wanted <= set(_tables(found.path).values()):
                break
            look()
    except (OSError, SyntaxError, ValueError, RuntimeError) as error:
        raise _damaged(found, str(error)) from error
    opened = {number: name for number, name in _tables(found.path).items() if number not in before}
    if missing := wanted - set(opened.values()):
        raise ConfigError(f"{len(missing)} files could not be opened; raise the limit (ulimit -n)", str(found.path))
    return Opened(store, tuple(sorted(opened)), lock)


@contextmanager
def writing(folder: Path) -> Iterator[StoreDraft]:
    """Give a draft of a release, which only this process writes; one that was not published is removed.

    Raises:
        ConfigError: the folder holds something else, another process writes to it, or it cannot be written.
    """
    import fcntl  # noqa: PLC0415  # only Linux has it, and `query` runs elsewhere too

    try:
        if folder.exists() and not is_disk_store(folder) and not _is_left_over(folder):
            raise ConfigError(f"contains files that are not of a cartkg store; {_FREE_FOLDER}", str(folder))
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ConfigError("another process is writing this store; wait until it ends", str(folder)) from error
            _remove_unread(folder)
            draft = StoreDraft(folder, folder / f"{_NEW}{os.urandom(8).hex()}")
            try:
                yield draft
            finally:
                draft.close()
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror or error}; nothing was changed", str(folder)) from error


class StoreDraft:
    """A release that is being written."""

    def __init__(self, folder: Path, place: Path) -> None:
        """Start with nothing in a place beside the releases."""
        self._folder = folder
        self._place = place
        self._store: ox.Store | None = ox.Store(str(place))
        self._sample = _Sample()

    def load(self, quads: Iterable[ox.Quad], *, disjoint: bool) -> None:
        """Add quads in bulk, in batches of bounded memory, and what is stated once more as the default graph.

        Args:
            quads: those of named graphs.
            disjoint: whether nothing is both stated and derived; such triples are looked for otherwise.

        Raises:
            OSError: they cannot be read, or the disk is full.
            SyntaxError: what they are read from is malformed.
        """
        store = self._opened()
        store.bulk_extend(_twice(self._sample.of(quads)))
        if not disjoint:
            datasets.keep_apart(store)

    def add(self, name: str, data: bytes) -> None:
        """Add a file beside those of Oxigraph."""
        (self._place / name).write_bytes(data)

    def publish(
        self, data_version: str, edition: str, further: Callable[[ox.Store], Mapping[str, bytes]] = lambda _: {}
    ) -> DiskStore:
        """Close the release and serve it from now on; the one before stays for those who read it.

        Args:
            data_version: date of the data.
            edition: digest of the quads.
            further: makes files from the whole store, by name.

        Raises:
            ConfigError: the description cannot be written; the release before stays.
            OSError: the disk is full.
        """
        store = self._opened()
        sizes = graph_sizes(store)
        store.optimize()  # look-ups over what bulk loading leaves take twice as long
        self._store = store = None  # type: ignore[assignment]  # closes the files, so that their sizes are final
        ox.Store(str(self._place)).flush()  # removes the files that bulk loading replaced
        (self._place / _LOCK).touch()
        found = DiskStore(
            self._place, data_version, edition, sizes.quads, sizes.first, self._files(), self._sample.text()
        )
        opened = open_store(found)  # nothing that cannot be opened is published
        for name, data in further(opened.store).items():
            self.add(name, data)
        os.close(opened.lock)
        release = self._folder / f"{re.sub('[^0-9A-Za-z.]', '-', data_version)}-{self._place.name[-12:]}"
        found = replace(found, path=release, files=self._files())
        self.add(_DESCRIPTION, _written({key: value for key, value in asdict(found).items() if key != "path"}))
        self._place.rename(release)
        try:
            replace_file(self._folder / _SERVED, _written({"release": release.name}))
        except ConfigError:
            shutil.rmtree(release, ignore_errors=True)
            raise
        _remove_unread(self._folder)
        return found

    def _files(self) -> dict[str, int]:
        return {path.name: path.stat().st_size for path in sorted(self._place.iterdir()) if _is_data(path.name)}

    def close(self) -> None:
        """Remove what was not published."""
        self._store = None
        shutil.rmtree(self._place, ignore_errors=True)

    def _opened(self) -> ox.Store:
        if self._store is None:
            raise ValueError("the draft is closed")
        return self._store


class _Sample:
    """Some quads of a stream, each as likely as any other: what is spread evenly follows the order of the stream."""

    def __init__(self) -> None:
        self._random = random.Random(0)  # noqa: S311  # nothing secret: equal streams give equal samples
        self._kept: list[ox.Quad] = []

    def of(self, quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
        """Pass quads on; the later one comes, the less likely it takes the place of one that is kept."""
        for number, quad in enumerate(quads):
            if number < _SAMPLED:
                self._kept.append(quad)
            elif (place := int(self._random.random() * (number + 1))) < _SAMPLED:
                self._kept[place] = quad
            yield quad

    def text(self) -> str:
        """Return what was kept as N-Quads."""
        return "".join(f"{quad} .\n" for quad in self._kept)


@dataclass(frozen=True, slots=True)
class GraphSizes:
    """The triples of the named graphs of a store.

    Attributes:
        quads: of all of them.
        first: of each graph; of very many graphs only the first by name.
    """

    quads: int
    first: Mapping[str, int]


def graph_sizes(store: ox.Store) -> GraphSizes:
    """Count the triples of each named graph."""
    rows = store.query("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g")
    assert isinstance(rows, ox.QuerySolutions)  # noqa: S101  # of a SELECT
    quads, first = 0, dict[str, int]()
    for row in rows:
        size = int(row["n"].value)
        quads += size
        if len(first) < _MOST_GRAPHS:
            first[row["g"].value] = size
    return GraphSizes(quads, first)


def _twice(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Yield quads; each that is stated also in the default graph."""
    for quad in quads:
        yield quad
        if quad.graph_name not in _DERIVED:
            yield ox.Quad(*quad.triple)


def _written(held: Mapping[str, Any]) -> bytes:
    return (json.dumps({"format": FORMAT, **held}, indent=1) + "\n").encode()


def _is_data(name: str) -> bool:
    """Return whether a file is one that readers need, and not a log or a lock, which engines change as they like."""
    return not name.startswith(("LOG", "LOCK", _LOCK))


def _check_files(found: DiskStore) -> None:
    for name, size in found.files.items():
        try:
            here = (found.path / name).stat().st_size
        except OSError as error:
            raise _damaged(found, f"{name}: {error.strerror}") from error
        if here != size:
            raise _damaged(found, f"{name} has {here} bytes in place of {size}")


def _damaged(found: DiskStore, reason: str) -> ConfigError:
    return ConfigError(f"is damaged ({reason}); {_AGAIN}", str(found.path))


def _most_files() -> None:
    """Let this process open as many files as it may."""
    import resource  # noqa: PLC0415  # only Linux has it, and `query` runs elsewhere too

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _tables(release: Path) -> dict[int, str]:
    """Return the descriptors of the tables of a release that this process has open, and the names of their files."""
    found = {}
    real = release.resolve()
    for path in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            file = path.readlink()
            if file.suffix == _TABLE and file.parent == real:
                found[int(path.name)] = file.name
    return found


def _shared_lock(release: Path) -> int:
    """Lock a release for as long as the descriptor that is returned is open."""
    import fcntl  # noqa: PLC0415  # only Linux has it, and `query` runs elsewhere too

    lock = os.open(release / _LOCK, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def _looks(store: ox.Store, found: DiskStore) -> Iterator[Callable[[], object]]:
    """Yield look-ups that open files which the engine opens only when they are needed, over all nine of its indexes."""
    yield lambda: None
    yield lambda: next(store.named_graphs(), None)
    for quad in ox.parse(found.sample, ox.RdfFormat.N_QUADS, lenient=True):
        yield partial(_look_up, store, quad)


def _look_up(store: ox.Store, quad: ox.Quad) -> None:
    one, two, three = quad.triple
    for graph in (None, quad.graph_name, ox.DefaultGraph()):
        for pattern in ((one, two, None), (None, two, three), (one, None, three)):
            next(store.quads_for_pattern(pattern[0], pattern[1], pattern[2], graph), None)


def _is_left_over(folder: Path) -> bool:
    """Return whether a folder is empty, or holds only what an ended build left."""
    return folder.is_dir() and all(path.name == _LOCK or path.name.startswith(_NEW) for path in folder.iterdir())


def _remove_unread(folder: Path) -> None:
    """Remove what an ended build left, and the releases that are neither served nor read."""
    try:
        kept = served(folder).path.name
    except ConfigError:  # an older version wrote it: what is served is not known
        kept = None
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink() and _is_unread(path, kept):
            shutil.rmtree(path, ignore_errors=True)


def _is_unread(release: Path, kept: str | None) -> bool:
    import fcntl  # noqa: PLC0415  # only Linux has it, and `query` runs elsewhere too

    if release.name.startswith(_NEW):
        return True
    if kept is None or release.name == kept or not (release / _DESCRIPTION).is_file():
        return False
    with (release / _LOCK).open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
