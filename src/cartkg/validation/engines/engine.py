"""Evaluate shapes on facts, SHACL Core and SHACL-SPARQL, set against set."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING

from cartkg.evaluation.bounds import Stopped
from cartkg.evaluation.deadline import DeadlinePassedError, deadline
from cartkg.namespaces import SH
from cartkg.validation.constraints.core import Groups, Matches
from cartkg.validation.constraints.matching import Matcher
from cartkg.validation.constraints.paths import Path, PredicateStep, walk
from cartkg.validation.constraints.results import Breach, Lead, Violation, ViolationSource
from cartkg.validation.rdf.facts import uncollected
from cartkg.validation.rdf.terms import Term, iri
from cartkg.validation.reporting.explanations import default_message
from cartkg.validation.reporting.misspellings import Misspellings
from cartkg.validation.shapes.advanced import advanced_shapes, has_rules, referring
from cartkg.validation.shapes.components import compile_shape
from cartkg.validation.shapes.sparql import SparqlShape

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from cartkg.errors import ShapesError
    from cartkg.validation.constraints.core import BoundQuery, Constraint, Solution
    from cartkg.validation.constraints.matching import Pattern
    from cartkg.validation.engines.answers import DataQueries
    from cartkg.validation.rdf.facts import Facts
    from cartkg.validation.shapes.shapes_graph import Shape, Shapes


#: A shape with all that it refers to may take so many times as long as one query or pattern.
_SHAPE = 10


@dataclass(slots=True)
class ShapesEngine:
    """Run shapes on facts.

    Attributes:
        facts: the data graph, with the ontology whose class hierarchy it uses.
        shapes: the shapes graph, with the bounds of a constraint.
        stopped: what a run could not evaluate within these bounds.
    """

    facts: Facts
    shapes: Shapes
    stopped: list[ShapesError] = field(default_factory=list)
    _active: dict[Term, set[Term]] = field(default_factory=lambda: defaultdict(set))
    _answers: DataQueries | None = None
    _exhausted: set[Term] = field(default_factory=set)
    _spent: dict[Term, float] = field(default_factory=lambda: defaultdict(float))
    _matcher: Matcher = field(init=False)
    _spelling: Misspellings = field(init=False)

    def __post_init__(self) -> None:
        self._spelling = Misspellings(self.facts, self.shapes)
        self._matcher = Matcher(self.shapes.bounds)

    def run(self, only: Collection[Term] | None = None, among: Collection[Term] | None = None) -> list[Violation]:
        """Validate every target of every shape.

        Args:
            only: the focus nodes to look at; all of them if omitted.
            among: the shapes whose targets are looked at; all of them if omitted.

        Raises:
            ShapesError: a shape is malformed, recursive on this data, or says what cannot be evaluated.
        """
        try:
            self._check_patterns(self.shapes.all_shapes())
            with uncollected():
                return self._run(self.shapes.targeted() if among is None else sorted(among), only)
        finally:
            self.close()

    def _run(self, nodes: Iterable[Term], only: Collection[Term] | None) -> list[Violation]:
        found: list[Violation] = []
        wanted = None if only is None else set(only)
        seconds = _SHAPE * self.shapes.bounds.seconds
        for node in nodes:
            focus = self.targets(node)
            try:
                with deadline(seconds):
                    failing = self.failing(node, focus if wanted is None else focus & wanted)
            except RecursionError:
                self.shapes.fail(node, "nests shapes too deeply to follow")
            except DeadlinePassedError:
                self._active.clear()
                self._stop(node, "", f"it was stopped after {seconds:g} s")
                continue
            by_object = node if self.shapes.objects(node, "targetObjectsOf") else ""
            for violations in failing.values():
                found.extend(replace(each, target=by_object) if by_object else each for each in violations)
        return found

    def targets(self, shape: Term) -> set[Term]:
        """Return the focus nodes of a shape."""
        found = set(self.shapes.objects(shape, "targetNode"))
        for each in self.shapes.objects(shape, "targetClass"):
            found |= self.facts.instances(each)
        for each in self.shapes.objects(shape, "targetSubjectsOf"):
            found |= self.facts.column(each).keys()
        for each in self.shapes.objects(shape, "targetObjectsOf"):
            found |= self.facts.inverse(each).keys()
        if self.shapes.is_class(shape):
            found |= self.facts.instances(shape)
        return found

    def failing(self, shape: Term, nodes: Iterable[Term]) -> dict[Term, list[Violation]]:
        """Return the results of a shape for each of the nodes that do not conform to it.

        Raises:
            ShapesError: the shape comes back to a node while it is being looked at.
        """
        compiled = compile_shape(self.shapes, shape)
        if compiled.deactivated:
            return {}
        if not compiled.recursive:
            return self._evaluate(compiled, nodes if isinstance(nodes, set | frozenset) else set(nodes))
        found: dict[Term, list[Violation]] = {}
        active = self._active[shape]
        for node in nodes:
            if node in active:
                self.shapes.fail(shape, f"refers back to {node}; SHACL does not define recursion")
            active.add(node)
            try:
                found.update(self._evaluate(compiled, {node}))
            finally:
                active.discard(node)
        return found

    def select(self, asked: BoundQuery) -> list[list[Solution]]:
        """Return for each binding the solutions of a SELECT; an ASK gives one empty solution for true.

        Raises:
            ShapesError: the query cannot be evaluated.
        """
        if asked.node in self._exhausted:
            return []
        if self._answers is None:
            self._answers = import_module("cartkg.validation.engines.answers").DataQueries(
                self.facts, self.shapes.facts, self.shapes.bounds
            )
        started = monotonic()
        found = self._answers.ask(asked)
        if isinstance(found, Stopped):
            self._stop(asked.node, asked.form, f"its SPARQL {found.reason}", system=found.system)
            return []
        if isinstance(found, str):  # for instance a function that the engine does not know
            self._exhausted.add(asked.node)
            self.shapes.fail(asked.node, f"its SPARQL cannot be evaluated: {found}", asked.form)
        self._spend(asked.node, asked.form, monotonic() - started)
        return found

    def matching(self, node: Term, pattern: Pattern, values: Sequence[str]) -> set[str]:
        """Return the values in which a shape's pattern is found; all of them when it had to be stopped."""
        if node in self._exhausted:
            return set(values)
        started = monotonic()
        found = self._matcher.matching(pattern, values)
        if isinstance(found, Stopped):
            self._stop(node, "pattern", f"its sh:pattern {found.reason}", system=found.system)
            return set(values)
        self._spend(node, "pattern", monotonic() - started)
        return found

    def close(self) -> None:
        """Stop the processes that evaluate queries and patterns."""
        self._matcher.close()
        if self._answers is not None:
            self._answers.close()

    def _spend(self, node: Term, name: str, seconds: float) -> None:
        """Count what a constraint takes: one that refers to others is asked many times."""
        self._spent[node] += seconds
        if self._spent[node] > self.shapes.bounds.seconds:
            self._stop(node, name, f"it was stopped after {self._spent[node]:.0f} s")

    def _stop(self, node: Term, name: str, message: str, *, system: bool = False) -> None:
        self._exhausted.add(node)
        error = self.shapes.error(node, f"{message}, so this constraint has not been checked", name)
        self.stopped.append(replace(error, stopped=True, system=system))

    def _check_patterns(self, nodes: Iterable[Term]) -> None:
        found = [
            constraint
            for node in sorted(nodes)
            for constraint in compile_shape(self.shapes, node).constraints
            if isinstance(constraint, Matches)
        ]
        for constraint, fault in zip(found, self._matcher.faults([each.pattern for each in found]), strict=True):
            if isinstance(fault, Stopped):
                self._stop(constraint.node, "pattern", f"its sh:pattern {fault.reason}", system=fault.system)
            elif fault is not None:
                message = f'sh:pattern "{constraint.pattern.text}" is not a regular expression: {fault}'
                self._exhausted.add(constraint.node)
                self.shapes.keep(self.shapes.error(constraint.node, message, "pattern"))

    def _evaluate(self, shape: Shape, nodes: AbstractSet[Term]) -> dict[Term, list[Violation]]:
        groups = Groups(nodes, _values(self.facts, shape.path, nodes))
        found: dict[Term, list[Violation]] = defaultdict(list)
        for constraint in shape.constraints:
            source = self._source(shape, constraint)
            with self.shapes.tolerant():
                for breach in constraint.check(self, groups):
                    found[breach.focus].extend(
                        _led(shape, breach) or (self._violation(shape, constraint, breach, source),)
                    )
        return found

    def _source(self, shape: Shape, constraint: Constraint) -> ViolationSource:
        name = constraint.component
        return ViolationSource(
            shape=shape.node,
            component=iri(name if ":" in name else f"{SH}{name}ConstraintComponent"),
            severity=shape.severity,
            said=shape.messages[0] if shape.messages else "",
            constraint=constraint.node if isinstance(constraint, SparqlShape) and name == "SPARQL" else "",
            name=self.shapes.name(shape.node),
        )

    def _violation(self, shape: Shape, constraint: Constraint, breach: Breach, source: ViolationSource) -> Violation:
        value = breach.value
        if value is None and shape.path is None and isinstance(constraint, SparqlShape):
            value = breach.focus
        said = replace(source, said=breach.message) if breach.message else source
        explain = None if said.said else partial(default_message, self._spelling, shape, constraint, breach)
        path = breach.path or shape.path
        return Violation(breach.focus, path, value, said, details=tuple(breach.details), explain=explain)


def sparql_shapes(shapes: Shapes) -> frozenset[Term]:
    """Return the shapes with targets that ask SPARQL, themselves or by way of shapes they refer to.

    So do those of SHACL Advanced Features, where these are evaluated, and all where rules infer statements.

    Raises:
        ShapesError: a shape is malformed, or says what cannot be evaluated.
    """
    nodes = shapes.all_shapes()
    found = {
        node for node in nodes if any(isinstance(each, SparqlShape) for each in compile_shape(shapes, node).constraints)
    }
    targeted = set(shapes.targeted())
    if shapes.advanced:
        advanced = advanced_shapes(shapes)
        return frozenset(targeted | advanced if has_rules(shapes) else (referring(shapes, found) & targeted) | advanced)
    return frozenset(referring(shapes, found) & targeted)


def _values(facts: Facts, path: Path | None, nodes: AbstractSet[Term]) -> Mapping[Term, Sequence[Term]]:
    if path is None:
        return {node: (node,) for node in nodes}
    if isinstance(path, PredicateStep):
        return path.column(facts)
    walked = {node: walk(facts, path, node) for node in nodes}
    return {node: values for node, values in walked.items() if values}


def _led(shape: Shape, breach: Breach) -> Sequence[Violation]:
    """Return the results of a nested property shape, with the step that led to their focus node."""
    if shape.path is None or not breach.inner:
        return breach.inner
    step = Lead(breach.focus, shape.path)
    return [replace(each, lead=(step, *each.lead)) for each in breach.inner]
