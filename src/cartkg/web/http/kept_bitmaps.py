"""Bitmaps of figures, drawn once: what was drawn is kept, and only a few are drawn at a time."""

from __future__ import annotations

from hashlib import sha256
from threading import BoundedSemaphore, Lock

from cachetools import LRUCache

from cartkg import bitmaps
from cartkg.errors import LimitExceeded

_LIMIT = 16 * 1024**2
_AT_ONCE = 2
_PATIENCE = 5.0


class KeptBitmaps:
    """A bounded map from figure to PNG; safe to use from several threads."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = Lock()
        self._places = BoundedSemaphore(_AT_ONCE)
        self._kept: LRUCache[bytes, bytes] = LRUCache(_LIMIT, getsizeof=len)

    def png(self, figure: str) -> bytes:
        """Return a figure as PNG.

        Raises:
            TooLarge: the figure is too large for a PNG.
            LimitExceeded: too many are being drawn, or this one took too long.
        """
        key = sha256(figure.encode()).digest()
        with self._lock:
            found = self._kept.get(key)
        if found is not None:
            return found
        if not self._places.acquire(timeout=_PATIENCE):
            raise LimitExceeded("too many figures are being drawn", limit="busy", retry_after=5)
        try:
            drawn = bitmaps.png(figure)
        finally:
            self._places.release()
        if len(drawn) <= _LIMIT:
            with self._lock:
                self._kept[key] = drawn
        return drawn
