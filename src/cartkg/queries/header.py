"""Read a query file: its text with the parts it includes, and the `#+ key: value` lines of its header.

A line `# include: NAME` stands for the text of `parts/NAME.rq` beside the file: what several questions share is written
once. Every line keeps the file and the number it comes from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import ShapesError, UnusableFile
from cartkg.evaluation.syntax import unmarked
from cartkg.files import list_files, read_text
from cartkg.nearest import suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

#: Most bytes of a query.
_MOST = 1024**2
#: Deepest that a part may include another.
_DEEPEST = 4
_INCLUDE = re.compile(r"\s*#\s*include:\s*(?P<name>[a-z][a-z0-9-]*)\s*\Z")
_LINE = re.compile(r"#\+\s*(?P<key>[a-z-]+)\s*:\s*(?P<value>.*?)\s*\Z")


@dataclass(frozen=True, slots=True)
class HeaderEntry:
    """One header line: its number in the whole text, from 1, and its value."""

    line: int
    value: str


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """One line of a text, with the file and the line, from 1, where it stands."""

    path: Path
    number: int
    text: str


class Header:
    """The `#+` lines of one file and its parts, with their line numbers.

    Raises:
        ShapesError: a file cannot be read, or a header line has no key or one that is not allowed.
    """

    def __init__(self, path: Path, allowed: set[str]) -> None:
        self.path = path
        self._lines = list(_lines(path))
        self.text = "\n".join(line.text for line in self._lines) + "\n"
        self._entries: dict[str, list[HeaderEntry]] = {}
        for number, line in enumerate(self._lines, start=1):
            if not line.text.startswith("#+"):
                continue
            match = _LINE.match(line.text)
            if match is None:
                raise self.error_at(number, f"not a header line: {line.text!r}; write `#+ key: value`")
            if match["key"] not in allowed:
                raise self.error_at(number, unknown("header key", match["key"], sorted(allowed)))
            self._entries.setdefault(match["key"], []).append(HeaderEntry(number, match["value"]))

    def lines(self, key: str) -> list[HeaderEntry]:
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
            raise self.error(key, f"the header lacks `#+ {key}: ...`")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """Return the comma-separated words of a key that must be there."""
        return tuple(word for part in self.required(key).split(",") if (word := part.strip()))

    def error(self, key: str, message: str) -> ShapesError:
        """Make an error that points at the line of a key."""
        return self.error_at(self.line(key), message)

    def error_at(self, line: int, message: str, *, stopped: bool = False) -> ShapesError:
        """Make an error that points at a line of the whole text, in the file where it stands."""
        place = self._lines[min(line, len(self._lines)) - 1] if self._lines else HeaderLine(self.path, 1, "")
        return ShapesError(message, place.path, place.number, stopped)


def _lines(path: Path, within: tuple[Path, ...] = ()) -> Iterator[HeaderLine]:
    """Yield the lines of a file, those of its parts in the place of the lines that include them."""
    for number, text in enumerate(_read(path).splitlines(), start=1):
        found = _INCLUDE.match(text)
        if found is None:
            yield HeaderLine(path, number, text)
            continue
        folder = path.parent if within else path.parent / "parts"
        part = folder / f"{found['name']}.rq"
        if part in (*within, path) or len(within) >= _DEEPEST:
            raise ShapesError(f"the part `{found['name']}` includes itself or is nested too deeply", path, number)
        try:
            yield from _lines(part, (*within, path))
        except ShapesError as error:
            raise error if error.file != part or error.line else _absent(part, path, number) from error


def _absent(part: Path, path: Path, number: int) -> ShapesError:
    known = [file.stem for file in list_files(part.parent, ".rq").files]
    message = unknown("part", part.stem, known) if part.stem not in known else f"the part `{part.stem}` cannot be read"
    return ShapesError(message, path, number)


def _read(path: Path) -> str:
    try:
        return unmarked(read_text(path, _MOST))
    except UnicodeDecodeError as error:
        raise ShapesError(f"is not UTF-8 at byte {error.start}", path) from error
    except UnusableFile as error:
        raise ShapesError(error.message, path) from error


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """Return a message that a name is unknown, with similar known ones, or all of them."""
    near = suggest(name, known)
    hint = f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(known)}"
    return f"unknown {what} {name!r}; {hint}"
