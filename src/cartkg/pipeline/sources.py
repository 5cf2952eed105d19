"""Options -> the files a check reads, and the store that its queries ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph

from cartkg import turtle
from cartkg.errors import ConfigError
from cartkg.graph import KnowledgeGraph, graph_of
from cartkg.namespaces import read_prefixes
from cartkg.validation import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cartkg.pipeline.options import CheckOptions
    from cartkg.project import Project


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of one check.

    Attributes:
        graph: every file whose statements make up the graph.
        reported: those of them whose findings are reported.
        ontology: those of them that hold the ontology.
        shapes: the shapes files, and where their prefixes are declared.
        root: folder that paths are written relative to.
        foreign: whether they are someone else's data and shapes.
    """

    graph: tuple[Path, ...]
    reported: frozenset[Path]
    ontology: frozenset[Path]
    shapes: tuple[Path, ...]
    root: Path
    foreign: bool


def find_sources(project: Project, options: CheckOptions, here: Path) -> Sources:
    """Find the files of a check.

    Raises:
        ConfigError: a path does not exist, a folder holds no RDF file, or there is nothing to check.
    """
    given = rdf_files(options.paths)
    if options.shapes:
        if not given:
            raise ConfigError("name the files or folders to check: cartkg check --shapes S DATA", setting="PATHS")
        ontology = rdf_files(options.ontology)
        graph = _unique((*given, *ontology))
        return Sources(graph, frozenset(given), frozenset(ontology), rdf_files(options.shapes), here, foreign=True)
    if options.ontology:
        raise ConfigError("goes together with --shapes; the project's own shapes use its own ontology", "--ontology")
    modules = tuple(project.ontology_files())
    own = (*project.data_files(), *modules)
    if not given and not project.data_files():
        raise ConfigError("is empty: it holds no data file to check", setting=str(project.data))
    shapes = (*project.shape_files(), project.ontology / "prefixes.ttl")
    reported = frozenset(given) if given else frozenset((*own, *project.shape_files()))
    return Sources(_unique((*own, *given)), reported, frozenset(modules), shapes, _root(project, here), foreign=False)


def _root(project: Project, here: Path) -> Path:
    return here if here.is_relative_to(project.root) else project.root


def _unique(files: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(files))


def rdf_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Give the RDF files that paths name, absolute; folders are searched through, hidden ones left out.

    Raises:
        ConfigError: a path does not exist, is of no known format, or is a folder that holds no RDF file.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.suffix in FORMATS and not _hidden(file, path))
            if not inside:
                raise ConfigError(f"is empty: no file in it ends in {', '.join(FORMATS)}", setting=str(path))
            found += inside
        elif not path.exists():
            raise ConfigError("no such file or folder", setting=str(path))
        elif path.suffix not in FORMATS:
            raise ConfigError(f"is of no known format; known: {', '.join(FORMATS)}", setting=str(path))
        else:
            found.append(path)
    return _unique(file.resolve() for file in found)


def _hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def load_store(project: Project, files: Iterable[Path], texts: Mapping[Path, bytes | None]) -> KnowledgeGraph:
    """Load files into named graphs and their union; what does not parse is left out (the syntax stage reports it).

    Args:
        project: whose prefixes queries may use, and whose files share named graphs.
        files: what to load.
        texts: for some of the files, the bytes to take instead of what they hold; None leaves a file out.
    """
    graph = KnowledgeGraph(read_prefixes(project.ontology / "prefixes.ttl"))
    for file in files:
        data = texts[file] if file in texts else file.read_bytes()
        if data is None:
            continue
        name = pyoxigraph.NamedNode(graph_of(file, project))
        quads = _quads(file, data)
        graph.store.extend(pyoxigraph.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
        graph.store.extend(pyoxigraph.Quad(quad.subject, quad.predicate, quad.object, name) for quad in quads)
    return graph


def _quads(file: Path, data: bytes) -> list[pyoxigraph.Quad]:
    """Parse a file; blank nodes get the same labels in every run, so that results can be kept by content."""
    base = file.as_uri()
    try:
        quads = list(pyoxigraph.parse(data, FORMATS[file.suffix], base_iri=base))
    except SyntaxError:
        return []
    blank = pyoxigraph.BlankNode
    if any(isinstance(quad.subject, blank) or isinstance(quad.object, blank) for quad in quads):
        return list(turtle.parse_bytes(data, file, base).quads)
    return quads
