"""Whole responses kept for requests that are the same to the byte, answered without waking the app.

An entry belongs to the Release object it was made under; after a reload that object is another one, so no old answer
is given for a new release.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from granian.rsgi import Scope

    from cartkg.web.serving.bridge import Reply
    from cartkg.web.settings import Release
    from cartkg.web.state import Serving

_LIMIT = 8 * 1024**2
_LARGEST = 64 * 1024
_OVERHEAD = 2048
_OK = 200
_READ_HEADERS = ("host", "accept", "accept-encoding")


@dataclass(frozen=True, slots=True)
class Kept:
    """One response with its entity tag, quotes included, and the release it tells of."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    tag: str
    release: Release


class Repeats:
    """A bounded map from request to response; used by the event loop's thread only."""

    def __init__(self, state: Serving) -> None:
        """Start empty."""
        self._state = state
        self._kept: OrderedDict[tuple[str | None, ...], Kept] = OrderedDict()
        self._size = 0

    def find(self, scope: Scope) -> Kept | None:
        """Give the response to a request seen before, or its 304; None when the app must be asked."""
        if scope.method != "GET" or not self._kept or scope.path != "/sparql":
            return None
        kept = self._kept.get(_key(scope))
        if kept is None or kept.release is not self._state.release or "range" in scope.headers:
            return None
        condition = scope.headers.get("if-none-match")
        self._state.metrics.cache("repeat")
        self._state.metrics.query("cached", 0.0)
        if condition is not None and (kept.tag in condition or condition.strip() == "*"):
            return Kept(304, [one for one in kept.headers if one[0] != "Content-Length"], b"", kept.tag, kept.release)
        return kept

    def keep(self, scope: Scope, reply: Reply, release: Release) -> None:
        """Keep a whole answer and the release that it tells of; one without an entity tag is not kept."""
        if scope.method != "GET" or scope.path != "/sparql" or reply.status != _OK or len(reply.body) > _LARGEST:
            return
        tag = next((value for name, value in reply.headers if name.lower() == "etag"), "")
        if not tag:
            return
        key = _key(scope)
        headers = [(name, "0.0000" if name == "Cartkg-Seconds" else value) for name, value in reply.headers]
        self._forget(key)
        self._kept[key] = Kept(reply.status, headers, reply.body, tag, release)
        self._size += _cost(key, reply.body)
        while self._size > _LIMIT:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: tuple[str | None, ...]) -> None:
        old = self._kept.pop(key, None)
        if old is not None:
            self._size -= _cost(key, old.body)


def _key(scope: Scope) -> tuple[str | None, ...]:
    return (scope.query_string, *(scope.headers.get(name) for name in _READ_HEADERS))


def _cost(key: tuple[str | None, ...], body: bytes) -> int:
    return sum(len(part or "") for part in key) + len(body) + _OVERHEAD
