"""Diagnostics kept by the hash of what they came from, so that what has not changed is not looked at again."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.caches import content_key
from cartkg.diagnostics import Diagnostic, Severity
from cartkg.errors import UnusableFile
from cartkg.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cartkg.caches import Cache


def files_key(files: Iterable[Path]) -> str:
    """Return the key of what a stage found in some files together: their names and contents, whatever their order."""
    parts: list[bytes] = []
    for file in sorted(set(files)):
        try:
            parts += [file.name.encode(), read_bytes(file)]
        except UnusableFile as error:
            parts.append(str(error).encode())
    return content_key(*parts)


@dataclass(slots=True)
class Memory:
    """What one stage found in single files, by hash of content; only diagnostics without traces are kept.

    Attributes:
        cache: where it is kept.
        root: the project's folder; each project has an entry of its own.
        salt: what else the diagnostics depend on, for instance the prefixes.
    """

    cache: Cache
    root: Path
    salt: str
    _old: dict[str, list[list[object]]] | None = None
    _new: dict[str, list[list[object]]] | None = None

    def recall(self, path: Path, data: bytes) -> list[Diagnostic] | None:
        """Return what was found in a file of this content; None when it was never looked at."""
        if self._old is None:
            self._old = _read(self.cache.read(self._name))
            self._new = {}
        kept = self._old.get(self._key(data))
        if kept is None or self._new is None:
            return None
        self._new[self._key(data)] = kept
        return [
            Diagnostic(path, int(str(line)), int(str(column)), str(rule), str(message), Severity(severity))
            for line, column, rule, message, severity in kept
        ]

    def keep(self, data: bytes, found: list[Diagnostic]) -> None:
        """Keep what was found in a file of this content."""
        if self._new is not None:
            self._new[self._key(data)] = [
                [each.line, each.column, each.rule, each.message, each.severity.value] for each in found
            ]

    def save(self) -> None:
        """Write what was kept or recalled; a folder that cannot be written only makes the next run slower."""
        if self._new is not None and self._new != self._old:
            self.cache.write(self._name, json.dumps(self._new).encode())

    @property
    def _name(self) -> str:
        return f"style-{hashlib.sha256(os.fsencode(self.root)).hexdigest()}.json"

    def _key(self, data: bytes) -> str:
        return content_key(self.salt.encode(), data)


def _read(kept: bytes | None) -> dict[str, list[list[object]]]:
    held = json.loads(kept) if kept is not None else {}
    return held if isinstance(held, dict) else {}
