"""Build a project: read, reason, check, document, count, then write the dump, manifest and pages that are served."""

from __future__ import annotations

import gzip
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg import __version__, manifest
from cartkg.builds import contents_digest, sources, sources_digest
from cartkg.diagnostics import Diagnostic, Severity
from cartkg.errors import ConfigError
from cartkg.files import read_once
from cartkg.graph import KnowledgeGraph, data_version, read
from cartkg.manifest import Manifest
from cartkg.namespaces import BASE, GRAPH_COUNTS, GRAPH_INFERRED, GRAPH_MAPPINGS, GRAPH_ONTOLOGY, GRAPH_RELEASE
from cartkg.pipeline.checking import check
from cartkg.pipeline.freshness import is_fresh
from cartkg.pipeline.inputs.options import CheckOptions
from cartkg.pipeline.stages import patients
from cartkg.pipeline.workplace import refuse_tracked
from cartkg.project import DUMP, INDEX, MANIFEST, PACKED, PACKED_INDEX, PACKED_PAGE, PAGE, PICTURE, replace_file
from cartkg.queries import read_questions
from cartkg.queries.examples import GRAPH_QUESTIONS
from cartkg.queries.examples import describe as describe_questions
from cartkg.reasoning import infer
from cartkg.release.description import describe
from cartkg.search import index
from cartkg.search.entries import entries
from cartkg.synthesis.reports.tables import Prepared, prepare
from cartkg.synthesis.reports.tables import triples as counts
from cartkg.vocabulary import documentation, mappings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cartkg.project import Project


@dataclass(frozen=True, slots=True)
class Stage:
    """One step that was done: its name, how long it took in seconds, and what it gave."""

    name: str
    seconds: float
    detail: str


@dataclass(frozen=True, slots=True)
class Built:
    """The result of a build.

    Attributes:
        folder: where it was written.
        quads: number of quads in named graphs.
        graphs: number of named graphs.
        data_version: date of the data, from the head of the ontology.
        diagnostics: errors that stopped the build; nothing was written then.
        is_kept: whether the project had this build already, so that only the checks ran.
    """

    folder: Path
    quads: int
    graphs: int
    data_version: str
    diagnostics: list[Diagnostic] = field(default_factory=list)
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How a build is made.

    Attributes:
        checked: whether diagnostics are looked for and stop the build.
        packed: whether dump and page on the ontology are packed by gzip, as the installed package carries it.
        forced: whether it is made even where the project's build is one of these sources.
    """

    checked: bool = True
    packed: bool = False
    forced: bool = False


_PLAIN = BuildOptions()
#: Counts that are refused and named in the progress.
_NAMED = 5


@dataclass(slots=True)
class _Clock:
    """Tells the caller of each step when it is done."""

    tell: Callable[[Stage], None]
    since: float = field(default_factory=time.perf_counter)

    def done(self, name: str, detail: str) -> None:
        now = time.perf_counter()
        self.tell(Stage(name, now - self.since, detail))
        self.since = now


@read_once()
def build(
    project: Project, out: Path, options: BuildOptions = _PLAIN, *, progress: Callable[[Stage], None] = lambda _: None
) -> Built:
    """Make what is served; where the project has a build of these sources, only the checks run.

    Args:
        project: what to build.
        out: folder to write; made when missing.
        options: whether it is checked, and how it is written.
        progress: called with each step when it is done.

    Raises:
        ConfigError: there is nothing to build, `out` cannot be written, Java or pyLODE fails, or builds were committed.
        OntologyError: the ontology is inconsistent.
        SourceError: a file cannot be read.
    """
    clock = _Clock(progress)
    refuse_tracked(project)
    if not (options.forced or options.packed) and out.resolve() == project.build and is_fresh(project):
        return _kept(project, _check(project, clock) if options.checked else [])
    reading = read(sources(project), project)
    graph, version = reading.graph, data_version(reading.graph)
    clock.done("read", f"{len(graph)} triples of {len(reading.documents)} files")
    unread = [*map(Diagnostic.unusable, project.refused_files()), *reading.diagnostics]
    del reading  # its documents take more memory than the graph, and nothing below asks them
    if unread:
        return Built(out, len(graph), len(graph.graphs()), version, unread)
    _reason(project, graph, clock)
    counted = _counted(project, graph)
    with ThreadPoolExecutor(1) as beside:
        made = beside.submit(_document, project, graph)  # mostly waits for pyLODE, while the checks run
        diagnostics = _check(project, clock) if options.checked else []
    if diagnostics:
        return Built(out, len(graph), len(graph.graphs()), version, diagnostics)
    pages = made.result()
    clock.done("document", f"{len(pages[PAGE])} bytes on the ontology, by pyLODE")
    _describe(project, graph, counted, clock)
    _write(project, graph, out / (PACKED if options.packed else DUMP), {**pages, INDEX: _index(graph, clock)})
    clock.done("write", str(out))
    return Built(out, len(graph), len(graph.graphs()), version)


def _kept(project: Project, diagnostics: list[Diagnostic]) -> Built:
    """Return the build that the project has."""
    made = manifest.read(project.build / MANIFEST)
    return Built(project.build, made.quads, len(made.graphs), made.data_version, diagnostics, is_kept=True)


def _reason(project: Project, graph: KnowledgeGraph, clock: _Clock) -> None:
    """Add what follows."""
    inference = infer(graph, project)
    graph.add(GRAPH_INFERRED, inference.triples)
    kept = ", kept from an earlier run" if inference.cached else ""
    clock.done("reason", f"{len(inference.triples)} inferred triples{kept}")


def _check(project: Project, clock: _Clock) -> list[Diagnostic]:
    """Return the errors that forbid to publish."""
    report = check(project, CheckOptions(), project.root)
    errors = [diagnostic for diagnostic in report.diagnostics if diagnostic.severity is Severity.ERROR]
    clock.done("check", f"{len(report.diagnostics)} diagnostics, {len(report.rules)} rules")
    return errors


@dataclass(frozen=True, slots=True)
class _Counted:
    """The counts of patients that are asked most; none of data that no one has checked and that is malformed.

    Attributes:
        prepared: the counts, those that are refused among them.
        malformed: why there are none; empty when there are.
    """

    prepared: tuple[Prepared, ...]
    malformed: str = ""

    @classmethod
    def of(cls, graph: KnowledgeGraph) -> _Counted:
        try:
            return cls(tuple(prepare(graph)))
        except ValueError as error:
            return cls((), str(error) or "a value is malformed")


def _counted(project: Project, graph: KnowledgeGraph) -> _Counted:
    """Make the counts, before the checks, which look into them too."""
    counted = _Counted.of(graph)
    if counted.prepared:
        patients.keep(project, sources(project), graph, counted.prepared)
    return counted


def _count(graph: KnowledgeGraph, counted: _Counted, clock: _Clock) -> None:
    """Add the counts, and say which of them statements that cannot all be true made impossible."""
    if counted.malformed:
        clock.done("count", f"no counts: {counted.malformed}; run cartkg check")
        return
    prepared = counted.prepared
    graph.add(GRAPH_COUNTS, counts(graph, prepared))
    refused = [each.iri.removeprefix(f"{BASE}count/") for each in prepared if each.is_refused]
    said = f"{len(prepared) - len(refused)} counts of distinct patients"
    if refused:
        named = ", ".join([*refused[:_NAMED], *([f"{len(refused) - _NAMED} more"] if len(refused) > _NAMED else [])])
        said += (
            f"; {len(refused)} refused and left out ({named}); run cartkg check to see "
            "the statements that cannot all be true"
        )
    clock.done("count", said)


def _describe(project: Project, graph: KnowledgeGraph, counted: _Counted, clock: _Clock) -> None:
    """Add the counts, the mappings and what the graph states about itself."""
    _count(graph, counted, clock)
    graph.add(GRAPH_MAPPINGS, mappings.triples(project.ontology / "mappings"))
    graph.add(GRAPH_QUESTIONS, describe_questions(read_questions(project.queries), f"{BASE}sparql"))
    graph.add(GRAPH_RELEASE, describe(graph, data_version(graph)))
    clock.done("describe", "the graph in VoID and DCAT, the questions in SHACL")


def _document(project: Project, graph: KnowledgeGraph) -> dict[str, bytes]:
    """Make the ontology's page and its picture: name of the file -> its bytes."""
    ontology = [quad.triple for quad in graph.quads(GRAPH_ONTOLOGY)]
    source = documentation.document(ontology, graph, read_questions(project.queries))
    return {PAGE: documentation.page(source), PICTURE: documentation.picture(ontology)}


def _index(graph: KnowledgeGraph, clock: _Clock) -> bytes:
    """Make the index of names; where SQLite cannot, an empty one, and the progress says why."""
    if not index.is_possible():
        clock.done("index", "no index of names: the SQLite of this Python was compiled without FTS5")
        return b""
    found = entries(graph)
    made = index.write(found)
    clock.done("index", f"{len(found)} things by their names, {len(made)} bytes")
    return made


def _write(project: Project, graph: KnowledgeGraph, dump: Path, pages: dict[str, bytes]) -> None:
    """Write the dump and what belongs to it; what an earlier build left in the other form is removed."""
    out = dump.parent
    try:
        out.mkdir(parents=True, exist_ok=True)
        digest = graph.write_dump(dump)
        packed = dump.name == PACKED
        for name in (DUMP, PAGE, INDEX) if packed else (PACKED, PACKED_PAGE, PACKED_INDEX):
            (out / name).unlink(missing_ok=True)
        replace_file(out / PICTURE, pages[PICTURE])
        for name, packed_name in ((PAGE, PACKED_PAGE), (INDEX, PACKED_INDEX)):
            if packed:
                replace_file(out / packed_name, gzip.compress(pages[name], mtime=0))
            else:
                replace_file(out / name, pages[name])
        made = Manifest(
            data_version(graph), __version__, digest, len(graph), graph.sizes(), sources_digest(project),
            contents=contents_digest(project, out),
            search=index.digest(pages[INDEX]) if pages[INDEX] else "",
        )  # fmt: skip
        replace_file(out / MANIFEST, manifest.write(made))
        if out.resolve() == project.build:
            project.cache.remember(project.build_files())
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", setting=str(out)) from error
