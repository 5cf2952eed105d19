"""What search engines and checkers of FAIR data find: signposts, the list of pages, rules for crawlers."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest
from pyoxigraph import RdfFormat, Store
from tests.sample_site import sample_client
from tests.test_pages import BROWSER, STUDY, StoreEngine

from cartkg.facts.records import AnswerTerm, Record
from cartkg.project import find
from cartkg.release.statements import DATASET, LICENSE
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.present import schema_org
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

EVIDENCE = Path(__file__).parent / "cases" / "pages" / "evidence.ttl"
BASE_URL = "https://a.example/kg/"


@pytest.fixture(scope="module", params=["", BASE_URL], ids=["no prefix", "a prefix"])
def base(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def client(base: str, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    store, build = Store(), tmp_path_factory.mktemp("build")
    store.load(path=EVIDENCE, format=RdfFormat.TURTLE)
    (build / "cartkg.nq").write_text("<a:s> <a:p> <a:o> .\n", "utf-8")
    settings = AppSettings(ServedRelease("2026-11-22", digest="d1"), find(EVIDENCE.parent), build, base_url=base)
    return create_app(StoreEngine(store), settings, BLUEPRINTS).test_client()


def signposts(response: TestResponse) -> dict[str, list[str]]:
    """Return the targets of each relation in the Link header."""
    found: dict[str, list[str]] = {}
    for target, relation in re.findall(r'<([^<>]*)>; rel="([^"]*)"', response.headers["Link"]):
        found.setdefault(relation, []).append(target)
    return found


def browse(client: FlaskClient, path: str) -> TestResponse:
    return client.get(path, headers={"Accept": BROWSER})


def test_a_page_of_a_thing_says_what_to_cite_and_where_its_data_are(client: FlaskClient, base: str) -> None:
    root = "/kg" if base else ""
    found = signposts(browse(client, "/study/sample-2024"))
    assert found == {
        "canonical": [f"{base.removesuffix('/kg/')}{root}/study/sample-2024"],
        "cite-as": [STUDY],
        "describedby": [f"{root}/study/sample-2024.{ending}" for ending in ("ttl", "jsonld", "nt", "rdf")],
        "collection": [f"{root}/"],
        "license": [LICENSE],
        "type": ["https://schema.org/AboutPage", "https://schema.org/MedicalStudy"],
    }
    for path in (*found["describedby"], *found["collection"]):
        assert browse(client, path.removeprefix(root)).status_code == 200


@pytest.mark.parametrize(("name", "kind"), [("sample-2024", "ScholarlyArticle"), ("sample-news-2024", "NewsArticle")])
def test_a_publication_is_told_to_search_engines(client: FlaskClient, base: str, name: str, kind: str) -> None:
    found = signposts(browse(client, f"/publication/{name}"))
    assert f"https://schema.org/{kind}" in found["type"]
    assert found["describedby"][-1] == f"{'/kg' if base else ''}/schema.org/publication/{name}"
    said = client.get(f"/schema.org/publication/{name}")
    assert said.mimetype == "application/ld+json"
    assert (said.json or {})["@type"] == kind
    assert (said.json or {})["@id"] == f"https://w3id.org/cartkg/publication/{name}"


def test_an_article_has_journal_year_and_identifiers(client: FlaskClient) -> None:
    said = client.get("/schema.org/publication/sample-2024").json or {}
    assert said["headline"] == "A sample of eight & more <patients>"
    assert said["isPartOf"] == {"@type": "Periodical", "name": "Journal of Samples"}
    assert said["datePublished"] == "2024"
    assert said["sameAs"] == ["https://doi.org/10.1000/sample", "https://pubmed.ncbi.nlm.nih.gov/12345678"]


def test_a_trial_has_conditions_and_registry_number() -> None:
    condition = AnswerTerm("http://purl.obolibrary.org/obo/MONDO_0007915", "uri", "", "lupus")
    values = {"registryNumber": (AnswerTerm("NCT00000001", "literal"),), "trialCondition": (condition,)}
    said = schema_org.described(Record("https://w3id.org/cartkg/trial/nct00000001", values)) or {}
    assert (said["@type"], said["identifier"]) == ("MedicalTrial", ["NCT00000001"])
    assert said["healthCondition"] == [{"@type": "MedicalCondition", "@id": condition.value, "name": "lupus"}]
    assert "sponsor" not in said


def test_the_data_set_has_license_and_dumps(client: FlaskClient, base: str) -> None:
    said = client.get("/schema.org/").json or {}
    assert (said["@type"], said["@id"], said["license"], said["version"]) == ("Dataset", DATASET, LICENSE, "2026-11-22")
    assert [one["contentUrl"] for one in said["distribution"]] == [f"{base or 'http://localhost/'}release/cartkg.nq"]


@pytest.mark.parametrize("path", ["study/sample-2024", "publication/none", "nothing/at-all", "publication/a%3Eb"])
def test_other_things_have_no_words_of_schema_org(client: FlaskClient, path: str) -> None:
    assert client.get(f"/schema.org/{path}").status_code == 404


@pytest.mark.parametrize("ask", [("/study/sample-2024.ttl", "*/*"), ("/study/sample-2024", "text/turtle")])
def test_rdf_of_a_thing_leads_back_to_its_page(client: FlaskClient, base: str, ask: tuple[str, str]) -> None:
    response = client.get(ask[0], headers={"Accept": ask[1]})
    assert response.mimetype == "text/turtle"
    assert signposts(response) == {
        "describes": ["/kg/study/sample-2024" if base else "/study/sample-2024"],
        "license": [LICENSE],
    }


def test_the_home_page_stands_for_the_data_set(client: FlaskClient, base: str) -> None:
    root = "/kg" if base else ""
    found = signposts(browse(client, "/"))
    assert found["cite-as"] == [DATASET]
    assert found["describedby"] == [*[f"{root}/.well-known/void"] * 4, f"{root}/schema.org/"]
    assert found["item"] == [f"{root}/release/cartkg.nq"]
    assert "https://schema.org/Dataset" in found["type"]


def test_nothing_a_request_says_stands_in_signposts(client: FlaskClient) -> None:
    for path in ("/", "/study/sample-2024"):
        said = client.get(path, headers={"Host": "evil.example", "X-Forwarded-Prefix": "/evil"})
        assert "evil" not in said.headers["Link"]


def test_the_list_of_pages_holds_pages_that_there_are(client: FlaskClient, base: str) -> None:
    response = client.get("/sitemap.xml")
    assert response.mimetype == "application/xml"
    tree = ET.fromstring(response.text)  # noqa: S314  # our own
    places = [node.text or "" for node in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    start = base or "http://localhost/"
    assert len(places) == len(set(places))
    assert {f"{start}study/sample-2024", f"{start}publication/sample-2024", f"{start}questions/results"} <= set(places)
    assert all(place.startswith(start) for place in places)
    assert not [place for place in places if "/finding/" in place]
    for place in places:
        path = place.removeprefix(start)
        if not path.startswith("questions/"):  # run by tests of their own
            assert browse(client, f"/{path}").status_code == 200, place


def test_crawlers_are_told_the_list_and_what_costs_a_query(client: FlaskClient, base: str) -> None:
    response = client.get("/robots.txt")
    assert response.mimetype == "text/plain"
    assert f"Sitemap: {base or 'http://localhost/'}sitemap.xml\n" in response.text
    assert f"Disallow: {'/kg' if base else ''}/sparql\n" in response.text


def test_crawlers_do_not_walk_the_product_of_choices() -> None:
    client = sample_client("")
    lines = client.get("/robots.txt").text.splitlines()
    closed = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: ")]
    found = 0
    for page in ("/trials", "/questions/results", "/questions/trials"):
        for link in re.findall(r"<a [^>]*>", browse(client, page).text):
            address = urljoin(page, unescape(re.findall(r'href="([^"]*)"', link)[0]))
            refused = any(re.match(".*".join(map(re.escape, rule.split("*"))), address) for rule in closed)
            chosen = re.search(r"^/trials\?(?!page=)|[?&](?:only|sort|find)=", address)
            assert not chosen or (refused and 'rel="nofollow"' in link), (page, link)
            found += bool(chosen)
    assert found > 3
