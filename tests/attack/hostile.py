"""More attacks: hidden requests and updates, deep and growing queries, smuggled requests, pages, headers of proxies."""

from __future__ import annotations

import gzip
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from tests.attack.attacks import (
    ACCEPT,
    DEADLINE,
    FORM,
    GRACE,
    Attack,
    Target,
    listening,
    reach_out,
    run_away,
)
from tests.attack.lines import send_raw
from tests.attack.texts import BOMBS, DEEP, OUTGOING

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = {"Content-Type": "application/sparql-query", "Accept": ACCEPT}
MEGA = 1_000_000
UPDATE = "INSERT DATA { <x:s> <x:p> <x:o> }"
SIZE = "SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"


def outside(how: Callable[[Target, str], object]) -> Callable[[Target], str]:
    """Have something sent, and see whether anybody came."""

    def play(target: Target) -> str:
        with listening() as (url, came):
            how(target, url)
            fault = f"sent a request to {url} " if came() else ""
        return fault + target.alive()

    return play


def as_page(target: Target, url: str) -> object:
    return target.send("GET", f"/about?iri={url}", {}, None)


def as_request(target: Target, url: str) -> object:
    return target.raw(f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 1)


def form(name: str) -> Callable[[Target, str], object]:
    def send(target: Target, url: str) -> object:
        return target.send("POST", target.path, FORM, urlencode({"query": "ASK { ?s ?p ?o }", name: url}).encode())

    return send


@dataclass(frozen=True, slots=True)
class Writing:
    """One way to send an update; {path} is the endpoint's path."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = UPDATE

    def play(self, target: Target) -> str:
        before = target.get(SIZE).body
        path = self.path.replace("{path}", target.path)
        heard = target.send(self.method, path, self.headers, self.body.encode() or None)
        changed = "" if target.get(SIZE).body == before else "changed the data "
        return (f"status {heard.status} " if heard.status >= 500 else "") + changed + target.alive()


_KIND = "application/sparql-update"
_AS_QUERY = "{path}?" + urlencode({"query": UPDATE})
_PARTS = '--b\r\nContent-Disposition: form-data; name="update"\r\n\r\n' + UPDATE + "\r\n--b--\r\n"
WRITINGS: dict[str, Writing] = {
    "an update with a character set": Writing("POST", "{path}", {"Content-Type": f"{_KIND}; charset=utf-8"}),
    "an update in capitals": Writing("POST", "{path}", {"Content-Type": _KIND.upper()}),
    "an update by PUT": Writing("PUT", "{path}", {"Content-Type": _KIND}),
    "an update by PATCH": Writing("PATCH", "{path}", {"Content-Type": _KIND}),
    "an update by GET": Writing("GET", "{path}?" + urlencode({"update": UPDATE}), {}, ""),
    "an update by POST in the address": Writing("POST", "{path}?" + urlencode({"update": UPDATE}), FORM, ""),
    "an update beside a query": Writing("POST", "{path}", FORM, urlencode({"query": "ASK {}", "update": UPDATE})),
    "an update in parts": Writing("POST", "{path}", {"Content-Type": "multipart/form-data; boundary=b"}, _PARTS),
    "an update as JSON": Writing("POST", "{path}", {"Content-Type": "application/json"}, '{"update": "CLEAR ALL"}'),
    "an update by an overridden method": Writing("POST", _AS_QUERY, {**FORM, "X-HTTP-Method-Override": "PATCH"}, ""),
    "an update after a comment": Writing("POST", "{path}", BODY, "# SELECT\nINSERT DATA { <x:s> <x:p> <x:o> }"),
    "an update after a prefix named like a query": Writing("POST", "{path}", BODY, f"PREFIX ASK: <x:> {UPDATE}"),
    "an update after a base": Writing("POST", "{path}", BODY, f"BASE <x:SELECT> {UPDATE}"),
    "a graph by PUT": Writing("PUT", "{path}?graph=x:g", {"Content-Type": "text/turtle"}, "<x:s> <x:p> <x:o> ."),
    "a graph by POST": Writing("POST", "{path}?default", {"Content-Type": "text/turtle"}, "<x:s> <x:p> <x:o> ."),
    "a graph away by DELETE": Writing("DELETE", "{path}?graph=x:g", {}, ""),
}  # fmt: skip

_HEAD = b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
_HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: smuggled\r\n\r\n"
#: Requests that two servers in a row may read differently; at most one may be answered.
SMUGGLED: dict[str, bytes] = {
    "length before chunks": _HEAD + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + _HIDDEN,
    "chunks before length": _HEAD
    + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n"
    + _HIDDEN,
    "chunks of another name": _HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + _HIDDEN,
    "chunks, then identity": _HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + _HIDDEN,
    "chunks with a space before the colon": _HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + _HIDDEN,
    "chunks with a vertical tab": _HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + _HIDDEN,
    "two lengths in one": _HEAD + b"Content-Length: 6, 9\r\n\r\nASK {}" + _HIDDEN,
    "a length with a plus": _HEAD + b"Content-Length: +6\r\n\r\nASK {}" + _HIDDEN,
    "a folded header": b"GET {path}?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nX-A: b\r\n  Content-Length: 60\r\n\r\n"
    + _HIDDEN,
    "a chunk size with a sign": _HEAD + b"Transfer-Encoding: chunked\r\n\r\n-6\r\nASK {}\r\n0\r\n\r\n" + _HIDDEN,
    "a chunk longer than stated": _HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nASK {}\r\n0\r\n\r\n" + _HIDDEN,
    "a chunk size that overflows": _HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n10000000000000006\r\nASK {}\r\n0\r\n\r\n"
    + _HIDDEN,
}

_END = b"\r\nConnection: close\r\n\r\n"
_GET = b"GET {path}?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n"

MALFORMED: dict[str, bytes] = {
    "a null in the address": b"GET {path}\x00?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n",
    "a null by its number": b"GET {path}%00?query=ASK%7B%7D%00 HTTP/1.1\r\nHost: x" + _END,
    "an address in full": b"GET http://elsewhere.example{path}?query=ASK%7B%7D HTTP/1.1\r\nHost: x" + _END,
    "a tunnel": b"CONNECT elsewhere.example:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no host": b"GET {path}?query=ASK%7B%7D HTTP/1.1" + _END,
    "two hosts": b"GET {path}?query=ASK%7B%7D HTTP/1.1\r\nHost: a\r\nHost: b" + _END,
    "a header of 70 KB": _GET + b"X-A: " + b"b" * 70_000 + _END,
    "an address of 65,000 letters": b"GET {path}?query=ASK%7B%7D%23" + b"a" * 65_000 + b" HTTP/1.1\r\nHost: x" + _END,
    "10,000 parameters": b"GET {path}?query=ASK%7B%7D" + b"&a=b" * 10_000 + b" HTTP/1.1\r\nHost: x" + _END,
    "10,000 media types": _GET + b"Accept: " + b"a/b;q=0.1," * 10_000 + _END,
    "10,000 tags": _GET + b"If-None-Match: " + b'"a",' * 20_000 + _END,
    "a range of nothing": _GET + b"Range: bytes=9-1,5-,-0" + _END,
    "a thousand ranges": _GET + b"Range: bytes=" + b"0-,1-," * 1_000 + b"2-" + _END,
    "an expectation": _HEAD + b"Expect: 100-continue\r\nContent-Length: 6\r\n\r\n",
    "an odd expectation": b"POST {path} HTTP/1.1\r\nHost: x\r\nExpect: 402-payment\r\nContent-Length: 6\r\n\r\nASK {}",
    "bytes above ASCII everywhere": b"GET {path}?query=\xff HTTP/1.1\r\nHost: \xff\r\nX-\xff: \xff" + _END,
    "line ends without returns": b"GET {path}?query=ASK%7B%7D HTTP/1.1\nHost: x\n\n",
    "a body on GET": _GET + b"Content-Length: 6\r\nConnection: close\r\n\r\nASK {}",
    "a trailer": _HEAD
    + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n6\r\nASK {}\r\n0\r\nContent-Length: 9\r\nHost:y\r\n\r\n",
}

#: Requests that are wrong in what they say, not how: each is told so (4xx), or answered.
WRONG: dict[str, tuple[str, str, dict[str, str], bytes]] = {
    "a packed body": ("POST", "", {**BODY, "Content-Encoding": "gzip"}, gzip.compress(b" " * 50_000_000 + b"ASK {}")),
    "a packed form": ("POST", "", {**FORM, "Content-Encoding": "br, gzip"}, gzip.compress(b"query=" + b"x" * MEGA)),
    "a query of 30 MB": ("POST", "", BODY, b"ASK {} #" + b"x" * 30_000_000),
    "30 MB in parts": ("POST", "", {"Content-Type": "multipart/form-data; boundary=b"}, b"--b\r\n" + b"x" * 30_000_000),
    "half a million parameters": ("POST", "", FORM, b"query=ASK%7B%7D" + b"&a" * 400_000),
    "a query that is not UTF-8": ("POST", "", BODY, b"ASK { ?s ?p '\xff\xfe' }"),
    "a surrogate in UTF-8": ("POST", "", BODY, b"ASK { ?s ?p '\xed\xa0\x80' }"),
    "a surrogate by escape": ("POST", "", BODY, rb"ASK { ?s ?p '\uD800' }"),
    "an overlong null": ("POST", "", BODY, b"ASK { ?s ?p '\xc0\x80' }"),
    "two queries": ("GET", "?query=ASK%7B%7D&query=ASK%7B%7D", {}, b""),
    "a query in address and body": ("POST", "?query=ASK%7B%7D", FORM, b"query=ASK%7B%7D"),
    "a query in address and as body": ("POST", "?query=ASK%7B%7D", BODY, b"ASK {}"),
    "another character set": ("POST", "", {"Content-Type": "application/sparql-query; charset=utf-7"}, b"ASK {}"),
    "a graph's name of 60,000 letters": ("GET", f"?query=ASK%7B%7D&default-graph-uri=x:{'a' * 60_000}", {}, b""),
    "a name that is not an IRI": ("GET", "?query=ASK%7B%7D&default-graph-uri=%3E%20%7B", {}, b""),
    "a format of a file": ("GET", "?query=ASK%7B%7D&format=../../etc/passwd", {}, b""),
    "a time without end": ("GET", "?query=ASK%7B%7D&timeout=1e999", {}, b""),
    "a time of nothing": ("GET", "?query=ASK%7B%7D&timeout=nan", {}, b""),
}  # fmt: skip

SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
PAGES = """
/search?q={x} /about?iri={x} /about?iri=http://a.example/{x} /query?query={x} /query?x={x} /{x} /cohort/{x}
/cohort?page={x} /graph/{x} /questions/{x} /questions?tag={x} /rules/{x} /ontology?{x} /release/{x} /static/{x}
/docs/{x} /conflicts?{x} /responses?{x} /sparql/explain?query={x} /sparql?query={x} /sparql?query=ASK%7B%7D&format={x}
/sparql/explain?query=ASK%20%7B%20%3Chttp%3A%2F%2Fa.example%2F%3E%20%3Fp%20%27{x}%27%20%7D
""".split()  # noqa: SIM905  # a list of addresses reads as lines
FOLDERS = ("", "static/", "static/vendor/", "release/", "questions/", "cohort/", "rules/", "docs/", ".well-known/")
UPWARDS = (
    "../" * 12,
    "..%2f" * 12,
    "%2e%2e/" * 12,
    "%2e%2e%2f" * 12,
    "%252e%252e%252f" * 12,
    "..%5c" * 12,
    "....//" * 12,
    "/" * 3,
    "%00../" * 12,
    "..;/" * 12,
)


def scripts(target: Target) -> str:
    """Look for what was sent, unescaped in any page."""
    for page in PAGES:
        for sent in (quote(SCRIPT, safe=""), quote(SCRIPT, safe="/<>()=")):
            path = page.replace("{x}", sent.replace(" ", "%20"))
            for accept in ("text/html", "*/*", "image/svg+xml"):
                heard = target.send("GET", path, {"Accept": accept, "Referer": SCRIPT, "User-Agent": SCRIPT}, None)
                start = heard.body[:200].lower()
                if (b"<script>alert" in heard.body or b"<img src=x" in heard.body) and (
                    b"<html" in start or b"<svg" in start
                ):
                    return f"{page} comes back unescaped "
    return target.alive()


def climb(target: Target) -> str:
    """Climb out of every folder that is served."""
    for folder in FOLDERS:
        for up in UPWARDS:
            said = target.raw(
                f"GET /{folder}{up}etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode(), 3
            )
            if b"root:" in said:
                return f"{folder} with {up} gives a file of the system "
    return target.alive()


def elsewhere(target: Target) -> str:
    """Name another site in headers of proxies: nothing of it may stand in an answer that a cache would keep."""
    names = (
        "X-Forwarded-Host",
        "X-Host",
        "X-Forwarded-Server",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Forwarded-Prefix",
        "Referer",
    )
    headers = {name: "http://evil.example/" if name == "Referer" else "evil.example" for name in names}
    headers["Forwarded"] = "for=evil.example;host=evil.example;proto=https"
    for path in (
        "/",
        "/query",
        f"{target.path}?query=ASK%7B%7D",
        target.path,
        "/.well-known/void",
        "/cohort//one",
        "/about?iri=https://w3id.org/cartkg//evil.example",
    ):
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        said = target.raw(f"GET {path} HTTP/1.1\r\nHost: here.example\r\n{head}Connection: close\r\n\r\n".encode(), 3)
        places = [
            line for line in said.partition(b"\r\n\r\n")[0].split(b"\r\n") if line.lower().startswith(b"location")
        ]
        if b"evil.example" in said and "evil" not in path:
            return f"{path} names the other site "
        if any(b"//evil" in place for place in places):
            return f"{path} leads to another site "
    return target.alive()


def smuggle(data: bytes) -> Callable[[Target], str]:
    def play(target: Target) -> str:
        said = target.raw(data.replace(b"{path}", target.path.encode()), 1.5)
        many = said.count(b"HTTP/1.1 ") > 1
        return ("answered the hidden request too " if many else "") + target.alive()

    return play


def wrong(name: str) -> Callable[[Target], str]:
    method, query, headers, body = WRONG[name]

    def play(target: Target) -> str:
        heard = target.send(method, target.path + query, headers, body or None, DEADLINE + 12)
        fault = f"status {heard.status} " if heard.status >= 500 else ""
        return fault + target.alive()

    return play


def half_closed(target: Target) -> str:
    """Say that nothing more will come, in the midst of heads and bodies, a hundred times."""
    starts = (
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        _HEAD + b"Content-Length: 100\r\n\r\nASK",
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n6\r\nAS",
    )
    for number in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", target.port), timeout=2) as sock:
            sock.sendall(starts[number % 4].replace(b"{path}", target.path.encode()))
            sock.shutdown(socket.SHUT_WR)
    return target.alive()


def broken_off(target: Target) -> str:
    """Reset connections in the midst of large answers."""
    query = quote("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }")
    for _ in range(12):
        with suppress(OSError), socket.create_connection(("127.0.0.1", target.port), timeout=4) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            sock.sendall(f"GET {target.path}?query={query}&cut=mark HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            sock.recv(1000)
    return target.alive()


def hoarded(target: Target) -> str:
    """Leave 16 answers of 16 MB unread; others get theirs, small and large."""
    query = "SELECT * { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(6)) + " }"
    socks = []
    try:
        for _ in range(16):
            with suppress(OSError):
                sock = socket.create_connection(("127.0.0.1", target.port), timeout=4)
                socks.append(sock)
                sock.sendall(f"GET {target.path}?query={quote(query)}&cut=mark HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                sock.recv(12)
        time.sleep(1)
        heard = target.get("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } LIMIT 1000")
        fault = target.alive() if heard.status == 200 else f"a large answer got {heard.status} "
    finally:
        for sock in socks:
            sock.close()
    return fault + target.alive()


def many_values(target: Target) -> str:
    """A large query that is honest: 20,000 terms in VALUES are answered."""
    heard = target.post("SELECT (COUNT(*) AS ?n) { VALUES ?x { " + " ".join(str(n) for n in range(20_000)) + " } }")
    late = "late " if heard.seconds > DEADLINE + GRACE else ""
    return ("" if heard.status == 200 and b"20000" in heard.body else f"status {heard.status} ") + late + target.alive()


PARAMETERS = ("default-graph-uri", "named-graph-uri", "using-graph-uri", "using-named-graph-uri")

HOSTILE: list[Attack] = [
    *(Attack("way out", name, reach_out(query)) for name, query in OUTGOING.items()),
    *(Attack("way out", f"{name} in a form", outside(form(name))) for name in PARAMETERS),
    Attack("way out", "an address as a page", outside(as_page)),
    Attack("way out", "an address as a request", outside(as_request)),
    *(Attack("way in", name, writing.play) for name, writing in WRITINGS.items()),
    *(Attack("runaway", name, run_away(query)) for name, query in {**DEEP, **BOMBS}.items()),
    *(Attack("smuggling", name, smuggle(data)) for name, data in SMUGGLED.items()),
    *(Attack("malformed", name, send_raw(data)) for name, data in MALFORMED.items()),
    *(Attack("wrong", name, wrong(name)) for name in WRONG),
    Attack("slow", "100 connections closed by half", half_closed),
    Attack("slow", "12 large answers broken off", broken_off),
    Attack("slow", "16 answers of 16 MB that nobody reads", hoarded),
    Attack("large", "20,000 values that are honest", many_values),
    Attack("leak", "scripts sent to every page", scripts),
    Attack("leak", "a way up from every folder", climb),
    Attack("leak", "another site named in headers", elsewhere),
]  # fmt: skip
