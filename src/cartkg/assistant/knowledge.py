"""What the tools query: an engine with its limits, the stored questions, and the graph for counting.

Opening takes seconds, or minutes where the project was never built. So it happens beside the protocol, and tools wait
for it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import cached_property
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from cartkg import __version__
from cartkg.errors import BackendError, CartkgError, LimitExceeded
from cartkg.facts.records import Records
from cartkg.facts.result_cache import ResultCache
from cartkg.graph import KnowledgeGraph
from cartkg.namespaces import read_prefixes
from cartkg.queries import read_questions
from cartkg.search.opening import beside
from cartkg.sparql.engines.engine import LocalEngine
from cartkg.sparql.pool.workers import Pool
from cartkg.sparql.protocol.requests import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cartkg.namespaces import Prefixes
    from cartkg.project import Project
    from cartkg.queries import Question
    from cartkg.search.index import Index
    from cartkg.sparql.engines.engine import Engine
    from cartkg.sparql.pool.jobs import Limits, Source
    from cartkg.synthesis import Relations

_LOG = logging.getLogger(__name__)
#: Seconds that a call waits for the graph; clients give up after a minute.
PATIENCE = 45.0


class Counting:
    """The graph that patients are counted in, read when the first count is requested."""

    def __init__(self, dump: Path, prefixes: Prefixes) -> None:
        self.dump = dump
        self._prefixes = prefixes
        self._lock = Lock()

    @property
    def graph(self) -> KnowledgeGraph:
        """Return the graph."""
        with self._lock:
            return self._graph

    @property
    def relations(self) -> Relations:
        """Return which cohorts share patients."""
        with self._lock:
            return self._relations

    @cached_property
    def _graph(self) -> KnowledgeGraph:
        return KnowledgeGraph.from_dump(self.dump, self._prefixes, own=True)

    @cached_property
    def _relations(self) -> Relations:
        from cartkg.synthesis import read_relations  # noqa: PLC0415  # NumPy takes its time to load

        return read_relations(self._graph)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What tools ask.

    Attributes:
        project: where ontology and questions are.
        prefixes: how IRIs are shortened.
        engine: answers queries within the limits.
        limits: what a query may use.
        data_version: date of the data.
        digest: SHA-256 of the data; empty when unknown.
        questions: stored questions, by their names and by those of their saved settings.
        counting: the graph for counts.
        index: the names of things; None where the build has no index.
        cache: answers kept.
    """

    project: Project
    prefixes: Prefixes
    engine: Engine
    limits: Limits
    data_version: str
    digest: str
    questions: Mapping[str, Question]
    counting: Counting
    index: Index | None = None
    cache: ResultCache = field(default_factory=ResultCache)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool: what it asks, and whether its client is gone."""

    knowledge: Knowledge
    gone: Callable[[], bool]

    @property
    def everything(self) -> Records:
        """Return what queries the default graph of the endpoint, including inferred facts."""
        known = self.knowledge
        return Records(known.engine, known.cache, known.digest, gone=self.gone)

    @property
    def stated(self) -> Records:
        """Return what asks for what is stated alone."""
        known = self.knowledge
        return Records(known.engine, known.cache, known.digest, Dataset(stated=True), self.gone)


def know(project: Project, source: Source, engine: Engine, limits: Limits) -> Knowledge:
    """Return what tools ask, over an engine that answers from a source.

    Raises:
        ShapesError: a stored question is malformed.
        SourceError: the prefixes cannot be read.
        ConfigError: the index of names is not that of the build.
    """
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    questions: dict[str, Question] = {}
    for question in read_questions(project.queries):
        questions |= {question.name: question} | {saved.name: question for saved in question.saved}
    counting = Counting(source.paths[0], prefixes)
    index = beside(source.paths[0]) if source.own else None
    return Knowledge(project, prefixes, engine, limits, source.version, source.edition, questions, counting, index)


class Opening:
    """The graph of a project while it is opened, and afterwards."""

    def __init__(self, project: Project, find: Callable[[], Source], limits: Limits) -> None:
        """Remember what to open; `find` may build the project."""
        self._project = project
        self._find = find
        self._limits = limits
        self._done = Event()
        self._found: Knowledge | CartkgError | None = None
        self._pool: Pool | None = None
        self._closed = False

    def start(self) -> None:
        """Open beside the caller; what fails is logged, and told to each call."""
        Thread(target=self._open, name="opening", daemon=True).start()

    def wait(self, seconds: float = PATIENCE) -> Knowledge:
        """Return what tools ask.

        Raises:
            LimitExceeded: it is still being opened.
            CartkgError: it could not be opened.
        """
        self._done.wait(seconds)
        if self._found is None:
            raise LimitExceeded("the graph is still being built or loaded; try again in a minute", limit="busy")
        if isinstance(self._found, CartkgError):
            raise self._found
        return self._found

    def close(self) -> None:
        """End the processes that answer."""
        self._closed = True
        if self._pool is not None:
            self._pool.close()

    def _open(self) -> None:
        try:
            source = self._find()
            if self._closed:
                return
            self._pool = pool = Pool(source, self._limits)
            if self._closed:
                pool.close()
                return
            pool.start()
            prefixes = read_prefixes(self._project.ontology / "prefixes.ttl").namespaces
            self._found = know(self._project, source, LocalEngine(pool, self._limits, prefixes), self._limits)
        except (CartkgError, OSError) as error:  # OSError: the pool was closed meanwhile
            if not self._closed:
                _LOG.error("the graph cannot be opened: %s", error)  # no traceback: it says what to do
            self._found = error if isinstance(error, CartkgError) else BackendError(str(error))
        finally:
            self._done.set()


#: Version of the program, as answers name it.
CODE_VERSION = __version__
