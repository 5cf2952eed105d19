"""What front and workers both speak of: where the graph lies, one job, and what a job may use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # a field's type, wanted when the dataclass is read by tools

from cartkg.evaluation.syntax import DEPTH


@dataclass(frozen=True, slots=True)
class Source:
    """Where the quads come from.

    Attributes:
        paths: files of RDF (those with triples only become a named graph called by their stem), or the folder of
            Oxigraph's store; all are read into memory. With `on_disk`, the folder of a store of ours.
        union: whether the default graph becomes the union of the named graphs.
        version: the data release that they are.
        edition: digest of the quads, which tells two builds of one version apart.
        own: whether cartkg wrote the files; the form of their IRIs is then not looked at again.
        on_disk: whether the one path is a store that `cartkg build --store` wrote, which is read where it is.
    """

    paths: tuple[Path, ...]
    union: bool = True
    version: str = ""
    edition: str = ""
    own: bool = False
    on_disk: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a source held.

    Attributes:
        quads: all quads in memory, the default graph's included; of a store on disk, those in named graphs.
        graphs: name of each named graph -> number of its triples.
    """

    quads: int
    graphs: dict[str, int]


@dataclass(frozen=True, slots=True)
class Job:
    """One query as a worker gets it; sizes in bytes.

    With `stated`, its default graph is `graph/asserted`; with `dry`, only its form is looked at.
    """

    query: str
    format: str
    default_graphs: list[str]
    named_graphs: list[str]
    limit: int
    mark: bool
    stated: bool = False
    dry: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may use.

    Attributes:
        seconds: wall clock from arrival to the end of the answer, waiting included.
        memory: bytes that a worker may take above what it shares with the graph's keeper.
        result: bytes of a serialised answer.
        query: bytes of a query's text.
        body: bytes of a request's body.
        depth: levels of brackets in a query.
        quick: queries that may run in the short lane at once.
        long: queries that may run longer than a slice at once.
        slice: seconds after which a query counts as long.
        waiting: queries that may wait for a place in each lane.
    """

    seconds: float = 10.0
    memory: int = 512 * 1024**2
    result: int = 16 * 1024**2
    query: int = 256 * 1024
    body: int = 1024**2
    depth: int = DEPTH
    quick: int = 3
    long: int = 2
    slice: float = 0.5
    waiting: int = 64
