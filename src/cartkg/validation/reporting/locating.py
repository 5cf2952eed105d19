"""Place violations at the line and column of the triple at fault."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.diagnostics import Detail, Diagnostic, Trace
from cartkg.namespaces import TERM
from cartkg.validation.constraints.paths import (
    Alternative,
    Path,
    PredicateStep,
    Repeat,
    Repeated,
    SequencePath,
    walk,
    write,
)
from cartkg.validation.constraints.results import severity_of
from cartkg.validation.rdf.signatures import signature
from cartkg.validation.rdf.terms import Term, bare, is_blank, is_literal
from cartkg.validation.reporting.misspellings import Misspellings
from cartkg.validation.reporting.suggestions import respelled, suggest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path as FilePath

    from cartkg.turtle import Document, Position
    from cartkg.validation.constraints.results import Violation
    from cartkg.validation.rdf.facts import Facts
    from cartkg.validation.shapes.shapes_graph import Shapes

#: Results that explain others that explain others, and so on: how far reports follow them.
_DEEPEST_DETAIL = 4


@dataclass(frozen=True, slots=True)
class Triple:
    """A triple to look for; the object may be unknown, and the predicate too."""

    subject: Term
    predicate: Term | None = None
    object: Term | None = None


@dataclass(frozen=True, slots=True)
class FileSpot:
    """A place in a file, line and column from 1, and the file as read."""

    document: Document
    position: Position


@dataclass(slots=True)
class Locator:
    """Find triples in the files that facts were read from; each file is parsed at most once."""

    facts: Facts
    _walked: dict[tuple[Path, Term], dict[Term, None]] = field(default_factory=dict)

    def locate(self, triple: Triple) -> FileSpot | None:
        """Return the place of a triple, else of its predicate, its subject, or a mention of the subject."""
        return self.find(triple) or self.find_mention(triple.subject)

    def find(self, triple: Triple, among: Collection[FilePath] | None = None) -> FileSpot | None:
        """Return the place of a triple, else of its predicate or its subject, in some of the files or in any."""
        found: FileSpot | None = None
        best = -1
        subject = written(self.facts, triple.subject)
        predicate = bare(triple.predicate) if triple.predicate else None
        value = written(self.facts, triple.object) if triple.object else None
        for number in self.facts.homes.get(triple.subject, ()):
            if among is not None and self.facts.files[number] not in among:
                continue
            document = self.facts.document(number)
            fit = _fit(document, subject, predicate, value)
            position = document.locate(subject, predicate, value) if fit > best else None
            if position is not None:
                found, best = FileSpot(document, position), fit
        return found

    def find_mention(self, term: Term, among: Collection[FilePath] | None = None) -> FileSpot | None:
        """Return a place where a term stands as object, in some of the files or in any."""
        for predicate in self.facts.columns:
            for subject in self.facts.inverse(predicate).get(term, ()):
                spot = self._holder(Triple(subject, predicate, term), among)
                if spot is not None:
                    return spot
        return None

    def place(self, violation: Violation, shapes: Shapes, among: Collection[FilePath] | None = None) -> FileSpot | None:
        """Return where a violation is to be fixed, in some of the files if possible.

        That is the triple that led to the value. Where something is missing, it is the node that lacks it; where no
        file of those describes the node, it is the triple that led there.
        """
        for files in (among, None) if among is not None else (None,):
            triple = self._at_fault(violation)
            spot = self.find(triple, files)
            if spot is not None:
                return spot
            for leading in self._leading(violation, shapes):
                spot = self._holder(leading, files)
                if spot is not None:
                    return spot
            spot = self.find_mention(violation.focus, files)
            if spot is not None:
                return spot
        return None

    def _holder(self, triple: Triple, among: Collection[FilePath] | None) -> FileSpot | None:
        """Return the place of a triple, and of nothing less."""
        files = [self.facts.files[number] for number in self.facts.homes.get(triple.subject, ())]
        subject = written(self.facts, triple.subject)
        value = written(self.facts, triple.object) if triple.object else None
        for number, file in zip(self.facts.homes.get(triple.subject, ()), files, strict=True):
            if (among is None or file in among) and triple.predicate is not None:
                document = self.facts.document(number)
                if document.holds(subject, bare(triple.predicate), value):
                    position = document.locate(subject, bare(triple.predicate), value)
                    return None if position is None else FileSpot(document, position)
        return None

    def _leading(self, violation: Violation, shapes: Shapes) -> Iterator[Triple]:
        """Return the triples that led to the focus node, the nearest first."""
        node = violation.focus
        for step in reversed(violation.lead):
            triple = self._last_triple(step.path, step.focus, node)
            if triple is not None:
                yield triple
            node = step.focus
        if violation.target:
            for predicate in shapes.objects(violation.target, "targetObjectsOf"):
                for subject in self.facts.inverse(predicate).get(node, ()):
                    yield Triple(subject, predicate, node)

    def _at_fault(self, violation: Violation) -> Triple:
        """Return the triple that a violation is about: that led to its value, or the first step of its path."""
        path, value, focus = violation.path, violation.value, violation.focus
        if path is None:
            return Triple(focus)
        if violation.source.component.endswith("#ClosedConstraintComponent>") and isinstance(path, PredicateStep):
            return Triple(focus, path.predicate)
        if value is None:
            first = _first(path)
            return Triple(focus) if first is None or first.backward else Triple(focus, first.predicate)
        return self._last_triple(path, focus, value) or Triple(focus)

    def _walk(self, path: Path, start: Term) -> dict[Term, None]:
        """Return what a path leads to, in order, worked out once: one node may have thousands of wrong values."""
        found = self._walked.get((path, start))
        if found is None:
            found = self._walked[path, start] = dict.fromkeys(walk(self.facts, path, start))
        return found

    def _last_triple(self, path: Path, start: Term, value: Term) -> Triple | None:
        """Return the triple by which a path from a node came to a value."""
        match path:
            case PredicateStep():
                forward = Triple(start, path.predicate, value)
                return Triple(value, path.predicate, start) if path.backward else forward
            case Alternative():
                taken = next((part for part in path.parts if value in self._walk(part, start)), path.parts[0])
                return self._last_triple(taken, start, value)
            case SequencePath():
                *before, last = path.parts
                first = before[0] if len(before) == 1 else SequencePath(tuple(before))
                node = self._before(last, value, self._walk(first, start))
            case Repeated():
                reached = Repeated(path.part, Repeat.ZERO_OR_MORE)
                node = self._before(path.part, value, self._walk(reached, start))
                last = path.part
        return None if node is None else self._last_triple(last, node, value)

    def _before(self, last: Path, value: Term, nodes: dict[Term, None]) -> Term | None:
        """Return one of some nodes from which a path leads to a value."""
        if isinstance(last, PredicateStep):  # asked from the other end, so that many values do not make many walks
            ends = PredicateStep(last.predicate, backward=not last.backward).column(self.facts).get(value, ())
            return next((node for node in ends if node in nodes), None)
        return next((node for node in nodes if value in self._walk(last, node)), None)


def diagnostics(
    violations: Iterable[Violation],
    locator: Locator,
    shapes: Shapes,
    files: Collection[FilePath] | None = None,
) -> list[tuple[Diagnostic, Violation]]:
    """Return one diagnostic for each violation.

    Args:
        violations: what was found.
        locator: finds the places in the data.
        shapes: the shapes graph, in whose files the blank nodes of shapes stand.
        files: the files to report on: places in these are preferred.
    """
    spelling = Misspellings(locator.facts, shapes)
    return [(_diagnostic(each, locator, spelling, files), each) for each in violations]


def _diagnostic(
    violation: Violation, locator: Locator, spelling: Misspellings, files: Collection[FilePath] | None
) -> Diagnostic:
    shapes = spelling.shapes
    spot = locator.place(violation, shapes, files)
    source = violation.source
    fix, choices = _fix(violation, spelling, spot) if spot else (None, ())
    return Diagnostic(
        file=spot.document.path if spot else _first_file(locator.facts),
        line=spot.position.line if spot else 0,
        column=spot.position.column if spot else 0,
        rule=source.rule,
        message=violation.message,
        severity=severity_of(source.severity),
        subject=written(locator.facts, violation.focus),
        fix=fix,
        trace=_trace(violation, locator.facts, shapes.facts),
        choices=choices,
    )


def _fix(violation: Violation, spelling: Misspellings, spot: FileSpot) -> tuple[str | None, tuple[str, ...]]:
    """Return the fix of a violation, if one is certain; else what the term at fault may mean."""
    own = suggest(violation, spelling.facts, spot.document.prefixes or {})
    meaning = None if own else spelling.of_violation(violation)
    if meaning is None or bare(meaning.written).startswith(TERM):  # of our own terms, `suggest` knows all
        return own, ()
    return respelled(spot.document, spot.position, meaning)


def _trace(violation: Violation, facts: Facts, shapes: Facts, depth: int = 0) -> Trace:
    source = violation.source
    details = violation.details if depth < _DEEPEST_DETAIL else ()
    return Trace(
        path=write(violation.path) if violation.path else "",
        value=facts.in_file(violation.value) if violation.value else "",
        shape=shapes.in_file(source.shape),
        component=source.component,
        constraint=shapes.in_file(source.constraint) if source.constraint else "",
        severity=source.severity,
        name=source.name,
        lead=tuple(facts.in_file(step.focus) for step in violation.lead),
        identity="" if depth else _identity(violation, facts, shapes),
        details=tuple(
            Detail(facts.in_file(each.focus), each.message, _trace(each, facts, shapes, depth + 1)) for each in details
        ),
    )


def _identity(violation: Violation, facts: Facts, shapes: Facts) -> str:
    """Return what identifies a result; a blank node is identified by the statements around it."""
    source = violation.source
    shape = (signature(shapes, source.shape), signature(shapes, source.constraint or '""'))
    node = (signature(facts, violation.focus), signature(facts, violation.value or '""'))
    lead = [part for step in violation.lead for part in (signature(facts, step.focus), write(step.path))]
    parts = (*node, str(violation.path or ""), source.component, source.severity, *shape, *lead)
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]


def described(shapes: Facts, found: Iterable[Diagnostic]) -> tuple[str, ...]:
    """Return the statements about unnamed shapes that diagnostics refer to, and about their parts, as N-Triples."""
    named = (node for each in found for trace in _traces(each.trace) for node in (trace.shape, trace.constraint))
    waiting = [shapes.named(node) for node in dict.fromkeys(named) if node.startswith("_:")]
    seen: dict[Term, None] = {}
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen[node] = None
            waiting += [
                value for column in shapes.columns.values() for value in column.get(node, ()) if is_blank(value)
            ]
    return tuple(
        f"{shapes.in_file(node)} {predicate} {shapes.in_file(value)} ."
        for node in seen
        for predicate, column in shapes.columns.items()
        for value in column.get(node, ())
    )


def _traces(trace: Trace | None) -> Iterator[Trace]:
    if trace is not None:
        yield trace
        for each in trace.details:
            yield from _traces(each.trace)


def _first_file(facts: Facts) -> FilePath | None:
    """Return the only file there is: a target that no triple mentions has no other place."""
    return facts.files[0] if len(facts.files) == 1 else None


def _first(path: Path) -> PredicateStep | None:
    match path:
        case PredicateStep():
            return path
        case SequencePath() | Alternative():
            return _first(path.parts[0])
        case Repeated():
            return _first(path.part)


def _fit(document: Document, subject: str, predicate: str | None, value: str | None) -> int:
    if predicate is None or not document.holds(subject, predicate):
        return 0
    return 1 + (value is not None and document.holds(subject, predicate, value))


def written(facts: Facts, term: Term) -> str:
    """Return a term as diagnostics name it: an IRI bare, a blank node by the label its document has."""
    return term if is_literal(term) else bare(facts.in_file(term))
