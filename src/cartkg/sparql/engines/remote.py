"""RemoteEngine: operations sent on to another SPARQL endpoint over HTTP."""

from __future__ import annotations

from threading import Semaphore
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from cartkg.errors import BackendError, LimitExceeded, QueryError, TooLarge
from cartkg.formats import CSV, RDF_XML, SPREADSHEET, XML
from cartkg.sparql.engines import exchange, foreign_answers
from cartkg.sparql.engines.engine import Answer, unsayable
from cartkg.sparql.pool import truncation
from cartkg.sparql.protocol.xml_text import Unsayable

if TYPE_CHECKING:
    from cartkg.formats import Format
    from cartkg.sparql.engines.engine import Operation
    from cartkg.sparql.engines.exchange import HttpAnswer
    from cartkg.sparql.pool.jobs import Limits

#: Queries that may wait for the backend at once: each occupies a thread of the server, and `/health` needs one too.
_AT_ONCE = 64
_OK, _BAD, _REFUSED, _UNSUITED, _BUSY = 200, 400, 403, 406, (429, 503)


class RemoteEngine:
    """Forward operations to an endpoint that the operator named; one connection for each query."""

    def __init__(self, url: str, limits: Limits) -> None:
        """Take the address of the endpoint.

        Raises:
            ConfigError: it is not an HTTP address.
        """
        exchange.http_address(url, url)
        self._url = url
        self._limits = limits
        self._failed = 0
        self._places = Semaphore(_AT_ONCE)

    def answer(self, operation: Operation) -> Answer:
        """Send one operation on.

        Raises:
            QueryError: the endpoint rejected the query.
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
            said = self._post(operation, form, until)
            if said.status != _OK:
                raise self._error(said.status, form)
            if len(said.body) > self._limits.result:
                raise TooLarge(f"the answer is larger than {self._limits.result} bytes; ask for less")
            rows = self._rows(said, form, until)
            body = self._body(said.body, operation.format)
        except TimeoutError as error:
            raise LimitExceeded("the backend of this endpoint took too long", self._url, limit="time") from error
        except BackendError as error:
            self._failed += not isinstance(error, LimitExceeded)
            raise
        finally:
            self._places.release()
        return Answer(body, rows, None, monotonic() - started, "remote")

    def state(self) -> dict[str, float]:
        """Return the number of failed calls."""
        return {"backend_failures_total": float(self._failed)}

    def ready(self) -> bool:
        """Return True: queries are sent on, and the backend decides whether they succeed."""
        return True

    def close(self) -> None:
        """Do nothing: each operation opens and closes its own connection."""

    def _post(self, operation: Operation, form: Format, until: float) -> HttpAnswer:
        fields = [("query", operation.query)]
        fields += [("default-graph-uri", iri) for iri in operation.dataset.default_graphs]
        fields += [("named-graph-uri", iri) for iri in operation.dataset.named_graphs]
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": form.media_types[0],
        }
        body = urlencode(fields).encode()
        return exchange.send(exchange.PostRequest(self._url, body, headers, self._limits.result, until))

    def _rows(self, said: HttpAnswer, form: Format, until: float) -> int:
        """Check that an answer is what was requested, and count its rows.

        Raises:
            BackendError: it is something else.
            TimeoutError: it takes too long to read.
        """
        if said.media_type and said.media_type not in form.media_types:
            raise BackendError(f"answered with {said.media_type}", self._url)
        try:
            return foreign_answers.count(said.body, form, until)
        except BackendError as error:
            raise BackendError(error.message, self._url) from error

    def _body(self, body: bytes, form: Format) -> bytes:
        """Return an answer, which was checked, as this endpoint writes it.

        Raises:
            TooLarge: it is above our size limit.
            BackendError: it is not CSV.
            NotAcceptable: the format cannot hold it.
        """
        try:
            made, fits = body, True
            if form is SPREADSHEET:
                made, fits = truncation.spreadsheet(body, self._limits.result)
            elif form in {XML, RDF_XML}:
                made = foreign_answers.rewritten(body, form)
        except Unsayable as error:
            raise unsayable(form, str(error)) from error
        except ValueError as error:
            raise BackendError("answered with something other than results", self._url) from error
        if not fits or len(made) > self._limits.result:
            raise TooLarge(f"the answer is larger than {self._limits.result} bytes; ask for less")
        return made

    def _error(self, status: int, form: Format) -> QueryError | BackendError:
        if status in _BUSY:
            return LimitExceeded("the backend of this endpoint is busy", self._url, limit="busy", retry_after=10)
        if status == _UNSUITED:
            return unsayable(form, "the backend of this endpoint cannot return this answer in this format")
        if status in {_BAD, _REFUSED}:
            return QueryError("the backend rejected the query")
        return BackendError(f"answered with status {status}", self._url)
