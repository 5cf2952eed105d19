"""Attacks on what a server keeps and holds: requests that can be read in two ways, and connections that say nothing.

A poisoner asks first, in a way that a careless cache files under what others ask; then a victim asks plainly. What the
victim gets must be what it gets for a query that nobody has poisoned.
"""

from __future__ import annotations

import http.client
import resource
import socket
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.attack.attacks import Attack, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IDLE = 2050
SPARE = 200
EVIL = "evil.example"
#: Header lines of a poisoner -> those of a victim; the host is stated unless the poisoner states it.
POISONS: dict[str, tuple[list[str], list[str]]] = {
    "two types, the victim's first": (["Accept: */*", "Accept: text/csv"], ["Accept: */*"]),
    "two types, the victim's last": (["Accept: text/csv", "Accept: */*"], ["Accept: */*"]),
    "two types in one line": (["Accept: */*;q=0.1, text/csv"], ["Accept: */*"]),
    "three types": (["Accept: */*", "Accept: */*", "Accept: text/csv"], ["Accept: */*"]),
    "an empty type, then one": (["Accept:", "Accept: text/csv"], ["Accept:"]),
    "a type in capitals": (["ACCEPT: */*", "accept: text/csv"], ["Accept: */*"]),
    "a type with an underscore after": (["Accept_: text/csv"], ["Accept: */*"]),
    "a folded type": (["Accept: */*,", " text/csv"], ["Accept: */*,"]),
    "two codings": (
        ["Accept-Encoding: identity", "Accept-Encoding: identity;q=0, gzip"],
        ["Accept-Encoding: identity"],
    ),
    "a coding by underscore": (["Accept_Encoding: identity;q=0, gzip"], []),
    "a coding by underscore beside one": (
        ["Accept-Encoding: identity", "Accept_Encoding: identity;q=0, gzip"],
        ["Accept-Encoding: identity"],
    ),
    "a condition that is met by anything": (["If-None-Match: *"], []),
    "a condition that is never met": (["If-Match: nonsense", "If-None-Match: *"], []),
    "a range": (["Range: bytes=0-3"], []),
    "an upgrade": (["Connection: Upgrade", "Upgrade: websocket"], []),
    "another method in a header": (["X-HTTP-Method-Override: HEAD"], []),
}
#: Ways to have another site named in what others get.
HOSTS: dict[str, list[str]] = {
    "another host": [f"Host: {EVIL}"],
    "a second host": ["Host: victim.example", f"Host: {EVIL}"],
    "a second host first": [f"Host: {EVIL}", "Host: victim.example"],
    "a host with a user": [f"Host: victim.example@{EVIL}"],
    "a host with a path": [f"Host: {EVIL}/victim.example"],
    "a host that is not a port": [f"Host: victim.example:80@{EVIL}"],
    "a host with a tab": [f"Host: victim.example\t{EVIL}"],
    "a host by a proxy": ["Host: victim.example", f"X-Forwarded-Host: {EVIL}", f"Forwarded: host={EVIL}"],
    "a host by a rewrite": [
        "Host: victim.example",
        f"X-Original-URL: http://{EVIL}/",
        f"X-Rewrite-URL: http://{EVIL}/",
    ],
    "a host with an underscore": ["Host: victim.example", f"HTTP_HOST: {EVIL}", f"Host_: {EVIL}"],
    "a folded host": ["Host: victim.example", f" {EVIL}"],
}


def ask(target: Target, query: str, lines: list[str], place: str = "") -> tuple[str, bytes]:
    """Send a GET with header lines as they are; give status and type in one text, and the whole answer."""
    address = f"{place}{target.path}?query={quote(query)}"
    host = [] if any(line.lower().startswith("host:") for line in lines) else ["Host: victim.example"]
    head = "".join(f"{line}\r\n" for line in (f"GET {address} HTTP/1.1", *host, *lines, "Connection: close", ""))
    said = target.raw(head.encode())
    fields = said.partition(b"\r\n\r\n")[0].decode("latin-1").lower().split("\r\n")
    kept = [line for line in fields[1:] if line.startswith(("content-type:", "content-encoding:"))]
    return " ".join([fields[0], *sorted(kept)]), said


def fresh(name: str, salt: str) -> str:
    return f"SELECT * {{ ?s ?p ?o }} LIMIT 50 # {name} {salt}"


def poison(name: str) -> Callable[[Target], str]:
    bad, good = POISONS[name]

    def play(target: Target) -> str:
        expected, _ = ask(target, fresh(name, "clean"), good)
        query = fresh(name, "poisoned")
        for _ in range(3):
            ask(target, query, bad)
        found, _ = ask(target, query, good)
        return ("" if found == expected else f"others got {found} for {expected} ") + target.alive()

    return play


def misname(name: str) -> Callable[[Target], str]:
    def play(target: Target) -> str:
        query = fresh(name, "host")
        for _ in range(3):
            ask(target, query, HOSTS[name])
        _, said = ask(target, query, ["Host: victim.example"])
        return (f"others were sent to {EVIL} " if EVIL.encode() in said else "") + target.alive()

    return play


def misname_in_full(target: Target) -> str:
    query = fresh("in full", "host")
    for _ in range(3):
        ask(target, query, ["Host: victim.example"], f"http://{EVIL}")
    _, said = ask(target, query, ["Host: victim.example"])
    return (f"others were sent to {EVIL} " if EVIL.encode() in said else "") + target.alive()


def hold(said: bytes) -> Callable[[Target], str]:
    """Hold 2050 connections from one address, and ask from another one."""

    def play(target: Target) -> str:
        with room() as most, ExitStack() as stack:
            socks = []
            for _ in range(min(IDLE, most)):
                sock = stack.enter_context(socket.socket())
                sock.settimeout(0)
                with suppress(BlockingIOError):
                    sock.connect(("127.0.0.1", target.port))
                socks.append(sock)
            for sock in socks:
                sock.settimeout(2)
                with suppress(OSError):
                    sock.sendall(said.replace(b"{path}", target.path.encode()))
            fault = "" if from_elsewhere(target) == 200 else "another client was not answered "
        return fault + target.alive(5.0)

    return play


def from_elsewhere(target: Target) -> int:
    """Send a query from another address of this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=4, source_address=("127.0.0.2", 0))
    try:
        connection.request("GET", f"{target.path}?query=ASK%7B%7D", headers={"Accept": "*/*"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


@contextmanager
def room() -> Iterator[int]:
    """Let this process hold more connections for a while; give how many it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE + SPARE if hard == resource.RLIM_INFINITY else min(IDLE + SPARE, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        yield max(soft, wanted) - SPARE
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


REQUEST = b"GET {path}?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n"
HALF = b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 90\r\n\r\nASK"
READINGS: list[Attack] = [
    *(Attack("poison", name, poison(name)) for name in POISONS),
    *(Attack("poison", name, misname(name)) for name in HOSTS),
    Attack("poison", "another host in full", misname_in_full),
    Attack("idle", "2050 connections that say nothing", hold(b"")),
    Attack("idle", "2050 connections with half a head", hold(REQUEST)),
    Attack("idle", "2050 connections after a request", hold(REQUEST + b"\r\n")),
    Attack("idle", "2050 connections with half a body", hold(HALF)),
]
