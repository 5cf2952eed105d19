"""A crawl of the pages over the shipped data: no link is dead, no page is large, no parameter is ignored."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse
from tests.test_pages import BROWSER, CASES, StoreEngine

from cartkg.namespaces import GRAPH_ONTOLOGY, graph_iri
from cartkg.project import find
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

PROJECT = find(CASES)
LARGEST = 100_000
#: Pages followed of each kind: an address without its last parts, and the names of its parameters.
OF_EACH = 3
LUPUS = "/about?iri=http%3A%2F%2Fpurl.obolibrary.org%2Fobo%2FMONDO_0007915"
_LINK = re.compile(r'(?:href|action)="([/?][^"#]*)')


@pytest.fixture(scope="module")
def app() -> Flask:
    kept = Store()
    places = {path: graph_iri(path.stem) for path in PROJECT.data_files()}
    places |= dict.fromkeys(PROJECT.ontology_files(), GRAPH_ONTOLOGY)
    for path, graph in places.items():
        for triple in parse(path.read_bytes(), format=RdfFormat.TURTLE):
            kept.add(Quad(triple.subject, triple.predicate, triple.object, NamedNode(graph)))
            kept.add(Quad(triple.subject, triple.predicate, triple.object, DefaultGraph()))
    return create_app(StoreEngine(kept), AppSettings(ServedRelease("2026-11-22", digest="d"), PROJECT), BLUEPRINTS)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def kind_of(address: str) -> tuple[str, ...]:
    parts = urlsplit(address)
    first, _, rest = parts.path.strip("/").partition("/")
    names = sorted({name for name, _ in parse_qsl(parts.query)})
    chosen = ("chosen",) if first in {"questions", "trials"} and names else tuple(names)
    return (first, "answer" if rest.endswith("/answer") else "*" if rest else "", *chosen)


@pytest.mark.whole
def test_every_kind_of_page_is_small_and_leads_somewhere(client: FlaskClient) -> None:
    waiting, seen, followed = ["/", LUPUS, "/sitemap.xml"], {"/", LUPUS}, Counter[tuple[str, ...]]()
    sizes: dict[str, int] = {}
    while waiting:
        address = waiting.pop()
        response = client.get(address, headers={"Accept": BROWSER})
        assert response.status_code < 400, (address, response.text[:200])
        if response.mimetype == "text/html":
            sizes[address] = len(response.data)
            links = _LINK.findall(response.text)
        else:
            sitemap = response.text if address == "/sitemap.xml" else ""
            links = [urlsplit(link).path for link in re.findall(r"<loc>([^<]+)</loc>", sitemap)]
        links += [response.headers["Location"]] if "Location" in response.headers else []
        response.close()
        for link in (urljoin(address, unescape(each)) for each in links):
            if link not in seen and followed[kind_of(link)] < OF_EACH:
                followed[kind_of(link)] += 1
                seen.add(link)
                waiting.append(link)
    assert {address: size for address, size in sizes.items() if size > LARGEST} == {}
    assert len(sizes) > 100
    assert {
        ("trial", "*"),
        ("about", "", "iri", "part"),
        ("ontology", "", "page", "part"),
        ("rules", "*"),
    } <= followed.keys()


@pytest.mark.whole
def test_a_long_part_of_a_page_is_whole_by_itself(client: FlaskClient) -> None:
    first = client.get(LUPUS, headers={"Accept": BROWSER}).text
    found = re.search(r'href="\?([^"]*part=cohorts)">All (\d+) under', first)
    assert found
    whole = int(found[2])
    named: list[str] = []
    address = f"/about?{unescape(found[1])}"
    while address:
        page = client.get(address, headers={"Accept": BROWSER}).text
        cards = page.partition('<ul class="cards">')[2].partition("</ul>")[0]
        named += re.findall(r'<li><a href="([^"]+)"', cards)
        onward = re.search(r'rel="next" href="\?([^"]+)"', page)
        address = f"/about?{unescape(onward[1])}" if onward else ""
    assert len(named) == len(set(named)) == whole
    triples = client.get(LUPUS, headers={"Accept": "application/n-triples"}).text
    assert triples.count("ontology#hasDisease>") > 40, "as RDF nothing is divided"


@pytest.mark.whole
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("&part=cohrts", "did you mean cohorts"),
        ("&page=2", "name it with part="),
        ("&part=cohorts&page=99", "page is a whole number from 1 to"),
        ("&prat=cohorts", "did you mean part"),
    ],
)
def test_wrong_parts_are_refused(client: FlaskClient, more: str, said: str) -> None:
    response = client.get(LUPUS + more, headers={"Accept": "text/plain, text/html;q=0.9"})
    assert (response.status_code, said in response.text) == (400, True), response.text


#: Endpoints that others' programs call, with parameters of their own protocols, and files.
FREE = {"static", "endpoint.sparql", "explain.explain", "health.live", "health.ready", "health.metrics"}


@pytest.mark.whole
def test_no_address_ignores_a_parameter(app: Flask, client: FlaskClient) -> None:
    names = {
        "homes.one": "systemic-lupus-erythematosus", "rules.rule": "CohortShape", "catalog.dump": "manifest.json",
        "ontology.version": "2026-11-22",
    }  # fmt: skip
    filled = {"kind": "study", "slug": "mueller-2024-nejm", "path": "diseases", "ending": ".ttl"}
    ignored = []
    for rule in app.url_map.iter_rules():
        values = {name: filled.get(name, names.get(rule.endpoint, "trials")) for name in rule.arguments}
        if offered := re.search(r"<any\((\w+)[^)]*\):ending>", rule.rule):
            values["ending"] = offered[1]
        address = app.url_map.bind("a.example").build(rule.endpoint, values)
        if rule.endpoint in FREE or rule.endpoint.startswith("editor."):
            continue
        response = client.get(address, query_string={"zzz": "1"}, headers={"Accept": "*/*"})
        if response.status_code not in {400, 404, 308}:
            ignored.append((rule.endpoint, response.status_code))
        if response.status_code == 400 and rule.endpoint != "reconciliation.reconcile":
            assert "zzz" in response.text, address
    assert ignored == []


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("/trial/nct07089121?utm_source=a&utm_medium=b", "/trial/nct07089121"),
        ("/trials?fbclid=x&status=recruiting&gclid=y", "/trials?status=recruiting"),
        ("/?utm_campaign=x", "/"),
        (f"{LUPUS}&utm_source=x", LUPUS),
        ("/search?q=a%20%26b&utm_id=1", "/search?q=a+%26b"),
    ],
)
def test_links_that_track_readers_lead_to_the_address_without_that(
    client: FlaskClient, address: str, place: str
) -> None:
    response = client.get(address, headers={"Accept": BROWSER})
    assert (response.status_code, response.headers["Location"]) == (301, place)
    assert client.get("//a.example/?utm_source=x").headers.get("Location", "") != "//a.example/"


def test_a_protocol_request_keeps_its_parameters(client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": "ASK {}", "utm_source": "x"})
    assert response.status_code == 200
