"""Parts of answers, and what HEAD says of GET: readers of files (Polars, DuckDB) trust both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
from tests.live import in_front_of, serving

from cartkg.evaluation.syntax import analyse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live import Live, Said

TABLE = f"/sparql?{urlencode({'query': 'SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o', 'format': 'csv'})}"
LARGE = f"/sparql?{urlencode({'query': 'SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }', 'format': 'csv'})}"
SPELT = "/sparql?query=SELECT%20*%20%7B%3Fs%20a%20%3Fo%7D%20LIMIT%202"
CHANGING = f"/sparql?query={quote('SELECT (RAND() AS ?x) {}')}"


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with serving() as server:
        yield server


def part(live: Live, ranges: str, path: str = TABLE, **more: str) -> Said:
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    return live.request("GET", path, {"Range": ranges, **headers})


@pytest.mark.parametrize(
    ("ranges", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=5-", 5, None),
        ("bytes=-7", -7, None),
        ("bytes=0-99999999999", 0, None),
        ("Bytes = 3-3", 3, 3),
        ("bytes=-99999999999", 0, None),
    ],
)
@pytest.mark.parametrize("path", [TABLE, LARGE])
def test_a_part_is_sent_and_says_where_it_belongs(
    live: Live, path: str, ranges: str, first: int, last: int | None
) -> None:
    whole = live.request("GET", path)
    said = part(live, ranges, path)
    wanted = whole.body[first : None if last is None else last + 1]
    start = first % len(whole.body)
    assert (said.status, said.body) == (206, wanted)
    assert said.headers["content-range"] == f"bytes {start}-{start + len(wanted) - 1}/{len(whole.body)}"
    assert (said.headers["etag"], said.headers["content-length"]) == (whole.headers["etag"], str(len(wanted)))
    assert whole.headers["accept-ranges"] == said.headers["accept-ranges"] == "bytes"


def test_the_parts_of_a_table_make_the_whole(live: Live) -> None:
    whole = live.request("GET", TABLE).body
    pieces = [part(live, f"bytes={start}-{start + 99}").body for start in range(0, len(whole), 100)]
    assert len(pieces) > 5
    assert b"".join(pieces) == whole


def test_a_part_of_a_packed_answer_is_a_part_of_what_was_packed(live: Live) -> None:
    whole = live.request("GET", LARGE, {"Accept-Encoding": "gzip"})
    said = part(live, "bytes=10-99", LARGE, Accept_Encoding="gzip")
    assert (said.status, said.body) == (206, whole.body[10:100])
    assert (said.headers["content-encoding"], said.headers["etag"]) == ("gzip", whole.headers["etag"])


@pytest.mark.parametrize(
    "ranges",
    [
        "bytes=0-1,4-5",
        "bytes=9-1",
        "bytes=-",
        "bytes=",
        "rows=0-1",
        "0-1",
        "bytes=a-b",
        "bytes=" + "9" * 5000 + "-",
        "",
    ],
)
def test_what_is_no_single_range_of_bytes_is_passed_over(live: Live, ranges: str) -> None:
    said = part(live, ranges)
    assert (said.status, said.body) == (200, live.request("GET", TABLE).body)


@pytest.mark.parametrize("ranges", ["bytes=999999-", "bytes=-0", "bytes=999999-9999999"])
def test_a_part_behind_the_end_is_refused_with_the_length(live: Live, ranges: str) -> None:
    said = part(live, ranges)
    size = len(live.request("GET", TABLE).body)
    assert (said.status, said.headers["content-range"]) == (416, f"bytes */{size}")
    assert json.loads(said.body)["detail"] == f"the answer has {size} bytes"


def test_a_part_of_another_answer_is_not_added_to_what_the_client_has(live: Live) -> None:
    tag = live.request("GET", TABLE).headers["etag"]
    assert part(live, "bytes=0-9", If_Range=tag).status == 206
    for other in ('"other"', f"W/{tag}", "Sun, 29 Nov 2026 00:00:00 GMT", live.request("GET", LARGE).headers["etag"]):
        assert part(live, "bytes=0-9", If_Range=other).status == 200
    assert part(live, "bytes=0-9", If_None_Match=tag).status == 304


def test_a_part_is_never_kept_for_the_whole(live: Live) -> None:
    path = f"{TABLE}&x=1"
    assert [part(live, "bytes=0-1", path).status for _ in range(2)] == [206, 206]
    whole = live.request("GET", path)
    assert (whole.status, len(whole.body) > 2) == (200, True)
    assert part(live, "bytes=2-3", path).body == whole.body[2:4]


@pytest.mark.parametrize("path", [CHANGING, f"{TABLE}&query=", "/sparql", "/sparql?query=x"])
def test_answers_that_may_change_have_no_parts_and_say_so(live: Live, path: str) -> None:
    said = part(live, "bytes=0-1", path)
    assert said.status != 206
    assert said.headers.get("accept-ranges", "none") == "none"


def test_post_and_head_know_no_parts(live: Live) -> None:
    direct = {"Content-Type": "application/sparql-query", "Range": "bytes=0-1"}
    assert live.request("POST", "/sparql", direct, b"ASK {}").status == 200
    assert live.request("HEAD", TABLE, {"Range": "bytes=0-1"}).status == 200


PATHS = [TABLE, LARGE, SPELT, f"{SPELT}&timeout=5", f"{SPELT}&format=xml", f"{SPELT}&format=json&x=%2f%C3%A9"]
PATHS += [f"/sparql?query={quote('CONSTRUCT WHERE { ?s ?p ?o }')}&format={form}" for form in ("turtle", "rdfxml", "nt")]
PATHS += ["/sparql", "/sparql/?query=ASK%7B%7D", "/sparql?query=x", "/sparql?query=ASK%7B%7D&format=turtle"]
PATHS += [
    "/sparql?update=x",
    f"/sparql?query={quote('SELECT * { ?s <x:x> ?o }')}",
    "/",
    "/query",
    "/cohort/one.ttl",
    "/no",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("coding", ["", "gzip", "gzip, identity;q=0"])
def test_head_and_get_have_the_same_headers(live: Live, path: str, coding: str) -> None:
    accept = {"Accept-Encoding": coding} if coding else {}
    head, get = (live.request(method, path, accept) for method in ("HEAD", "GET"))
    assert head.body == b""
    assert head.status == get.status
    assert _lasting(head) == _lasting(get)
    assert int(get.headers["content-length"]) == len(get.body)


def _lasting(said: Said) -> dict[str, str]:
    return {name: value for name, value in said.headers.items() if name not in {"date", "cartkg-seconds"}}


@pytest.mark.parametrize("coding", ["", "gzip", "gzip, identity;q=0"])
def test_head_states_no_length_of_an_answer_that_changes(live: Live, coding: str) -> None:
    accept = {"Accept-Encoding": coding} if coding else {}
    head, get = (live.request(method, CHANGING, accept) for method in ("HEAD", "GET"))
    assert "content-length" not in head.headers
    assert _lasting(head) == {name: value for name, value in _lasting(get).items() if name != "content-length"}


@pytest.mark.whole
def test_head_and_get_of_a_backend_have_the_same_headers(live: Live) -> None:
    with in_front_of(live.url) as front:
        head, get = (front.request(method, SPELT) for method in ("HEAD", "GET"))
    assert _lasting(head) == _lasting(get)
    assert get.headers["accept-ranges"] == "none"


MAKING = [
    "_:a ?p ?o",
    "?s ?p []",
    "?s ?p [ ?q ?o ]",
    "?s ?p ( ?o )",
    "<< ?s ?p ?o >> ?q ?r",
    "?s ?p ?o {| ?q ?r |}",
    "?s ?p ?o ~",
]


@pytest.mark.parametrize("template", MAKING)
def test_a_graph_with_new_blank_nodes_changes_each_time(live: Live, template: str) -> None:
    query = f"CONSTRUCT {{ {template} }} WHERE {{ ?s ?p ?o }}"
    assert analyse(query).volatile
    assert "etag" not in live.ask(query).headers


@pytest.mark.parametrize(
    "query",
    [
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o ; ?q [] FILTER(?o > 1) }",
        "PREFIX a: <a:(> CONSTRUCT { ?s <a:[> '[(_:a' } WHERE { ?s ?p ?o }",
        "SELECT * { ?s ?p [] }",
        "CONSTRUCT WHERE { ?s ?p ?o }",
    ],
)
def test_a_graph_of_known_nodes_stays_the_same(query: str) -> None:
    assert not analyse(query).volatile


def form(live: Live, query: str, shape: str = "html") -> Said:
    body = urlencode({"query": query, "format": shape}).encode()
    return live.request("POST", "/query", {"Content-Type": "application/x-www-form-urlencoded"}, body)


def test_a_short_query_typed_into_the_form_gets_its_address(live: Live) -> None:
    said = form(live, "SELECT * { VALUES ?x { 42 } }")
    assert said.status == 303
    assert "<td" in live.request("GET", said.headers["location"]).text
    assert 'method="post"' in live.request("GET", "/query").text


@pytest.mark.parametrize("length", [7_000, 70_000, 240_000])
def test_a_query_too_long_for_an_address_is_answered_where_it_is_typed(live: Live, length: int) -> None:
    query = f"SELECT * {{ VALUES ?x {{ 42 }} }} # {'ü' * (length // 2)}"
    said = form(live, query)
    assert (said.status, "<td" in said.text) == (200, True)
    assert ("/sparql?" in said.text) is (length == 7_000), "a link that is too long leads nowhere"
    assert form(live, query, "csv").text.split() == ["x", "42"]
    built = f"CONSTRUCT {{ <a:a> <a:b> 1 }} {{}} # {query}"
    assert form(live, built, "turtle").text == "<a:a> <a:b> 1 .\n"
    assert 'data-head="object">1</td>' in form(live, built).text
    assert (form(live, f"SELECT nonsense # {query}").status, form(live, f"DROP ALL # {query}").status) == (400, 403)


def test_the_form_takes_no_longer_query_than_the_endpoint(live: Live) -> None:
    for shape in ("html", "csv"):
        assert form(live, f"ASK {{}} # {'x' * 300_000}", shape).status == 413


def long_address(live: Live, path: str, size: int, accept: str) -> tuple[bytes, bytes]:
    """Ask by an address of so many bytes, over a plain socket; return the head and the body."""
    start = f"{path}?query=ASK%7B%7D%23"
    address = start + "x" * (size - len(start))
    said = live.raw(f"GET {address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: {accept}\r\n\r\n".encode())
    head, _, body = said.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize("path", ["/sparql", "/query", "/sparql/explain", "/nowhere"])
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/sparql-results+json", b"application/problem+json"),
        ("text/plain", b"text/plain"),
        ("text/html,*/*;q=0.1", b"text/"),
        ("image/png", b"application/problem+json"),
    ],
)
def test_an_address_that_is_too_long_is_answered_with_the_limit_and_the_way_out(
    live: Live, path: str, accept: str, kind: bytes
) -> None:
    head, body = long_address(live, path, 65_001, accept)
    assert head.startswith(b"HTTP/1.1 414 ")
    assert b"content-type: " + kind in head
    assert b"an address may have 65,000 bytes, this one has 65,001; send a long query by POST to /sparql" in body
    assert (b"<h1>Address too long</h1>" in body) is (accept.startswith("text/html") and not path.startswith("/sparql"))


@pytest.mark.parametrize(
    ("size", "status"), [(10_000, b"200"), (65_000, b"200"), (100_000, b"414"), (2_000_000, b"431")]
)
def test_addresses_of_every_length_have_their_status(live: Live, size: int, status: bytes) -> None:
    """Granian itself refuses the two last, without a text."""
    head, _ = long_address(live, "/sparql", size, "*/*")
    assert head.split(b" ")[1] == status
