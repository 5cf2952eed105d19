"""Cache answers for repeated requests: bounded in bytes, for one release, least recently used evicted first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.sparql.engines.engine import Answer
    from cartkg.sparql.protocol.requests import Dataset

_OVERHEAD = 512


@dataclass(frozen=True, slots=True)
class Key:
    """What makes two requests the same: release, query, dataset and format."""

    release: str
    query: str
    dataset: Dataset
    format: str


class ResultCache:
    """A bounded map from Key to Answer; safe to use from several threads.

    The release is part of the key, so an answer of an old release is never given for a new one, even when it is
    put in after the reload.
    """

    def __init__(self, limit: int = 12 * 1024**2, largest: int = 1024**2) -> None:
        """Bound the cache: `limit` bytes in all, `largest` bytes for one answer."""
        self._limit = limit
        self._largest = largest
        self._lock = Lock()
        self._kept: OrderedDict[Key, Answer] = OrderedDict()
        self.size = 0

    def get(self, key: Key) -> Answer | None:
        """Return the answer kept for a key, or None."""
        with self._lock:
            answer = self._kept.get(key)
            if answer is not None:
                self._kept.move_to_end(key)
            return answer

    def put(self, key: Key, answer: Answer) -> None:
        """Keep a complete answer; one that is cut or too large is not kept."""
        if not answer.complete or len(answer.body) > self._largest or not key.release:
            return
        with self._lock:
            old = self._kept.pop(key, None)
            if old is not None:
                self.size -= _cost(key, old)
            self._kept[key] = answer
            self.size += _cost(key, answer)
            while self.size > self._limit:
                first, dropped = self._kept.popitem(last=False)
                self.size -= _cost(first, dropped)

    def clear(self) -> None:
        """Drop everything, after a reload."""
        with self._lock:
            self._kept.clear()
            self.size = 0


def _cost(key: Key, answer: Answer) -> int:
    """Return the bytes that an entry takes, roughly: texts and a fixed part for the objects."""
    return len(key.query) + len(answer.body) + _OVERHEAD
