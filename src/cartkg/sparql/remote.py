"""RemoteEngine: operations sent on to another SPARQL endpoint over HTTP."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from cartkg.errors import BackendError, ConfigError, LimitExceeded, QueryError, TooLarge
from cartkg.evaluation.syntax import Kind
from cartkg.sparql import cutting
from cartkg.sparql.engines import Answer

if TYPE_CHECKING:
    from http.client import HTTPResponse

    from cartkg.sparql.engines import Operation
    from cartkg.sparql.jobs import Limits

_OK, _BAD, _REFUSED, _BUSY = 200, 400, 403, (429, 503)


class RemoteEngine:
    """Answers by asking an endpoint that the operator named; one connection for each query."""

    def __init__(self, url: str, limits: Limits) -> None:
        """Take the address of the endpoint.

        Raises:
            ConfigError: it is no HTTP address.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError("is no HTTP address", url)
        self._url = url
        self._parts = parts
        self._limits = limits
        self._failed = 0

    def answer(self, operation: Operation) -> Answer:
        """Send one operation on.

        Raises:
            QueryError: the endpoint calls the query malformed or refuses it.
            TooLarge: its answer is above our size limit.
            LimitExceeded: it did not answer in time, or is busy.
            BackendError: it cannot be reached or answers with nonsense.
        """
        started = monotonic()
        seconds = min(operation.timeout or self._limits.seconds, self._limits.seconds)
        try:
            status, body = self._post(operation, seconds)
        except TimeoutError as error:
            raise LimitExceeded("the store behind this endpoint took too long", self._url, limit="time") from error
        except (OSError, HTTPException) as error:
            self._failed += 1
            raise BackendError("cannot be reached", self._url) from error
        if status != _OK:
            raise self._error(status)
        if len(body) > self._limits.result:
            raise TooLarge(f"the answer is larger than {self._limits.result} bytes; ask for less")
        try:
            rows = _rows(body, operation)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackendError("answered with something else than results", self._url) from error
        return Answer(body, rows, None, monotonic() - started, "remote")

    def state(self) -> dict[str, float]:
        """Give the number of failed calls."""
        return {"backend_failures_total": float(self._failed)}

    def ready(self) -> bool:
        """Tell that queries are sent on; whether they succeed is the backend's matter."""
        return True

    def close(self) -> None:
        """Hold nothing, so end nothing."""

    def _post(self, operation: Operation, seconds: float) -> tuple[int, bytes]:
        fields = [("query", operation.query)]
        fields += [("default-graph-uri", iri) for iri in operation.dataset.default_graphs]
        fields += [("named-graph-uri", iri) for iri in operation.dataset.named_graphs]
        make = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
        connection = make(str(self._parts.hostname), self._parts.port, timeout=seconds)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": operation.format.media_types[0],
            "User-Agent": "cartkg",
        }
        target = f"{self._parts.path or '/'}{'?' + self._parts.query if self._parts.query else ''}"
        try:
            connection.request("POST", target, urlencode(fields), headers)
            response: HTTPResponse = connection.getresponse()
            return response.status, response.read(self._limits.result + 1)
        finally:
            connection.close()

    def _error(self, status: int) -> QueryError | BackendError:
        if status in _BUSY:
            return LimitExceeded("the store behind this endpoint is busy", self._url, limit="busy", retry_after=10)
        if status in {_BAD, _REFUSED}:
            return QueryError("the store behind this endpoint calls the query malformed or refuses it")
        return BackendError(f"answered with status {status}", self._url)


def _rows(body: bytes, operation: Operation) -> int:
    """Count rows where the foreign text allows it without guessing; a graph counts its lines of N-Triples."""
    name = operation.format.name
    if name == "json":
        found = json.loads(body)
        return len(found["results"]["bindings"]) if "results" in found else 1
    if Kind.GRAPH in operation.format.kinds:
        return body.count(b" .\n")
    return max(cutting.count_rows(body, name), 0)
