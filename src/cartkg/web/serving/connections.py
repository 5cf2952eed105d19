"""Close idle connections when connections are scarce, those of the client with the most first.

Granian takes a bounded number of connections and has no limit for each client, so one client could hold all of them.
The sockets are this process's own: the kernel knows who is at the other end and since when nothing came, and a socket
that is shut down looks to Granian as if the client had left.

Source: proc(5), tcp(7) (TCP_INFO) of Linux.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import struct
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_FOLDER = Path("/proc/self/fd")
_INTERVAL = 0.25
#: The milliseconds since the last piece came, in TCP_INFO: after 8 bytes and 11 numbers.
_QUIET = struct.Struct("=52xI")
_MAPPED_BITS, _SITE_BITS = 128, 64


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a connection."""

    host: ipaddress.IPv4Address | ipaddress.IPv6Address
    port: int

    @classmethod
    def of(cls, host: str, port: int) -> Peer:
        """Read an address as the system or Granian writes it; an IPv4 address inside IPv6 is that address."""
        found = ipaddress.ip_address(host.strip("[]").partition("%")[0])
        inner = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
        return cls(inner or found, port)

    @property
    def client(self) -> int:
        """Return the client: its address, or for IPv6 the first 64 bits, which belong to one customer."""
        shift = _SITE_BITS if self.host.version == 6 else 0  # noqa: PLR2004  # the versions of IP
        return int(self.host) >> shift | self.host.version << _MAPPED_BITS


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection of this server: its descriptor, its other end, and milliseconds since something came."""

    descriptor: int
    peer: Peer
    quiet: int


class Talk:
    """The ends of connections on which a request is or was answered lately; used by the event loop's thread only."""

    def __init__(self) -> None:
        """Start with none."""
        self._now: set[str] = set()
        self._lately: set[str] = set()

    def start(self, client: str) -> None:
        """Record that a request has arrived completely."""
        self._now.add(client)

    def end(self, client: str) -> None:
        """Record that it is answered."""
        self._now.discard(client)
        self._lately.add(client)

    def since(self) -> set[Peer]:
        """Return the ends on which a request is answered or was since the last call."""
        found = {
            Peer.of(host, int(port)) for host, _, port in (one.rpartition(":") for one in self._now | self._lately)
        }
        self._lately.clear()
        return found


class Shedder:
    """Count the connections a few times per second, and close idle ones when there are many."""

    def __init__(self, port: int, plenty: int, talk: Talk, count: Callable[[int], None]) -> None:
        """Close connections to `port` when there are more than `plenty`; `count` hears how many were closed."""
        self._port = port
        self._plenty = plenty
        self._talk = talk
        self._count = count
        self._idle: frozenset[Peer] = frozenset()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await asyncio.sleep(_INTERVAL)
            self.look()

    def look(self) -> None:
        """Close connections that were idle at this check and the one before, down to half of the threshold."""
        talking = self._talk.since()
        found = list(connections(self._port)) if _descriptors() > self._plenty else []
        idle = [one for one in found if one.peer not in talking]
        if len(found) > self._plenty:
            held = defaultdict[int, int](int)
            for one in found:
                held[one.peer.client] += one.peer in talking or one.peer not in self._idle
            still = [one for one in idle if one.peer in self._idle]
            self._count(sum(map(shut, surplus(still, held, len(found) - self._plenty // 2))))
        self._idle = frozenset(one.peer for one in idle)


def surplus(idle: Iterable[Connection], held: Mapping[int, int], number: int) -> list[Connection]:
    """Choose idle connections so that the clients with most are left with equal numbers, longest idle first.

    Args:
        idle: connections that may be closed.
        held: client -> number of its connections that may not.
        number: how many to choose, at most.
    """
    of_client = defaultdict[int, list[Connection]](list)
    for one in idle:
        of_client[one.peer.client].append(one)
    ranked: list[tuple[int, int, Connection]] = []
    for client, ones in of_client.items():
        ones.sort(key=lambda one: one.quiet)
        start = held.get(client, 0)
        ranked += [(place, one.quiet, one) for place, one in enumerate(ones, start)]
    ranked.sort(key=lambda entry: entry[:2], reverse=True)
    return [one for _, _, one in ranked[: max(number, 0)]]


def connections(port: int) -> Iterator[Connection]:
    """List the incoming connections of this process on a port."""
    for name in _listed():
        with _opened(int(name), port) as sock:
            if sock is not None:
                (quiet,) = _QUIET.unpack(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _QUIET.size))
                yield Connection(int(name), _peer(sock), quiet)


def shut(connection: Connection) -> bool:
    """Close a connection, unless its descriptor is now that of another one; return whether it was closed."""
    with _opened(connection.descriptor) as sock:
        if sock is None or _peer(sock) != connection.peer:
            return False
        with suppress(OSError):  # the client has left meanwhile
            sock.shutdown(socket.SHUT_RDWR)
        return True


@contextmanager
def _opened(descriptor: int, port: int | None = None) -> Iterator[socket.socket | None]:
    """Open a descriptor once more; None when it is not a connection, or none on this port."""
    copy: socket.socket | None = None
    with suppress(OSError):
        copy = _as_socket(os.dup(descriptor))
    try:
        yield copy if copy is not None and _is_connection(copy, port) else None
    finally:
        if copy is not None:
            copy.close()


def _as_socket(descriptor: int) -> socket.socket:
    try:
        return socket.socket(fileno=descriptor)
    except OSError:
        os.close(descriptor)
        raise


def _is_connection(sock: socket.socket, port: int | None) -> bool:
    if sock.family not in {socket.AF_INET, socket.AF_INET6} or sock.type != socket.SOCK_STREAM:
        return False
    try:
        sock.getpeername()
        return port is None or sock.getsockname()[1] == port
    except OSError:
        return False


def _peer(sock: socket.socket) -> Peer:
    host, port = sock.getpeername()[:2]
    return Peer.of(host, port)


def _descriptors() -> int:
    """Count the descriptors of this process, which is quick; 0 where the system does not list them."""
    return len(_listed())


def _listed() -> list[str]:
    try:
        return [one.name for one in _FOLDER.iterdir()]
    except OSError:
        return []
