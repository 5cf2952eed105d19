"""What an engine finds: violations, before they are given a place in a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.validation.terms import Term, bare, is_iri, local_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.validation.paths import Path


@dataclass(frozen=True, slots=True)
class Source:
    """Where a violation comes from.

    Attributes:
        shape: the shape that was broken.
        component: IRI of the constraint component.
        severity: the shape's sh:severity.
        message: the shape's sh:message, or what the component says by itself.
        constraint: the node of a SPARQL-based constraint; empty for all others.
    """

    shape: Term
    component: Term
    severity: Term
    message: str
    constraint: Term = ""

    @property
    def rule(self) -> str:
        """Return the rule's id: the shape's local name, or the component's for a shape without a name."""
        return local_name(self.shape) if is_iri(self.shape) else local_name(self.component)


@dataclass(frozen=True, slots=True)
class Violation:
    """One validation result (SHACL, section 3.6.2); `value` and `path` are None when the result has none."""

    focus: Term
    path: Path | None
    value: Term | None
    source: Source

    @property
    def key(self) -> tuple[str, ...]:
        """Return what makes two results the same, whatever engine made them, their messages aside."""
        source = self.source
        shape = source.shape if is_iri(source.shape) else "_"
        return (self.focus, str(self.path or ""), self.value or "", source.component, shape, source.severity)


@dataclass(frozen=True, slots=True)
class Breach:
    """One failure of one constraint at one focus node; `inner` holds the results of a nested property shape."""

    focus: Term
    value: Term | None = None
    path: Path | None = None
    message: str = ""
    inner: Sequence[Violation] = ()


def severity_name(severity: Term) -> str:
    """Return the local name of a severity, for instance Violation."""
    return local_name(bare(severity))
