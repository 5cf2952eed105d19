"""Cache complete responses for byte-identical requests, answered without calling the app.

The key contains every value of every field that the app reads (`fields.NEGOTIATED`), as the app gets them.
An entry belongs to the Release object it was made under; after a reload that object is another one, so no old answer
is given for a new release.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cachetools import LRUCache

from cartkg.web.serving.header_fields import NEGOTIATED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from granian.rsgi import Scope

    from cartkg.web.http.settings import ServedRelease
    from cartkg.web.http.state import Serving
    from cartkg.web.serving.reply import Reply

_LIMIT = 16 * 1024**2
_LARGEST = 512 * 1024
_OVERHEAD = 2048
_KEPT = frozenset({200, 304})


@dataclass(frozen=True, slots=True)
class Kept:
    """One response and its release."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    release: ServedRelease
    cost: int


class ResponseCache:
    """A bounded map from request to response; used by the event loop's thread only."""

    def __init__(self, state: Serving) -> None:
        """Start empty."""
        self._state = state
        self._kept: LRUCache[tuple[str | None, ...], Kept] = LRUCache(_LIMIT, getsizeof=lambda kept: kept.cost)

    def find(self, scope: Scope, fields: Mapping[str, str]) -> Kept | None:
        """Return the response to a request seen before; None when the app must be asked."""
        if not self._kept or not _may_be_kept(scope, fields):
            return None
        kept = self._kept.get(_key(scope, fields))
        if kept is None or kept.release is not self._state.release:
            return None
        self._state.metrics.cache("repeat")
        self._state.metrics.query("cached", 0.0)
        return kept

    def keep(self, scope: Scope, fields: Mapping[str, str], reply: Reply, release: ServedRelease) -> None:
        """Keep a whole answer, or a 304, and its release; one without an entity tag is not kept."""
        if not _may_be_kept(scope, fields) or reply.status not in _KEPT or len(reply.body) > _LARGEST:
            return
        if not any(name.lower() == "etag" for name, _ in reply.headers):
            return
        key = _key(scope, fields)
        headers = [
            (name, "0.0000" if name == "Cartkg-Seconds" else value) for name, value in reply.headers if name != "Date"
        ]
        self._kept[key] = Kept(reply.status, headers, reply.body, release, _cost(key, reply.body))


def _may_be_kept(scope: Scope, fields: Mapping[str, str]) -> bool:
    """Return whether a request asks a query by GET of a named host; without a name, links hold the address reached."""
    return scope.method == "GET" and scope.path == "/sparql" and "host" in fields


def _key(scope: Scope, fields: Mapping[str, str]) -> tuple[str | None, ...]:
    return (scope.query_string, *map(fields.get, NEGOTIATED))


def _cost(key: tuple[str | None, ...], body: bytes) -> int:
    return sum(len(part or "") for part in key) + len(body) + _OVERHEAD
