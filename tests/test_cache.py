"""Answers that are kept: bounded, of one release, and never given for another."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from cartkg.facts.result_cache import Key, ResultCache
from cartkg.sparql.engines.engine import Answer
from cartkg.sparql.protocol.requests import Dataset
from cartkg.web.http.metrics import Metrics
from cartkg.web.http.settings import ServedRelease
from cartkg.web.serving.header_fields import NEGOTIATED
from cartkg.web.serving.reply import Reply
from cartkg.web.serving.response_cache import ResponseCache

NAMES = {"host": "h", "accept": "text/csv"}


@dataclass
class Request:
    """A request as Granian hands it over, but for its header fields."""

    query_string: str = "query=x"
    method: str = "GET"
    path: str = "/sparql"


@dataclass
class State:
    """What the repeats read of the app's state."""

    release: ServedRelease
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


def test_an_answer_put_again_is_counted_once_and_one_above_the_limit_is_refused() -> None:
    cache = ResultCache(limit=1_000)
    cache.put(key("a"), Answer(b"x" * 100, 1))
    held = cache.size
    cache.put(key("a"), Answer(b"y" * 100, 1))
    cache.put(key("b"), Answer(b"x" * 1_000, 1))
    assert (cache.size, cache.get(key("a")), cache.get(key("b"))) == (held, Answer(b"y" * 100, 1), None)


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


@dataclass
class Kept:
    """Repeats with the fields of one request, as the tests ask them."""

    state: State
    repeats: ResponseCache = field(init=False)

    def __post_init__(self) -> None:
        self.repeats = ResponseCache(self.state)  # type: ignore[arg-type]  # the part of the state that they read

    def find(self, request: Request | None = None, **fields: str) -> tuple[int, bytes, dict[str, str]] | None:
        read = {**NAMES, **{name.replace("_", "-"): value for name, value in fields.items()}}
        found = self.repeats.find(request or Request(), read)  # type: ignore[arg-type]  # the part that they read
        return None if found is None else (found.status, found.body, dict(found.headers))

    def keep(self, answer: Reply, release: ServedRelease, **fields: str) -> None:
        read = {**NAMES, **{name.replace("_", "-"): value for name, value in fields.items()}}
        self.repeats.keep(Request(), read, answer, release)  # type: ignore[arg-type]  # the part that they read


@pytest.fixture
def kept() -> Kept:
    return Kept(State(ServedRelease("1")))


def test_a_repeated_request_is_answered_without_the_app(kept: Kept) -> None:
    assert kept.find() is None
    kept.keep(reply(), kept.state.release)
    found = kept.find()
    assert found is not None
    assert (*found[:2], found[2]["Cartkg-Seconds"]) == (200, b"body", "0.0000")


@pytest.mark.parametrize(
    "request_", [Request("query=y"), Request(method="HEAD"), Request(path="/sparql/")], ids=["query", "method", "path"]
)
def test_a_repeated_request_that_differs_is_not_the_same(kept: Kept, request_: Request) -> None:
    kept.keep(reply(), kept.state.release)
    assert kept.find(request_) is None


@pytest.mark.parametrize("name", NEGOTIATED)
def test_a_repeated_request_that_differs_in_a_field_is_not_the_same(kept: Kept, name: str) -> None:
    kept.keep(reply(), kept.state.release)
    for value in ("other", ""):
        assert kept.find(None, **{name: value}) is None
    assert kept.find(user_agent="other") is not None


def test_a_304_is_kept_for_its_condition_only(kept: Kept) -> None:
    kept.keep(reply(), kept.state.release)
    kept.keep(Reply(304, [("ETag", '"t"')], b""), kept.state.release, if_none_match='"t"')
    assert kept.find(if_none_match='"t"') == (304, b"", {"ETag": '"t"'})
    assert kept.find(if_none_match='"t", "u"') is None
    found = kept.find()
    assert found is not None
    assert found[0] == 200


def test_nothing_of_an_old_release_is_given_after_a_reload(kept: Kept) -> None:
    old = kept.state.release
    kept.keep(reply(), old)
    kept.state.release = ServedRelease("1")
    assert kept.find() is None
    kept.keep(reply(b"late"), old)
    assert kept.find() is None


def test_responses_without_a_tag_without_a_host_or_too_large_are_not_kept(kept: Kept) -> None:
    kept.keep(Reply(200, [], b"x"), kept.state.release)
    kept.keep(reply(b"x" * 600_000), kept.state.release)
    kept.keep(Reply(503, [("ETag", '"t"')], b"x"), kept.state.release)
    assert kept.find() is None
    nameless = {"accept": "text/csv"}
    kept.repeats.keep(Request(), nameless, reply(), kept.state.release)  # type: ignore[arg-type]  # the part it reads
    assert kept.repeats.find(Request(), nameless) is None  # type: ignore[arg-type]  # the same
