"""RemoteEngine: operations sent on to other SPARQL endpoints over HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from threading import Semaphore
from time import monotonic
from typing import TYPE_CHECKING

from cartkg.errors import BackendError, LimitExceeded, RejectedByStore, TooLarge
from cartkg.evaluation.syntax import has_relative_iri
from cartkg.formats import CSV, JSON, RDF_XML, SPREADSHEET, XML
from cartkg.namespaces import BASE, DERIVED_GRAPHS, GRAPH_ASSERTED
from cartkg.sparql.engines import foreign_answers
from cartkg.sparql.engines.engine import Answer, Operation, unsayable
from cartkg.sparql.pool import truncation
from cartkg.sparql.protocol.requests import Dataset
from cartkg.sparql.protocol.xml_text import Unsayable

if TYPE_CHECKING:
    from cartkg.errors import CartkgError
    from cartkg.formats import Format
    from cartkg.sparql.engines.exchange import HttpAnswer
    from cartkg.sparql.engines.replicas import Replica, Replicas
    from cartkg.sparql.pool.jobs import Limits

#: Queries that may wait for the backend at once: each occupies a thread of the server, and `/health` needs one too.
_AT_ONCE = 64
_OK, _BAD, _REFUSED, _UNSUITED, _BUSY = 200, 400, 403, 406, (429, 503)
#: Statuses of a store that is busy, or of a proxy in front of one that is down: another store is asked.
_ELSEWHERE = (*_BUSY, 502, 504)
#: Seconds for which it is known whether the stores keep apart what is stated.
_LOOK = 60.0
_DERIVED = (
    f"ASK {{ VALUES ?graph {{ {' '.join(f'<{name}>' for name in DERIVED_GRAPHS)} }} GRAPH ?graph {{ ?s ?p ?o }} }}"
)
_APART = f"ASK FROM <{GRAPH_ASSERTED}> {{ ?s ?p ?o }}"


@dataclass(frozen=True, slots=True)
class _Sound:
    """An answer that was read and is what was asked for: its bytes, its rows, and the store that gave it."""

    body: bytes
    rows: int
    store: Replica


class RemoteEngine:
    """Forward operations to the stores that the operator named: to one, and to the next where that one fails."""

    def __init__(self, replicas: Replicas, limits: Limits) -> None:
        """Take the stores and the limits of an operation."""
        self._replicas = replicas
        self._limits = limits
        self._failed = 0
        self._looked, self._derived, self._apart = -_LOOK, False, True
        self._places = Semaphore(_AT_ONCE)

    @property
    def addresses(self) -> str:
        """Return the addresses of the stores, for people."""
        return ", ".join(self._replicas.addresses())

    def answer(self, operation: Operation) -> Answer:
        """Send one operation on.

        Raises:
            RejectedByStore: the endpoint rejected the query.
            NotAcceptable: the format cannot hold its answer.
            TooLarge: its answer is above our size limit.
            LimitExceeded: it did not answer in time, or is busy.
            BackendError: it cannot be reached or answers with nonsense.
        """
        started = monotonic()
        form = CSV if operation.format is SPREADSHEET else operation.format
        until = started + min(operation.timeout or self._limits.seconds, self._limits.seconds)
        if not self._places.acquire(blocking=False):
            raise LimitExceeded("too many queries are waiting for the store", limit="busy", retry_after=10)
        try:
            sound = self._ask(operation, form, until)
            body = self._body(sound, operation.format)
        except TimeoutError as error:
            raise LimitExceeded("the backend of this endpoint took too long", limit="time") from error
        finally:
            self._places.release()
        return Answer(body, sound.rows, None, monotonic() - started, "remote")

    def state(self) -> dict[str, float]:
        """Return the number of failed calls, of stores, and of those that can be reached."""
        number, up = self._replicas.numbers()
        return {
            "backend_failures_total": float(self._failed),
            "backend_replicas": float(number),
            "backend_replicas_up": float(up),
        }

    def ready(self) -> bool:
        """Return whether a store could be reached when it was asked last."""
        return self._replicas.numbers()[1] > 0

    def close(self) -> None:
        """Close the connections."""
        self._replicas.close()

    def _ask(self, operation: Operation, form: Format, until: float) -> _Sound:
        """Ask one store after another until one gives an answer; a query only reads, so it may be sent again."""
        # as at the built-in engine, relative IRIs are relative to the address of the project
        base = f"BASE <{BASE}> " if has_relative_iri(operation.query) else ""
        fields = [("query", base + operation.query)]
        if operation.dataset.stated and self._derives(until):
            fields.append(("default-graph-uri", GRAPH_ASSERTED))
        fields += [("default-graph-uri", iri) for iri in operation.dataset.default_graphs]
        fields += [("named-graph-uri", iri) for iri in operation.dataset.named_graphs]
        trouble = BackendError("no store is left to ask")
        for replica in self._replicas.in_order():
            try:
                said = self._replicas.send(replica, fields, form, (self._limits.result, until))
                if said.status in _ELSEWHERE:
                    self._replicas.rest(replica)
                    raise _trouble(said.status, replica.url)
                if said.status == _OK and len(said.body) <= self._limits.result:
                    return self._sound(said, form, until, replica)
            except BackendError as error:
                self._failed += not isinstance(error, LimitExceeded)
                trouble = error
                continue
            raise self._refusal(said, form, replica.url)
        raise trouble

    def _derives(self, until: float) -> bool:
        """Return whether the stores have graphs that reasoning and counting add, and keep apart what is stated.

        Raises:
            BackendError: they do not keep it apart, so that the questions of pages have other answers there.
        """
        if monotonic() > self._looked + _LOOK:
            self._derived = self._holds(_DERIVED, until)
            self._apart = not self._derived or self._holds(_APART, until)
            self._looked = monotonic()
        if not self._apart:
            raise BackendError("has a release of cartkg, whose pages come from a store on disk: add --store")
        return self._derived

    def _holds(self, query: str, until: float) -> bool:
        """Ask whether something is there."""
        operation = Operation(query, JSON, Dataset())
        try:
            return bool(json.loads(self._ask(operation, JSON, until).body).get("boolean"))
        except RejectedByStore:  # one that keeps apart what is stated answers
            return False

    def _refusal(self, said: HttpAnswer, form: Format, url: str) -> CartkgError:
        """Return the error of an answer that another store would give too."""
        if said.status == _OK:
            return TooLarge(f"the answer is larger than {self._limits.result} bytes; ask for less")
        if said.status == _UNSUITED:
            return unsayable(form, "the backend of this endpoint cannot return this answer in this format")
        if said.status in {_BAD, _REFUSED}:
            return RejectedByStore("the backend rejected the query")
        self._failed += 1
        return _trouble(said.status, url)

    @staticmethod
    def _sound(said: HttpAnswer, form: Format, until: float, store: Replica) -> _Sound:
        """Check that an answer is what was requested, and whole, and count its rows.

        Raises:
            BackendError: it is something else.
            TooLarge: the store says that it cut it.
            TimeoutError: it takes too long to read.
        """
        wire = store.dialect.wire(form)
        if said.media_type and said.media_type not in wire.media_types:
            raise BackendError(f"answered with {said.media_type}", store.url)
        try:
            body = store.dialect.read(said.body, form)
            rows = foreign_answers.count(body, wire, until)
            store.dialect.check(said.headers, rows)
        except BackendError as error:
            error.url = store.url
            raise
        except foreign_answers.MALFORMED as error:
            raise BackendError("answered with something other than results", store.url) from error
        return _Sound(body, rows, store)

    def _body(self, sound: _Sound, form: Format) -> bytes:
        """Return an answer, which was checked, as this endpoint writes it.

        Raises:
            TooLarge: it is above our size limit.
            BackendError: it is not CSV.
            NotAcceptable: the format cannot hold it.
        """
        try:
            made, fits = sound.store.dialect.write(sound.body, form if form is not SPREADSHEET else CSV), True
            if form is SPREADSHEET:
                made, fits = truncation.spreadsheet(made, self._limits.result)
            elif form in {XML, RDF_XML}:
                made = foreign_answers.rewritten(made, form)
        except Unsayable as error:
            raise unsayable(form, str(error)) from error
        except ValueError as error:
            raise BackendError("answered with something other than results", sound.store.url) from error
        if not fits or len(made) > self._limits.result:
            raise TooLarge(f"the answer is larger than {self._limits.result} bytes; ask for less")
        return made


def _trouble(status: int, url: str) -> BackendError:
    if status in _BUSY:
        return LimitExceeded("the backend of this endpoint is busy", url, limit="busy", retry_after=10)
    return BackendError(f"answered with status {status}", url)
