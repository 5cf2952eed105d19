"""Accept-Encoding header -> content coding, from the table cases/encoding.tsv; and what is sent in one."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.live import serving

from cartkg.errors import NotAcceptable
from cartkg.web.http import content_coding

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.live import Live, Said

TABLE = Path(__file__).parent / "cases" / "encoding.tsv"
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": zstd.decompress,
    "identity": bytes,
}
LARGE = f"/sparql?{urlencode({'query': 'SELECT * { ?a ?b ?c . ?d ?e ?f }'})}"
SMALL = "/sparql?query=ASK%7B%7D"
CODED = ("gzip", "br", "zstd")


def rows() -> list[list[str]]:
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [line.split("\t") for line in lines]


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row[3]} [{row[0]}]")
def test_the_coding_is_the_one_in_the_table(row: list[str]) -> None:
    accept, expected, plain, _ = row
    header = None if accept == "-" else accept
    if expected == "406":
        with pytest.raises(NotAcceptable) as caught:
            content_coding.choose(header)
        assert caught.value.offers == ("zstd", "br", "gzip", "identity")
    else:
        wish = content_coding.choose(header)
        assert (wish.coding.name, wish.plain) == (expected, plain == "yes")


@given(st.text(max_size=300) | st.from_regex(r"(gzip|br|zstd|identity|\*)(;q=[01](\.\d{0,3})?)?(, ?(gzip|\*))*"))
def test_any_header_gives_a_coding_that_it_takes_or_a_refusal(accept: str) -> None:
    try:
        wish = content_coding.choose(accept)
    except NotAcceptable:
        assert "0" in accept
    else:
        qualities = content_coding.parse(accept)
        assert qualities.get(wish.coding.name, qualities.get("*", 0)) > 0 or wish.coding is content_coding.IDENTITY


@given(st.binary(max_size=4000), st.sampled_from(content_coding.OFFERED))
def test_what_is_packed_unpacks_to_the_same(body: bytes, coding: content_coding.Coding) -> None:
    assert UNPACK[coding.name](coding.pack(body)) == body


def test_each_coding_has_a_tag_of_its_own() -> None:
    assert len({one.suffix for one in (*content_coding.OFFERED, content_coding.IDENTITY)}) == 4


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with serving("--timeout", "5") as server:
        yield server


def ask(live: Live, path: str, accept: str | None, method: str = "GET", **more: str) -> Said:
    headers = {"Accept-Encoding": accept} if accept is not None else {}
    return live.request(method, path, {**headers, **{name.replace("_", "-"): value for name, value in more.items()}})


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize("path", [LARGE, "/"])
def test_a_large_answer_is_packed_with_a_tag_of_its_own(live: Live, path: str, coding: str) -> None:
    plain, packed = ask(live, path, "identity"), ask(live, path, coding)
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == coding
    assert len(packed.body) < len(plain.body) / 2
    assert UNPACK[coding](packed.body) == plain.body
    assert packed.headers["etag"] == f'{plain.headers["etag"][:-1]}-{coding}"'
    for said in (plain, packed):
        assert "Accept-Encoding" in said.headers["vary"]
        assert int(said.headers["content-length"]) == len(said.body)


@pytest.mark.parametrize("coding", [*CODED, "identity"])
@pytest.mark.parametrize("path", [LARGE, "/"])
def test_who_holds_a_form_is_told_that_this_form_is_good(live: Live, path: str, coding: str) -> None:
    tag = ask(live, path, coding).headers["etag"]
    again = ask(live, path, coding, If_None_Match=f'"other", {tag}')
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert ask(live, path, coding, If_None_Match='"other"').status == 200
    assert ask(live, path, coding, If_None_Match=f"W/{tag}").status == 304
    assert ask(live, path, coding, If_None_Match="*").status == 304


def test_a_condition_does_not_make_a_refused_query_good(live: Live) -> None:
    assert ask(live, "/sparql?query=nonsense", None, If_None_Match="*").status == 400


def test_a_post_is_answered_whatever_the_client_holds(live: Live) -> None:
    tag = ask(live, SMALL, None).headers["etag"]
    headers = {"Content-Type": "application/sparql-query", "If-None-Match": tag}
    assert live.request("POST", "/sparql", headers, b"ASK{}").status == 200


@pytest.mark.parametrize("accept", [*CODED, "*", None])
def test_a_small_answer_stays_as_it_is(live: Live, accept: str | None) -> None:
    said = ask(live, SMALL, accept)
    assert "content-encoding" not in said.headers
    assert json.loads(said.body)["boolean"] is True


@pytest.mark.parametrize("coding", CODED)
def test_a_small_answer_is_packed_for_who_takes_nothing_else(live: Live, coding: str) -> None:
    said = ask(live, SMALL, f"{coding}, *;q=0")
    assert json.loads(UNPACK[said.headers["content-encoding"]](said.body))["boolean"] is True


@pytest.mark.parametrize("path", [LARGE, SMALL, "/", "/health", "/static/cartkg.css"])
def test_who_takes_nothing_is_told_what_there_is(live: Live, path: str) -> None:
    said = ask(live, path, "identity;q=0, deflate")
    assert said.status == 406
    assert "identity" in json.loads(said.body)["offers"]


@pytest.mark.parametrize("coding", [*CODED, "identity"])
@pytest.mark.parametrize("path", [LARGE, SMALL, "/"])
def test_head_tells_of_each_form_what_get_does(live: Live, path: str, coding: str) -> None:
    head, get = ask(live, path, coding, "HEAD"), ask(live, path, coding)
    assert (head.status, head.body) == (200, b"")
    for name in ("content-encoding", "content-length", "content-type", "etag", "vary", "cache-control"):
        assert head.headers.get(name) == get.headers.get(name), name


@pytest.mark.whole
def test_a_packed_request_is_refused_and_told_so(live: Live) -> None:
    headers = {"Content-Type": "application/sparql-query", "Content-Encoding": "gzip"}
    said = live.request("POST", "/sparql", headers, gzip.compress(b"ASK {}"))
    assert (said.status, said.headers["accept-encoding"]) == (415, "identity")
