"""Text of a query in, the graphs that it asks out: the union of all, what is stated, or those that FROM names.

A store that is asked holds what is stated in its own default graph, so that `graph/asserted` takes no memory and is as
fast as a single graph. `DERIVED_GRAPHS` are read beside it: three look-ups for a pattern instead of one in each of some
two hundred graphs. pyoxigraph does not compare the graphs that it reads side by side, so a triple that is stated is not
held in a derived graph as well (`unite` removes it there).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urljoin

import pyoxigraph as ox

from cartkg.evaluation.syntax import decode, prologue, tokens
from cartkg.namespaces import DERIVED_GRAPHS, GRAPH_ASSERTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cartkg.evaluation.syntax import Token

_STATED = ox.DefaultGraph()
_DERIVED = tuple(map(ox.NamedNode, DERIVED_GRAPHS))
_NAMES = ", ".join(map(str, _DERIVED))
_UNITE = f"INSERT {{ ?s ?p ?o }} WHERE {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(?g NOT IN ({_NAMES})) }}"
_ESCAPED = re.compile(r"\\(.)")


class ChosenDataset(TypedDict, total=False):
    """Arguments of pyoxigraph's `Store.query`; without them it asks its own default graph, or what FROM names."""

    default_graph: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph]
    named_graphs: list[ox.NamedNode | ox.BlankNode]


@dataclass(frozen=True, slots=True)
class DatasetClause:
    """A FROM or FROM NAMED of a query.

    Attributes:
        token: the word FROM.
        source: the name that follows, as written.
        iri: the name in full; a relative one when the query has no base.
        named: whether it is FROM NAMED.
    """

    token: Token
    source: Token
    iri: str
    named: bool


def unite(store: ox.Store) -> None:
    """Copy what is stated into the default graph, and keep each triple of a derived graph in the first that has it."""
    copy_stated(store)
    keep_apart(store)


def keep_apart(store: ox.Store) -> None:
    """Keep each triple of a derived graph only there, and only in the first that has it, unless it is stated."""
    for place, graph in enumerate(_DERIVED):
        if store.contains_named_graph(graph):
            before = [f"GRAPH {each} {{ ?s ?p ?o }}" for each in _DERIVED[:place]]
            held = " UNION ".join(f"{{ {each} }}" for each in ("?s ?p ?o", *before))
            store.update(f"DELETE {{ GRAPH {graph} {{ ?s ?p ?o }} }} WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} {held} }}")


def copy_stated(store: ox.Store) -> None:
    """Copy what is stated into the default graph; for a store in which nothing is both stated and derived."""
    store.update(_UNITE)


def derived(store: ox.Store) -> tuple[ox.NamedNode, ...]:
    """Return the derived graphs that a store has."""
    return tuple(graph for graph in _DERIVED if store.contains_named_graph(graph))


def of_query(
    text: str, prefixes: Mapping[str, str], beside: Sequence[ox.NamedNode] = (), *, base: str = ""
) -> ChosenDataset:
    """Choose the graphs of a query by its FROM clauses.

    Args:
        text: the query, escapes not yet decoded.
        prefixes: what it may use without declaring it.
        beside: derived graphs that its default graph holds too when it has no FROM clause.
        base: what relative names are resolved against when the query declares no base.
    """
    found = list(clauses(text, prefixes, base)) if mentions(text) else []
    if not found:
        return {"default_graph": [_STATED, *beside]} if beside else {}
    default = [clause.iri for clause in found if not clause.named]
    if GRAPH_ASSERTED not in default:
        return {}
    return of_names(default, [clause.iri for clause in found if clause.named])


def of_names(default: Iterable[str], named: Iterable[str]) -> ChosenDataset:
    """Choose graphs by their names, as a request to the endpoint gives them; `graph/asserted` stands for its parts."""
    names = list(dict.fromkeys(default))
    parts = {GRAPH_ASSERTED, *DERIVED_GRAPHS}
    graphs = [ox.NamedNode(name) for name in names if GRAPH_ASSERTED not in names or name in parts - {GRAPH_ASSERTED}]
    return {
        "default_graph": [_STATED, *graphs] if GRAPH_ASSERTED in names else [*graphs],
        "named_graphs": [ox.NamedNode(name) for name in dict.fromkeys(named)],
    }


def mentions(text: str) -> bool:
    """Return whether a query may have a FROM clause; a word in a string or a comment counts too."""
    return "\\" in text or "from" in text.lower()


def clauses(text: str, prefixes: Mapping[str, str], base: str = "") -> Iterator[DatasetClause]:
    """Go through the FROM clauses of a query, in the order of the text; offsets are those of the decoded text."""
    start = prologue(text, base)
    declared = {**prefixes, **start.prefixes}
    read = tokens(decode(text))
    for token in read:
        word = token.text.upper() if token.kind == "word" else ""
        if word == "FROM" and (source := next(read, None)) is not None:
            named = source.kind == "word" and source.text.upper() == "NAMED"
            source = next(read, None) if named else source
            if source is not None:
                yield DatasetClause(token, source, _iri(source, declared, start.base), named)


def _iri(source: Token, declared: Mapping[str, str], base: str) -> str:
    if source.kind == "iri":
        return urljoin(base, source.text[1:-1])
    prefix, _, local = source.text.partition(":")
    return declared.get(prefix, "") + _ESCAPED.sub(r"\1", local)
