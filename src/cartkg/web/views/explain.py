"""/sparql/explain: why a query has no rows, as JSON or as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, json, request

from cartkg.errors import QueryError
from cartkg.evaluation import syntax
from cartkg.sparql.empty_answers.diagnosis import diagnose
from cartkg.sparql.protocol import requests
from cartkg.sparql.protocol.negotiation import parse_accept, score_of
from cartkg.web.http.state import serving
from cartkg.web.views.sparql import incoming

if TYPE_CHECKING:
    from cartkg.sparql.empty_answers.diagnosis import Diagnosis

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
        return _finish(Response(text(found), content_type="text/plain; charset=utf-8"))
    return _finish(Response(json.dumps(document(found), ensure_ascii=False) + "\n", content_type="application/json"))


def document(found: Diagnosis) -> dict[str, object]:
    """Return a diagnosis as JSON members; what is not known is left out."""
    members: dict[str, object] = {"verdict": found.verdict, "reason": found.reason}
    if found.pattern is not None:
        members |= {"pattern": found.pattern.text, "line": found.pattern.line, "column": found.pattern.column}
    if found.hint:
        members["hint"] = found.hint
    members["absent"] = [
        {"term": one.term, "did_you_mean": list(one.near), **({"note": one.note} if one.note else {})}
        for one in found.absent
    ]
    return members


def text(found: Diagnosis) -> str:
    """Write a diagnosis in sentences."""
    lines = [f"{found.verdict}: {found.reason}."]
    if found.pattern is not None:
        lines.append(f"Line {found.pattern.line}, column {found.pattern.column}: {found.pattern.text}")
    if found.hint:
        lines.append(f"This would have matches: {found.hint}")
    for one in found.absent:
        lines.append(f"{one.term} is not there.")
        lines += [f"  Did you mean {name} ?" for name in one.near]
        lines += [f"  But {one.note}."] if one.note else []
    return "\n".join(lines) + "\n"


def _finish(response: Response) -> Response:
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-store"
    return response
