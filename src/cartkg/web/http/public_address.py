"""The address of the site as its users see it, put into each request, so that all that makes links knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.wrappers import Response

from cartkg.sparql.protocol.requests import is_plain_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_NO_PREFIX = "X-Forwarded-Prefix must be a path of letters, digits and -._~ between single slashes\n"


class PublicAddress:
    """A WSGI layer that replaces scheme, host and prefix of each request by those that the operator stated.

    Header fields of proxies (`Forwarded`, `X-Forwarded-Host` and the like) are not read: the server cannot tell who
    wrote them, and what they say would be in answers that caches keep.

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


class ForwardedPrefix:
    """A WSGI layer that takes the prefix of each request from the field `X-Forwarded-Prefix`.

    Only for servers that no one reaches but through a proxy, which must replace the field in every request.
    """

    def __init__(self, inner: WSGIApplication) -> None:
        """Wrap an app whose proxy takes off the prefix that it names."""
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the inner app does below the prefix; 400 when the field contains no plain path."""
        prefix = environ.get("HTTP_X_FORWARDED_PREFIX", "").rstrip("/")
        if prefix and not is_plain_path(prefix):
            refused = Response(_NO_PREFIX, 400, content_type="text/plain; charset=utf-8")
            return refused(environ, start_response)
        environ["SCRIPT_NAME"] = prefix
        return self._inner(environ, start_response)
