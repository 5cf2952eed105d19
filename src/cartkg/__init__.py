"""cartkg: an evidence graph of CAR-T cell therapy in autoimmune disease."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from rdflib import Dataset

__version__ = "0.1.0"

__all__ = ["__version__", "load"]


def load(path: str | Path | None = None) -> Dataset:
    """Load the evidence graph for use with rdflib; pyoxigraph answers its queries.

    Args:
        path: an N-Quads dump or a project's folder; the project around the current folder, else the shipped one,
            if omitted. Of a project its last build is taken, and without one its sources are read.

    Returns:
        A dataset whose default graph is the union of all named graphs, including inferred facts; its graph
        `https://w3id.org/cartkg/graph/asserted` is the union without inferred facts and counts.

    Raises:
        ConfigError: the file or folder does not exist.
        SourceError: a file cannot be read or its syntax is broken; with line and column.
    """
    from cartkg.graph import load as load_graph  # noqa: PLC0415  # `import cartkg` alone must not load a store

    return load_graph(path)
