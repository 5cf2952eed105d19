"""What people and programs get from the pages, over a small made-up graph."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    parse,
    serialize,
)

from cartkg.errors import QueryError
from cartkg.namespaces import GRAPH_ONTOLOGY, graph_iri
from cartkg.project import Project, find
from cartkg.sparql.engines import Answer, Operation
from cartkg.web import create_app
from cartkg.web.pages import BLUEPRINTS
from cartkg.web.settings import Release, Settings

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

CASES = Path(__file__).parent / "cases" / "pages"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
STUDY = "https://w3id.org/cartkg/study/sample-2024"
FINDING = "/finding/sample-2024/sle/doris/6-mo/7-of-8"
RDF_FORMATS = {
    "turtle": RdfFormat.TURTLE,
    "ntriples": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
    "rdfxml": RdfFormat.RDF_XML,
}


@dataclass(frozen=True)
class StoreEngine:
    """Answers from a store in this process; the workers have tests of their own."""

    store: Store

    def answer(self, operation: Operation) -> Answer:
        try:
            result = self.store.query(operation.query)
        except SyntaxError as error:
            raise QueryError(str(error.msg), 1, 1) from error
        if isinstance(result, QuerySolutions | QueryBoolean):
            return Answer(result.serialize(format=QueryResultsFormat.JSON) or b"", 1)
        triples = list(result)
        return Answer(serialize(triples, format=RDF_FORMATS[operation.format.name]) or b"", len(triples))

    def state(self) -> dict[str, float]:
        return {}

    def ready(self) -> bool:
        return True

    def close(self) -> None:
        self.store.flush()


@pytest.fixture(scope="module")
def store() -> Store:
    """Hold the sample and the ontology as a release does: named graphs, and their union as the default graph."""
    kept = Store()
    sources = {CASES / "evidence.ttl": graph_iri("evidence")}
    sources.update(dict.fromkeys(find(Path(__file__).parent).ontology_files(), GRAPH_ONTOLOGY))
    for path, graph in sources.items():
        for triple in parse(path.read_bytes(), format=RdfFormat.TURTLE):
            kept.add(Quad(triple.subject, triple.predicate, triple.object, NamedNode(graph)))
            kept.add(Quad(triple.subject, triple.predicate, triple.object, DefaultGraph()))
    return kept


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Make a project with one question, one check and one file of shapes."""
    root = tmp_path_factory.mktemp("project")
    real = find(Path(__file__).parent)
    (root / "ontology").mkdir()
    shutil.copy(real.ontology / "prefixes.ttl", root / "ontology")
    (root / "queries" / "checks").mkdir(parents=True)
    shutil.copy(CASES / "headline.rq", root / "queries")
    shutil.copy(CASES / "above-whole-violation.rq", root / "queries" / "checks")
    (root / "shapes").mkdir()
    shutil.copy(CASES / "study.ttl", root / "shapes")
    example = root / "tests" / "cases" / "shapes" / "CohortShape-patientCount"
    example.mkdir(parents=True)
    (example / "fail.ttl").write_text("# a cohort without its number\n", "utf-8")
    return Project(root, root / ".cartkg")


@pytest.fixture
def client(store: Store, project: Project, tmp_path: Path) -> FlaskClient:
    (tmp_path / "cartkg.nq").write_text("<a:s> <a:p> <a:o> .\n", "utf-8")
    settings = Settings(Release("2026-11-22", digest="d1"), project, tmp_path)
    return create_app(StoreEngine(store), settings, BLUEPRINTS).test_client()


class _Outline(HTMLParser):
    """Collects what an accessible page must have."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.fields: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if "id" in known:
            self.ids.append(known["id"])
        if tag == "label":
            self.labelled.add(known.get("for", ""))
        if tag in {"input", "select", "textarea"} and known.get("type") != "hidden":
            self.fields.append(known.get("id", ""))
        if "style" in known or tag == "style" or (tag == "script" and "src" not in known):
            self.inline.append(tag)
        self.inline += [name for name in known if name.startswith("on")]


def browse(client: FlaskClient, path: str) -> TestResponse:
    return client.get(path, headers={"Accept": BROWSER}, buffered=True)


PAGES = [
    "/", "/questions", "/questions/headline", "/query", "/query?query=ASK%20%7B%7D", "/search?q=lupus", "/conflicts",
    "/overlaps", "/responses?disease=http://purl.obolibrary.org/obo/MONDO_0007915", "/rules", "/ontology", "/release/",
    "/rules/CohortShape-patientCount", "/rules/above-whole-violation", "/study/sample-2024", "/publication/sample-2024",
    "/cohort/sample-2024/sle", FINDING, "/claim/sample-2024/sle/doris/6-mo/7-of-8", "/conflict/sample-doris",
    "/overlap/sample-pair", "/therapy/sample-2024", "/criterion/doris", "/criterion/crs", "/publication", "/cohort/",
    "/about?iri=http://purl.obolibrary.org/obo/MONDO_0007915", "/graph/evidence",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_page_is_accessible_and_holds_nothing_inline(client: FlaskClient, path: str) -> None:
    response = browse(client, path)
    assert response.status_code == 200, response.text[-1200:]
    assert response.mimetype == "text/html"
    outline = _Outline()
    outline.feed(response.text)
    assert outline.tags.count("h1") == 1
    assert outline.tags.count("main") == 1
    assert outline.inline == []
    assert set(outline.fields) <= outline.labelled
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.tags.count("table") == outline.tags.count("caption")
    assert "'unsafe-inline'" not in response.headers["Content-Security-Policy"].split("style-src")[0]


class _Links(HTMLParser):
    """Collects the addresses on this server that a page leads to, less what other tests cover."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        address = (known.get("href" if tag in {"a", "link"} else "src") or "").partition("#")[0]
        if address.startswith("/") and not address.startswith(("/sparql", "/static/vendor", "/health")):
            self.found.add(address)


def test_no_link_leads_nowhere(client: FlaskClient) -> None:
    seen: dict[str, int] = {}
    waiting = {"/", *PAGES}
    while waiting:
        path = waiting.pop()
        response = browse(client, path)
        seen[path] = response.status_code
        if response.mimetype == "text/html":
            links = _Links()
            links.feed(response.text)
            waiting |= links.found - seen.keys()
    assert {path: status for path, status in seen.items() if status >= 400} == {}
    assert len(seen) > 100
