"""Constraint components of SHACL core that refer to other shapes (SHACL, sections 4.6 and 4.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.validation.constraints.results import Breach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.validation.constraints.core import ConstraintContext, Groups
    from cartkg.validation.constraints.results import Violation
    from cartkg.validation.rdf.terms import Term


@dataclass(frozen=True, slots=True)
class Conforms:
    """Each value conforms to so many of the given shapes: sh:node, sh:and, sh:or, sh:xone and sh:not."""

    component: str
    shapes: tuple[Term, ...]
    low: int
    high: int

    def check(self, context: ConstraintContext, groups: Groups) -> Iterator[Breach]:
        """Yield the values that conform to too few or too many of the shapes."""
        passed = dict.fromkeys(groups.distinct(), 0)
        why: list[dict[Term, list[Violation]]] = []
        for shape in self.shapes:
            failing = context.failing(shape, list(passed))
            for value in passed:
                passed[value] += value not in failing
            why.append(failing)
        bad = {value: times < self.low for value, times in passed.items() if not self.low <= times <= self.high}
        return groups.breaches(
            {
                value: [each for failing in why for each in failing.get(value, ())] if lacking else ()
                for value, lacking in bad.items()
            }
        )


@dataclass(frozen=True, slots=True)
class Property:
    """Each value conforms to a property shape, whose own results are reported."""

    shape: Term
    component: str = "Property"

    def check(self, context: ConstraintContext, groups: Groups) -> Iterator[Breach]:
        """Yield the property shape's results at the values."""
        failing = context.failing(self.shape, groups.distinct())
        if failing:
            for focus, values in groups.filled():
                yield from (Breach(focus, value, inner=failing[value]) for value in values if value in failing)


@dataclass(frozen=True, slots=True)
class Qualified:
    """At least or at most so many values conform to a shape (and to none of its siblings, when disjoint)."""

    component: str
    shape: Term
    siblings: tuple[Term, ...]
    low: int = 0
    high: float = float("inf")

    def check(self, context: ConstraintContext, groups: Groups) -> Iterator[Breach]:
        """Yield the focus nodes with too few or too many conforming values."""
        counted = set(groups.distinct())
        counted -= context.failing(self.shape, counted).keys()
        for sibling in self.siblings:
            counted &= context.failing(sibling, counted).keys()
        if self.low:
            yield from (Breach(focus) for focus in groups.empty())
        for focus, values in groups.filled():
            if not self.low <= sum(value in counted for value in values) <= self.high:
                yield Breach(focus)
