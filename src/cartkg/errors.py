"""All exceptions, in one tree, classed by who must act.

CartkgError
├── SourceError      a curator must correct a file (Turtle, dossier); has file, line, column
│   └── UnusableFile     a file may not be read: where it leads, what it is, its name or size
├── EditRefused      a curator's edit cannot be made in the dossier as it is now
├── OntologyError    an ontologist must correct axioms; has the classes or axioms at fault
├── ShapesError      a rule author must correct a shape, check or question; has file, line
├── QueryError       the caller must correct a request; has text position when known
│   ├── NotKept          an earlier release is asked for, whose data are not kept
│   ├── NotAcceptable    no offered format suits the Accept header
│   ├── Refused          the request is understood and not allowed (update, SERVICE)
│   └── TooLarge         the request or its answer is above a stated limit
├── BackendError     the operator must repair a remote store or a worker
│   └── LimitExceeded    a query met a limit (time, memory, rows) and was ended
└── ConfigError      the operator must correct a setting, a path, a port, a missing program

Data that does not conform does not raise: it is a `cartkg.diagnostics.Diagnostic`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003  # a field's type, wanted when the dataclass is read by tools


class CartkgError(Exception):
    """Root of all exceptions that cartkg raises on purpose."""


@dataclass(eq=False)
class SourceError(CartkgError):
    """A source file cannot be read; the curator must correct it. Line and column count from 1."""

    message: str
    file: Path | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{place}: {self.message}" if place else self.message


@dataclass(eq=False)
class UnusableFile(SourceError):
    """A file may not be read or written; `rule` is the id that diagnostics about it have."""

    rule: str = "unreadable"


@dataclass(eq=False)
class EditRefused(CartkgError):
    """An edit of a dossier cannot be made or saved; nothing was changed.

    Attributes:
        message: why, and what to do.
        is_conflict: whether something else has changed the dossier meanwhile.
    """

    message: str
    is_conflict: bool = False

    def __str__(self) -> str:
        return self.message


@dataclass(eq=False)
class OntologyError(CartkgError):
    """The ontology is inconsistent or cannot be reasoned over; the ontologist must act."""

    message: str
    axioms: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join((self.message, *(f"  {axiom}" for axiom in self.axioms)))


@dataclass(eq=False)
class ShapesError(CartkgError):
    """A shape, check or question cannot be evaluated; its author must correct it.

    `stopped` means that it is well-formed, but met a limit or the engine gave up; `system`, that this system cannot
    evaluate it within limits. `others` are what else is wrong with the same files.
    """

    message: str
    file: Path | None = None
    line: int | None = None
    stopped: bool = False
    system: bool = False
    others: tuple[ShapesError, ...] = ()

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return f"{place}: {self.message}" if place else self.message


@dataclass(eq=False)
class QueryError(CartkgError):
    """A request is malformed; line and column count from 1 inside the query's text."""

    message: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        where = f" (line {self.line}, column {self.column})" if self.line is not None else ""
        return f"{self.message}{where}"


@dataclass(eq=False)
class NotKept(QueryError):
    """An earlier release is asked for, whose data are not kept here; the caller must take the one served."""


@dataclass(eq=False)
class NotAcceptable(QueryError):
    """No offered format suits the Accept header; `offers` lists the media types there are."""

    offers: tuple[str, ...] = ()


@dataclass(eq=False)
class Refused(QueryError):
    """The request is understood and not allowed here, for instance an update or SERVICE."""


@dataclass(eq=False)
class RejectedByStore(QueryError):
    """The remote store rejected the query: its user must act, or the operator where cartkg itself asked."""


class TooLarge(QueryError):
    """The request is above a stated limit (bytes, nesting)."""


@dataclass(eq=False)
class BackendError(CartkgError):
    """A remote store or a worker failed; the operator must act."""

    message: str
    url: str | None = None

    def __str__(self) -> str:
        return f"{self.url}: {self.message}" if self.url else self.message


@dataclass(eq=False)
class LimitExceeded(BackendError):
    """A query exceeded a limit and was stopped; `limit` names it: time, memory, rows, bytes, engine or busy."""

    limit: str = "time"
    retry_after: int = field(default=1)


@dataclass(eq=False)
class ConfigError(CartkgError):
    """A setting, path, port or program is wrong or missing; `setting` names it."""

    message: str
    setting: str | None = None

    def __str__(self) -> str:
        return f"{self.setting}: {self.message}" if self.setting else self.message


#: Exit code of the command line for each class; the first class that fits counts.
EXIT_CODES: tuple[tuple[type[CartkgError], int], ...] = (
    (QueryError, 2),
    (CartkgError, 3),
)
EXIT_CLEAN = 0
EXIT_DIAGNOSTICS = 1
EXIT_USAGE = 2
EXIT_COULD_NOT_RUN = 3
#: A fault of cartkg itself: never mistaken for diagnostics or a refusal.
EXIT_INTERNAL = 4


def exit_code(error: CartkgError) -> int:
    """Return the command line's exit code for an error: 2 for a user's error, 3 for anything that could not run."""
    return next(code for kind, code in EXIT_CODES if isinstance(error, kind))
