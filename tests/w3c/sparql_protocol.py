"""The W3C SPARQL 1.1 Protocol suite as data: HTTP requests and what their responses must be."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyoxigraph as ox
from tests.live import Live, serving
from tests.w3c.sparql_suite import MF, RDF, SUITE, load

if TYPE_CHECKING:
    from collections.abc import Iterator

HT = "http://www.w3.org/2011/http#"
CNT = "http://www.w3.org/2011/content#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
FOLDER = SUITE / "sparql11" / "protocol"
TABLES = {"application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"}
GRAPHS = {"text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what is wanted of its response."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    statuses: frozenset[str]
    format: str
    boolean: bool | None


@dataclass(frozen=True, slots=True)
class Story:
    """One test: its name and its exchanges in order."""

    name: str
    exchanges: tuple[Exchange, ...]

    @property
    def about_update(self) -> bool:
        return "update" in self.name


@cache
def stories() -> tuple[Story, ...]:
    store = load(FOLDER / "manifest.ttl")
    tests = store.quads_for_pattern(None, _node(f"{RDF}type"), _node(f"{MF}ProtocolTest"))
    return tuple(
        Story(test.value.rpartition("#")[2], tuple(_exchanges(store, test)))
        for test in sorted((quad.subject for quad in tests), key=str)
        if isinstance(test, ox.NamedNode)
    )


def graphs() -> Iterator[ox.Quad]:
    """Yield the graphs that the suite asks for, under the names it gives them."""
    store = load(FOLDER / "manifest.ttl")
    for quad in store.quads_for_pattern(None, _node(f"{UT}graph"), None):
        name = _one(store, quad.subject, f"{RDFS}label")
        path = FOLDER / str(quad.object.value).rpartition("/")[2]  # type: ignore[union-attr]  # a file
        yield from (ox.Quad(one.subject, one.predicate, one.object, _node(name)) for one in load(path))


@contextmanager
def endpoint() -> Iterator[Live]:
    """Serve the graphs that the suite asks for."""
    with TemporaryDirectory() as folder:
        target = Path(folder) / "protocol.nq"
        with target.open("wb") as stream:
            ox.serialize(graphs(), stream, ox.RdfFormat.N_QUADS)
        with serving(data=target) as live:
            yield live


def judge(live: Live, story: Story) -> str:
    """Play a story and say what is wrong; nothing when all is right."""
    for one in story.exchanges:
        said = live.request(one.method, one.path, dict(one.headers), one.body)
        if f"{said.status // 100}xx" not in one.statuses and str(said.status) not in one.statuses:
            return f"status {said.status} instead of {sorted(one.statuses)}: {said.text[:300]}"
        kind = said.headers.get("content-type", "").partition(";")[0]
        wanted = {"boolean": TABLES, "tabular": TABLES, "RDF": GRAPHS}.get(one.format)
        if wanted is not None and kind not in wanted:
            return f"type {kind} for {one.format}"
        if one.boolean is not None and json.loads(said.body)["boolean"] is not one.boolean:
            return f"not {one.boolean}"
    return ""


def _exchanges(store: ox.Store, test: ox.NamedNode) -> Iterator[Exchange]:
    action = _object(store, test, f"{MF}action")
    requests = _object(store, action, f"{HT}requests")
    for request in _members(store, requests):
        wanted = _object(store, request, f"{HT}resp")
        statuses = store.quads_for_pattern(wanted, _node(f"{MF}expectedStatus"), None)
        truth = _text(store, wanted, f"{MF}expectedBoolean")
        yield Exchange(
            _one(store, request, f"{HT}methodName"),
            _one(store, request, f"{HT}absolutePath"),
            tuple(_headers(store, request)),
            _body(store, request),
            frozenset(quad.object.value.rpartition("StatusCode")[2] for quad in statuses),  # type: ignore[union-attr]  # named
            _text(store, wanted, f"{MF}expectedFormat"),
            {"true": True, "false": False}.get(truth),
        )


def _headers(store: ox.Store, request: ox.BlankNode) -> Iterator[tuple[str, str]]:
    for held in store.quads_for_pattern(request, _node(f"{HT}headers"), None):
        for header in _members(store, held.object):  # type: ignore[arg-type]  # a list
            yield _one(store, header, f"{HT}fieldName"), _one(store, header, f"{HT}fieldValue")


def _body(store: ox.Store, request: ox.BlankNode) -> bytes | None:
    for held in store.quads_for_pattern(request, _node(f"{HT}body"), None):
        encoding = _text(store, held.object, f"{CNT}characterEncoding") or "UTF-8"  # type: ignore[arg-type]  # a node
        return _one(store, held.object, f"{CNT}chars").encode(encoding)  # type: ignore[arg-type]  # a node
    return None


def _members(store: ox.Store, head: ox.BlankNode) -> Iterator[ox.BlankNode]:
    while head != _node(f"{RDF}nil"):
        yield _object(store, head, f"{RDF}first")
        head = _object(store, head, f"{RDF}rest")


def _object(store: ox.Store, subject: ox.NamedNode | ox.BlankNode, name: str) -> ox.BlankNode:
    quad = next(store.quads_for_pattern(subject, _node(name), None))
    assert isinstance(quad.object, ox.BlankNode | ox.NamedNode)
    return quad.object  # type: ignore[return-value]  # a node, whichever kind


def _one(store: ox.Store, subject: ox.NamedNode | ox.BlankNode | ox.Triple, name: str) -> str:
    found = next(store.quads_for_pattern(subject, _node(name), None)).object
    assert isinstance(found, ox.Literal)
    return found.value


def _text(store: ox.Store, subject: ox.NamedNode | ox.BlankNode, name: str) -> str:
    found = next(store.quads_for_pattern(subject, _node(name), None), None)
    return found.object.value if found is not None and isinstance(found.object, ox.Literal) else ""


def _node(name: str) -> ox.NamedNode:
    return ox.NamedNode(name)
