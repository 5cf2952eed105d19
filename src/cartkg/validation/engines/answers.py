"""What constraints in SPARQL ask, answered: facts and shapes in one store, solutions out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph

from cartkg.evaluation.bounds import JobBounds, Stopped
from cartkg.evaluation.evaluator import Evaluator
from cartkg.evaluation.guarding import Failure, Fault
from cartkg.evaluation.syntax import decode
from cartkg.validation.constraints.prebinding import skolem, unskolem
from cartkg.validation.rdf.terms import bare
from cartkg.validation.shapes.sparql import SHAPES_GRAPH

if TYPE_CHECKING:
    from cartkg.evaluation.evaluator import Answer
    from cartkg.validation.constraints.core import BoundQuery, Solution
    from cartkg.validation.constraints.prebinding import Template
    from cartkg.validation.rdf.facts import Facts


class DataQueries:
    """Answers queries about a data graph and its shapes; to be closed after use.

    Most queries look at no named graph, and so not at the shapes: those have a store without them.
    """

    def __init__(self, facts: Facts, shapes: Facts, bounds: JobBounds) -> None:
        """Prepare; `bounds` are those of one query with all its bindings."""
        self._facts = facts
        self._shapes = shapes
        self._bounds = bounds
        self._evaluators: dict[bool, Evaluator] = {}

    def ask(self, asked: BoundQuery) -> list[list[Solution]] | Stopped | str:
        """Return the solutions for each binding; an ASK gives one empty solution for true.

        Of a query that had to be stopped, return why; of one that cannot be evaluated, what the engine says.
        """
        texts = [asked.query.fill(bound, blanks=self._facts.blanks) for bound in asked.bindings]
        solutions: list[list[Solution]] = []
        for answer in self._evaluator(named=_asks_named(asked.query)).ask_together(texts):
            if isinstance(answer, Failure):
                stopped = answer.fault in {Fault.STOPPED, Fault.SYSTEM}
                return Stopped(answer.message, answer.fault is Fault.SYSTEM) if stopped else answer.message
            solutions.append(_solutions(answer))
        return solutions

    def close(self) -> None:
        """End what evaluates queries."""
        for each in self._evaluators.values():
            each.close()

    def _evaluator(self, *, named: bool) -> Evaluator:
        if named not in self._evaluators:
            store = _store(self._facts, self._shapes if named else None)
            self._evaluators[named] = Evaluator(store, bounds=self._bounds)
        return self._evaluators[named]


def _asks_named(query: Template) -> bool:
    """Return whether a query may look at a named graph: it needs the word GRAPH, since FROM is refused."""
    return any(isinstance(part, str) and "GRAPH" in decode(part).upper() for part in query.parts)


def _solutions(answer: Answer) -> list[Solution]:
    if isinstance(answer, pyoxigraph.QueryBoolean):
        return [{}] if answer else []
    assert isinstance(answer, pyoxigraph.QuerySolutions)  # noqa: S101  # SELECT and ASK are all that shapes hold
    names = [variable.value for variable in answer.variables]
    return [{name: unskolem(str(term)) for name in names if (term := row[name]) is not None} for row in answer]


def _store(facts: Facts, shapes: Facts | None) -> pyoxigraph.Store:
    store = pyoxigraph.Store()
    store.load(_n_triples(facts), pyoxigraph.RdfFormat.N_TRIPLES)
    if shapes is not None:
        name = pyoxigraph.NamedNode(bare(SHAPES_GRAPH))
        store.load(_n_triples(shapes), pyoxigraph.RdfFormat.N_TRIPLES, to_graph=name)
    return store


def _n_triples(facts: Facts) -> str:
    return "\n".join(
        f"{skolem(subject)} {predicate} {skolem(value)} ."
        for predicate, column in facts.columns.items()
        for subject, objects in column.items()
        for value in objects
    )
