"""Paths -> a graph, with the documents that say where each triple stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.builds import dump_read
from cartkg.errors import ConfigError, SourceError
from cartkg.graph.store import KnowledgeGraph
from cartkg.namespaces import GRAPH_ONTOLOGY, graph_iri, read_prefixes
from cartkg.project import Project, find
from cartkg.turtle import Document, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartkg.diagnostics import Diagnostic
    from cartkg.graph.views import NativeDataset
    from cartkg.turtle import Position


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file; line and column from 1."""

    file: Path
    line: int
    column: int


@dataclass(frozen=True)
class Reading:
    """What was read.

    Attributes:
        graph: the graph of all files without syntax problems.
        documents: the files in the order given, broken ones too.
    """

    graph: KnowledgeGraph
    documents: tuple[Document, ...]

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """Return the syntax problems of all files."""
        return [diagnostic for document in self.documents for diagnostic in document.diagnostics]

    def locate(self, subject: str, predicate: str | None = None, obj: str | None = None) -> Location | None:
        """Find the place that fits best over all files; terms as for `Document.locate`.

        A document that holds the object wins over one that holds only the predicate or the subject.
        A thing that is nobody's subject is found where it is first mentioned.
        """
        holders = self._holders.get(subject, ())
        best = max(holders, key=lambda document: _fit(document, subject, predicate, obj), default=None)
        if best is not None:
            return _location(best, best.locate(subject, predicate, obj))
        for document in self.documents:
            mention = document.locate_mention(subject)
            if mention is not None:
                return _location(document, mention)
        return None

    @cached_property
    def _holders(self) -> dict[str, list[Document]]:
        holders: dict[str, list[Document]] = {}
        for document in self.documents:
            for subject in document.subjects():
                holders.setdefault(subject, []).append(document)
        return holders


def _fit(document: Document, subject: str, predicate: str | None, obj: str | None) -> int:
    """Rate a document that holds the subject: 2 it has the triple, 1 the predicate, 0 neither."""
    if predicate is None or not document.holds(subject, predicate):
        return 0
    return 1 + document.holds(subject, predicate, obj)


def _location(document: Document, position: Position | None) -> Location | None:
    return None if position is None else Location(document.path, position.line, position.column)


def graph_of(path: Path, project: Project) -> str:
    """Return the IRI of the named graph that a file belongs to; all modules of the ontology share one."""
    if path.resolve().is_relative_to(project.ontology):
        return GRAPH_ONTOLOGY
    return graph_iri(path.stem)


def read(paths: Iterable[Path], project: Project) -> Reading:
    """Read Turtle and TriG files into one graph; a file with broken syntax gives diagnostics and no triples.

    Files outside the project (someone else's data) may use relative IRIs, resolved against the file itself;
    the project's own may not, since the address of a file is not a name.

    Raises:
        SourceError: a file cannot be read, or `ontology/prefixes.ttl` declares nothing.
    """
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    documents: list[Document] = []
    for path in paths:
        place = path.resolve()
        if place.is_relative_to(project.root):
            documents.append(parse(path, name=place.relative_to(project.root).as_posix()))
        else:
            documents.append(parse(path, place.as_uri()))
    quads = (quad for document in documents for quad in _named(document, graph_of(document.path, project)))
    return Reading(KnowledgeGraph.of_quads(quads, prefixes), tuple(documents))


def _named(document: Document, graph: str) -> Iterator[ox.Quad]:
    """Return a document's quads in a named graph; graphs that a TriG file names itself keep their names."""
    name = ox.NamedNode(graph)
    default = ox.DefaultGraph()
    for quad in document.quads:
        if quad.graph_name == default:
            yield ox.Quad(quad.subject, quad.predicate, quad.object, name)
        else:
            yield quad


def load(path: str | Path | None = None) -> NativeDataset:
    """Load a graph for use with rdflib; pyoxigraph answers its queries.

    Args:
        path: an N-Quads dump or a project's folder; the project around the current folder, else the shipped one,
            by default. Of a project its last build is taken, and without one its sources are read.

    Raises:
        ConfigError: the file or folder does not exist.
        SourceError: a file cannot be read or its syntax is broken; with line and column.
    """
    given = None if path is None else Path(path)
    if given is not None and given.is_file():
        return KnowledgeGraph.from_dump(given).rdflib()
    if given is not None and not given.is_dir():
        raise ConfigError("no such file or folder; give an .nq dump or a project", setting=str(given))
    project = find(given)
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    dump = dump_read(project)
    if dump is not None:
        return KnowledgeGraph.from_dump(dump, prefixes, own=True).rdflib()
    for refused in project.refused_files():
        raise refused
    reading = read((*project.ontology_files(), *project.data_files()), project)
    for diagnostic in reading.diagnostics:
        raise SourceError(diagnostic.message, diagnostic.file, diagnostic.line, diagnostic.column)
    return reading.graph.rdflib()
