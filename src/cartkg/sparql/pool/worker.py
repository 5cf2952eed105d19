"""One forked process that answers queries over the store it was born with, one after another, shut off from the world.

A worker cannot open a socket or a file: the kernel refuses it (no free descriptor numbers, and a system-call filter
where the platform has one). Its memory is bounded by the kernel too. It may die at any time; the front notices.
"""

from __future__ import annotations

import os
import re
import resource
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from cartkg.evaluation import columns, messages
from cartkg.evaluation.messages import Frame
from cartkg.formats import CSV, GRAPHS, RDF_XML, RESULTS, SPREADSHEET, TURTLE, XML
from cartkg.namespaces import BASE
from cartkg.sparql.pool import prefixes, suspicion, truncation
from cartkg.sparql.pool.jobs import Job
from cartkg.sparql.protocol import xml_text

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from cartkg.sparql.pool.stores import Stores

#: A worker that grew by more than this many bytes ends after its answer, so that the memory is free again.
_GROWTH = 96 * 1024**2


#: Characters of N-Triples that another format writes longer (`&amp;`, `&#xD;`), and by how much.
_LONG, _LONGER = '&<>\\"', 5
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


def serve(stores: Stores, sock: socket.socket) -> None:
    """Answer jobs until the other side closes or the worker has grown too much."""
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    while (frame := messages.receive(sock)) is not None:
        reply = _attempt(stores, Job(**frame.head))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) * 1024
        last = grown > _GROWTH or reply.head.get("error") == "memory"
        messages.send(sock, Frame({**reply.head, "last": last}, reply.body))
        if last:
            return


def _attempt(stores: Stores, job: Job) -> Frame:
    try:
        return answer(stores, job)
    except SyntaxError as error:
        return Frame({"error": "syntax", "message": str(error)})
    except MemoryError:
        return Frame({"error": "memory"})
    except xml_text.Unsayable as error:
        return Frame({"error": "format", "message": str(error)})
    except (OSError, ValueError, RuntimeError) as error:
        return Frame({"error": "evaluation", "message": str(error)})


def answer(stores: Stores, job: Job) -> Frame:
    """Answer one job; the frame's head holds rows, what cut the answer, and functions that the query made up.

    A dry job is asked over no data, which finds the same mistakes.

    Raises:
        SyntaxError: the query is malformed.
        OSError: the evaluation failed.
        Unsayable: the format cannot hold the answer.
    """
    unknown: list[str] = []
    while True:
        functions = {ox.NamedNode(name): _error for name in unknown}
        try:
            frame = _evaluate(stores, job, {"custom_functions": functions} if functions else {})
        except (OSError, ValueError, RuntimeError) as error:
            found = _UNKNOWN.search(str(error))
            if not found or found[1] in unknown or len(unknown) >= _MOST_UNKNOWN:
                raise
            unknown.append(found[1])
        else:
            return Frame({**frame.head, "unknown": unknown}, frame.body) if unknown else frame


def _error(*_: object) -> None:
    """Stand for a function that nobody defines: its call is an error of the expression (SPARQL 1.1, section 17.6)."""


def _evaluate(stores: Stores, job: Job, functions: dict[str, Any]) -> Frame:
    if job.dry:
        with suppress(OSError, ValueError, RuntimeError):  # an evaluation that fails says nothing of the form
            ox.Store().query(job.query, base_iri=BASE)
        return Frame({"rows": 0})
    query = columns.named(job.query, base_iri=BASE, **functions)
    result = stores.query(job, query, **functions)
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
    return _spreadsheet(job, sink) if job.format == SPREADSHEET.name else _table(job, sink)


def _table(job: Job, sink: Sink) -> Frame:
    body, is_whole = bytes(sink.held), not sink.full
    if not is_whole and job.mark:
        body = truncation.close_table(body, job.format)
    if job.format == XML.name and (is_whole or job.mark):
        body = xml_text.table(body)
        if len(body) > job.limit:  # references are longer than what they stand for
            body, is_whole = truncation.close_table(body[: job.limit], job.format), False
    if not is_whole and not job.mark:
        return Frame({"error": "bytes"})
    rows = truncation.count_rows(body, job.format)
    head = {"rows": rows} | _suspicious(body, job.format, rows)
    return Frame(head | ({} if is_whole else {"cut": "bytes"}), body)


def _suspicious(body: bytes, style: str, rows: int) -> dict[str, Any]:
    """Return what the front tells in headers: columns without a value, rows that repeat others."""
    unbound, repeated = suspicion.unbound(body, style), suspicion.repeated(body, style, rows)
    return ({"unbound": unbound} if unbound else {}) | ({"repeated": repeated} if repeated else {})


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
    declared = prefixes.declared(job.query) if job.format == TURTLE.name else {}
    most = job.limit - prefixes.size(declared) if job.mark else None
    counted = _Counted(result, most, _LONG if job.format == RDF_XML.name else "")
    try:
        ox.serialize(counted, sink, format=GRAPHS[job.format].engine, prefixes=declared)
    except (Full, OSError) as error:
        if not sink.full and "RDF/XML" in str(error):
            raise xml_text.Unsayable(str(error)) from error
        if not sink.full:
            raise
    if sink.full or (counted.stopped and not job.mark):
        return Frame({"error": "bytes"})
    body = bytes(sink.held)
    if job.format == RDF_XML.name:
        body = xml_text.graph(body)
    body = prefixes.trimmed(body, declared) if declared else body
    return Frame({"rows": counted.rows} | ({"cut": "bytes"} if counted.stopped else {}), body)


class _Counted:
    """An iterator over triples that counts them and, given a limit, stops while the text still fits.

    The size is estimated from the terms, generously, so that a cut graph ends at a whole triple; `long` are the
    characters that take more room in the format than in the terms.
    """

    def __init__(self, triples: Iterator[ox.Triple], limit: int | None, long: str = "") -> None:
        self.rows = 0
        self.stopped = False
        self._triples = triples
        self._left = limit
        self._long = long

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> ox.Triple:
        triple = next(self._triples)
        if self._left is not None:
            text = str(triple)
            self._left -= 6 * len(text) // 5 + 64 + sum(map(text.count, self._long)) * _LONGER
            if self._left < 0:
                self.stopped = True
                raise StopIteration
        self.rows += 1
        return triple


def leave(code: int = 0) -> None:
    """End the worker at once: nothing of its parent's is flushed or cleaned up."""
    os._exit(code)
