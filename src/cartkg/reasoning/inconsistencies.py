"""Find clashes in a closure: facts that the ontology does not allow together.

These are the rules of OWL 2 RL that conclude a contradiction, but for negative assertions and keys: members of disjoint
classes (cax-dw, cax-adc), of a class and its complement (cls-com) or of nothing (cls-nothing2); too many values
(prp-fp, prp-ifp, cls-maxc, with the names of cartkg being unique); properties that exclude a pair (prp-irp, prp-asyp,
prp-pdw); one thing and another at once (eq-diff); a value of the wrong datatype (dt-not-type).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.diagnostics import Diagnostic, Severity
from cartkg.namespaces import BASE, OWL, RDF, RDFS, TERM, XSD
from cartkg.reasoning.closure import NumberedTriple
from cartkg.reasoning.ranges import fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartkg.reasoning.axioms import Statement
    from cartkg.reasoning.closure import Closure

_AT_MOST = frozenset(f"{OWL}{name}" for name in ("maxCardinality", "cardinality"))
#: How many values a property has at most -> how a breach is put, and what to keep.
_WORDS = {0: ("a", "none"), 1: ("more than one", "one")}


@dataclass(frozen=True, slots=True)
class Clash:
    """Facts about one thing that cannot be true together.

    Attributes:
        rule: identifier of what is broken.
        subject: IRI of the thing.
        message: what is wrong with it.
        facts: the facts that clash, each stated or derived.
        apart: things that the clash takes for two, since each has a name of its own.
    """

    rule: str
    subject: str
    message: str
    facts: tuple[NumberedTriple, ...]
    apart: tuple[int, ...] = ()

    def diagnostic(self, grounds: str = "") -> Diagnostic:
        """Return the clash as a diagnostic without a file: who read the files knows where the subject stands."""
        message = f"{_short_iri(self.subject)} {self.message}{grounds}"
        return Diagnostic(None, 0, 0, self.rule, message, Severity.ERROR, self.subject)


def clashes(closure: Closure, ontology: Iterable[Statement], stated: Iterable[Statement]) -> list[Clash]:
    """Return every clash, sorted.

    Args:
        closure: what follows from the stated facts.
        ontology: the axioms.
        stated: all facts, those that no rule of the closure asks for included.
    """
    return sorted(_Search(closure, list(ontology)).all(stated), key=lambda clash: clash.diagnostic().sort_key)


class _Search:
    """Looks at one closure with the axioms of one ontology."""

    def __init__(self, closure: Closure, ontology: list[Statement]) -> None:
        self._closure = closure
        self._ontology = ontology
        self._terms = closure.rules.terms
        self._type = self._terms.iri(f"{RDF}type")
        self._first = {triple.subject: triple.object for triple in ontology if triple.predicate.value == f"{RDF}first"}
        self._rest = {triple.subject: triple.object for triple in ontology if triple.predicate.value == f"{RDF}rest"}

    def all(self, stated: Iterable[Statement]) -> Iterator[Clash]:
        for one, other in sorted(set(self._excluding())):
            yield from self._in_both(one, other)
        for thing in self._closure.members(self._terms.iri(f"{OWL}Nothing")):
            yield self._clash("ontology-nothing", thing, "is in an unsatisfiable class", [self._is(thing)])
        yield from self._too_many()
        yield from self._excluded_pairs()
        yield from self._of_stated(stated)

    def _clash(
        self, rule: str, thing: int, message: str, facts: list[NumberedTriple], apart: Iterable[int] = ()
    ) -> Clash:
        return Clash(rule, _value(self._terms.by_number[thing]), message, tuple(facts), tuple(apart))

    def _is(self, thing: int, kind: int | None = None) -> NumberedTriple:
        return NumberedTriple(thing, self._type, self._terms.iri(f"{OWL}Nothing") if kind is None else kind)

    def _name(self, number: int) -> str:
        return _short_iri(_value(self._terms.by_number[number]))

    def _excluding(self) -> Iterator[tuple[int, int]]:
        """Return the pairs of classes that share no member."""
        number = self._terms.number
        for triple in self._ontology:
            if triple.predicate.value in {f"{OWL}disjointWith", f"{OWL}complementOf"}:
                one, other = sorted((number(triple.subject), number(triple.object)))
                yield one, other
            elif triple.predicate.value == f"{OWL}members":
                members = sorted(number(member) for member in self._list(triple.object))
                yield from combinations(members, 2)

    def _list(self, head: object) -> Iterator[ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]:
        while isinstance(head, ox.NamedNode | ox.BlankNode) and head in self._first:
            yield self._first[head]
            head = self._rest[head]

    def _in_both(self, one: int, other: int) -> Iterator[Clash]:
        for thing in self._closure.members(one) & self._closure.members(other):
            named = [self._name(kind) for kind in (one, other) if isinstance(self._terms.by_number[kind], ox.NamedNode)]
            what = f"both {' and '.join(named)}" if len(named) > 1 else f"and is not {named[0]}"
            facts = [self._is(thing, one), self._is(thing, other)]
            yield self._clash("ontology-disjoint", thing, f"is {what}, which are disjoint", facts)

    def _too_many(self) -> Iterator[Clash]:
        for triple in self._ontology:
            if triple.object == ox.NamedNode(f"{OWL}FunctionalProperty"):
                yield from self._values(self._terms.number(triple.subject), 1)
            elif triple.predicate.value in _AT_MOST and isinstance(triple.object, ox.Literal):
                among = self._closure.members(self._terms.number(triple.subject))
                for prop in self._objects(triple.subject, f"{OWL}onProperty"):
                    yield from self._values(self._terms.number(prop), int(triple.object.value), among)

    def _objects(self, subject: object, predicate: str) -> list[ox.NamedNode | ox.BlankNode]:
        found = (each.object for each in self._ontology if (each.subject, each.predicate.value) == (subject, predicate))
        return [obj for obj in found if isinstance(obj, ox.NamedNode | ox.BlankNode)]

    def _values(self, prop: int, most: int, among: set[int] | None = None) -> Iterator[Clash]:
        count, keep = _WORDS.get(most, (f"more than {most}", str(most)))
        for subject, values in self._closure.pairs(prop):
            if len(values) > most and (among is None or subject in among):
                shown = ", ".join(sorted(self._name(value) for value in values))
                message = f"has {count} {self._name(prop)} ({shown}); keep {keep}"
                facts = [NumberedTriple(subject, prop, value) for value in sorted(values)]
                yield self._clash("ontology-functional", subject, message, facts, sorted(values))

    def _excluded_pairs(self) -> Iterator[Clash]:
        for triple in self._ontology:
            prop = self._terms.number(triple.subject)
            if triple.object == ox.NamedNode(f"{OWL}IrreflexiveProperty"):
                yield from self._to_itself(prop)
            elif triple.object == ox.NamedNode(f"{OWL}AsymmetricProperty"):
                yield from self._with_other(prop, prop, turned=True)
            elif triple.predicate.value == f"{OWL}propertyDisjointWith":
                yield from self._with_other(prop, self._terms.number(triple.object), turned=False)

    def _to_itself(self, prop: int) -> Iterator[Clash]:
        for thing, values in self._closure.pairs(prop):
            if thing in values:
                message = f"is {self._name(prop)} of itself, although the property is irreflexive"
                yield self._clash("ontology-excluded", thing, message, [NumberedTriple(thing, prop, thing)])

    def _with_other(self, prop: int, other: int, *, turned: bool) -> Iterator[Clash]:
        for subject, values in list(self._closure.pairs(prop)):
            for value in values:
                second = NumberedTriple(value, other, subject) if turned else NumberedTriple(subject, other, value)
                if self._closure.holds(second):
                    end = "in both directions" if turned else f"and {self._name(other)}"
                    message = f"has {self._name(prop)} {end} with {self._name(value)}, which exclude each other"
                    yield self._clash(
                        "ontology-excluded", subject, message, [NumberedTriple(subject, prop, value), second]
                    )

    def _of_stated(self, stated: Iterable[Statement]) -> Iterator[Clash]:
        ranges = self._datatypes()
        same: list[NumberedTriple] = []
        different: dict[frozenset[int], NumberedTriple] = {}
        for triple in stated:
            wanted = ranges.get(triple.predicate)
            if wanted is not None and isinstance(triple.object, ox.Literal) and not fits(triple.object, wanted):
                yield self._of_wrong_type(triple, wanted)
            elif triple.predicate.value in {f"{OWL}sameAs", f"{OWL}differentFrom"}:
                fact = self._fact(triple)
                if triple.predicate.value == f"{OWL}sameAs":
                    same.append(fact)
                else:
                    different[frozenset((fact.subject, fact.obj))] = fact
        for fact in same:
            apart = different.get(frozenset((fact.subject, fact.obj)))
            if apart is not None:
                message = f"is the same as {self._name(fact.obj)} and different from it"
                yield self._clash("ontology-excluded", fact.subject, message, [fact, apart])

    def _fact(self, triple: Statement) -> NumberedTriple:
        number = self._terms.number
        return NumberedTriple(number(triple.subject), number(triple.predicate), number(triple.object))

    def _datatypes(self) -> dict[ox.NamedNode, str]:
        """Return each property whose values have a datatype of XML Schema."""
        return {
            triple.subject: triple.object.value
            for triple in self._ontology
            if triple.predicate.value == f"{RDFS}range"
            and isinstance(triple.subject, ox.NamedNode)
            and isinstance(triple.object, ox.NamedNode)
            and triple.object.value.startswith(XSD)
        }

    def _of_wrong_type(self, triple: Statement, wanted: str) -> Clash:
        fact = self._fact(triple)
        message = f"has {self._name(fact.predicate)} {triple.object}, which is not of type {wanted.removeprefix(XSD)}"
        return self._clash("ontology-datatype", fact.subject, message, [fact])


def _value(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _short_iri(iri: str) -> str:
    return f"cartkg:{iri.removeprefix(TERM)}" if iri.startswith(TERM) else iri.removeprefix(BASE)
