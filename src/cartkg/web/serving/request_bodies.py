"""Read request bodies, complete or refused, within limits of size, time and memory.

Source: RSGI specification 1.5 (Granian), RFC 9112 section 6.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from granian.rsgi import ProtocolClosed, ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from granian.rsgi import HTTPProtocol, Scope

_SECONDS = 20.0
_DRAINED = 64 * 1024**2
_SMALL = 32 * 1024
_DIGITS = 5
_PENDING = 64 * 1024**2


class BodyTooLarge(Exception):  # carries no message: it becomes a status
    """The request's body is larger than allowed."""


class BodyBroken(Exception):  # carries no message: it becomes a status
    """The request's body ended before its stated length."""


class BodiesTooMany(Exception):  # carries no message: it becomes a status
    """Large incomplete bodies use all the space available for them."""


class Bodies:
    """All bodies that one server is reading; used by the event loop's thread only."""

    def __init__(self, limit: int) -> None:
        """Take bodies of at most `limit` bytes."""
        self._limit = limit
        self._pending = 0

    async def read(self, scope: Scope, fields: Mapping[str, str], protocol: HTTPProtocol) -> bytes:
        """Read the body; one that is too large is read and discarded, so that the client receives the refusal.

        Raises:
            BodyTooLarge: it is larger than the limit.
            BodyBroken: it is shorter than stated, for the client left.
            BodiesTooMany: it is not a small one, and there is no room for more of them.
            TimeoutError: it did not arrive in time.
        """
        stated = fields.get("content-length")
        if scope.method in {"GET", "HEAD"} and stated is None:
            return b""
        size = 0
        if stated is not None and not fields.get("transfer-encoding") and _is_small(stated, self._limit):
            return await _small_body(protocol, int(stated))
        held = bytearray()
        try:
            async with asyncio.timeout(_SECONDS):
                async for part in protocol:
                    size += len(part)
                    if size > _DRAINED:
                        break
                    self._hold(held, part if size <= self._limit else None)
        finally:
            self._pending -= max(0, len(held) - _SMALL)
        if size > self._limit:
            raise BodyTooLarge
        if stated is not None and str(size) != stated.strip().lstrip("0").rjust(1, "0"):
            raise BodyBroken
        return bytes(held)

    def _hold(self, held: bytearray, part: bytes | None) -> None:
        """Keep a part of a body, or drop the whole; what large bodies take beyond a small one's size is bounded."""
        before = max(0, len(held) - _SMALL)
        if part is None:
            held.clear()
        else:
            held += part
        self._pending += max(0, len(held) - _SMALL) - before
        if self._pending > _PENDING:
            raise BodiesTooMany


def _is_small(stated: str, limit: int) -> bool:
    """Return whether a body's stated length is one that is read at once."""
    return len(stated) <= _DIGITS and stated.isascii() and stated.isdecimal() and int(stated) <= min(limit, _SMALL)


async def _small_body(protocol: HTTPProtocol, size: int) -> bytes:
    """Read a small body, which mostly came with its head.

    Raises:
        BodyBroken: it is shorter than stated, for the client left.
        TimeoutError: it did not arrive in time.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            body = bytes(await protocol())
    except (ProtocolClosed, ProtocolError) as error:
        raise BodyBroken from error
    if len(body) != size:
        raise BodyBroken
    return body
