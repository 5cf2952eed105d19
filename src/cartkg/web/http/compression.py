"""Answers sent in a content coding when the client takes one and it is worth it (RFC 9110 section 12.5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from cartkg.errors import NotAcceptable
from cartkg.web.http import problems
from cartkg.web.http.content_coding import IDENTITY, OFFERED, choose, refusal

if TYPE_CHECKING:
    from flask import Flask, Response

    from cartkg.web.http.content_coding import Coding

_SMALLEST = 1400
_OK = 200
_READING = frozenset({"GET", "HEAD"})
_PACKED_ALREADY = ("image/png", "image/jpeg", "application/gzip", "font/")


def register(app: Flask) -> None:
    """Code the responses of an app."""
    app.after_request(_code)


def held(tag: str) -> str:
    """Return the entity tag, of the plain or a coded form, that the client of this request has; empty when none.

    `*` does not count here: it holds for any answer there is, and whether there is one is not known yet
    (RFC 9110 section 13.2.1).
    """
    said = request.if_none_match
    if request.method not in _READING or not said or said.star_tag:
        return ""
    return next((form for form in (tag, *(tag + one.suffix for one in OFFERED)) if said.contains_weak(form)), "")


def _code(response: Response) -> Response:
    """Code a whole answer; then look again whether the client has it, by the tag of these bytes."""
    if response.status_code != _OK:
        return response
    if "Accept-Encoding" not in response.headers.get("Vary", ""):
        response.vary.add("Accept-Encoding")
    try:
        wish = choose(request.headers.get("Accept-Encoding"))
        if wish.coding is not IDENTITY and _codable(response):
            _pack(response, wish.coding, even_small=not wish.plain)
        elif not wish.plain:
            raise refusal(IDENTITY)
    except NotAcceptable as error:
        return problems.known(error)
    if "If-None-Match" in request.headers and "ETag" in response.headers:
        response.make_conditional(request)
    return response


def _codable(response: Response) -> bool:
    return not response.direct_passthrough and not (response.mimetype or "").startswith(_PACKED_ALREADY)


def _pack(response: Response, coding: Coding, *, even_small: bool) -> None:
    body = response.get_data()
    if len(body) < _SMALLEST and not even_small:
        return
    packed = coding.pack(body)
    if len(packed) >= len(body) and not even_small:
        return
    response.set_data(packed)
    response.headers["Content-Encoding"] = coding.name
    tag, weak = response.get_etag()
    if tag and not weak:
        response.set_etag(tag + coding.suffix)
