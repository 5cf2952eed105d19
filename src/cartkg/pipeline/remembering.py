"""Findings kept by the hash of what they came from, so that what has not changed is not looked at again."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg import __version__
from cartkg.errors import ConfigError
from cartkg.findings import Finding, Severity
from cartkg.project import replace_file

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(slots=True)
class Memory:
    """What one stage found in single files, by hash of content; only findings without traces are kept.

    Attributes:
        file: where it is kept.
        salt: what else the findings depend on, for instance the prefixes.
    """

    file: Path
    salt: str
    _old: dict[str, list[list[object]]] | None = None
    _new: dict[str, list[list[object]]] | None = None

    def recall(self, path: Path, data: bytes) -> list[Finding] | None:
        """Give what was found in a file of this content; None when it was never looked at."""
        if self._old is None:
            self._old = _read(self.file)
            self._new = {}
        kept = self._old.get(self._key(data))
        if kept is None or self._new is None:
            return None
        self._new[self._key(data)] = kept
        return [
            Finding(path, int(str(line)), int(str(column)), str(rule), str(message), Severity(severity))
            for line, column, rule, message, severity in kept
        ]

    def keep(self, data: bytes, found: list[Finding]) -> None:
        """Keep what was found in a file of this content."""
        if self._new is not None:
            self._new[self._key(data)] = [
                [each.line, each.column, each.rule, each.message, each.severity.value] for each in found
            ]

    def save(self) -> None:
        """Write what was kept or recalled; a folder that cannot be written only makes the next run slower."""
        if self._new is not None and self._new != self._old:
            with suppress(ConfigError):
                replace_file(self.file, json.dumps(self._new).encode())

    def _key(self, data: bytes) -> str:
        return hashlib.sha256(f"{__version__}\0{self.salt}\0".encode() + data).hexdigest()


def _read(file: Path) -> dict[str, list[list[object]]]:
    try:
        kept = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
