"""The proxy configuration that is shipped, in front of a real server: one client cannot shut others out."""

from __future__ import annotations

import http.client
import os
import resource
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.live import Live, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIGURATION = Path(__file__).resolve().parents[1] / "docs" / "guides" / "haproxy.cfg"
HAPROXY = shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SAMPLE = Path(__file__).parent / "clients" / "data.ttl"
MANY = 2050
MOST = 64

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(HAPROXY is None, reason="no haproxy (apt-get install haproxy)"),
]


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with serving("--base-url", "http://sparql.example/") as server:
        yield server


@contextmanager
def started_proxy(**places: str) -> Iterator[int]:
    """Start the proxy in front of servers, and wait until it listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [str(HAPROXY), "-f", str(CONFIGURATION)], env={"CARTKG_PUBLIC": f"127.0.0.1:{port}", **places}
    )
    try:
        until = time.monotonic() + 10
        while process.poll() is None and time.monotonic() < until:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def proxy(live: Live) -> Iterator[int]:
    with started_proxy(CARTKG_SERVER=f"127.0.0.1:{live.port}") as port:
        yield port


def ask(port: int, path: str = "/sparql?query=ASK%7B%7D", address: str = "127.0.0.2") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=8, source_address=(address, 0))
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_queries_pass_and_links_hold_the_public_address(proxy: int) -> None:
    status, body = ask(proxy)
    assert status == 200
    assert b"http://sparql.example/sparql?query=" in body


def test_counters_are_not_public(proxy: int, live: Live) -> None:
    assert ask(proxy, "/metrics")[0] == 403
    assert ask(live.port, "/metrics")[0] == 200


@pytest.mark.parametrize(("size", "status"), [(10_000, 200), (64_000, 200), (66_000, 414), (100_000, 414)])
def test_long_addresses_pass_up_to_the_limit_and_are_told_of_it_above(proxy: int, size: int, status: int) -> None:
    found, body = ask(proxy, f"/sparql?query=ASK%7B%7D%23{'x' * size}")
    assert found == status
    assert (b"an address may have 65,000 bytes; send a long query by POST to /sparql" in body) is (status == 414)


def test_two_hosts_are_refused(proxy: int) -> None:
    with socket.create_connection(("127.0.0.1", proxy), timeout=5) as sock:
        sock.sendall(b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        assert sock.recv(12) == b"HTTP/1.1 400"


def test_a_second_client_is_answered_while_one_opens_all_the_connections_it_can(proxy: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(2 * MANY, hard) if hard >= 0 else 2 * MANY, hard))
    with ExitStack() as stack:
        socks = []
        for _ in range(MANY):
            with suppress(OSError):
                socks.append(stack.enter_context(socket.create_connection(("127.0.0.1", proxy), timeout=2)))
        for _ in range(5):
            assert ask(proxy)[0] == 200
        assert sum(not _ended(sock) for sock in socks) <= MOST
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _ended(sock: socket.socket) -> bool:
    """Tell whether the proxy has closed a connection."""
    sock.settimeout(0)
    try:
        return sock.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_two_servers_give_one_answer_and_either_may_end() -> None:
    sample = ("--data", str(SAMPLE), "--base-url", "http://sparql.example/")
    path = "/sparql?query=SELECT%20%2A%20%7B%3Fs%20%3Fp%20%3Fo%7D"
    with serving(*sample) as second, serving(*sample) as first:
        tags = {one.request("GET", path).headers["etag"] for one in (first, second)}
        with started_proxy(CARTKG_SERVER=f"127.0.0.1:{first.port}", CARTKG_SECOND=f"127.0.0.1:{second.port}") as port:
            answers = {ask(port, path) for _ in range(8)}
            first.process.terminate()  # it finishes what runs; the proxy sends the rest to the other
            answers |= {ask(port, path) for _ in range(40)}
            first.process.wait(30)
            answers |= {ask(port, path) for _ in range(8)}
    assert len(tags) == 1
    assert [status for status, _ in answers] == [200]
