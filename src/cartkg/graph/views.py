"""The store -> what rdflib users expect: a live view that pyoxigraph answers, or a plain copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pyoxigraph as ox
from oxrdflib import OxigraphStore
from rdflib import BNode, Dataset, Graph, Literal, URIRef
from rdflib.plugins.sparql.sparql import Query

from cartkg.errors import QueryError, SourceError
from cartkg.evaluation import datasets
from cartkg.namespaces import GRAPH_ASSERTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rdflib.query import Result
    from rdflib.term import Identifier

    from cartkg.namespaces import Prefixes

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
    GraphName = ox.NamedNode | ox.BlankNode | ox.DefaultGraph

_STATED = ox.DefaultGraph()
_ASSERTED = ox.NamedNode(GRAPH_ASSERTED)


class UnitedStore:
    """What oxrdflib calls of pyoxigraph's store: the default graph is the union, `graph/asserted` what is stated.

    What is not changed here goes to the store itself.
    """

    def __init__(self, store: ox.Store) -> None:
        """Wrap a store that holds what is stated in its default graph."""
        self._store = store

    def __getattr__(self, name: str) -> Any:
        """Return what the store has under a name."""
        return getattr(self._store, name)

    def query(
        self, query: str, *, default_graph: GraphName | None = None, prefixes: dict[str, str] | None = None, **rest: Any
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """Answer a query over the graph given, or over those that its FROM clauses name."""
        if default_graph == _STATED:
            beside = datasets.derived(self._store)
            return self._store.query(
                query, prefixes=prefixes, **datasets.of_query(query, prefixes or {}, beside), **rest
            )
        graph = _STATED if default_graph == _ASSERTED else default_graph
        return self._store.query(query, default_graph=graph, prefixes=prefixes, **rest)

    def quads_for_pattern(
        self, subject: Any, predicate: Any, value: Any, graph: GraphName | None = None
    ) -> Iterator[ox.Quad]:
        """Return the quads of a pattern; those of derived graphs are of the default graph too."""
        wanted = _STATED if graph == _ASSERTED else graph
        yield from self._store.quads_for_pattern(subject, predicate, value, wanted)
        if graph == _STATED:
            for name in datasets.derived(self._store):
                found = self._store.quads_for_pattern(subject, predicate, value, name)
                yield from (ox.Quad(*quad.triple) for quad in found)


class NativeStore(OxigraphStore):
    """oxrdflib's store without its silent way back to rdflib's own engine, which is tens of times slower."""

    def query(
        self,
        query: Query | str,
        initNs: Mapping[str, Any],  # noqa: N803  # rdflib's name
        initBindings: Mapping[str, Identifier],  # noqa: N803
        queryGraph: str,  # noqa: N803
        **options: object,
    ) -> Result:
        """Answer with pyoxigraph; a prepared query by its text.

        Raises:
            QueryError: pyoxigraph cannot take the query as asked.
        """
        if isinstance(query, Query):
            text, namespaces, _base = query._original_args  # noqa: SLF001  # rdflib keeps the text only there
            query, initNs = text, {**namespaces, **initNs}  # noqa: N806
        try:
            return super().query(query, initNs, initBindings, queryGraph, **options)
        except (NotImplementedError, RuntimeError, SyntaxError) as error:
            raise QueryError(str(error)) from error


class NativeDataset(Dataset):
    """An rdflib Dataset over pyoxigraph; its default graph is the union of all named graphs."""

    @property  # type: ignore[misc]  # settable above, which nobody needs here
    def default_context(self) -> Graph:
        """Return the default graph, as rdflib's own `query` asks for it, without rdflib's warning about the name."""
        return self._default_context


def native_dataset(store: ox.Store, prefixes: Prefixes) -> NativeDataset:
    """Wrap a store, with its prefixes bound."""
    dataset = NativeDataset(store=NativeStore(store=cast("ox.Store", UnitedStore(store))))
    for prefix, namespace in prefixes.namespaces.items():
        dataset.bind(prefix, URIRef(namespace), replace=True)
    return dataset


def memory_graph(quads: Iterable[ox.Quad], prefixes: Prefixes) -> Graph:
    """Copy quads into a plain graph; literals keep the text they were written with, blank nodes their labels."""
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in prefixes.namespaces.items():
        graph.bind(prefix, URIRef(namespace), replace=True)
    known: dict[object, URIRef | BNode | Literal] = {}

    def term(given: Term) -> URIRef | BNode | Literal:
        found = known.get(given)
        if found is None:
            found = known[given] = to_rdflib(given)
        return found

    add = graph.store.add
    for quad in quads:
        add((term(quad.subject), term(quad.predicate), term(quad.object)), graph)
    return graph


def to_rdflib(term: Term) -> URIRef | BNode | Literal:
    """Return a term as rdflib writes it.

    Raises:
        SourceError: the term is a triple (RDF 1.2), which rdflib does not support.
    """
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return Literal(term.value, lang=term.language)
        plain = term.datatype.value == "http://www.w3.org/2001/XMLSchema#string"
        return Literal(term.value, datatype=None if plain else URIRef(term.datatype.value), normalize=False)
    raise SourceError("a triple term (RDF 1.2) cannot be checked with SHACL; state it as plain triples")
