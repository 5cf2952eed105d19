"""F-UJI and FAIR-Checker, item by item: what each looks at, in what the site serves; and the lists as RDF and links."""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest
from tests.test_discovery import signposts
from tests.test_pages import BROWSER, StoreEngine

from cartkg.graph import KnowledgeGraph
from cartkg.namespaces import BASE, GRAPH_RELEASE, graph_iri
from cartkg.project import find
from cartkg.release.description import PUBLIC, SOURCES, describe
from cartkg.release.statements import DATASET, LICENSE, MAINTAINERS
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.present.lists import HYDRA
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from flask.testing import FlaskClient

CASES = Path(__file__).parent / "cases"
ITEMS: list[dict[str, str]] = tomllib.loads((CASES / "fair-items.toml").read_text("utf-8"))["item"]
FUJI = """
F1-01D F1-02D F2-01M F3-01M F4-01M A1-01M A1-02M A1-03D A2-01M I1-01M I2-01M I3-01M R1-01MD R1.1-01M R1.2-01M R1.3-01M
R1.3-02D
"""
CHECKER = "F1A F1B F2A F2B A1.1 A1.2 I1 I2 I3 R1.1 R1.2 R1.3"
SITE = "https://a.example/kg/"
SCHEMA, DCTERMS, DCAT = "http://schema.org/", "http://purl.org/dc/terms/", "http://www.w3.org/ns/dcat#"
PROV, RDF_TYPE = "http://www.w3.org/ns/prov#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
RDF = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
LISTS = ("/study", "/questions", "/rules", "/conflicts", "/overlaps", "/search?q=sample", "/release/")
Triples = set[tuple[str, str, str]]


class Rdfa(HTMLParser):
    """Reads the part of RDFa Lite that the home page uses: every element with a property or a type names its node."""

    def __init__(self) -> None:
        super().__init__()
        self.triples: Triples = set()
        self._open: list[str] = []
        self._prefixes: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if "vocab" in held:
            words = held["prefix"].split()
            self._prefixes = {"": held["vocab"]} | {
                prefix[:-1]: iri for prefix, iri in zip(words[::2], words[1::2], strict=True)
            }
        subject = next((each for each in reversed(self._open) if each), "")
        named = held.get("resource") or held.get("href") or ""
        for name in held.get("property", "").split():
            self.triples.add((subject, self._iri(name), held.get("content") or self._whole(named)))
        if "typeof" in held:
            self.triples.add((self._whole(named), RDF_TYPE, self._iri(held["typeof"])))
        if tag not in {"meta", "link", "input", "img", "br"}:
            self._open.append(self._whole(held["resource"]) if "resource" in held else "")

    def handle_endtag(self, tag: str) -> None:
        assert tag
        self._open.pop()

    def _iri(self, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        return self._prefixes[prefix] + local

    def _whole(self, address: str) -> str:
        return f"https://a.example{address}" if address.startswith("/") else address


@dataclass
class Served:
    """The site as an assessment meets it."""

    client: FlaskClient

    @cached_property
    def links(self) -> dict[str, list[str]]:
        return signposts(self.client.get("/", headers={"Accept": BROWSER}))

    @cached_property
    def embedded(self) -> Triples:
        reader = Rdfa()
        reader.feed(self.client.get("/", headers={"Accept": BROWSER}).text)
        return reader.triples

    @cached_property
    def negotiated(self) -> Triples:
        found = self.rdf("/", "text/turtle")
        assert found == self.rdf("/", "application/ld+json")
        return found

    @cached_property
    def schema(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get("/schema.org/").json or {}
        return found

    def rdf(self, path: str, accept: str) -> Triples:
        response = self.client.get(path, headers={"Accept": accept})
        assert response.mimetype == accept
        return {
            (text_of(quad.subject), quad.predicate.value, text_of(quad.object))
            for quad in ox.parse(response.get_data(), format=RDF[accept])
        }

    def content(self, file: dict[str, str]) -> bytes:
        """Return what the address of a distribution sends."""
        with self.client.get("/" + file["contentUrl"].removeprefix(SITE)) as response:
            assert response.status_code == 200
            return response.get_data()

    def said(self, predicate: str) -> set[str]:
        """Return what the negotiated RDF says of the data set."""
        return {o for s, p, o in self.negotiated if (s, p) == (DATASET, predicate)}

    def inside(self, predicate: str) -> set[str]:
        """Return what the page itself says of the data set."""
        return {o for s, p, o in self.embedded if (s, p) == (DATASET, predicate)}


def text_of(term: object) -> str:
    return str(getattr(term, "value", term))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    build = tmp_path_factory.mktemp("build")
    (build / "cartkg.nq").write_text("<a:s> <a:p> <a:o> .\n", "utf-8")
    graph = KnowledgeGraph.of_quads([])
    evidence = ox.parse(path=str(CASES / "pages" / "evidence.ttl"), format=ox.RdfFormat.TURTLE)
    graph.add(graph_iri("evidence"), [quad.triple for quad in evidence])
    many = [
        ox.Triple(ox.NamedNode(f"{BASE}visit/u{n}"), ox.NamedNode(RDF_TYPE), ox.NamedNode(f"{BASE}ontology#Unit"))
        for n in range(130)
    ]
    graph.add(graph_iri("units"), many)
    graph.add(GRAPH_RELEASE, describe(graph, "2026-11-22"))
    settings = AppSettings(ServedRelease("2026-11-22", digest="d1"), find(CASES), build, base_url=SITE)
    return Served(create_app(StoreEngine(graph.store), settings, BLUEPRINTS).test_client())


def unique_identifier(site: Served) -> None:
    assert site.links["cite-as"] == [DATASET]
    assert urlsplit(DATASET).scheme == "https"
    assert site.said(f"{DCTERMS}identifier") == {DATASET}


def persistent_identifier(site: Served) -> None:
    assert site.links["cite-as"][0].startswith("https://w3id.org/")
    assert not [o for o in site.inside(f"{SCHEMA}identifier") if "doi.org" in o], "a DOI would make this item met"


def core_metadata(site: Served) -> None:
    assert {"describedby", "cite-as", "license", "type"} <= site.links.keys()
    names = ("creator", "name", "identifier", "publisher", "datePublished", "description", "keywords")
    assert all(site.inside(f"{SCHEMA}{name}") and site.schema[name] for name in names)
    terms = ("creator", "title", "identifier", "publisher", "issued", "description")
    assert all(site.said(f"{DCTERMS}{name}") for name in terms)
    assert site.said(f"{DCAT}keyword") == site.inside(f"{SCHEMA}keywords")


def content_links(site: Served) -> None:
    (file,) = site.schema["distribution"]
    assert (file["name"], file["contentUrl"]) == ("cartkg.nq", f"{SITE}release/cartkg.nq")
    assert site.inside(f"{SCHEMA}distribution") == {file["contentUrl"]}
    about = {(p.removeprefix(SCHEMA), o) for s, p, o in site.embedded if s == file["contentUrl"]}
    assert {(name, file[name]) for name in ("contentUrl", "contentSize", "encodingFormat")} <= about
    assert file["contentUrl"] in site.said(f"{DCAT}distribution")


def searchable(site: Served) -> None:
    assert site.schema["@type"] == "Dataset"
    assert (DATASET, RDF_TYPE, f"{SCHEMA}Dataset") in site.embedded
    assert "doi" not in json.dumps(site.schema), "a deposit would register the data set"


def access_level(site: Served) -> None:
    assert site.said(f"{DCTERMS}accessRights") == {PUBLIC} == site.inside(f"{SCHEMA}conditionsOfAccess")
    assert (site.schema["conditionsOfAccess"], site.schema["isAccessibleForFree"]) == (PUBLIC, True)


def protocol_of_metadata(site: Served) -> None:
    assert site.client.get("/").status_code == 200
    assert site.schema["url"] == SITE


def protocol_of_data(site: Served) -> None:
    for file in site.schema["distribution"]:
        assert site.content(file)


def formal_metadata(site: Served) -> None:
    assert site.embedded
    assert all(site.rdf("/", accept) == site.negotiated for accept in RDF)
    assert f"{SITE}sparql" in site.said("http://rdfs.org/ns/void#sparqlEndpoint")


def known_vocabularies(site: Served) -> None:
    used = {p[: max(p.rfind("#"), p.rfind("/")) + 1] for _, p, _ in site.negotiated | site.embedded}
    assert {SCHEMA, DCTERMS, DCAT, PROV, "http://rdfs.org/ns/void#", "http://xmlns.com/foaf/0.1/"} <= used


def related_resources(site: Served) -> None:
    assert site.schema["isBasedOn"] == SOURCES
    assert site.inside(f"{SCHEMA}isBasedOn") == {SOURCES}
    assert site.said(f"{DCTERMS}conformsTo") == {f"{BASE}ontology"}


def content_metadata(site: Served) -> None:
    assert site.schema["variableMeasured"]
    assert "https://schema.org/Dataset" in site.links["type"]
    for file in site.schema["distribution"]:
        sent = site.content(file)
        assert file["contentSize"] == f"{len(sent)} B"
        assert list(ox.parse(sent, format=ox.RdfFormat.from_media_type(file["encodingFormat"])))


def license(site: Served) -> None:  # noqa: A001  # the name of the item
    assert site.links["license"] == [LICENSE] == [site.schema["license"]]
    assert site.said(f"{DCTERMS}license") == site.inside(f"{SCHEMA}license") == {LICENSE}
    assert LICENSE == "https://creativecommons.org/licenses/by/4.0/", "SPDX: CC-BY-4.0"


def provenance(site: Served) -> None:
    assert site.said(f"{DCTERMS}creator") == {MAINTAINERS}
    assert site.said(f"{DCTERMS}issued") == site.said(f"{DCTERMS}modified") == {"2026-11-22"}
    assert site.said(f"{PROV}wasDerivedFrom") == {SOURCES}


def community_metadata(site: Served) -> None:
    assert (DATASET, RDF_TYPE, f"{DCAT}Dataset") in site.negotiated


def open_format(site: Served) -> None:
    assert "application/n-quads" in {file["encodingFormat"] for file in site.schema["distribution"]}


def no_blank_nodes(site: Served) -> None:
    assert site.client.get("/").status_code == 200
    nodes = {s for s, _, _ in site.embedded} | {o for _, p, o in site.embedded if p == RDF_TYPE}
    assert nodes
    assert all(urlsplit(node).scheme in {"http", "https"} for node in nodes)


def stated_identifier(site: Served) -> None:
    assert site.inside(f"{SCHEMA}identifier") == site.said(f"{DCTERMS}identifier") == {DATASET}


def embedded_triples(site: Served) -> None:
    assert len(site.embedded) > 15


def shared_vocabularies(site: Served) -> None:
    terms = {p for _, p, _ in site.embedded} | {o for _, p, o in site.embedded if p == RDF_TYPE}
    assert all(term.startswith((SCHEMA, DCTERMS, PROV, RDF_TYPE)) for term in terms)


def embedded_license(site: Served) -> None:
    assert site.inside(f"{SCHEMA}license") == {LICENSE}


def several_hosts(site: Served) -> None:
    hosts = {urlsplit(term).netloc for s, _, o in site.embedded for term in (s, o) if term.startswith("http")}
    assert len(hosts) > 3


def embedded_provenance(site: Served) -> None:
    assert site.inside(f"{DCTERMS}creator") == {MAINTAINERS}
    assert site.inside(f"{PROV}wasDerivedFrom") == {SOURCES}


def test_every_item_has_one_row() -> None:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for item in ITEMS:
        found[item["tool"]].append(item["id"])
    assert found == {"F-UJI": [f"FsF-{name}" for name in FUJI.split()], "FAIR-Checker": CHECKER.split()}


def test_an_item_without_a_check_is_not_met_and_says_why() -> None:
    for item in ITEMS:
        assert item["state"] in {"met", "partly", "not met"}
        assert item["here"]
        assert ("check" in item) == (item["state"] != "not met"), item["id"]


@pytest.mark.parametrize("item", [each for each in ITEMS if "check" in each], ids=lambda each: each["id"])
def test_what_an_item_looks_at_is_there(served: Served, item: dict[str, str]) -> None:
    globals()[item["check"]](served)


@pytest.mark.parametrize("accept", [*RDF])
def test_the_home_page_describes_the_data_set_and_leads_to_its_lists(served: Served, accept: str) -> None:
    found = served.rdf("/", accept)
    lists = {o for s, p, o in found if (s, p) == (DATASET, "http://rdfs.org/ns/void#rootResource")}
    assert {f"{BASE}study", f"{BASE}visit"} <= lists
    assert not any("Partition" in p for _, p, _ in found)


@pytest.mark.whole
@pytest.mark.parametrize("accept", [*RDF])
@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_sent_as_rdf_with_its_members(served: Served, path: str, accept: str) -> None:
    found = served.rdf(path, accept)
    whole = BASE + path[1:]
    members = {o for s, p, o in found if (s, p) == (whole, f"{HYDRA}member")}
    assert (whole, RDF_TYPE, f"{HYDRA}Collection") in found
    total = {o for s, p, o in found if (s, p) == (whole, f"{HYDRA}totalItems")}
    assert total == {str(len(members))}
    for member in [*members][:5]:
        with served.client.get(member.removeprefix(BASE.rstrip("/"))) as response:
            assert response.status_code in {200, 303}


@pytest.mark.parametrize("accept", [None, "*/*", BROWSER, "text/csv"])
@pytest.mark.parametrize("path", ["/", "/study", "/questions", "/search?q=sample"])
def test_a_page_stays_html_for_whoever_does_not_ask_for_rdf(served: Served, path: str, accept: str | None) -> None:
    response = served.client.get(path, headers={"Accept": accept} if accept else {})
    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert "Accept" in response.headers["Vary"]


def test_a_long_list_has_pages_in_rdf_and_links(served: Served) -> None:
    first, last = served.rdf("/visit", "text/turtle"), served.rdf("/visit?page=2", "text/turtle")
    whole = f"{BASE}visit"
    members = [{o for s, p, o in page if (s, p) == (whole, f"{HYDRA}member")} for page in (first, last)]
    assert [len(each) for each in members] == [100, 30]
    assert (whole, f"{HYDRA}next", f"{BASE}visit?page=2") in first
    assert (f"{BASE}visit?page=2", f"{HYDRA}previous", whole) in last
    assert (whole, f"{HYDRA}totalItems", "130") in first & last
    links = signposts(served.client.get("/visit?page=2"))
    assert (links["first"], links["prev"], links["last"]) == (["/kg/visit"], ["/kg/visit"], ["/kg/visit?page=2"])
    assert "next" not in links


def test_a_short_list_names_its_members_in_the_header(served: Served) -> None:
    links = signposts(served.client.get("/study"))
    assert "/kg/study/sample-2024" in links["item"]
    assert "linkset" not in links
    assert links["type"] == ["https://schema.org/CollectionPage"]


def test_a_long_list_names_a_set_of_links_instead(served: Served) -> None:
    response = served.client.get("/visit?page=2")
    assert len(response.headers["Link"]) < 4096
    links = signposts(response)
    assert "item" not in links
    (place,) = links["linkset"]
    found = served.client.get(place.removeprefix("/kg"))
    assert found.mimetype == "application/linkset+json"
    (one,) = (found.json or {})["linkset"]
    assert (one["anchor"], len(one["item"])) == (f"{SITE}visit?page=2", 30)
    assert all(each["href"].startswith(f"{SITE}visit/u") for each in one["item"])
    asked = served.client.get("/visit?page=2", headers={"Accept": "application/linkset+json"})
    assert asked.get_data() == found.get_data()
