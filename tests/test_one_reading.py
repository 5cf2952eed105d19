"""A request is read once: whatever its fields, and whatever was asked before, the answer is that of a new server."""

from __future__ import annotations

import asyncio
import gzip
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.live import DATA, ROOT, Live, serving

from cartkg.sparql.engines.engine import LocalEngine
from cartkg.sparql.pool.jobs import Limits, Source
from cartkg.sparql.pool.workers import Pool
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.http.state import EXTENSION
from cartkg.web.serving.bridge import Bridge
from cartkg.web.serving.header_fields import NEGOTIATED, OF_THE_CONNECTION

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMITS = Limits()
SMALL = urlencode({"query": "SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 1"})
LARGE = urlencode({"query": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?a ?b ?c ?d ?e ?f LIMIT 40"})
NONE = urlencode({"query": "SELECT * { ?s <http://a.example/nothing> ?o }"})
GRAPH = urlencode({"query": "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"})
BAD = urlencode({"query": "SELECT"})
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Headers:
    """The header fields as Granian hands them over; `get` knows the first of equal ones only."""

    pairs: Pairs

    def items(self) -> list[tuple[str, str]]:
        return list(self.pairs)

    def get(self, name: str, default: str | None = None) -> str | None:
        return next((value for one, value in self.pairs if one == name), default)

    def get_all(self, name: str) -> list[str]:
        return [value for one, value in self.pairs if one == name]

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None


@dataclass(frozen=True)
class Request:
    """A request as Granian hands it over."""

    query_string: str
    pairs: Pairs
    method: str = "GET"
    http_version: str = "1.1"
    path: str = "/sparql"
    scheme: str = "http"
    server: str = "127.0.0.1:8000"
    client: str = "127.0.0.1:40000"

    @property
    def headers(self) -> Headers:
        return Headers(self.pairs)


@dataclass
class Response:
    """What is sent: the protocol of Granian as far as small answers need it."""

    sent: list[tuple[int, list[tuple[str, str]], bytes]] = field(default_factory=list)

    async def __call__(self) -> bytes:
        return b""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.sent.append((status, headers, body))

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.sent.append((status, headers, b""))

    async def client_disconnect(self) -> None:
        await asyncio.sleep(3600)

    def said(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """Return status, headers and body without what tells the time."""
        ((status, headers, body),) = self.sent
        named = sorted((name.lower(), value) for name, value in headers if name not in {"Cartkg-Seconds", "Date"})
        return status, named, body


@dataclass(frozen=True)
class Servers:
    """Makes servers over one engine."""

    engine: LocalEngine
    threads: ThreadPoolExecutor

    def new(self) -> Bridge:
        app = create_app(
            self.engine, AppSettings(ServedRelease("2026-11-22", digest="abc"), limits=LIMITS, editor=True)
        )
        return Bridge(app, app.extensions[EXTENSION], self.threads, 64)

    def play(self, bridge: Bridge, requests: list[Request]) -> list[tuple[int, list[tuple[str, str]], bytes]]:
        """Send requests to one server, one after another."""

        async def send() -> list[tuple[int, list[tuple[str, str]], bytes]]:
            found = []
            for request in requests:
                response = Response()
                await bridge.__rsgi__(request, response)  # type: ignore[arg-type]  # the parts that the bridge reads
                found.append(response.said())
            return found

        return asyncio.run(send())


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    pool = Pool(Source((DATA,), version="2026-11-22", edition="abc"), LIMITS)
    pool.start()
    engine = LocalEngine(pool, LIMITS)
    with ThreadPoolExecutor(4) as threads:
        yield Servers(engine, threads)
    engine.close()


@pytest.fixture(scope="module")
def tags(servers: Servers) -> list[str]:
    """Return entity tags that answers have, so that conditions can be met."""
    wishes = [("accept", "*/*"), ("accept-encoding", "gzip"), ("accept-encoding", "br"), ("accept", "text/csv")]
    requests = [Request(query, (("host", "a.example"), wish)) for query in (SMALL, LARGE) for wish in wishes]
    said = servers.play(servers.new(), requests)
    return sorted({dict(headers)["etag"] for _, headers, _ in said})


VALUES = {
    "host": ["a.example", "b.example:81", "", "a b"],
    "accept": ["*/*", "text/csv", "application/sparql-results+xml", "text/html", "", "text/csv;q=0", "image/png"],
    "accept-encoding": ["gzip", "identity", "br;q=0.5", "", "*;q=0", "identity;q=0, gzip", "nonsense"],
    "accept_encoding": ["gzip", "br"],
    "accept_": ["text/csv"],
    "if-none-match": ["*", '"x"', "nonsense", ""],
    "if-match": ["*", '"x"'],
    "if-modified-since": ["Wed, 21 Oct 2015 07:28:00 GMT"],
    "range": ["bytes=0-3"],
    "if-range": ['"x"'],
    "user-agent": ["one", "two"],
    "cookie": ["session=1"],
    "content-type": ["text/html"],
    "x-forwarded-host": ["evil.example"],
    "x-forwarded-prefix": ["/evil"],
    "forwarded": ["host=evil.example"],
    "x-http-method-override": ["POST"],
    "connection": ["Upgrade", "close"],
    "upgrade": ["websocket"],
    "content-encoding": ["gzip"],
    "origin": ["https://evil.example"],
}


@st.composite
def crowds(draw: st.DrawFn, tags: list[str]) -> list[Request]:
    """Make requests that are much alike: of few fields each has some, in any order, also twice."""
    values = {**VALUES, "if-none-match": [*VALUES["if-none-match"], *tags, ", ".join(tags[:2])]}
    names = st.sampled_from(["accept", "accept", "accept-encoding", "if-none-match", *values])
    fields = names.flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(values[name])))
    wishes = st.sampled_from(["text/csv", "application/sparql-results+xml", "text/csv;q=0", "image/png"])
    telling = [("accept", draw(wishes)), ("if-none-match", draw(st.sampled_from(tags)))]
    few = st.sampled_from([*draw(st.lists(fields, min_size=1, max_size=2)), *telling])
    query = draw(st.sampled_from([SMALL, SMALL, LARGE, NONE, GRAPH, BAD, "", f"{SMALL}&format=tsv"]))
    one = st.builds(
        Request,
        st.just(query),
        st.tuples(st.sampled_from([("host", "a.example")] * 6 + [("host", "b.example:81"), ("x", "y")])).flatmap(
            lambda host: st.lists(few, max_size=2).map(lambda pairs: (*host, *pairs))
        ),
        st.sampled_from(["GET"] * 5 + ["HEAD"]),
        st.sampled_from(["1.1"] * 5 + ["1"]),
    )
    return draw(st.lists(one, min_size=2, max_size=6))


@pytest.mark.whole
@given(data=st.data())
@settings(max_examples=200)
def test_an_answer_through_the_cache_is_that_of_a_new_server(
    servers: Servers, tags: list[str], data: st.DataObject
) -> None:
    asked = data.draw(crowds(tags))
    order = data.draw(st.permutations([*asked, *asked]))
    expected = {request: servers.play(servers.new(), [request])[0] for request in asked}
    for request, said in zip(order, servers.play(servers.new(), order), strict=True):
        assert said == expected[request], request


class Watched(dict[str, Any]):
    """An environment that notes which header fields are looked at."""

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)


@pytest.mark.parametrize("query", [SMALL, LARGE, NONE, GRAPH])
@pytest.mark.parametrize("named", [True, False])
def test_the_app_reads_no_field_that_the_key_of_a_kept_answer_leaves_out(
    servers: Servers, query: str, *, named: bool
) -> None:
    environ = Watched(
        {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/sparql",
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "HTTP_HOST": "a.example",
            "HTTP_ACCEPT": "*/*",
            "HTTP_ACCEPT_ENCODING": "gzip",
            **({"HTTP_IF_NONE_MATCH": '"x"'} if named else {}),
        }
    )
    app = create_app(servers.engine, AppSettings(ServedRelease("2026-11-22", digest="abc"), limits=LIMITS))
    b"".join(app.wsgi_app(environ, lambda *_: lambda _: None))  # nothing is written
    looked = {name[5:].lower().replace("_", "-") for name in environ.read if name.startswith("HTTP_")}
    assert "accept" in looked
    assert looked <= {*NEGOTIATED, *OF_THE_CONNECTION}


def test_header_fields_are_read_in_one_place() -> None:
    folder = ROOT / "src" / "cartkg" / "web" / "serving"
    readers = {path.name for path in folder.glob("*.py") if re.search(r"scope\.headers", path.read_text("utf-8"))}
    assert readers == {"header_fields.py"}


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with serving() as server:
        yield server


def ask(live: Live, query: str, *lines: str) -> tuple[bytes, dict[str, str], bytes]:
    """Send a GET with header lines as they are; return status, headers and body."""
    head = "".join(f"{line}\r\n" for line in (f"GET /sparql?{query} HTTP/1.1", *lines, "Connection: close", ""))
    said, _, body = live.raw(head.encode()).partition(b"\r\n\r\n")
    status, *rest = said.decode().split("\r\n")
    pairs = (line.partition(": ") for line in rest)
    return status.encode().split(b" ")[1], {name.lower(): value for name, _, value in pairs}, body


@pytest.mark.parametrize(
    ("poison", "victim", "expected"),
    [
        (["Accept: */*", "Accept: text/csv"], ["Accept: */*"], "application/sparql-results+json"),
        (["Accept: text/csv", "Accept: */*"], ["Accept: text/csv"], "text/csv; charset=utf-8"),
        (["Accept: text/csv, */*"], ["Accept: */*"], "application/sparql-results+json"),
        (["Accept:", "Accept: text/csv"], ["Accept:"], "application/sparql-results+json"),
        (["Accept: text/csv"], ["Accept:"], "application/sparql-results+json"),
        (["Accept: text/csv"], [], "application/sparql-results+json"),
        (["accept_: text/csv"], [], "application/sparql-results+json"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_doubled_and_empty_fields_change_no_other_answer(
    live: Live, poison: list[str], victim: list[str], expected: str, order: int
) -> None:
    query = urlencode({"query": f"SELECT ?s {{ ?s ?p ?o }} LIMIT 3 # {poison} {victim} {order}"})
    for _ in range(2):
        for lines in (poison, victim)[::order]:
            status, headers, _ = ask(live, query, "Host: x", *lines)
            assert status == b"200"
            assert lines is not victim or headers["content-type"] == expected


@pytest.mark.parametrize(
    "poison",
    [
        ["Accept-Encoding: identity", "Accept-Encoding: gzip;q=1, identity;q=0"],
        ["Accept-Encoding: identity", "Accept_Encoding: gzip, identity;q=0"],
        ["Accept-Encoding: identity", "Accept-Encoding: identity;q=0", "Accept-Encoding: gzip"],
    ],
)
def test_doubled_codings_change_no_other_answer(live: Live, poison: list[str]) -> None:
    query = f"{LARGE}&x={len(repr(poison))}"
    ask(live, query, "Host: x", *poison)
    status, headers, body = ask(live, query, "Host: x", "Accept-Encoding: identity")
    assert (status, headers.get("content-encoding")) == (b"200", None)
    assert body.startswith(b'{"head"')
    _, packed, body = ask(live, query, "Host: x", "Accept-Encoding: gzip")
    assert packed["content-encoding"] == "gzip"
    assert gzip.decompress(body).startswith(b'{"head"')


@pytest.mark.parametrize("lines", [["Accept: */*,", " text/csv"], ["Accept: */*", "\ttext/csv"]])
def test_a_folded_field_is_refused(live: Live, lines: list[str]) -> None:
    assert ask(live, SMALL, "Host: x", *lines)[0] == b"400"
    assert ask(live, SMALL, "Host: x", "Accept: */*")[1]["content-type"] == "application/sparql-results+json"


def test_a_second_host_is_refused_also_where_the_answer_for_the_first_is_kept(live: Live) -> None:
    for _ in range(2):
        assert ask(live, SMALL, "Host: kept.example")[0] == b"200"
        assert ask(live, SMALL, "Host: kept.example", "Host: evil.example")[0] == b"400"
        assert ask(live, SMALL)[0] == b"400"


def test_other_bytes_for_another_host_have_another_tag(live: Live) -> None:
    said = {host: ask(live, SMALL, f"Host: {host}") for host in ("here.example", "evil.example")}
    tags = {host: headers["etag"] for host, (_, headers, _) in said.items()}
    assert said["here.example"][2] != said["evil.example"][2]
    assert tags["here.example"] != tags["evil.example"]
    condition = f"If-None-Match: {tags['evil.example']}"
    assert ask(live, SMALL, "Host: here.example", condition)[0] == b"200"


def test_head_and_get_tell_the_same_of_an_answer(live: Live) -> None:
    path = f"/sparql?{SMALL}"
    got, looked = live.request("GET", path), live.request("HEAD", path)
    for name in ("etag", "link", "content-length", "content-type"):
        assert got.headers[name] == looked.headers[name]


@pytest.mark.parametrize("host", ["evil.example", "here.example"])
def test_a_browser_is_led_to_the_editor_of_the_server_it_asked(live: Live, host: str) -> None:
    status, headers, _ = ask(live, "", f"Host: {host}", "Accept: text/html")
    assert (status, headers["location"]) == (b"303", "/query")


def test_the_dockerfile_names_the_address_that_links_hold() -> None:
    text = Path(ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r'^CMD \["--base-url", "http', text, re.MULTILINE)
