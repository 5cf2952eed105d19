"""Suggest the term that was meant where one is a single slip away from what the shapes require."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from cartkg.namespaces import RDF
from cartkg.nearest import Spellings
from cartkg.validation.constraints.paths import PredicateStep
from cartkg.validation.rdf.terms import Term, bare, iri, is_blank, is_iri, literal
from cartkg.validation.shapes.shapes_graph import Shapes, sh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cartkg.validation.constraints.results import Violation
    from cartkg.validation.rdf.facts import Facts

_TYPE = iri(f"{RDF}type")


class Meaning(NamedTuple):
    """A term at fault, and the terms that it may mean, sorted; of several none is certain."""

    written: Term
    meant: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Terms that may be meant. Only those in the same namespace, or of the same datatype and language, are compared."""

    terms: dict[tuple[str, str], Term]
    spellings: dict[str, Spellings]

    @classmethod
    def of(cls, terms: Iterable[Term]) -> Known:
        """Make an index of some terms; blank nodes have no spelling."""
        found = {split(each): each for each in terms if not is_blank(each)}
        names: dict[str, list[str]] = defaultdict(list)
        for kind, name in found:
            names[kind].append(name)
        return cls(found, {kind: Spellings.of(known) for kind, known in names.items()})

    def meant(self, term: Term) -> tuple[Term, ...]:
        """Return the terms that one is a slip of."""
        kind, name = split(term)
        near = self.spellings[kind].meant(name) if kind in self.spellings else ()
        return tuple(self.terms[kind, each] for each in near)


def split(term: Term) -> tuple[str, str]:
    """Return what the spellings of a term share (namespace, or language or datatype), and the rest."""
    parts = literal(term)
    if parts is not None:
        return f'"{parts.language or parts.datatype}', parts.lexical
    name = bare(term)
    end = max(name.rfind("/"), name.rfind("#")) + 1
    return name[:end], name[end:]


@dataclass(slots=True)
class Misspellings:
    """What terms at fault may mean.

    Attributes:
        facts: the data, with the ontology.
        shapes: the shapes that they break.
    """

    facts: Facts
    shapes: Shapes
    _known: dict[tuple[str, Term], Known] = field(default_factory=dict)
    _named: frozenset[Term] | None = None

    def of_violation(self, violation: Violation) -> Meaning | None:
        """Return what the term at fault may mean: an item of sh:in, an instance of sh:class, a property it allows."""
        shape, value = violation.source.shape, violation.value
        component = bare(violation.source.component).rpartition("#")[2]
        if component == "ClosedConstraintComponent" and isinstance(violation.path, PredicateStep):
            predicate = violation.path.predicate
            return None if predicate in self._mentioned() else _meaning(predicate, self._allowed(shape))
        if value is None or is_blank(value):
            return None
        if component == "InConstraintComponent":
            return _meaning(value, self._listed(shape))
        if component == "ClassConstraintComponent":
            meant = {each for wanted in self.shapes.objects(shape, "class") for each in self.instances(value, wanted)}
            return Meaning(value, tuple(sorted(meant))) if meant else None
        return None

    def instances(self, value: Term, wanted: Term) -> tuple[Term, ...]:
        """Return the instances of a class that a node may mean, when no one describes that node."""
        if not is_iri(value) or value in self.facts.homes:
            return ()
        return self._once("class", wanted, lambda: self.facts.instances(wanted)).meant(value)

    def type_of(self, value: Term, wanted: Term) -> Term | None:
        """Return the class of a node, if it is one slip from the class that is wanted."""
        known = self._once("is", wanted, lambda: (wanted,))
        return next((each for each in self.facts.objects(value, _TYPE) if is_iri(each) and known.meant(each)), None)

    def _listed(self, shape: Term) -> Known:
        heads = self.shapes.objects(shape, "in")
        return self._once("in", shape, lambda: self.shapes.facts.list_items(heads[0]) or () if heads else ())

    def _allowed(self, shape: Term) -> Known:
        return self._once("closed", shape, lambda: self._properties(shape))

    def _properties(self, shape: Term) -> list[Term]:
        facts = self.shapes.facts
        paths = [path for each in self.shapes.objects(shape, "property") for path in facts.objects(each, sh("path"))]
        heads = self.shapes.objects(shape, "ignoredProperties")
        return [each for each in (*paths, *(facts.list_items(heads[0]) or () if heads else ())) if is_iri(each)]

    def _once(self, kind: str, node: Term, terms: Callable[[], Iterable[Term]]) -> Known:
        if (kind, node) not in self._known:
            self._known[kind, node] = Known.of(terms())
        return self._known[kind, node]

    def _mentioned(self) -> frozenset[Term]:
        if self._named is None:
            self._named = frozenset(mentioned(self.shapes.facts))
        return self._named


def mentioned(facts: Facts) -> set[Term]:
    """Return every IRI that stands anywhere in some files."""
    found = set(facts.columns) | set(facts.homes)
    for column in facts.columns.values():
        for objects in column.values():
            found.update(objects)
    return {each for each in found if is_iri(each)}


def _meaning(written: Term, known: Known) -> Meaning | None:
    meant = known.meant(written)
    return Meaning(written, meant) if meant else None
