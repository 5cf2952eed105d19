"""Check a project: run every stage in order and report diagnostics sorted by position."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cartkg import __version__, validation
from cartkg.diagnostics import Diagnostic, Report, Rule
from cartkg.files import read_once
from cartkg.pipeline.inputs.options import CheckOptions, CheckStage
from cartkg.pipeline.inputs.scope import Scope
from cartkg.pipeline.inputs.sources import Sources, find_sources
from cartkg.pipeline.stages import imports
from cartkg.pipeline.stages.rules import IMPORT_NOT_READ, NEEDS_SYNTHESIS, NOT_CHECKED, OWN_RULES, gap, own_rules
from cartkg.systems import NEEDS_LINUX, has_extra, is_linux
from cartkg.validation.reporting.locating import Locator, described, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cartkg.pipeline.own_stages import OwnStages
    from cartkg.project import Project
    from cartkg.validation import Facts, Shapes

    Stages = Sequence[tuple[CheckStage, Callable[[Locator], Iterable[Diagnostic]]]]

#: The stages that anyone's data have; the others are in `cartkg.pipeline.own_stages`.
_OF_ANYONE = frozenset((CheckStage.SHAPES, CheckStage.SYNTAX))


@read_once()
def check(project: Project, options: CheckOptions | None = None, here: Path | None = None) -> Report:
    """Run the stages that the options select, and report every problem.

    Args:
        project: what to check, and whose rules to apply.
        options: what to look at; everything if omitted.
        here: folder that the report's paths are written relative to, when it is in the project.

    Raises:
        ConfigError: a path does not exist or is empty, git cannot compare, or the project carries its own builds.
        ShapesError: a shape is broken or cannot be evaluated; with file and line.
        SourceError: a file cannot be read.
    """
    wanted = options or CheckOptions()
    sources = find_sources(project, wanted, (here or Path.cwd()).resolve())
    run = _Run(sources, Scope(wanted, gaps_of(wanted)))
    if sources.foreign and not any(run.scope.wants(kind) for kind in CheckStage if kind not in _OF_ANYONE):
        return run.report()
    from cartkg.pipeline.own_stages import at_work  # noqa: PLC0415  # half of the start, for anyone's data in vain

    with at_work(project, sources, run.scope, run.rules) as own:
        return run.report(own)


def gaps_of(options: CheckOptions) -> dict[CheckStage, str]:
    """Return the requested stages that cannot run in full in this installation, with the reason."""
    gaps: dict[CheckStage, str] = {}
    if options.wants(CheckStage.ONTOLOGY) and not has_extra("reason"):
        gaps[CheckStage.ONTOLOGY] = "needs the reasoner, which is not installed: pip install 'cartkg[reason]'"
    if options.wants(CheckStage.DOSSIERS) and not has_extra("synthesis"):
        gaps[CheckStage.DOSSIERS] = NEEDS_SYNTHESIS
    if options.bounds.sandboxed and not is_linux():
        gaps |= dict.fromkeys((CheckStage.CHECKS, CheckStage.QUERIES, CheckStage.ONTOLOGY), NEEDS_LINUX)
    return {kind: reason for kind, reason in gaps.items() if options.wants(kind)}


def _in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort diagnostics by place; what two stages find is told once, and each result of a shape is one of its own."""
    kept = list(found)
    once = {each for each in kept if each.trace is None}
    results = [each for each in kept if each.trace is not None]
    return tuple(sorted((*once, *results), key=lambda diagnostic: diagnostic.sort_key))


@dataclass(slots=True)
class _Run:
    """One check: what has been read and found so far."""

    sources: Sources
    scope: Scope
    rules: dict[str, Rule] = field(default_factory=dict)

    def report(self, own: OwnStages | None = None) -> Report:
        """Read all files and run all stages, those of the project's own data too where they are given."""
        if own:
            own.read_checks()
        facts = validation.read(self.sources.graph)
        facts.broken.extend(map(Diagnostic.unusable, self.sources.refused))
        shapes = self._read_shapes(facts)
        locator = Locator(facts)
        self._compare(facts, shapes)
        checks = own.ask_checks(locator) if own else list
        if own:
            own.read_queries()
        found: list[Diagnostic] = []
        for kind, stage in self._stages(shapes, own, checks):
            if self.scope.wants(kind):
                self.rules |= {rule.id: rule for rule in OWN_RULES if rule.kind == kind.value}
                found.extend(each for each in stage(locator) if self._is_reported(each, facts))
        found.extend(self._unevaluated(self._gaps(own)))
        placed = found if own is None or self.sources.foreign else own.at_dossiers(found)
        subjects = self.scope.subjects
        return Report(
            diagnostics=_in_order(placed),
            rules=self.rules,
            files=tuple(sorted(file for file in self.sources.reported if self.scope.is_changed(file))),
            root=self.sources.root,
            version=__version__,
            fail_on=self.scope.options.fail_on,
            subjects=None if subjects is None else frozenset(written(facts, each) for each in subjects),
            known=self.scope.options.known,
            described=described(shapes.facts, placed),
        )

    def _stages(self, shapes: Shapes, own: OwnStages | None, checks: Callable[[], Iterable[Diagnostic]]) -> Stages:
        """Return the stages in their order."""
        of_shapes: Stages = ((CheckStage.SHAPES, lambda places: self._shapes(places, shapes)),)
        of_syntax: Stages = (
            (CheckStage.SYNTAX, lambda places: [*places.facts.broken, *imports.diagnostics(places, shapes.facts)]),
        )
        if own is None:
            return (*of_shapes, *of_syntax)
        return (
            *of_shapes,
            (CheckStage.DOSSIERS, lambda _: own.dossiers()),
            *of_syntax,
            (CheckStage.STYLE, own.style),
            (CheckStage.IDENTIFIERS, own.identifiers),
            (CheckStage.QUERIES, own.queries),
            (CheckStage.ONTOLOGY, own.ontology),
            (CheckStage.CHECKS, lambda places: own.counted(places, list(checks()))),
        )

    def _read_shapes(self, facts: Facts) -> Shapes:
        options = self.scope.options
        strict = options.strict or not self.sources.foreign
        return validation.read_shapes(self.sources.shapes, options.bounds, options.engine, strict=strict, beside=facts)

    def _compare(self, facts: Facts, shapes: Shapes) -> None:
        options = self.scope.options
        if options.changed is None:
            return
        from cartkg.pipeline.inputs import git_changes  # noqa: PLC0415  # a check of everything compares nothing
        from cartkg.pipeline.stages import impact  # noqa: PLC0415  # as above

        found = git_changes.since(options.changed, self.sources)
        if any(file.is_relative_to(rule) for file in found.files for rule in self.sources.rules):
            return
        subjects = impact.affected(found, facts, shapes)
        if subjects is None:
            return
        self.scope.changes = found
        if self.scope.wants(CheckStage.SHAPES):
            subjects |= impact.asked(found, facts, shapes, options.engine)
        if self.scope.wants(CheckStage.IDENTIFIERS):
            subjects |= impact.orphaned(subjects, facts)
        self.scope.subjects = subjects

    def _gaps(self, own: OwnStages | None) -> list[Diagnostic]:
        """Name the stages that are wanted and have something to look at, and cannot run here."""
        named = {CheckStage.ONTOLOGY: "contradictions"}
        curated = own is not None and not self.sources.foreign and own.project.dossier_files()
        empty = set() if self.sources.foreign or curated else {CheckStage.DOSSIERS}
        return [
            gap(named.get(kind, kind.value), reason)
            for kind, reason in self.scope.gaps.items()
            if kind not in empty and self.scope.may(kind)
        ]

    def _unevaluated(self, found: list[Diagnostic]) -> list[Diagnostic]:
        """Make known the rules of diagnostics about what should have been evaluated; their own stage may not run."""
        self.rules |= own_rules(found)
        return found

    def _is_reported(self, diagnostic: Diagnostic, facts: Facts) -> bool:
        """Return whether a diagnostic is in the files asked for and, of a restricted run, at what was touched.

        What has not been checked is always told; which results of shapes are reported is decided where they are found.
        """
        if diagnostic.trace is not None:
            return True
        if (
            diagnostic.rule in {*NOT_CHECKED, IMPORT_NOT_READ}
            and diagnostic.file
            and any(diagnostic.file.is_relative_to(rule) for rule in self.sources.rules)
        ):
            return True
        if self.scope.options.paths and diagnostic.file is not None and diagnostic.file not in self.sources.reported:
            return False
        if self.sources.foreign and diagnostic.file is not None and diagnostic.file not in self.sources.reported:
            return False
        if self.scope.subjects is None:
            return True
        if diagnostic.subject:
            return facts.named(diagnostic.subject) in self.scope.subjects
        return diagnostic.file is not None and self.scope.is_changed(diagnostic.file)

    def _shapes(self, locator: Locator, shapes: Shapes) -> list[Diagnostic]:
        self.rules |= validation.shape_rules(shapes)
        restricted = self.scope.options.paths or self.sources.foreign
        wanted = validation.Selection(
            only=self.scope.subjects,
            engine=self.scope.options.engine,
            files=self.sources.reported if restricted else None,
            given=bool(self.scope.options.ontology),
        )
        found = validation.validate(locator.facts, shapes, wanted, locator)
        self._unevaluated([each for each in found if each.rule in NOT_CHECKED])
        return found
