"""A query file in, the `#+ key: value` lines of its header out, each with its line number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import ShapesError, UnusableFile
from cartkg.files import read_text
from cartkg.nearest import suggest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Most bytes of a query.
_MOST = 1024**2
_LINE = re.compile(r"#\+\s*(?P<key>[a-z-]+)\s*:\s*(?P<value>.*?)\s*\Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """One header line: its number in the file, from 1, and its value."""

    line: int
    value: str


class Header:
    """The `#+` lines of one file, with their line numbers.

    Raises:
        ShapesError: the file cannot be read, or a header line has no key or one that is not allowed.
    """

    def __init__(self, path: Path, allowed: set[str]) -> None:
        self.path = path
        self.text = _read(path)
        self._entries: dict[str, list[Entry]] = {}
        for number, line in enumerate(self.text.splitlines(), start=1):
            if not line.startswith("#+"):
                continue
            match = _LINE.match(line)
            if match is None:
                raise ShapesError(f"not a header line: {line!r}; write `#+ key: value`", path, number)
            if match["key"] not in allowed:
                raise ShapesError(unknown("header key", match["key"], sorted(allowed)), path, number)
            self._entries.setdefault(match["key"], []).append(Entry(number, match["value"]))

    def lines(self, key: str) -> list[Entry]:
        """Return the lines of a key, in order; none when the key is absent."""
        return self._entries.get(key, [])

    def line(self, key: str) -> int:
        """Return the line where a key first stands, else 1."""
        entries = self.lines(key)
        return entries[0].line if entries else 1

    def optional(self, key: str, default: str = "") -> str:
        """Return a key's lines as one text, or the default."""
        return " ".join(entry.value for entry in self.lines(key)) or default

    def required(self, key: str) -> str:
        """Return a key's lines as one text.

        Raises:
            ShapesError: the key is absent or empty.
        """
        value = self.optional(key)
        if not value:
            raise ShapesError(f"the header lacks `#+ {key}: ...`", self.path, self.line(key))
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """Return the comma-separated words of a key that must be there."""
        return tuple(word for part in self.required(key).split(",") if (word := part.strip()))

    def error(self, key: str, message: str) -> ShapesError:
        """Make an error that points at the line of a key."""
        return ShapesError(message, self.path, self.line(key))


def _read(path: Path) -> str:
    try:
        return read_text(path, _MOST)
    except UnicodeDecodeError as error:
        raise ShapesError(f"is not UTF-8 at byte {error.start}", path) from error
    except UnusableFile as error:
        raise ShapesError(error.message, path) from error


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """Say that a name is unknown and which known ones look alike, or all of them."""
    near = suggest(name, known)
    hint = f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(known)}"
    return f"unknown {what} {name!r}; {hint}"
