"""Arrange an answer as a reader asks: filtered, sorted, a page at a time, with what can be chosen next.

Everything is in the address, so that a table works without scripts and can be linked.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from cartkg.errors import QueryError
from cartkg.facts.records import Table
from cartkg.nearest import fold
from cartkg.queries.header import unknown
from cartkg.web.http.parameters import number, refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cartkg.facts.records import AnswerTerm

SORT, ONLY, FIND, PAGE = "sort", "only", "find", "page"
#: Parameters of an address that arrange an answer.
PARAMETERS = frozenset({SORT, ONLY, FIND, PAGE})
PER_PAGE = 40
_LONGEST = 200
_MOST_PAGES = 1000
_MOST_VALUES, _MOST_FACETS = 10, 6
#: Columns that readers choose by first; others follow in the order of the table.
_FIRST = ("said_by", "read", "became", "kind", "status", "phase", "degree", "source", "target", "cells", "disease")
_OWN = "own result"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a reader wants an answer.

    Attributes:
        settings: the other parameters of the address, which are kept in its links.
        sort: name of a column, with "-" before it for the largest first; empty for the usual order.
        only: pairs of a column and the value that its cells must have.
        find: words that a row must contain.
        page: number of the page, from 1.
    """

    settings: tuple[tuple[str, str], ...] = ()
    sort: str = ""
    only: tuple[tuple[str, str], ...] = ()
    find: str = ""
    page: int = 1

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the parameters of this wish."""
        own = [(ONLY, f"{column}:{value}") for column, value in self.only]
        rest = [(SORT, self.sort), (FIND, self.find), (PAGE, str(self.page) if self.page > 1 else "")]
        return (*self.settings, *own, *((name, value) for name, value in rest if value))

    @property
    def is_filtered(self) -> bool:
        """Whether rows may be left out."""
        return bool(self.only or self.find)

    def sorted_by(self, column: str) -> str:
        """Return the parameters that sort by a column, or turn the order where it is sorted by it."""
        return urlencode(replace(self, sort=f"-{column}" if self.sort == column else column, page=1).pairs)

    def chosen(self, column: str, value: str) -> str:
        """Return the parameters that leave only the rows with a value, or all again where it is chosen."""
        pair = (column, value)
        only = tuple(each for each in self.only if each != pair) if pair in self.only else (*self.only, pair)
        return urlencode(replace(self, only=only, page=1).pairs)

    def cleared(self) -> str:
        """Return the parameters without any filter."""
        return urlencode(replace(self, only=(), find="", page=1).pairs)

    def at(self, page: int) -> str:
        """Return the parameters of another page."""
        return urlencode(replace(self, page=page).pairs)

    def order_of(self, column: str) -> str:
        """Return how a column is sorted, as `aria-sort` says it; empty where it is not."""
        return {column: "ascending", f"-{column}": "descending"}.get(self.sort, "")


@dataclass(frozen=True, slots=True)
class Facet:
    """A column to choose by: its values with how many rows have each; `chosen` is the value chosen."""

    column: str
    values: Mapping[str, int]
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class Arranged:
    """One page of an answer.

    Attributes:
        table: its rows.
        wish: what was asked.
        total: rows that match.
        all: rows of the whole answer.
        last: number of the last page.
        facets: what can be chosen.
        by_weight: whether own results and larger groups come first because no other order was asked for.
    """

    table: Table
    wish: Wish
    total: int
    all: int
    last: int
    facets: tuple[Facet, ...] = field(default=())
    by_weight: bool = False


def wish_of(given: Sequence[tuple[str, str]], kept: Sequence[tuple[str, str]]) -> Wish:
    """Read how an answer is wanted from the parameters of an address.

    Args:
        given: all parameters.
        kept: those that links keep.

    Raises:
        QueryError: a parameter is given twice or too long, or the page is not a number.
    """
    own: dict[str, str] = {}
    for name, value in given:
        if name in PARAMETERS and len(value) > _LONGEST:
            raise QueryError(f"{name} is at most {_LONGEST} characters long")
        if name in PARAMETERS - {ONLY}:
            if name in own:
                raise QueryError(f"the parameter {name!r} is given twice")
            own[name] = value
    only = tuple(_pair(value) for name, value in given if name == ONLY and value)
    return Wish(tuple(kept), own.get(SORT, ""), only, own.get(FIND, "").strip(), number(own, PAGE, 1, _MOST_PAGES))


def _pair(text: str) -> tuple[str, str]:
    column, colon, value = text.partition(":")
    if not colon:
        raise QueryError(f"only= takes a column and a value, such as said_by:{_OWN}")
    return column, value


def arrange(table: Table, wish: Wish) -> Arranged:
    """Return the page of an answer that a reader wants.

    Raises:
        QueryError: a column or value does not exist, or there is no such page.
    """
    for column in [each for each, _ in wish.only] + ([wish.sort.removeprefix("-")] if wish.sort else []):
        refuse_unknown("column", column, table.columns)
    facets = _facets(table, wish)
    rows = [row for row in table.rows if _fits(table, row, wish)]
    by_weight = not wish.sort and {"said_by", "assessed"} <= set(table.columns)
    if wish.sort:
        rows = _sorted(rows, table.columns.index(wish.sort.removeprefix("-")), backwards=wish.sort.startswith("-"))
    elif by_weight:
        rows = _weighed(rows, table.columns)
    last = max(1, -(-len(rows) // PER_PAGE))
    if wish.page > last:
        raise QueryError(f"page is a whole number from 1 to {last}")
    page = tuple(rows[(wish.page - 1) * PER_PAGE : wish.page * PER_PAGE])
    return Arranged(Table(table.columns, page), wish, len(rows), len(table.rows), last, facets, by_weight)


def _fits(table: Table, row: Sequence[AnswerTerm | None], wish: Wish) -> bool:
    for column, value in wish.only:
        node = row[table.columns.index(column)]
        if node is None or node.value != value:
            return False
    if not wish.find:
        return True
    text = fold(" ".join(node.value for node in row if node))
    return all(word in text for word in fold(wish.find).split())


def _sorted(
    rows: Sequence[tuple[AnswerTerm | None, ...]], place: int, *, backwards: bool
) -> list[tuple[AnswerTerm | None, ...]]:
    """Sort by a column, numbers by size; rows without a value come last either way."""
    filled = [row for row in rows if row[place]]
    numbers = [_number(row[place]) for row in filled]
    if all(value is not None for value in numbers):
        filled.sort(key=lambda row: _number(row[place]) or 0.0, reverse=backwards)
    else:
        filled.sort(key=lambda row: fold(_text(row[place])), reverse=backwards)
    return filled + [row for row in rows if not row[place]]


def _weighed(
    rows: Sequence[tuple[AnswerTerm | None, ...]], columns: Sequence[str]
) -> list[tuple[AnswerTerm | None, ...]]:
    """Put own results first, and larger groups before smaller ones."""
    said, assessed = columns.index("said_by"), columns.index("assessed")
    return sorted(rows, key=lambda row: (_text(row[said]) != _OWN, -(_number(row[assessed]) or 0.0)))


def _facets(table: Table, wish: Wish) -> tuple[Facet, ...]:
    """Return the columns with a few values to choose by.

    Raises:
        QueryError: a value that is chosen is in no row.
    """
    chosen = dict(wish.only)
    names = [name for name in _FIRST if name in table.columns] + [name for name in table.columns if name not in _FIRST]
    found: list[Facet] = []
    for name in names:
        counts = _counted(table, table.columns.index(name))
        if name in chosen and chosen[name] not in counts:
            raise QueryError(unknown(f"value of {name}", chosen[name][:60], list(counts)[:_MOST_VALUES]))
        if name in chosen or (1 < len(counts) <= _MOST_VALUES and len(found) < _MOST_FACETS and _is_words(counts)):
            shown = dict(counts.most_common(_MOST_VALUES))
            found.append(Facet(name, shown, chosen.get(name, "")))
    return tuple(found)


def _counted(table: Table, place: int) -> Counter[str]:
    return Counter(node.value for row in table.rows if (node := row[place]) is not None and not node.is_iri)


def _is_words(counts: Counter[str]) -> bool:
    return not any(_is_number(value) for value in counts)


def _number(node: AnswerTerm | None) -> float | None:
    return float(node.value) if node and _is_number(node.value) else None


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).removeprefix("-").isdecimal() and text.isascii()


def _text(node: AnswerTerm | None) -> str:
    return (node.label or node.value) if node else ""
