"""Options of a check: stages, files, shapes and limits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path  # noqa: TC003  # a field's type

from cartkg.diagnostics import Severity
from cartkg.evaluation.bounds import BOUNDS, JobBounds
from cartkg.validation import EngineName


class CheckStage(Enum):
    """One stage of the check."""

    DOSSIERS = "dossiers"
    SYNTAX = "syntax"
    STYLE = "style"
    SHAPES = "shapes"
    CHECKS = "checks"
    IDENTIFIERS = "identifiers"
    QUERIES = "queries"
    ONTOLOGY = "ontology"


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """Options of a check.

    Attributes:
        paths: files and folders to report on; the whole project when there is none.
        shapes: shapes files or folders of someone else's; the project's own when there is none.
        ontology: files or folders whose classes the shapes rely on; only with `shapes`.
        data: files and folders of the graph, when `paths` names a part of it to report on; only with `shapes`.
        settings: the file that set these paths, if one did; a change of it bears on all results.
        tracked: whether files that git does not track are left out.
        only: the stages to run; all that apply when empty.
        skip: stages not to run.
        changed: a git revision; only what was touched since then, and what depends on it, is reported.
        known: fingerprints of diagnostics that are known, from a baseline.
        fail_on: the mildest severity that makes the check fail.
        engine: the SHACL engine.
        strict: whether the first thing wrong in someone else's shapes ends the check, as in the project's own.
        bounds: what one check, rule or shape with SPARQL may use; one that needs more is reported and the rest goes on.
    """

    paths: tuple[Path, ...] = ()
    shapes: tuple[Path, ...] = ()
    ontology: tuple[Path, ...] = ()
    data: tuple[Path, ...] = ()
    settings: Path | None = None
    tracked: bool = False
    only: frozenset[CheckStage] = frozenset()
    skip: frozenset[CheckStage] = frozenset()
    changed: str | None = None
    known: frozenset[str] = frozenset()
    fail_on: Severity = Severity.ERROR
    engine: EngineName = EngineName.CARTKG
    bounds: JobBounds = BOUNDS
    strict: bool = False

    def wants(self, kind: CheckStage) -> bool:
        """Return whether a stage is to run: of someone else's data, syntax and shapes only."""
        if self.only or kind in self.skip:
            return kind in self.only - self.skip
        return not self.shapes or kind in {CheckStage.SYNTAX, CheckStage.SHAPES}
