"""Headers that every response carries: who may read it, and what a browser may do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_EXPOSED = (
    "ETag, Link, Retry-After, Cartkg-Release, Cartkg-Complete, Cartkg-Rows, Cartkg-Cut-By, "
    "Cartkg-Seconds, Cartkg-Unknown-Functions"
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
    ("Access-Control-Allow-Headers", "Accept, Content-Type, If-None-Match"),
    ("Access-Control-Max-Age", "86400"),
)


class SecurityHeaders:
    """A WSGI layer that adds the headers to every response, also to those made where no view is reached.

    It works on the finished list because setting headers one by one costs more than answering a small query.
    """

    def __init__(self, inner: WSGIApplication) -> None:
        """Wrap an app."""
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the inner app does, with the headers; one that a view has set stays as it is."""
        more = (*_ALWAYS, *_PREFLIGHT) if environ["REQUEST_METHOD"] == "OPTIONS" else _ALWAYS

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            present = {name.lower() for name, _ in headers}
            headers.extend(pair for pair in more if pair[0].lower() not in present)
            return start_response(status, headers, exc_info)

        return self._inner(environ, start)
