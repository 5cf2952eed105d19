"""Small questions about one query, asked of an engine; their number and their time are bounded."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import CartkgError, LimitExceeded
from cartkg.evaluation.datasets import clauses
from cartkg.evaluation.syntax import tokens
from cartkg.formats import CSV, JSON, TSV
from cartkg.namespaces import BASE, GRAPH_ASSERTED
from cartkg.nearest import suggest
from cartkg.sparql.engines.engine import Operation
from cartkg.sparql.protocol.requests import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.formats import Format
    from cartkg.sparql.empty_answers.patterns import Outline, Part
    from cartkg.sparql.engines.engine import Engine

_SECONDS = 2.0
_MOST = 80
_CANDIDATES = 400
_NEAR = 3
_START = 3
_WORD = 5
_WHERE = {
    "predicate": "?s ?x ?o",
    "class": "?s a ?x",
    "subject": "?x ?p ?o",
    "object": "?s ?p ?x",
    "graph": "GRAPH ?x { }",
}


@dataclass(frozen=True, slots=True)
class GraphName:
    """A graph that the query or the request names for its dataset.

    Attributes:
        term: as SPARQL writes it.
        iri: its name in full.
        named: whether it is asked by GRAPH, not as a part of the default graph.
    """

    term: str
    iri: str
    named: bool


class Probes:
    """What is asked about one query."""

    def __init__(self, engine: Engine, found: Outline, dataset: Dataset) -> None:
        """Ask as the query does: with its prologue, its FROM clauses and the request's dataset."""
        self._engine = engine
        self._found = found
        self._dataset = dataset
        self._asked = 0

    @property
    def bounded(self) -> bool:
        """Return whether the query or the request names the graphs to ask."""
        return bool(self._found.dataset or self._dataset)

    @property
    def graphs(self) -> tuple[GraphName, ...]:
        """Return the graphs that the request names, else those of the query's FROM clauses."""
        if self._dataset:
            named = {False: self._dataset.default_graphs, True: self._dataset.named_graphs}
            return tuple(GraphName(f"<{iri}>", iri, is_named) for is_named, iris in named.items() for iri in iris)
        found = clauses(f"{self._found.prologue} {self._found.dataset}", {}, BASE)
        return tuple(GraphName(clause.source.text, clause.iri, clause.named) for clause in found)

    @property
    def stated_only(self) -> bool:
        """Return whether the default graph asked is `graph/asserted`."""
        return any(graph.iri == GRAPH_ASSERTED and not graph.named for graph in self.graphs)

    def iri(self, term: str) -> str:
        """Return the name in full of an IRI or a prefixed name."""
        return next(iter(self._column(f"SELECT (STR({term}) AS ?x) {{}}")), "")

    def holds(self, body: str, *, anywhere: bool = False) -> bool:
        """Return whether a group of patterns has a solution; `anywhere` leaves FROM out. A malformed one has none.

        Raises:
            LimitExceeded: too many questions were asked, or this one met a limit.
        """
        clauses, dataset = ("", Dataset()) if anywhere else (self._found.dataset, self._dataset)
        try:
            answer = self._answer(f"{self._found.prologue} ASK {clauses} {{ {body} }}", JSON, dataset)
        except LimitExceeded:
            raise
        except CartkgError:
            return False
        return b"true" in answer

    def parts(self, chosen: Iterable[Part]) -> bool:
        """Return whether some parts of the query have a solution together, in the order in which they stand there."""
        wanted = set(map(id, chosen))
        return self.holds("\n".join(part.text for part in self._found.parts if id(part) in wanted))

    def occurs(self, term: str) -> bool:
        """Return whether a term occurs at all in the graphs asked."""
        return self.holds(anywhere_of(term))

    def elsewhere(self, term: str) -> str:
        """Say when a term is there, but in none of the graphs that the query or the request names."""
        if not (self.bounded and self.holds(triples_of(term), anywhere=True)):
            return ""
        if self.stated_only:
            return f"reasoning adds it, and <{GRAPH_ASSERTED}> leaves it out: ask without naming that graph"
        return "it occurs in graphs that the query does not ask: leave out FROM, or name them too"

    def near(self, term: str, place: str) -> tuple[str, ...]:
        """Return what a term may have been meant for, likeliest first: IRIs in full, literals as SPARQL writes them."""
        if is_literal(term):
            return self.near_literals(term, "?p")
        whole = self.iri(term)
        local = local_name(whole)
        start = local[:_START].lower().replace("\\", "").replace('"', "")
        pattern = _WHERE[place]
        beside = f'{pattern} FILTER(isIRI(?x) && STRSTARTS(STR(?x), "{whole.removesuffix(local)}"))'
        like = f'{pattern} FILTER(isIRI(?x) && CONTAINS(LCASE(STR(?x)), "{start}"))'
        names = self._column(f"SELECT DISTINCT ?x {{ {beside} }} LIMIT {_CANDIDATES}")
        names += self._column(f"SELECT DISTINCT ?x {{ {like} }} LIMIT {_CANDIDATES}")
        names += self._column(f"SELECT DISTINCT ?x {{ {pattern} FILTER(isIRI(?x)) }} LIMIT {_CANDIDATES}")
        return _closest(whole, local, names)

    def near_literals(self, term: str, predicate: str) -> tuple[str, ...]:
        """Return literals like one: the same text with another tag, type or case, a text in it, a similar text."""
        bare = f"LCASE(STR({next((one.text for one in tokens(term) if one.text not in {'+', '-'}), term)}))"
        where = f"?s {predicate} ?x . FILTER(isLiteral(?x) && "
        same = self._terms(f"{where}LCASE(STR(?x)) = {bare})", _NEAR)
        if same:
            return same
        inside = self._terms(f"{where}STRLEN(STR(?x)) > {_WORD} && CONTAINS({bare}, LCASE(STR(?x))))", _NEAR)
        if inside:
            return inside
        start = f"SUBSTR({bare}, 1, {_WORD})"
        length = f"ABS(STRLEN(STR(?x)) - STRLEN({bare}))"  # of many that begin alike, a similar one is about as long
        alike = self._terms(f"{where}STRSTARTS(LCASE(STR(?x)), {start}))", _CANDIDATES, length)
        texts = {one.lower(): one for one in sorted(alike, key=lambda one: _in_common(one, term))}
        return tuple(texts[one] for one in suggest(term.lower(), texts, _NEAR))

    def _column(self, query: str) -> list[str]:
        body = self._answer(f"{self._found.prologue} {query}", CSV, Dataset()).decode()
        return [row[0] for row in csv.reader(io.StringIO(body, newline="")) if row][1:]

    def _terms(self, where: str, most: int, first: str = "") -> tuple[str, ...]:
        """Return terms as SPARQL writes them, which is how TSV does; those with the least of `first` come first."""
        order = f"ORDER BY {first}" if first else ""
        query = f"{self._found.prologue} SELECT DISTINCT ?x {{ {where} }} {order} LIMIT {most}"
        return tuple(line for line in self._answer(query, TSV, Dataset()).decode().split("\n")[1:] if line)

    def _answer(self, query: str, form: Format, dataset: Dataset) -> bytes:
        self._asked += 1
        if self._asked > _MOST:
            raise LimitExceeded("too many questions about one query", limit="busy")
        return self._engine.answer(Operation(query, form, dataset, _SECONDS)).body


def _in_common(one: str, other: str) -> int:
    """Count the places at which two texts have the same character: of spellings that differ in case, the same wins."""
    return sum(mine == theirs for mine, theirs in zip(one, other, strict=False))


def triples_of(term: str) -> str:
    """Return the pattern of all triples that hold a term."""
    if is_literal(term):
        return f"{{ ?s ?p {term} }}"
    return f"{{ ?s ?p {term} }} UNION {{ {term} ?p ?o }} UNION {{ ?s {term} ?o }}"


def anywhere_of(term: str) -> str:
    """Return the pattern that holds when a term occurs as part of a triple or as the name of a graph."""
    return triples_of(term) + ("" if is_literal(term) else f" UNION {{ GRAPH {term} {{ }} }}")


def is_literal(term: str) -> bool:
    """Return whether a term as written is a literal."""
    first = next(tokens(term), None)
    return first is not None and (first.kind in {"string", "number", "word"} or first.text in {"+", "-"})


def local_name(iri: str) -> str:
    """Return the last part of an IRI."""
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2]


def _closest(whole: str, local: str, names: Iterable[str]) -> tuple[str, ...]:
    """Order candidate IRIs: the same but for case, then the same local name, then similar ones.

    Of those with one local name the one counts whose start is most like the one meant.
    """
    unique = sorted(dict.fromkeys(names), key=lambda name: -_shared(name, whole))
    by_local = {local_name(name).lower(): name for name in reversed(unique)}
    same = [name for name in unique if name.lower() == whole.lower()]
    same += [by_local[local.lower()]] if local.lower() in by_local else []
    similar = suggest(local.lower(), by_local, _NEAR)
    return tuple(dict.fromkeys([*same, *(by_local[name] for name in similar)]))[:_NEAR]


def _shared(one: str, other: str) -> int:
    """Count the characters that two texts begin with alike."""
    return next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), len(one))
