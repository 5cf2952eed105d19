"""Diagnostics whose fix is certain -> files fixed there, and left byte for byte everywhere else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import SourceError
from cartkg.files import read_text
from cartkg.project import replace_file
from cartkg.turtle.tokens import Lines, tokenise

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cartkg.diagnostics import Diagnostic

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Fix:
    """One fix: where it is, line and column from 1, what stood there and what takes its place."""

    file: Path
    line: int
    column: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class FixedFile:
    """One file as it is to be written, and the fixes in it."""

    file: Path
    data: bytes
    fixes: tuple[Fix, ...]

    def write(self) -> None:
        """Write the file whole or not at all.

        Raises:
            ConfigError: it cannot be written.
        """
        replace_file(self.file, self.data)


def fixed_files(diagnostics: Iterable[Diagnostic]) -> list[FixedFile]:
    """Work out the fixes that diagnostics bring with them, without writing; sorted by file.

    Where two diagnostics want different fixes for one place, neither is certain and both are left.

    Raises:
        SourceError: a file cannot be read, or has changed since it was checked.
    """
    wanted: defaultdict[Path, dict[tuple[int, int], set[str]]] = defaultdict(lambda: defaultdict(set))
    for diagnostic in diagnostics:
        if diagnostic.file is not None and diagnostic.fix is not None and diagnostic.line and diagnostic.column:
            wanted[diagnostic.file][diagnostic.line, diagnostic.column].add(diagnostic.fix)
    fixed = [_fixed_file(file, places) for file, places in sorted(wanted.items())]
    return [each for each in fixed if each.fixes]


def _fixed_file(file: Path, places: dict[tuple[int, int], set[str]]) -> FixedFile:
    try:
        written = read_text(file)
    except UnicodeDecodeError as error:
        raise SourceError(f"is not UTF-8 at byte {error.start}; save it as UTF-8", file) from error
    text = written.removeprefix(_BOM)
    tokens, lines = tokenise(text), Lines.of(text)
    indexes = {start: index for index, start in enumerate(tokens.starts)}
    fixes: list[Fix] = []
    for (line, column), news in sorted(places.items(), reverse=True):
        offset = lines.starts[line - 1] + column - 1 if line <= len(lines.starts) else -1
        if offset not in indexes:
            raise SourceError("has changed since it was checked; run the command again", file, line, column)
        old, new = tokens.word(indexes[offset]), min(news)
        if len(news) == 1 and old != new:
            text = text[:offset] + new + text[offset + len(old) :]
            fixes.append(Fix(file, line, column, old, new))
    marked = _BOM + text if written.startswith(_BOM) else text
    return FixedFile(file, marked.encode(), tuple(reversed(fixes)))
