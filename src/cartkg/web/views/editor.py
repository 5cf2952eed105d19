"""`/query`: run a typed query and show its answer below it as a table; in the richer editor if it was built."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, urlencode

from flask import Blueprint, Response, redirect, render_template, request

from cartkg.errors import BackendError, QueryError, TooLarge
from cartkg.evaluation.syntax import QueryForm, analyse, unmarked
from cartkg.facts.terms_in_use import terms_in_use
from cartkg.sparql.empty_answers.diagnosis import diagnose
from cartkg.sparql.empty_answers.report import tell
from cartkg.sparql.protocol import requests
from cartkg.sparql.protocol.requests import FORM_TYPE, Dataset, Incoming
from cartkg.web.http.lengths import LONGEST_ADDRESS
from cartkg.web.http.parameters import parameters, refuse_unknown
from cartkg.web.http.problems import status_of
from cartkg.web.http.state import serving
from cartkg.web.present.asked import asked
from cartkg.web.present.responses import document, page
from cartkg.web.present.shown_tables import shown
from cartkg.web.present.site import asked_by_users, everything, root, site
from cartkg.web.views import sparql as endpoint
from cartkg.web.views.questions import DOWNLOADS, by_topic
from cartkg.web.views.sparql import LONGEST_HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.wrappers import Response as AnyResponse

    from cartkg.errors import CartkgError
    from cartkg.facts.terms_in_use import TermInUse
    from cartkg.web.present.shown_tables import Shown

blueprint = Blueprint("editor", __name__)

_RICH = Path(__file__).parents[1] / "static" / "vendor" / "yasqe" / "yasqe.min.js"
#: Formats of a CONSTRUCT or DESCRIBE, by the names that `/sparql?format=` takes.
GRAPH_DOWNLOADS = {"turtle": "Turtle", "jsonld": "JSON-LD", "ntriples": "N-Triples", "rdfxml": "RDF/XML"}
_STARTER = """PREFIX cartkg: <https://w3id.org/cartkg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?publication ?title ?year WHERE {
  ?publication cartkg:year ?year ;
    rdfs:label ?title .
}
ORDER BY DESC(?year) ?publication
LIMIT 20
"""


@blueprint.route("/query", methods=["GET", "POST"])
def query() -> AnyResponse:
    """Show the editor; run `?query=` and show its answer. `?question=` or `?edit=` fill it without running.

    The form uses POST, because a long query does not fit into an address. A short query still has an address, so that
    its answer can be linked.
    """
    request.max_form_memory_size = serving().settings.limits.body  # a query of many escapes is above Flask's own limit
    fields = parameters("query", "format", "question", "edit", "plain")
    text = unmarked(fields.get("query", "")).strip()
    if not text:
        return _editor(fields)
    form = fields.get("format", "html")
    if request.method == "POST" and len(short := _address("/query", text, form)) <= LONGEST_HEADER:
        return redirect(short if form != "html" else f"{short.removesuffix('&format=html')}#answer", 303)
    if form != "html":
        return _elsewhere(text, form)
    try:
        if len(text.encode()) > serving().settings.limits.query:
            raise TooLarge("the query is longer than this server accepts")
        if analyse(text, serving().settings.limits.depth).kind is QueryForm.GRAPH:
            result, why = shown(asked_by_users().statements(text)), ""
            said = _surroundings(text) | {"downloads": GRAPH_DOWNLOADS}
        else:
            result = shown(asked_by_users().table(text))
            said, why = _surroundings(text), _why(text, result)
        return page("query.html", **said, result=result, why=why)
    except (QueryError, BackendError) as error:
        return _failed(text, error)


@blueprint.get("/query/terms.json")
def terms() -> Response:
    """Return the prefixes, classes and properties from which the richer editor completes."""
    short = site().prefixes.compact
    listed = [_written(term, short) for term in terms_in_use(everything())]
    known = {"prefixes": dict(site().prefixes.namespaces), "terms": listed}
    return document(json.dumps(known, ensure_ascii=False).encode(), "application/json")


def _editor(fields: Mapping[str, str]) -> Response:
    """Show the editor with a stored question, a given text, or one to start from.

    Raises:
        QueryError: no question has this name; it names the nearest.
    """
    name = fields.get("question", "")
    found = asked(name)
    if name and found is None:
        refuse_unknown("question", name, tuple(site().questions))
    text = found.chosen.text.strip() if found else unmarked(fields.get("edit", "")) or _STARTER
    return page("query.html", **_surroundings(text), result=None, opened=found.question if found else None)


def _surroundings(text: str) -> dict[str, object]:
    """Return what the page shows with and without an answer."""
    return {
        "text": text,
        "rich": _RICH.is_file() and request.args.get("plain") is None,
        "topics": by_topic(site().questions.values()),
        "prefixes": site().prefixes.namespaces,
        "downloads": DOWNLOADS,
        "formats": DOWNLOADS | GRAPH_DOWNLOADS,
        "linkable": _linkable(text),
        "link": link_to(text),
    }


def _written(term: TermInUse, short: Callable[[str], str | None]) -> dict[str, object]:
    """Write a term as a query names it; what is empty is left out."""
    said = {
        "name": short(term.iri) or f"<{term.iri}>",
        "kind": term.kind,
        "label": term.label,
        "meaning": term.meaning,
        "uses": term.uses,
        "classes": [short(iri) or f"<{iri}>" for iri in term.classes],
        "targets": [short(iri) or f"<{iri}>" for iri in term.targets],
    }
    return {name: value for name, value in said.items() if value}


def _elsewhere(text: str, form: str) -> AnyResponse:
    """Send a browser to the endpoint, or answer as it does where the query came by POST for its length."""
    if request.method == "POST":
        state = serving()
        sent = Incoming("POST", "", FORM_TYPE, urlencode({"query": text, "format": form}).encode())
        return endpoint.answer(state, requests.read(sent, state.settings.limits.query), text, state.engine)[0]
    return redirect(_address("/sparql", text, form), 303)


def _address(path: str, text: str, form: str) -> str:
    return f"{root()}{path}?{urlencode({'query': text, 'format': form})}"


def _linkable(text: str) -> bool:
    """Return whether a link has room for a query."""
    return len(_address("/sparql", text, "spreadsheet")) <= LONGEST_ADDRESS


def link_to(text: str) -> str:
    """Return the address of the page that restores a query, below the site and as short as the query allows.

    A stored question is linked by its name. Of another query, indentation and empty lines are left out, unless a string
    of several lines may hold them, and only what an address may not contain is escaped (RFC 3986 section 3.4).
    """
    brief = _brief(text)
    for name in site().questions:
        found = asked(name)
        if found and _brief(found.chosen.text) == brief:
            return f"/query?question={quote(name)}"
    return f"/query?query={quote_plus(brief, safe='/:?@!$*,;=')}"


def _brief(text: str) -> str:
    if any(quotes in text for quotes in ('"""', "'''")):
        return text
    lines = (line.strip(" \t\r") for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _failed(text: str, error: CartkgError) -> Response:
    status, title = status_of(error)
    said = {"problem": error, "title": title, "place": _place(text, error)}
    response = Response(render_template("query.html", **_surroundings(text), result=None, **said), status)
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
