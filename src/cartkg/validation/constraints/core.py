"""Constraint components of SHACL core that look at values (SHACL, sections 4.1 to 4.5 and 4.8).

Each takes the value nodes of many focus nodes at once and yields its violations;
a test runs once for each distinct value.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cartkg.validation.constraints.datatypes import compare
from cartkg.validation.constraints.paths import PredicateStep
from cartkg.validation.constraints.results import Breach
from cartkg.validation.rdf.terms import Term, is_blank, literal, text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from cartkg.validation.constraints.matching import Pattern
    from cartkg.validation.constraints.prebinding import Template
    from cartkg.validation.constraints.results import Violation
    from cartkg.validation.rdf.facts import Facts


Solution = dict[str, Term]


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A query of a shape to be asked with each of some bindings of its variables.

    Attributes:
        node: the constraint or validator that contains it.
        form: ask or select.
        query: the query, cut at its bound variables.
        bindings: values of these.
    """

    node: Term
    form: str
    query: Template
    bindings: Sequence[Mapping[str, Term]]


class ConstraintContext(Protocol):
    """What a constraint may request from the engine that runs it."""

    @property
    def facts(self) -> Facts:
        """Return the data graph."""
        ...

    def failing(self, shape: Term, nodes: Iterable[Term]) -> dict[Term, list[Violation]]:
        """Return the results of a shape for each of the nodes that do not conform to it."""
        ...

    def select(self, asked: BoundQuery) -> list[list[Solution]]:
        """Return for each binding the solutions of a SELECT; an ASK gives one empty solution for true.

        There are none if the query had to be stopped, which the engine reports itself.
        """
        ...

    def matching(self, node: Term, pattern: Pattern, values: Sequence[str]) -> set[str]:
        """Return the values in which a shape's pattern is found; all when it had to be stopped, which is reported."""
        ...


@dataclass(slots=True)
class Groups:
    """Focus nodes with their value nodes; what constraints share is computed once.

    Attributes:
        nodes: the focus nodes.
        values: value nodes, never none, of some nodes; focus nodes without values are missing here.
    """

    nodes: AbstractSet[Term]
    values: Mapping[Term, Sequence[Term]]
    _filled: list[tuple[Term, Sequence[Term]]] | None = None
    _distinct: set[Term] | None = None

    def filled(self) -> list[tuple[Term, Sequence[Term]]]:
        """Return the focus nodes that have values, with these."""
        if self._filled is None:
            nodes, values = self.nodes, self.values
            if len(nodes) < len(values):
                self._filled = [(node, values[node]) for node in nodes if node in values]
            else:
                self._filled = [pair for pair in values.items() if pair[0] in nodes]
        return self._filled

    def empty(self) -> AbstractSet[Term]:
        """Return the focus nodes that have no values."""
        return self.nodes - self.values.keys()

    def distinct(self) -> set[Term]:
        """Return every value node once."""
        if self._distinct is None:
            self._distinct = set().union(*(values for _, values in self.filled()))
        return self._distinct

    def breaches(self, bad: Collection[Term]) -> Iterator[Breach]:
        """Return a breach for each occurrence of a bad value; a mapping tells the results that explain each."""
        details = bad if isinstance(bad, dict) else {}
        if bad:
            for focus, values in self.filled():
                for value in values:
                    if value in bad:
                        yield Breach(focus, value, details=details.get(value, ()))


class Constraint(Protocol):
    """One constraint of a shape."""

    @property
    def component(self) -> str:
        """Return the local name of the constraint component, without `ConstraintComponent`."""
        ...

    def check(self, context: ConstraintContext, groups: Groups) -> Iterator[Breach]:
        """Yield the violations of the constraint."""
        ...


@dataclass(frozen=True, slots=True)
class ValueTest:
    """Each value passes a test that looks at nothing but the value; `asked` are the terms that the shape gives it."""

    component: str
    test: Callable[[Term], bool]
    asked: tuple[Term, ...] = ()

    def check(self, context: ConstraintContext, groups: Groups) -> Iterator[Breach]:  # noqa: ARG002  # the protocol's
        """Yield the values that fail the test."""
        test = self.test
        return groups.breaches({value for value in groups.distinct() if not test(value)})


@dataclass(frozen=True, slots=True)
class Matches:
    """Each value is an IRI or literal in which a pattern is found."""

    node: Term
    pattern: Pattern
    component: str = "Pattern"

    def check(self, context: ConstraintContext, groups: Groups) -> Iterator[Breach]:
        """Yield the values in which it is not."""
        texts = {value: text(value) for value in groups.distinct() if not is_blank(value)}
        found = context.matching(self.node, self.pattern, sorted(set(texts.values()))) if texts else set()
        return groups.breaches({value for value in groups.distinct() if texts.get(value) not in found})


@dataclass(frozen=True, slots=True)
class OfClass:
    """Each value is an instance of a class."""

    wanted: Term
    component: str = "Class"

    def check(self, context: ConstraintContext, groups: Groups) -> Iterator[Breach]:
        """Yield the values that are not instances."""
        return groups.breaches(groups.distinct() - context.facts.instances(self.wanted))


@dataclass(frozen=True, slots=True)
class ValueCount:
    """There are at least or at most so many values."""

    component: str
    low: int = 0
    high: float = float("inf")

    def check(self, context: ConstraintContext, groups: Groups) -> Iterator[Breach]:  # noqa: ARG002  # the protocol's
        """Yield the focus nodes with too few or too many values."""
        low, high = self.low, self.high
        if low:
            yield from (Breach(focus) for focus in groups.empty())
        yield from (Breach(focus) for focus, values in groups.filled() if not low <= len(values) <= high)


@dataclass(frozen=True, slots=True)
class HasValue:
    """One of the values is the given term."""

    wanted: Term
    component: str = "HasValue"

    def check(self, context: ConstraintContext, groups: Groups) -> Iterator[Breach]:  # noqa: ARG002  # the protocol's
        """Yield the focus nodes that lack it."""
        yield from (Breach(focus) for focus in groups.empty())
        yield from (Breach(focus) for focus, values in groups.filled() if self.wanted not in values)


@dataclass(frozen=True, slots=True)
class UniqueLanguage:
    """No language has two values."""

    component: str = "UniqueLang"

    def check(self, context: ConstraintContext, groups: Groups) -> Iterator[Breach]:  # noqa: ARG002  # the protocol's
        """Yield a breach for each language that is used more than once."""
        for focus, values in groups.filled():
            if len(values) > 1:
                used = Counter(parts.language.lower() for value in values if (parts := literal(value)))
                yield from (Breach(focus, note=tag) for tag, times in used.items() if tag and times > 1)


@dataclass(frozen=True, slots=True)
class Pair:
    """The values and those of another property of the focus node are equal, or are disjoint."""

    component: str
    other: Term
    equal: bool

    def check(self, context: ConstraintContext, groups: Groups) -> Iterator[Breach]:
        """Yield values on one side only, or on both sides."""
        column = context.facts.column(self.other)
        if self.equal:
            yield from (Breach(focus, value) for focus in groups.empty() & column.keys() for value in column[focus])
        for focus, values in groups.filled():
            others = column.get(focus, ())
            if self.equal:
                yield from (Breach(focus, value) for value in values if value not in others)
                yield from (Breach(focus, value) for value in others if value not in values)
            else:
                yield from (Breach(focus, value) for value in values if value in others)


@dataclass(frozen=True, slots=True)
class Below:
    """Each value is less than each value of another property of the focus node (or equal, when that is allowed)."""

    component: str
    other: Term
    equal: bool

    def check(self, context: ConstraintContext, groups: Groups) -> Iterator[Breach]:
        """Yield a breach for each pair out of order or not comparable."""
        column = context.facts.column(self.other)
        limit = 1 if self.equal else 0
        for focus, values in groups.filled():
            for value in values:
                for other in column.get(focus, ()):
                    order = compare(value, other)
                    if order is None or order >= limit:
                        yield Breach(focus, value, note=other)


@dataclass(frozen=True, slots=True)
class Closed:
    """The values have no properties but the allowed ones."""

    allowed: frozenset[Term]
    component: str = "Closed"

    def check(self, context: ConstraintContext, groups: Groups) -> Iterator[Breach]:
        """Yield each object of a property that is not allowed, with the property as path."""
        nodes = groups.distinct()
        foreign = {
            predicate: column
            for predicate, column in context.facts.columns.items()
            if predicate not in self.allowed and not nodes.isdisjoint(column)
        }
        if foreign:
            for focus, values in groups.filled():
                for value in values:
                    for predicate, column in foreign.items():
                        yield from (Breach(focus, each, PredicateStep(predicate)) for each in column.get(value, ()))
