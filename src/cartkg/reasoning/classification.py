"""What a classification of the ontology finds, and the triples that it looks at.

Only what bears on classes and properties is classified: labels and definitions say nothing to a reasoner, and the
individuals that are mere values make it eight times slower, while `cartkg.reasoning.inconsistencies` finds what is
wrong with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.namespaces import BASE, OWL, RDF, RDFS, SH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.reasoning.axioms import Statement

_LOGICAL = (OWL, RDF, RDFS)
_ANNOTATIONS = frozenset(
    (
        *(f"{RDFS}{name}" for name in ("label", "comment", "seeAlso", "isDefinedBy")),
        *(f"{OWL}{name}" for name in ("imports", "versionInfo", "versionIRI", "deprecated")),
    )
)
_LEFT_OUT = frozenset(
    ox.NamedNode(f"{OWL}{name}") for name in ("Ontology", "NamedIndividual", "AllDifferent", "AnnotationProperty")
)
_TYPE = ox.NamedNode(f"{RDF}type")


@dataclass(frozen=True, slots=True, order=True)
class Subsumption:
    """One class found to be below another."""

    sub: str
    sup: str


@dataclass(frozen=True, slots=True)
class Classification:
    """What HermiT found.

    Attributes:
        consistent: whether the axioms can hold together at all.
        unsatisfiable: classes that can have no member, sorted.
        subsumptions: subclass relations between named classes that no axiom states, sorted.
    """

    consistent: bool
    unsatisfiable: tuple[str, ...] = ()
    subsumptions: tuple[Subsumption, ...] = ()

    @property
    def sound(self) -> bool:
        """Return whether nothing is wrong."""
        return self.consistent and not self.unsatisfiable


def logical(triples: Iterable[Statement]) -> list[ox.Triple]:
    """Keep the triples that bear on classes and properties."""
    kept = [
        ox.Triple(triple.subject, triple.predicate, triple.object)
        for triple in triples
        if triple.predicate.value.startswith(_LOGICAL) and triple.predicate.value not in _ANNOTATIONS
    ]
    dropped = {triple.subject for triple in kept if triple.predicate == _TYPE and _is_no_axiom(triple.object)}
    return _reached([triple for triple in kept if triple.subject not in dropped])


def _is_no_axiom(kind: object) -> bool:
    """Return whether things of a kind are not axioms: values, headers, and what is of no kind that OWL knows."""
    foreign = isinstance(kind, ox.NamedNode) and kind.value.startswith(SH)
    return kind in _LEFT_OUT or foreign


def _reached(triples: list[ox.Triple]) -> list[ox.Triple]:
    """Keep what the axioms about our own terms lead to; a foreign hierarchy no one points at cannot clash with them."""
    by_subject: dict[ox.NamedNode | ox.BlankNode | ox.Triple, list[ox.Triple]] = {}
    for triple in triples:
        by_subject.setdefault(triple.subject, []).append(triple)
    waiting = [subject for subject in by_subject if not isinstance(subject, ox.NamedNode) or _ours(subject)]
    reached = set(waiting)
    while waiting:
        for triple in by_subject.get(waiting.pop(), ()):
            if triple.object in by_subject and triple.object not in reached:
                reached.add(triple.object)  # type: ignore[arg-type]  # it is a subject, so no literal
                waiting.append(triple.object)  # type: ignore[arg-type]  # the same
    return [triple for triple in triples if triple.subject in reached]


def _ours(term: ox.NamedNode) -> bool:
    return term.value.startswith(BASE)
