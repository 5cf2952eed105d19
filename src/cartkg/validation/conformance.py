"""Validate files against shapes, with cartkg's own engine or with pySHACL: the entry point of the package."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, cast

from cartkg.diagnostics import Diagnostic, Severity
from cartkg.errors import ShapesError
from cartkg.evaluation.bounds import BOUNDS, JobBounds
from cartkg.validation.constraints.paths import walk
from cartkg.validation.engines.engine import ShapesEngine
from cartkg.validation.rdf.facts import read
from cartkg.validation.reporting.locating import Locator, diagnostics
from cartkg.validation.shapes.advanced import advanced_shapes
from cartkg.validation.shapes.components import NOT_CONSTRAINTS, PARAMETERS
from cartkg.validation.shapes.shapes_graph import Shapes, sh
from cartkg.validation.shapes.vocabulary import problems

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from cartkg.validation.constraints.results import Violation
    from cartkg.validation.engines.reference import PyshaclResult
    from cartkg.validation.rdf.facts import Facts
    from cartkg.validation.rdf.terms import Term
    from cartkg.validation.shapes.shapes_graph import Problem


#: The rule of what was not evaluated within its bounds.
STOPPED = "query-stopped"
#: The rule of what is wrong in the shapes.
FAULTY = "shape-faulty"
#: The rule of what cannot be evaluated on this system or in this installation.
NOT_EVALUATED = "not-evaluated"


class EngineName(Enum):
    """The engine: cartkg's own set-based one, pySHACL, its reference, or a mix of both.

    In the mix, pySHACL evaluates the shapes that need SHACL Advanced Features, and cartkg the others.
    """

    CARTKG = "cartkg"
    PYSHACL = "pyshacl"
    MIXED = "mixed"


def read_shapes(
    files: Sequence[Path],
    bounds: JobBounds = BOUNDS,
    engine: EngineName = EngineName.CARTKG,
    *,
    strict: bool = True,
    beside: Facts | None = None,
) -> Shapes:
    """Read a shapes graph.

    Args:
        files: its files.
        bounds: what each of its queries and patterns may use.
        engine: who will evaluate it.
        strict: whether the first thing that cannot be evaluated ends the reading or evaluation; else it is kept.
        beside: the data, of which a file may hold shapes too.

    Raises:
        ShapesError: a file does not parse, or none of them contains a shape; with strict shapes, also any other error.
        SourceError: a file cannot be read.
    """
    facts = read(files, beside=beside)
    broken = [ShapesError(each.message, each.file, each.line) for each in facts.broken]
    if broken:
        raise replace(broken[0], others=tuple(broken[1:]))
    advanced = engine is not EngineName.CARTKG
    shapes = Shapes(facts, bounds, strict, advanced)
    if not shapes.all_shapes():
        raise ShapesError(
            "contains no shapes, so nothing would be checked; name a file with shapes", files[0] if files else None
        )
    for error in problems(shapes, (*PARAMETERS, *NOT_CONSTRAINTS), advanced=advanced):
        shapes.keep(error)
    return shapes


@dataclass(frozen=True, slots=True)
class Selection:
    """The results wanted.

    Attributes:
        only: the targets to look at; all of them if omitted.
        engine: who looks.
        files: the files to report on; all of them if omitted.
        given: whether the other files are an ontology: what they make wrong only together with the files to report on
            is reported too, wherever it stands.
    """

    only: Collection[Term] | None = None
    engine: EngineName = EngineName.CARTKG
    files: frozenset[Path] | None = None
    given: bool = False


def validate(
    facts: Facts, shapes: Shapes, wanted: Selection | None = None, locator: Locator | None = None
) -> list[Diagnostic]:
    """Return the diagnostics of all shapes, sorted by place; none about what a broken file describes, or may describe.

    A query or pattern that had to be stopped is a diagnostic at its shape.

    Args:
        facts: the data graph.
        shapes: the shapes graph.
        wanted: which results are wanted; all if omitted.
        locator: with the files of the facts already parsed; a new one if omitted.

    Raises:
        ShapesError: a shape cannot be evaluated; with file and line.
    """
    asked = wanted or Selection()
    found, stopped = _evaluated(facts, shapes, asked.engine, asked.only)
    placed = diagnostics(found, locator or Locator(facts), shapes, asked.files)
    inside = [each for each, _ in placed if asked.files is None or each.file is None or each.file in asked.files]
    if asked.files is not None and asked.given and len(inside) < len(placed):
        files = asked.files
        alone = read(facts.files, {file: None for file in facts.files if file in files})
        before, _ = _evaluated(alone, shapes, asked.engine, asked.only)
        known = set(before)
        inside += [
            each for each, violation in placed if each.file not in files and each.file and violation not in known
        ]
    faults = [_fault(each) for each in shapes.problems]
    return [*map(_undone, stopped), *faults, *sorted(inside, key=lambda diagnostic: diagnostic.sort_key)]


def _fault(problem: Problem) -> Diagnostic:
    severity = Severity.WARNING if problem.mild else Severity.ERROR
    return Diagnostic(problem.error.file, problem.error.line or 1, 1, FAULTY, problem.error.message, severity)


def _undone(error: ShapesError) -> Diagnostic:
    rule, severity = (NOT_EVALUATED, Severity.WARNING) if error.system else (STOPPED, Severity.ERROR)
    return Diagnostic(error.file, error.line or 1, 1, rule, error.message, severity)


def violations(
    facts: Facts,
    shapes: Shapes,
    engine: EngineName = EngineName.CARTKG,
    only: Collection[Term] | None = None,
    among: Collection[Term] | None = None,
) -> list[Violation]:
    """Return the violations that are certain: none about what a broken file describes, or may describe.

    Args:
        facts: the data graph.
        shapes: the shapes graph.
        engine: who looks.
        only: the focus nodes to look at; all of them if omitted.
        among: the shapes whose targets are looked at; all of them if omitted. pySHACL looks at all in any case.

    Raises:
        ShapesError: a shape cannot be evaluated; with file and line.
    """
    return _evaluated(facts, shapes, engine, only, among)[0]


def _evaluated(
    facts: Facts,
    shapes: Shapes,
    engine: EngineName,
    only: Collection[Term] | None,
    among: Collection[Term] | None = None,
) -> tuple[list[Violation], list[ShapesError]]:
    """Return the certain violations, and what had to be stopped."""
    found: list[Violation] = []
    stopped: list[ShapesError] = []
    seen = facts
    apart = advanced_shapes(shapes) if engine is EngineName.MIXED else frozenset()
    if engine is EngineName.PYSHACL or apart:
        # 0.4 s of imports that the other engine spares
        reference = import_module("cartkg.validation.engines.reference")
        outcome = cast("PyshaclResult", reference.outcome(facts, shapes, apart))
        found = outcome.violations
        seen = facts.extended(outcome.inferred) if outcome.inferred else facts
        if only is not None:
            within = set(only) | _led_to(seen, shapes, only)
            found = [each for each in found if each.focus in within]
    if engine is not EngineName.PYSHACL:
        run = ShapesEngine(seen, shapes)
        found, stopped = [*found, *run.run(only, _others(shapes, among, apart))], run.stopped
    return [
        each for each in found if not facts.uncertain(each.focus) and not facts.uncertain(each.value or '""')
    ], stopped


def _others(shapes: Shapes, among: Collection[Term] | None, apart: Collection[Term]) -> Collection[Term] | None:
    if not apart:
        return among
    return [node for node in (shapes.targeted() if among is None else among) if node not in apart]


def _led_to(facts: Facts, shapes: Shapes, only: Collection[Term]) -> set[Term]:
    """Return the nodes at which nested property shapes may look, coming from some targets: pySHACL names no targets."""
    paths = [path for node in shapes.facts.column(sh("property")) if (path := shapes.path(node)) is not None]
    found: set[Term] = set()
    waiting = list(only)
    while waiting:
        node = waiting.pop()
        new = {value for path in paths for value in walk(facts, path, node)} - found
        found |= new
        waiting += new
    return found
