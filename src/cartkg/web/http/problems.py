"""The one table from error to HTTP status, and the one place where an error becomes a response.

Problem documents follow RFC 9457; people and plain clients get the same in a few lines of text.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from flask import Response, json, request
from werkzeug.exceptions import HTTPException

from cartkg.errors import (
    BackendError,
    CartkgError,
    LimitExceeded,
    NotAcceptable,
    NotKept,
    QueryError,
    Refused,
    TooLarge,
)
from cartkg.sparql.protocol.negotiation import parse_accept, score_of
from cartkg.sparql.protocol.requests import (
    METHODS,
    AddressTooLong,
    MethodNotAllowed,
    UnsupportedCoding,
    UnsupportedMediaType,
)

if TYPE_CHECKING:
    from flask import Flask

#: Status and title of each error; the first class that fits counts.
STATUS: tuple[tuple[type[CartkgError], int, str], ...] = (
    (MethodNotAllowed, 405, "Method not allowed"),
    (AddressTooLong, 414, "Address too long"),
    (UnsupportedMediaType, 415, "Unsupported media type"),
    (NotAcceptable, 406, "Not acceptable"),
    (Refused, 403, "Refused"),
    (TooLarge, 413, "Too large"),
    (NotKept, 410, "Release not kept"),
    (QueryError, 400, "Malformed request"),
    (LimitExceeded, 503, "Limit exceeded"),
    (BackendError, 502, "Backend failed"),
    (CartkgError, 500, "Internal error"),
)

_LOG = logging.getLogger(__name__)
_PROBLEM = "application/problem+json"


def register(app: Flask) -> None:
    """Register the handlers of an app."""
    app.register_error_handler(CartkgError, known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def problem(status: int, title: str, detail: str, **extra: Any) -> Response:
    """Write a problem: JSON for programs, text for those who ask for text or HTML."""
    ranges = parse_accept(request.headers.get("Accept", ""))
    wants_text = max(score_of("text/plain", ranges), score_of("text/html", ranges)) > score_of(_PROBLEM, ranges)
    if wants_text:
        where = "".join(f"{name} {extra[name]}\n" for name in ("line", "column") if extra.get(name) is not None)
        hint = f"{extra['hint']}\n" if extra.get("hint") else ""
        return Response(f"{title}\n{detail}\n{where}{hint}", status, content_type="text/plain; charset=utf-8")
    fields = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    fields.update({name: value for name, value in extra.items() if value not in (None, (), "")})
    return Response(json.dumps(fields, ensure_ascii=False) + "\n", status, content_type=_PROBLEM)


def status_of(error: CartkgError) -> tuple[int, str]:
    """Return HTTP status and title of an error from the table."""
    return next((status, title) for kind, status, title in STATUS if isinstance(error, kind))


def known(error: CartkgError) -> Response:
    """Make one of our errors into a response, by the table."""
    status, title = status_of(error)
    if status in {500, 502}:
        _LOG.error("%s: %s", title, error)
        detail = "the backend of this endpoint failed" if isinstance(error, BackendError) else "the server failed"
        return problem(status, title, detail)
    detail = error.message if isinstance(error, (QueryError, BackendError)) else str(error)
    extra: dict[str, Any] = {}
    if isinstance(error, QueryError):
        extra = {"line": error.line, "column": error.column}
    if isinstance(error, NotAcceptable):
        extra["offers"] = error.offers
    if isinstance(error, LimitExceeded):
        extra["limit"] = error.limit
    response = problem(status, title, detail, **extra)
    if isinstance(error, LimitExceeded):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(METHODS)
    if isinstance(error, UnsupportedCoding):
        response.headers["Accept-Encoding"] = "identity"
    response.headers["Cache-Control"] = "no-store"
    return response


def _http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:  # noqa: PLR2004  # redirects pass through
        return Response(error.get_response().response, error.code, error.get_response().headers)
    code = error.code or 500
    details = {404: "page not found", 405: "this address does not support the method"}
    response = problem(code, error.name, details.get(code, "the request cannot be served"))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _unknown(error: Exception) -> Response:
    _LOG.error("unexpected error", exc_info=error)
    return problem(500, "Internal error", "internal error; the cause is in the server's log")
