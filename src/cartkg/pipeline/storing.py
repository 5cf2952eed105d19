"""Write a store on disk: what a build made, or files of RDF as they are, in bulk and with progress."""

from __future__ import annotations

import gzip
import hashlib
import logging
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import IO, TYPE_CHECKING, cast

import pyoxigraph as ox

from cartkg import manifest
from cartkg.builds import dump_in, held
from cartkg.errors import SourceError, UnusableFile
from cartkg.facts.prepared_answers import PREPARED
from cartkg.files import read_bytes
from cartkg.graph import disk_store
from cartkg.namespaces import graph_iri
from cartkg.project import INDEX, MANIFEST
from cartkg.sparql.engines.data_source import files_of
from cartkg.sparql.pool.loading import refuse_nested_entities
from cartkg.unpacking import GZIP, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cartkg.graph.disk_store import DiskStore

    #: Makes the file of prepared answers of a store.
    Prepare = Callable[[ox.Store], bytes]

_LOG = logging.getLogger("cartkg.loading")
#: How often progress is logged, in seconds; how many quads are read between two looks at the clock.
_LOGGED_SECONDS, _BETWEEN = 5.0, 20_000
_UNRELEASED = "unreleased"
_MINUTE = 60


def store_build(build: Path, folder: Path, prepare: Prepare | None = None) -> DiskStore:
    """Write the store of a build.

    Args:
        build: the folder that `cartkg build` wrote.
        folder: the folder of the store.
        prepare: makes the answers that pages need.

    Raises:
        ConfigError: there is no build, or the store cannot be written; the one before stays.
        SourceError: the dump is damaged.
    """
    made = manifest.read(build / MANIFEST)
    dump, names = dump_in(build), held(build, INDEX)
    with disk_store.writing(folder) as draft:
        draft.load(_Loading((dump,)).quads(own=True), disjoint=True)
        if made.search:
            data = read_bytes(names)
            draft.add(INDEX, unpack(data, names) if names.suffix == GZIP else data)
        return draft.publish(made.data_version, made.sha256, _further(prepare))


def store_files(paths: tuple[Path, ...], folder: Path, prepare: Prepare | None = None) -> DiskStore:
    """Write the store of files of RDF: nothing is inferred, counted or checked.

    Args:
        paths: files or folders; files with triples only become a named graph called by their stem.
        folder: the folder of the store.
        prepare: makes the answers that pages need.

    Raises:
        ConfigError: a path has no RDF, or the store cannot be written; the one before stays.
        SourceError: a file cannot be read or is malformed; with line and column.
    """
    loading = _Loading(files_of(paths))
    with disk_store.writing(folder) as draft:
        draft.load(loading.quads(), disjoint=False)
        return draft.publish(_UNRELEASED, loading.digest.hexdigest(), _further(prepare))


def _further(prepare: Prepare | None) -> Callable[[ox.Store], dict[str, bytes]]:
    """Return what makes the files of a release beside those of the engine."""
    return lambda store: {} if prepare is None else {PREPARED: prepare(store)}


@dataclass(slots=True)
class _Loading:
    """Files that are being read, and how far.

    Attributes:
        files: in the order in which they are read.
        digest: of the names and bytes read so far.
    """

    files: tuple[Path, ...]
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    _done: int = 0
    _quads: int = 0
    _start: float = field(default_factory=monotonic)
    _logged: float = field(default_factory=monotonic)

    def quads(self, *, own: bool = False) -> Iterator[ox.Quad]:
        """Yield the quads of all files, and log how many there are; `own` when cartkg wrote them.

        Raises:
            SourceError: a file cannot be read or is malformed.
        """
        for path in self.files:
            with _named(path), path.open("rb") as file:
                for quad in self._parsed(path, cast("IO[bytes]", _Counted(file, self)), own=own):
                    yield quad
                    self._quads += 1
                    if self._quads % _BETWEEN == 0:
                        self._log()
        _LOG.info("loading: all %s quads are read; %s", f"{self._quads:,}", "the store is being completed")

    def read(self, part: bytes) -> None:
        """Take note of bytes that were read."""
        self.digest.update(part)
        self._done += len(part)

    def _parsed(self, path: Path, file: IO[bytes], *, own: bool) -> Iterator[ox.Quad]:
        packed = path.suffix == GZIP
        kind = ox.RdfFormat.from_extension((path.stem if packed else path.name).rpartition(".")[2])
        if kind is None or (packed and kind != ox.RdfFormat.N_QUADS):
            raise SourceError("the file name ending is not that of an RDF format", path)
        if kind == ox.RdfFormat.RDF_XML:
            refuse_nested_entities(path)
        self.digest.update(path.name.encode("utf-8", "surrogateescape"))
        text = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file
        quads = ox.parse(text, kind, lenient=own, rename_blank_nodes=not own)
        if kind.supports_datasets:
            return quads
        graph = ox.NamedNode(graph_iri(path.stem))
        return (ox.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in quads)

    def _log(self) -> None:
        now = monotonic()
        if now - self._logged < _LOGGED_SECONDS:
            return
        self._logged = now
        total = sum(path.stat().st_size for path in self.files)
        seconds = now - self._start
        left = seconds * (total - self._done) / self._done if self._done else 0.0
        rate = self._quads / seconds
        _LOG.info(
            "loading: %s quads, %d %% of the files, %s quads per second, about %s left",
            f"{self._quads:,}", 100 * self._done // max(total, 1), f"{rate:,.0f}", _said(left),
        )  # fmt: skip


class _Counted:
    """A file that tells how many bytes were read."""

    def __init__(self, file: IO[bytes], loading: _Loading) -> None:
        self._file = file
        self._loading = loading

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(size)
        self._loading.read(part)
        return part


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name the file in what is wrong with it, and the place in it."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError("is not a complete gzip file", path) from error
    except SyntaxError as error:
        raise SourceError(error.msg, path, error.lineno, error.offset) from error
    except ValueError as error:
        raise SourceError(str(error), path) from error
    except OSError as error:
        raise UnusableFile(f"cannot be read: {error.strerror or error}", path) from error


def _said(seconds: float) -> str:
    """Say a time.

    Example:
        >>> _said(200)
        '3 min 20 s'
    """
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
