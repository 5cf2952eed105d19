"""Several stores behind one endpoint: queries go on while one of them is down, busy, or answers with something else."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from cartkg import formats
from cartkg.errors import BackendError, ConfigError, LimitExceeded, QueryError
from cartkg.sparql.engines import exchange, replicas
from cartkg.sparql.engines.engine import Operation
from cartkg.sparql.engines.remote import RemoteEngine
from cartkg.sparql.engines.replicas import Replicas
from cartkg.sparql.pool.jobs import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMITS = Limits(seconds=5.0, result=64 * 1024)
ASK = Operation("ASK {}", formats.JSON)
RESULTS = "application/sparql-results+json"
YES = json.dumps({"head": {}, "boolean": True}).encode()


@dataclass
class Store:
    """A store that answers as it is told, and notes what it was asked."""

    status: int = 200
    media_type: str = RESULTS
    body: bytes = YES
    cut: bool = False
    hangs_up: bool = False
    seconds: float = 0.0
    asked: list[str] = field(default_factory=list)
    connections: set[int] = field(default_factory=set)
    url: str = ""


@contextmanager
def running(store: Store) -> Iterator[Store]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the library's name
            self.rfile.read(int(self.headers["Content-Length"]))
            store.asked.append(self.headers.get("Authorization", ""))
            store.connections.add(self.client_address[1])
            sleep(store.seconds)
            self.send_response(store.status)
            self.send_header("Content-Type", store.media_type)
            self.send_header("Content-Length", str(len(store.body) + (9 if store.cut else 0)))
            self.end_headers()
            self.wfile.write(store.body)
            self.close_connection = store.cut or store.hangs_up

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        store.url = f"http://127.0.0.1:{server.server_port}/sparql"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield store
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def engine_over(*urls: str, authorization: str = "") -> Iterator[RemoteEngine]:
    engine = RemoteEngine(Replicas(urls, authorization), LIMITS)
    try:
        yield engine
    finally:
        engine.close()


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}/sparql"


def until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = monotonic() + seconds
    while not condition() and monotonic() < end:
        sleep(0.02)
    return condition()


def test_a_store_that_is_down_is_passed_over_and_asked_again_once_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replicas, "_REST", 0.05)
    down = closed_port()
    with running(Store()) as other, engine_over(down, other.url) as engine:
        answers = [engine.answer(ASK) for _ in range(6)]
        assert [answer.body for answer in answers] == [YES] * 6
        assert len(other.asked) == 6
        assert engine.state() == {
            "backend_failures_total": 1.0,
            "backend_replicas": 2.0,
            "backend_replicas_up": 1.0,
        }
        port = int(down.rpartition(":")[2].partition("/")[0])
        with socket.create_server(("127.0.0.1", port)) as back:
            thread = threading.Thread(target=_answer_once, args=(back,), daemon=True)
            thread.start()
            assert until(lambda: engine.state()["backend_replicas_up"] == 2.0)
            thread.join()


def _answer_once(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(4096)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {RESULTS}\r\nContent-Length: {len(YES)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + YES)


@pytest.mark.parametrize(
    "odd",
    [
        Store(status=503, body=b"busy"),
        Store(status=429, body=b""),
        Store(status=502, media_type="text/html", body=b"<html>no store</html>"),
        Store(media_type="text/html", body=b"<html>maintenance</html>"),
        Store(body=YES, cut=True),
        Store(body=b'{"head": {}, "boo'),
    ],
    ids=["busy", "too-many", "gateway", "html", "cut", "half"],
)
def test_where_one_store_fails_another_answers(odd: Store) -> None:
    with running(odd), running(Store()) as other, engine_over(odd.url, other.url) as engine:
        for _ in range(4):
            assert engine.answer(ASK).body == YES
        assert odd.asked
        assert len(other.asked) == 4


def test_what_the_query_is_to_blame_for_is_asked_once() -> None:
    with running(Store(status=400, body=b"no")) as one, running(Store(status=400, body=b"no")) as two:
        with engine_over(one.url, two.url) as engine, pytest.raises(QueryError):
            engine.answer(ASK)
        assert len(one.asked) + len(two.asked) == 1


def test_when_all_fail_the_last_failure_is_reported_and_they_are_tried_again() -> None:
    down = closed_port()
    with running(Store(status=503)) as busy, engine_over(busy.url, down) as engine:
        with pytest.raises(BackendError, match=r"cannot be reached|busy"):
            engine.answer(ASK)
        assert not engine.ready()
        busy.status = 200
        assert engine.answer(ASK).body == YES  # both rest, so both are asked


def test_a_slow_store_is_not_asked_twice() -> None:
    with running(Store(seconds=1.0)) as slow, running(Store(seconds=1.0)) as other:
        with engine_over(slow.url, other.url) as engine, pytest.raises(LimitExceeded, match="too long"):
            engine.answer(Operation("ASK {}", formats.JSON, timeout=0.2))
        assert len(slow.asked) + len(other.asked) == 1


def test_queries_are_spread_over_the_stores() -> None:
    with running(Store()) as one, running(Store()) as two, engine_over(one.url, two.url) as engine:
        for _ in range(10):
            engine.answer(ASK)
        assert (len(one.asked), len(two.asked)) == (5, 5)


def test_a_connection_is_used_again_until_the_store_closes_it() -> None:
    with running(Store()) as store, engine_over(store.url) as engine:
        for _ in range(5):
            engine.answer(ASK)
        assert len(store.connections) == 1


@pytest.mark.parametrize("is_seen", [True, False], ids=["before", "meanwhile"])
def test_a_connection_that_the_store_closed_is_replaced(is_seen: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    if not is_seen:  # the store closes it between our look and our request
        monkeypatch.setattr(exchange._Pinned, "is_quiet", lambda _: True)
    with running(Store(hangs_up=True)) as store, engine_over(store.url) as engine:
        for _ in range(3):
            assert engine.answer(ASK).body == YES
            sleep(0.05)
        assert len(store.connections) == len(store.asked) == 3


def test_stores_get_the_authorization_and_errors_do_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    with running(Store()) as store, engine_over(store.url, authorization="Bearer secret") as engine:
        engine.answer(ASK)
        assert store.asked == ["Bearer secret"]
    with engine_over(closed_port(), authorization="Bearer secret") as engine:
        with pytest.raises(BackendError) as error:
            engine.answer(ASK)
        assert "secret" not in f"{error.value!r}{error.value}{caplog.text}"


@pytest.mark.parametrize(
    ("urls", "authorization", "message"),
    [
        (["http://user:secret@127.0.0.1/"], "", "no user or password"),
        (["http://127.0.0.1/a", "http://127.0.0.1/a"], "", "named twice"),
        (["ftp://127.0.0.1/"], "", "not an HTTP address"),
        (["http://127.0.0.1/"], "a\r\nX: b", "line break"),
    ],
)
def test_addresses_that_cannot_be_used_are_refused(urls: list[str], authorization: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        Replicas(urls, authorization)
    assert "secret" not in str(error.value)
