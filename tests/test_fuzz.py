"""No sequence of bytes in query, headers, path or body makes the server fail: through the app, and over sockets."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.live import DATA, Live, serving

from cartkg.namespaces import read_prefixes
from cartkg.project import shipped
from cartkg.sparql.engines.engine import LocalEngine
from cartkg.sparql.pool.jobs import Limits, Source
from cartkg.sparql.pool.workers import Pool
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.serving.bridge import environment
from cartkg.web.serving.header_fields import read
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

LIMITS = Limits(seconds=2.0, memory=256 * 1024**2)
#: The only answers of the server's own fault that are right: a query met a limit.
LIMITED = 503

WORDS = [
    *[
        "SELECT",
        "ASK",
        "CONSTRUCT",
        "DESCRIBE",
        "WHERE",
        "FROM",
        "NAMED",
        "GRAPH",
        "OPTIONAL",
        "UNION",
        "MINUS",
        "FILTER",
        "EXISTS",
        "NOT",
        "BIND",
        "AS",
        "VALUES",
    ],
    *[
        "ORDER",
        "BY",
        "LIMIT",
        "OFFSET",
        "GROUP",
        "HAVING",
        "DISTINCT",
        "PREFIX",
        "BASE",
        "SERVICE",
        "SILENT",
        "INSERT",
        "DATA",
        "LOAD",
        "CLEAR",
        "UNDEF",
        "a",
    ],
    *[
        "COUNT(*)",
        "SUM(?x)",
        "GROUP_CONCAT(?x;separator='')",
        "REGEX(?x,'(')",
        "REPLACE(?x,'','')",
        "IRI('')",
        "STRDT('','')",
        "NOW()",
    ],
    *[
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ".",
        ";",
        ",",
        "*",
        "/",
        "|",
        "^",
        "!",
        "+",
        "-",
        "=",
        "<",
        ">",
        "<=",
        "&&",
        "||",
        "?s",
        "?p",
        "?o",
        "$x",
        "_:b",
        "<>",
        "<x:y>",
        "<http://a/\\u0041>",
        ":p",
        "x:y",
        "rdfs:label",
    ],
    *[
        "'",
        '"',
        "'''",
        '""',
        "\\u0053ERVICE",
        "\\UFFFFFFFF",
        "\\uD800",
        "#",
        "\n",
        "\x00",
        "é",
        "\U0001f600",
        "1e999",
        "@en",
    ],
    *[
        "SELECT * {",
        "?s ?p ?o .",
        "}",
        "^^<http://www.w3.org/2001/XMLSchema#integer>",
        "'9999999999999999999999'",
        "(1/0)",
    ],
]
PATHS = [
    *[
        "/",
        "/sparql",
        "/sparql/",
        "/sparql/explain",
        "/health",
        "/health/live",
        "/metrics",
        "/questions",
        "/questions/x",
        "/search",
        "/suggest",
        "/opensearch.xml",
        "/reconcile",
        "/about",
        "/query",
    ],
    *[
        "/conflicts",
        "/overlaps",
        "/ontology",
        "/rules",
        "/rules/x",
        "/responses",
        "/cohort",
        "/cohort/one",
        "/cohort/one.ttl",
        "/graph/one-2024",
    ],
    *[
        "/release",
        "/release/x",
        "/static/cartkg.css",
        "/static/../x",
        "/.well-known/void",
        "/.well-known/sparql-examples",
        "/study/",
    ],
]
NAMES = [
    "query",
    "update",
    "format",
    "output",
    "timeout",
    "cut",
    "default-graph-uri",
    "named-graph-uri",
    "iri",
    "q",
    "page",
]
HEADERS = [
    *[
        "accept",
        "accept-encoding",
        "accept-language",
        "content-type",
        "content-encoding",
        "if-none-match",
        "if-match",
        "range",
        "cookie",
    ],
    *[
        "if-modified-since",
        "if-range",
        "host",
        "origin",
        "referer",
        "forwarded",
        "x-forwarded-host",
        "x-http-method-override",
        "expect",
        "te",
    ],
]
METHODS = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "QUERY", "x"]
TYPES = [
    "application/sparql-query",
    "application/x-www-form-urlencoded",
    "application/sparql-update",
    "multipart/form-data",
]

queries = st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join).map(str.encode) | st.binary(max_size=120)
values = (
    queries | st.binary(max_size=60) | st.sampled_from([b"json", b"mark", b"-1", b"nan", b"1e400", b"\xc3(", b"%00"])
)
parameters = st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=5), values), max_size=4)
paths = st.sampled_from(PATHS) | st.text(max_size=30).map(lambda text: "/" + text)
latin = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)
headers = st.dictionaries(
    st.sampled_from(HEADERS), latin | st.sampled_from([*TYPES, "*/*", "text/html", "*", "gzip;q=0"])
)


def encoded(pairs: list[tuple[str, bytes]]) -> str:
    return "&".join(
        f"{quote(name, errors='surrogatepass')}={quote_from_bytes(value, safe='')}" for name, value in pairs
    )


class Scope:
    """A request as Granian hands it over: the path decoded, what is not UTF-8 in it replaced."""

    server, client, scheme, http_version = "127.0.0.1:80", "127.0.0.1:9", "http", "1.1"

    def __init__(self, method: str, path: str, query_string: str, head: dict[str, str]) -> None:
        self.method, self.query_string, self.headers = method, query_string, head
        self.path = path.encode(errors="replace").decode()


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    pool = Pool(Source((DATA,)), LIMITS)
    graphs = pool.start().graphs
    engine = LocalEngine(pool, LIMITS, read_prefixes(shipped().ontology / "prefixes.ttl").namespaces)
    yield create_app(engine, AppSettings(ServedRelease("x", digest="d", graphs=graphs), limits=LIMITS), BLUEPRINTS)
    pool.close()


@dataclass(frozen=True)
class Request:
    """One request in parts."""

    method: str
    path: str
    pairs: list[tuple[str, bytes]]
    head: dict[str, str]
    body: bytes = b""


requests = st.builds(Request, st.sampled_from(METHODS), paths, parameters, headers, queries)


def ask(app: Flask, request: Request) -> int:
    scope: Any = Scope(request.method, request.path, encoded(request.pairs), request.head)
    said: list[str] = []
    environ = environment(scope, read(scope), request.body)
    result: Any = app(environ, lambda status, _headers, _info=None: said.append(status))  # type: ignore[arg-type]  # its own start_response
    assert isinstance(b"".join(result), bytes)
    result.close()
    return int(said[0][:3])


@settings(max_examples=400)
@given(requests)
@example(Request("GET", "/cohort/\ud800", [], {}))
@example(Request("GET", "/about", [("iri", b"https://w3id.org/cartkg/\xff")], {}))
@example(Request("GET", "/search", [("q", b"\x00'\\\"")], {}))
@example(Request("GET", "/cohort", [("page", b"99999999999999999999999")], {}))
@example(Request("GET", "/", [], {"range": "bytes=0-1", "if-range": "x"}))
def test_no_request_makes_the_app_fail(app: Flask, sent: Request) -> None:
    assert ask(app, sent) in {*range(200, 500), LIMITED}


@settings(max_examples=300)
@given(queries, st.sampled_from(TYPES[:2]), latin)
def test_no_query_makes_the_app_fail(app: Flask, query: bytes, kind: str, accept: str) -> None:
    body = query if kind == TYPES[0] else b"query=" + quote_from_bytes(query).encode()
    for path in ("/sparql", "/sparql/explain"):
        request = Request("POST", path, [], {"content-type": kind, "accept": accept}, body)
        assert ask(app, request) in {*range(200, 500), LIMITED}


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with serving("--timeout", "2") as server:
        yield server


def said(live: Live, data: bytes, *, more: bool) -> bytes:
    """Send bytes and give what comes back until the server closes; without `more`, say that nothing else will come."""
    held = b""
    with suppress(ConnectionError), socket.create_connection(("127.0.0.1", live.port), timeout=15) as sock:
        sock.sendall(data)
        if not more:
            sock.shutdown(socket.SHUT_WR)
        while part := sock.recv(65536):
            held += part
    return held


def statuses(answer: bytes) -> set[int]:
    """Give the statuses of all answers in a stream; bodies may hold what looks like one, which does no harm here."""
    starts = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
    return {int(start) for start in starts if start.isdigit()}


lines = st.binary(max_size=40) | st.sampled_from(
    [
        b"GET / HTTP/1.1",
        b"Host: x",
        b"Content-Length: 5",
        b"Transfer-Encoding: chunked",
        b"Expect: 100-continue",
        b"",
        b" folded",
    ]
)
raw = (
    st.lists(lines, max_size=12).map(b"\r\n".join)
    | st.lists(lines, max_size=12).map(b"\n".join)
    | st.binary(max_size=200)
)


@settings(max_examples=150)
@given(raw)
@example(b"GET / HTTP/1.1\r\nHost: x\r\nAccept: a\x00b\r\n\r\n")
@example(b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
def test_no_bytes_on_the_line_make_the_server_fail(live: Live, data: bytes) -> None:
    assert statuses(said(live, data + b"\r\n\r\n", more=False)) <= {100, *range(200, 500)}
    assert live.process.poll() is None


def written(request: Request, *, odd: bytes) -> bytes:
    """Write a request as bytes; `odd` is put into a header of its own as it is."""
    path = quote(request.path, errors="replace")
    start = f"{request.method} {path}?{encoded(request.pairs)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    fields = "".join(f"{name}: {value}\r\n" for name, value in request.head.items() if name not in {"host", "expect"})
    last = b"X-Odd: " + odd.translate(None, b"\r\n") + b"\r\nContent-Length: " + str(len(request.body)).encode()
    return start.encode() + fields.encode("latin-1") + last + b"\r\n\r\n" + request.body


@settings(max_examples=250)
@given(requests, st.binary(max_size=30))
@example(
    Request("GET", "/sparql", [("query", b"ASK{}")], {"accept-encoding": "\xff", "if-none-match": '"\xff"'}), b"\x00"
)
def test_no_request_on_the_line_makes_the_server_fail(live: Live, sent: Request, odd: bytes) -> None:
    answers = statuses(said(live, written(sent, odd=odd), more=True))
    assert answers
    assert answers <= {100, *range(200, 500), LIMITED}
    assert live.process.poll() is None


@settings(max_examples=100)
@given(st.lists(requests, min_size=2, max_size=5))
def test_no_requests_on_one_line_make_the_server_fail(live: Live, several: list[Request]) -> None:
    first = (written(one, odd=b"").replace(b"Connection: close\r\n", b"") for one in several[:-1])
    answers = statuses(said(live, b"".join(first) + written(several[-1], odd=b""), more=True))
    assert answers
    assert answers <= {100, *range(200, 500), LIMITED}
    assert live.process.poll() is None


def test_the_server_still_answers_and_nothing_was_unexpected(live: Live) -> None:
    assert live.ask("ASK {}").status == 200
    assert live.metric('queries_total{outcome="failed"}') == 0
