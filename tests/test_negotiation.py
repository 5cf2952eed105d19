"""Accept header and kind of result -> format, from the table cases/accept.tsv."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartkg.errors import NotAcceptable, QueryError
from cartkg.evaluation.syntax import QueryForm
from cartkg.sparql.protocol import negotiation

TABLE = Path(__file__).parent / "cases" / "accept.tsv"


def rows() -> list[list[str]]:
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [line.split("\t") for line in lines]


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row[0]}: {row[5]} [{row[1]}|{row[2]}]")
def test_the_format_is_the_one_in_the_table(row: list[str]) -> None:
    kind, override, accept, expected, stated, _ = row

    def choose() -> negotiation.NegotiatedFormat:
        return negotiation.choose(
            None if accept == "-" else accept, None if override == "-" else override, QueryForm(kind)
        )

    if expected == "406":
        with pytest.raises(NotAcceptable) as caught:
            choose()
        assert caught.value.offers == tuple(one.media_types[0] for one in negotiation.offers(QueryForm(kind)))
    elif expected == "400":
        with pytest.raises(QueryError, match="choose one of"):
            choose()
    else:
        choice = choose()
        assert (choice.format.name, choice.media_type) == (expected, stated)


def test_text_types_state_their_character_set() -> None:
    assert negotiation.choose("text/csv", None, QueryForm.TABLE).content_type == "text/csv; charset=utf-8"
    assert negotiation.choose("application/ld+json", None, QueryForm.GRAPH).content_type == "application/ld+json"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html;q=0.5, text/turtle", False),
        ("*/*", False),
        ("text/turtle", False),
        ("text/html;q=0", False),
        (None, False),
    ],
)
def test_a_browser_is_told_from_a_program(accept: str | None, *, expected: bool) -> None:
    assert negotiation.prefers_html(accept) is expected


@given(st.text(max_size=300), st.sampled_from(list(QueryForm)))
def test_no_accept_header_breaks_the_choice(accept: str, kind: QueryForm) -> None:
    try:
        choice = negotiation.choose(accept, None, kind)
    except NotAcceptable:
        return
    assert choice.format in negotiation.offers(kind)
