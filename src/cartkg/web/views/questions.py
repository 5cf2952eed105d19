"""`/questions`, `/questions/<name>` and `/query`: a stored or typed question, its answer as a table for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from cartkg.errors import BackendError, QueryError
from cartkg.facts.records import Node, Table
from cartkg.formats import GRAPHS, RESULTS
from cartkg.queries.examples import question_iri
from cartkg.sparql.protocol import requests
from cartkg.sparql.protocol.requests import Incoming
from cartkg.web.http.parameters import refuse_unknown
from cartkg.web.http.state import serving
from cartkg.web.present.answer_tables import NUMERIC, as_csv, as_workbook, extended, labels_of, references_of
from cartkg.web.present.asked import asked, offered
from cartkg.web.present.citing import RELEASE, check_release, cite_as
from cartkg.web.present.lists import Listed, answer
from cartkg.web.present.reference_formats import as_bibtex, as_csl, as_ris
from cartkg.web.present.responses import document, page
from cartkg.web.present.site import everything, site
from cartkg.web.present.workbooks import MEDIA_TYPE
from cartkg.web.views import sparql as endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cartkg.facts.asked import AskedQuestion
    from cartkg.queries import Choice, Chosen, Column, LeftOut, Question
    from cartkg.web.present.citing import CiteAs

blueprint = Blueprint("questions", __name__)

#: Topics in the order in which a reader meets them; others follow.
_TOPICS = (
    "does it work", "is it safe", "who was treated", "what was given", "trials", "how sure is it", "the graph",
)  # fmt: skip
_MOST_ROWS = 500
#: `?columns=all` shows every column on the page.
_COLUMNS = "columns"
_FORMAT = "format"
_MOST_LABELS = 300
#: Formats offered for saving a table, by the short names that `/sparql?format=` takes.
DOWNLOADS = {"csv": "CSV", "spreadsheet": "CSV for a spreadsheet", "tsv": "TSV", "json": "JSON", "xml": "XML"}
#: Formats with names, citations and DOIs, by the names that `/questions/<name>/answer?format=` takes besides.
TABLES = {"table": "CSV", "xlsx": "Excel (XLSX)"}
#: Formats of the publications behind an answer.
REFERENCES = {"ris": "RIS", "bibtex": "BibTeX", "csl": "CSL-JSON"}
_WRITERS = {"ris": as_ris, "bibtex": as_bibtex, "csl": as_csl}
_MEDIA_TYPES = {
    "table": "text/csv; charset=utf-8; header=present",
    "xlsx": MEDIA_TYPE,
    "ris": "application/x-research-info-systems",
    "bibtex": "application/x-bibtex; charset=utf-8",
    "csl": "application/vnd.citationstyles.csl+json",
}
#: Endings of files by the name of a format, where they differ from it.
_ENDINGS = {"spreadsheet": "csv", "table": "csv", "bibtex": "bib", "csl": "json"}


@dataclass(frozen=True, slots=True)
class Heading:
    """Head of a column: its name, the unit of its values and what it says; empty where no one stated them."""

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


def shown(table: Table, question: Question | None = None, most: int = _MOST_ROWS, *, brief: bool = True) -> Shown:
    """Prepare an answer for drawing: names for its IRIs, units for its columns.

    Args:
        table: the answer.
        question: whose columns they are; those that are empty in all rows are dropped then.
        most: how many rows to draw.
        brief: whether only the question's brief columns are drawn, where it has such.
    """
    described: dict[str, Column] = {column.name: column for column in question.answers} if question else {}
    if question:
        wanted = question.brief if brief and question.brief else table.columns
        places = [
            place
            for place, name in enumerate(table.columns)
            if name in wanted and (not table.rows or any(row[place] for row in table.rows))
        ]
        rows_kept = tuple(tuple(row[place] for place in places) for row in table.rows)
        table = Table(tuple(table.columns[place] for place in places), rows_kept)
    kept = table.rows[:most]
    labels = labels_of((node.value for row in kept for node in row if node and node.is_iri), _MOST_LABELS)
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
    groups: dict[str, list[Question]] = {topic: [] for topic in _TOPICS}
    for question in site().questions.values():
        groups.setdefault(question.tags[0], []).append(question)
    known = site().questions.values()
    members = tuple(Node(question_iri(each), "uri", "", each.title) for each in known)
    return answer(
        "questions.html",
        Listed("questions", "Questions", members, len(members)),
        groups={topic: found for topic, found in groups.items() if found},
    )


@blueprint.get("/questions/<name>")
def question(name: str) -> Response:
    """Show a stored question or a saved setting of one, with the reader's choices, and its answer."""
    check_release(request.args)
    pairs = [(key, value) for key, value in request.args.items(multi=True) if key not in {_COLUMNS, RELEASE}]
    found = asked(name.removesuffix(".rq"), pairs)
    if found is None:
        raise NotFound
    if name.endswith(".rq"):
        return Response(found.chosen.document, mimetype="application/sparql-query")
    result, problem, left_out = None, found.problem, []
    lists: Mapping[str, tuple[Choice, ...]] = {}
    brief = request.args.get(_COLUMNS) != "all"
    if found.question.answers and not problem:
        try:
            lists = offered(found.question)
            table = everything().table(found.chosen.text)
            left_out = [_left_out(found.chosen, default, len(table.rows)) for default in found.question.leaves_out]
            result = shown(table, found.question, brief=brief)
        except BackendError as error:
            problem = error.message
    return page(
        "question.html", asked=found, question=found.question, result=result, problem=problem, downloads=DOWNLOADS,
        tables=TABLES, references=REFERENCES, endings=_ENDINGS, left_out=left_out, lists=lists, brief=brief,
        settings=urlencode(pairs), cited=_cited(found, pairs),
    )  # fmt: skip


@blueprint.get("/questions/<name>/answer", endpoint="answer")
def whole_answer(name: str) -> Response:
    """Return the whole answer in a format, under an address that stays short whatever the query's length."""
    state = serving()
    check_release(request.args)
    pairs = [(key, value) for key, value in request.args.items(multi=True) if key not in {_FORMAT, RELEASE}]
    found = asked(name, pairs)
    if found is None:
        raise NotFound
    if found.problem:
        raise QueryError(found.problem)
    form = request.args.get(_FORMAT, "csv")
    if form in _MEDIA_TYPES:
        return _for_readers(found, form, _cited(found, pairs))
    forms = (*RESULTS.values(), *GRAPHS.values())
    others = [name for each in forms for name in (each.name, *each.names, *each.media_types)]
    refuse_unknown(_FORMAT, form, [*_MEDIA_TYPES, *others])
    sent = Incoming("GET", urlencode({"query": found.chosen.text, _FORMAT: form}))
    response, _ = endpoint.answer(state, requests.read(sent, state.settings.limits.query), found.chosen.text)
    return response


def _for_readers(found: AskedQuestion, form: str, cited: CiteAs) -> Response:
    """Send an answer with names and citations, or the publications behind it."""
    table = everything().table(found.chosen.text)
    if form in _WRITERS:
        body = _WRITERS[form](references_of(table))
    else:
        answered = extended(table, cited.release)
        body = as_csv(answered, cited) if form == "table" else as_workbook(answered, found.question, cited)
    response = document(body, _MEDIA_TYPES[form])
    ending = _ENDINGS.get(form, form)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.name}-{cited.release}.{ending}"'
    return response


def _cited(found: AskedQuestion, pairs: Iterable[tuple[str, str]]) -> CiteAs:
    return cite_as(found.title, f"questions/{found.name}", [pair for pair in pairs if pair[1]])


@dataclass(frozen=True, slots=True)
class Removed:
    """Rows that a default leaves out: how many, or that they are shown."""

    name: str
    meaning: str
    rows: int
    kept: bool


def _left_out(chosen: Chosen, default: LeftOut, rows: int) -> Removed:
    """Count what a default leaves out: the rows there would be without it, less those there are."""
    kept = default.name in chosen.kept
    more = 0 if kept else len(everything().table(chosen.keeping(default).text).rows) - rows
    return Removed(default.name, default.meaning, more, kept)


def _named(node: Node, labels: Mapping[str, str]) -> Node:
    return Node(node.value, node.kind, node.datatype, labels.get(node.value, ""))


def _is_numeric(rows: tuple[tuple[Node | None, ...], ...], position: int) -> bool:
    cells = [row[position] for row in rows if row[position]]
    return bool(cells) and all(cell is not None and cell.datatype in NUMERIC for cell in cells)
