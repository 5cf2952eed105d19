"""One forked process that answers queries over the store it was born with, one after another, shut off from the world.

A worker cannot open a socket or a file: the kernel refuses it (no free descriptor numbers, and a system-call filter
where the platform has one). Its memory is bounded by the kernel too. It may die at any time; the front notices.
"""

from __future__ import annotations

import os
import re
import resource
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from cartkg.evaluation import datasets, messages
from cartkg.evaluation.messages import Frame
from cartkg.formats import CSV, GRAPHS, RESULTS, SPREADSHEET
from cartkg.namespaces import BASE
from cartkg.sparql.pool import truncation
from cartkg.sparql.pool.jobs import Job

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

#: A worker that grew by more than this many bytes ends after its answer, so that the memory is free again.
_GROWTH = 96 * 1024**2


_UNKNOWN = re.compile(r"custom function <([^>]+)> is not supported")
_MOST_UNKNOWN = 20


class Full(Exception):  # not an error of the worker: the sink has reached its limit
    """The sink holds as much as it may."""


class Sink(BytesIO):
    """A writer that keeps at most `limit` bytes and then refuses."""

    def __init__(self, limit: int) -> None:
        """Start empty."""
        super().__init__()
        self.held = bytearray()
        self.full = False
        self._limit = limit

    def write(self, data: Any) -> int:
        """Keep the bytes.

        Raises:
            Full: the limit is reached; what was held before stays.
        """
        if len(self.held) + len(data) > self._limit:
            self.full = True
            raise Full
        self.held += data
        return len(data)


def serve(store: ox.Store, sock: socket.socket) -> None:
    """Answer jobs until the other side closes or the worker has grown too much."""
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    while (frame := messages.receive(sock)) is not None:
        reply = _attempt(store, Job(**frame.head))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) * 1024
        last = grown > _GROWTH or reply.head.get("error") == "memory"
        messages.send(sock, Frame({**reply.head, "last": last}, reply.body))
        if last:
            return


def _attempt(store: ox.Store, job: Job) -> Frame:
    try:
        return answer(store, job)
    except SyntaxError as error:
        return Frame({"error": "syntax", "message": str(error)})
    except MemoryError:
        return Frame({"error": "memory"})
    except (OSError, ValueError, RuntimeError) as error:
        return Frame({"error": "evaluation", "message": str(error)})


def answer(store: ox.Store, job: Job) -> Frame:
    """Answer one job; the frame's head holds rows, what cut the answer, and functions that the query made up.

    Raises:
        SyntaxError: the query is malformed.
        OSError: the evaluation failed.
    """
    graphs: dict[str, Any] = {**_chosen(store, job)}
    unknown: list[str] = []
    while True:
        functions = {ox.NamedNode(name): _error for name in unknown}
        try:
            frame = _evaluate(store, job, {**graphs, "custom_functions": functions} if functions else graphs)
        except (OSError, ValueError, RuntimeError) as error:
            found = _UNKNOWN.search(str(error))
            if not found or found[1] in unknown or len(unknown) >= _MOST_UNKNOWN:
                raise
            unknown.append(found[1])
        else:
            return Frame({**frame.head, "unknown": unknown}, frame.body) if unknown else frame


def _chosen(store: ox.Store, job: Job) -> datasets.Chosen:
    """Choose the graphs that a job asks: what the request names counts before what the query names."""
    if job.default_graphs or job.named_graphs:
        return datasets.of_names(job.default_graphs, job.named_graphs)
    beside = () if job.stated else datasets.derived(store)
    return datasets.of_query(job.query, {}, beside, base=BASE)


def _error(*_: object) -> None:
    """Stand for a function that nobody defines: its call is an error of the expression (SPARQL 1.1, section 17.6)."""


def _evaluate(store: ox.Store, job: Job, graphs: dict[str, Any]) -> Frame:
    result = store.query(job.query, base_iri=BASE, **graphs)
    sink = Sink(job.limit)
    if isinstance(result, ox.QueryTriples):
        return _graph(result, job, sink)
    try:
        result.serialize(sink, format=RESULTS[job.format].engine)
    except (Full, OSError):
        if not sink.full:
            raise
    if isinstance(result, ox.QueryBoolean):
        return Frame({"rows": 1}, bytes(sink.held))
    if job.format == SPREADSHEET.name:
        return _spreadsheet(job, sink)
    if sink.full:
        return _cut_table(job, sink)
    body = bytes(sink.held)
    return Frame({"rows": truncation.count_rows(body, job.format)}, body)


def _cut_table(job: Job, sink: Sink) -> Frame:
    if not job.mark:
        return Frame({"error": "bytes"})
    body = truncation.close_table(bytes(sink.held), job.format)
    return Frame({"rows": truncation.count_rows(body, job.format), "cut": "bytes"}, body)


def _spreadsheet(job: Job, sink: Sink) -> Frame:
    """Make the rows of a table of CSV harmless to spreadsheets, which makes them longer."""
    held = bytes(sink.held)
    body, fits = truncation.spreadsheet(truncation.close_table(held, CSV.name) if sink.full else held, job.limit)
    is_whole = fits and not sink.full
    if not is_whole and not job.mark:
        return Frame({"error": "bytes"})
    return Frame({"rows": truncation.count_rows(body, CSV.name)} | ({} if is_whole else {"cut": "bytes"}), body)


def _graph(result: ox.QueryTriples, job: Job, sink: Sink) -> Frame:
    """Serialise a graph; the number of triples is known only by counting them on their way."""
    counted = _Counted(result, job.limit if job.mark else None)
    try:
        ox.serialize(counted, sink, format=GRAPHS[job.format].engine)
    except (Full, OSError):
        if not sink.full:
            raise
    if not sink.full and not counted.stopped:
        return Frame({"rows": counted.rows}, bytes(sink.held))
    if not job.mark:
        return Frame({"error": "bytes"})
    return Frame({"rows": counted.rows, "cut": "bytes"}, bytes(sink.held))


class _Counted:
    """An iterator over triples that counts them and, given a limit, stops while the text still fits.

    The size is estimated from the terms, generously, so that a cut graph ends at a whole triple.
    """

    def __init__(self, triples: Iterator[ox.Triple], limit: int | None) -> None:
        self.rows = 0
        self.stopped = False
        self._triples = triples
        self._left = limit

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> ox.Triple:
        triple = next(self._triples)
        if self._left is not None:
            self._left -= 6 * len(str(triple)) // 5 + 64
            if self._left < 0:
                self.stopped = True
                raise StopIteration
        self.rows += 1
        return triple


def leave(code: int = 0) -> None:
    """End the worker at once: nothing of its parent's is flushed or cleaned up."""
    os._exit(code)
