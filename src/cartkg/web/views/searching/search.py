"""`/search`, `/suggest` and `/opensearch.xml`: things by their names and identifiers.

Sources: OpenSearch 1.1 draft 6 (description document) and its extension for suggestions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, json, render_template, request

from cartkg.facts.records import AnswerTerm
from cartkg.facts.search import look_up
from cartkg.formats import Format
from cartkg.search.index import MOST_OFFSET, SearchRequest
from cartkg.web.http.formats import RDF_FORMS, chosen
from cartkg.web.http.parameters import number, parameters
from cartkg.web.http.state import serving
from cartkg.web.present.lists import LINKSET, Listed, answer
from cartkg.web.present.places import place_of
from cartkg.web.present.responses import document
from cartkg.web.present.site import facts, root, site

if TYPE_CHECKING:
    from flask import Response

    from cartkg.search.index import Hit, Results

blueprint = Blueprint("search", __name__)

_PER_PAGE, _SUGGESTED = 25, 8
#: Plain JSON, which scripts ask for; `application/ld+json` is RDF, as everywhere.
_JSON = Format("json", "JSON", ("application/json",))
_SUGGESTIONS = "application/x-suggestions+json"
_DESCRIPTION = "application/opensearchdescription+xml"


@blueprint.get("/search")
def search() -> Response:
    """Find things by words of their names, author and year, or an identifier; an empty search finds nothing."""
    given = parameters("q", "kind", "page", "as")
    page = number(given, "page", 1, MOST_OFFSET // _PER_PAGE)
    asked = SearchRequest(given.get("q", "").strip(), given.get("kind", ""), _PER_PAGE, (page - 1) * _PER_PAGE)
    results = found(asked)
    if not given.get("as") and chosen(request.headers.get("Accept"), (_JSON, *RDF_FORMS.values(), LINKSET)) is _JSON:
        return document(json.dumps(_as_json(asked, results), ensure_ascii=False, indent=1).encode(), "application/json")
    members = tuple(AnswerTerm(hit.iri, "uri", "", hit.label) for hit in results.hits)
    words = {"q": asked.text, "kind": asked.kind}
    path = f"search?{urlencode({name: word for name, word in words.items() if word})}" if asked.text else "search"
    title = f"Search: {asked.text}" if asked.text else "Search"
    known = asked.offset + _PER_PAGE + 1 if results.total is None else results.total
    last = max(1, -(-min(known, MOST_OFFSET) // _PER_PAGE))
    listed = Listed(path, title, members, results.total, page, last)
    return answer("search.html", listed, asked=asked, results=results, place=_place)


@blueprint.get("/suggest")
def suggest() -> Response:
    """Suggest things while a search is typed, as OpenSearch suggestions: names, what they are, addresses."""
    given = parameters("q", "kind")
    asked = SearchRequest(given.get("q", "").strip(), given.get("kind", ""), _SUGGESTED, typing=True)
    hits = found(asked).hits
    columns = [[hit.label for hit in hits], [_described(hit) for hit in hits], [_address(hit) for hit in hits]]
    return document(json.dumps([asked.text, *columns], ensure_ascii=False).encode(), _SUGGESTIONS)


@blueprint.get("/opensearch.xml")
def description() -> Response:
    """Describe the search, so that browsers and programs can use it (OpenSearch description document)."""
    parameters()
    return document(render_template("opensearch.xml", base=site().base_url).encode(), _DESCRIPTION)


def found(asked: SearchRequest) -> Results:
    """Return what a search finds in the graph served; while it is typed, whole words come before beginnings.

    Raises:
        QueryError: it is too long, or its kind is unknown.
        BackendError: it met a limit.
    """
    index = serving().index
    if index is None:
        return look_up(facts(), None, asked)
    results = look_up(facts(), index, asked)
    if not results.total and not asked.typing:  # the beginnings of words, where there is no whole one
        return look_up(facts(), index, replace(asked, typing=True))
    return results


def _as_json(asked: SearchRequest, results: Results) -> dict[str, object]:
    return {
        "query": asked.text,
        "kind": asked.kind or None,
        "start": asked.offset,
        "total": results.total,
        "kinds": results.kinds,
        "results": [
            {
                "id": hit.iri,
                "url": _address(hit),
                "name": hit.label,
                "kind": hit.kind,
                "known": hit.said,
                "also": hit.also,
                "score": hit.score,
            }
            for hit in results.hits
        ],
    }


def _place(hit: Hit) -> str:
    return root() + place_of(hit.iri, hit.kind, hit.label)


def _described(hit: Hit) -> str:
    also = f"also {hit.also}" if hit.also else ""
    return " · ".join(part for part in (hit.kind, also, hit.said) if part)


def _address(hit: Hit) -> str:
    return site().base_url + place_of(hit.iri, hit.kind, hit.label).removeprefix("/")
