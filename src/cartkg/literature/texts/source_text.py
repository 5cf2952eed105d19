"""The text and tables of a paper as they were read from a file, with the place of each part."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.literature.formats.citation import Citation

if TYPE_CHECKING:
    from cartkg.diagnostics import Diagnostic

#: The end of a sentence: a stop before a capital, where the word before it is not an abbreviation within one.
_END = re.compile(r"(?<!\bal\.)(?<!\bvs\.)(?<!\bFig\.)(?<!\bNo\.)(?<=[.!?])\s+(?=[A-Z\"(])")


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, with single spaces.

    Attributes:
        place: where it is, in words: `Results, paragraph 2`.
        text: what it says.
    """

    place: str
    text: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return its sentences, as they are written."""
        return tuple(each for each in _END.split(self.text) if each)


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table: its name, and its rows of cells; the first row names the columns."""

    name: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class SourceText:
    """What a file contains of a paper.

    Attributes:
        citation: what identifies the paper; empty where the file does not say.
        passages: its paragraphs in their order.
        tables: its tables.
        diagnostics: what of the file was not read.
    """

    citation: Citation = field(default_factory=lambda: Citation(""))
    passages: tuple[Passage, ...] = ()
    tables: tuple[PaperTable, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def cell_name(column: int, row: int) -> str:
    """Return the name of a cell as a spreadsheet has it; both numbers begin at 1.

    Example:
        >>> cell_name(1, 1), cell_name(28, 3)
        ('A1', 'AB3')
    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"
