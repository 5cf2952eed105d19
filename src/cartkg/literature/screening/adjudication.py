"""Adjudication: `data/adjudications.tsv`, what was decided where two readers of one paper differ."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass, fields
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from cartkg.diagnostics import Severity
from cartkg.literature.double_extraction import Disagreement, stated_row
from cartkg.literature.screening.tabbed import TabbedForm, read_tabbed, tabbed_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from cartkg.diagnostics import Diagnostic
    from cartkg.dossier.node import Node
    from cartkg.literature.screening.tabbed import TabbedLine

    #: Gives the dossier of a key; None where there is none.
    Dossiers = Callable[[str], Node | None]

_GAPS = re.compile(r"\s+")
_STATED = "stated"


class Taken(StrEnum):
    """Which value was taken."""

    OPEN = "open"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"


@dataclass(frozen=True, slots=True)
class Adjudication:
    """A line of the file: a disagreement and the decision on it; the fields are the columns, in this order.

    Attributes:
        dossier: the key of the dossier.
        section: the section of the disagreement.
        row: the id of its row.
        field: its field; empty where one reader alone has the row.
        first: what the first reader states; empty for nothing.
        second: what the second reader states.
        taken: one of `Taken`.
        value: the third value, where neither reader is right.
        by: who decided.
        on: the day.
        note: a remark.
    """

    dossier: str
    section: str
    row: str
    field: str
    first: str
    second: str
    taken: str = Taken.OPEN
    value: str = ""
    by: str = ""
    on: str = ""
    note: str = ""

    @classmethod
    def of(cls, dossier: str, found: Disagreement) -> Adjudication:
        """Return the open line of a disagreement."""
        return cls(dossier, found.section, found.row, found.field, *map(_one_line, (found.first, found.second)))

    @property
    def matter(self) -> tuple[str, ...]:
        """Return what is decided: where the readers differ, and what each of them states."""
        return (self.dossier, self.section, self.row, self.field, self.first, self.second)

    @property
    def decided(self) -> str | None:
        """Return the value that the dossier is to have; None while it is open."""
        values = {Taken.FIRST.value: self.first, Taken.SECOND.value: self.second, Taken.THIRD.value: self.value}
        return values.get(self.taken)

    def __str__(self) -> str:
        """Return the decision in a few words; empty while it is open."""
        if self.decided is None:
            return ""
        side = f"{self.taken}: {self.value}" if self.taken == Taken.THIRD else self.taken
        return f"{side}, by {self.by} on {self.on}"


COLUMNS: tuple[str, ...] = tuple(each.name for each in fields(Adjudication))
_FORM = TabbedForm("adjudication", COLUMNS)


@dataclass(frozen=True, slots=True)
class Adjudications:
    """The lines of the file in their order, and what is wrong with it."""

    items: tuple[Adjudication, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def text(self) -> str:
        """Return the file."""
        return tabbed_text(_FORM, [astuple(each) for each in self.items])

    def on(self, dossier: str, found: Disagreement) -> Adjudication | None:
        """Return the line of a disagreement between readers who state these values; None where there is none."""
        matter = Adjudication.of(dossier, found).matter
        return next((each for each in self.items if each.matter == matter), None)

    def with_open(self, dossier: str, found: Iterable[Disagreement]) -> Adjudications:
        """Return the file with an open line for each disagreement that has none."""
        more = [Adjudication.of(dossier, each) for each in found if self.on(dossier, each) is None]
        return Adjudications((*self.items, *more))


def read_adjudications(data: bytes, path: Path, dossiers: Dossiers | None = None) -> Adjudications:
    """Read the file; a line with a mistake is a diagnostic and, where it has all cells, an item too.

    Args:
        data: the bytes of the file.
        path: the file, named in diagnostics.
        dossiers: the dossiers that the decisions are compared with; None where only its own form counts.
    """
    file = read_tabbed(data, path, _FORM)
    items, problems = list[Adjudication](), list(file.diagnostics)
    taken: dict[tuple[str, ...], int] = {}
    for line in file.lines:
        item = Adjudication(*line.cells)
        wrong = [line.at(*each) for each in _problems(item)]
        first = taken.setdefault(item.matter, line.number)
        if first != line.number:
            wrong.append(line.at("field", f"line {first} is about the same two values"))
        if dossiers and not wrong:
            wrong += _not_applied(item, line, dossiers)
        items.append(item)
        problems += wrong
    return Adjudications(tuple(items), tuple(problems))


def _problems(item: Adjudication) -> Iterator[tuple[str, str]]:
    """Return what is wrong with a line by itself: the column, and what to write."""
    if item.first == item.second:
        yield "second", "both readers state the same, so that there is nothing to decide"
    if item.taken not in set(Taken):
        yield "taken", f"what was taken is one of {', '.join(Taken)}"
        return
    is_third = item.taken == Taken.THIRD
    if is_third and not item.field:
        yield "taken", "a whole row is in the dossier or not: take the first or the second"
    elif is_third and item.value in {"", item.first, item.second}:
        yield "value", "a third value is neither empty nor that of a reader"
    if item.value and not is_third:
        yield "value", f"only a third value is written here; the line takes {item.taken}"
    for name in ("by", "on"):
        if item.taken != Taken.OPEN and not getattr(item, name):
            yield name, "a decision says who decided, and on which day"
        if item.taken == Taken.OPEN and getattr(item, name):
            yield name, "what is open was decided by nobody; say what was taken"
    if item.on and not _is_day(item.on):
        yield "on", "a day is written as 2026-11-30"


def _not_applied(item: Adjudication, line: TabbedLine, dossiers: Dossiers) -> Iterator[Diagnostic]:
    """Compare a decision with the dossier: it is to state what was taken."""
    root = dossiers(item.dossier)
    if root is None:
        yield line.at("dossier", f"no dossier is called {item.dossier}")
        return
    wanted = item.decided
    if wanted is None:
        return
    stated = stated_row(root, item.section, item.row)
    if not item.field:
        if (stated is not None) != (wanted == _STATED):
            has = "has no row" if stated is None else "has the row"
            yield line.at("taken", f"the dossier {has} {item.row}, against the decision", Severity.WARNING)
    elif stated is None:
        yield line.at("row", f"{item.section} of the dossier has no row {item.row}", Severity.WARNING)
    elif _one_line(stated.get(item.field, "")) != wanted:
        has = stated.get(item.field, "") or "nothing"
        yield line.at("taken", f"the dossier states {has}; decided was {wanted or 'nothing'}", Severity.WARNING)


def _one_line(text: str) -> str:
    return _GAPS.sub(" ", text).strip()


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
