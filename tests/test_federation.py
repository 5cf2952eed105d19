"""SERVICE with --allow-service: listed services are asked by the front, others are not, and nothing private is."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.live import Live, serving

from cartkg.errors import BackendError, ConfigError, Refused
from cartkg.evaluation.syntax import tokens
from cartkg.sparql.engines import exchange, federation, foreign_answers

if TYPE_CHECKING:
    from collections.abc import Iterator

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
SERVICE = urlsplit("http://service.example/sparql")
NOWHERE = "http://127.0.0.1:9/sparql"


@pytest.fixture(scope="module")
def other() -> Iterator[Live]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def live(other: Live) -> Iterator[Live]:
    with serving("--allow-service", other.url, "--allow-service", NOWHERE) as server:
        yield server


def rows(live: Live, query: str) -> list[dict[str, Any]]:
    said = live.ask(query)
    assert said.status == 200, said.text
    assert "etag" not in said.headers
    found: list[dict[str, Any]] = json.loads(said.body)["results"]["bindings"]
    return found


def test_a_listed_service_is_asked_and_joined(live: Live, other: Live) -> None:
    query = f"PREFIX x: <{LABEL[1:-6]}> SELECT ?s ?l {{ SERVICE <{other.url}> {{ ?s x:label ?l }} ?s a ?class }}"
    labels = {row["l"]["value"] for row in rows(live, query)}
    assert labels == {'Sjögren, "one"\nsecond line', "two, with a comma", "100%25 <b>bold</b> & more", "cohort"}


def test_two_services_in_one_query(live: Live, other: Live) -> None:
    clause = f"SERVICE <{other.url}> {{ ?s {LABEL} ?l }}"
    assert len(rows(live, f"SELECT * {{ {clause} OPTIONAL {{ {clause.replace('?l', '?m')} }} }}")) == 4


def test_a_service_that_fails_fails_the_query_unless_it_is_silent(live: Live) -> None:
    assert live.ask(f"SELECT * {{ SERVICE <{NOWHERE}> {{ ?s ?p ?o }} }}").status == 502
    found = rows(live, f"SELECT * {{ SERVICE SILENT <{NOWHERE}> {{ ?s ?p ?o }} ?a {LABEL} ?b }}")
    assert len(found) == 4


def test_an_unlisted_service_is_refused(live: Live, other: Live) -> None:
    for name in (f"<{other.url}x>", "?w", "<http://127.0.0.1:10/>"):
        assert live.ask(f"SELECT * {{ SERVICE {name} {{ ?s ?p ?o }} }}").status == 403


def test_the_description_tells_that_services_may_be_called(live: Live, other: Live) -> None:
    feature = b"BasicFederatedQuery"
    assert feature in live.request("GET", "/sparql", {"Accept": "text/turtle"}).body
    assert feature not in other.request("GET", "/sparql", {"Accept": "text/turtle"}).body


def resolved(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Have names resolve to these addresses; return what the exchange makes of a name."""
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, 1, 6, "", (a, 80)) for a in addresses]
    )
    return exchange.resolve(SERVICE, time.monotonic() + 20)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "255.255.255.255"),
        "0.0.0.0",  # noqa: S104  # nothing listens there
        *("224.0.0.1", "239.1.2.3", "240.0.0.1", "192.0.2.1"),
        *("::", "::1", "fd00::1", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1", "::127.0.0.1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:224.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::e000:1", "64:ff9b:1::7f00:1"),
        *("2002:7f00:1::", "2002:a00:1::1", "2002:e000:1::1", "2001:0:7f00:1::"),
    ],
)
def test_a_name_that_resolves_to_an_address_that_is_not_public_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    found = resolved(monkeypatch, address)
    with pytest.raises(Refused, match="not public"):
        exchange.checked(SERVICE, found)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9", "64:ff9b::909:909", "2002:909:909::1"])
def test_a_public_address_is_taken(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    assert exchange.checked(SERVICE, resolved(monkeypatch, address, "127.0.0.1")) == address


def test_an_address_that_is_written_out_is_taken() -> None:
    assert exchange.checked(urlsplit("http://127.0.0.1:8000/sparql"), ["127.0.0.1"]) == "127.0.0.1"
    assert exchange.checked(urlsplit("http://localhost/"), ["::1"]) == "::1"


def test_a_name_that_does_not_resolve_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: (_ for _ in ()).throw(socket.gaierror(-2, "unknown")))
    with pytest.raises(BackendError, match="does not resolve"):
        exchange.resolve(SERVICE, time.monotonic() + 20)


def test_a_look_up_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, end = threading.Event(), threading.Event()

    def look_up(*_: object, **__: object) -> list[object]:
        asked.set()
        end.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(TimeoutError):
        exchange.resolve(SERVICE, time.monotonic() + 0.1)
    assert asked.is_set()
    end.set()


@pytest.mark.parametrize("url", ["ftp://a/", "http:///x", "http://a:99999/", "http://a:x/", "http://a b/", "nonsense"])
def test_a_service_and_a_backend_need_an_http_address(url: str) -> None:
    with pytest.raises(ConfigError, match="not an HTTP address"):
        exchange.http_address(url, "--backend")


def test_too_many_rows_are_not_taken() -> None:
    with pytest.raises(BackendError, match="rows"):
        foreign_answers.values(json.dumps({"head": {"vars": []}, "results": {"bindings": [{}] * 10_001}}).encode())


def test_blank_nodes_that_differ_stay_different() -> None:
    names = ["a-b", "ab", "a_b", "ä"]
    cells = [{"x": {"type": "bnode", "value": name}} for name in names]
    block = foreign_answers.values(json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": cells}}).encode())
    found = ox.Store().query(f"SELECT DISTINCT ?x {{ {block} }}")
    assert isinstance(found, ox.QuerySolutions)
    assert len(list(found)) == len(names)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_any_text_comes_through_unchanged(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    cells = [{"x": {"type": "literal", "value": text}} for text in texts]
    block = foreign_answers.values(json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": cells}}).encode())
    found = ox.Store().query(f"SELECT ?x {{ {block} }}")
    assert isinstance(found, ox.QuerySolutions)
    assert [row["x"].value for row in found] == texts


def test_clauses_are_found_with_what_is_in_them() -> None:
    text = "SELECT * { SERVICE SILENT <http://a.example/> { ?s ?p '}' { ?a ?b ?c } } . SERVICE<http://b.example/>{} }"
    found = federation.clauses(text, list(tokens(text)))
    assert [(one.url, one.silent, one.group) for one in found] == [
        ("http://a.example/", True, "{ ?s ?p '}' { ?a ?b ?c } }"),
        ("http://b.example/", False, "{}"),
    ]
    assert text[found[1].start : found[1].end] == "SERVICE<http://b.example/>{}"


@given(st.lists(st.sampled_from(["x", "y", "ª", "1", "x y", "é", "ﬀ", "x·", "٣", "𐀀"]), min_size=1, unique=True))
def test_variables_are_taken_that_the_engine_takes(names: list[str]) -> None:
    answer = json.dumps({"head": {"vars": names}, "results": {"bindings": [{}]}}).encode()

    def parses(name: str) -> bool:
        try:
            ox.Store().query(f"SELECT * {{ VALUES (?{name}) {{ (UNDEF) }} }}")
        except SyntaxError:
            return False
        return " " not in name

    if all(parses(name) for name in names):
        assert foreign_answers.values(answer)
    else:
        with pytest.raises(BackendError):
            foreign_answers.values(answer)
