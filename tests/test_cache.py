"""Answers that are kept: bounded, of one release, and never given for another."""

from __future__ import annotations

from dataclasses import dataclass, field

from cartkg.sparql.engines import Answer
from cartkg.sparql.protocol import Dataset
from cartkg.web.cache import Key, ResultCache
from cartkg.web.metrics import Metrics
from cartkg.web.serving.bridge import Reply
from cartkg.web.serving.repeats import Repeats
from cartkg.web.settings import Release

NAMES = {"host": "h", "accept": "text/csv"}


@dataclass
class Request:
    """A request as Granian hands it over."""

    query_string: str = "query=x"
    method: str = "GET"
    path: str = "/sparql"
    headers: dict[str, str] = field(default_factory=lambda: dict(NAMES))


@dataclass
class State:
    """What the repeats read of the app's state."""

    release: Release
    metrics: Metrics = field(default_factory=Metrics)


def key(query: str = "q", release: str = "r") -> Key:
    return Key(release, query, Dataset(), "json")


def reply(body: bytes = b"body", tag: str = '"t"') -> Reply:
    return Reply(200, [("ETag", tag), ("Content-Length", str(len(body))), ("Cartkg-Seconds", "1.5")], body)


def test_an_answer_is_given_again_for_the_same_release_only() -> None:
    cache = ResultCache()
    cache.put(key(), Answer(b"x", 1))
    assert cache.get(key()) == Answer(b"x", 1)
    assert cache.get(key(release="s")) is None
    assert cache.get(key("other")) is None


def test_what_is_cut_too_large_or_of_no_release_is_not_kept() -> None:
    cache = ResultCache(limit=10_000, largest=100)
    cache.put(key("a"), Answer(b"x", 1, cut_by="bytes"))
    cache.put(key("b"), Answer(b"x" * 101, 1))
    cache.put(key("c", ""), Answer(b"x", 1))
    assert cache.size == 0


def test_the_least_used_answers_make_room() -> None:
    cache = ResultCache(limit=3_000, largest=1_000)
    for name in "abc":
        cache.put(key(name), Answer(b"x" * 400, 1))
        cache.get(key("a"))
    cache.put(key("d"), Answer(b"x" * 400, 1))
    assert cache.get(key("a")) is not None
    assert cache.get(key("b")) is None
    assert cache.size <= 3_000
    cache.clear()
    assert (cache.size, cache.get(key("a"))) == (0, None)


def test_a_repeated_request_is_answered_without_the_app() -> None:
    state = State(Release("1"))
    repeats = Repeats(state)  # type: ignore[arg-type]  # the part of the state that it reads
    request = Request()
    assert repeats.find(request) is None  # type: ignore[arg-type]  # the part of a request that it reads
    repeats.keep(request, reply(), state.release)  # type: ignore[arg-type]  # the same
    kept = repeats.find(request)  # type: ignore[arg-type]  # the same
    assert kept is not None
    assert (kept.status, kept.body, ("Cartkg-Seconds", "0.0000") in kept.headers) == (200, b"body", True)


def test_a_repeated_request_that_differs_is_not_the_same() -> None:
    state = State(Release("1"))
    repeats = Repeats(state)  # type: ignore[arg-type]  # the part of the state that it reads
    repeats.keep(Request(), reply(), state.release)  # type: ignore[arg-type]  # the part of a request that it reads
    for other in (
        Request("query=y"),
        Request(method="HEAD"),
        Request(path="/sparql/"),
        Request(headers={**NAMES, "accept": "text/html"}),
        Request(headers={**NAMES, "host": "i"}),
        Request(headers={**NAMES, "accept-encoding": "gzip"}),
    ):
        assert repeats.find(other) is None  # type: ignore[arg-type]  # the same


def test_a_repeated_request_with_its_tag_gets_304_without_a_body() -> None:
    state = State(Release("1"))
    repeats = Repeats(state)  # type: ignore[arg-type]  # the part of the state that it reads
    repeats.keep(Request(), reply(), state.release)  # type: ignore[arg-type]  # the part of a request that it reads
    kept = repeats.find(Request(headers={**NAMES, "if-none-match": 'W/"s", "t"'}))  # type: ignore[arg-type]  # the same
    assert kept is not None
    assert (kept.status, kept.body) == (304, b"")
    assert "Content-Length" not in dict(kept.headers)


def test_nothing_of_an_old_release_is_given_after_a_reload() -> None:
    state = State(Release("1"))
    repeats = Repeats(state)  # type: ignore[arg-type]  # the part of the state that it reads
    old = state.release
    repeats.keep(Request(), reply(), old)  # type: ignore[arg-type]  # the part of a request that it reads
    state.release = Release("1")
    assert repeats.find(Request()) is None  # type: ignore[arg-type]  # the same
    repeats.keep(Request(), reply(b"late"), old)  # type: ignore[arg-type]  # the same
    assert repeats.find(Request()) is None  # type: ignore[arg-type]  # the same


def test_responses_without_a_tag_or_too_large_are_not_kept() -> None:
    state = State(Release("1"))
    repeats = Repeats(state)  # type: ignore[arg-type]  # the part of the state that it reads
    repeats.keep(Request(), Reply(200, [], b"x"), state.release)  # type: ignore[arg-type]  # the same
    repeats.keep(Request(), reply(b"x" * 100_000), state.release)  # type: ignore[arg-type]  # the same
    repeats.keep(Request(), Reply(503, [("ETag", '"t"')], b"x"), state.release)  # type: ignore[arg-type]  # the same
    assert repeats.find(Request()) is None  # type: ignore[arg-type]  # the same
