"""Equal stores behind one endpoint: which one a query goes to, and which ones rest after a failure."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from cartkg.errors import BackendError, ConfigError
from cartkg.sparql.engines import exchange
from cartkg.sparql.engines.dialects.detection import STANDARD, spoken
from cartkg.sparql.engines.exchange import IdleConnections, PostRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cartkg.formats import Format
    from cartkg.sparql.engines.dialects.dialect import Dialect
    from cartkg.sparql.engines.exchange import HttpAnswer

logger = logging.getLogger(__name__)

#: Seconds between two checks of a store that is down, and that one check may take.
_REST, _CHECK = 5.0, 3.0
_OK = 200
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(slots=True)
class Replica:
    """One store.

    Attributes:
        url: its address for queries.
        idle: connections to it that wait for their next request.
        asked: requests that it is answering now.
        is_up: whether it could be reached when it was asked last.
        dialect: how its engine answers, so far as is known.
    """

    url: str
    idle: IdleConnections = field(default_factory=IdleConnections)
    asked: int = 0
    is_up: bool = True
    dialect: Dialect = STANDARD


class Replicas:
    """Stores that give the same answers.

    One that cannot be reached is asked after the others until a check in the background, every five seconds, finds that
    it answers again.
    """

    def __init__(self, urls: Sequence[str], authorization: str = "") -> None:
        """Take the addresses.

        Args:
            urls: their addresses for queries, at least one.
            authorization: what is sent as the header field Authorization; nothing when empty.

        Raises:
            ConfigError: one is not an HTTP address, contains a password, or is named twice.
        """
        for number, url in enumerate(urls):
            if exchange.http_address(url, url).username is not None:
                raise ConfigError(
                    "write no user or password into an address; set CARTKG_BACKEND_AUTHORIZATION", "--backend"
                )
            if url in urls[:number]:
                raise ConfigError("is named twice", url)
        if any(character in authorization for character in "\r\n"):
            raise ConfigError("contains a line break", "CARTKG_BACKEND_AUTHORIZATION")
        self._all = [Replica(url) for url in urls]
        self._headers = {**_FORM, "Authorization": authorization} if authorization else _FORM
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def addresses(self) -> tuple[str, ...]:
        """Return the addresses of all, in no order."""
        with self._lock:
            return tuple(sorted(each.url for each in self._all))

    def in_order(self) -> list[Replica]:
        """Return all in the order in which to ask them: those that are up, the least busy first, then the others."""
        with self._lock:
            self._all.append(self._all.pop(0))  # of equally busy ones, each has its turn
            return sorted(self._all, key=lambda each: (not each.is_up, each.asked))

    def send(
        self, replica: Replica, fields: Sequence[tuple[str, str]], form: Format, bounds: tuple[int, float]
    ) -> HttpAnswer:
        """Send a query to a store, and again where the first answer shows that its engine speaks a dialect.

        Args:
            replica: the store.
            fields: the fields of the form.
            form: the format of the answer that is wanted; what comes is in that which the dialect asks for.
            bounds: bytes of the answer that are read, and the deadline by `time.monotonic`.

        Raises:
            TimeoutError: the deadline passed.
            BackendError: the store cannot be reached; it is asked after the others now.
        """
        said = self._send(replica, fields, replica.dialect.wire(form), bounds)
        dialect = spoken(said.headers)
        if dialect in {STANDARD, replica.dialect}:  # an error may come from a proxy
            return said
        replica.dialect = dialect
        return self._send(replica, fields, dialect.wire(form), bounds)

    def _send(
        self, replica: Replica, fields: Sequence[tuple[str, str]], wire: Format, bounds: tuple[int, float]
    ) -> HttpAnswer:
        headers = {**self._headers, "Accept": wire.media_types[0]}
        call = PostRequest(replica.url, urlencode(fields).encode(), headers, *bounds)
        with self._busy(replica):
            try:
                return exchange.send(call, replica.idle)
            except BackendError:
                self.rest(replica)
                raise

    def rest(self, replica: Replica) -> None:
        """Ask a store after the others until it answers a check."""
        with self._lock:
            was_up, replica.is_up = replica.is_up, False
        if was_up and not self._closing.is_set():
            logger.warning("%s does not answer; it is checked every %.0f seconds", replica.url, _REST)
            threading.Thread(target=self._check, args=(replica,), name="replica", daemon=True).start()

    def numbers(self) -> tuple[int, int]:
        """Return how many there are, and how many of them are up."""
        with self._lock:
            return len(self._all), sum(each.is_up for each in self._all)

    def close(self) -> None:
        """End the checks and close the connections."""
        self._closing.set()
        for each in self._all:
            each.idle.close()

    @contextmanager
    def _busy(self, replica: Replica) -> Iterator[None]:
        with self._lock:
            replica.asked += 1
        try:
            yield
        finally:
            with self._lock:
                replica.asked -= 1

    def _check(self, replica: Replica) -> None:
        """Check a store until it answers."""
        body = urlencode({"query": "ASK {}"}).encode()
        headers = {**self._headers, "Accept": "application/sparql-results+json"}
        while not self._closing.wait(_REST):
            try:
                said = exchange.send(PostRequest(replica.url, body, headers, 1024, monotonic() + _CHECK))
            except (BackendError, TimeoutError):
                continue
            if said.status == _OK:
                logger.warning("%s answers again", replica.url)
                with self._lock:
                    replica.is_up = True
                return
