"""Explain why a triple is true: where it is stated, or by which axiom or rule it follows from which triples."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Self

import pyoxigraph as ox

from cartkg.errors import QueryError
from cartkg.evaluation.evaluator import Evaluator
from cartkg.namespaces import GRAPH_ONTOLOGY, OWL, RDFS
from cartkg.reasoning.axioms import TermNumbers, compile_rules
from cartkg.reasoning.closure import Closure, NumberedTriple
from cartkg.reasoning.inconsistencies import clashes
from cartkg.reasoning.inference import apply_rules, triple_of
from cartkg.reasoning.ontology_checks import justification
from cartkg.reasoning.stored_rules import read_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.graph import KnowledgeGraph
    from cartkg.project import Project
    from cartkg.reasoning.axioms import Axiom
    from cartkg.reasoning.inconsistencies import Clash
    from cartkg.reasoning.ontology_checks import NamedAxiom
    from cartkg.reasoning.stored_rules import StoredRule

_DEFAULT = ox.DefaultGraph()
_SUBCLASS = ox.NamedNode(f"{RDFS}subClassOf")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a triple holds.

    Attributes:
        triple: what holds.
        axiom: the axiom it follows by; None when it is stated or follows otherwise.
        rule: the stored rule it follows by; None otherwise.
        axioms: the axioms by which HermiT puts one class below another; empty otherwise.
        premises: what it follows from; empty when it is stated or follows from axioms alone.
    """

    triple: ox.Triple
    axiom: Axiom | None = None
    rule: StoredRule | None = None
    axioms: tuple[NamedAxiom, ...] = ()
    premises: tuple[Reason, ...] = ()

    @property
    def stated(self) -> bool:
        """Return whether the triple is in a file."""
        return self.axiom is None and self.rule is None and not self.axioms


class Explainer:
    """One graph and everything that follows from it, with the first derivation of each triple.

    To be closed after explanations, by `with`: a process that asks the rules runs from the first one on.
    """

    def __init__(self, graph: KnowledgeGraph, project: Project) -> None:
        self._graph = graph
        self._cache = project.cache
        self._terms = TermNumbers()
        self._closure = Closure(compile_rules(graph.quads(GRAPH_ONTOLOGY), self._terms), trace={})
        stated = list(graph.store.quads_for_pattern(None, None, None, _DEFAULT))
        self._closure.give(stated)
        self._closure.run()
        self._rules = read_rules(project.ontology / "rules")
        prefixes = graph.prefixes.namespaces
        self._concluded = apply_rules(self._closure, stated, self._rules, lambda store: Evaluator(store, prefixes))
        self._everything = ox.Store()
        self._everything.bulk_extend(ox.Quad(*quad.triple) for quad in stated)
        derived = (triple_of(fact, self._terms.by_number) for fact in self._closure.derived)
        self._everything.bulk_extend(ox.Quad(*triple) for triple in derived if triple is not None)
        self._everything.bulk_extend(ox.Quad(*triple) for triple in self._concluded)
        self._evaluator = Evaluator(self._everything, prefixes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._evaluator.close()

    def explain(self, triple: ox.Triple) -> Reason:
        """Return why a triple holds.

        Raises:
            QueryError: it neither is stated nor follows.
        """
        reason = self._reason(triple, frozenset())
        if reason is None:
            raise QueryError(f"neither stated nor inferred: {triple}; check the three names")
        return reason

    def clashes(self) -> list[Clash]:
        """Return the facts that the ontology does not allow together, sorted."""
        stated = self._graph.store.quads_for_pattern(None, None, None, _DEFAULT)
        return clashes(self._closure, self._graph.quads(GRAPH_ONTOLOGY), stated)

    def apart(self, clash: Clash) -> list[ox.Triple]:
        """Return triples stating that the things of a clash are different: each cartkg name is one thing."""
        things = [self._terms.by_number[number] for number in clash.apart]
        named = [thing for thing in things if isinstance(thing, ox.NamedNode)]
        different = ox.NamedNode(f"{OWL}differentFrom")
        return [ox.Triple(one, different, other) for one, other in combinations(named, 2)]

    def grounds(self, fact: NumberedTriple) -> set[ox.Triple]:
        """Return the triples that a fact of a clash rests on: those that files state and those that rules conclude."""
        grounds: set[ox.Triple] = set()
        waiting, seen = [fact], {fact}
        while waiting:
            each = waiting.pop()
            derivation = (self._closure.trace or {}).get(each)
            if derivation is None:
                grounds.update(self._as_stated(each))
            else:
                waiting += [premise for premise in derivation.premises if premise not in seen]
                seen.update(derivation.premises)
        return grounds

    def _as_stated(self, fact: NumberedTriple) -> Iterator[ox.Triple]:
        """Return a fact in the words of its file: 3 of two integer types is one fact."""
        by_number = self._terms.by_number
        subject, predicate = by_number[fact.subject], by_number[fact.predicate]
        if isinstance(subject, ox.NamedNode) and isinstance(predicate, ox.NamedNode):
            for quad in self._everything.quads_for_pattern(subject, predicate, None):
                if self._terms.number(quad.object) == fact.obj:
                    yield quad.triple

    def _reason(self, triple: ox.Triple, above: frozenset[ox.Triple]) -> Reason | None:
        if ox.Quad(*triple) in self._graph.store:
            return Reason(triple)
        if triple in above:
            return None
        higher = above | {triple}
        return self._by_axiom(triple, higher) or self._by_rule(triple, higher) or self._by_hermit(triple)

    def _by_axiom(self, triple: ox.Triple, above: frozenset[ox.Triple]) -> Reason | None:
        number = self._terms.number
        fact = NumberedTriple(number(triple.subject), number(triple.predicate), number(triple.object))
        derivation = (self._closure.trace or {}).get(fact)
        if derivation is None:
            return None
        premises: dict[ox.Triple, Reason] = {}
        for named in self._named_premises(derivation.premises):
            reason = self._reason(named, above) or Reason(named)
            premises.setdefault(named, reason)
        return Reason(triple, axiom=derivation.axiom, premises=tuple(premises.values()))

    def _named_premises(self, premises: tuple[NumberedTriple, ...]) -> list[ox.Triple]:
        """Return premises as triples; those about class expressions without a name give way to their own premises."""
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
            found = rule.premises(triple, self._evaluator, self._graph.prefixes)
            if found:
                premises = tuple(self._reason(each, above) or Reason(each) for each in sorted(found, key=str))
                return Reason(triple, rule=rule, premises=premises)
        return None

    def _by_hermit(self, triple: ox.Triple) -> Reason | None:
        if triple.predicate != _SUBCLASS:
            return None
        classes = [term.value for term in (triple.subject, triple.object) if isinstance(term, ox.NamedNode)]
        axioms = justification(list(self._graph.quads(GRAPH_ONTOLOGY)), self._cache, *classes)
        return Reason(triple, axioms=tuple(axioms)) if axioms else None
