"""Apply the fixes that are certain; leave all other bytes of the files unchanged."""

from __future__ import annotations

import difflib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg import validation
from cartkg.errors import SourceError
from cartkg.files import read_text
from cartkg.pipeline.inputs.sources import find_sources, rdf_files
from cartkg.project import replace_file
from cartkg.turtle.tokens import Lines, tokenise
from cartkg.validation.reporting.undeclared import undeclared

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cartkg.diagnostics import Diagnostic
    from cartkg.pipeline.inputs.options import CheckOptions
    from cartkg.project import Project

_BOM = "\ufeff"
#: Stands beside what a token may mean where none of it is certain; no token is empty.
_UNSURE = ""


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
    """One file as it is to be written, the fixes in it, and the text that it has now."""

    file: Path
    data: bytes
    fixes: tuple[Fix, ...]
    before: str

    def diff(self, name: str) -> str:
        """Return the change as a unified diff, the file under a name."""
        old, new = (text.splitlines(keepends=True) for text in (self.before, self.data.decode()))
        lines = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    def write(self) -> None:
        """Write the file atomically.

        Raises:
            ConfigError: it cannot be written.
        """
        replace_file(self.file, self.data)


@dataclass(frozen=True, slots=True)
class Left:
    """A place that is left as it is, with what its token may mean; line and column are 0 where they are not known."""

    file: Path
    line: int
    column: int
    choices: tuple[str, ...]


def misspelt_terms(options: CheckOptions, project: Project, here: Path) -> list[Diagnostic]:
    """Return where someone else's data use classes and properties that no one declares, near to declared ones.

    Raises:
        ConfigError: a path does not exist or is empty.
        ShapesError: the shapes do not parse, or hold no shape.
    """
    sources = find_sources(project, options, here.resolve())
    facts = validation.read(sources.graph)
    shapes = validation.read_shapes(sources.shapes, options.bounds, strict=False)
    ontology = validation.read(rdf_files(options.ontology).files)
    return undeclared(facts, shapes, ontology, sources.reported)


def left_alone(diagnostics: Iterable[Diagnostic]) -> list[Left]:
    """Return the places whose token may mean several things, or whose file cannot be rewritten; sorted."""
    wanted = _wanted(diagnostics)
    return [
        Left(file, line, column, tuple(sorted(choices - {_UNSURE})))
        for (file, line, column), choices in sorted(wanted.items())
        if len(choices) > 1
    ]


def fixed_files(diagnostics: Iterable[Diagnostic]) -> list[FixedFile]:
    """Work out the fixes that diagnostics bring with them, without writing; sorted by file.

    Where two diagnostics want different fixes for one place, neither is certain and both are left; see `left_alone`.

    Raises:
        SourceError: a file cannot be read, or has changed since it was checked.
    """
    certain: defaultdict[Path, dict[tuple[int, int], str]] = defaultdict(dict)
    for (file, line, column), choices in _wanted(diagnostics).items():
        if len(choices) == 1:
            certain[file][line, column] = min(choices)
    fixed = [_fixed_file(file, places) for file, places in sorted(certain.items())]
    return [each for each in fixed if each.fixes]


def _wanted(diagnostics: Iterable[Diagnostic]) -> dict[tuple[Path, int, int], set[str]]:
    """Return for each place what may be there, and `_UNSURE` beside it where that is not certain."""
    wanted: defaultdict[tuple[Path, int, int], set[str]] = defaultdict(set)
    for each in diagnostics:
        if each.file is not None and each.fix is not None and each.line and each.column:
            wanted[each.file, each.line, each.column].add(each.fix)
        elif each.file is not None and each.choices:
            wanted[each.file, each.line, each.column].update((*each.choices, _UNSURE))
    return wanted


def _fixed_file(file: Path, places: dict[tuple[int, int], str]) -> FixedFile:
    try:
        written = read_text(file)
    except UnicodeDecodeError as error:
        raise SourceError(f"is not UTF-8 at byte {error.start}; save it as UTF-8", file) from error
    text = written.removeprefix(_BOM)
    tokens, lines = tokenise(text), Lines.of(text)
    indexes = {start: index for index, start in enumerate(tokens.starts)}
    fixes: list[Fix] = []
    for (line, column), new in sorted(places.items(), reverse=True):
        offset = lines.starts[line - 1] + column - 1 if line <= len(lines.starts) else -1
        if offset not in indexes:
            raise SourceError("has changed since it was checked; run the command again", file, line, column)
        old = tokens.word(indexes[offset])
        if old != new:
            text = text[:offset] + new + text[offset + len(old) :]
            fixes.append(Fix(file, line, column, old, new))
    marked = _BOM + text if written.startswith(_BOM) else text
    return FixedFile(file, marked.encode(), tuple(reversed(fixes)), written)
