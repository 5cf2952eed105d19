"""The reconciliation service: its manifest, batches with limits, suggestions, previews, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest
from tests.test_pages import StoreEngine

from cartkg.graph import KnowledgeGraph
from cartkg.namespaces import BASE
from cartkg.search.entries import entries
from cartkg.search.index import Index, write
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.views.home import BLUEPRINTS
from cartkg.web.views.searching import reconciliation

if TYPE_CHECKING:
    from flask.testing import FlaskClient

LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
OTHER = "http://www.w3.org/2004/02/skos/core#altLabel"
DOI = "https://w3id.org/cartkg/ontology#doi"
NAMES = (
    ("http://purl.obolibrary.org/obo/MONDO_0007915", LABEL, "systemic lupus erythematosus"),
    ("http://purl.obolibrary.org/obo/MONDO_0007915", OTHER, "SLE"),
    ("http://purl.obolibrary.org/obo/MONDO_0005556", LABEL, "lupus nephritis"),
    (f"{BASE}product/kyv", LABEL, "mivocabtagene autoleucel"),
    (f"{BASE}product/kyv", OTHER, "KYV-101"),
    (f"{BASE}publication/a", LABEL, "A report of lupus"),
    (f"{BASE}publication/a", DOI, "10.1000/a.1"),
    (f"{BASE}measure/x", LABEL, "twice"),
    (f"{BASE}product/x", LABEL, "twice"),
    (f"{BASE}product/evil", LABEL, "<b>&evil</b>"),
)


@pytest.fixture(scope="module", params=[True, False], ids=["index", "no index"])
def client(request: pytest.FixtureRequest) -> FlaskClient:
    graph = KnowledgeGraph()
    node = ox.NamedNode
    graph.add("http://e/g", [ox.Triple(node(thing), node(name), ox.Literal(text)) for thing, name, text in NAMES])
    index = Index(write(entries(graph))) if request.param else None
    return create_app(StoreEngine(graph.store), AppSettings(ServedRelease("x"), index=index), BLUEPRINTS).test_client()


def ask(client: FlaskClient, **queries: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    answer = client.post("/reconcile", data={"queries": json.dumps(queries)})
    assert answer.status_code == 200, answer.text
    assert client.get("/reconcile", query_string={"queries": json.dumps(queries)}).data == answer.data
    return {name: found["result"] for name, found in json.loads(answer.data).items()}


def test_the_manifest_says_what_is_offered(client: FlaskClient) -> None:
    answer = client.get("/reconcile")
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")
    told = json.loads(answer.data)
    assert told["versions"] == ["0.2"]
    assert told["view"]["url"] == "http://localhost/about?iri={{id}}"
    assert {"id": "disease", "name": "disease"} in told["defaultTypes"]
    assert {"name", "identifierSpace", "schemaSpace", "preview", "suggest"} <= told.keys()
    for offered in told["suggest"].values():
        path = (offered["service_url"] + offered["service_path"]).removeprefix("http://localhost")
        assert client.get(f"{path}?prefix=x").status_code == 200
    assert client.post("/reconcile", data={}).data == answer.data


def test_a_batch_is_answered_query_by_query(client: FlaskClient) -> None:
    found = ask(client, a={"query": "systemic lupus erythematosus"}, b={"query": "nothing like it"}, c={"query": ""})
    best = found["a"][0]
    assert best["id"] == "http://purl.obolibrary.org/obo/MONDO_0007915"
    assert (best["name"], best["type"]) == ("systemic lupus erythematosus", [{"id": "disease", "name": "disease"}])
    assert found["b"] == [] == found["c"]
    kinds = ask(
        client, a={"query": "lupus", "type": "publication"}, b={"query": "lupus", "type": ["disease"], "limit": 1}
    )
    assert [each["id"] for each in kinds["a"]] == [f"{BASE}publication/a"]
    assert len(kinds["b"]) == 1


def test_a_match_is_sure_when_a_whole_name_or_identifier_names_one_thing(client: FlaskClient) -> None:
    if client.application.extensions["cartkg"].index is None:
        assert not any(each["match"] for each in ask(client, a={"query": "SLE"})["a"]), "names alone are never sure"
        return
    for text in ("SLE", "sle", "kyv101", "10.1000/a.1", "doi:10.1000/A.1", "MONDO:0007915", "Lupus Nephritis"):
        assert [each["match"] for each in ask(client, a={"query": text})["a"]][:1] == [True], text
    for text in ("lupus", "twice"):
        assert not any(each["match"] for each in ask(client, a={"query": text, "limit": 1})["a"]), text


def test_suggestions_and_previews(client: FlaskClient) -> None:
    if client.application.extensions["cartkg"].index is not None:
        typed = json.loads(client.get("/reconcile/suggest/entity?prefix=mivoc").data)["result"]
        assert [each["id"] for each in typed] == [f"{BASE}product/kyv"]
        assert typed[0]["notable"] == [{"id": "product", "name": "product"}]
        assert json.loads(client.get("/reconcile/suggest/entity?prefix=mivoc&cursor=2").data)["result"] == []
    assert json.loads(client.get("/reconcile/suggest/type?prefix=dis").data)["result"][0]["id"] == "disease"
    shown = client.get("/reconcile/preview", query_string={"id": f"{BASE}product/evil"})
    assert "&lt;b&gt;&amp;evil&lt;/b&gt;" in shown.text
    assert "frame-ancestors *" in shown.headers["Content-Security-Policy"]
    for unknown in ("", "x", f"{BASE}product/none", "<script>"):
        assert client.get("/reconcile/preview", query_string={"id": unknown}).status_code == 404


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ("{", "queries is not JSON"),
        ("[" * 100_000, "queries is not JSON"),
        ("[]", "object of objects"),
        ('{"a": "lupus"}', "object of objects"),
        ('{"a": {}}', "query of 'a' is a text"),
        ('{"a": {"query": 3}}', "query of 'a' is a text"),
        ('{"a": {"query": "x", "kind": "y"}}', "unknown member of 'a' 'kind'"),
        ('{"a": {"query": "x", "type": "diseas"}}', "unknown type of 'a' 'diseas'; did you mean disease?"),
        ('{"a": {"query": "x", "type": {"id": 3}}}', "type of 'a' is one of"),
        ('{"a": {"query": "x", "limit": 51}}', "from 1 to 50"),
        ('{"a": {"query": "x", "limit": true}}', "from 1 to 50"),
        ('{"a": {"query": "x", "properties": [{"pid": "p", "v": "v"}]}}', "by name, identifier and type alone"),
        ('{"a": {"query": "x", "type_strict": "maybe"}}', "any, all or should"),
        (json.dumps({"a": {"query": "x" * 201}}), "at most 200 characters"),
    ],
)
def test_what_is_no_batch_is_refused_with_the_reason(client: FlaskClient, queries: str, said: str) -> None:
    answer = client.post("/reconcile", data={"queries": queries})
    assert (answer.status_code, said in json.loads(answer.data)["detail"]) == (400, True), answer.text


def test_a_batch_is_bounded(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {str(number): {"query": "x"} for number in range(101)}
    assert client.post("/reconcile", data={"queries": json.dumps(many)}).status_code == 413
    assert client.post("/reconcile", data={"queries": " " * 300_000}).status_code == 413
    monkeypatch.setattr(reconciliation, "_SECONDS", -1.0)
    late = client.post("/reconcile", data={"queries": '{"a": {"query": "x"}}'})
    assert late.status_code == 503
    assert "send fewer queries" in json.loads(late.data)["detail"]


@pytest.mark.parametrize(
    "address",
    ["/reconcile?extend={}", "/reconcile/suggest/entity?q=x", "/reconcile/preview?iri=x", "/reconcile?callback=f"],
)
def test_no_parameter_of_the_service_is_ignored(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert "unknown parameter" in json.loads(answer.data)["detail"]
