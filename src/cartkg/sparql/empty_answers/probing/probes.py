"""Probe an engine with small queries about one query, within limits of number and time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

from cartkg.errors import CartkgError, LimitExceeded
from cartkg.evaluation.datasets import clauses
from cartkg.evaluation.syntax import prologue, tokens
from cartkg.formats import JSON, TSV
from cartkg.namespaces import BASE, GRAPH_ASSERTED
from cartkg.namespaces import Prefixes as Names
from cartkg.sparql.empty_answers.probing.values import Value, read
from cartkg.sparql.engines.engine import Operation
from cartkg.sparql.protocol.requests import Cut, Dataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cartkg.formats import Format
    from cartkg.sparql.empty_answers.probing.patterns import PatternOutline, PatternPart
    from cartkg.sparql.engines.engine import Engine

SECONDS = 2.0
#: Seconds for all questions about one query together, and how many there may be.
PATIENCE = 8.0
MOST = 300
_VALUES = 20_000
#: Graphs that are named where many hold a pattern.
_GRAPHS = 3
NO_NAMED_GRAPH = (
    f"<{GRAPH_ASSERTED}> is not a named graph but stands for all that is stated: name it in FROM or default-graph-uri, "
    "and leave out GRAPH"
)


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


@dataclass(slots=True)
class _Budget:
    """How many questions were asked about a query, and until when more may be."""

    until: float
    asked: int = 0


class Probes:
    """The probes for one query."""

    def __init__(self, engine: Engine, found: PatternOutline, dataset: Dataset, unknown: tuple[str, ...] = ()) -> None:
        """Ask as the query does: with its prologue, its FROM clauses and the request's dataset.

        `unknown` are functions that the query calls and no one defines.
        """
        self.unknown = unknown
        self.found = found
        self._engine = engine
        self._dataset = dataset
        self._budget = _Budget(monotonic() + PATIENCE)
        self._kept: dict[tuple[str, str, bool], list[Value]] = {}
        self._is_block = False
        declared = prologue(found.prologue, BASE)
        self._prefixes = declared.prefixes
        self._names = Names(declared.prefixes)

    def within(self, graphs: tuple[str, ...]) -> Probes:
        """Return the same probes for the inside of a GRAPH block, where some graphs are all that is asked."""
        found = replace(self.found, dataset="")
        inner = Probes(self._engine, found, Dataset(graphs), self.unknown)
        inner._budget = self._budget  # of the same class
        inner._is_block = True  # as above
        return inner

    def instead(self, graph: GraphName, iri: str) -> Probes:
        """Return the same probes with another graph in place of one that the query or the request names."""
        default, named = (
            tuple(iri if one == graph.iri else one for one in names)
            for names in (self._dataset.default_graphs, self._dataset.named_graphs)
        )
        found = replace(self.found, dataset=self.found.dataset.replace(graph.term, f"<{iri}>"))
        other = Probes(self._engine, found, Dataset(default, named), self.unknown)
        other._budget = self._budget  # of the same class
        return other

    @property
    def bounded(self) -> bool:
        """Return whether the query or the request names the graphs to ask."""
        return bool(self.found.dataset or self._dataset)

    @property
    def graphs(self) -> tuple[GraphName, ...]:
        """Return the graphs that the request names, else those of the query's FROM clauses."""
        if self._dataset:
            named = {False: self._dataset.default_graphs, True: self._dataset.named_graphs}
            return tuple(GraphName(f"<{iri}>", iri, is_named) for is_named, iris in named.items() for iri in iris)
        found = clauses(f"{self.found.prologue} {self.found.dataset}", {}, BASE)
        return tuple(GraphName(clause.source.text, clause.iri, clause.named) for clause in found)

    @property
    def stated_only(self) -> bool:
        """Return whether the default graph asked is `graph/asserted`."""
        return any(graph.iri == GRAPH_ASSERTED and not graph.named for graph in self.graphs)

    def iri(self, term: str) -> str:
        """Return the name in full of an IRI or a prefixed name."""
        return next((row[0].text for row in self.rows(f"(({term}) AS ?x)", "")), "")

    def expand(self, name: str) -> str:
        """Return the IRI of a short name by the prefixes that the query declares; empty when it is none."""
        return self._names.expand(name) or ""

    def short(self, iri: str) -> str:
        """Write an IRI as the query would: by a prefix that it declares, else in full."""
        return self._names.compact(iri) or f"<{iri}>"

    def write(self, literal: str) -> str:
        """Write a literal with its datatype as the query would."""
        return re.sub(r"\^\^<([^<>]*)>$", lambda match: f"^^{self.short(match[1])}", literal)

    def holds(self, body: str, *, anywhere: bool = False) -> bool:
        """Return whether a group of patterns has a solution; `anywhere` leaves FROM out. A malformed one has none.

        Raises:
            LimitExceeded: too many questions were asked, or this one met a limit.
        """
        clauses, dataset = ("", Dataset()) if anywhere else (self.found.dataset, self._dataset)
        try:
            answer = self._answer(f"{self.found.prologue} ASK {clauses} {{ {body} }}", JSON, dataset)
        except LimitExceeded:
            raise
        except CartkgError:
            return False
        return b"true" in answer

    def may_hold(self, body: str) -> bool:
        """Return whether a group is known to have a solution; one that takes too long is not known to."""
        try:
            return self.holds(body)
        except LimitExceeded:
            self.check()
            return False

    def parts(self, chosen: Iterable[PatternPart]) -> bool:
        """Return whether some parts of the query have a solution together, in the order in which they are there."""
        return self.holds(self.text(chosen))

    def text(self, chosen: Iterable[PatternPart]) -> str:
        """Write parts of the query in the order in which they are there, then any others."""
        wanted = {id(part): part for part in chosen}
        own = [part for part in self.found.parts if wanted.pop(id(part), None)]
        return "\n".join(part.text for part in [*own, *wanted.values()])

    def occurs(self, term: str) -> bool:
        """Return whether a term occurs at all in the graphs asked."""
        return self.holds(anywhere_of(term))

    def elsewhere(self, term: str) -> str:
        """Return a message if a term occurs, but in none of the graphs that the query or the request names."""
        if self.iri(term) == GRAPH_ASSERTED:
            return NO_NAMED_GRAPH
        if not (self.bounded and self.holds(triples_of(term), anywhere=True)):
            return ""
        as_property = f"?s {term} ?o"
        is_property = not is_literal(term) and self.holds(as_property, anywhere=True)
        held = self.listed(self.holders(as_property if is_property else triples_of(term)))
        if self.stated_only:
            where = f" ({held})" if held else ""
            return (
                f"it is inferred{where}, and <{GRAPH_ASSERTED}> excludes inferred triples: "
                "run the query without naming that graph"
            )
        if self._is_block:
            return f"it occurs in graphs that this GRAPH does not read{f': {held}' if held else ''}"
        where = f" ({held})" if held else ""
        return f"it occurs in graphs that the query does not read{where}: remove FROM, or name these graphs too"

    def not_here(self, body: str) -> str:
        """Return a message that the graphs read lack a group, and which graphs contain it."""
        held = self.listed(self.holders(body))
        asked = (
            "the graph that GRAPH reads does not contain it"
            if self._is_block
            else "the graphs that the query names do not contain it"
        )
        return f"{asked}, others do{f': {held}' if held else ''}"

    def holders(self, body: str, rest: str = "") -> list[str]:
        """Return the names of at most a few graphs that each contain a group, whether or not the query reads them.

        Args:
            body: the group.
            rest: what must hold beside it.
        """
        named = f"{rest}\nGRAPH ?holder {{ {body} }}"
        return [row[0].text for row in self.rows("DISTINCT ?holder", named, f"LIMIT {_GRAPHS + 1}", anywhere=True)]

    def listed(self, names: Sequence[str]) -> str:
        """Write the names of graphs that hold something, as the query would."""
        shown = [self.short(name) for name in names[:_GRAPHS]]
        return ", ".join([*shown, *(["others"] if len(names) > _GRAPHS else [])])

    def rows(self, head: str, body: str, tail: str = "", *, anywhere: bool = False) -> list[tuple[Value, ...]]:
        """Return the rows of a SELECT without their unbound cells; none when it fails or takes too long.

        Raises:
            LimitExceeded: the questions about this query took too long together.
        """
        clauses, dataset = ("", Dataset()) if anywhere else (self.found.dataset, self._dataset)
        query = f"{self.found.prologue} SELECT {head} {clauses} {{ {body} }} {tail}"
        try:
            lines = self._answer(query, TSV, dataset).decode().split("\n")[1:-1]
        except CartkgError:
            self.check()
            return []
        return [row for line in lines if (row := tuple(read(cell) for cell in line.split("\t") if cell))]

    def values(self, body: str, variable: str, *, anywhere: bool = False) -> list[Value]:
        """Return distinct values of a variable in the solutions of a group, up to a number."""
        key = (body, variable, anywhere)
        if key not in self._kept:
            found = self.rows(f"DISTINCT {variable}", body, f"LIMIT {_VALUES}", anywhere=anywhere)
            self._kept[key] = [row[0] for row in found]
        return self._kept[key]

    def names(self, body: str, variable: str, *, anywhere: bool = False) -> list[str]:
        """Return distinct IRIs that a variable has in the solutions of a group, up to a number."""
        group = f"{body} FILTER(isIRI({variable}))"
        return [value.text for value in self.values(group, variable, anywhere=anywhere)]

    def check(self) -> None:
        """Go on only while there is time and the number of questions is not used up.

        Raises:
            LimitExceeded: there is none left.
        """
        if self._budget.asked > MOST or monotonic() > self._budget.until:
            raise LimitExceeded("this query needs too many probes to explain", limit="busy")

    def _answer(self, query: str, form: Format, dataset: Dataset) -> bytes:
        self._budget.asked += 1
        self.check()
        seconds = max(min(SECONDS, self._budget.until - monotonic()), 0.01)
        return self._engine.answer(Operation(query, form, dataset, seconds, Cut.MARK)).body


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
    return first is not None and (
        first.kind in {"string", "number"} or first.text in {"+", "-"} or first.text.lower() in {"true", "false"}
    )


def is_constant(term: str) -> bool:
    """Return whether a term as written is an IRI or a literal."""
    return bool(term) and not term.startswith(("?", "$", "_:", "[", "("))


def is_name(term: str) -> bool:
    """Return whether a term as written is an IRI, a prefixed name, or `a`."""
    found = list(tokens(term))
    return len(found) == 1 and (found[0].kind in {"iri", "name"} or term == "a")


def with_variable(text: str, variable: str, other: str) -> str:
    """Write another term in place of a variable, whether it is written with a question mark or a dollar sign."""
    return re.sub(rf"[?$]{re.escape(variable[1:])}\b", lambda _: other, text)
