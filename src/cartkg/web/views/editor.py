"""`/query`: run a typed query and show its answer as a table; with the richer editor if it was built."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request

from cartkg.errors import BackendError, QueryError, TooLarge
from cartkg.evaluation.syntax import QueryForm, analyse, unmarked
from cartkg.sparql.empty_answers.diagnosis import diagnose
from cartkg.sparql.empty_answers.report import tell
from cartkg.sparql.protocol import requests
from cartkg.sparql.protocol.requests import FORM_TYPE, Dataset, Incoming
from cartkg.web.http.headers import POLICY
from cartkg.web.http.lengths import LONGEST_ADDRESS
from cartkg.web.http.problems import status_of
from cartkg.web.http.state import serving
from cartkg.web.present.asked import asked
from cartkg.web.present.responses import page
from cartkg.web.present.shown_tables import shown
from cartkg.web.present.site import everything, root, site
from cartkg.web.views import sparql as endpoint
from cartkg.web.views.questions import DOWNLOADS
from cartkg.web.views.sparql import LONGEST_HEADER

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from cartkg.errors import CartkgError
    from cartkg.queries import Question
    from cartkg.web.present.shown_tables import Shown

blueprint = Blueprint("editor", __name__)

_RICH = Path(__file__).parents[1] / "static" / "vendor" / "yasgui" / "yasgui.min.js"
#: The richer editor sets style attributes and style elements from its script; nothing else is opened for it.
_RICH_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
_STARTER = """PREFIX cartkg: <https://w3id.org/cartkg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?publication ?title ?year WHERE {
  ?publication cartkg:year ?year ;
    rdfs:label ?title .
}
ORDER BY ?year ?publication
LIMIT 20
"""


@blueprint.route("/query", methods=["GET", "POST"])
def query() -> AnyResponse:
    """Show the editor; run `?query=` and show its answer. `?question=` or `?edit=` fill it without running.

    The form uses POST, because a long query does not fit into an address. A short query still has an address, so that
    its answer can be linked.
    """
    request.max_form_memory_size = serving().settings.limits.body  # a query of many escapes is above Flask's own limit
    fields = request.form if request.method == "POST" else request.args
    text = unmarked(fields.get("query", "")).strip()
    if not text:
        return _editor()
    form = fields.get("format", "html")
    if request.method == "POST" and len(short := _address("/query", text, form)) <= LONGEST_HEADER:
        return redirect(short, 303)
    if form != "html":
        return _elsewhere(text, form)
    try:
        if len(text.encode()) > serving().settings.limits.query:
            raise TooLarge("the query is longer than this server accepts")
        if analyse(text, serving().settings.limits.depth).kind is QueryForm.GRAPH:
            return _elsewhere(text, "turtle")
        result = shown(everything().table(text))
        return page(
            "query.html",
            text=text,
            result=result,
            why=_why(text, result),
            downloads=DOWNLOADS,
            linkable=_linkable(text),
        )
    except (QueryError, BackendError) as error:
        return _failed(text, error)


@blueprint.get("/query/examples.json")
def examples() -> Response:
    """Return the stored questions to the richer editor."""
    listed = [_example(question) for question in site().questions.values()]
    return Response(json.dumps(listed, ensure_ascii=False), mimetype="application/json")


def _editor() -> Response:
    found = asked(request.args.get("question", ""))
    typed = request.args.get("edit", "")
    text, name = (found.chosen.text, found.name) if found else (typed or _STARTER, "query" if typed else "")
    rich = _RICH.is_file() and request.args.get("plain") is None
    response = page("editor.html", text=text, name=name, rich=rich, questions=site().questions, downloads=DOWNLOADS)
    if rich:
        response.headers["Content-Security-Policy"] = _RICH_POLICY
    return response


def _elsewhere(text: str, form: str) -> AnyResponse:
    """Send a browser to the endpoint, or answer as it does where the query came by POST for its length."""
    if request.method == "POST":
        state = serving()
        sent = Incoming("POST", "", FORM_TYPE, urlencode({"query": text, "format": form}).encode())
        return endpoint.answer(state, requests.read(sent, state.settings.limits.query), text)[0]
    return redirect(_address("/sparql", text, form), 303)


def _address(path: str, text: str, form: str) -> str:
    return f"{root()}{path}?{urlencode({'query': text, 'format': form})}"


def _linkable(text: str) -> bool:
    """Return whether a link has room for a query."""
    return len(_address("/sparql", text, "spreadsheet")) <= LONGEST_ADDRESS


def _failed(text: str, error: CartkgError) -> Response:
    status, title = status_of(error)
    shown_again = {"text": text, "problem": error, "title": title, "place": _place(text, error)}
    shown_again["linkable"] = _linkable(text)
    response = Response(render_template("query.html", result=None, downloads=DOWNLOADS, **shown_again), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _why(text: str, result: Shown) -> str:
    """Say why an answer is empty, counts nothing or leaves a column blank, as /sparql/explain does.

    The text is empty when there is nothing to explain.
    """
    cells = [node for row in result.rows for node in row]
    is_blank = any(not any(column) for column in zip(*result.rows, strict=True))
    counts_nothing = len(result.rows) == 1 and all(node and node.value == "0" for node in cells)
    if cells and not is_blank and not counts_nothing:
        return ""
    return tell(diagnose(serving().engine, text, Dataset()))


def _place(text: str, error: CartkgError) -> str:
    """Return the line at fault with a mark under the column; empty when the error names no line."""
    if not isinstance(error, QueryError) or not error.line:
        return ""
    faulty = "".join(text.splitlines()[error.line - 1 : error.line])
    return f"{faulty}\n{' ' * (error.column - 1)}^" if error.column else faulty


def _example(question: Question) -> dict[str, str]:
    return {"name": question.name, "title": question.title, "query": question.text}
