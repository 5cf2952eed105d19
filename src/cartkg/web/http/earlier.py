"""Addresses that name an earlier release lead to the server that keeps it, so that what was cited keeps answering."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import redirect, request

from cartkg.web.http.state import serving

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

#: Parameter of an address that names the release an answer is from.
RELEASE = "release"


def register(app: Flask) -> None:
    """Redirect readers of earlier releases, before today's data decide whether there is such a page."""
    app.before_request(_lead_back)


def _lead_back() -> Response | None:
    asked = request.args.get(RELEASE, "")
    place = serving().settings.earlier.get(asked)
    # a reload may have changed what is served: its own release is answered here
    if place is None or asked == serving().release.data_version or request.method not in {"GET", "HEAD"}:
        return None
    return redirect(f"{place}{quote(request.path.lstrip('/'))}?{request.query_string.decode('latin-1')}", 307)
