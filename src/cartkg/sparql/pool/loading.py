"""Files -> the store of a keeper, within limits of memory that a hostile file meets and an honest one does not."""

from __future__ import annotations

import gzip
import re
import resource
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

import pyoxigraph as ox

from cartkg.evaluation import datasets
from cartkg.evaluation.sandbox import virtual_size
from cartkg.namespaces import graph_iri
from cartkg.sparql.pool.stores import Stores, merge
from cartkg.unpacking import GZIP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cartkg.sparql.pool.jobs import Source

#: Bytes of memory for each byte of the files, and for what is there in any case. Quads take about ten times their text.
_GROWTH, _FREE = 64, 2 * 1024**3
#: Bytes of dumps whose lines are held in memory at once to save time; the lines of larger ones would take too much.
_AS_TEXT = 128 * 1024**2
#: Where the declarations of an XML file must end.
_HEAD = 1024**2
_ENTITY = re.compile(rb"""<!ENTITY\s+(?:%\s+)?\S+\s+("[^"]*"|'[^']*')""")
_REFERENCE = re.compile(rb"&(?!#|(?:amp|lt|gt|quot|apos);)|%\w")


def load(source: Source) -> Stores:
    """Read the quads into memory; with `union`, their union too.

    Raises:
        OSError: a file cannot be read.
        ValueError: a file is not well-formed RDF, with line and column, or is an XML file that grows without measure.
    """
    store = ox.Store()
    size = sum(map(_size, source.paths))
    with _bounded(size):
        if source.own and source.union and size <= _AS_TEXT:
            return _load_own(source.paths)
        for path in source.paths:
            if path.is_dir():
                store.bulk_extend(ox.Store.read_only(str(path)))
            else:
                _load_file(store, path)
        if not source.union:
            return Stores(store)
        datasets.unite(store)
        return merge(store)


@contextmanager
def _bounded(size: int) -> Iterator[None]:
    """Bound the memory of this process while it reads files of so many bytes; the engine ends it at the bound."""
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = virtual_size() + _FREE + _GROWTH * size
    known = [limit for limit in (before, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([bound, *known]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size if path.is_file() else 0


def _load_own(paths: Iterable[Path]) -> Stores:
    """Read dumps of `cartkg build`: a quad a line, each in a named graph, and none both stated and derived.

    The triples are the lines without their last name. To read them as text takes a third of the time that it takes to
    copy them from store to store.
    """
    quads, merged = ox.Store(), ox.Store()
    for path in paths:
        with _named(path), ThreadPoolExecutor(1) as beside:
            data = gzip.decompress(path.read_bytes()) if path.suffix == GZIP else path.read_bytes()
            loaded = beside.submit(_load_triples, merged, data)
            quads.bulk_load(data, ox.RdfFormat.N_QUADS, lenient=True)
            datasets.copy_stated(quads)
            loaded.result()
    return Stores(quads, merged if datasets.derived(quads) else None)


def _load_triples(store: ox.Store, dump: bytes) -> None:
    triples = b"".join(line[: line.rfind(b" <")] + b" .\n" for line in dump.splitlines())
    store.bulk_load(triples, ox.RdfFormat.N_TRIPLES, lenient=True)


def _load_file(store: ox.Store, path: Path) -> None:
    packed = path.suffix == GZIP
    kind = ox.RdfFormat.from_extension((path.stem if packed else path.name).rpartition(".")[2])
    if kind is None or (packed and kind != ox.RdfFormat.N_QUADS):
        raise ValueError(f"{path.name}: the file name ending is not that of an RDF format")
    if kind == ox.RdfFormat.RDF_XML:
        refuse_nested_entities(path)
    graph = None if kind.supports_datasets else ox.NamedNode(graph_iri(path.stem))
    with _named(path):
        if packed:
            with gzip.open(path) as file:
                store.bulk_load(cast("IO[bytes]", file), kind, to_graph=graph)
        else:
            store.bulk_load(path=str(path), format=kind, to_graph=graph)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name the file in what is wrong with it, and the place in it."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path.name}: is not a complete gzip file") from error
    except SyntaxError as error:
        raise ValueError(f"{path.name}:{error.lineno}:{error.offset}: {error.msg}") from error


def refuse_nested_entities(path: Path) -> None:
    """Refuse entities made of entities: ten lines of them fill any memory.

    Raises:
        ValueError: an entity refers to another one, or the declarations never end.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    entities = [match[1] for match in _ENTITY.finditer(head)]
    if any(_REFERENCE.search(value) for value in entities):
        raise ValueError(f"{path.name}: an XML entity refers to another one; replace both by their text")
    if len(head) == _HEAD and entities and not re.search(rb"<rdf:RDF\b|<\w*:?RDF\b", head):
        raise ValueError(f"{path.name}: the declarations of the XML file take more than a megabyte; write them out")
