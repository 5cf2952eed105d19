"""Headers that every response carries: who may read it, and what a browser may do with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_EXPOSED = (
    "ETag, Link, Retry-After, Accept-Ranges, Content-Range, "
    "Cartkg-Release, Cartkg-Complete, Cartkg-Rows, Cartkg-Cut-By, Cartkg-Seconds, Cartkg-Unknown-Functions, "
    "Cartkg-Unbound-Columns, Cartkg-Repeated-Rows"
)


_ALWAYS = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", _EXPOSED),
)
_PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS"),
    ("Access-Control-Max-Age", "86400"),
)
_USUAL = "Accept, Content-Type, If-None-Match"
_LONGEST_LIST = 4096
#: Names of fields with commas between them (RFC 9110 section 5.6.2).
_LIST = re.compile(r"[\w!#$%&'*+.^`|~\- ,\t]+", re.ASCII)


class SecurityHeaders:
    """A WSGI layer that adds the headers to every response, also to those made where no view is reached.

    It works on the finished list because setting headers one by one costs more than answering a small query.
    """

    def __init__(self, inner: WSGIApplication) -> None:
        """Wrap an app."""
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the inner app does, with the headers; one that a view has set stays as it is."""
        more = (*_ALWAYS, *_preflight(environ)) if environ["REQUEST_METHOD"] == "OPTIONS" else _ALWAYS

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            present = {name.lower() for name, _ in headers}
            headers.extend(pair for pair in more if pair[0].lower() not in present)
            return start_response(status, headers, exc_info)

        return self._inner(environ, start)


def _preflight(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    """Allow a script of another site the headers that it asks for.

    All that is served is public and nothing depends on who asks, so no header can open anything. A `*` would not do:
    it leaves out `Authorization`, which some clients always send (Fetch standard, CORS-safelisted request-header).
    """
    yield from _PREFLIGHT
    wanted = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "").strip()
    is_list = len(wanted) <= _LONGEST_LIST and _LIST.fullmatch(wanted)
    yield "Access-Control-Allow-Headers", wanted if is_list else _USUAL
