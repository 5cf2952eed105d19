"""A triple -> why it holds: stated where, or following by which axiom or stored rule from which other triples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.errors import QueryError
from cartkg.namespaces import GRAPH_ONTOLOGY
from cartkg.reasoning.arithmetic import read_rules
from cartkg.reasoning.axioms import Terms, compile_rules
from cartkg.reasoning.closure import Closure, Fact
from cartkg.reasoning.inference import apply_rules, triple_of

if TYPE_CHECKING:
    from cartkg.graph import KnowledgeGraph
    from cartkg.project import Project
    from cartkg.reasoning.arithmetic import Rule
    from cartkg.reasoning.axioms import Axiom

_DEFAULT = ox.DefaultGraph()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a triple holds.

    Attributes:
        triple: what holds.
        axiom: the axiom it follows by; None when it is stated or follows by a stored rule.
        rule: the stored rule it follows by; None otherwise.
        premises: what it follows from; empty when it is stated.
    """

    triple: ox.Triple
    axiom: Axiom | None = None
    rule: Rule | None = None
    premises: tuple[Reason, ...] = ()

    @property
    def stated(self) -> bool:
        """Say whether the triple stands in a file."""
        return self.axiom is None and self.rule is None


class Explainer:
    """Knows one graph and everything that follows from it, with the first derivation of each triple."""

    def __init__(self, graph: KnowledgeGraph, project: Project) -> None:
        self._graph = graph
        self._terms = Terms()
        self._closure = Closure(compile_rules(graph.quads(GRAPH_ONTOLOGY), self._terms), trace={})
        stated = list(graph.store.quads_for_pattern(None, None, None, _DEFAULT))
        self._closure.give(stated)
        self._closure.run()
        self._rules = read_rules(project.ontology / "rules")
        self._concluded = apply_rules(self._closure, stated, self._rules, graph.prefixes)
        self._everything = ox.Store()
        self._everything.bulk_extend(ox.Quad(*quad.triple) for quad in stated)
        derived = (triple_of(fact, self._terms.by_number) for fact in self._closure.derived)
        self._everything.bulk_extend(ox.Quad(*triple) for triple in derived if triple is not None)
        self._everything.bulk_extend(ox.Quad(*triple) for triple in self._concluded)

    def explain(self, triple: ox.Triple) -> Reason:
        """Give why a triple holds.

        Raises:
            QueryError: it neither is stated nor follows.
        """
        reason = self._reason(triple, frozenset())
        if reason is None:
            raise QueryError(f"neither stated nor inferred: {triple}; check the three names")
        return reason

    def _reason(self, triple: ox.Triple, above: frozenset[ox.Triple]) -> Reason | None:
        if ox.Quad(*triple) in self._graph.store:
            return Reason(triple)
        if triple in above:
            return None
        return self._by_axiom(triple, above | {triple}) or self._by_rule(triple, above | {triple})

    def _by_axiom(self, triple: ox.Triple, above: frozenset[ox.Triple]) -> Reason | None:
        number = self._terms.number
        fact = Fact(number(triple.subject), number(triple.predicate), number(triple.object))
        derivation = (self._closure.trace or {}).get(fact)
        if derivation is None:
            return None
        premises: dict[ox.Triple, Reason] = {}
        for named in self._named_premises(derivation.premises):
            reason = self._reason(named, above) or Reason(named)
            premises.setdefault(named, reason)
        return Reason(triple, axiom=derivation.axiom, premises=tuple(premises.values()))

    def _named_premises(self, premises: tuple[Fact, ...]) -> list[ox.Triple]:
        """Give premises as triples; those about class expressions without a name give way to their own premises."""
        named = []
        for fact in premises:
            triple = triple_of(fact, self._terms.by_number)
            derivation = (self._closure.trace or {}).get(fact)
            if triple is not None:
                named.append(triple)
            elif derivation is not None:
                named += self._named_premises(derivation.premises)
        return named

    def _by_rule(self, triple: ox.Triple, above: frozenset[ox.Triple]) -> Reason | None:
        if triple not in self._concluded:
            return None
        for rule in self._rules:
            found = rule.premises(triple, self._everything, self._graph.prefixes)
            if found:
                premises = tuple(self._reason(each, above) or Reason(each) for each in sorted(found, key=str))
                return Reason(triple, rule=rule, premises=premises)
        return None
