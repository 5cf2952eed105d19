"""`/questions`, `/questions/<name>` and `/query`: a stored or typed question, its answer as a table for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from cartkg.errors import BackendError, QueryError
from cartkg.facts.records import AnswerTerm
from cartkg.formats import GRAPHS, RESULTS
from cartkg.queries.examples import question_iri
from cartkg.sparql.protocol import requests
from cartkg.sparql.protocol.requests import Incoming
from cartkg.web.http.earlier import RELEASE
from cartkg.web.http.parameters import refuse_unknown
from cartkg.web.http.state import serving
from cartkg.web.present.arranging import PARAMETERS, arrange, wish_of
from cartkg.web.present.asked import asked, offered
from cartkg.web.present.exports.answer_tables import as_csv, as_workbook, extended, references_of
from cartkg.web.present.exports.citing import check_release, cite_as
from cartkg.web.present.exports.reference_formats import as_bibtex, as_csl, as_ris
from cartkg.web.present.exports.workbooks import MEDIA_TYPE
from cartkg.web.present.lists import Listed, answer
from cartkg.web.present.responses import document, page
from cartkg.web.present.shown_tables import shown
from cartkg.web.present.site import everything, site
from cartkg.web.views import sparql as endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cartkg.facts.asked import AskedQuestion
    from cartkg.queries import ChosenValues, LeftOut, Nameable, Question
    from cartkg.web.present.exports.citing import CiteAs

blueprint = Blueprint("questions", __name__)

#: Topics in the order in which a reader meets them; others follow.
_TOPICS = (
    "does it work", "is it safe", "who was treated", "what was given", "trials", "how sure is it", "the graph",
)  # fmt: skip
#: `?columns=all` shows every column on the page.
_COLUMNS = "columns"
_FORMAT = "format"
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


@blueprint.get("/questions")
@blueprint.get("/questions/")
def questions() -> Response:
    """List the stored questions under their subjects."""
    known = site().questions.values()
    members = tuple(AnswerTerm(question_iri(each), "uri", "", each.title) for each in known)
    return answer(
        "questions.html",
        Listed("questions", "Questions", members, len(members)),
        groups=by_topic(known),
    )


def by_topic(known: Iterable[Question]) -> dict[str, list[Question]]:
    """Return stored questions under their subjects, those of most readers first."""
    groups: dict[str, list[Question]] = {topic: [] for topic in _TOPICS}
    for each in known:
        groups.setdefault(each.tags[0], []).append(each)
    return {topic: found for topic, found in groups.items() if found}


@blueprint.get("/questions/<name>")
def question(name: str) -> Response:
    """Show a stored question or a saved setting of one, with the reader's choices, and its answer."""
    check_release(request.args)
    given = list(request.args.items(multi=True))
    pairs = [(key, value) for key, value in given if key not in {_COLUMNS, RELEASE, *PARAMETERS}]
    found = asked(name.removesuffix(".rq"), pairs)
    if found is None:
        raise NotFound
    if name.endswith(".rq"):
        return Response(found.chosen.document, mimetype="application/sparql-query")
    result, arranged, problem, left_out = None, None, found.problem, []
    wish = wish_of(given, [(key, value) for key, value in given if value and key not in {RELEASE, *PARAMETERS}])
    lists: Mapping[str, tuple[Nameable, ...]] = {}
    brief = request.args.get(_COLUMNS) != "all"
    if found.question.answers and not problem:
        try:
            lists = offered(found.question)
            table = everything().table(found.chosen.text)
            left_out = [_left_out(found.chosen, default, len(table.rows)) for default in found.question.leaves_out]
            arranged = arrange(table, wish)
            result = shown(arranged.table, found.question, brief=brief)
        except BackendError as error:
            problem = error.message
    return page(
        "question.html", asked=found, question=found.question, result=result, problem=problem, downloads=DOWNLOADS,
        tables=TABLES, references=REFERENCES, endings=_ENDINGS, arranged=arranged, left_out=left_out,
        lists=lists, brief=brief, settings=urlencode(pairs), cited=_cited(found, pairs),
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
    response, _ = endpoint.answer(state, requests.read(sent, state.settings.limits.query), found.chosen.text, state.own)
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


def _left_out(chosen: ChosenValues, default: LeftOut, rows: int) -> Removed:
    """Count what a default leaves out: the rows there would be without it, less those there are."""
    kept = default.name in chosen.kept
    more = 0 if kept else everything().row_count(chosen.keeping(default).text) - rows
    return Removed(default.name, default.meaning, more, kept)
