"""Derive everything that follows from rules and facts: semi-naive, each fact processed once.

A fact is looked at when it is new, together with what is already known, so the work grows with the number of
derivations and not with its square. With `trace` the first derivation of each fact is kept for explanations.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from cartkg.namespaces import OWL, RDF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartkg.reasoning.axioms import Axiom, Rules, Statement

_TYPE = f"{RDF}type"


class NumberedTriple(NamedTuple):
    """A triple of numbered terms."""

    subject: int
    predicate: int
    obj: int


class Derivation(NamedTuple):
    """Why a fact holds: the axiom and the facts it was applied to."""

    axiom: Axiom
    premises: tuple[NumberedTriple, ...]


@dataclass(slots=True)
class Closure:
    """Facts and all that follows from them by the rules.

    Attributes:
        rules: what follows from what.
        trace: the first derivation of each derived fact, when kept; None otherwise.
        derived: facts that were not given, in the order found.
    """

    rules: Rules
    trace: dict[NumberedTriple, Derivation] | None = None
    derived: list[NumberedTriple] = field(default_factory=list)
    _forward: defaultdict[int, defaultdict[int, set[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    _backward: defaultdict[int, defaultdict[int, set[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    _waiting: list[NumberedTriple] = field(default_factory=list)
    _type: int = 0
    _thing: int = 0
    _watched: dict[int, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._type = self.rules.terms.iri(_TYPE)
        self._thing = self.rules.terms.iri(f"{OWL}Thing")

    def give(self, triples: Iterable[Statement]) -> None:
        """Take facts in; those whose property no rule asks for are skipped."""
        terms = self.rules.terms
        number = terms.number
        for triple in triples:
            predicate = number(triple.predicate)
            watched = self._watched.get(predicate)
            if watched is None:
                watched = self._watched[predicate] = predicate == self._type or self.rules.watched(predicate)
            if watched:
                self._put(NumberedTriple(number(triple.subject), predicate, number(triple.object)))

    def run(self) -> None:
        """Follow every waiting fact until nothing new comes."""
        while self._waiting:
            fact = self._waiting.pop()
            if fact.predicate == self._type:
                self._follow_type(fact)
            else:
                self._follow_property(fact)

    def holds(self, fact: NumberedTriple) -> bool:
        """Return whether a fact was given or derived."""
        objects = self._forward[fact.predicate].get(fact.subject)
        return objects is not None and fact.obj in objects

    def members(self, of_class: int) -> set[int]:
        """Return the members of a class."""
        return self._backward[self._type].get(of_class, set())

    def pairs(self, prop: int) -> Iterator[tuple[int, set[int]]]:
        """Return each subject of a property with its objects."""
        yield from self._forward[prop].items()

    def _put(self, fact: NumberedTriple) -> bool:
        objects = self._forward[fact.predicate][fact.subject]
        if fact.obj in objects:
            return False
        objects.add(fact.obj)
        self._backward[fact.predicate][fact.obj].add(fact.subject)
        self._waiting.append(fact)
        return True

    def _derive(self, fact: NumberedTriple, axiom: Axiom, *premises: NumberedTriple) -> None:
        if fact.predicate == self._type and fact.obj == self._thing:
            return
        if self._put(fact):
            self.derived.append(fact)
            if self.trace is not None:
                self.trace[fact] = Derivation(axiom, premises)

    def _follow_type(self, fact: NumberedTriple) -> None:
        rules, (thing, a, kind) = self.rules, fact
        for step in rules.superclasses.get(kind, ()):
            self._derive(NumberedTriple(thing, a, step.target), step.axiom, fact)
        kinds = self._forward[a][thing]
        for rule in rules.both.get(kind, ()):
            if kinds.issuperset(rule.parts):
                self._derive(
                    NumberedTriple(thing, a, rule.target),
                    rule.axiom,
                    *(NumberedTriple(thing, a, part) for part in rule.parts),
                )
        for value in rules.values_by_class.get(kind, ()):
            self._derive(NumberedTriple(thing, value.prop, value.filler), value.axiom, fact)
        for some in rules.some_by_filler.get(kind, ()):
            for subject in list(self._backward[some.prop].get(thing, ())):
                self._derive(
                    NumberedTriple(subject, a, some.expression),
                    some.axiom,
                    NumberedTriple(subject, some.prop, thing),
                    fact,
                )
        for every in rules.all_by_class.get(kind, ()):
            for value_of in list(self._forward[every.prop].get(thing, ())):
                self._derive(
                    NumberedTriple(value_of, a, every.filler),
                    every.axiom,
                    fact,
                    NumberedTriple(thing, every.prop, value_of),
                )

    def _follow_property(self, fact: NumberedTriple) -> None:
        rules, (subject, prop, obj), a = self.rules, fact, self._type
        for step in rules.superproperties.get(prop, ()):
            self._derive(NumberedTriple(subject, step.target, obj), step.axiom, fact)
        for step in rules.inverses.get(prop, ()):
            self._derive(NumberedTriple(obj, step.target, subject), step.axiom, fact)
        for step in rules.domains.get(prop, ()):
            self._derive(NumberedTriple(subject, a, step.target), step.axiom, fact)
        for step in rules.ranges.get(prop, ()):
            self._derive(NumberedTriple(obj, a, step.target), step.axiom, fact)
        for value in rules.values_by_property.get(prop, ()):
            if value.filler == obj:
                self._derive(NumberedTriple(subject, a, value.expression), value.axiom, fact)
        self._follow_quantified(fact)
        self._follow_chains(fact)

    def _follow_quantified(self, fact: NumberedTriple) -> None:
        rules, (subject, prop, obj), a = self.rules, fact, self._type
        for some in rules.some_by_property.get(prop, ()):
            if some.filler == self._thing:
                self._derive(NumberedTriple(subject, a, some.expression), some.axiom, fact)
            elif some.filler in self._forward[a].get(obj, ()):
                self._derive(
                    NumberedTriple(subject, a, some.expression), some.axiom, fact, NumberedTriple(obj, a, some.filler)
                )
        for every in rules.all_by_property.get(prop, ()):
            if every.expression in self._forward[a].get(subject, ()):
                self._derive(
                    NumberedTriple(obj, a, every.filler),
                    every.axiom,
                    NumberedTriple(subject, a, every.expression),
                    fact,
                )

    def _follow_chains(self, fact: NumberedTriple) -> None:
        subject, prop, obj = fact
        for chain in self.rules.chains_by_first.get(prop, ()):
            for end in list(self._forward[chain.second].get(obj, ())):
                self._derive(
                    NumberedTriple(subject, chain.target, end),
                    chain.axiom,
                    fact,
                    NumberedTriple(obj, chain.second, end),
                )
        for chain in self.rules.chains_by_second.get(prop, ()):
            for start in list(self._backward[chain.first].get(subject, ())):
                self._derive(
                    NumberedTriple(start, chain.target, obj),
                    chain.axiom,
                    NumberedTriple(start, chain.first, subject),
                    fact,
                )
