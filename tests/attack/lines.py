"""Attacks below SPARQL: malformed, slow, huge and abandoned HTTP, and too many at once."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from tests.attack.attacks import ACCEPT, DEADLINE, FORM, GRACE, RUNAWAYS, Attack, Heard, Target, escaped

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

ENDLESS = RUNAWAYS["count of a cross product"]

#: Bytes sent as they are; {path} is the endpoint's path. The server may answer with an error or close.
MALFORMED: dict[str, bytes] = {
    "nonsense": b"\x00\xff\xfe nonsense\r\n\r\n",
    "a TLS greeting": bytes.fromhex("16030100c5010000c10303") + b"\x00" * 200,
    "no version": b"GET {path}?query=ASK%7B%7D\r\n\r\n",
    "an unknown version": b"GET {path} HTTP/9.9\r\nHost: x\r\n\r\n",
    "a header without a colon": b"GET {path}?query=ASK%7B%7D HTTP/1.1\r\nHost x\r\n\r\n",
    "a null in a header": b"GET {path}?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nAccept: a\x00b\r\n\r\n",
    "a negative length": b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nASK{}",
    "a length that is not a number": b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\nASK{}",
    "two lengths": b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nASK{}",
    "a length and chunks": (
        b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nASK{}"
    ),
    "a chunk of no size": b"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nASK{}\r\n",
    "a chunk of all memory": (
        b"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"
    ),
    "10,000 headers": b"GET {path} HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\n",
    "a header of 5 MB": b"GET {path} HTTP/1.1\r\nHost: x\r\nX-A: " + b"b" * 5_000_000 + b"\r\n\r\n",
    "an address of 5 MB": b"GET {path}?query=" + b"a" * 5_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a bad percent sign": b"GET {path}?query=%ZZ%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "a folder above": b"GET {path}/../../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "an upgrade": (
        b"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ),
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "a thousand requests in one piece": b"GET {path}?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n" * 1000,
}


def send_raw(data: bytes) -> Callable[[Target], str]:
    def play(target: Target) -> str:
        said = target.raw(data.replace(b"{path}", target.path.encode()), 1.5)
        fault = "answered a broken request with a stack trace " if b"Traceback" in said else ""
        return fault + target.alive()

    return play


def many_slow(start: bytes, drip: bytes, number: int = 150) -> Callable[[Target], str]:
    """Hold many connections open that never finish their request."""

    def play(target: Target) -> str:
        with ExitStack() as stack:
            socks = []
            for _ in range(number):
                with suppress(OSError):
                    sock = stack.enter_context(socket.create_connection(("127.0.0.1", target.port), timeout=2))
                    sock.sendall(start.replace(b"{path}", target.path.encode()))
                    socks.append(sock)
            for _ in range(3):
                time.sleep(0.2)
                for sock in socks:
                    with suppress(OSError):
                        sock.sendall(drip)
            return target.alive()

    return play


def abandoned_downloads(target: Target) -> str:
    """Ask for large answers and read nothing of them, then leave."""
    query = escaped("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    with ExitStack() as stack:
        for _ in range(20):
            with suppress(OSError):
                sock = stack.enter_context(socket.create_connection(("127.0.0.1", target.port), timeout=2))
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                sock.sendall(f"GET {target.path}?query={query}&cut=mark HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(1.5)
        fault = target.alive()
    return fault + target.alive()


def abandoned_queries(target: Target) -> str:
    """Start queries without end and leave at once."""
    for _ in range(30):
        with suppress(OSError), socket.create_connection(("127.0.0.1", target.port), timeout=2) as sock:
            sock.sendall(f"GET {target.path}?query={escaped(ENDLESS)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    time.sleep(1.0)
    return target.alive()


def large_body(target: Target) -> str:
    heard = target.send("POST", target.path, FORM, b"query=ASK%7B%7D%23" + b"x" * 30_000_000, 15.0)
    fault = "" if heard.status in {0, 400, 413} else f"status {heard.status} "
    return fault + target.alive()


def endless_chunks(target: Target) -> str:
    head = f"POST {target.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    with suppress(OSError), socket.create_connection(("127.0.0.1", target.port), timeout=3) as sock:
        sock.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            sock.sendall(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
    return target.alive()


def crowd(
    number: int, query: str = ENDLESS, refusals: AbstractSet[int] = frozenset({429, 503})
) -> Callable[[Target], str]:
    """Many queries without end at once: a short one is answered meanwhile, and all are refused in time."""

    def play(target: Target) -> str:
        heard: list[Heard] = []
        threads = [threading.Thread(target=lambda: heard.append(target.post(query, 12))) for _ in range(number)]
        for thread in threads:
            thread.start()
        time.sleep(0.1)
        fault = target.alive()
        for thread in threads:
            thread.join()
        late = sum(one.seconds > DEADLINE + GRACE for one in heard)
        odd = sorted({one.status for one in heard} - refusals)
        fault += f"{late} of {number} late " if late else ""
        return fault + (f"statuses {odd} " if odd else "") + target.alive()

    return play


def reflected(target: Target) -> str:
    script = "<script>alert(1)</script>"
    for path in (
        f"{target.path}?query={escaped(script)}",
        f"/{escaped(script)}",
        f"{target.path}?format={escaped(script)}",
    ):
        heard = target.send("GET", path, {"Accept": "text/html"}, None)
        if script.encode() in heard.body and b"<html" in heard.body.lower():
            return f"{path} comes back unescaped "
    return target.alive()


def talkative(target: Target) -> str:
    """Look for paths and stack traces in errors."""
    for query in ("SELECT", "\x00", "ASK { FILTER(<http://a.example/f>(1)) }", "a" * 100_000):
        heard = target.post(query)
        for trace in (b"Traceback", b"site-packages", b".rs:", b'File "/'):
            if trace in heard.body:
                return f"{trace.decode()} in an error "
    return target.alive()


def split_header(target: Target) -> str:
    heard = target.raw(
        f"GET {target.path}?query=ASK%7B%7D%0D%0AX-Evil:%201&format=json%0D%0AX-Evil:%201 HTTP/1.1\r\n"
        f"Host: x\r\nAccept: {ACCEPT}\r\nConnection: close\r\n\r\n".encode(),
        2.0,
    )
    return ("a header was planted " if b"\r\nX-Evil" in heard else "") + target.alive()


LINES: list[Attack] = [
    *(Attack("malformed", name, send_raw(data)) for name, data in MALFORMED.items()),
    Attack(
        "slow",
        "150 heads that never end",
        many_slow(b"GET {path}?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n"),
    ),
    Attack("slow", "150 lines that say nothing", many_slow(b"", b"")),
    Attack(
        "slow",
        "150 bodies that never end",
        many_slow(
            b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 900\r\n\r\n",
            b"A",
        ),
    ),
    Attack("slow", "20 large answers that nobody reads", abandoned_downloads),
    Attack("slow", "30 queries that nobody waits for", abandoned_queries),
    Attack("large", "a body of 30 MB", large_body),
    Attack("large", "a body of 100 MB in chunks", endless_chunks),
    Attack("crowd", "20 queries without end at once", crowd(20)),
    Attack("crowd", "60 queries without end at once", crowd(60)),
    Attack("leak", "a script sent back", reflected),
    Attack("leak", "paths and traces in errors", talkative),
    Attack("leak", "a header planted by a line break", split_header),
]
