"""Prepare an answer for drawing: names for its IRIs, units for its columns, links from a result to its record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cartkg.facts.records import PREFIXES, AnswerTerm, Table, iri_tokens, is_iri
from cartkg.web.present.exports.answer_tables import NUMERIC, labels_of
from cartkg.web.present.site import everything

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.queries import Column, Question

_MOST_ROWS = 500
_MOST_LABELS = 300
#: Column of words -> the column of the record that they are about, to which they lead.
_LEADS = {"result": "finding", "degree": "overlap", "about": "conflict", "disease": "cohort", "low": "count"}


@dataclass(frozen=True, slots=True)
class Heading:
    """Head of a column: its name, the unit of its values and what it says; empty where no one stated them."""

    name: str
    unit: str = ""
    meaning: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer ready to be drawn; `total` counts all rows, of which the first are in `rows`."""

    headings: tuple[Heading, ...]
    rows: tuple[tuple[AnswerTerm | None, ...], ...]
    total: int


def shown(table: Table, question: Question | None = None, most: int = _MOST_ROWS, *, brief: bool = True) -> Shown:
    """Prepare an answer for drawing.

    Args:
        table: the answer.
        question: whose columns they are; those that are empty in all rows are dropped then.
        most: how many rows to draw.
        brief: whether only the question's brief columns are drawn, where it has such.
    """
    total = len(table.rows)
    table = Table(table.columns, table.rows[:most])
    described: dict[str, Column] = {column.name: column for column in question.answers} if question else {}
    if question:
        table = _narrowed(_reported(_linked(table, question)), question, brief=brief)
    iris = (node.value for row in table.rows for node in row if node and node.is_iri and not node.label)
    labels = labels_of(iris, _MOST_LABELS)
    rows = tuple(tuple(_named(node, labels) if node else None for node in row) for row in table.rows)
    headings = tuple(
        Heading(
            name,
            described[name].unit if name in described else "",
            described[name].meaning if name in described else "",
            _is_numeric(table.rows, position),
        )
        for position, name in enumerate(table.columns)
    )
    return Shown(headings, rows, total)


def _narrowed(table: Table, question: Question, *, brief: bool) -> Table:
    wanted = question.brief if brief and question.brief else table.columns
    places = [
        place
        for place, name in enumerate(table.columns)
        if name in wanted and (not table.rows or any(row[place] for row in table.rows))
    ]
    rows = tuple(tuple(row[place] for place in places) for row in table.rows)
    return Table(tuple(table.columns[place] for place in places), rows)


def _linked(table: Table, question: Question) -> Table:
    """Make the words of a result lead to its record, where a brief table leaves that column out."""
    if not question.brief:
        return table
    pairs = {
        table.columns.index(words): table.columns.index(record)
        for words, record in _LEADS.items()
        if {words, record} <= set(table.columns) and words in question.brief and record not in question.brief
    }
    rows = tuple(
        tuple(_leading(node, row[pairs[place]]) if place in pairs else node for place, node in enumerate(row))
        for row in table.rows
    )
    return Table(table.columns, rows)


def _reported(table: Table) -> Table:
    """Make the citation of a report lead to its publication, which the group of patients names."""
    if not {"report", "cohort"} <= set(table.columns):
        return table
    cited, group = table.columns.index("report"), table.columns.index("cohort")
    groups = {node.value for row in table.rows if (node := row[group]) is not None and is_iri(node.value)}
    if not groups:
        return table
    query = (
        f"{PREFIXES}SELECT DISTINCT ?name ?publication WHERE {{ VALUES ?group {{ {iri_tokens(groups)} }} "
        "?group cartkg:describedIn ?publication . ?publication cartkg:citationName ?name }"
    )
    known = {name.value: node for name, node in everything().table(query).rows if name and node}
    rows = ((*row[:cited], _leading(row[cited], known.get(_text(row[cited]))), *row[cited + 1 :]) for row in table.rows)
    return Table(table.columns, tuple(rows))


def _leading(words: AnswerTerm | None, record: AnswerTerm | None) -> AnswerTerm | None:
    if words is None or record is None or words.is_iri or not record.is_iri:
        return words
    return replace(record, label=words.value, datatype=words.datatype)


def _text(node: AnswerTerm | None) -> str:
    return node.value if node else ""


def _named(node: AnswerTerm, labels: Mapping[str, str]) -> AnswerTerm:
    return AnswerTerm(node.value, node.kind, node.datatype, node.label or labels.get(node.value, ""))


def _is_numeric(rows: tuple[tuple[AnswerTerm | None, ...], ...], position: int) -> bool:
    cells = [row[position] for row in rows if row[position]]
    return bool(cells) and all(cell is not None and cell.datatype in NUMERIC for cell in cells)
