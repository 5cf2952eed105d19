"""Stores of others behind the endpoint: pages come from one release, and no question is answered from other graphs."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs

import pyoxigraph as ox
import pytest
from tests.command import cartkg
from tests.live import in_front_of, serving
from tests.test_pages import StoreEngine

from cartkg.errors import BackendError, ConfigError, LimitExceeded, RejectedByStore
from cartkg.facts.records import Records
from cartkg.facts.result_cache import ResultCache
from cartkg.formats import JSON
from cartkg.namespaces import BASE, GRAPH_ASSERTED, GRAPH_COUNTS, GRAPH_INFERRED
from cartkg.project import find
from cartkg.release.remote_store import EDITION, GRAPH_PUBLISHED
from cartkg.sparql.engines.engine import Answer, Operation
from cartkg.sparql.engines.remote import RemoteEngine
from cartkg.sparql.engines.replicas import Replicas
from cartkg.sparql.pool.jobs import Limits
from cartkg.sparql.protocol.requests import Dataset
from cartkg.web import create_app
from cartkg.web.backends import has_noted, refuse_other, release_behind, watch
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.http.state import EXTENSION
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient
    from tests.live import Live

    from cartkg.web.http.state import Serving

ROOT = Path(__file__).resolve().parents[1]
VERSION = ox.NamedNode("http://www.w3.org/2002/07/owl#versionInfo")
ONTOLOGY = ox.NamedNode("https://w3id.org/cartkg/ontology")
LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
STUDY = ox.NamedNode(f"{BASE}study/one-2024")
KIND = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


class Fails:
    """An engine that raises what it was given."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def answer(self, operation: Operation) -> Answer:  # noqa: ARG002  # as every engine
        raise self.error

    def state(self) -> dict[str, float]:
        return {"backend_failures_total": 1.0}

    def ready(self) -> bool:
        return False

    def close(self) -> None:
        pass


def stating(*versions: str, editions: tuple[str, ...] = (), graph: str = "") -> StoreEngine:
    """Return an engine over a store that states versions of the ontology and editions that were published."""
    place = ox.NamedNode(graph) if graph else ox.DefaultGraph()
    notes, noted = ox.NamedNode(GRAPH_PUBLISHED), ox.NamedNode(EDITION[1:-1])
    store = ox.Store()
    store.extend([ox.Quad(ONTOLOGY, VERSION, ox.Literal(each), place) for each in versions])
    named = [ox.NamedNode(f"{BASE}graph/{name}") for name in ("one", "two")]
    store.extend([ox.Quad(each, noted, ox.Literal(edition), notes) for edition in editions for each in named])
    return StoreEngine(store)


@pytest.mark.parametrize("graph", ["", f"{BASE}graph/ontology"])
@pytest.mark.parametrize(
    ("versions", "said"),
    [
        (("2026-11-22",), "2026-11-22"),
        ((), "unreleased"),
        (("2026-11-22", "2026-11-23"), "unreleased"),
        (("2026\r\nSet-Cookie: x",), "unreleased"),
        (("../../etc",), "unreleased"),
    ],
)
def test_the_release_of_a_backend_is_what_its_data_state(versions: tuple[str, ...], said: str, graph: str) -> None:
    assert release_behind(stating(*versions, graph=graph)) == ServedRelease(said)


@pytest.mark.parametrize(
    ("editions", "same"), [(("abc",), True), (("abd",), False), (("abc", "abd"), False), ((), False)]
)
def test_an_edition_is_compared_with_the_one_that_was_noted(editions: tuple[str, ...], *, same: bool) -> None:
    backend, release = stating(editions=editions), ServedRelease("2026-11-22", digest="abc")
    assert has_noted(backend, "abc") is same
    if same or not editions:
        refuse_other(backend, release, "my-store")
    else:
        with pytest.raises(ConfigError, match="my-store: has another release than the backend"):
            refuse_other(backend, release, "my-store")


def test_nothing_is_noted_of_data_without_an_edition() -> None:
    assert not has_noted(stating(editions=("",)), "")


@pytest.mark.parametrize("error", [BackendError("is away"), LimitExceeded("is slow", limit="time")])
def test_a_backend_that_cannot_be_asked_is_not_refused_and_named(
    error: BackendError, caplog: pytest.LogCaptureFixture
) -> None:
    refuse_other(Fails(error), ServedRelease("2026-11-22", digest="abc"), "my-store")
    assert error.message in caplog.text


def test_pages_name_the_release_of_the_backend_once_it_answers() -> None:
    app = create_app(Fails(BackendError("is away")), AppSettings(ServedRelease("x"), find(ROOT)), BLUEPRINTS)
    state: Serving = app.extensions[EXTENSION]
    for engine, said in ((stating("2026-11-22"), "2026-11-22"), (Fails(BackendError("is away")), "unknown")):
        done = threading.Event()

        class Once(StoreEngine):
            def answer(self, operation: Operation, engine: object = engine, done: threading.Event = done) -> Answer:
                done.set()
                return engine.answer(operation)  # type: ignore[attr-defined,no-any-return]

        ended = watch(Once(ox.Store()), state)
        assert done.wait(10)
        ended.set()
        until = threading.Event()
        for _ in range(100):
            if state.release.data_version == said:
                break
            until.wait(0.05)
        assert state.release.data_version == said


class Dated(StoreEngine):
    """An engine that says which edition it answers from."""

    def answer(self, operation: Operation) -> Answer:
        return replace(super().answer(operation), edition="d1")


@pytest.fixture
def client() -> FlaskClient:
    """Return a client of an app whose pages come from one store and whose users ask another."""
    own, users = ox.Store(), ox.Store()
    for store, name in ((own, "of the release"), (users, "of others")):
        store.add(ox.Quad(STUDY, KIND, ox.NamedNode("https://w3id.org/cartkg/ontology#Study")))
        store.add(ox.Quad(STUDY, LABEL, ox.Literal(name)))
    settings = AppSettings(ServedRelease("2026-11-22", digest="d1"), find(ROOT))
    return create_app(StoreEngine(users), settings, BLUEPRINTS, Dated(own)).test_client()


def test_pages_come_from_the_release_and_users_queries_from_the_backend(client: FlaskClient) -> None:
    page = client.get("/study/one-2024", headers={"Accept": "text/html"})
    assert "of the release" in page.text
    assert "of others" not in page.text
    query = f"SELECT ?name {{ <{STUDY.value}> <{LABEL.value}> ?name }}"
    table = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/csv"})
    assert table.text.split("\r\n")[:2] == ["name", "of others"]
    assert "ETag" not in table.headers, "nothing is known of when the backend changes"
    assert "of others" in client.get("/query", query_string={"query": query}).text
    answer = client.get("/questions/trials/answer?format=csv")
    assert (answer.status_code, "ETag" in answer.headers) == (200, True), "stored questions are asked of the release"


def test_a_server_is_ready_when_both_are() -> None:
    down, up = Fails(BackendError("is away")), StoreEngine(ox.Store())
    for users, own in ((down, up), (up, down)):
        client = create_app(users, AppSettings(ServedRelease("x"), find(ROOT)), BLUEPRINTS, own).test_client()
        assert client.get("/health").status_code == 503
        assert "backend_failures_total 1" in client.get("/metrics").text


def test_a_question_of_ours_that_a_backend_rejects_is_no_fault_of_the_reader() -> None:
    rejecting = Fails(RejectedByStore("the backend rejected the query"))
    ours = Records(rejecting, ResultCache())
    with pytest.raises(BackendError, match=r"which ends in: SELECT \* \{ \}"):
        ours.table("SELECT *\n{ }")
    with pytest.raises(RejectedByStore):
        Records(rejecting, ResultCache(), ours=False).table("SELECT * { }")
    client = create_app(rejecting, AppSettings(ServedRelease("x"), find(ROOT)), BLUEPRINTS).test_client()
    assert client.get("/overlaps", headers={"Accept": "text/html"}).status_code == 502
    assert client.get("/sparql?query=ASK%7B%7D").status_code == 400


class Backend(BaseHTTPRequestHandler):
    """A store whose derived graphs are in its default graph, and that may keep what is stated apart."""

    derives = True
    apart = False
    asked: ClassVar[list[tuple[str, list[str]]]]

    def do_POST(self) -> None:  # the library's name
        fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        query, graphs = fields["query"][0], fields.get("default-graph-uri", [])
        self.asked.append((query, graphs))
        truth = self.apart if query.startswith(f"ASK FROM <{GRAPH_ASSERTED}>") else self.derives
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.end_headers()
        self.wfile.write(json.dumps({"head": {}, "boolean": truth}).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(("derives", "apart"), [(True, True), (True, False), (False, False)])
def test_what_is_stated_is_asked_apart_or_not_at_all(*, derives: bool, apart: bool) -> None:
    handler: type[Backend] = type("Case", (Backend,), {"derives": derives, "apart": apart, "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        engine = RemoteEngine(Replicas([f"http://127.0.0.1:{server.server_port}/"]), Limits())
        wish = Operation("ASK { ?s ?p ?o }", JSON, Dataset(stated=True))
        if derives and not apart:
            with pytest.raises(BackendError, match="add --store"):
                engine.answer(wish)
            assert wish.query not in [query for query, _ in handler.asked]
        else:
            for _ in range(2):
                engine.answer(wish)
            ours = [graphs for query, graphs in handler.asked if query == wish.query]
            assert ours == [[GRAPH_ASSERTED] if derives else []] * 2
            assert len(handler.asked) == len(ours) + 1 + derives, "what the store is, is asked once a minute"
        assert all(f"<{graph}>" in handler.asked[0][0] for graph in (GRAPH_INFERRED, GRAPH_COUNTS))
        server.shutdown()


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def front(live: Live) -> Iterator[Live]:
    with in_front_of(live.url) as server:
        yield server


@pytest.mark.parametrize("page", ["/study", "/study/one-2024", "/diseases", "/graph/asserted", "/search?q=one"])
def test_pages_in_front_of_our_own_endpoint_are_its_pages(front: Live, live: Live, page: str) -> None:
    mine, theirs = (each.request("GET", page, {"Accept": "text/html"}) for each in (front, live))
    assert mine.status == theirs.status
    said = mine.text.replace(str(front.port), str(live.port))
    assert said.replace("unknown", "unreleased") == theirs.text.replace("unknown", "unreleased")


def test_data_and_backend_contradict(tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text("<http://a.example/s> <http://a.example/p> <http://a.example/o> .\n", "utf-8")
    done = cartkg(ROOT, "serve", "--backend", "http://127.0.0.1:9/", "--data", str(tmp_path / "a.nt"))
    assert (done.returncode, "--data and --backend" in done.stderr) == (3, True)


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("ASK { <s> ?p ?o }", f"BASE <{BASE}> ASK {{ <s> ?p ?o }}"),
        ("ASK { <//a.example/s> ?p 'urn:x' }", f"BASE <{BASE}> ASK {{ <//a.example/s> ?p 'urn:x' }}"),
        ("BASE <b/> ASK { <s> ?p ?o }", f"BASE <{BASE}> BASE <b/> ASK {{ <s> ?p ?o }}"),
        ("ASK { <urn:s> ?p '<s>' FILTER(?p < 3 || ?p > 4) } # <s>", None),
        ("PREFIX a: <http://a.example/> ASK { a:s ?p ?o }", None),
    ],
)
def test_relative_iris_are_relative_to_the_project_in_front_of_every_store(query: str, sent: str | None) -> None:
    handler: type[Backend] = type("Case", (Backend,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        RemoteEngine(Replicas([f"http://127.0.0.1:{server.server_port}/"]), Limits()).answer(Operation(query, JSON))
        assert [asked for asked, _ in handler.asked] == [sent or query]
        server.shutdown()
