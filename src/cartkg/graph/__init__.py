"""Files -> one graph in memory: a named graph for each file, their union as the default graph."""

from cartkg.graph.reading import Location, Reading, graph_of, load, read
from cartkg.graph.store import KnowledgeGraph
from cartkg.graph.version import data_version

__all__ = [
    "KnowledgeGraph",
    "Location",
    "Reading",
    "data_version",
    "graph_of",
    "load",
    "read",
]
