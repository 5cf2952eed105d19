"""/sparql/explain: why a query has no rows, as JSON or as text."""

from __future__ import annotations

from flask import Blueprint, Response, json, request

from cartkg.errors import QueryError
from cartkg.evaluation import syntax
from cartkg.sparql.empty_answers.diagnosis import diagnose
from cartkg.sparql.empty_answers.report import document, tell
from cartkg.sparql.protocol import requests
from cartkg.sparql.protocol.negotiation import parse_accept, score_of
from cartkg.web.http.state import serving
from cartkg.web.views.sparql import incoming

blueprint = Blueprint("explain", __name__)


@blueprint.route("/sparql/explain", methods=["GET", "POST"])
def explain() -> Response:
    """Diagnose the query of a protocol request; the answer is JSON, or text for those who prefer it or browse."""
    state = serving()
    asked = requests.read(incoming(), state.settings.limits.query)
    if asked.query is None:
        raise QueryError("give the query to explain: /sparql/explain?query=...")
    syntax.guard(syntax.analyse(asked.query, state.settings.limits.depth), state.settings.services)
    found = diagnose(state.engine, asked.query, asked.dataset)
    ranges = parse_accept(request.headers.get("Accept", ""))
    readable = max(score_of("text/plain", ranges), score_of("text/html", ranges))
    if readable > score_of("application/json", ranges):
        return _finish(Response(tell(found), content_type="text/plain; charset=utf-8"))
    return _finish(Response(json.dumps(document(found), ensure_ascii=False) + "\n", content_type="application/json"))


def _finish(response: Response) -> Response:
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-store"
    return response
