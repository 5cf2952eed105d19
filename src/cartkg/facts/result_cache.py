"""Cache answers for repeated requests: bounded in bytes, for one release, least recently used evicted first."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from cachetools import LRUCache

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.sparql.engines.engine import Answer
    from cartkg.sparql.protocol.requests import Dataset

#: Bytes of the objects of an entry beside their texts, roughly.
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

    def __init__(self, limit: int = 32 * 1024**2, largest: int = 2 * 1024**2) -> None:
        """Bound the cache: `limit` bytes in all, `largest` bytes for one answer."""
        self._largest = largest
        self._lock = Lock()
        self._kept: LRUCache[Key, tuple[int, Answer]] = LRUCache(limit, getsizeof=lambda entry: entry[0])
        self._prepared: Mapping[Key, Answer] = {}

    @property
    def size(self) -> int:
        """Return the bytes that all entries take, roughly."""
        return int(self._kept.currsize)

    def get(self, key: Key) -> Answer | None:
        """Return the answer kept or prepared for a key, or None."""
        with self._lock:
            entry = self._kept.get(key)
        return entry[1] if entry else self._prepared.get(key)

    def prepare(self, answers: Mapping[Key, Answer]) -> None:
        """Give answers from now on that a build has made; they are never evicted."""
        self._prepared = answers

    def kept(self) -> dict[Key, Answer]:
        """Return all answers that are kept."""
        with self._lock:
            return {key: answer for key, (_, answer) in self._kept.items()}

    def put(self, key: Key, answer: Answer) -> None:
        """Keep a complete answer; one that is cut or too large is not kept."""
        if not answer.complete or len(answer.body) > self._largest or not key.release:
            return
        cost = len(key.query) + len(answer.body) + _OVERHEAD
        if cost <= self._kept.maxsize:
            with self._lock:
                self._kept[key] = cost, answer

    def clear(self) -> None:
        """Drop everything, after a reload; answers of the release before that were prepared fit no key any more."""
        with self._lock:
            self._kept.clear()
