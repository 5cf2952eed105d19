"""The stages that only the project's own data have: dossiers, style, identifiers, queries, ontology, checks.

They are apart from those of anyone's data, which must not pay for what these load.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Self

import pyoxigraph

from cartkg import turtle
from cartkg.diagnostics import Diagnostic, Rule
from cartkg.errors import ShapesError
from cartkg.evaluation.evaluator import Evaluator
from cartkg.files import read_bytes, read_text
from cartkg.namespaces import TERM, read_prefixes
from cartkg.pipeline.diagnostic_cache import Memory, files_key
from cartkg.pipeline.inputs.options import CheckStage
from cartkg.pipeline.inputs.sources import load_store
from cartkg.pipeline.stages import patients, query_checks
from cartkg.pipeline.stages.identifiers import identifier_diagnostics
from cartkg.pipeline.stages.rules import NEEDS_SYNTHESIS, gap, own_rules
from cartkg.pipeline.workplace import refuse_tracked
from cartkg.systems import has_extra
from cartkg.turtle.style import style_diagnostics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from cartkg.pipeline.inputs.scope import Scope
    from cartkg.pipeline.inputs.sources import CorpusStore, Sources
    from cartkg.pipeline.stages.dossiers import DossierStage
    from cartkg.project import Project
    from cartkg.queries import Check
    from cartkg.validation.reporting.locating import Locator


@dataclass(slots=True)
class Beside:
    """What goes on beside the stages: queries are parsed and answered in children while this process does the rest."""

    parser: Evaluator
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    asked: Evaluator | None = None

    def __enter__(self) -> Self:
        self.parser.prepare(1)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End the thread and the children; when the check fails or is interrupted, without waiting for answers."""
        evaluators = [each for each in (self.parser, self.asked) if each is not None]
        if kind is not None:
            for evaluator in evaluators:
                evaluator.abort()
        self.thread.shutdown(cancel_futures=True)
        for evaluator in evaluators:  # what was cancelled before it began has closed nothing
            evaluator.close()

    def read_checks(self, folder: Path) -> Future[tuple[list[Check], list[Diagnostic]]]:
        """Read the checks of a folder."""
        return self.thread.submit(query_checks.read_sound, folder, self.parser)

    def read_questions(self, files: list[Path]) -> Future[tuple[list[Path], list[Diagnostic]]]:
        """Read stored questions."""
        return self.thread.submit(query_checks.read_questions, files, self.parser)

    def read_rules(self, files: list[Path]) -> Future[list[Diagnostic]]:
        """Return what is wrong with inference rules."""
        return self.thread.submit(query_checks.rule_diagnostics, files, self.parser)

    def ask(self, checks: list[Check], evaluator: Evaluator) -> Future[query_checks.CheckResults]:
        """Have checks answered."""
        self.asked = evaluator
        evaluator.prepare(len(checks))  # here, since children that a thread forks end with the thread
        return self.thread.submit(query_checks.ask, checks, evaluator)


@dataclass
class OwnStages:
    """The stages of one check.

    Attributes:
        project: what is checked.
        sources: its files.
        scope: what the check looks at.
        rules: those that the report names; more are added.
        beside: where queries are parsed and answered.
    """

    project: Project
    sources: Sources
    scope: Scope
    rules: dict[str, Rule]
    beside: Beside
    _store: CorpusStore | None = None
    _reading: Future[tuple[list[Check], list[Diagnostic]]] | None = None
    _questions: Future[tuple[list[Path], list[Diagnostic]]] | None = None
    _broken_rules: Future[list[Diagnostic]] | None = None

    @cached_property
    def curated(self) -> DossierStage:
        """The dossiers, compiled at most once."""
        from cartkg.pipeline.stages.dossiers import DossierStage  # noqa: PLC0415  # brings YAML along; not all have dossiers

        return DossierStage(self.project)

    def read_checks(self) -> None:
        """Have the checks read beside what follows."""
        if self.scope.wants(CheckStage.CHECKS):
            self._reading = self.beside.read_checks(self.project.queries / "checks")

    def at_dossiers(self, found: list[Diagnostic]) -> list[Diagnostic]:
        """Place problems of compiled files in their dossiers, which takes compiling them."""
        return self.curated.at_dossiers(found) if found and has_extra("synthesis") else found

    def dossiers(self) -> list[Diagnostic]:
        """Return what is wrong with dossiers, lists, searches and worklist, and with compiled files not theirs."""
        from cartkg.pipeline.stages.screening import screening_diagnostics  # noqa: PLC0415  # brings YAML along

        found = screening_diagnostics(self.project)
        if self.project.dossier_files():
            found += self.curated.diagnostics()
        self.rules |= {each.rule: Rule(each.rule, "dossiers", each.rule.replace("-", " ")) for each in found}
        return found

    def ask_checks(self, locator: Locator) -> Callable[[], Iterable[Diagnostic]]:
        """Have the checks answered beside what follows, and return what waits for their diagnostics.

        What they find of changes bears on which records the other stages look at, so that these wait.
        """
        if self._reading is None:
            return list
        checks, broken = self._reading.result()
        self.rules |= query_checks.check_rules(checks)
        bounds = self.scope.options.bounds
        if self.scope.changes is None:  # this process needs a processor too, and a child costs the memory it copies
            bounds = replace(bounds, children=max(1, bounds.at_once() - 1))
        asking = self.beside.ask(checks, self._answers(locator).evaluator(bounds))

        def wait() -> list[Diagnostic]:
            asked = asking.result()
            rows = asked.rows if self.scope.changes is None else self._newly_broken(checks, asked.rows, locator)
            return [*self._unevaluated(broken + asked.diagnostics), *query_checks.row_diagnostics(rows, locator)]

        return wait if self.scope.changes is None else wait().copy

    def counted(self, locator: Locator, found: list[Diagnostic]) -> list[Diagnostic]:
        """Add the statements on shared patients that cannot all be true to what the checks found."""
        if f"<{TERM}Overlap>" not in locator.facts.homes:
            return found  # another ontology than ours
        if not has_extra("synthesis"):
            return [*found, *self._unevaluated([gap("shared patients", NEEDS_SYNTHESIS)])]
        named = {each.subject for each in found}
        stated = patients.contradictions(self.project, locator, lambda: self._answers(locator), named)
        return [*found, *self._unevaluated(list(stated))]

    def _newly_broken(
        self, checks: list[Check], rows: list[query_checks.CheckRow], locator: Locator
    ) -> list[query_checks.CheckRow]:
        """Return the rows about records that were touched, or that a change made break a check."""
        if not rows or self.scope.changes is None or self.scope.subjects is None:
            return rows
        names = {row.check.name for row in rows}
        again = [each for each in checks if each.name in names]
        before = load_store(self.project, locator.facts, self.scope.changes.before).evaluator(self.scope.options.bounds)
        old = set(query_checks.ask(again, before).rows)
        self.scope.subjects |= {query_checks.own_subject(row, locator.facts) for row in rows if row not in old}
        return [row for row in rows if query_checks.own_subject(row, locator.facts) in self.scope.subjects]

    def _unevaluated(self, found: list[Diagnostic]) -> list[Diagnostic]:
        """Make known the rules of diagnostics about what should have been evaluated; their own stage may not run."""
        self.rules |= own_rules(found)
        return found

    def style(self, locator: Locator) -> list[Diagnostic]:
        """Return where files are not in house style."""
        prefixes = self.project.ontology / "prefixes.ttl"
        memory = Memory(self.project.cache, self.project.root, read_text(prefixes))
        declared = read_prefixes(prefixes)
        broken = {diagnostic.file for diagnostic in locator.facts.broken}
        found: list[Diagnostic] = []
        for file in sorted(self.sources.reported):
            if file.suffix != ".ttl" or file in broken or not self.scope.is_changed(file):
                continue
            data = read_bytes(file)
            known = memory.recall(file, data)
            if known is None:
                known = style_diagnostics(turtle.parse_bytes(data, file), declared)
                memory.keep(data, known)
            found += known
        memory.save()
        return found

    def identifiers(self, locator: Locator) -> list[Diagnostic]:
        """Return which identifiers of other vocabularies are malformed or not imported."""
        return identifier_diagnostics(locator, self.scope.subjects)

    def read_queries(self) -> None:
        """Have questions and rules parsed beside what follows."""
        if CheckStage.QUERIES in self.scope.gaps:
            return
        if self.scope.wants(CheckStage.QUERIES):
            self._questions = self.beside.read_questions(self._question_files())
        if self.scope.wants(CheckStage.QUERIES) or self.scope.wants(CheckStage.ONTOLOGY):
            lists = [file for file in self._query_files() if file.parent.name == "lists"]
            self._broken_rules = self.beside.read_rules([*self.project.rule_files(), *lists])

    def _question_files(self) -> list[Path]:
        """Return the questions that changed; all, when a part that they may include has."""
        changed = self._query_files()
        files = self.project.query_files() if any(file.parent.name == "parts" for file in changed) else changed
        return [file for file in files if file.parent == self.project.queries]

    def _query_files(self) -> list[Path]:
        return [file for file in self.project.query_files() if self.scope.is_changed(file)]

    def queries(self, locator: Locator) -> list[Diagnostic]:
        """Return what is wrong with stored questions and rules."""
        rules = self._broken_rules.result() if self._broken_rules else []
        questions = self._question_files()
        others = [file for file in self._query_files() if file.parent != self.project.queries]
        sound, broken = self._questions.result() if self._questions else (questions, [])
        return [*broken, *rules, *query_checks.term_diagnostics([*sound, *others], locator.facts)]

    def ontology(self, locator: Locator) -> list[Diagnostic]:
        """Return how ontology and data contradict themselves; that the same files do not is kept."""
        broken = self._broken_rules.result() if self._broken_rules else []
        if broken:
            return self._unevaluated(broken)
        project, bounds = self.project, self.scope.options.bounds
        files = (*locator.facts.files, *project.ontology_files(), *project.rule_files())
        clean = f"consistent-{files_key(files)}"
        if project.cache.read(clean) is not None:
            return []
        stage = import_module("cartkg.pipeline.stages.consistency")
        try:
            found = list(stage.contradictions(project, self._answers(locator), locator, bounds))
        except ShapesError as error:
            return self._unevaluated([query_checks.malformed(error)])
        if not found:
            project.cache.write(clean, b"")
        return found

    def _answers(self, locator: Locator) -> CorpusStore:
        if self._store is None:
            self._store = load_store(self.project, locator.facts)
        return self._store


@contextmanager
def at_work(project: Project, sources: Sources, scope: Scope, rules: dict[str, Rule]) -> Iterator[OwnStages]:
    """Return the stages of a check, with a child that parses queries; it ends with the block.

    Raises:
        ConfigError: the project carries its own builds.
        SourceError: its prefixes cannot be read.
    """
    if not sources.foreign:
        refuse_tracked(project)
    namespaces = read_prefixes(project.ontology / "prefixes.ttl").namespaces
    with Beside(Evaluator(pyoxigraph.Store(), namespaces, scope.options.bounds)) as beside:
        yield OwnStages(project, sources, scope, rules, beside)
