"""The address of the site as its users see it, put into each request, so that all that makes links knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class PublicAddress:
    """A WSGI layer that replaces scheme, host and prefix of each request by those that the operator stated.

    Header fields of proxies (`Forwarded`, `X-Forwarded-Prefix` and the like) are never read: the server cannot tell who
    wrote them, and what they say would stand in answers that caches keep.

    Source: PEP 3333 (`SCRIPT_NAME`, `wsgi.url_scheme`).
    """

    def __init__(self, inner: WSGIApplication, base_url: str) -> None:
        """Wrap an app whose users see it at `base_url`, whose path the proxy takes off each request."""
        parts = urlsplit(base_url)
        self._inner = inner
        self._stated = {
            "wsgi.url_scheme": parts.scheme,
            "HTTP_HOST": parts.netloc,
            "SCRIPT_NAME": parts.path.rstrip("/"),
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the inner app does at the stated address."""
        environ.update(self._stated)  # in place: the server looks for what the app notes there
        return self._inner(environ, start_response)
