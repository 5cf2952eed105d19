"""Stored questions and checks as read from their files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.diagnostics import Severity

#: Kinds of parameters that take a value instead of an entry of a list.
SCALARS = ("number", "date", "country")

#: Who may ask; `asked-by` takes these names, separated by commas.
PERSONAS = (
    "rheumatologist", "neurologist", "trialist", "safety-officer", "systematic-reviewer", "data-engineer",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an answer.

    Attributes:
        name: the variable, without its question mark.
        unit: unit of the values ("patients", "months after infusion"); empty for names and labels.
        meaning: what the column says, in words.
    """

    name: str
    unit: str
    meaning: str

    @property
    def heading(self) -> str:
        """Return the name with its unit, as a table prints it."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a reader may choose in a question.

    The query contains `VALUES ?<name>Parameter { UNDEF }`; a choice takes the place of UNDEF as one or more terms.

    Attributes:
        name: its name, as in `--set disease=sle`.
        kind: the list whose values it takes, or one of `SCALARS`.
        meaning: what it restricts, in words.
    """

    name: str
    kind: str
    meaning: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a question leaves out unless it is requested; the query contains `VALUES ?<name>Parameter { false }`.

    Attributes:
        name: its name, as in `--with reviews`.
        meaning: which rows, in words.
    """

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved setting of a question, with a name and a title of its own.

    Attributes:
        name: the name it is asked by, as `sle-doris-remission`.
        title: the question it asks, in plain words.
        settings: chosen values by parameter, as a reader writes them; `with` contains what is not left out.
    """

    name: str
    title: str
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A stored question with all that a reader needs to use its answer.

    Attributes:
        name: stem of the file, the name it is asked by.
        title: the question in plain words; ends with a question mark.
        description: what it counts and how.
        answers: one entry for each column, in the order of the SELECT; empty for CONSTRUCT and ASK.
        how_to_read: one line on what the answer does and does not show.
        includes: which claims and cohorts are behind it.
        asked_by: the kinds of reader it is for, out of `PERSONAS`.
        tags: subjects, for lists and search.
        min_rows: fewest rows that the shipped graph must give.
        uses_inference: whether it finds nothing without the reasoner's graph.
        text: the whole file, header included.
        path: the file.
        same_outcome: columns that may differ from row to row while the outcome counted is still one.
        parameters: what a reader may choose.
        leaves_out: what is left out unless it is requested.
        saved: saved settings.
        brief: columns that a page shows first; all when empty.
    """

    name: str
    title: str
    description: str
    answers: tuple[Column, ...]
    how_to_read: str
    includes: str
    asked_by: tuple[str, ...]
    tags: tuple[str, ...]
    min_rows: int
    uses_inference: bool
    text: str
    path: Path
    same_outcome: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    leaves_out: tuple[LeftOut, ...] = ()
    saved: tuple[Saved, ...] = ()
    brief: tuple[str, ...] = ()

    def setting(self, name: str) -> Saved | None:
        """Return the saved setting with a name; None when there is none."""
        return next((each for each in self.saved if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Check:
    """A stored rule that must find nothing; each row it gives is one breach.

    It selects at least ?subject and ?message; ?predicate, ?object, ?severity and ?graph are optional.

    Attributes:
        name: stem of the file, `<breach>-violation`; the rule id in every report.
        title: the rule in words.
        description: why the rule is there.
        severity: how bad a breach is where the row does not say.
        text: the whole file, header included.
        path: the file.
    """

    name: str
    title: str
    description: str
    severity: Severity
    text: str
    path: Path
