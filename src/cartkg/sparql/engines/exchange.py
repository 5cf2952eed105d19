"""One HTTP exchange with a foreign server, with one deadline from the look-up of its name to the last byte.

The timeout of a socket starts again with each piece that arrives, so a server that sends one byte per second holds us
for as long as it likes. Here each wait gets what is left until the deadline.

Source: RFC 9112 (HTTP/1.1); RFC 6890, RFC 6052 and RFC 3056 (addresses that are not public, or hold another one).
"""

from __future__ import annotations

import io
import ipaddress
import logging
import queue
import selectors
import socket
import ssl
import threading
from collections import deque
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, IncompleteRead
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cartkg.errors import BackendError, ConfigError, Refused
from cartkg.sparql.protocol.requests import absolute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from urllib.parse import SplitResult

    from _typeshed import ReadableBuffer, WriteableBuffer

    Address = ipaddress.IPv4Address | ipaddress.IPv6Address

logger = logging.getLogger(__name__)

_PORTS = {"https": 443, "http": 80}
#: Seconds that a server may take to accept a connection.
_CONNECT_SECONDS = 3.0
#: Connections to one server that are kept, and seconds that each may wait.
_MOST_IDLE, _IDLE_SECONDS = 16, 20.0
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class PostRequest:
    """One request by POST.

    Attributes:
        url: where it goes.
        body: its content.
        headers: its header fields.
        largest: bytes of the answer's body that are read, and one more, which shows that it is larger.
        until: the deadline, by `time.monotonic`.
        listed: whether a name must resolve to a public address.
    """

    url: str
    body: bytes
    headers: Mapping[str, str]
    largest: int
    until: float
    listed: bool = False


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The answer.

    Attributes:
        status: its status.
        media_type: in small letters; empty when none was stated.
        body: its content.
        headers: its header fields, names in small letters.
    """

    status: int
    media_type: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


def http_address(url: str, setting: str) -> SplitResult:
    """Take the address of a foreign server apart.

    Raises:
        ConfigError: it is not an HTTP address; `setting` says who named it.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme in _PORTS and parts.hostname and absolute(url) and parts.port != 0:
            return parts
    except ValueError as error:
        raise ConfigError("not an HTTP address", setting) from error
    raise ConfigError("not an HTTP address", setting)


def send(call: PostRequest, idle: IdleConnections | None = None) -> HttpAnswer:
    """Send one request and read its answer; redirects are not followed.

    Args:
        call: the request.
        idle: connections to its server that may be used again, and where this one is kept afterwards.

    Raises:
        TimeoutError: the deadline passed.
        BackendError: the server cannot be reached or does not speak HTTP.
        Refused: the call's name must resolve to a public address and does not.
    """
    kept = idle.take(call) if idle else None
    if kept is not None:
        try:
            return _exchange(kept, call, idle)
        except TimeoutError:
            raise
        except (OSError, HTTPException, ValueError):
            left = _left(call.until)  # the server may have closed it meanwhile; a query may be sent again
            logger.debug("a kept connection to %s was closed; %.1f s left", call.url, left)
    try:
        return _exchange(_Pinned(urlsplit(call.url), call), call, idle)
    except TimeoutError:
        raise
    except (OSError, HTTPException, ValueError) as error:  # a length that is not a number is a ValueError
        raise BackendError("cannot be reached", call.url) from error


def _exchange(connection: _Pinned, call: PostRequest, idle: IdleConnections | None) -> HttpAnswer:
    """Send a request over a connection, which is kept or closed afterwards."""
    parts = urlsplit(call.url)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    headers = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": "cartkg", **call.headers}
    is_whole = False
    try:
        connection.request("POST", target, call.body, headers)
        response = connection.getresponse()
        media_type = response.headers.get_content_type() if "Content-Type" in response.headers else ""
        body = response.read(call.largest + 1)
        if response.length and len(body) <= call.largest:  # a bounded reading does not look for it
            raise IncompleteRead(body, response.length)
        is_whole = response.isclosed() and not response.will_close
        fields = {name.lower(): value for name, value in response.getheaders()}
        return HttpAnswer(response.status, media_type.lower(), body, fields)
    finally:
        if idle is None or not is_whole or not idle.give(connection):
            connection.end()


class IdleConnections:
    """Connections to one server that wait for their next request, for a short time and in a small number."""

    def __init__(self) -> None:
        """Begin without any."""
        self._waiting: deque[tuple[float, _Pinned]] = deque()
        self._lock = threading.Lock()
        self._closed = False

    def take(self, call: PostRequest) -> _Pinned | None:
        """Return a connection for a request, the one used last; None where there is none that is still good."""
        while True:
            with self._lock:
                if not self._waiting:
                    return None
                since, connection = self._waiting.pop()
            if monotonic() - since < _IDLE_SECONDS and connection.is_quiet():
                connection.renew(call)
                return connection
            connection.end()

    def give(self, connection: _Pinned) -> bool:
        """Keep a connection whose answer has been read to its end; return whether there was room."""
        with self._lock:
            if self._closed or len(self._waiting) >= _MOST_IDLE:
                return False
            self._waiting.append((monotonic(), connection))
            return True

    def close(self) -> None:
        """Close all, and keep none from now on."""
        with self._lock:
            self._closed = True
            waiting = [connection for _, connection in self._waiting]
            self._waiting.clear()
        for connection in waiting:
            connection.end()


class _Pinned(HTTPConnection):
    """A connection to one address that was checked, whatever the name says by now."""

    def __init__(self, parts: SplitResult, call: PostRequest) -> None:
        self._secure = parts.scheme == "https"
        super().__init__(str(parts.hostname), parts.port or _PORTS[parts.scheme])
        self._parts = parts
        self._call = call
        self._line: _Line | None = None

    def renew(self, call: PostRequest) -> None:
        """Take the deadline of another request."""
        self._call = call
        if self._line is not None:
            self._line.renew(call.until)

    def is_quiet(self) -> bool:
        """Return whether the server neither closed the connection nor sent what nobody asked for."""
        return self._line is not None and self._line.is_quiet()

    def connect(self) -> None:
        """Look the name up, check, connect; the certificate must be that of the name."""
        until = self._call.until
        found = resolve(self._parts, until)
        addresses = [checked(self._parts, found)] if self._call.listed else found
        sock = _connect(addresses, self.port, until)
        if self._secure:
            sock.settimeout(_left(until))
            # closes the socket itself when the handshake fails
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self.host)
        self._line = _Line(sock, until)
        self.sock = self._line  # the part of a socket that http.client uses

    def end(self) -> None:
        """Close the connection and its socket."""
        self.close()
        if self._line is not None:
            self._line.end()


class _Line:
    """A socket as `http.client` uses it, each of whose waits ends at the deadline."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._until = until

    def renew(self, until: float) -> None:
        """Set another deadline."""
        self._until = until

    def is_quiet(self) -> bool:
        """Return whether there is nothing to read, not even the end."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, selectors.EVENT_READ)
            return not selector.select(0)

    def sendall(self, data: ReadableBuffer) -> None:
        """Send all of the data."""
        left = memoryview(data)
        while left:
            self._sock.settimeout(_left(self._until))
            left = left[self._sock.send(left) :]

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002  # http.client reads bytes
        """Return what an answer is read from."""
        return io.BufferedReader(_Incoming(self._sock, self._until), 64 * 1024)

    def close(self) -> None:
        """Leave the socket open: http.client closes the connection before the answer is read; `end` closes it."""

    def end(self) -> None:
        """Close the socket."""
        self._sock.close()


class _Incoming(io.RawIOBase):
    """What arrives on a socket, until the deadline."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        super().__init__()
        self._sock = sock
        self._until = until

    def readable(self) -> bool:
        """Return that it can be read from."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read the next piece."""
        self._sock.settimeout(_left(self._until))
        return self._sock.recv_into(buffer)


def _left(until: float) -> float:
    """Return the seconds until the deadline.

    Raises:
        TimeoutError: it has passed.
    """
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left


def _connect(addresses: list[str], port: int, until: float) -> socket.socket:
    """Connect to the first address that answers.

    Raises:
        TimeoutError: the deadline passed.
        ConnectionError: none accepts a connection.
    """
    trouble: OSError = ConnectionError("the name resolves to no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), min(_left(until), _CONNECT_SECONDS))
        except OSError as error:
            trouble = error
    if isinstance(trouble, TimeoutError) and monotonic() < until:
        raise ConnectionError("no address accepts a connection") from trouble
    raise trouble


def resolve(parts: SplitResult, until: float) -> list[str]:
    """Look up the addresses of a name; the system's own look-up has no deadline, so a thread waits for it.

    Raises:
        BackendError: the name does not resolve.
        TimeoutError: the deadline passed.
    """
    answer: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()
    look_up = _looking_up(str(parts.hostname), parts.port or _PORTS[parts.scheme], answer)
    threading.Thread(target=look_up, name="name", daemon=True).start()
    try:
        found = answer.get(timeout=_left(until))
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(found, OSError):
        raise BackendError("its name does not resolve", parts.geturl()) from found
    return found


def _looking_up(host: str, port: int, answer: queue.SimpleQueue[list[str] | OSError]) -> Callable[[], None]:
    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answer.put(error if isinstance(error, OSError) else OSError(str(error)))
        else:
            answer.put([str(one[4][0]) for one in found])

    return look_up


def checked(parts: SplitResult, found: list[str]) -> str:
    """Return the first of the addresses found for a listed service, if it may be connected to.

    An address that is not public is allowed only where the operator has written it as such, or as localhost.

    Raises:
        Refused: the name resolves to an address that is not public.
    """
    host, address = str(parts.hostname), found[0]
    if host not in {"localhost", address} and not is_public(ipaddress.ip_address(address.partition("%")[0])):
        raise Refused("the service's name resolves to an address that is not public")
    return address


def is_public(address: Address) -> bool:
    """Return whether an address is one of the public network; one that contains an IPv4 address is judged by that one.

    Example:
        >>> [is_public(ipaddress.ip_address(one)) for one in ("9.9.9.9", "224.0.0.1", "64:ff9b::7f00:1")]
        [True, False, False]
    """
    if isinstance(address, ipaddress.IPv6Address):
        held = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            held = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if held is not None:
            return is_public(held)
        if address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
