"""Violations -> diagnostics at the line and column of the triple at fault."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic, Severity, Trace
from cartkg.validation.paths import Alternative, Chain, Path, Repeated, Step, walk, write
from cartkg.validation.results import Violation, severity_name
from cartkg.validation.suggestions import suggest
from cartkg.validation.terms import Term, bare, is_blank, is_literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path as FilePath

    from cartkg.turtle import Document, Position
    from cartkg.validation.facts import Facts

_SEVERITIES = {"Violation": Severity.ERROR, "Warning": Severity.WARNING, "Info": Severity.INFO}


@dataclass(frozen=True, slots=True)
class Triple:
    """A triple to look for; the object may be unknown, and the predicate too."""

    subject: Term
    predicate: Term | None = None
    object: Term | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a file, line and column from 1, and the file as read."""

    document: Document
    position: Position


@dataclass(slots=True)
class Locator:
    """Finds triples in the files that facts were read from; each file is taken apart at most once."""

    facts: Facts

    def locate(self, triple: Triple) -> Spot | None:
        """Return the place of a triple, else of its predicate, its subject, or a mention of the subject."""
        found: Spot | None = None
        best = -1
        subject = written(self.facts, triple.subject)
        predicate = bare(triple.predicate) if triple.predicate else None
        value = written(self.facts, triple.object) if triple.object else None
        for number in self.facts.homes.get(triple.subject, ()):
            document = self.facts.document(number)
            fit = _fit(document, subject, predicate, value)
            position = document.locate(subject, predicate, value) if fit > best else None
            if position is not None:
                found, best = Spot(document, position), fit
        return found or self._mention(triple.subject)

    def _mention(self, term: Term) -> Spot | None:
        for column in self.facts.columns.values():
            for subject, objects in column.items():
                if term in objects:
                    for number in self.facts.homes[subject]:
                        position = self.facts.document(number).locate_mention(written(self.facts, term))
                        if position is not None:
                            return Spot(self.facts.document(number), position)
        return None


def diagnostics(violations: Iterable[Violation], locator: Locator, shapes: Facts) -> list[Diagnostic]:
    """Return one diagnostic for each shape and value, sorted by place, however many ways the value breaks the shape.

    Args:
        violations: what was found.
        locator: finds the places in the data.
        shapes: the shapes graph, in whose files the blank nodes of shapes stand.
    """
    found: dict[tuple[str | int, ...], Diagnostic] = {}
    for violation in violations:
        diagnostic = _diagnostic(violation, locator, shapes)
        known = found.get(diagnostic.sort_key)
        if known is None:
            found[diagnostic.sort_key] = diagnostic
        elif diagnostic.traces[0] not in known.traces:
            found[diagnostic.sort_key] = replace(known, traces=(*known.traces, *diagnostic.traces))
    return sorted(found.values(), key=lambda diagnostic: diagnostic.sort_key)


def _diagnostic(violation: Violation, locator: Locator, shapes: Facts) -> Diagnostic:
    triple = at_fault(locator.facts, violation)
    spot = locator.locate(triple)
    source = violation.source
    fix = suggest(violation, locator.facts, spot.document.prefixes or {}) if spot else None
    return Diagnostic(
        file=spot.document.path if spot else _first_file(locator.facts),
        line=spot.position.line if spot else 0,
        column=spot.position.column if spot else 0,
        rule=source.rule,
        message=source.message,
        severity=_SEVERITIES.get(severity_name(source.severity), Severity.ERROR),
        subject=written(locator.facts, violation.focus),
        fix=fix,
        traces=(_trace(violation, locator.facts, shapes),),
    )


def _trace(violation: Violation, facts: Facts, shapes: Facts) -> Trace:
    source = violation.source
    return Trace(
        path=write(violation.path) if violation.path else "",
        value=facts.in_file(violation.value) if violation.value else "",
        shape=shapes.in_file(source.shape),
        component=source.component,
        constraint=shapes.in_file(source.constraint) if source.constraint else "",
        severity=source.severity,
    )


def described(shapes: Facts, found: Iterable[Diagnostic]) -> tuple[str, ...]:
    """Return the statements about the nameless shapes that diagnostics name, as N-Triples, and about their parts."""
    named = (node for each in found for trace in each.traces for node in (trace.shape, trace.constraint))
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


def _first_file(facts: Facts) -> FilePath | None:
    """Return the only file there is: a target that no triple mentions has no other place."""
    return facts.files[0] if len(facts.files) == 1 else None


def at_fault(facts: Facts, violation: Violation) -> Triple:
    """Return the triple that a violation is about: the one that led to its value, or the first step of its path."""
    path, value = violation.path, violation.value
    if path is None:
        return Triple(violation.focus)
    if violation.source.component.endswith("#ClosedConstraintComponent>") and isinstance(path, Step):
        return Triple(violation.focus, path.predicate)
    if value is None:
        first = _first(path)
        return Triple(violation.focus) if first is None or first.backward else Triple(violation.focus, first.predicate)
    return _last_triple(facts, path, violation.focus, value) or Triple(violation.focus)


def _first(path: Path) -> Step | None:
    match path:
        case Step():
            return path
        case Chain() | Alternative():
            return _first(path.parts[0])
        case Repeated():
            return _first(path.part)


def _last_triple(facts: Facts, path: Path, start: Term, value: Term) -> Triple | None:
    """Return the triple by which a path from a node came to a value."""
    match path:
        case Step():
            forward = Triple(start, path.predicate, value)
            return Triple(value, path.predicate, start) if path.backward else forward
        case Alternative():
            taken = next((part for part in path.parts if value in walk(facts, part, start)), path.parts[0])
            return _last_triple(facts, taken, start, value)
        case Chain():
            *before, last = path.parts
            first = before[0] if len(before) == 1 else Chain(tuple(before))
            for node in walk(facts, first, start):
                if value in walk(facts, last, node):
                    return _last_triple(facts, last, node, value)
            return None
        case Repeated():
            reached = [start, *walk(facts, path, start)]
            origin = next((each for each in reached if value in walk(facts, path.part, each)), None)
            return None if origin is None else _last_triple(facts, path.part, origin, value)


def _fit(document: Document, subject: str, predicate: str | None, value: str | None) -> int:
    if predicate is None or not document.holds(subject, predicate):
        return 0
    return 1 + (value is not None and document.holds(subject, predicate, value))


def written(facts: Facts, term: Term) -> str:
    """Return a term as diagnostics name it: an IRI bare, a blank node by the label its document has."""
    return term if is_literal(term) else bare(facts.in_file(term))
