"""Tables that readers sort, filter and turn: what is shown, what links say, what is refused."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import pytest

from cartkg.errors import QueryError
from cartkg.facts.records import AnswerTerm, Table
from cartkg.web.present.arranging import PER_PAGE, Wish, arrange, wish_of

COLUMNS = ("measure", "assessed", "said_by", "finding")


def row(*cells: str) -> tuple[AnswerTerm | None, ...]:
    return tuple(AnswerTerm(text, "uri" if text.startswith("http") else "literal") if text else None for text in cells)


TABLE = Table(
    COLUMNS,
    (
        row("Fälle", "9", "restated only", "http://e/1"),
        row("remission", "10", "own result", "http://e/2"),
        row("", "", "own result", "http://e/3"),
        row("response", "2", "restated only", "http://e/4"),
    ),
)


def order(wish: Wish) -> list[str]:
    return [cells[3].value[-1] for cells in arrange(TABLE, wish).table.rows if cells[3]]


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [("", "2314"), ("assessed", "4123"), ("-assessed", "2143"), ("measure", "1243"), ("-measure", "4213")],
)
def test_rows_are_sorted_numbers_by_size_and_missing_ones_last(sort: str, wanted: str) -> None:
    assert "".join(order(Wish(sort=sort))) == wanted


def test_rows_are_chosen_by_value_and_words() -> None:
    assert order(Wish(only=(("said_by", "own result"),))) == ["2", "3"]
    assert order(Wish(find="falle RESTATED")) == ["1"]
    found = arrange(TABLE, Wish(find="nothing at all"))
    assert (found.total, found.all, found.last) == (0, 4, 1)


def test_facets_have_few_words_and_say_how_many_rows() -> None:
    facets = {facet.column: facet for facet in arrange(TABLE, Wish(only=(("said_by", "own result"),))).facets}
    assert facets["said_by"].values == {"restated only": 2, "own result": 2}
    assert facets["said_by"].chosen == "own result"
    assert "finding" not in facets, "records are not offered"
    assert "assessed" not in facets, "nor are numbers"


def test_a_long_answer_has_pages() -> None:
    long = Table(("n",), tuple(row(str(number)) for number in range(PER_PAGE + 1)))
    last = arrange(long, Wish(page=2))
    assert (len(last.table.rows), last.last, last.total) == (1, 2, PER_PAGE + 1)
    with pytest.raises(QueryError, match="from 1 to 2"):
        arrange(long, Wish(page=3))


def test_links_keep_the_rest_of_the_address() -> None:
    wish = wish_of([("sort", "n"), ("page", "2"), ("only", "a:b:c")], [("disease", "SLE")])
    assert wish.only == (("a", "b:c"),)
    assert parse_qsl(wish.sorted_by("n")) == [("disease", "SLE"), ("only", "a:b:c"), ("sort", "-n")]
    assert parse_qsl(wish.chosen("a", "b:c")) == [("disease", "SLE"), ("sort", "n")]
    assert parse_qsl(wish.cleared()) == [("disease", "SLE"), ("sort", "n")]
    assert parse_qsl(wish.at(3))[-1] == ("page", "3")
    assert (wish.order_of("n"), wish.order_of("m")) == ("ascending", "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([("sort", "mesure")], "did you mean measure"),
        ([("only", "said_by:own resul")], "did you mean own result"),
        ([("only", "nothing:x")], "unknown column 'nothing'"),
        ([("only", "x")], "takes a column and a value"),
        ([("sort", "a"), ("sort", "b")], "given twice"),
        ([("find", "x" * 201)], "at most 200"),
        ([("page", "two")], "whole number"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_nearest(given: list[tuple[str, str]], said: str) -> None:
    with pytest.raises(QueryError, match=re.escape(said)):
        arrange(TABLE, wish_of(given, []))
