"""`/questions`, `/questions/<name>` and `/query`: a stored or typed question, its answer as a table for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from cartkg.errors import BackendError
from cartkg.namespaces import XSD
from cartkg.web.present.phrases import cite
from cartkg.web.present.records import PREFIXES, Node, iri_tokens, is_iri
from cartkg.web.present.responses import page
from cartkg.web.present.site import facts, site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cartkg.queries import Column, Question
    from cartkg.web.present.records import Table

blueprint = Blueprint("questions", __name__)

#: Heading for subjects with one question only.
_REST = "other subjects"
_MOST_ROWS = 500
_MOST_LABELS = 300
_NUMERIC = {f"{XSD}{name}" for name in ("integer", "decimal", "double", "float", "nonNegativeInteger", "gYear")}
#: Formats offered for saving a table, by the short names that `/sparql?format=` takes.
DOWNLOADS = {"csv": "CSV", "spreadsheet": "CSV for a spreadsheet", "tsv": "TSV", "json": "JSON", "xml": "XML"}


@dataclass(frozen=True, slots=True)
class Heading:
    """Head of a column: its name, the unit of its values and what it says; empty where nobody stated them."""

    name: str
    unit: str = ""
    meaning: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer ready to be drawn; `total` counts all rows, of which the first 500 are in `rows`."""

    headings: tuple[Heading, ...]
    rows: tuple[tuple[Node | None, ...], ...]
    total: int


def shown(table: Table, answers: Iterable[Column] = (), most: int = _MOST_ROWS) -> Shown:
    """Prepare an answer for drawing: names for its IRIs, units for its columns."""
    described = {column.name: column for column in answers}
    kept = table.rows[:most]
    labels = _labels(node.value for row in kept for node in row if node and node.is_iri and is_iri(node.value))
    rows = tuple(tuple(_named(node, labels) if node else None for node in row) for row in kept)
    headings = tuple(
        Heading(
            name,
            described[name].unit if name in described else "",
            described[name].meaning if name in described else "",
            _is_numeric(kept, position),
        )
        for position, name in enumerate(table.columns)
    )
    return Shown(headings, rows, len(table.rows))


@blueprint.get("/questions")
@blueprint.get("/questions/")
def questions() -> Response:
    """List the stored questions under their subjects."""
    groups: dict[str, list[Question]] = {}
    for question in site().questions.values():
        groups.setdefault(question.tags[0], []).append(question)
    large = {tag: found for tag, found in sorted(groups.items()) if len(found) > 1}
    rest = [question for tag, found in sorted(groups.items()) if tag not in large for question in found]
    return page("questions.html", groups={**large, **({_REST: rest} if rest else {})})


@blueprint.get("/questions/<name>")
def question(name: str) -> Response:
    """Show a stored question, run it, and show its answer."""
    if name.endswith(".rq") and name.removesuffix(".rq") in site().questions:
        return Response(site().questions[name.removesuffix(".rq")].text, mimetype="application/sparql-query")
    asked = site().questions.get(name)
    if asked is None:
        raise NotFound
    result, problem = None, ""
    if asked.answers:
        try:
            result = shown(facts().table(asked.text), asked.answers)
        except BackendError as error:
            problem = error.message
    return page("question.html", question=asked, result=result, problem=problem, downloads=DOWNLOADS)


def _labels(iris: Iterable[str]) -> Mapping[str, str]:
    """Ask for the names of up to 300 IRIs at once; a publication is named by its citation."""
    wanted = sorted(set(iris))[:_MOST_LABELS]
    if not wanted:
        return {}
    query = (
        f"{PREFIXES}SELECT ?s ?l ?named ?authors ?journal ?year WHERE {{ VALUES ?s {{ {iri_tokens(wanted)} }} "
        "?s rdfs:label ?l OPTIONAL { ?s cartkg:citationName ?named } "
        "OPTIONAL { ?s cartkg:shortAuthors ?authors OPTIONAL { ?s cartkg:journal ?journal } "
        "OPTIONAL { ?s cartkg:year ?year } } }"
    )
    labels = {}
    for node, label, named, authors, *rest in facts().table(query).rows:
        if node and label:
            where = [part.value for part in rest if part]
            cited = cite(authors.value, where) if authors else label.value
            labels[node.value] = named.value if named else cited
    return labels


def _named(node: Node, labels: Mapping[str, str]) -> Node:
    return Node(node.value, node.kind, node.datatype, labels.get(node.value, ""))


def _is_numeric(rows: tuple[tuple[Node | None, ...], ...], position: int) -> bool:
    cells = [row[position] for row in rows if row[position]]
    return bool(cells) and all(cell is not None and cell.datatype in _NUMERIC for cell in cells)
