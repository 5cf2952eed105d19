"""Load the graph that commands query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.builds import carried, dump_read, reason_for_none
from cartkg.cli.printing import say
from cartkg.errors import SourceError
from cartkg.graph import KnowledgeGraph, read
from cartkg.namespaces import GRAPH_COUNTS, read_prefixes
from cartkg.sparql.engines.data_source import DataSource

if TYPE_CHECKING:
    from cartkg.project import Project


def stored_graph(project: Project, *, counts: bool = False, inferred: bool = False) -> KnowledgeGraph:
    """Take the last build, or read the sources; a missing or outdated build is said on standard error.

    Args:
        project: whose build or sources.
        counts: whether the counts that a build contains are wanted when there is none.
        inferred: whether nothing can be answered without what reasoning adds; a build is then made where there is none.

    Raises:
        SourceError: a file cannot be read or its syntax is broken; with line and column.
        ConfigError: a build is needed and cannot be made.
    """
    sources = (*project.ontology_files(), *project.data_files())
    dump = dump_read(project)
    if dump is None and inferred:
        say(f"cartkg: {reason_for_none(project)}; building it, which takes about half a minute", err=True)
        DataSource(project).build()
        dump = dump_read(project)
    if dump is None:
        for refused in project.refused_files():
            raise refused
        reading = read(sources, project)
        for diagnostic in reading.diagnostics:
            raise SourceError(diagnostic.message, diagnostic.file, diagnostic.line, diagnostic.column)
        said = "querying the sources, without inferred facts; run `cartkg build`"
        say(f"cartkg: {reason_for_none(project)}: {said}", err=True)
        if counts:
            from cartkg.synthesis.reports.tables import triples  # noqa: PLC0415  # NumPy takes its time to load

            reading.graph.add(GRAPH_COUNTS, triples(reading.graph))
        return reading.graph
    if carried(project) is None and any(path.stat().st_mtime > dump.stat().st_mtime for path in sources):
        say("cartkg: sources have changed since the last build; run `cartkg build`", err=True)
    return KnowledgeGraph.from_dump(dump, read_prefixes(project.ontology / "prefixes.ttl"), own=True)
