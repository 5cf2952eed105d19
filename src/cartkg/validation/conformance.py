"""The way in: files and shapes -> diagnostics, by cartkg's own engine or by pySHACL."""

from __future__ import annotations

from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, cast

from cartkg.diagnostics import Diagnostic, Severity
from cartkg.errors import ShapesError
from cartkg.evaluation.children import BOUNDS, Bounds
from cartkg.validation.engine import Engine
from cartkg.validation.facts import read
from cartkg.validation.locating import Locator, diagnostics
from cartkg.validation.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from cartkg.validation.facts import Facts
    from cartkg.validation.results import Violation
    from cartkg.validation.terms import Term


#: The rule of what was not evaluated within its bounds.
STOPPED = "query-stopped"
#: The rule of what cannot be evaluated on this system or in this installation.
NOT_EVALUATED = "not-evaluated"


class EngineName(Enum):
    """Who looks for violations: cartkg's own set-based engine, or pySHACL, its reference."""

    CARTKG = "cartkg"
    PYSHACL = "pyshacl"


def read_shapes(files: Sequence[Path], bounds: Bounds = BOUNDS) -> Shapes:
    """Read a shapes graph, whose queries and patterns may each use so much.

    Raises:
        ShapesError: a file does not parse, or none of them holds a shape.
        SourceError: a file cannot be read.
    """
    facts = read(files)
    for diagnostic in facts.broken:
        raise ShapesError(diagnostic.message, diagnostic.file, diagnostic.line)
    shapes = Shapes(facts, bounds)
    if not shapes.all_shapes():
        raise ShapesError("holds no shape; nothing would be checked", files[0] if files else None)
    return shapes


def validate(
    facts: Facts,
    shapes: Shapes,
    only: Collection[Term] | None = None,
    engine: EngineName = EngineName.CARTKG,
    locator: Locator | None = None,
) -> list[Diagnostic]:
    """Return the diagnostics of all shapes, sorted by place; none about what a broken file describes, or may describe.

    A query or pattern that had to be stopped is a diagnostic at its shape.

    Args:
        facts: the data graph.
        shapes: the shapes graph.
        only: the focus nodes to look at; all of them when left out.
        engine: who looks.
        locator: where the facts' files have been taken apart already; a new one when left out.

    Raises:
        ShapesError: a shape cannot be evaluated; with file and line.
    """
    found, stopped = _evaluated(facts, shapes, engine, only)
    return [*map(_undone, stopped), *diagnostics(found, locator or Locator(facts), shapes.facts)]


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
        only: the focus nodes to look at; all of them when left out.
        among: the shapes whose targets are looked at; all of them when left out. pySHACL looks at all in any case.

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
    stopped: list[ShapesError] = []
    if engine is EngineName.PYSHACL:
        reference = import_module("cartkg.validation.reference")  # 0.4 s of imports that the other engine spares
        found = cast("list[Violation]", reference.run(facts, shapes))
        if only is not None:
            found = [each for each in found if each.focus in only]
    else:
        run = Engine(facts, shapes)
        found, stopped = run.run(only, among), run.stopped
    return [
        each for each in found if not facts.uncertain(each.focus) and not facts.uncertain(each.value or '""')
    ], stopped
