"""A release reaches a real server whole: beside the old one, then in its place; cut off, it goes on."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from tests.command import cartkg
from tests.foreign_stores import STORES
from tests.live import free_port
from tests.test_stores import QUADS

from cartkg.errors import BackendError, ConfigError
from cartkg.graph import KnowledgeGraph
from cartkg.namespaces import BASE
from cartkg.pipeline.storing import store_files
from cartkg.release import remote_store
from cartkg.release.remote_store import GRAPH_PUBLISHED, RemoteStore, publish_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

G = "http://a.example/graph/"


@pytest.fixture(scope="module", params=STORES)
def server(request: pytest.FixtureRequest) -> Iterator[RemoteStore]:
    with STORES[request.param]() as store:
        yield store


@pytest.fixture(params=["graph store protocol", "updates"])
def target(server: RemoteStore, request: pytest.FixtureRequest) -> RemoteStore:
    if "graph" in request.param and not server.graphs:
        pytest.skip("it has no Graph Store Protocol")
    remote = server if "graph" in request.param else replace(server, graphs="")
    for graph in (*there(remote), GRAPH_PUBLISHED):
        remote_store._update(f"DROP SILENT GRAPH <{graph}>", remote)
    return remote


def of(*quads: ox.Quad) -> ox.Store:
    return KnowledgeGraph.of_quads(quads).store


def numbered(graph: str, count: int) -> list[ox.Quad]:
    place, said = ox.NamedNode(G + graph), ox.NamedNode("http://a.example/p")
    return [ox.Quad(ox.NamedNode(f"http://a.example/{n}"), said, ox.Literal(n), place) for n in range(count)]


def there(target: RemoteStore) -> dict[str, int]:
    rows = remote_store._rows("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g", target)
    counts = {row["g"]: int(row["n"]) for row in rows if "g" in row}  # rdflib counts a group of nothing
    return {
        graph: number
        for graph, number in counts.items()
        if graph.startswith((G, f"{BASE}graph/")) and graph != GRAPH_PUBLISHED
    }


def is_so(pattern: str, target: RemoteStore) -> bool:
    return remote_store._rows(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}", target)[0]["n"] != "0"


@pytest.mark.whole
def test_all_graphs_arrive_whole(target: RemoteStore, request: pytest.FixtureRequest) -> None:
    if not target.graphs and request.node.callspec.params["server"] == "Virtuoso":
        with pytest.raises(BackendError, match="Blank node"):
            publish_to(of(*QUADS), "first", target)
        return
    done = publish_to(of(*QUADS), "first", target)
    assert (done.triples, done.sent, done.removed) == (9, 9, 0)
    assert there(target) == dict(Counter(str(quad.graph_name)[1:-1] for quad in QUADS))
    assert is_so("GRAPH <https://w3id.org/cartkg/graph/one> { ?b ?p ?o FILTER(ISBLANK(?b)) }", target)


@pytest.mark.whole
def test_a_release_replaces_the_one_before(target: RemoteStore) -> None:
    remote_store._update(f"INSERT DATA {{ GRAPH <{G}own> {{ <a:a> <a:b> 1 }} }}", target)
    publish_to(of(*numbered("one", 5), *numbered("two", 3)), "first", target)
    done = publish_to(of(*numbered("one", 2), *numbered("three", 4)), "second", target)
    assert done.removed == 1
    assert there(target) == {f"{G}one": 2, f"{G}three": 4, f"{G}own": 1}, "graphs of others stay"


@pytest.mark.whole
def test_a_release_that_is_there_is_not_sent_again(target: RemoteStore) -> None:
    store = of(*numbered("one", 5))
    publish_to(store, "first", target)
    assert publish_to(store, "first", target).sent == 0


@pytest.mark.whole
def test_only_graphs_with_another_content_are_sent(target: RemoteStore) -> None:
    publish_to(of(*numbered("one", 5), *numbered("two", 3)), "first", target)
    other = [ox.Quad(quad.subject, quad.predicate, ox.Literal("other"), quad.graph_name) for quad in numbered("two", 3)]
    done = publish_to(of(*numbered("one", 5), *other), "second", target)
    assert (done.triples, done.sent) == (8, 3), "two has as many triples as before, with other values"
    assert there(target) == {f"{G}one": 5, f"{G}two": 3}
    assert is_so(f'GRAPH <{G}two> {{ ?s ?p "other" }}', target)


@pytest.mark.whole
def test_a_first_release_is_loaded_at_its_place_and_goes_on_there(
    target: RemoteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    updates: list[str] = []
    update, send = remote_store._update, remote_store._send

    def noted(text: str, remote: RemoteStore, *rest: float) -> None:
        updates.append(text)
        update(text, remote, *rest)

    monkeypatch.setattr(remote_store, "_update", noted)
    monkeypatch.setattr(remote_store, "_BATCH", 1000)
    monkeypatch.setattr(remote_store, "_UPDATE_BATCH", 1000)

    def cut(held: dict[str, list[str]], remote: RemoteStore) -> None:
        send(held, remote)
        raise BackendError("is gone", remote.update)

    monkeypatch.setattr(remote_store, "_send", cut)
    with pytest.raises(BackendError, match="is gone"):
        publish_to(of(*numbered("one", 100)), "first", target)
    sent = there(target)[f"{G}one"]
    assert 0 < sent < 100
    monkeypatch.setattr(remote_store, "_send", send)
    assert publish_to(of(*numbered("one", 100)), "first", target).sent == 100 - sent
    assert there(target) == {f"{G}one": 100}
    assert not any("MOVE" in each for each in updates)


@pytest.mark.whole
def test_a_graph_of_others_with_the_name_of_ours_is_replaced_at_once(target: RemoteStore) -> None:
    remote_store._update(f"INSERT DATA {{ GRAPH <{G}one> {{ <a:a> <a:b> 1 }} }}", target)
    assert publish_to(of(*numbered("one", 5)), "first", target).sent == 5
    assert there(target) == {f"{G}one": 5}


@pytest.mark.whole
def test_what_a_first_release_left_when_it_was_cut_off_gives_way_to_another(
    target: RemoteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(remote_store, "_switch", lambda *_: remote_store._refuse({"x": (0, 1)}, target))
        with pytest.raises(BackendError):
            publish_to(of(*numbered("one", 5), *numbered("old", 4)), "first", target)
    publish_to(of(*numbered("one", 3)), "second", target)
    assert there(target) == {f"{G}one": 3}


@pytest.mark.whole
def test_a_run_that_was_cut_off_goes_on(target: RemoteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store, send = of(*numbered("one", 100)), remote_store._send
    calls: list[int] = []
    publish_to(of(*numbered("one", 7)), "before", target)
    monkeypatch.setattr(remote_store, "_BATCH", 1000)
    monkeypatch.setattr(remote_store, "_UPDATE_BATCH", 1000)

    def cut(held: dict[str, list[str]], remote: RemoteStore) -> None:
        calls.append(sum(map(len, held.values())))
        if len(calls) == 4:
            raise BackendError("is gone", remote.update)
        send(held, remote)

    monkeypatch.setattr(remote_store, "_send", cut)
    with pytest.raises(BackendError, match="is gone"):
        publish_to(store, "first", target)
    assert there(target)[f"{G}one"] == 7, "the release before is served meanwhile"
    done = publish_to(store, "first", target)
    assert done.sent == 100 - sum(calls[:3])
    assert there(target) == {f"{G}one": 100}


@pytest.mark.whole
def test_a_store_that_has_another_count_keeps_the_release_before(
    target: RemoteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_to(of(*numbered("one", 7)), "before", target)
    send = remote_store._send
    monkeypatch.setattr(remote_store, "_send", lambda held, remote: send({g: held[g][1:] for g in held}, remote))
    with pytest.raises(BackendError, match=r"has 8 triples of .* in place of 9"):
        publish_to(of(*numbered("one", 9)), "first", target)
    assert there(target) == {f"{G}one": 7}


@pytest.mark.whole
@pytest.mark.parametrize("is_first", [True, False])
def test_a_store_that_has_other_triples_keeps_the_release_before(
    target: RemoteStore, monkeypatch: pytest.MonkeyPatch, *, is_first: bool
) -> None:
    if not is_first:
        publish_to(of(*numbered("one", 7)), "before", target)
    send = remote_store._send

    def altered(held: dict[str, list[str]], remote: RemoteStore) -> None:
        send({graph: [line.replace("example/3>", "example/x>") for line in held[graph]] for graph in held}, remote)

    with monkeypatch.context() as patch:
        patch.setattr(remote_store, "_send", altered)
        with pytest.raises(BackendError, match="not those that were sent"):
            publish_to(of(*numbered("one", 9)), "first", target)
    assert there(target) == ({} if is_first else {f"{G}one": 7})
    assert publish_to(of(*numbered("one", 9)), "first", target).sent == 9


@pytest.mark.whole
def test_letters_of_any_script_arrive(target: RemoteStore) -> None:
    subject, said, place = (ox.NamedNode(f"http://a.example/{each}") for each in ("s", "p", "graph/one"))
    texts = ("ü", "…", "\U0001d4b3", "a\nb\t", "\u00e9" * 50, "", "50 %", "(*) [^ -~]")
    literals = [ox.Literal(text, language=language) for text in texts for language in (None, "de")]
    numbers = [ox.Literal(value) for value in (7, 2.5, True)]
    publish_to(of(*(ox.Quad(subject, said, each, place) for each in (*literals, *numbers))), "first", target)
    assert there(target) == {f"{G}one": len(literals) + len(numbers)}


class Html(BaseHTTPRequestHandler):
    """A server that is none of SPARQL."""

    status = 200
    body = b"<p>Hello</p>"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(("status", "words"), [(200, "answers a query with text/html"), (401, "answers 401: <p>Hello")])
def test_another_kind_of_server_is_named(status: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Html, "status", status)
    with HTTPServer(("127.0.0.1", 0), Html) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{other.server_port}/"
        with pytest.raises(BackendError, match=words):
            publish_to(of(*numbered("one", 1)), "first", RemoteStore(url, url))
        other.shutdown()


@pytest.mark.parametrize(
    "body",
    [b"[]", b'{"results":{"bindings":1}}', b'{"results":{"bindings":[{"g":1}]}}', b"[" * 100_000, b"\xff"],
)
def test_an_answer_other_than_a_table_is_named(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Html, "body", body)
    with HTTPServer(("127.0.0.1", 0), Html) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{other.server_port}/"
        with pytest.raises(BackendError, match="answers a query with text/html"):
            publish_to(of(*numbered("one", 1)), "first", RemoteStore(url, url))
        other.shutdown()


@pytest.mark.parametrize("body", [b'{"results":{"bindings":[]}}', b'{"results":{"bindings":[{"x":{"value":"1"}}]}}'])
def test_a_table_of_something_else_publishes_nothing(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Html, "body", body)
    with HTTPServer(("127.0.0.1", 0), Html) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{other.server_port}/"
        with pytest.raises(BackendError, match=r"in place of 1|no number"):
            publish_to(of(*numbered("one", 1)), "first", RemoteStore(url, url))
        other.shutdown()


def test_a_server_that_is_not_there_is_named() -> None:
    url = f"http://127.0.0.1:{free_port()}/update"
    with pytest.raises(BackendError, match="cannot be reached"):
        publish_to(of(*numbered("one", 1)), "first", RemoteStore(url, url))


def test_addresses_are_checked_before_anything_is_read() -> None:
    with pytest.raises(ConfigError, match="not an HTTP address"):
        RemoteStore("file:///x", "http://a.example/")


@pytest.mark.whole
def test_a_store_on_disk_is_published_by_the_command(server: RemoteStore, tmp_path: Path) -> None:
    KnowledgeGraph.of_quads(QUADS).write_dump(tmp_path / "d.nq")
    store_files((tmp_path / "d.nq",), tmp_path / "store")
    there = ("--to", server.update, "--query", server.query, "--graph-store", server.graphs)
    done = cartkg(tmp_path, "publish", *there, "--store", str(tmp_path / "store"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("9 triples in 4 graphs, 9 sent")
