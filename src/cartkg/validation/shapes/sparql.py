"""Constraints in SPARQL (SHACL, part 2): a query, asked once a focus node with its variables bound beforehand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.validation.constraints.core import BoundQuery
from cartkg.validation.constraints.paths import PredicateStep
from cartkg.validation.constraints.results import Breach
from cartkg.validation.rdf.terms import Term, is_iri, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cartkg.validation.constraints.core import ConstraintContext, Groups
    from cartkg.validation.constraints.prebinding import Template
    from cartkg.validation.shapes.shapes_graph import Shapes

_PLACEHOLDER = re.compile(r"\{[?$](\w+)\}")
#: The name under which the shapes graph can be asked from a shape's SPARQL.
SHAPES_GRAPH = "<urn:cartkg:shapes>"
_TRUE = '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'


@dataclass(frozen=True, slots=True)
class SparqlShape:
    """One SPARQL query that selects what breaks it, or an ASK that each value must answer with true.

    Attributes:
        component: local name or IRI of the component.
        query: the query with its prefixes, cut at its bound variables.
        ask: whether it is an ASK for each value node.
        bound: parameters of the component, bound beforehand.
        messages: what to say; placeholders take the solution's values.
        node: the constraint or validator, for error messages.
        shapes: where that node is written.
    """

    component: str
    query: Template
    ask: bool
    bound: Mapping[str, Term]
    messages: tuple[str, ...]
    node: Term
    shapes: Shapes

    def check(self, context: ConstraintContext, groups: Groups) -> Iterator[Breach]:
        """Run the query at each focus node.

        Raises:
            ShapesError: the query cannot be evaluated, or reports a failure.
        """
        form = "ask" if self.ask else "select"
        bindings = list(self._bindings(groups))
        answers = context.select(BoundQuery(self.node, form, self.query, bindings)) if bindings else []
        for bound, solutions in zip(bindings, answers, strict=False):
            if not self.ask:
                for solution in solutions:
                    yield self._breach(bound, solution)
            elif not solutions:
                yield Breach(bound["this"], bound["value"], message=self._message(bound))

    def _bindings(self, groups: Groups) -> Iterator[dict[str, Term]]:
        for focus in groups.nodes:
            if self.ask:
                yield from ({**self.bound, "this": focus, "value": value} for value in groups.values.get(focus, ()))
            else:
                yield {**self.bound, "this": focus}

    def _breach(self, bound: dict[str, Term], solution: dict[str, Term]) -> Breach:
        if solution.get("failure") == _TRUE:
            self.shapes.fail(self.node, "the query reports a failure")
        path = solution.get("path")
        said = solution.get("message")
        message = self._message({**bound, **solution}) if self.messages else text(said) if said else ""
        return Breach(
            bound["this"],
            solution.get("value"),
            PredicateStep(path) if path and is_iri(path) else None,
            message,
        )

    def _message(self, values: Mapping[str, Term]) -> str:
        if not self.messages:
            return ""
        return _PLACEHOLDER.sub(lambda match: _shown(values.get(match[1]), match[0]), self.messages[0])


def _shown(term: Term | None, otherwise: str) -> str:
    return otherwise if term is None else text(term) or term
