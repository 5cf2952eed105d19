"""What an engine finds: violations, before they are given a place in a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.diagnostics import Severity
from cartkg.validation.rdf.terms import Term, is_iri, local_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cartkg.validation.constraints.paths import Path


@dataclass(frozen=True, slots=True)
class ViolationSource:
    """Where a violation comes from.

    Attributes:
        shape: the shape that was broken.
        component: IRI of the constraint component.
        severity: the shape's sh:severity.
        said: the shape's sh:message; empty when it has none.
        constraint: the node of a SPARQL-based constraint; empty for all others.
        name: the shape's name for people; of a nameless one, its way from the nearest shape with a name.
    """

    shape: Term
    component: Term
    severity: Term
    said: str
    constraint: Term = ""
    name: str = ""

    @property
    def rule(self) -> str:
        """Return the rule's id: the shape's name, or the component's where no shape around it has a name."""
        return local_name(self.shape) if is_iri(self.shape) else self.name or local_name(self.component)


@dataclass(frozen=True, slots=True)
class Lead:
    """A step on the way to the focus node of a nested property shape: from a focus node along a path."""

    focus: Term
    path: Path


@dataclass(frozen=True, slots=True)
class Violation:
    """One validation result (SHACL, section 3.6.2); `value` and `path` are None when the result has none.

    Attributes:
        focus: the focus node.
        path: the path from there.
        value: the value node at fault.
        source: where it comes from.
        lead: how nested property shapes came from a target to the focus node, the target first.
        target: the shape whose target the first of these is, when that is the object of a predicate; else nothing.
        details: results of the shapes inside sh:node, sh:and, sh:or and sh:xone that explain it (section 3.6.2.6).
        explain: makes the component's own message; most results, those inside sh:or and the like, are never told.
    """

    focus: Term
    path: Path | None
    value: Term | None
    source: ViolationSource
    lead: tuple[Lead, ...] = ()
    target: Term = ""
    details: tuple[Violation, ...] = ()
    explain: Callable[[], str] | None = field(default=None, compare=False, repr=False)

    @property
    def message(self) -> str:
        """Return the shape's sh:message, or what the component says by itself."""
        return self.source.said or (self.explain() if self.explain else "")

    @property
    def root(self) -> Term:
        """Return the target that was looked at: the focus node unless property shapes are nested."""
        return self.lead[0].focus if self.lead else self.focus

    @property
    def key(self) -> tuple[str, ...]:
        """Return what makes two results the same, whatever engine made them, their messages aside."""
        source = self.source
        shape = source.shape if is_iri(source.shape) else "_"
        return (self.focus, str(self.path or ""), self.value or "", source.component, shape, source.severity)


@dataclass(frozen=True, slots=True)
class Breach:
    """One failure of one constraint at one focus node.

    Attributes:
        focus: the focus node.
        value: the value node at fault.
        path: the result's path, where it is not the shape's.
        message: what the shape states about it.
        inner: the results of a nested property shape, which stand for it.
        details: the results of other shapes that explain it.
        note: what the component's own message needs to know besides: a language, or the value it was compared with.
    """

    focus: Term
    value: Term | None = None
    path: Path | None = None
    message: str = ""
    inner: Sequence[Violation] = ()
    details: Sequence[Violation] = ()
    note: str = ""


def severity_of(term: Term) -> Severity:
    """Return what a severity of SHACL, or one of its own that a shape states, means for a diagnostic."""
    return Severity.of_shacl(local_name(term))
