"""A refusal meant for a browser in, the same refusal as a page with ways on out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from cartkg.sparql.negotiation import prefers_html

if TYPE_CHECKING:
    from flask import Response

_FIRST_ERROR = 400
_PLAIN = "text/plain"


def dress(response: Response) -> Response:
    """Turn the plain text of an error into a page when a browser asked; status and headers stay.

    The text comes from the one table of errors and is escaped by the template; the address is never shown.
    """
    if response.status_code < _FIRST_ERROR or response.mimetype != _PLAIN or request.path.startswith("/sparql"):
        return response
    if request.method not in {"GET", "HEAD"} or not prefers_html(request.headers.get("Accept")):
        return response
    title, _, detail = response.get_data(as_text=True).partition("\n")
    words = request.path.replace("/", " ").replace("-", " ").strip()[:80]
    response.set_data(
        render_template("error.html", status=response.status_code, title=title, detail=detail.strip(), words=words)
    )
    response.content_type = "text/html; charset=utf-8"
    return response
