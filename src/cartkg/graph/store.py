"""Quads -> a store that answers SPARQL; dumps out, dumps in.

The store's own default graph holds a copy of every named graph but `graph/inferred` and `graph/counts`: what is stated.
A query asks these two beside it, so that its default graph is the union of all: pyoxigraph's own union switch looks
into every named graph for every pattern.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.errors import QueryError, SourceError
from cartkg.evaluation import datasets
from cartkg.files import read_bytes
from cartkg.namespaces import DERIVED_GRAPHS, Prefixes
from cartkg.project import replace_file
from cartkg.turtle import term_text
from cartkg.unpacking import GZIP, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from rdflib import Graph

    from cartkg.graph.views import NativeDataset

_DEFAULT = ox.DefaultGraph()
_DERIVED = tuple(map(ox.NamedNode, DERIVED_GRAPHS))
_READ: tuple[ox.NamedNode | ox.DefaultGraph, ...] = (_DEFAULT, *_DERIVED)
_WHERE = re.compile(r"error at (\d+):(\d+): ")


@dataclass(slots=True)
class KnowledgeGraph:
    """One in-memory store.

    Attributes:
        prefixes: prefixes that queries may use without declaring them.
        store: pyoxigraph's store; named graphs, and their union without `DERIVED_GRAPHS` as default graph. A triple
            that is stated is not in a derived graph as well.
    """

    prefixes: Prefixes = field(default_factory=lambda: Prefixes({}))
    store: ox.Store = field(default_factory=ox.Store)

    @classmethod
    def from_dump(cls, path: Path, prefixes: Prefixes | None = None, *, own: bool = False) -> KnowledgeGraph:
        """Read an N-Quads dump, packed by gzip when its name ends in `.gz`.

        Args:
            path: the dump.
            prefixes: prefixes that queries may use without declaring them.
            own: whether `write_dump` wrote it; neither the form of its IRIs nor triples that are both stated and
                derived are then looked for, which takes half of the time.

        Raises:
            SourceError: the file cannot be read or is not N-Quads; with the line.
            UnusableFile: it is not a complete gzip file, or holds more than `files.MOST` bytes.
        """
        data = read_bytes(path)
        data = unpack(data, path) if path.suffix == GZIP else data
        try:
            quads = ox.parse(data, ox.RdfFormat.N_QUADS, lenient=own)
            return cls.of_quads(quads, prefixes, disjoint=own)
        except SyntaxError as error:
            raise SourceError("is not N-Quads; build it again", path, error.lineno, error.offset) from error

    @classmethod
    def of_quads(
        cls, quads: Iterable[ox.Quad], prefixes: Prefixes | None = None, *, disjoint: bool = False
    ) -> KnowledgeGraph:
        """Make a graph of many quads at once, the union too; `disjoint` when nothing is both stated and derived."""
        graph = cls(prefixes or Prefixes({}))
        graph.store.extend(quads)
        (datasets.copy_stated if disjoint else datasets.unite)(graph.store)
        return graph

    def add(self, graph: str, triples: Iterable[ox.Quad | ox.Triple]) -> None:
        """Add triples to a named graph; to one of `DERIVED_GRAPHS` only those that no other graph holds."""
        name = ox.NamedNode(graph)
        self.add_quads(ox.Quad(triple.subject, triple.predicate, triple.object, name) for triple in triples)

    def add_quads(self, quads: Iterable[ox.Quad]) -> None:
        """Add quads to their graphs; to one of `DERIVED_GRAPHS` only those whose triples no other graph holds."""
        given = list(quads)
        stated = [quad for quad in given if quad.graph_name not in _DERIVED]
        self.store.extend(stated)
        self.store.extend(ox.Quad(*quad.triple) for quad in stated)
        for graph in datasets.derived(self.store):
            for quad in stated:
                self.store.remove(_in(graph, quad))
        for quad in given:
            if quad.graph_name in _DERIVED and not any(_in(graph, quad) in self.store for graph in _READ):
                self.store.add(quad)

    def drop(self, graph: str) -> None:
        """Remove a named graph; what other graphs say too stays in the union."""
        name = ox.NamedNode(graph)
        gone = list(self.store.quads_for_pattern(None, None, None, name))
        self.store.remove_graph(name)
        for quad in gone:
            said = self.store.quads_for_pattern(quad.subject, quad.predicate, quad.object)
            if all(other.graph_name in {_DEFAULT, *_DERIVED} for other in said):
                self.store.remove(ox.Quad(*quad.triple))

    def graphs(self) -> list[str]:
        """Return the IRIs of the named graphs, sorted."""
        return sorted(name.value for name in self.store.named_graphs())

    def quads(self, graph: str | None = None) -> Iterable[ox.Quad]:
        """Go through the quads of one named graph, or of all; the union's copies are left out."""
        if graph is not None:
            return self.store.quads_for_pattern(None, None, None, ox.NamedNode(graph))
        return (quad for quad in self.store if quad.graph_name != _DEFAULT)

    def sizes(self) -> dict[str, int]:
        """Count the triples of each named graph, in the order of their IRIs."""
        return {name: sum(1 for _ in self.quads(name)) for name in self.graphs()}

    def __len__(self) -> int:
        """Count the quads in named graphs."""
        return sum(1 for _ in self.quads())

    def query(self, text: str) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """Answer a query of our own, as a stored question: no limit, and `SERVICE` is not refused here.

        Its default graph is the union of all named graphs; FROM `graph/asserted` asks what is stated alone.

        Raises:
            QueryError: the text is not a SPARQL query; with line and column.
        """
        return self._ask(text, datasets.derived(self.store))

    @property
    def asserted(self) -> Asserted:
        """Return what is stated alone, to be asked; every named graph can be asked there too."""
        return Asserted(self)

    def _ask(self, text: str, beside: Sequence[ox.NamedNode]) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        prefixes = dict(self.prefixes.namespaces)
        try:
            return self.store.query(text, prefixes=prefixes, **datasets.of_query(text, prefixes, beside))
        except SyntaxError as error:
            found = _WHERE.match(str(error))
            message = _WHERE.sub("", str(error))
            if found:
                raise QueryError(message, int(found[1]), int(found[2])) from error
            raise QueryError(message) from error

    def select(self, text: str) -> Iterator[dict[str, str]]:
        """Answer a SELECT on what is stated row by row: variable -> IRI or text of a literal; unbound is left out.

        Raises:
            QueryError: the text is not a SELECT query.
        """
        result = self.asserted.query(text)
        if not isinstance(result, ox.QuerySolutions):
            raise QueryError("write a SELECT query")
        names = [variable.value for variable in result.variables]
        for row in result:
            terms = {name: row[name] for name in names}
            yield {
                name: term.value if isinstance(term, ox.Literal) else term_text(term)
                for name, term in terms.items()
                if term is not None
            }

    def write_dump(self, path: Path) -> str:
        """Write the named graphs as N-Quads, sorted, so that equal graphs give equal files; nothing is half-written.

        Args:
            path: what to write, packed by gzip when its name ends in `.gz`.

        Returns:
            SHA-256 of the N-Quads, which is the same for both forms.
        """
        data = "".join(sorted(f"{quad} .\n" for quad in self.quads())).encode()
        replace_file(path, gzip.compress(data, mtime=0) if path.suffix == GZIP else data)
        return hashlib.sha256(data).hexdigest()

    def rdflib(self) -> NativeDataset:
        """Return a live view for rdflib users; its default graph is the union, and pyoxigraph answers its queries."""
        from cartkg.graph.views import native_dataset  # noqa: PLC0415  # rdflib takes 0.3 s to load: its users pay

        return native_dataset(self.store, self.prefixes)

    def memory_graph(self, *graphs: str) -> Graph:
        """Copy what is stated, or only the named graphs given, into a plain rdflib graph, as pySHACL wants it."""
        from cartkg.graph.views import memory_graph  # noqa: PLC0415  # as above

        if not graphs:
            return memory_graph(self.store.quads_for_pattern(None, None, None, _DEFAULT), self.prefixes)
        return memory_graph((quad for graph in graphs for quad in self.quads(graph)), self.prefixes)


@dataclass(frozen=True, slots=True)
class Asserted:
    """What is stated in a graph: `graph/asserted`, its union without what reasoning and counting add."""

    graph: KnowledgeGraph

    def query(self, text: str) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """Answer a query of our own as the graph does, but for its default graph.

        Raises:
            QueryError: the text is not a SPARQL query; with line and column.
        """
        return self.graph._ask(text, ())  # noqa: SLF001  # the same module's


def _in(graph: ox.NamedNode | ox.DefaultGraph, quad: ox.Quad) -> ox.Quad:
    """Return the statement of a quad in another graph."""
    return ox.Quad(quad.subject, quad.predicate, quad.object, graph)
