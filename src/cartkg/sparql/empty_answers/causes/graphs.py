"""Explain a GRAPH block that matches nothing in the graphs that it reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.namespaces import GRAPH_ASSERTED
from cartkg.sparql.empty_answers.probing.causes_found import BROKEN, Absent, Diagnosis
from cartkg.sparql.empty_answers.probing.probes import NO_NAMED_GRAPH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.sparql.empty_answers.probing.patterns import PatternPart
    from cartkg.sparql.empty_answers.probing.probes import Probes
    from cartkg.sparql.empty_answers.probing.things import Things


class GraphJudge:
    """Find why a GRAPH block matches nothing: its name, the dataset, or that its pattern is in other graphs."""

    def __init__(self, probes: Probes, things: Things, part: PatternPart, before: Sequence[PatternPart]) -> None:
        """Look at a block and at the parts that have matches without it."""
        self._probes = probes
        self._things = things
        self._part = part
        self._rest = probes.text(before)
        self._body = part.text[part.text.index("{") :]

    @property
    def scope(self) -> tuple[str, ...]:
        """Return the names of the graphs that the block asks; empty when it asks all."""
        if self._part.graph:
            return (self._probes.iri(self._part.graph),)
        return tuple(graph.iri for graph in self._probes.graphs if graph.named)

    @property
    def is_flat(self) -> bool:
        """Return whether the block has no other GRAPH inside, so that its pattern is asked of its graphs alone."""
        return "GRAPH" not in self._body.upper()

    def of_name(self) -> Diagnosis | None:
        """Judge the name and the dataset; None when there are graphs to ask."""
        part, named = self._part, [graph for graph in self._probes.graphs if graph.named]
        if part.graph and self._probes.iri(part.graph) == GRAPH_ASSERTED:
            return Diagnosis(BROKEN, NO_NAMED_GRAPH, part)
        if self._probes.bounded and not named:
            reason = (
                "FROM fills the default graph only, and GRAPH asks named graphs: write FROM NAMED, or leave out GRAPH"
            )
            return Diagnosis(BROKEN, reason, part)
        if not part.graph or self._probes.may_hold(f"GRAPH {part.graph} {{ }}"):
            return None
        if self._probes.bounded and self._probes.holds(f"GRAPH {part.graph} {{ }}", anywhere=True):
            names = ", ".join(graph.term for graph in named)
            reason = f"FROM NAMED excludes {part.graph}, because it names only {names}: add FROM NAMED {part.graph}"
            return Diagnosis(BROKEN, reason, part)
        near = self._things.near(part.graph, "graph", "", "")
        near = tuple(one for one in near if self._probes.may_hold(f"{self._rest} GRAPH <{one}> {self._body}"))
        return Diagnosis(BROKEN, f"there is no graph {part.graph}", part, (Absent(part.graph, near),))

    def elsewhere(self, failing: PatternPart | None) -> Diagnosis | None:
        """Name the graphs that hold what the block asks; None when none does, together or alone.

        Args:
            failing: the first part of the block that its graphs do not hold; None when they hold each.
        """
        names = self._probes.holders(self._body, self._rest)
        if self._probes.bounded:
            if not self.scope or not names:
                return None
            asked = (
                "the graphs that FROM NAMED names do" if len(self.scope) > 1 else f"{self._short(self.scope[0])} does"
            )
            reason = f"{asked} not contain this; other graphs do, but no FROM NAMED names them: {self._listed(names)}"
            return Diagnosis(BROKEN, reason, self._part)
        if not self._probes.may_hold(f"{self._rest}\n{self._body}"):
            return None
        if not self._part.graph:
            reason = "no single graph contains all of this; the parts are in different graphs and match without GRAPH"
            return Diagnosis(BROKEN, reason, self._part, (), self._body)
        if names:
            hint = f"GRAPH {self._probes.short(names[0])} {self._body}" if len(names) == 1 else self._body
            reason = f"other graphs contain this, the one named does not: {self._listed(names)}"
            return Diagnosis(BROKEN, reason, self._part, (), hint)
        return self._apart(failing)

    def _apart(self, failing: PatternPart | None) -> Diagnosis:
        """Say which part of the block another graph contains; the hint moves it out of the block."""
        names = self._probes.holders(failing.text) if failing and failing.kind == "triple" else []
        if failing is None or not names:
            reason = "no single graph contains all of this; the parts are in different graphs and match without GRAPH"
            return Diagnosis(BROKEN, reason, self._part, (), self._body)
        without = self._part.text.replace(failing.text.removesuffix(" ."), "", 1)
        closed = re.sub(r"[\s.]*}$", " }", without)
        moved = f"{closed} {failing.text}"
        hint = moved if without != self._part.text and self._probes.may_hold(f"{self._rest}\n{moved}") else self._body
        reason = f"{self._part.graph} does not contain {failing.text.removesuffix(' .')}, other graphs do"
        return Diagnosis(BROKEN, f"{reason}: {self._listed(names)}", self._part, (), hint)

    def _listed(self, names: Sequence[str]) -> str:
        return self._probes.listed(names)

    def _short(self, name: str) -> str:
        return self._probes.short(name)
