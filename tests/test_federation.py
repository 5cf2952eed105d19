"""SERVICE with --allow-service: listed services are asked by the front, others are not, and nothing private is."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.live import Live, serving

from cartkg.errors import BackendError, Refused
from cartkg.evaluation.syntax import tokens
from cartkg.sparql import federation

if TYPE_CHECKING:
    from collections.abc import Iterator

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
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


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.1.1", "::1", "fd00::1"])
def test_a_name_that_resolves_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, 1, 6, "", (address, 80))])
    with pytest.raises(Refused, match="not public"):
        federation.checked_address(urlsplit("http://service.example/sparql"))


def test_a_public_address_and_one_that_is_written_out_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: [(socket.AF_INET, 1, 6, "", (host, 80))])
    assert federation.checked_address(urlsplit("http://127.0.0.1:8000/sparql")) == "127.0.0.1"
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, 1, 6, "", ("9.9.9.9", 80))])
    assert federation.checked_address(urlsplit("http://service.example/")) == "9.9.9.9"


@pytest.mark.parametrize(
    "answer",
    [
        {"head": {"vars": ["x y"]}, "results": {"bindings": []}},
        {"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "uri", "value": "a> } #"}}]}},
        {
            "head": {"vars": ["x"]},
            "results": {"bindings": [{"x": {"type": "literal", "value": "a", "xml:lang": "en } #"}}]},
        },
        {"boolean": True},
    ],
)
def test_an_answer_that_would_change_the_query_is_not_taken(answer: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError)):
        federation.values(answer)


def test_too_many_rows_are_not_taken() -> None:
    with pytest.raises(BackendError, match="rows"):
        federation.values({"head": {"vars": []}, "results": {"bindings": [{}] * 10_001}})


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_any_text_comes_through_unchanged(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    cells = [{"x": {"type": "literal", "value": text}} for text in texts]
    block = federation.values({"head": {"vars": ["x"]}, "results": {"bindings": cells}})
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
