"""gzip for answers that are worth it, when the client takes it (RFC 9110 section 12.5.3)."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from flask import request

if TYPE_CHECKING:
    from flask import Flask, Response

_SMALLEST = 1400
_LEVEL = 1
_OK = 200
_PACKED_ALREADY = ("image/png", "image/jpeg", "application/gzip", "font/")


def register(app: Flask) -> None:
    """Compress the responses of an app."""
    app.after_request(_compress)


def tagged(tag: str) -> str:
    """Give the entity tag of the compressed form: other bytes need another strong tag (RFC 9110 section 8.8.3.3)."""
    return f"{tag}-gz"


def _compress(response: Response) -> Response:
    if response.status_code != _OK or response.direct_passthrough or "Content-Encoding" in response.headers:
        return response
    if request.accept_encodings["gzip"] <= 0 or (response.mimetype or "").startswith(_PACKED_ALREADY):
        return response
    body = response.get_data()
    if len(body) < _SMALLEST:
        return response
    response.set_data(gzip.compress(body, _LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    tag, weak = response.get_etag()
    if tag and not weak:
        response.set_etag(tagged(tag))
    return response
