"""Tables -> columns without a value and rows that repeat others; the headers that say so, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.live import serving

from cartkg.formats import RESULTS
from cartkg.sparql.pool import suspicion
from cartkg.sparql.pool.truncation import count_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live import Live

STYLES = ["json", "xml", "csv", "tsv"]
TEXTS = st.none() | st.sampled_from(
    ["a", "b", ',"', "}},{", '}},{"x', "\n", "\r", "</result>", "<result>", "\t", "?x", "\\"]
)
COHORTS = "PREFIX cartkg: <https://w3id.org/cartkg/ontology#> SELECT ?c ?x { ?c a cartkg:Cohort "


def table(rows: list[list[str | None]], style: str) -> bytes:
    """Serialise rows of three columns as the engine does."""
    names = [ox.Variable(name) for name in ("x", "y", "z")]
    given = [[None if text is None else ox.Literal(text) for text in row] for row in rows]
    listed = " ".join(f"({' '.join('UNDEF' if one is None else str(one) for one in row)})" for row in given)
    found = ox.Store().query(f"SELECT ?x ?y ?z {{ VALUES ({' '.join(map(str, names))}) {{ {listed} }} }}")
    assert isinstance(found, ox.QuerySolutions)
    body = found.serialize(format=RESULTS[style].engine)
    assert body is not None
    return body


@pytest.mark.parametrize("style", STYLES)
@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=8))
def test_columns_without_a_value_are_named(style: str, rows: list[list[str | None]]) -> None:
    empty = [name for place, name in enumerate("xyz") if rows and all(row[place] is None for row in rows)]
    assert suspicion.unbound(table(rows, style), style) == empty


@pytest.mark.parametrize("style", STYLES)
@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=8))
def test_no_more_rows_are_called_repeated_than_are(style: str, rows: list[list[str | None]]) -> None:
    body = table(rows, style)
    repeated = len(rows) - len(set(map(tuple, rows)))
    assert suspicion.repeated(body, style, count_rows(body, style)) in {0, repeated}


@pytest.mark.parametrize("style", STYLES)
def test_repeated_rows_are_counted(style: str) -> None:
    body = table([["a", "b", None], ["a", "b", None], ["a", None, "b"], ["a", "b", None]], style)
    assert suspicion.repeated(body, style, 4) == 2


@pytest.mark.parametrize("style", STYLES)
def test_large_tables_are_not_looked_at(style: str) -> None:
    body = table([["a" * 1000, "b", None]] * 1000, style)
    assert (suspicion.unbound(body, style), suspicion.repeated(body, style, 1000)) == ([], 0)


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with serving() as found:
        yield found


@pytest.mark.parametrize("style", STYLES)
def test_a_header_names_columns_without_a_value(live: Live, style: str) -> None:
    query = f"{COHORTS} OPTIONAL {{ ?c cartkg:patientcount ?x }} }}"
    headers = live.request("GET", f"/sparql?query={quote(query)}&format={style}").headers
    assert headers["cartkg-unbound-columns"] == "?x"
    assert "cartkg-repeated-rows" not in headers
    assert 'rel="help"; title="what is suspicious about it"' in headers["link"]


@pytest.mark.parametrize("style", STYLES)
def test_a_header_names_a_column_with_letters_beyond_ascii_in_percent_form(live: Live, style: str) -> None:
    query = f"{COHORTS} OPTIONAL {{ ?c cartkg:nothing ?größe }} }}".replace("?x", "?größe")
    headers = live.request("GET", f"/sparql?query={quote(query)}&format={style}").headers
    assert headers["cartkg-unbound-columns"] == "?gr%C3%B6%C3%9Fe"


@pytest.mark.parametrize("style", STYLES)
def test_a_cell_that_fills_the_table_is_answered(live: Live, style: str) -> None:
    """The csv module refuses cells above 128 KiB unless it is told otherwise."""
    doubled = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(14))
    query = f'SELECT ?x14 ?none {{ BIND("0123456789abcdef" AS ?x0) {doubled} }}'
    answer = live.request("GET", f"/sparql?query={quote(query)}&format={style}")
    assert (answer.status, answer.headers["cartkg-unbound-columns"]) == (200, "?none")
    assert len(answer.body) > 2**18


def test_the_same_header_comes_from_the_cache(live: Live) -> None:
    path = f"/sparql?query={quote(COHORTS + 'OPTIONAL { ?c cartkg:nothing ?x } }')}"
    assert [live.request("GET", path).headers["cartkg-unbound-columns"] for _ in range(2)] == ["?x", "?x"]


def test_a_header_counts_rows_that_repeat_another(live: Live) -> None:
    headers = live.ask("SELECT ?type { ?c a ?type FILTER(?c != <https://w3id.org/cartkg/ontology#Cohort>) }").headers
    assert headers["cartkg-repeated-rows"] == "2"
    assert "cartkg-unbound-columns" not in headers


def test_an_ordinary_answer_has_neither(live: Live) -> None:
    headers = live.ask(f"{COHORTS} ; cartkg:patientCount ?x }}").headers
    assert not {"cartkg-unbound-columns", "cartkg-repeated-rows"} & set(headers)
    assert "explain" not in headers["link"]


def test_scripts_of_other_sites_may_read_the_headers(live: Live) -> None:
    exposed = live.ask("ASK {}").headers["access-control-expose-headers"]
    assert "Cartkg-Unbound-Columns, Cartkg-Repeated-Rows" in exposed


def test_a_column_of_another_alphabet_is_named_in_ascii(live: Live) -> None:
    headers = live.ask("SELECT ?größe { ?c a ?type OPTIONAL { ?c <x:nothing> ?größe } }").headers
    assert headers["cartkg-unbound-columns"] == "?gr%C3%B6%C3%9Fe"


def test_the_explanation_gives_the_cause(live: Live) -> None:
    query = f"{COHORTS} OPTIONAL {{ ?c cartkg:patientcount ?x }} }}"
    path = f"/sparql/explain?query={quote(query)}"
    said = json.loads(live.request("GET", path).body)
    assert said["verdict"] == "not empty"
    (warning,) = said["warnings"]
    assert "never matches" in warning["reason"]
    assert warning["absent"][0]["did_you_mean"] == ["https://w3id.org/cartkg/ontology#patientCount"]
    assert "Warning: this OPTIONAL never matches" in live.request("GET", path, {"Accept": "text/plain"}).text
    page = live.request("GET", f"/query?query={quote(query)}", {"Accept": "text/html"}).text
    assert "About this answer" in page
