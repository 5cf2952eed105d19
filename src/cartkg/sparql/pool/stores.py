"""The quads of a server, and the same triples as one graph for the queries that name no graph.

Most queries ask the union of all graphs. A store with named graphs walks over the copies of a triple in each of them
and looks up each pattern in what is stated and in each derived graph; a store of the union alone walks over one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from cartkg.evaluation import datasets
from cartkg.evaluation.syntax import decode, tokens
from cartkg.namespaces import BASE

if TYPE_CHECKING:
    from cartkg.sparql.pool.jobs import Job

_STATED = ox.DefaultGraph()
#: A query without any of these cannot have the words GRAPH or FROM.
_MAY_NAME = re.compile(r"graph|from|\\u", re.IGNORECASE)
_WORDS = frozenset({"GRAPH", "FROM"})


@dataclass(frozen=True, slots=True)
class Stores:
    """What workers answer from.

    Attributes:
        quads: all named graphs, and what is stated as its default graph.
        merged: each triple of the union once, in its default graph; None where nothing is derived, since the default
            graph of `quads` is the union then, and for a store on disk, which would be half as large again.
        files: descriptors of the open files that a store on disk is read from.
    """

    quads: ox.Store
    merged: ox.Store | None = None
    files: tuple[int, ...] = ()

    def query(self, job: Job, text: str, **functions: Any) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """Answer the query of a job over the graphs that the request names, else over those that the query names.

        Args:
            job: which graphs the request names.
            text: its query, perhaps with columns named.
            functions: further arguments of pyoxigraph's `Store.query`.

        Raises:
            SyntaxError: the query is malformed.
            OSError: the evaluation failed.
        """
        if job.default_graphs or job.named_graphs:
            chosen = datasets.of_names(job.default_graphs, job.named_graphs)
        elif self.merged is not None and not job.stated and not names_graphs(job.query):
            return self.merged.query(text, base_iri=BASE, **functions)
        else:
            beside = () if job.stated else datasets.derived(self.quads)
            chosen = datasets.of_query(job.query, {}, beside, base=BASE)
        return self.quads.query(text, base_iri=BASE, **chosen, **functions)


def merge(quads: ox.Store) -> Stores:
    """Copy the union of all graphs into a store of its own where some are derived."""
    names = datasets.derived(quads)
    if not names:
        return Stores(quads)
    merged = ox.Store()
    merged.bulk_extend(quads.quads_for_pattern(None, None, None, _STATED))
    for name in names:
        merged.bulk_extend(ox.Quad(*quad.triple) for quad in quads.quads_for_pattern(None, None, None, name))
    return Stores(quads, merged)


def names_graphs(text: str) -> bool:
    """Return whether a query has the word GRAPH or FROM outside its strings, names and comments."""
    if not _MAY_NAME.search(text):
        return False
    return any(token.kind == "word" and token.text.upper() in _WORDS for token in tokens(decode(text)))
