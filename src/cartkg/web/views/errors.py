"""Show errors to browsers as a page with links to continue."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from flask import render_template, request

from cartkg.errors import BackendError
from cartkg.facts.homes import KINDS, slug
from cartkg.facts.records import is_iri
from cartkg.namespaces import BASE
from cartkg.nearest import suggest
from cartkg.sparql.protocol.negotiation import prefers_html
from cartkg.web.http.earlier import RELEASE
from cartkg.web.present.asked import values
from cartkg.web.present.site import facts, site

if TYPE_CHECKING:
    from flask import Response

    from cartkg.queries import Nameable

_FIRST_ERROR = 400
_NOT_FOUND = 404
_GONE = 410
_PLAIN = "text/plain"
#: How many names of a kind an address is compared with.
_MOST_NAMES = 500
#: Parts of the address of a disease and a target after its first, and how many of each name are suggested.
_PAIR, _MOST_PAIRED = 3, 2


def render_error_page(response: Response) -> Response:
    """Turn the plain text of an error into a page for browsers; status and headers stay.

    The text comes from the one table of errors and is escaped by the template; the address is never shown.
    """
    if response.status_code < _FIRST_ERROR or response.mimetype != _PLAIN or request.path.startswith("/sparql"):
        return response
    if request.method not in {"GET", "HEAD"} or not prefers_html(request.headers.get("Accept")):
        return response
    title, _, detail = response.get_data(as_text=True).partition("\n")
    missing = response.status_code == _NOT_FOUND
    words = request.path.replace("/", " ").replace("-", " ").strip()[:80]
    near = _near(request.path) if missing else []
    now = _now() if response.status_code == _GONE else ""
    response.set_data(
        render_template(
            "error.html", missing=missing, title=title, detail=detail.strip(), words=words, near=near, now=now
        )
    )
    response.content_type = "text/html; charset=utf-8"
    return response


def _now() -> str:
    """Return the address of this request below the site, without the release that it names."""
    kept = [pair for pair in request.args.items(multi=True) if pair[0] != RELEASE]
    return f"{quote(request.path)}?{urlencode(kept)}" if kept else quote(request.path)


def _near(path: str) -> list[str]:
    """Return paths of things that there are and that look like the one asked for."""
    _, kind, *rest = path.split("/")
    asked = "/".join(rest)
    if kind == "diseases" and rest[1:2] == ["targets"] and len(rest) == _PAIR:
        return _near_pairs(rest[0], rest[2])
    if kind == "questions":
        known = [*site().questions, *site().saved]
    elif kind in KINDS:
        known = [slug(each.label) for each in _choices(kind)]
    elif kind == "rules":
        known = list(site().checks)
    else:
        known = _slugs(kind)
    return [f"/{kind}/{name}" for name in suggest(asked[:200], known)]


def _near_pairs(disease: str, target: str) -> list[str]:
    """Return paths of pages of a disease and a target whose names look like those asked for."""
    diseases, targets = (
        suggest(asked[:200], [slug(each.label) for each in _choices(kind)], _MOST_PAIRED)
        for kind, asked in (("diseases", disease), ("targets", target))
    )
    return [f"/diseases/{one}/targets/{other}" for one in diseases for other in targets]


def _choices(kind: str) -> tuple[Nameable, ...]:
    """Return what has a home page; nothing when the graph cannot be asked now."""
    if KINDS[kind] not in site().homes:
        return ()
    try:
        return values(KINDS[kind].name)
    except BackendError:
        return ()


def _slugs(kind: str) -> list[str]:
    """Return the slugs of up to 500 things of a kind; none when the graph cannot be asked now."""
    start = f"{BASE}{kind}/"
    if not is_iri(start):
        return []
    query = f'SELECT DISTINCT ?s WHERE {{ ?s a ?class FILTER(STRSTARTS(STR(?s), "{start}")) }} LIMIT {_MOST_NAMES}'
    try:
        rows = facts().table(query).rows
    except BackendError:
        return []
    return [row[0].value.removeprefix(start) for row in rows if row[0]]
