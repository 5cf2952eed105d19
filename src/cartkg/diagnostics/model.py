"""Diagnostic: one problem in a file, the common type of all checks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path  # noqa: TC003  # a field's type
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.errors import UnusableFile


class Severity(Enum):
    """How bad a diagnostic is; the order is that of SHACL (sh:Violation, sh:Warning, sh:Info)."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @classmethod
    def of_shacl(cls, name: str) -> Severity:
        """Return what a severity of SHACL means, by its local name; a severity of one's own is an error."""
        return {"Warning": cls.WARNING, "Info": cls.INFO}.get(name, cls.ERROR)

    @property
    def rank(self) -> int:
        """Return the rank of the severity; 0 is the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Trace:
    """What SHACL states about a result beyond its focus node; each field is a term or path in Turtle syntax, or empty.

    Attributes:
        path: the property path that led to the value, as SHACL writes paths (`<p>`, `[ sh:inversePath <p> ]`).
        value: the value node at fault.
        shape: the source shape.
        component: the IRI of the constraint component.
        constraint: the sh:SPARQLConstraint node, for SPARQL-based constraints only.
        severity: the severity as the shape states it, which may be an IRI of the project's own.
        name: the source shape's name for people; of a nameless one, its way from the nearest shape with a name.
        lead: the nodes by which nested property shapes came to the focus node, the target first.
        identity: what sets the result apart from all others of the same graph and shapes, the same in every run.
        details: the results inside sh:node, sh:and, sh:or and sh:xone that explain it.
    """

    path: str = ""
    value: str = ""
    shape: str = ""
    component: str = ""
    constraint: str = ""
    severity: str = ""
    name: str = ""
    lead: tuple[str, ...] = ()
    identity: str = ""
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """A result that explains another: its focus node (in Turtle syntax), its message, and what else SHACL says."""

    focus: str
    message: str
    trace: Trace


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem at one place.

    Attributes:
        file: the file at fault, or None when the problem is in no single file.
        line: line of the triple at fault (or of the subject when something is missing), from 1; 0 unknown.
        column: column in that line, from 1; 0 unknown.
        rule: id of the rule: local name of a shape or stem of a check.
        message: what is wrong and what to do.
        severity: error, warning or info.
        subject: IRI of the thing at fault; empty when there is none.
        fix: replacement text for the token at (line, column) when the fix is certain; otherwise None.
        choices: what that token may be replaced by where no fix is certain, or none can be written in this syntax.
        trace: what the SHACL result behind it says beyond its focus node; None for any other diagnostic.
    """

    file: Path | None
    line: int
    column: int
    rule: str
    message: str
    severity: Severity = Severity.ERROR
    subject: str = ""
    fix: str | None = None
    trace: Trace | None = None
    choices: tuple[str, ...] = ()

    @classmethod
    def unusable(cls, error: UnusableFile) -> Diagnostic:
        """Return the diagnostic about a file that may not be read; it has no line, since the file was not opened."""
        return cls(error.file, 0, 0, error.rule, error.message)

    @property
    def sort_key(self) -> tuple[str | int, ...]:
        """Order by place, then rule, so that two runs print the same."""
        place = (str(self.file or ""), self.line, self.column)
        traced = ("", "") if self.trace is None else (self.trace.component, self.trace.identity)
        return (*place, self.rule, self.subject, self.message, self.value, *traced)

    @property
    def value(self) -> str:
        """Return the value node at fault, or nothing."""
        return self.trace.value if self.trace else ""
