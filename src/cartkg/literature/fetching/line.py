"""One GET over HTTP, bounded in bytes and in time from the first look-up to the last byte; no other host is asked.

The timeouts of an HTTP library begin again with each piece that arrives, so a server that sends a byte now and then
holds the caller for as long as it likes. Here each wait gets what is left until the deadline.

Source: RFC 9110 (redirects, Retry-After).
"""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2

from cartkg import __version__
from cartkg.errors import BackendError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_OK, _TOO_MANY, _SERVER = 200, 429, 500
_MOVED = frozenset({301, 302, 303, 307, 308})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_MOST_MOVES = 3


@dataclass(frozen=True, slots=True)
class TransportLimits:
    """What one answer may take.

    Attributes:
        size: bytes of its body.
        seconds: from the first look-up to the last byte.
        tries: how often a request is sent that a busy service answers with 429 or 5xx, or not at all.
        longest_wait: seconds between two tries, whatever the service asks for.
    """

    size: int = 64 * 1024**2
    seconds: float = 120
    tries: int = 3
    longest_wait: float = 60


class Transport(Protocol):
    """What answers requests."""

    def get(self, address: str, parameters: Sequence[tuple[str, str]], pause: float) -> bytes:
        """Return the body of an answer.

        Args:
            address: where to ask.
            parameters: what to ask, in their order.
            pause: seconds that the service wants between two requests.

        Raises:
            BackendError: there is no answer with status 200 within the limits, or it leads to another host.
        """


@dataclass(slots=True)
class HttpLine:
    """The line to the services: polite, and bounded.

    Attributes:
        email: who asks, in the header of each request.
        limits: of one answer.
        sleep: waits; tests give another.
    """

    email: str
    limits: TransportLimits = field(default_factory=TransportLimits)
    sleep: Callable[[float], None] = time.sleep
    _last: float | None = None

    def get(self, address: str, parameters: Sequence[tuple[str, str]], pause: float) -> bytes:
        """Return the body of an answer; a busy service is asked again, later."""
        for left in reversed(range(self.limits.tries)):
            self._wait(pause)
            try:
                return self._moved(address, parameters)
            except _Busy as busy:
                if not left:
                    raise BackendError(busy.message, address) from busy
                asked = busy.retry_after if busy.retry_after is not None else 2.0 ** (self.limits.tries - left)
                self.sleep(min(asked, self.limits.longest_wait))
        raise BackendError("was not asked: no tries are allowed", address)

    def _wait(self, pause: float) -> None:
        now = time.monotonic()
        if self._last is not None and now - self._last < pause:
            self.sleep(pause - (now - self._last))
        self._last = time.monotonic()

    def _moved(self, address: str, parameters: Sequence[tuple[str, str]]) -> bytes:
        """Ask, and follow the service where it moves on its own host."""
        until = time.monotonic() + self.limits.seconds
        url = f"{address}?{urlencode(parameters)}"
        for _ in range(_MOST_MOVES):
            found = self._exchange(url, address, until)
            if isinstance(found, bytes):
                return found
            url = _on_same_host(url, found, address)
        raise BackendError(f"leads from one address to the next more than {_MOST_MOVES} times", address)

    def _exchange(self, url: str, address: str, until: float) -> bytes | str:
        """Return the body of an answer, or the address to which it leads."""
        headers = {
            "User-Agent": f"cartkg/{__version__} (mailto:{self.email})",
            "Accept-Encoding": "identity",  # so that the limit of bytes is one of memory too
        }
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self.limits.seconds)
        extensions = {"timeout": timeout}
        try:
            with _pool(urlsplit(url), until) as pool, pool.stream("GET", url, headers=list(headers.items()),
                                                                  extensions=extensions) as answer:  # fmt: skip
                return self._read(answer, address)
        except (httpcore2.TimeoutException, TimeoutError) as error:
            raise _Busy(f"did not answer within {self.limits.seconds:g} s") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.ProxyError, OSError) as error:
            why = str(error) or type(error).__name__
            raise _Busy(f"cannot be reached, or ended the connection ({why})") from error

    def _read(self, answer: httpcore2.Response, address: str) -> bytes | str:
        headers = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
        if answer.status in _MOVED and b"location" in headers:
            return headers[b"location"]
        if answer.status == _TOO_MANY or answer.status >= _SERVER:
            raise _Busy(f"answered with status {answer.status}", _seconds(headers.get(b"retry-after", "")))
        if answer.status != _OK:
            raise BackendError(f"answered with status {answer.status}", address)
        if headers.get(b"content-encoding", "identity") != "identity":
            raise BackendError("sent a compressed answer, although none was asked for", address)
        return self._body(answer.iter_stream(), address)

    def _body(self, parts: Iterable[bytes], address: str) -> bytes:
        body = bytearray()
        for part in parts:
            body += part
            if len(body) > self.limits.size:
                raise BackendError(f"answered with more than {self.limits.size:,} bytes", address)
        return bytes(body)


class _Busy(Exception):
    """The service may answer when it is asked again; `retry_after` is when, in seconds, if it says so."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after


def checked_address(address: str, setting: str) -> str:
    """Return the address of a service without a slash at its end.

    Raises:
        ConfigError: it is not HTTPS; on this machine HTTP will do.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise ConfigError("is not an address", setting) from error
    is_near = parts.scheme == "http" and parts.hostname in _LOOPBACK
    is_whole = parts.hostname and port != 0 and not (parts.query or parts.fragment or "@" in parts.netloc)
    if not is_whole or (parts.scheme != "https" and not is_near):
        raise ConfigError("is not an address with https, without name, password and query", setting)
    return address.rstrip("/")


def _on_same_host(url: str, location: str, address: str) -> str:
    """Return the address to which an answer leads; a key and an e-mail must not go to another host."""
    moved = urljoin(url, location)
    here, there = urlsplit(url), urlsplit(moved)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise BackendError(f"leads to another place ({there.scheme}://{there.hostname}), which is not asked", address)
    return moved


def _seconds(text: str) -> float | None:
    """Return the seconds that a service asks to wait; a date is not read."""
    return float(text) if text.strip().isdecimal() else None


def _pool(parts: SplitResult, until: float) -> httpcore2.ConnectionPool:
    """Return what connects to one host, through the proxy of the environment where there is one."""
    host = parts.hostname or ""
    named = None if host in _LOOPBACK or proxy_bypass(host) else getproxies().get(parts.scheme)
    proxy = httpcore2.Proxy(named) if named else None
    context = ssl.create_default_context() if parts.scheme == "https" else None
    return httpcore2.ConnectionPool(ssl_context=context, proxy=proxy, network_backend=_Bounded(until))


class _Bounded(httpcore2.NetworkBackend):
    """Connects, with the deadline on every wait."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  # the deadline counts
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to a host."""
        stream = self._inner.connect_tcp(host, port, _left(self._until), local_address, socket_options)
        return _BoundedStream(stream, self._until)


class _BoundedStream(httpcore2.NetworkStream):
    """A connection each of whose waits ends at the deadline."""

    def __init__(self, inner: httpcore2.NetworkStream, until: float) -> None:
        self._inner = inner
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  # the deadline counts
        """Return the next piece."""
        return self._inner.read(max_bytes, _left(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Send a piece."""
        self._inner.write(buffer, _left(self._until))

    def close(self) -> None:
        """End the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        """Go on encrypted."""
        return _BoundedStream(self._inner.start_tls(ssl_context, server_hostname, _left(self._until)), self._until)

    def get_extra_info(self, info: str) -> object:
        """Return what is known of the connection."""
        return self._inner.get_extra_info(info)


def _left(until: float) -> float:
    """Return the seconds that are left.

    Raises:
        TimeoutError: none are.
    """
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
