"""Send a template or bytes as a response with validators and caching headers."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from flask import Response, render_template, request

from cartkg.web.http.formats import written
from cartkg.web.present.site import facts, site

if TYPE_CHECKING:
    from cartkg.formats import Format

_MINUTES = 60


def page(template: str, status: int = 200, /, **context: object) -> Response:
    """Send a template as HTML; its entity tag is that of its bytes (RFC 9110, section 8.8.3)."""
    return _finished(Response(render_template(template, **context), status, mimetype="text/html"))


def document(body: bytes, media_type: str) -> Response:
    """Send a prepared file."""
    return _finished(Response(body, mimetype=media_type))


def rdf(query: str, form: Format, name: str, more: bytes = b"") -> Response:
    """Send the triples of a CONSTRUCT, and `more` N-Triples; `name` is what a browser saves the file as."""
    body = written(facts().rdf(query) + more, form, site().prefixes)
    response = Response(body, content_type=_content_type(form))
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return _finished(response)


def svg(text: str) -> Response:
    """Send a picture."""
    return _finished(Response(text, mimetype="image/svg+xml"))


def triples(n_triples: bytes, form: Format) -> Response:
    """Send triples that are not in the graph."""
    return _finished(Response(written(n_triples, form, site().prefixes), content_type=_content_type(form)))


def _content_type(form: Format) -> str:
    media_type = form.media_types[0]
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _finished(response: Response) -> Response:
    response.vary.add("Accept")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.cache_control.public = True
    response.cache_control.max_age = _MINUTES
    response.set_etag(sha256(response.get_data()).hexdigest()[:32])
    response.make_conditional(request)
    return response
