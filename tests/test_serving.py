"""The server below the app: what large and broken requests, and answers that nobody reads, may take of it."""

from __future__ import annotations

import json
import socket
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
from tests.live import Live, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

CROSS = "SELECT * { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(6)) + " }"
LARGE = f"/sparql?{urlencode({'query': CROSS, 'cut': 'mark', 'format': 'tsv'})}"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MEGA = 1024**2


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with serving("--timeout", "10") as server:
        yield server


@contextmanager
def lines(live: Live, number: int, data: bytes) -> Iterator[list[socket.socket]]:
    """Hold connections open on which something was sent, and of which nothing more is read than asked here."""
    with ExitStack() as stack:
        socks = []
        for _ in range(number):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", live.port), timeout=20))
            sock.sendall(data)
            socks.append(sock)
        yield socks


def test_a_large_answer_arrives_whole_and_each_time_the_same(live: Live) -> None:
    first, second = live.request("GET", LARGE), live.request("GET", LARGE)
    assert 15 * MEGA < len(first.body) == int(first.headers["content-length"])
    assert first.body == second.body
    assert first.body.endswith(b"\n")


@pytest.mark.whole
def test_large_answers_that_nobody_reads_are_cut_off_when_others_need_the_room(live: Live) -> None:
    before = live.memory()
    asked = f"GET {LARGE} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with ExitStack() as stack:
        unread = []
        for _ in range(16):
            (sock,) = stack.enter_context(lines(live, 1, asked))
            unread.append(sock)
            assert sock.recv(12) == b"HTTP/1.1 200"
            time.sleep(0.1)
        assert live.memory() < 550 * MEGA
        time.sleep(0.6)
        assert live.request("GET", LARGE).status == 200
        assert live.ask("ASK {}").status == 200
        received = 0
        while part := unread[0].recv(MEGA):
            received += len(part)
        assert received < 8 * MEGA, "the first was not cut off"
    time.sleep(1)
    assert live.memory() - before < 40 * MEGA, "what nobody holds is given back"


@pytest.mark.parametrize(
    "start",
    [b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nX-A: ", b"GET /sparql?query="],
    ids=["header", "address"],
)
def test_heads_without_end_take_little_memory(live: Live, start: bytes) -> None:
    before = live.memory()
    with lines(live, 100, start + b"b" * 120_000):
        time.sleep(0.3)
        assert live.memory() - before < 60 * MEGA
        assert live.ask("ASK {}").status == 200


def test_large_bodies_that_never_end_take_little_memory_and_small_ones_still_arrive(live: Live) -> None:
    head = (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 1048576\r\n\r\n"
    )
    before = live.memory()
    with lines(live, 150, head + b" " * 1_000_000):
        time.sleep(0.5)
        assert live.memory() - before < 250 * MEGA
        assert live.request("POST", "/sparql", FORM, b"query=ASK{}").status == 200


@pytest.mark.parametrize("stated", [7, 50, 32_768, 32_769, 500_000])
def test_a_body_shorter_than_stated_is_no_request(live: Live, stated: int) -> None:
    head = f"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: {stated}"
    with lines(live, 1, head.encode() + b"\r\n\r\nASK {}") as (sock,):
        sock.shutdown(socket.SHUT_WR)
        said = sock.recv(65536)
    assert said.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/sparq%6C?query=ASK%7B%7D", 200), ("/sparq%256C?query=ASK%7B%7D", 404), ("/cohort/%C3%A9", 404)],
)
def test_an_address_is_decoded_once(live: Live, path: str, status: int) -> None:
    assert live.request("GET", path).status == status


@pytest.mark.parametrize("size", [1_000, 20_000, 100_000, 250_000])
def test_a_long_query_is_answered_with_headers_that_clients_can_read(live: Live, size: int) -> None:
    query = f"ASK {{}} #{'x' * size}"
    said = live.request("POST", "/sparql", FORM, urlencode({"query": query}).encode())
    assert json.loads(said.body)["boolean"] is True
    assert sum(len(name) + len(value) for name, value in said.headers.items()) < 16 * 1024
    links = json.loads(said.body)["head"].get("link", [])
    assert ("link" in said.headers) is (size < 5000)
    assert bool(links) is (size < 60_000)
    if links:
        assert live.request("GET", links[0].partition(f":{live.port}")[2]).status == 200


@pytest.mark.parametrize(
    "rest",
    ["/evil.example", "//evil.example/x", "/%2Fevil.example", "\\evil.example", "/\\evil.example", "@evil.example"],
)
def test_nothing_in_an_address_sends_a_browser_elsewhere(live: Live, rest: str) -> None:
    for path in (
        f"/about?iri={quote('https://w3id.org/cartkg/' + rest)}",
        f"/{rest}",
        f"/cohort/{quote(rest)}",
        f"/questions/{rest}",
    ):
        said = live.raw(f"GET {path} HTTP/1.1\r\nHost: here.example\r\nConnection: close\r\n\r\n".encode(), 5)
        head = said.partition(b"\r\n\r\n")[0].decode().lower()
        places = [line.partition(": ")[2] for line in head.split("\r\n") if line.startswith("location:")]
        assert all(place.startswith(("http://here.example/", "/")) for place in places), places
        assert not any(place.startswith(("//", "/\\")) for place in places), places


@pytest.mark.parametrize(
    "chunks",
    [b"6\r\nASK {}\r\n0\r\n\r\n", b"3\r\nASK\r\n3\r\n {}\r\n0\r\n\r\n", b"6;a=b\r\nASK {}\r\n0\r\nX: y\r\n\r\n"],
    ids=["one", "two", "with extension and trailer"],
)
def test_a_query_may_come_in_chunks(live: Live, chunks: bytes) -> None:
    head = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nConnection: close\r\n"
    said = live.raw(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks)
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.endswith(b'"boolean":true}')


@pytest.mark.parametrize(
    ("version", "hosts", "status"),
    [
        ("1.1", ["x"], 200),
        ("1.1", ["sparql.example.org:8080"], 200),
        ("1.1", ["[::1]:8080"], 200),
        ("1.1", [], 400),
        ("1.1", [""], 400),
        ("1.1", ["a", "b"], 400),
        ("1.1", ['"><script>alert(1)</script>'], 400),
        ("1.1", ["user@evil.example"], 400),
        ("1.1", ["evil.example/x?y#z"], 400),
        ("1.0", [], 200),
    ],
)
def test_a_request_names_one_host(live: Live, version: str, hosts: list[str], status: int) -> None:
    fields = "".join(f"Host: {host}\r\n" for host in hosts)
    said = live.raw(f"GET /sparql?query=ASK%7B%7D HTTP/{version}\r\n{fields}Connection: close\r\n\r\n".encode())
    assert said.split(b" ")[1] == str(status).encode()
