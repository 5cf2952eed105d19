"""SERVICE for the services that the operator lists: the front asks them and puts their rows in place of the clause.

Workers have no network, so a SERVICE clause is answered before the query reaches one: its group is sent to the service
as a query of its own, and the rows come back as VALUES. The address that a name resolves to is checked and then
connected to itself, so that a name cannot point elsewhere between the two; redirects are not followed.

Source: SPARQL 1.1 Federated Query sections 2 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Semaphore
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from cartkg.errors import BackendError, CartkgError, LimitExceeded, Refused, TooLarge
from cartkg.evaluation.syntax import FORMS, analyse, decode, guard, tokens
from cartkg.sparql.engines import exchange, foreign_answers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.evaluation.syntax import Token
    from cartkg.sparql.engines.engine import Answer, Engine, Operation
    from cartkg.sparql.pool.jobs import Limits

_OK = 200
_MOST_BYTES = 4 * 1024**2
_MOST_CLAUSES = 32
#: Queries that may wait for services at once: each occupies a thread of the server meanwhile, and others need some too.
_AT_ONCE = 32
_MOST_TEXT = 16 * 1024**2
#: Part of a query's time that its services may take; what is left is for the query, also after one that is SILENT.
_SHARE = 0.8
_NO_ROWS = "{ VALUES () { () } }"


@dataclass(frozen=True, slots=True)
class ServiceClause:
    """One SERVICE clause: the service, whether its failure is to be skipped, its group, and where it stands."""

    url: str
    silent: bool
    group: str
    start: int
    end: int


class FederatedEngine:
    """An engine that first answers the SERVICE clauses of a query, then hands the rest to another engine."""

    def __init__(self, inner: Engine, services: frozenset[str], limits: Limits) -> None:
        """Allow `services`, by their addresses as they are in queries.

        Raises:
            ConfigError: one is not an HTTP address.
        """
        for url in services:
            exchange.http_address(url, f"--allow-service {url}")
        self._inner = inner
        self._services = services
        self._limits = limits
        self._places = Semaphore(_AT_ONCE)

    def answer(self, operation: Operation) -> Answer:
        """Answer one operation.

        Raises:
            Refused: a service is not listed, or its name resolves to a private address.
            BackendError: a service failed and its clause is not SILENT.
            LimitExceeded: the services took longer than they may, or too many queries wait for services.
            TooLarge: there are too many clauses, or their rows are too much for one query.
        """
        analysis = analyse(operation.query, self._limits.depth)
        if not analysis.services:
            return self._inner.answer(operation)
        guard(analysis, self._services)
        if operation.dry:
            return self._inner.answer(operation)
        seconds = min(operation.timeout or self._limits.seconds, self._limits.seconds)
        started = monotonic()
        until = started + seconds
        if not self._places.acquire(blocking=False):
            raise LimitExceeded("too many queries are waiting for services", limit="busy", retry_after=10)
        try:
            query = self._expand(operation.query, started + _SHARE * seconds)
        finally:
            self._places.release()
        left = until - monotonic()
        if left <= 0:
            raise LimitExceeded("the services exceeded the time limit of the query", limit="time", retry_after=60)
        return self._inner.answer(replace(operation, query=query, timeout=left))

    def state(self) -> dict[str, float]:
        """Return the numbers of the other engine."""
        return self._inner.state()

    def ready(self) -> bool:
        """Return whether the other engine works."""
        return self._inner.ready()

    def close(self) -> None:
        """End the other engine."""
        self._inner.close()

    def _expand(self, query: str, until: float) -> str:
        """Put rows in place of each outermost SERVICE clause, the last one first."""
        text = decode(query)
        found = list(tokens(text))
        prologue = text[: next((one.offset for one in found if one.text.upper() in FORMS), 0)]
        asked = clauses(text, found)
        if len(asked) > _MOST_CLAUSES:
            raise TooLarge(f"a query may have at most {_MOST_CLAUSES} SERVICE clauses; this one has {len(asked)}")
        for clause in reversed(asked):
            try:
                rows = self._ask(clause, prologue, until)
            except CartkgError:
                if not clause.silent:
                    raise
                rows = _NO_ROWS
            text = text[: clause.start] + rows + text[clause.end :]
            if len(text) > _MOST_TEXT:
                raise TooLarge("the services returned more rows than a query can use; ask them for less")
        return text

    def _ask(self, clause: ServiceClause, prologue: str, until: float) -> str:
        """Ask one service and write its rows.

        Raises:
            LimitExceeded: it did not answer in time.
            BackendError: it cannot be reached or returns something other than rows.
            Refused: its name resolves to a private address.
        """
        body = urlencode({"query": f"{prologue} SELECT * WHERE {clause.group}"}).encode()
        headers = {
            "Accept": "application/sparql-results+json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            said = exchange.send(exchange.PostRequest(clause.url, body, headers, _MOST_BYTES, until, listed=True))
        except TimeoutError as error:
            raise LimitExceeded("a service took too long", clause.url, limit="time", retry_after=60) from error
        if said.status != _OK or len(said.body) > _MOST_BYTES:
            raise BackendError(f"answered with status {said.status} and {len(said.body)} bytes", clause.url)
        try:
            return foreign_answers.values(said.body)
        except BackendError as error:
            raise BackendError(error.message, clause.url) from error


def clauses(text: str, found: Sequence[Token]) -> list[ServiceClause]:
    """Find the outermost SERVICE clauses of a query whose services are IRIs."""
    result: list[ServiceClause] = []
    place = 0
    while place < len(found):
        token = found[place]
        if token.kind != "word" or token.text.upper() != "SERVICE":
            place += 1
            continue
        silent = found[place + 1].text.upper() == "SILENT"
        name = found[place + 1 + silent]
        opening = place + 2 + silent
        closing = _closing(found, opening)
        group = text[found[opening].offset : found[closing].offset + 1]
        result.append(ServiceClause(name.text[1:-1], silent, group, token.offset, found[closing].offset + 1))
        place = closing + 1
    return result


def _closing(found: Sequence[Token], opening: int) -> int:
    """Find the brace that closes one.

    Raises:
        Refused: there is none, so that the clause has no group.
    """
    level = 0
    for place in range(opening, len(found)):
        level += (found[place].text == "{") - (found[place].text == "}")
        if level == 0 and place > opening:
            return place
    raise Refused("the group of a SERVICE clause is not closed")
