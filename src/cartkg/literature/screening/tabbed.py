"""Files of lines with tabs between the cells, which people edit by hand: each mistake has its line and column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_GAPS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class TabbedForm:
    """The form of a kind of file.

    Attributes:
        kind: what the rules of its diagnostics begin with, such as `worklist`.
        columns: the names in its first line.
    """

    kind: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TabbedLine:
    """A line of such a file, with as many cells as there are columns."""

    path: Path
    number: int
    cells: tuple[str, ...]
    form: TabbedForm

    def at(self, column: str, message: str, severity: Severity = Severity.ERROR) -> Diagnostic:
        """Return a diagnostic at the cell of a column."""
        before = self.cells[: self.form.columns.index(column)]
        place = sum(len(each) + 1 for each in before) + 1
        rule = f"{self.form.kind}-{column.replace('_', '-')}"
        return Diagnostic(self.path, self.number, place, rule, message, severity)


@dataclass(frozen=True, slots=True)
class TabbedFile:
    """The lines that have all cells, and what is wrong with the others."""

    lines: tuple[TabbedLine, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def read_tabbed(data: bytes, path: Path, form: TabbedForm) -> TabbedFile:
    """Read the lines of a file.

    Args:
        data: the bytes of the file.
        path: the file, named in diagnostics.
        form: what it is to be like.
    """
    rule = f"{form.kind}-form"
    try:
        lines = data.decode("utf-8-sig").replace("\r\n", "\n").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return TabbedFile((), (Diagnostic(path, line, 1, rule, "the line is not UTF-8; save it as UTF-8"),))
    if lines[0].split("\t") != list(form.columns):
        message = f"the first line names the columns, with tabs between: {' '.join(form.columns)}"
        return TabbedFile((), (Diagnostic(path, 1, 1, rule, message),))
    found, problems = list[TabbedLine](), list[Diagnostic]()
    for number, text in enumerate(lines[1:], 2):
        cells = tuple(text.split("\t"))
        if len(cells) == len(form.columns):
            found.append(TabbedLine(path, number, cells, form))
        else:
            message = f"the line has {len(cells)} cells, and {len(form.columns)} are wanted; tabs are between them"
            problems.append(Diagnostic(path, number, 1, rule, message))
    return TabbedFile(tuple(found), tuple(problems))


def tabbed_text(form: TabbedForm, lines: Sequence[Sequence[str]]) -> str:
    """Return a file: the names of the columns, and its lines; a cell stays on one line and has no tabs."""
    rows = [form.columns, *([_GAPS.sub(" ", cell).strip() for cell in line] for line in lines)]
    return "".join("\t".join(row) + "\n" for row in rows)
