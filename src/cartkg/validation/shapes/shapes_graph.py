"""Read a shapes graph: each shape is compiled to constraints, targets and messages on first use.

What a shape says and cartkg cannot evaluate is a ShapesError that names file and line; nothing is skipped.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from cartkg.errors import ShapesError
from cartkg.evaluation.bounds import BOUNDS, JobBounds
from cartkg.namespaces import OWL, RDF, RDFS, SH, Prefixes
from cartkg.validation.constraints.paths import Path, PathError, read_path, say
from cartkg.validation.rdf.terms import Term, bare, iri, is_blank, is_iri, is_literal, literal, local_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path as FilePath

    from cartkg.validation.constraints.core import Constraint
    from cartkg.validation.rdf.facts import Facts

_TYPE = iri(f"{RDF}type")
TARGETS = ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf")
#: Parameters whose values are shapes, alone or in a list.
_SHAPE_VALUED = ("property", "node", "not", "qualifiedValueShape")
_SHAPE_LISTS = ("and", "or", "xone")
_VIOLATION = iri(f"{SH}Violation")
#: Datatypes that Turtle writes without quotes, and how.
_BARE = {"xsd:integer", "xsd:decimal", "xsd:boolean"}
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+|true|false")


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape, ready to run.

    Attributes:
        node: the shape's own term.
        path: where its value nodes are; None for a node shape, whose value node is the focus node.
        constraints: all must hold.
        severity: of its results.
        messages: its sh:message values, the first that fits written first.
        deactivated: whether its author switched it off.
        recursive: whether it refers to itself, directly or by way of others.
    """

    node: Term
    path: Path | None
    constraints: tuple[Constraint, ...]
    severity: Term
    messages: tuple[str, ...]
    deactivated: bool
    recursive: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in the shapes; where it is mild, they are evaluated as they were probably meant."""

    error: ShapesError
    mild: bool = False


@dataclass(slots=True)
class Shapes:
    """All shapes of some files, and what the evaluation of one query or pattern of theirs may use.

    Attributes:
        facts: what the files say.
        bounds: what one query or pattern may use.
        strict: whether the first problem ends the evaluation; else the part at fault is left out.
        advanced: whether pySHACL evaluates the shapes that need SHACL Advanced Features.
        problems: what is wrong with the shapes, when they are not strict.
        compiled: the shapes that were requested.
    """

    facts: Facts
    bounds: JobBounds = BOUNDS
    strict: bool = True
    advanced: bool = False
    problems: list[Problem] = field(default_factory=list)
    compiled: dict[Term, Shape] = field(default_factory=dict)
    _kept: set[tuple[object, ...]] = field(default_factory=set)
    _all: frozenset[Term] | None = None
    _said: dict[Term, list[Term]] | None = None
    _parents: dict[Term, tuple[Term, str]] | None = None
    _names: dict[Term, str] = field(default_factory=dict)
    _prefixes: Prefixes | None = None

    def objects(self, node: Term, name: str) -> list[Term]:
        """Return the values of a SHACL parameter at a shape."""
        return list(self.facts.objects(node, sh(name)))

    def single(self, node: Term, name: str) -> Term | None:
        """Return the value of a parameter that may have one at most.

        Raises:
            ShapesError: it has several.
        """
        found = self.objects(node, name)
        if len(found) > 1:
            self.fail(node, f"sh:{name} may be given only once", name)
        return found[0] if found else None

    def flag(self, node: Term, name: str) -> bool:
        """Return a boolean parameter, false if it is absent.

        Raises:
            ShapesError: it is not a boolean.
        """
        parts = literal(self.single(node, name) or '"false"^^<http://www.w3.org/2001/XMLSchema#boolean>')
        if parts is None or parts.lexical not in {"true", "false", "1", "0"}:
            self.fail(node, f"sh:{name} must be true or false", name)
        return parts.lexical in {"true", "1"}

    def items(self, node: Term, name: str, head: Term) -> tuple[Term, ...]:
        """Return the items of a list-valued parameter.

        Raises:
            ShapesError: the list is malformed.
        """
        found = self.facts.list_items(head)
        if found is None:
            self.fail(node, f"sh:{name} needs a well-formed RDF list", name)
        return tuple(found)

    def path(self, node: Term) -> Path | None:
        """Return a property shape's path, or None for a node shape.

        Raises:
            ShapesError: the path is malformed.
        """
        found = self.single(node, "path")
        try:
            return None if found is None else read_path(self.facts, found)
        except PathError as error:
            self.fail(node, str(error), "path")

    def check_targets(self, node: Term) -> None:
        """Refuse targets that can target nothing (SHACL, section 2.1.3).

        Raises:
            ShapesError: a class or predicate is not an IRI, or a node is blank.
        """
        for name in TARGETS:
            for value in self.objects(node, name):
                if is_blank(value) or (name != "targetNode" and not is_iri(value)):
                    self.fail(node, f"sh:{name} must not be {value}; name an IRI", name)

    def fail(self, node: Term, message: str, name: str = "") -> NoReturn:
        """Refuse a shape.

        Raises:
            ShapesError: always; it names the file and line of the shape (of its parameter, when that is known).
        """
        raise self.error(node, message, name)

    def error(self, node: Term, message: str, name: str = "") -> ShapesError:
        """Make an error that names the file and line of a shape (of its parameter, when that is known)."""
        predicate = name if ":" in name else f"{SH}{name}" if name else None
        called = node if not is_blank(node) else self.name(node) or self.facts.in_file(node)
        for number in self.facts.homes.get(node, ()):
            file = self.facts.files[number]
            place = self.facts.document(number).locate(bare(self.facts.in_file(node)), predicate)
            if place is not None:
                return ShapesError(f"shape {called}: {message}", file, place.line)
        for file, line in self._mentions(node):  # what no one describes stands where someone refers to it
            return ShapesError(f"shape {called}: {message}", file, line)
        return ShapesError(f"shape {called}: {message}")

    @contextmanager
    def tolerant(self) -> Iterator[None]:
        """Continue after this block if there is a problem in it, which is kept; with strict shapes, stop at it.

        Raises:
            ShapesError: the shapes are strict.
        """
        try:
            yield
        except ShapesError as error:
            self.keep(error)

    def keep(self, error: ShapesError, *, mild: bool = False) -> None:
        """Record a problem, once.

        Raises:
            ShapesError: the shapes are strict.
        """
        if self.strict:
            raise error
        mark = (error.message, error.file, error.line)
        if mark not in self._kept:
            self._kept.add(mark)
            self.problems.append(Problem(error, mild))

    def _mentions(self, node: Term) -> Iterator[tuple[FilePath, int]]:
        for number, file in enumerate(self.facts.files):
            place = self.facts.document(number).locate_mention(node if is_literal(node) else bare(node))
            if place is not None:
                yield file, place.line

    def targeted(self) -> list[Term]:
        """Return every shape that has a target, sorted."""
        found = {node for name in TARGETS for node in self.facts.column(sh(name))}
        found |= {node for node in self.all_shapes() if self.is_class(node)}
        return sorted(found)

    def is_class(self, node: Term) -> bool:
        """Return whether a shape is also a class, and so targets its instances (SHACL, section 2.1.3.3)."""
        types = self.facts.objects(node, _TYPE)
        subclass = self.facts.column(iri(f"{RDFS}subClassOf"))
        classes = {iri(f"{RDFS}Class"), iri(f"{OWL}Class")}
        return any(not classes.isdisjoint(self.facts.closure(each, subclass)) for each in types)

    def parameters(self, node: Term) -> list[Term]:
        """Return the predicates of a shape, sorted."""
        if self._said is None:
            self._said = {}
            for predicate, column in sorted(self.facts.columns.items()):
                for subject in column:
                    self._said.setdefault(subject, []).append(predicate)
        return self._said.get(node, [])

    def all_shapes(self) -> frozenset[Term]:
        """Return every node that is a shape: by type, by target, or because a shape refers to it."""
        if self._all is None:
            self._all = frozenset(self._find_shapes())
        return self._all

    def _find_shapes(self) -> set[Term]:
        facts = self.facts
        found = set(facts.instances(sh("NodeShape"))) | set(facts.instances(sh("PropertyShape")))
        for name in (*TARGETS, "target"):  # the last is none of SHACL core: found, it is refused
            found |= facts.column(sh(name)).keys()
        for name in _SHAPE_VALUED:
            for subject, objects in facts.column(sh(name)).items():
                found |= {subject, *objects}
        for name in _SHAPE_LISTS:
            for subject, heads in facts.column(sh(name)).items():
                found.add(subject)
                for head in heads:
                    found |= set(facts.list_items(head) or ())
        return found

    def references(self, node: Term) -> set[Term]:
        """Return the shapes that a shape refers to directly."""
        found = {each for name in _SHAPE_VALUED for each in self.objects(node, name)}
        for name in _SHAPE_LISTS:
            for head in self.objects(node, name):
                found |= set(self.facts.list_items(head) or ())
        return found

    def siblings(self, node: Term) -> set[Term]:
        """Return the shapes a value counted by sh:qualifiedValueShape must not conform to (section 4.7.3)."""
        found: set[Term] = set()
        if self.flag(node, "qualifiedValueShapesDisjoint"):
            for parent in self.facts.inverse(sh("property")).get(node, ()):
                for sibling in self.objects(parent, "property"):
                    found |= set(self.objects(sibling, "qualifiedValueShape"))
            found -= set(self.objects(node, "qualifiedValueShape"))
        return found

    def is_recursive(self, node: Term) -> bool:
        """Return whether a shape refers to itself, directly or by way of others."""
        seen: set[Term] = set()
        waiting = [node]
        while waiting:
            for each in self.references(waiting.pop()):
                if each == node:
                    return True
                if each not in seen:
                    seen.add(each)
                    waiting.append(each)
        return False

    def name(self, node: Term) -> str:
        """Return a shape's name for people: its own, or its way from the nearest shape with one, such as `S/p/not`.

        A shape with neither has an empty name.
        """
        if node not in self._names:
            steps: list[str] = []
            here, seen = node, {node}
            while is_blank(here):
                above, step = self._above().get(here, ("", ""))
                if not above or above in seen:
                    break
                seen.add(above)
                steps.append(step)
                here = above
            named = "" if is_blank(here) else local_name(here)
            self._names[node] = "/".join((named, *reversed(steps))) if named else ""
        return self._names[node]

    def _above(self) -> dict[Term, tuple[Term, str]]:
        """Return for each shape that others refer to the first of these, and by what step it comes to it."""
        if self._parents is None:
            self._parents = {}
            for name in (*_SHAPE_VALUED, *_SHAPE_LISTS, "sparql"):
                for above, values in self.facts.column(sh(name)).items():
                    self._step_down(above, name, values)
        return self._parents

    def _step_down(self, above: Term, name: str, values: list[Term]) -> None:
        parents = self._parents if self._parents is not None else {}
        parts = (
            [item for head in values for item in self.facts.list_items(head) or ()] if name in _SHAPE_LISTS else values
        )
        several = Counter(map(self._step, parts)) if name == "property" else Counter()
        counted: Counter[str] = Counter()
        for place, part in enumerate(parts, 1):
            step = self._step(part) if name == "property" else name
            counted[step] += 1
            number = place if name in _SHAPE_LISTS else counted[step] if several[step] > 1 or counted[step] > 1 else 0
            parents.setdefault(part, (above, f"{step}[{number}]" if number else step))

    def _step(self, node: Term) -> str:
        try:
            path = self.path(node)
        except ShapesError:
            path = None
        return "property" if path is None else say(path)

    def shown(self, term: Term) -> str:
        """Return a term as messages write it: with a prefix of the shapes' files; unnamed shapes by their path."""
        if self._prefixes is None:
            declared = (self.facts.declared(number) for number in reversed(range(len(self.facts.files))))
            self._prefixes = Prefixes({name: space for each in declared for name, space in each.items()})
        if is_blank(term):
            return self.name(term) or "a blank node"
        if is_iri(term):
            return self._prefixes.compact(bare(term)) or term
        parts = literal(term)
        datatype = self._prefixes.compact(parts.datatype) if parts and term.endswith(">") else None
        if parts is not None and datatype in _BARE and _PLAIN_NUMBER.fullmatch(parts.lexical):
            return parts.lexical
        return f"{term[: term.rindex('^^')]}^^{datatype}" if datatype else term

    def messages(self, node: Term) -> tuple[str, ...]:
        """Return a node's messages: English first, then those without a language, then others."""
        given = self.objects(node, "message")
        found = [parts for term in given if (parts := literal(term))]
        if len(found) < len(given):
            self.fail(node, "sh:message must be a text", "message")
        found.sort(key=lambda parts: (not parts.language.lower().startswith("en"), bool(parts.language), parts.lexical))
        return tuple(parts.lexical for parts in found)

    def severity(self, node: Term) -> Term:
        """Return a shape's severity; sh:Violation when it states none."""
        found = self.single(node, "severity") or _VIOLATION
        if not is_iri(found):
            self.fail(node, "sh:severity must be an IRI", "severity")
        return found


def sh(name: str) -> Term:
    """Return the term of a name in the SHACL namespace."""
    return iri(SH + name)
