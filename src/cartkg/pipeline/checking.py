"""Check a project: run every stage in order and report diagnostics sorted by position."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyoxigraph

from cartkg import __version__, turtle, validation
from cartkg.diagnostics import Diagnostic, Report, Rule, Severity
from cartkg.errors import ShapesError
from cartkg.evaluation.evaluator import Evaluator
from cartkg.files import read_bytes, read_once, read_text
from cartkg.namespaces import TERM, read_prefixes
from cartkg.pipeline import git_changes as changing
from cartkg.pipeline import impact, imports, patients, query_checks
from cartkg.pipeline.diagnostic_cache import Memory
from cartkg.pipeline.identifiers import identifier_diagnostics
from cartkg.pipeline.options import CheckOptions, Kind
from cartkg.pipeline.rules import IMPORT_NOT_READ, NOT_CHECKED, OWN_RULES
from cartkg.pipeline.sources import Answers, Sources, find_sources, load_store
from cartkg.pipeline.workplace import refuse_tracked
from cartkg.systems import NEEDS_LINUX, has_extra, is_linux
from cartkg.validation.conformance import NOT_EVALUATED
from cartkg.validation.locating import Locator, described, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future

    from cartkg.pipeline.dossiers import DossierStage
    from cartkg.project import Project
    from cartkg.queries import Check
    from cartkg.validation import Facts, Shapes
    from cartkg.validation.terms import Term


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
    if not sources.foreign:
        refuse_tracked(project)
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    gaps = gaps_of(wanted)
    with _Beside(Evaluator(pyoxigraph.Store(), prefixes.namespaces, wanted.bounds)) as beside:
        return _Run(project, wanted, sources, beside, gaps).report()


#: Why dossiers are not compiled here, nor patients counted.
_NEEDS_SYNTHESIS = "needs SciPy, which is not installed: pip install 'cartkg[synthesis]'"


def gaps_of(options: CheckOptions) -> dict[Kind, str]:
    """Return the requested stages that cannot run in full in this installation, with the reason."""
    gaps: dict[Kind, str] = {}
    if not has_extra("reason"):
        gaps[Kind.ONTOLOGY] = "needs the reasoner, which is not installed: pip install 'cartkg[reason]'"
    if not has_extra("synthesis"):
        gaps[Kind.DOSSIERS] = _NEEDS_SYNTHESIS
    if options.bounds.walled and not is_linux():
        gaps |= dict.fromkeys((Kind.CHECKS, Kind.QUERIES, Kind.ONTOLOGY), NEEDS_LINUX)
    return {kind: reason for kind, reason in gaps.items() if options.wants(kind)}


def _gap(what: str, reason: str) -> Diagnostic:
    message = f"{what} were not checked: this {reason}"
    return Diagnostic(None, 0, 0, NOT_EVALUATED, message, Severity.WARNING)


def _in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort diagnostics by place; what two stages find is told once, and each result of a shape is one of its own."""
    kept = list(found)
    once = {each for each in kept if each.trace is None}
    results = [each for each in kept if each.trace is not None]
    return tuple(sorted((*once, *results), key=lambda diagnostic: diagnostic.sort_key))


@dataclass(slots=True)
class _Beside:
    """What goes on beside the stages: queries are parsed and answered in children while this process does the rest."""

    parser: Evaluator
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    asked: Evaluator | None = None

    def __enter__(self) -> Self:
        self.parser.prepare(1)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End the thread and the children; when the check fails or is interrupted, without waiting for answers."""
        if kind is not None:
            for evaluator in (self.parser, self.asked):
                if evaluator is not None:
                    evaluator.abort()
        self.thread.shutdown(cancel_futures=True)
        self.parser.close()

    def read_checks(self, folder: Path) -> Future[tuple[list[Check], list[Diagnostic]]]:
        return self.thread.submit(query_checks.read_sound, folder, self.parser)

    def read_questions(self, files: list[Path]) -> Future[tuple[list[Path], list[Diagnostic]]]:
        return self.thread.submit(query_checks.read_questions, files, self.parser)

    def read_rules(self, files: list[Path]) -> Future[list[Diagnostic]]:
        return self.thread.submit(query_checks.rule_diagnostics, files, self.parser)

    def ask(self, checks: list[Check], evaluator: Evaluator) -> Future[query_checks.CheckResults]:
        self.asked = evaluator
        evaluator.prepare(len(checks))  # here, since children that a thread forks end with the thread
        return self.thread.submit(query_checks.ask, checks, evaluator)


@dataclass
class _Run:
    """One check: what has been read and found so far."""

    project: Project
    options: CheckOptions
    sources: Sources
    beside: _Beside
    gaps: dict[Kind, str]
    rules: dict[str, Rule] = field(default_factory=dict)
    changes: changing.Changes | None = None
    subjects: frozenset[Term] | None = None
    answers: Answers | None = None
    questions: Future[tuple[list[Path], list[Diagnostic]]] | None = None
    broken_rules: Future[list[Diagnostic]] | None = None

    @cached_property
    def dossiers(self) -> DossierStage:
        from cartkg.pipeline.dossiers import DossierStage  # noqa: PLC0415  # brings YAML along; not all have dossiers

        return DossierStage(self.project)

    def report(self) -> Report:
        reading = self.beside.read_checks(self.project.queries / "checks") if self._wants(Kind.CHECKS) else None
        facts = validation.read(self.sources.graph)
        facts.broken.extend(map(Diagnostic.unusable, self.sources.refused))
        shapes = self._read_shapes()
        locator = Locator(facts)
        self._compare(facts, shapes)
        checks = self._ask_checks(locator, *reading.result()) if reading else list
        self._read_queries()
        stages: tuple[tuple[Kind, Callable[[Locator], Iterable[Diagnostic]]], ...] = (
            (Kind.SHAPES, lambda places: self._shapes(places, shapes)),
            (Kind.DOSSIERS, lambda _: self._dossiers()),
            (Kind.SYNTAX, lambda places: [*places.facts.broken, *imports.diagnostics(places, shapes.facts)]),
            (Kind.STYLE, self._style),
            (Kind.IDENTIFIERS, self._identifiers),
            (Kind.QUERIES, self._queries),
            (Kind.ONTOLOGY, self._ontology),
            (Kind.CHECKS, lambda places: self._counted(places, list(checks()))),
        )
        found: list[Diagnostic] = []
        for kind, stage in stages:
            if self._wants(kind):
                self.rules |= {rule.id: rule for rule in OWN_RULES if rule.kind == kind.value}
                found.extend(each for each in stage(locator) if self._is_reported(each, facts))
        found.extend(self._unevaluated(self._gaps()))
        placed = (
            found if self.sources.foreign or not found or not self._can_compile() else self.dossiers.at_dossiers(found)
        )
        return Report(
            diagnostics=_in_order(placed),
            rules=self.rules,
            files=tuple(sorted(file for file in self.sources.reported if self._is_changed(file))),
            root=self.sources.root,
            version=__version__,
            fail_on=self.options.fail_on,
            subjects=None if self.subjects is None else frozenset(written(facts, each) for each in self.subjects),
            known=self.options.known,
            described=described(shapes.facts, placed),
        )

    def _read_shapes(self) -> Shapes:
        strict = self.options.strict or not self.sources.foreign
        return validation.read_shapes(self.sources.shapes, self.options.bounds, self.options.engine, strict=strict)

    def _compare(self, facts: Facts, shapes: Shapes) -> None:
        if self.options.changed is None:
            return
        found = changing.since(self.options.changed, self.sources)
        if any(file.is_relative_to(rule) for file in found.files for rule in self.sources.rules):
            return
        self.subjects = impact.affected(found, facts, shapes)
        self.changes = found if self.subjects is not None else None
        if self.subjects is None:
            return
        if self._wants(Kind.SHAPES):
            self.subjects |= impact.asked(found, facts, shapes, self.options.engine)
        if self._wants(Kind.IDENTIFIERS):
            self.subjects |= impact.orphaned(self.subjects, facts)

    def _wants(self, kind: Kind) -> bool:
        """Return whether a stage runs."""
        return self._may(kind) and (kind not in self.gaps or kind is Kind.QUERIES)

    def _may(self, kind: Kind) -> bool:
        """Return whether a stage is wanted; the reasoner looks at all or nothing, so a restricted run spares it."""
        spared = kind is Kind.ONTOLOGY and self.changes is not None and not self.options.only
        return self.options.wants(kind) and not spared

    def _gaps(self) -> list[Diagnostic]:
        """Name the stages that are wanted and have something to look at, and cannot run here."""
        named = {Kind.ONTOLOGY: "contradictions"}
        empty = set() if self.sources.foreign or self.project.dossier_files() else {Kind.DOSSIERS}
        return [
            _gap(named.get(kind, kind.value), reason)
            for kind, reason in self.gaps.items()
            if kind not in empty and self._may(kind)
        ]

    def _can_compile(self) -> bool:
        """Return whether problems can be placed in the project's dossiers, which takes compiling them."""
        return not self.sources.foreign and has_extra("synthesis")

    def _is_changed(self, file: Path) -> bool:
        return self.changes is None or file in self.changes.files

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
        if self.options.paths and diagnostic.file is not None and diagnostic.file not in self.sources.reported:
            return False
        if self.sources.foreign and diagnostic.file is not None and diagnostic.file not in self.sources.reported:
            return False
        if self.subjects is None:
            return True
        if diagnostic.subject:
            return facts.named(diagnostic.subject) in self.subjects
        return diagnostic.file is not None and self._is_changed(diagnostic.file)

    def _dossiers(self) -> list[Diagnostic]:
        """Return what is wrong with dossiers and lists, and with compiled files that are not theirs."""
        if not self.project.dossier_files():
            return []
        found = self.dossiers.diagnostics()
        self.rules |= {each.rule: Rule(each.rule, "dossiers", each.rule.replace("-", " ")) for each in found}
        return found

    def _shapes(self, locator: Locator, shapes: Shapes) -> list[Diagnostic]:
        self.rules |= validation.shape_rules(shapes)
        restricted = self.options.paths or self.sources.foreign
        wanted = validation.Selection(
            only=self.subjects,
            engine=self.options.engine,
            files=self.sources.reported if restricted else None,
            given=bool(self.options.ontology),
        )
        found = validation.validate(locator.facts, shapes, wanted, locator)
        self._unevaluated([each for each in found if each.rule in NOT_CHECKED])
        return found

    def _ask_checks(
        self, locator: Locator, checks: list[Check], broken: list[Diagnostic]
    ) -> Callable[[], Iterable[Diagnostic]]:
        """Have the checks answered beside what follows, and return what waits for their diagnostics.

        What they find of changes bears on which records the other stages look at, so that these wait.
        """
        self.rules |= query_checks.check_rules(checks)
        bounds = self.options.bounds
        if self.changes is None:  # this process needs a processor too, and each child costs the memory that it copies
            bounds = replace(bounds, children=max(1, bounds.at_once() - 1))
        asking = self.beside.ask(checks, self._answers(locator).evaluator(bounds))

        def wait() -> list[Diagnostic]:
            asked = asking.result()
            rows = asked.rows if self.changes is None else self._newly_broken(checks, asked.rows, locator)
            return [*self._unevaluated(broken + asked.diagnostics), *query_checks.row_diagnostics(rows, locator)]

        return wait if self.changes is None else wait().copy

    def _counted(self, locator: Locator, found: list[Diagnostic]) -> list[Diagnostic]:
        """Add the statements on shared patients that cannot all be true to what the checks found."""
        if f"<{TERM}Overlap>" not in locator.facts.homes:
            return found  # another ontology than ours
        if not has_extra("synthesis"):
            return [*found, *self._unevaluated([_gap("shared patients", _NEEDS_SYNTHESIS)])]
        told = {each.subject for each in found}
        stated = patients.contradictions(self.project, locator, lambda: self._answers(locator), told)
        return [*found, *self._unevaluated(list(stated))]

    def _newly_broken(
        self, checks: list[Check], rows: list[query_checks.Row], locator: Locator
    ) -> list[query_checks.Row]:
        """Return the rows about records that were touched, or that a change made break a check."""
        if not rows or self.changes is None or self.subjects is None:
            return rows
        names = {row.check.name for row in rows}
        again = [each for each in checks if each.name in names]
        before = load_store(self.project, locator.facts, self.changes.before).evaluator(self.options.bounds)
        old = set(query_checks.ask(again, before).rows)
        self.subjects |= {query_checks.own_subject(row, locator.facts) for row in rows if row not in old}
        return [row for row in rows if query_checks.own_subject(row, locator.facts) in self.subjects]

    def _unevaluated(self, found: list[Diagnostic]) -> list[Diagnostic]:
        """Make known the rules of diagnostics about what should have been evaluated; their own stage may not run."""
        ids = {diagnostic.rule for diagnostic in found}
        self.rules |= {rule.id: rule for rule in OWN_RULES if rule.id in ids}
        return found

    def _style(self, locator: Locator) -> list[Diagnostic]:
        prefixes = self.project.ontology / "prefixes.ttl"
        memory = Memory(self.project.cache, self.project.root, read_text(prefixes))
        declared = read_prefixes(prefixes)
        broken = {diagnostic.file for diagnostic in locator.facts.broken}
        found: list[Diagnostic] = []
        for file in sorted(self.sources.reported):
            if file.suffix != ".ttl" or file in broken or not self._is_changed(file):
                continue
            data = read_bytes(file)
            known = memory.recall(file, data)
            if known is None:
                known = turtle.style_diagnostics(turtle.parse_bytes(data, file), declared)
                memory.keep(data, known)
            found += known
        memory.save()
        return found

    def _identifiers(self, locator: Locator) -> list[Diagnostic]:
        return identifier_diagnostics(locator, self.subjects)

    def _read_queries(self) -> None:
        """Have questions and rules parsed beside what follows."""
        if Kind.QUERIES in self.gaps:
            return
        if self._wants(Kind.QUERIES):
            self.questions = self.beside.read_questions(self._question_files())
        if self._wants(Kind.QUERIES) or self._wants(Kind.ONTOLOGY):
            lists = [file for file in self._query_files() if file.parent.name == "lists"]
            self.broken_rules = self.beside.read_rules([*self.project.rule_files(), *lists])

    def _question_files(self) -> list[Path]:
        """Return the questions that changed; all, when a part that they may include has."""
        changed = self._query_files()
        files = self.project.query_files() if any(file.parent.name == "parts" for file in changed) else changed
        return [file for file in files if file.parent == self.project.queries]

    def _query_files(self) -> list[Path]:
        return [file for file in self.project.query_files() if self._is_changed(file)]

    def _queries(self, locator: Locator) -> list[Diagnostic]:
        rules = self.broken_rules.result() if self.broken_rules else []
        questions = self._question_files()
        others = [file for file in self._query_files() if file.parent != self.project.queries]
        sound, broken = self.questions.result() if self.questions else (questions, [])
        return [*broken, *rules, *query_checks.term_diagnostics([*sound, *others], locator.facts)]

    def _ontology(self, locator: Locator) -> list[Diagnostic]:
        stage = import_module("cartkg.pipeline.consistency")
        broken = self.broken_rules.result() if self.broken_rules else []
        if broken:
            return self._unevaluated(broken)
        try:
            return list(stage.contradictions(self.project, self._answers(locator), locator, self.options.bounds))
        except ShapesError as error:
            return self._unevaluated([query_checks.malformed(error)])

    def _answers(self, locator: Locator) -> Answers:
        if self.answers is None:
            self.answers = load_store(self.project, locator.facts)
        return self.answers
