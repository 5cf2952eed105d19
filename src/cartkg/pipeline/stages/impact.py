"""Find the records that a change may have made wrong: those touched, and those whose rules read a touched one.

What a shape of SHACL core reads follows from its paths. What SPARQL reads does not, so its shapes are run on the graph
as it was, too: where they find now what they did not find then, they have read a change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import ShapesError
from cartkg.namespaces import RDFS
from cartkg.validation import EngineName, read, sparql_shapes, violations
from cartkg.validation.constraints.paths import Path, PredicateStep, Repeat, Repeated, SequencePath, steps
from cartkg.validation.rdf.blanks import file_of
from cartkg.validation.rdf.terms import Term, iri, is_blank
from cartkg.validation.shapes.shapes_graph import sh

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.pipeline.inputs.git_changes import Changes
    from cartkg.validation import Facts, Shapes
    from cartkg.validation.constraints.results import Violation

_SUBCLASS = iri(f"{RDFS}subClassOf")


def affected(changes: Changes, facts: Facts, shapes: Shapes) -> frozenset[Term] | None:
    """Return the touched records and those that shapes of SHACL core hold against them; None when that is everything.

    Everything depends on the class hierarchy. Every blank node of a file that differs counts as touched.
    """
    if changes.everything or any(predicate == _SUBCLASS for _, predicate, _ in changes.rows):
        return None
    reading = _reading(shapes)
    named = {subject for subject, _, _ in changes.rows}
    named |= {value for _, predicate, value in changes.rows if predicate in reading.backward}
    found = {term for term in named if not is_blank(term)}
    found |= {node for node in facts.homes if is_blank(node) and facts.files[file_of(node)] in changes.files}
    edge, distance = set(found), 0
    while edge and distance < reading.depth:
        edge, distance = _readers(edge, facts, reading) - found, distance + 1
        found |= edge
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the shapes read: predicates forward and backward, and how many links away at most."""

    forward: frozenset[Term]
    backward: frozenset[Term]
    depth: float


def _reading(shapes: Shapes) -> _Reading:
    backward = {each for objects in shapes.facts.column(sh("targetObjectsOf")).values() for each in objects}
    forward: set[Term] = set()
    for node in shapes.all_shapes():
        path = _path(shapes, node)
        taken = list(steps(path)) if path else []
        forward |= {step.predicate for step in taken if not step.backward}
        backward |= {step.predicate for step in taken if step.backward}
    return _Reading(frozenset(forward), frozenset(backward), _depth(shapes))


def _depth(shapes: Shapes) -> float:
    """Return how many links away a shape reads at most; infinite when it repeats a path or comes back to itself."""
    nodes = shapes.all_shapes()
    own = {node: 0.0 if (path := _path(shapes, node)) is None else _length(path) for node in nodes}
    below = {node: (shapes.references(node) | shapes.siblings(node)) & nodes for node in nodes}
    found = dict.fromkeys(nodes, 0.0)
    for _ in range(len(nodes) + 1):
        deeper = {node: own[node] + max((found[each] for each in below[node]), default=0.0) for node in nodes}
        if deeper == found:
            return max(found.values(), default=0.0)
        found = deeper
    return float("inf")


def _path(shapes: Shapes, node: Term) -> Path | None:
    """Return a shape's path; none where it is malformed and the shape is not evaluated."""
    with shapes.tolerant():
        return shapes.path(node)
    return None


def _length(path: Path) -> float:
    match path:
        case Repeated():
            return _length(path.part) if path.repeat is Repeat.ZERO_OR_ONE else float("inf")
        case PredicateStep():
            return 1
        case SequencePath():
            return sum(_length(part) for part in path.parts)
        case _:
            return max(_length(part) for part in path.parts)


def _readers(edge: set[Term], facts: Facts, reading: _Reading) -> set[Term]:
    """Return the records whose shapes look at one of the given ones."""
    found: set[Term] = set()
    for predicate in reading.forward:
        turned = facts.inverse(predicate)
        for node in edge & turned.keys():
            found.update(turned[node])
    for predicate in reading.backward:
        column = facts.column(predicate)
        for node in edge & column.keys():
            found.update(column[node])
    return found


def asked(changes: Changes, facts: Facts, shapes: Shapes, engine: EngineName) -> set[Term]:
    """Return the records at which a shape with SPARQL finds now what it did not find before.

    Raises:
        ShapesError: a shape cannot be evaluated; with file and line.
    """
    among = sparql_shapes(shapes)
    now = violations(facts, shapes, engine, among=among) if among else []
    if not now:
        return set()
    earlier = set(_violations_before(changes, facts, shapes, engine))
    return {each.root for each in now if each not in earlier or _has_moved(each, changes, facts)}


def _violations_before(changes: Changes, facts: Facts, shapes: Shapes, engine: EngineName) -> Iterable[Violation]:
    gone = sorted(changes.before.keys() - set(facts.files))
    before = read((*facts.files, *gone), changes.before)
    try:
        return violations(before, shapes, engine, among=sparql_shapes(shapes))
    except ShapesError:  # what could not be evaluated then has found nothing then
        return ()


def _has_moved(violation: Violation, changes: Changes, facts: Facts) -> bool:
    """Return whether a result concerns a blank node of a file that differs, which could be a new node."""
    nodes = (violation.value or '""', violation.focus, *(step.focus for step in violation.lead))
    return any(is_blank(node) and facts.files[file_of(node)] in changes.files for node in nodes)


def orphaned(touched: Iterable[Term], facts: Facts) -> set[Term]:
    """Return the records that name a touched term which no file describes any more."""
    gone = {term for term in touched if term not in facts.homes}
    if not gone:
        return set()
    return {
        subject
        for column in facts.columns.values()
        for subject, values in column.items()
        if not gone.isdisjoint(values)
    }
