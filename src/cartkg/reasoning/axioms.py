"""Translate ontology triples into rules on numbered terms, after the OWL 2 RL/RDF rule set.

Of the tables in section 4.3 of the OWL 2 Profiles recommendation these are compiled: domain and range,
sub-properties, chains, inverse, symmetric and transitive properties, sub- and equivalent classes, intersections,
unions, someValuesFrom, allValuesFrom and hasValue. What makes data inconsistent is the business of
`cartkg.reasoning.inconsistencies`. Equality is not inferred: things of cartkg have one name each.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.namespaces import OWL, RDF, RDFS, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Term = ox.NamedNode | ox.BlankNode | ox.Literal
Statement = ox.Triple | ox.Quad

_INTEGERS = frozenset(
    f"{XSD}{name}" for name in ("integer", "nonNegativeInteger", "positiveInteger", "int", "long", "short", "byte")
)
_TYPE = ox.NamedNode(f"{RDF}type")
_LIMITS = frozenset(
    ox.NamedNode(f"{OWL}{name}Property") for name in ("Functional", "Irreflexive", "Asymmetric")
)  # what these properties rule out, `cartkg.reasoning.inconsistencies` looks for


@dataclass(frozen=True, slots=True)
class Axiom:
    """The triple of the ontology that a rule comes from; what hangs below in blank nodes belongs to it."""

    subject: str
    predicate: str
    obj: str


@dataclass(slots=True)
class TermNumbers:
    """Terms <-> numbers. Whole numbers that differ only in their integer type are one term, as OWL has it."""

    by_number: list[Term] = field(default_factory=list)
    _numbers: dict[Term, int] = field(default_factory=dict)

    def number(self, term: Term | ox.Triple) -> int:
        """Return the number of a term, a new one for a new term; a quoted triple counts as a term without a name."""
        if isinstance(term, ox.Triple):
            return self.number(ox.BlankNode(f"quoted-{abs(hash(term))}"))
        known = self._numbers.get(term)
        if known is not None:
            return known
        same = _canonical(term)
        known = self._numbers.get(same)
        if known is None:
            known = len(self.by_number)
            self.by_number.append(same)
            self._numbers[same] = known
        self._numbers[term] = known
        return known

    def iri(self, iri: str) -> int:
        """Return the number of an IRI."""
        return self.number(ox.NamedNode(iri))


def _canonical(term: Term) -> Term:
    if isinstance(term, ox.Literal) and term.datatype.value in _INTEGERS and term.value.lstrip("+-").isdigit():
        return ox.Literal(str(int(term.value)), datatype=ox.NamedNode(f"{XSD}integer"))
    return term


@dataclass(frozen=True, slots=True)
class ImpliedStep:
    """One way from a fact to another: the class or property that follows, and the axiom that says so."""

    target: int
    axiom: Axiom


@dataclass(frozen=True, slots=True)
class PropertyChain:
    """Two properties in a row make a third; longer chains are cut into pairs by made-up properties."""

    first: int
    second: int
    target: int
    axiom: Axiom


@dataclass(frozen=True, slots=True)
class Both:
    """Being in all the parts makes a thing a member of the target."""

    parts: tuple[int, ...]
    target: int
    axiom: Axiom


@dataclass(frozen=True, slots=True)
class Filler:
    """A class expression about the values of one property: its members, the property, the value or class."""

    expression: int
    prop: int
    filler: int
    axiom: Axiom


Steps = defaultdict[int, list[ImpliedStep]]


def _steps() -> Steps:
    return defaultdict(list)


@dataclass(slots=True)
class Rules:
    """The rules, each filed under the number of the term that triggers it."""

    terms: TermNumbers
    superclasses: Steps = field(default_factory=_steps)
    superproperties: Steps = field(default_factory=_steps)
    inverses: Steps = field(default_factory=_steps)
    domains: Steps = field(default_factory=_steps)
    ranges: Steps = field(default_factory=_steps)
    chains_by_first: defaultdict[int, list[PropertyChain]] = field(default_factory=lambda: defaultdict(list))
    chains_by_second: defaultdict[int, list[PropertyChain]] = field(default_factory=lambda: defaultdict(list))
    both: defaultdict[int, list[Both]] = field(default_factory=lambda: defaultdict(list))
    values_by_property: defaultdict[int, list[Filler]] = field(default_factory=lambda: defaultdict(list))
    values_by_class: defaultdict[int, list[Filler]] = field(default_factory=lambda: defaultdict(list))
    some_by_property: defaultdict[int, list[Filler]] = field(default_factory=lambda: defaultdict(list))
    some_by_filler: defaultdict[int, list[Filler]] = field(default_factory=lambda: defaultdict(list))
    all_by_property: defaultdict[int, list[Filler]] = field(default_factory=lambda: defaultdict(list))
    all_by_class: defaultdict[int, list[Filler]] = field(default_factory=lambda: defaultdict(list))
    limited: set[int] = field(default_factory=set)

    def watched(self, prop: int) -> bool:
        """Return whether any rule or limit asks for a property; facts of others need no second look."""
        return any(
            prop in filed
            for filed in (
                self.superproperties,
                self.inverses,
                self.domains,
                self.ranges,
                self.chains_by_first,
                self.chains_by_second,
                self.values_by_property,
                self.some_by_property,
                self.all_by_property,
                self.limited,
            )
        )

    def add_chain(self, chain: PropertyChain) -> None:
        """File a chain under both its properties."""
        self.chains_by_first[chain.first].append(chain)
        self.chains_by_second[chain.second].append(chain)


class Compiler:
    """Turn the triples of an ontology into rules, one axiom after the other."""

    def __init__(self, triples: Iterable[Statement], terms: TermNumbers) -> None:
        self.rules = Rules(terms)
        self._terms = terms
        self._held: dict[Term, dict[str, list[Term]]] = {}
        for triple in triples:
            if not isinstance(triple.subject, ox.Triple) and not isinstance(triple.object, ox.Triple):
                held = self._held.setdefault(triple.subject, {})
                held.setdefault(triple.predicate.value, []).append(triple.object)

    def compile(self) -> Rules:
        """Return the rules of all axioms."""
        for subject, held in self._held.items():
            if isinstance(subject, ox.NamedNode):
                for predicate, objects in held.items():
                    for obj in objects:
                        self._axiom(subject, predicate, obj)
        return self.rules

    def _axiom(self, subject: ox.NamedNode, predicate: str, obj: Term) -> None:
        axiom = Axiom(subject.value, predicate, _shown(obj))
        here, there = self._terms.number(subject), self._terms.number(obj)
        rules = self.rules
        if predicate == f"{RDFS}subClassOf":
            rules.superclasses[here].append(ImpliedStep(self._class(obj, axiom), axiom))
        elif predicate == f"{OWL}equivalentClass":
            other = self._class(obj, axiom)
            rules.superclasses[here].append(ImpliedStep(other, axiom))
            rules.superclasses[other].append(ImpliedStep(here, axiom))
        elif predicate == f"{RDFS}subPropertyOf":
            rules.superproperties[here].append(ImpliedStep(there, axiom))
        elif predicate == f"{OWL}inverseOf":
            rules.inverses[here].append(ImpliedStep(there, axiom))
            rules.inverses[there].append(ImpliedStep(here, axiom))
        elif predicate == f"{RDFS}domain":
            rules.domains[here].append(ImpliedStep(self._class(obj, axiom), axiom))
        elif predicate == f"{RDFS}range" and not _is_datatype(obj):
            rules.ranges[here].append(ImpliedStep(self._class(obj, axiom), axiom))
        elif predicate == f"{OWL}propertyDisjointWith":
            rules.limited.update((here, there))
        elif predicate == f"{OWL}propertyChainAxiom":
            self._chain(here, [self._terms.number(part) for part in self._list(obj)], axiom)
        elif (subject, predicate) != (obj, _TYPE.value):
            self._characteristic(here, obj, axiom)

    def _characteristic(self, prop: int, kind: Term, axiom: Axiom) -> None:
        if kind == ox.NamedNode(f"{OWL}SymmetricProperty"):
            self.rules.inverses[prop].append(ImpliedStep(prop, axiom))
        elif kind == ox.NamedNode(f"{OWL}TransitiveProperty"):
            self.rules.add_chain(PropertyChain(prop, prop, prop, axiom))
        elif kind in _LIMITS:
            self.rules.limited.add(prop)

    def _chain(self, target: int, parts: list[int], axiom: Axiom) -> None:
        first = parts[0]
        for place, second in enumerate(parts[1:], start=1):
            last = place == len(parts) - 1
            made = target if last else self._terms.number(ox.BlankNode(f"chain-{target}-{first}-{second}"))
            self.rules.add_chain(PropertyChain(first, second, made, axiom))
            first = made

    def _class(self, expression: Term, axiom: Axiom) -> int:
        """Return the number of a class; for an expression in blank nodes, file what makes and follows membership."""
        number = self._terms.number(expression)
        if isinstance(expression, ox.BlankNode):
            held = self._held.get(expression, {})
            for part in held.get(f"{OWL}intersectionOf", []):
                self._intersection(number, [self._class(item, axiom) for item in self._list(part)], axiom)
            for part in held.get(f"{OWL}unionOf", []):
                for item in self._list(part):
                    self.rules.superclasses[self._class(item, axiom)].append(ImpliedStep(number, axiom))
            for prop in held.get(f"{OWL}onProperty", []):
                self._restriction(number, self._terms.number(prop), held, axiom)
        return number

    def _intersection(self, number: int, parts: list[int], axiom: Axiom) -> None:
        rule = Both(tuple(parts), number, axiom)
        for part in parts:
            self.rules.both[part].append(rule)
            self.rules.superclasses[number].append(ImpliedStep(part, axiom))

    def _restriction(self, number: int, prop: int, held: dict[str, list[Term]], axiom: Axiom) -> None:
        rules = self.rules
        if held.keys() & {f"{OWL}maxCardinality", f"{OWL}cardinality"}:
            rules.limited.add(prop)
        for value in held.get(f"{OWL}hasValue", []):
            filler = Filler(number, prop, self._terms.number(value), axiom)
            rules.values_by_property[prop].append(filler)
            rules.values_by_class[number].append(filler)
        for some in held.get(f"{OWL}someValuesFrom", []):
            filler = Filler(number, prop, self._class(some, axiom), axiom)
            rules.some_by_property[prop].append(filler)
            rules.some_by_filler[filler.filler].append(filler)
        for every in held.get(f"{OWL}allValuesFrom", []):
            filler = Filler(number, prop, self._class(every, axiom), axiom)
            rules.all_by_property[prop].append(filler)
            rules.all_by_class[number].append(filler)

    def _list(self, head: Term) -> Iterator[Term]:
        while head != ox.NamedNode(f"{RDF}nil"):
            held = self._held.get(head, {})
            yield from held.get(f"{RDF}first", [])
            head = next(iter(held.get(f"{RDF}rest", [])), ox.NamedNode(f"{RDF}nil"))


def _is_datatype(term: Term) -> bool:
    return isinstance(term, ox.NamedNode) and (term.value.startswith(XSD) or term.value == f"{RDFS}Literal")


def _shown(term: Term) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def compile_rules(triples: Iterable[Statement], terms: TermNumbers) -> Rules:
    """Compile the triples of an ontology into rules."""
    return Compiler(triples, terms).compile()
