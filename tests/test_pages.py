"""What people and programs get from the pages, over a small made-up graph."""

from __future__ import annotations

import gzip
import os
import re
import shutil
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

import pytest
from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    RdfFormat,
    Store,
    parse,
    serialize,
)

from cartkg import manifest
from cartkg.errors import LimitExceeded, QueryError
from cartkg.formats import GRAPHS, RESULTS
from cartkg.manifest import Manifest
from cartkg.namespaces import GRAPH_COUNTS, GRAPH_ONTOLOGY, ONTOLOGY, TERM, graph_iri
from cartkg.project import Project, find
from cartkg.sparql.engines.engine import Answer, Operation
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.present.asked import asked
from cartkg.web.views import home
from cartkg.web.views.editor import link_to
from cartkg.web.views.home import BLUEPRINTS
from cartkg.web.views.overviews import disagreements

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

CASES = Path(__file__).parent / "cases" / "pages"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
STUDY = "https://w3id.org/cartkg/study/sample-2024"
FINDING = "/finding/sample-2024/sle-doris-6mo"


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
            body = result.serialize(format=RESULTS[operation.format.name].engine) or b""
            again = self.store.query(operation.query)
            return Answer(body, len(list(again)) if isinstance(again, QuerySolutions) else 1)
        triples = list(result)
        return Answer(serialize(triples, format=GRAPHS[operation.format.name].engine) or b"", len(triples))

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
    (tmp_path / "ontology.html").write_text("<!DOCTYPE html>", "utf-8")
    settings = AppSettings(ServedRelease("2026-11-22", digest="d1"), project, tmp_path)
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
    "/rules/CohortShape-patientCount", "/rules/above-whole-violation",
    "/rules/house-style", "/study/sample-2024", "/publication/sample-2024",
    "/cohort/sample-2024/sle", FINDING, "/claim/sample-2024/finding/sample-2024/sle-doris-6mo",
    "/conflict/sample-2024/doris",
    "/overlap/sample-pair", "/therapy/sample-2024/cells", "/arm/sample-2024/placebo",
    "/criterion/doris", "/criterion/crs", "/publication", "/cohort/",
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


#: Addresses with a query that are followed at one path.
MOST_QUERIES = 6


class _Links(HTMLParser):
    """Collects the addresses on this server that a page leads to, less what other tests cover."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        address = (known.get("href" if tag in {"a", "link"} else "src") or "").partition("#")[0]
        skipped = address.endswith((".nt", ".rdf", ".jsonld")) or address.startswith(
            ("/sparql", "/static/vendor", "/health")
        )
        if address.startswith("/") and not skipped:
            self.found.add(address)


@pytest.mark.whole
def test_no_link_leads_nowhere(client: FlaskClient) -> None:
    seen: dict[str, int] = {}
    waiting, known, followed = {"/", *PAGES}, {"/", *PAGES}, Counter[str]()
    while waiting:
        path = waiting.pop()
        response = browse(client, path)
        seen[path] = response.status_code
        if response.mimetype == "text/html":
            links = _Links()
            links.feed(response.text)
            for link in sorted(links.found - known):  # choices of a page combine without end: of each path the first
                known.add(link)
                place, query, _ = link.partition("?")
                followed[place] += bool(query)
                if not query or followed[place] <= MOST_QUERIES:
                    waiting.add(link)
    assert {path: status for path, status in seen.items() if status >= 400} == {}
    assert len(seen) > 100


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (BROWSER, "text/html"),
        ("", "text/html"),
        ("text/turtle", "text/turtle"),
        ("application/ld+json, text/turtle;q=0.5", "application/ld+json"),
        ("application/n-triples", "application/n-triples"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("text/turtle;q=0.2, text/html;q=0.9", "text/html"),
    ],
)
def test_thing_is_sent_as_the_accept_header_likes_best(client: FlaskClient, accept: str, media_type: str) -> None:
    response = client.get("/study/sample-2024", headers={"Accept": accept})
    assert response.status_code == 200
    assert response.mimetype == media_type
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("ending", "form"),
    [
        (".ttl", RdfFormat.TURTLE),
        (".nt", RdfFormat.N_TRIPLES),
        (".jsonld", RdfFormat.JSON_LD),
        (".rdf", RdfFormat.RDF_XML),
    ],
)
def test_ending_of_the_path_gives_the_statements_about_and_to_a_thing(
    client: FlaskClient, ending: str, form: RdfFormat
) -> None:
    response = client.get(f"/study/sample-2024{ending}", headers={"Accept": BROWSER})
    triples = {(quad.subject, quad.object) for quad in parse(response.data, format=form)}
    me = NamedNode(STUDY)
    assert any(subject == me for subject, _ in triples)
    assert any(value == me for _, value in triples)


def test_a_count_that_the_default_graph_does_not_hold_has_a_page_and_rdf(client: FlaskClient, store: Store) -> None:
    iri = "https://w3id.org/cartkg/count/disease/sample"
    graph = NamedNode(GRAPH_COUNTS)
    for line in (
        f"<{iri}> a <https://w3id.org/cartkg/ontology#DistinctPatientCount> .",
        f'<{iri}> <http://www.w3.org/2000/01/rdf-schema#label> "patients counted once: sample"@en .',
        f"<{iri}> <https://w3id.org/cartkg/ontology#fewestPatients> 8 .",
    ):
        for quad in parse(line, format=RdfFormat.TURTLE):
            store.add(Quad(quad.subject, quad.predicate, quad.object, graph))
    page = browse(client, "/count/disease/sample")
    assert page.status_code == 200
    assert "patients counted once: sample" in page.text
    assert ">8<" in page.text
    sent = client.get("/count/disease/sample.nt")
    assert len(list(parse(sent.data, format=RdfFormat.N_TRIPLES))) == 3
    assert "patients counted once: sample" in browse(client, "/count").text
    assert browse(client, "/count/disease/other").status_code == 404


def test_form_that_nobody_offers_is_406(client: FlaskClient) -> None:
    assert client.get("/study/sample-2024", headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize("path", ["/study/sample-2024", "/ontology", "/questions"])
def test_page_that_did_not_change_is_304(client: FlaskClient, path: str) -> None:
    first = browse(client, path)
    again = client.get(path, headers={"Accept": BROWSER, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


@pytest.mark.parametrize(
    "path",
    ["/study/nobody", "/study/nobody.ttl", "/nothing", "/nothing/at/all", "/questions/none", "/rules/none",
     "/graph/none", "/release/none.nq", "/release/../../secret", "/about?iri=http://example.org/none",
     "/ontologyfoo", "/study/a%3E%20%7D%20%23", "/%22%29%29%20%7D%20%23"],
)  # fmt: skip
def test_what_is_not_there_is_a_helpful_404(client: FlaskClient, path: str) -> None:
    response = browse(client, path)
    assert response.status_code == 404
    if response.mimetype == "text/html":
        assert 'href="/questions"' in response.text


NASTY = '"><script>alert(1)</script>'


@pytest.mark.parametrize("path", ["/study/{}", "/{}", "/questions/{}", "/rules/{}", "/search", "/query", "/about"])
def test_what_people_type_is_never_sent_back_as_markup(client: FlaskClient, path: str) -> None:
    response = client.get(
        path.format(NASTY),
        query_string={"q": NASTY, "query": f"SELECT * {NASTY}", "iri": NASTY, "edit": NASTY},
        headers={"Accept": BROWSER},
    )
    assert response.status_code in {200, 400, 404}
    assert "<script>alert" not in response.text


def test_editor_filled_by_the_address_escapes_it(client: FlaskClient) -> None:
    response = client.get("/query", query_string={"edit": f"</textarea>{NASTY}", "plain": "1"})
    assert "</textarea>&#34;" not in response.text
    assert "&lt;/textarea&gt;" in response.text


def test_search_words_cannot_leave_their_string(client: FlaskClient) -> None:
    for words in ('") } INSERT { \\ \n', "a\\", 'lupus"\x00b'):
        response = client.get("/search", query_string={"q": words})
        assert response.status_code == 200, words


def test_search_finds_things_by_words_of_their_names(client: FlaskClient) -> None:
    text = browse(client, "/search?q=LUPUS+sample").text
    assert 'href="/cohort/sample-2024/sle"' in text
    assert 'href="/cohort/sample-2024/ssc"' not in text


@pytest.mark.parametrize(
    ("words", "term"), [("mcid", "ImportantDifference"), ("flu/cy", "FluCyRegimen"), ("car-t", "CARTCellTherapy")]
)
def test_search_finds_a_class_by_its_abbreviation(words: str, term: str, client: FlaskClient) -> None:
    assert f'ontology?term={term}"' in browse(client, f"/search?q={words}").text


def test_finding_page_shows_amount_time_source_and_conflict(client: FlaskClient) -> None:
    text = browse(client, FINDING).text
    assert "7 of 8 (88\u00a0%)" in text
    assert "at 6 months" in text
    assert "Sample 2024 (Journal of Samples)" in text
    assert "own result" in text
    assert 'href="/conflict/sample-2024/doris"' in text


def test_finding_page_says_what_became_of_those_counted_and_what_it_is_compared_with(client: FlaskClient) -> None:
    text = browse(client, "/finding/sample-2024/placebo-doris-6mo").text
    assert "1 of 3 (33\u00a0%): lost" in text
    assert 'href="/finding/sample-2024/sle-doris-6mo"' in text
    assert "<dt>p value</dt><dd>0.04</dd>" in text


def test_patients_of_a_comparator_arm_are_not_among_those_who_had_the_therapy(client: FlaskClient) -> None:
    text = browse(client, "/therapy/sample-2024/cells").text
    assert "cohort/sample-2024/sle" in text
    assert "cohort/sample-2024/placebo" not in text
    table = browse(client, "/criterion/doris").text
    assert "placebo group" in table


def test_arm_page_shows_role_and_cohorts(client: FlaskClient) -> None:
    text = browse(client, "/arm/sample-2024/placebo").text
    assert "placebo infusion" in text
    assert "comparator" in text
    assert 'href="/cohort/sample-2024/placebo"' in text


def test_conflict_page_shows_each_side_with_who_holds_it_and_on_what(client: FlaskClient) -> None:
    text = browse(client, "/conflict/sample-2024/doris").text
    first, second = text.index("7 of 8, by the paper"), text.index("8 of 8, by the news")
    assert first < text.index('href="/publication/sample-2024"', first) < second
    assert first < text.index('href="/finding/sample-2024/sle-doris-6mo"', first) < second
    assert second < text.index('href="/publication/sample-news-2024"', second)


def test_home_answers_the_headline_question_live(client: FlaskClient) -> None:
    text = browse(client, "/").text
    assert "How many lupus patients reached DORIS remission, and who says so?" in text
    assert 'href="/publication/sample-news-2024"' in text


def test_question_page_names_units_and_offers_downloads(client: FlaskClient) -> None:
    text = browse(client, "/questions/headline").text
    assert '<span class="unit">(patients)</span>' in text
    assert "format=csv" in text
    assert client.get("/questions/headline.rq").text.startswith("#+ title: How many lupus")


def test_a_whole_answer_has_a_short_address_that_says_what_it_is(client: FlaskClient) -> None:
    page = browse(client, "/questions/headline").text
    assert 'href="/questions/headline/answer?format=csv"' in page
    answer = client.get("/questions/headline/answer?format=csv")
    assert answer.mimetype == "text/csv"
    assert answer.text == client.get("/sparql", query_string={"query": _text_of(client), "format": "csv"}).text
    assert answer.headers["Link"] == '<http://localhost/questions/headline/answer?format=csv>; rel="canonical"'
    assert client.get("/questions/none/answer").status_code == HTTPStatus.NOT_FOUND
    assert client.get("/questions/headline/answer?disease=SLE").status_code == HTTPStatus.BAD_REQUEST
    assert client.get("/questions/headline/answer?format=turtle").status_code == HTTPStatus.NOT_ACCEPTABLE


def test_an_empty_answer_of_a_question_links_no_explanation_of_its_own_address(project: Project) -> None:
    settings = AppSettings(ServedRelease("2026-11-22", digest="d1"), project)
    client = create_app(StoreEngine(Store()), settings, BLUEPRINTS).test_client()
    answer = client.get("/questions/headline/answer?format=csv")
    assert answer.headers["Cartkg-Rows"] == "0"
    assert 'rel="help"' not in " ".join(answer.headers.getlist("Link"))


def _text_of(client: FlaskClient) -> str:
    return client.get("/questions/headline.rq").text


def test_malformed_query_is_explained_with_its_place(client: FlaskClient) -> None:
    response = client.get("/query", query_string={"query": "SELECT ?s WHERE {"}, headers={"Accept": BROWSER})
    assert response.status_code == 400
    assert "line 1, column 1" in response.text
    assert "SELECT ?s WHERE {\n^</code>" in response.text
    assert "SELECT ?s WHERE {" in response.text


def test_update_typed_into_the_form_is_refused(client: FlaskClient) -> None:
    response = client.get("/query", query_string={"query": "DELETE WHERE { ?s ?p ?o }"}, headers={"Accept": BROWSER})
    assert response.status_code == 403


def test_triples_are_shown_as_a_table_with_names_and_saved_as_rdf(client: FlaskClient) -> None:
    query = f"CONSTRUCT WHERE {{ <{STUDY}> a ?class }}"
    text = client.get("/query", query_string={"query": query}, headers={"Accept": BROWSER}).text
    assert '<td data-head="object"><a href="/ontology?term=Study">study</a></td>' in text
    assert "format=jsonld" in text
    assert "format=csv" not in text.split('id="answer"')[1]


def test_query_page_opens_a_stored_question_and_refuses_one_that_is_not_there(client: FlaskClient) -> None:
    opened = client.get("/query?question=headline", headers={"Accept": BROWSER}).text
    assert '<option value="headline" selected>' in opened
    assert "#+" not in opened.split("<textarea")[1].split("</textarea>")[0]
    refused = client.get("/query?question=headlin", headers={"Accept": BROWSER})
    assert refused.status_code == 400
    assert "headline" in refused.text
    assert client.get("/query?qurey=ASK").status_code == 400


def test_the_link_to_a_query_is_short_and_restores_it(client: FlaskClient) -> None:
    typed = "SELECT ?s  # a + b & c; 100 %\n\n  WHERE {\r\n    ?s a <http://e/x?a=1&b=ü> FILTER('  x' != \"y\") }"
    page = client.get("/query", query_string={"query": typed, "plain": "1"}, headers={"Accept": BROWSER}).text
    link = unescape(re.findall(r'href="([^"]+)">Link to this query', page)[0])
    assert len(link) < len(urlencode({"query": typed})) - 20
    restored = client.get(link, headers={"Accept": BROWSER})
    brief = "SELECT ?s  # a + b & c; 100 %\nWHERE {\n?s a <http://e/x?a=1&b=ü> FILTER('  x' != \"y\") }"
    assert [unescape(each) for each in re.findall(r"<textarea[^>]*>([^<]*)<", restored.text)] == [brief]
    long = 'SELECT ("""a\n  b""" AS ?x) {}'
    with client.application.test_request_context():
        assert parse_qs(link_to(long).partition("?")[2])["query"] == [long]
        stored = asked("headline")
        assert stored
        assert link_to("\n  ".join(stored.chosen.text.split("\n"))) == "/query?question=headline"


def test_answer_to_a_short_query_has_an_address_that_starts_at_the_answer(client: FlaskClient) -> None:
    response = client.post("/query", data={"query": "ASK {}", "format": "html"})
    assert response.status_code == 303
    assert response.headers["Location"] == "/query?query=ASK+%7B%7D#answer"


def test_editor_completes_from_the_description_of_the_graph_and_its_ontology(project: Project) -> None:
    store = Store()
    described = f"""@prefix void: <http://rdfs.org/ns/void#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        @prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix cartkg: <{TERM}> .
        <a:all> void:classPartition <a:c> ; void:propertyPartition <a:p> .
        <a:c> void:class cartkg:Cohort ; void:entities 3 ; void:propertyPartition <a:cp> .
        <a:cp> void:property cartkg:hasDisease ; void:triples 4 ; void:classPartition <a:o> .
        <a:o> void:class cartkg:Disease ; void:triples 4 .
        <a:p> void:property cartkg:hasDisease ; void:triples 4 ; void:distinctSubjects 3 .
        cartkg:Cohort a owl:Class ; rdfs:label "cohort" .
        cartkg:hasDisease a owl:ObjectProperty ; rdfs:label "has disease" .
        cartkg:Finding a owl:Class ; rdfs:label "finding" ."""
    for triple in parse(described.encode(), format=RdfFormat.TURTLE):
        store.add(Quad(triple.subject, triple.predicate, triple.object, DefaultGraph()))
    settings = AppSettings(ServedRelease("2026-11-22", digest="d1"), project)
    known = create_app(StoreEngine(store), settings, BLUEPRINTS).test_client().get("/query/terms.json").json
    assert known is not None
    assert known["prefixes"]["cartkg"] == TERM
    assert known["terms"] == [
        {
            "name": "cartkg:hasDisease", "kind": "property", "label": "has disease", "uses": 4,
            "classes": ["cartkg:Cohort"], "targets": ["cartkg:Disease"],
        },
        {"name": "cartkg:Cohort", "kind": "class", "label": "cohort", "uses": 3},
        {"name": "cartkg:Finding", "kind": "class", "label": "finding"},
    ]  # fmt: skip


def test_rule_page_says_why_and_shows_a_failing_example(client: FlaskClient) -> None:
    text = browse(client, "/rules/CohortShape-patientCount").text
    assert "<h1>patients of a cohort</h1>" in text, "shapes name their class themselves"
    assert "A share means nothing without its whole." in text
    assert "a cohort without its number" in text
    assert "sh:minCount 1" in text


def test_ontology_page_counts_uses_and_gives_each_term_an_anchor(client: FlaskClient) -> None:
    index = browse(client, "/ontology").text
    entry = re.search(r'<li id="Cohort"><a href="([^"]+)">', index)
    assert entry, "an anchor for the fragment of its IRI"
    cohort = browse(client, entry[1]).text.split('id="Cohort"')[1].split("</article>")[0]
    assert "used 3\u00d7" in cohort
    assert "For instance" in cohort
    assert 'href="/cohort/' in cohort


@pytest.mark.whole
def test_ontology_page_has_the_terms_of_each_part_in_the_order_of_their_names(client: FlaskClient) -> None:
    text = browse(client, "/ontology").text
    parts = [re.findall(r'<li id="([^"]+)"', part) for part in text.split("<section ")]
    assert max(map(len, parts)) > 1
    assert parts == [sorted(part, key=str.lower) for part in parts]
    for path, names in zip(re.findall(r'href="(/ontology\?part=[^"]+)"', text), parts[1:], strict=True):
        pages = [browse(client, f"{path}&page={number + 1}").text for number in range(-(-len(names) // 40))]
        assert [name for page in pages for name in re.findall(r'class="term" id="([^"]+)"', page)] == names


def test_ontology_page_shows_the_notes_on_a_term(client: FlaskClient) -> None:
    text = browse(client, "/ontology?term=patientCount").text
    assert "Sum with care" in text.split('id="patientCount"')[1].split("</article>")[0]


def terms_of(data: bytes) -> set[str]:
    quads = parse(data, format=RdfFormat.TURTLE)
    return {quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode) and TERM in quad.subject.value}


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/ontology.ttl", "2026-11-22"),
        ("/ontology/2026-11-22.ttl", "2026-11-22"),
        ("/ontology/2026-11-22/cartkg-full.ttl", "2026-11-22"),
        ("/ontology/2026-11-22/cartkg-base.ttl", "2026-11-22/cartkg-base"),
        ("/ontology/2026-11-22/cartkg-simple.ttl", "2026-11-22/cartkg-simple"),
    ],
)
def test_each_product_is_sent_at_its_version_address_with_all_terms_and_one_head(
    path: str, version: str, client: FlaskClient, store: Store
) -> None:
    data = client.get(path).data
    quads = list(parse(data, format=RdfFormat.TURTLE))
    heads = [quad.subject for quad in quads if quad.object == NamedNode("http://www.w3.org/2002/07/owl#Ontology")]
    addresses = [quad.object.value for quad in quads if quad.predicate.value.endswith("#versionIRI")]
    assert heads == [NamedNode(ONTOLOGY)]
    assert addresses == [f"{ONTOLOGY}/{version}"]
    kept = (quad.subject.value for quad in store if isinstance(quad.subject, NamedNode))
    assert terms_of(data) == {term for term in kept if TERM in term}


@pytest.mark.parametrize("path", ["/ontology", "/ontology/2026-11-22", "/ontology/2026-11-22/cartkg-base"])
def test_a_version_address_is_negotiated_without_redirection(path: str, client: FlaskClient) -> None:
    for accept in ("text/turtle", "application/rdf+xml", "application/ld+json", "text/html"):
        response = client.get(path, headers={"Accept": accept})
        assert (response.status_code, response.mimetype) == (200, accept)


def test_each_form_that_the_head_names_is_sent_under_its_address(client: FlaskClient, store: Store) -> None:
    named = {
        quad.object.value
        for quad in store.quads_for_pattern(NamedNode(ONTOLOGY), NamedNode("http://purl.org/dc/terms/hasFormat"), None)
        if isinstance(quad.object, NamedNode)
    }
    assert len(named) == 4
    for address in named:
        assert client.get(address.removeprefix("https://w3id.org/cartkg")).status_code == 200


def test_another_version_is_not_this_one(client: FlaskClient) -> None:
    assert client.get("/ontology/2025-01-01").status_code == 404
    assert client.get("/ontology/2026-11-22/cartkg-other").status_code == 404


def test_rdf_xml_is_sent_under_the_ending_that_ontology_editors_know(client: FlaskClient) -> None:
    assert client.get("/ontology/2026-11-22/cartkg-base.owl").mimetype == "application/rdf+xml"


def test_a_server_without_the_reference_says_who_makes_it(client: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "ontology.html").unlink()
    response = browse(client, "/ontology/reference")
    assert response.status_code == 404
    assert "run cartkg build" in response.text


def test_the_reference_of_the_build_is_one_file_to_keep(client: FlaskClient, tmp_path: Path) -> None:
    page = '<!DOCTYPE html><a href="https://w3id.org/cartkg/study/s">s</a><img src="model.svg">'
    (tmp_path / "ontology.html").write_text(page, "utf-8")
    (tmp_path / "model.svg").write_text("<svg/>", "utf-8")
    response = client.get("/ontology/reference")
    assert response.headers["Content-Disposition"] == 'attachment; filename="cartkg-ontology.html"'
    assert response.text == page.replace("model.svg", f"data:image/svg+xml;base64,{b64encode(b'<svg/>').decode()}")
    assert "'sha256-" not in response.headers["Content-Security-Policy"], "nothing in it may run here"
    assert client.get("/ontology/model.svg").mimetype == "image/svg+xml"


def test_stored_questions_are_sent_as_executables_of_shacl(client: FlaskClient) -> None:
    response = client.get("/.well-known/sparql-examples", headers={"Accept": "text/turtle"})
    subjects = {str(quad.subject) for quad in parse(response.data, format=RdfFormat.TURTLE)}
    assert subjects == {"<https://w3id.org/cartkg/question/headline>"}
    assert client.get("/question/headline").location == "/questions/headline"


def test_dump_is_sent_and_its_folder_is_not_left(client: FlaskClient) -> None:
    assert client.get("/release/cartkg.nq", buffered=True).data == b"<a:s> <a:p> <a:o> .\n"
    assert client.get("/release/%2e%2e/secret").status_code == 404


def test_a_dump_that_is_carried_packed_is_sent_under_both_of_its_names(client: FlaskClient, tmp_path: Path) -> None:
    dump = tmp_path / "cartkg.nq"
    held = dump.read_bytes()
    (tmp_path / "cartkg.nq.gz").write_bytes(gzip.compress(held))
    dump.unlink()
    whole = client.get("/release/cartkg.nq", buffered=True)
    assert (whole.data, whole.mimetype) == (held, "application/n-quads")
    assert gzip.decompress(client.get("/release/cartkg.nq.gz", buffered=True).data) == held
    (tmp_path / "cartkg.nq.gz").unlink()
    assert client.get("/release/cartkg.nq").status_code == 404


def test_a_release_that_came_with_a_checkout_is_not_handed_out(client: FlaskClient, project: Project) -> None:
    project.release.mkdir(parents=True)
    (project.release / "manifest.json").write_bytes(manifest.write(Manifest("2026-11-22", "0", "", 1)))
    (project.release / "cartkg.nq").write_text("<a:poisoned> <a:p> <a:o> .\n", "utf-8")
    assert client.get("/release/cartkg.nq", buffered=True).data == b"<a:s> <a:p> <a:o> .\n", "the build"
    project.cache.remember(project.release_files())
    os.utime(project.release / "manifest.json", (1, 1))  # as a release that was just written has another time
    assert client.get("/release/cartkg.nq", buffered=True).data == b"<a:poisoned> <a:p> <a:o> .\n"
    (project.release / "more.ttl").touch()
    os.utime(project.release / "manifest.json", (2, 2))
    assert client.get("/release/cartkg.nq", buffered=True).data == b"<a:s> <a:p> <a:o> .\n"
    shutil.rmtree(project.work)


def test_turtle_of_equal_triples_is_equal_and_shortened_by_the_prefixes_in_use(client: FlaskClient) -> None:
    first, second = (client.get("/study/sample-2024.ttl").text for _ in range(2))
    head = [line for line in first.splitlines() if line.startswith("@prefix")]
    assert first == second
    assert head == sorted(head)
    assert "study:sample-2024 a cartkg:Study" in first
    assert "@prefix skos:" not in first


LUPUS = "http://purl.obolibrary.org/obo/MONDO_0007915"


def test_responses_draw_each_finding_with_its_interval_and_overlap(client: FlaskClient) -> None:
    text = client.get("/responses", query_string={"disease": LUPUS}).text
    assert ">7/8</a>" in text
    assert "(47\u2013100)" in text
    assert 'href="/overlap/sample-pair"' in text
    assert "mRSS" not in text.split("</form>")[-1]


def test_responses_offer_each_disease_and_criterion_before_one_is_chosen(client: FlaskClient) -> None:
    text = client.get("/responses").text.split("</form>")[-1]
    linked = re.findall(r'href="(/responses\?(?:disease|measure)=[^"]+)"', text)
    assert f"/responses?{urlencode({'disease': LUPUS})}" in linked
    assert "human disease" not in text  # a kind above what patients have
    assert "measure=" in linked[-1]
    assert all("Choose a disease" not in client.get(address).text for address in linked)


def test_responses_can_leave_restatements_out(client: FlaskClient) -> None:
    text = client.get("/responses", query_string={"disease": LUPUS, "own": "1"}).text
    assert ">7/8</a>" in text
    assert ">8/8</a>" not in text


def test_figure_holds_the_rows_and_nothing_that_runs(client: FlaskClient) -> None:
    response = client.get("/responses.svg", query_string={"disease": LUPUS})
    assert response.mimetype == "image/svg+xml"
    assert "7/8" in response.text
    assert "<script" not in response.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"disease": "http://x> } #"}, "there is no disease"),
        ({"measure": NASTY}, "there is no measure"),
        ({"criterion": "x"}, "unknown parameter"),
        ({"own": "yes"}, "own is 1"),
    ],
)
def test_choice_that_is_not_offered_is_refused_and_shown_as_text(
    client: FlaskClient, wrong: dict[str, str], said: str
) -> None:
    for path in ("/responses", "/responses.svg"):
        refused = client.get(path, query_string=wrong, headers={"Accept": BROWSER})
        assert refused.status_code == HTTPStatus.BAD_REQUEST
        assert said in refused.text
        assert "<script>alert" not in refused.text


def test_page_of_a_list_beyond_the_last_is_missing(client: FlaskClient) -> None:
    assert client.get("/study?page=1").status_code == HTTPStatus.OK
    assert client.get("/study?page=2").status_code == HTTPStatus.NOT_FOUND
    for wrong in ("/study?page=two", "/study?sort=name", "/conflicts?kind=x"):
        assert client.get(wrong).status_code == HTTPStatus.BAD_REQUEST, wrong


def test_conflict_over_a_claim_stands_beside_the_finding_that_the_claim_asserts(client: FlaskClient) -> None:
    assert 'href="/conflict/sample-2024/crs"' in browse(client, "/finding/sample-2024/sle-crs").text


def test_address_in_the_data_becomes_a_link_only_when_it_is_one_of_the_web(client: FlaskClient) -> None:
    text = browse(client, "/source/sample-2024/s1").text
    assert 'href="https://example.org/sample?a=1&amp;b=&lt;2&gt;"' in text
    assert 'href="javascript' not in text


@dataclass(frozen=True)
class BusyEngine(StoreEngine):
    """Has no place left for queries about remission."""

    def answer(self, operation: Operation) -> Answer:
        if "criterion/doris" in operation.query and "SELECT ?cohort" in operation.query:
            raise LimitExceeded("the query took longer than 10 s", limit="time")
        return super().answer(operation)


@pytest.mark.parametrize("path", ["/", "/questions/headline"])
def test_page_says_so_when_its_answer_could_not_be_made(store: Store, project: Project, path: str) -> None:
    app = create_app(BusyEngine(store), AppSettings(ServedRelease("2026-11-22"), project), BLUEPRINTS)
    response = browse(app.test_client(), path)
    assert response.status_code == 200
    assert "is not available at the moment" in response.text
    assert "the query took longer than 10 s" in response.text


@pytest.mark.parametrize(
    ("asked", "meant"), [("/study/sampel-2024", "/study/sample-2024"), ("/questions/headlin", "/questions/headline")]
)
def test_misspelt_address_is_answered_with_the_one_that_was_meant(client: FlaskClient, asked: str, meant: str) -> None:
    response = browse(client, asked)
    assert response.status_code == 404
    assert f'Did you mean <a href="{meant}">' in response.text


@pytest.mark.parametrize(
    "select", ["SELECT ?s WHERE", "SELECT (COUNT(*) AS ?n) WHERE"], ids=["no rows", "a count of nothing"]
)
def test_empty_answer_is_explained_with_a_near_name(client: FlaskClient, select: str) -> None:
    query = f"PREFIX cartkg: <https://w3id.org/cartkg/ontology#> {select} {{ ?s a cartkg:Cohorte }}"
    text = client.get("/query", query_string={"query": query}, headers={"Accept": BROWSER}).text
    assert "Why there are no results" in text
    assert "cartkg:Cohort " in text or "ontology#Cohort" in text.split("Did you mean")[1]


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        ("41", "59", "41 to 59 distinct patients"),
        ("8", "8", ">8 distinct patients"),
        ("7", "", "at least 7 distinct"),
    ],
)
def test_home_tells_both_bounds_and_what_stands_without_press(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, low: str, high: str, shown: str
) -> None:
    bounds = home.PatientBounds("sle-doris-distinct", low, high, "5")
    monkeypatch.setattr(home, "_bounds", lambda: bounds)
    text = browse(client, "/").text
    assert shown in text
    assert "Without claims made only in news and press releases: at least 5." in text


def test_many_conflicts_are_paged(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(page: int) -> list[str]:
        response = client.get(f"/conflicts?page={page}", headers={"Accept": "application/linkset+json"})
        return [item["href"] for item in response.get_json(force=True)["linkset"][0].get("item", [])]

    whole = shown(1)
    monkeypatch.setattr(disagreements, "_PER_PAGE", 1)
    parts = [shown(number + 1) for number in range(len(whole))]
    assert len(whole) > 1
    assert [len(part) for part in parts] == [1] * len(whole)
    assert sorted(href for part in parts for href in part) == sorted(whole)
    assert "Page 1 of" in browse(client, "/conflicts").text
    assert client.get(f"/conflicts?page={len(whole) + 1}").status_code == 404
