"""Connections when they are scarce: who holds most gives the idle ones first, and others are answered."""

from __future__ import annotations

import http.client
import resource
import socket
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.live import serving

from cartkg.web.serving.connections import Connection, Peer, Shedder, Talk, connections, shut, surplus

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.whole

MANY = 2050
ASK = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def room() -> Iterator[None]:
    """Let this process hold as many connections as it needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * MANY:
        pytest.skip(f"the system lets a process hold {hard} descriptors only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * MANY), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def held(port: int, number: int, said: bytes = b"") -> Iterator[list[socket.socket]]:
    """Hold many connections from one address and say little on them."""
    with ExitStack() as stack:
        socks = []
        for _ in range(number):
            sock = stack.enter_context(socket.socket())
            sock.settimeout(0)
            with suppress(BlockingIOError):
                sock.connect(("127.0.0.1", port))
            socks.append(sock)
        for sock in socks:  # connected, unless it is not heard for long
            sock.settimeout(3)
            with suppress(OSError):
                sock.sendall(said or b"\r\n")
        yield socks


def ask_from(address: str, port: int) -> int:
    """Send a query from an address of this machine, on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=8, source_address=(address, 0))
    try:
        connection.request("GET", "/sparql?query=ASK%7B%7D")
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    "said",
    [b"", ASK.removesuffix(b"\r\n"), ASK],
    ids=["nothing", "half a head", "one request"],
)
@pytest.mark.usefixtures("room")
def test_one_client_cannot_hold_all_connections(said: bytes) -> None:
    with serving() as live, held(live.port, MANY, said):
        for _ in range(3):
            assert ask_from("127.0.0.2", live.port) == 200
        assert live.metric("connections_shed_total") > 0


def test_idle_connections_are_left_alone_while_there_is_room() -> None:
    with serving() as live, held(live.port, 300) as socks:
        time.sleep(0.8)
        assert live.metric("connections_shed_total") == 0
        socks[0].settimeout(5)
        socks[0].sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert socks[0].recv(12) == b"HTTP/1.1 200"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


@contextmanager
def pairs(listener: socket.socket, addresses: list[str]) -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    """Connect from addresses of this machine; give both ends of each connection, the server's second."""
    with ExitStack() as stack:
        found = []
        for address in addresses:
            client = stack.enter_context(
                socket.create_connection(listener.getsockname(), source_address=(address, 0), timeout=5)
            )
            found.append((client, stack.enter_context(listener.accept()[0])))
        yield found


def test_the_connections_of_a_port_are_found_and_ended(listener: socket.socket) -> None:
    with pairs(listener, ["127.0.0.2", "127.0.0.3"]) as ends:
        found = {str(one.peer.host): one for one in connections(listener.getsockname()[1])}
        assert found.keys() == {"127.0.0.2", "127.0.0.3"}
        assert shut(found["127.0.0.2"])
        assert ends[0][0].recv(1) == b""
        ends[1][0].settimeout(0)
        with pytest.raises(BlockingIOError):
            ends[1][0].recv(1)
        other = Connection(found["127.0.0.2"].descriptor, found["127.0.0.3"].peer, 0)
        assert not shut(other), "a descriptor that stands for another connection by now is let be"


def test_what_is_closed_was_idle_twice_and_of_the_largest_holder(listener: socket.socket) -> None:
    addresses = ["127.0.0.2"] * 8 + ["127.0.0.3"] * 2
    with pairs(listener, addresses) as ends:
        closed: list[int] = []
        talk = Talk()
        shedder = Shedder(listener.getsockname()[1], 6, talk, closed.append)
        busy = "{}:{}".format(*ends[0][0].getsockname())
        talk.start(busy)
        shedder.look()
        assert sum(closed) == 0, "seen idle once only"
        shedder.look()
        assert sum(closed) == 7
        for client, _ in ends:
            client.settimeout(0)
        alive = [address for (client, _), address in zip(ends, addresses, strict=True) if not _ended(client)]
        assert len(alive) == 3
        assert "127.0.0.3" in alive
        assert not _ended(ends[0][0]), "a request is being answered there"


def _ended(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False


def test_a_connection_on_which_a_request_was_answered_lately_is_not_idle(listener: socket.socket) -> None:
    with pairs(listener, ["127.0.0.2"] * 4) as ends:
        closed: list[int] = []
        talk = Talk()
        shedder = Shedder(listener.getsockname()[1], 0, talk, closed.append)
        shedder.look()
        for client, _ in ends:
            talk.end("{}:{}".format(*client.getsockname()))
        shedder.look()
        assert sum(closed) == 0
        shedder.look()
        assert sum(closed) == 0
        shedder.look()
        assert sum(closed) == 4


def test_addresses_are_those_that_the_system_and_the_server_write() -> None:
    assert Peer.of("[::1]", 5) == Peer.of("::1", 5)
    assert Peer.of("::ffff:9.9.9.9", 5) == Peer.of("9.9.9.9", 5)
    assert Peer.of("fe80::1%lo", 5) == Peer.of("fe80::1", 5)
    assert Peer.of("2001:db8::1", 5).client == Peer.of("2001:db8::ffff", 6).client
    assert Peer.of("2001:db8::1", 5).client != Peer.of("2001:db8:0:1::1", 5).client
    assert Peer.of("0.0.0.1", 5).client != Peer.of("0:0:0:1::", 5).client


CLIENTS = st.integers(1, 4)
IDLE = st.lists(st.tuples(CLIENTS, st.integers(0, 9)), max_size=30)


@given(IDLE, st.dictionaries(CLIENTS, st.integers(0, 5)), st.integers(-1, 30))
def test_no_smaller_holder_loses_what_a_larger_one_keeps(
    idle: list[tuple[int, int]], fixed: dict[int, int], number: int
) -> None:
    ones = [Connection(n, Peer.of(f"9.9.9.{client}", n), quiet) for n, (client, quiet) in enumerate(idle)]
    name = {client: Peer.of(f"9.9.9.{client}", 0).client for client in range(1, 5)}
    chosen = surplus(ones, {name[client]: count for client, count in fixed.items()}, number)
    assert len(chosen) == len(set(chosen)) == min(max(number, 0), len(ones))
    kept = [one for one in ones if one not in chosen]
    size = {client: fixed.get(client, 0) + sum(one.peer.client == name[client] for one in kept) for client in name}
    for client, ident in name.items():
        if any(one.peer.client == ident for one in chosen):
            larger = [other for other in name if size[other] > size[client] + 1 and size[other] > fixed.get(other, 0)]
            assert not larger
        mine = [one.quiet for one in kept if one.peer.client == ident]
        gone = [one.quiet for one in chosen if one.peer.client == ident]
        assert not mine or not gone or max(mine) <= min(gone)
