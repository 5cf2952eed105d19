"""Find the part that leaves a query without rows, and the cause."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cartkg.evaluation.syntax import tokens
from cartkg.namespaces import GRAPH_ASSERTED
from cartkg.sparql.empty_answers.causes.filters import FilterJudge, denies, undefined
from cartkg.sparql.empty_answers.causes.graphs import GraphJudge
from cartkg.sparql.empty_answers.causes.listed import ListJudge
from cartkg.sparql.empty_answers.causes.triples import TripleJudge, TripleSpot, short_literal_or
from cartkg.sparql.empty_answers.probing.causes_found import BROKEN, NO_MATCH, NOT_EMPTY, Absent, Diagnosis
from cartkg.sparql.empty_answers.probing.likeness import local_name
from cartkg.sparql.empty_answers.probing.patterns import PatternPart, branches, steps, variables
from cartkg.sparql.empty_answers.probing.probes import NO_NAMED_GRAPH, is_constant, is_literal, is_name
from cartkg.sparql.empty_answers.probing.things import TYPE, Things
from cartkg.sparql.empty_answers.probing.values import meant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cartkg.sparql.empty_answers.probing.patterns import PatternOutline
    from cartkg.sparql.empty_answers.probing.probes import Probes

_ORDER = {"triple": 0, "group": 0, "values": 1, "bind": 2, "optional": 3, "minus": 4, "filter": 5}
_CUTS = ("HAVING", "LIMIT", "OFFSET")
#: Slashes in the name of a term; the names of what single dossiers state are longer.
_SHALLOW = 5
_FUNCTIONS = {"contains": "CONTAINS", "regex": "REGEX", "search": "CONTAINS", "query": "CONTAINS", "match": "REGEX"}


class Emptiness:
    """Find what leaves a query without rows."""

    def __init__(self, found: PatternOutline, probes: Probes) -> None:
        """Examine the parts of a query; it is assumed to be well-formed and allowed."""
        self._found = found
        self._probes = probes
        self.things = Things(probes)

    def diagnose(self) -> Diagnosis:
        """Find the part that leaves no rows: graphs first, then triples, then parts that bind, remove and test.

        Raises:
            LimitExceeded: it takes too many questions, or one of them too long.
        """
        missing = tuple(self._missing_graphs())
        if missing and not self._probes.parts(self._found.parts):
            names = ", ".join(one.term for one in missing)
            return Diagnosis(BROKEN, f"there is no graph {names}, which the query asks", None, missing)
        failing = self.first_failing(self._found.parts, ())
        if failing:
            return self.judge(*failing)
        said = [word for word in _CUTS if word in self._found.rest.upper()]
        cause = f"an empty answer comes from {' or '.join(said) or 'what follows it'}"
        return Diagnosis(NOT_EMPTY, f"the pattern has solutions; {cause}")

    def first_failing(
        self, parts: Sequence[PatternPart], before: Sequence[PatternPart]
    ) -> tuple[PatternPart, list[PatternPart]] | None:
        """Return the first part that leaves no solution of those before it, and those; None if all match together."""
        held = list(before)
        for part in sorted(parts, key=lambda one: (_ORDER[one.kind], not _is_class(one))):
            if part.kind != "optional" and not self._probes.parts([*held, part]):
                return part, held
            held.append(part)
        return None

    def judge(self, part: PatternPart, before: list[PatternPart]) -> Diagnosis:
        """Find the cause for the part that leaves no rows."""
        graphs = self._probes.graphs
        if graphs and all(graph.named for graph in graphs) and part.kind == "triple":
            reason = "FROM NAMED fills named graphs only, so the default graph is empty: write GRAPH ?g { } around it"
            return Diagnosis(BROKEN, f"{reason}, or FROM", part)
        if part.kind == "triple":
            return self._triple(part, self._probes.text(before))
        if part.kind in {"values", "bind"}:
            return undefined(self._probes, part) or ListJudge(self._probes, self.things, part, before).judge()
        if part.text.upper().startswith("GRAPH"):
            return self._graph(part, before)
        if part.kind == "minus":
            return self._taken(part, before, "MINUS")
        if part.kind == "filter" and "EXISTS" not in part.text.upper():
            return self._filter(part, before)
        if part.kind == "filter" and denies(part.text):
            return self._taken(part, before, "FILTER NOT EXISTS")
        return self.within(part, before)

    def _missing_graphs(self) -> Iterator[Absent]:
        for graph in self._probes.graphs:
            if graph.iri == GRAPH_ASSERTED:
                if graph.named:
                    yield Absent(graph.term, (), NO_NAMED_GRAPH)
            elif not self._probes.holds(f"GRAPH {graph.term} {{ }}", anywhere=True):
                near = self.things.near(graph.term, "graph", "", "")
                text = self._probes.text(self._found.parts)
                good = tuple(one for one in near if self._probes.instead(graph, one).may_hold(text))
                yield Absent(graph.term, good or near[:1])

    def _filter(self, part: PatternPart, before: list[PatternPart]) -> Diagnosis:
        """Judge a FILTER; where it tests what no OPTIONAL gives, the OPTIONAL is at fault."""
        found = FilterJudge(self._probes, self.things, part, before).judge()
        if "is never bound" not in found.reason:
            return found
        own = [one for one in before if one.kind != "optional"]
        for optional in (one for one in before if one.kind == "optional"):
            if set(variables(part.text)) & set(variables(optional.text)) and self.is_dead(optional, own):
                cause = self.within(optional, own)
                absent = tuple(self._passing(one, optional, part, own) for one in cause.absent)
                return replace(found, reason=f"{found.reason}: {cause.reason}", absent=absent, hint="")
        return found

    def _passing(self, absent: Absent, optional: PatternPart, part: PatternPart, before: list[PatternPart]) -> Absent:
        """Keep what may have been meant in an OPTIONAL and passes the FILTER after it."""
        rest = self._probes.text(before)
        texts = {one: optional.text.replace(absent.term, f"<{one}>") for one in absent.near}
        good = [one for one, text in texts.items() if self._probes.may_hold(f"{rest}\n{text}\n{part.text}")]
        return replace(absent, near=tuple(good))

    def is_dead(self, part: PatternPart, before: list[PatternPart]) -> bool:
        """Return whether no branch of an OPTIONAL, UNION or EXISTS matches together with other parts."""
        rest = self._probes.text(before)
        return not any(
            self._probes.holds(f"{rest}\n{self._probes.text(branch)}") for branch in branches(part) if branch
        )

    def _taken(self, part: PatternPart, before: list[PatternPart], word: str) -> Diagnosis:
        """Judge what takes all matches away."""
        own = set(variables(self._probes.text(before)))
        if own.isdisjoint(variables(part.text)):
            reason = (
                f"this {word} shares no variable with the parts before it, so it removes either all matches or none"
            )
            return Diagnosis(BROKEN, reason, part)
        if word == "MINUS":
            return Diagnosis(NO_MATCH, "there are matches, but this MINUS removes all of them", part)
        return Diagnosis(
            NO_MATCH,
            "there are matches, but this FILTER rejects all of them: each has what NOT EXISTS rules out",
            part,
        )

    def _graph(self, part: PatternPart, before: list[PatternPart]) -> Diagnosis:
        """Judge a GRAPH block: its name and the dataset, then its pattern in the graphs asked, then in others."""
        block = GraphJudge(self._probes, self.things, part, before)
        if found := block.of_name():
            return found
        inner, failing = None, None
        if block.scope and block.is_flat:
            (inside,) = branches(part)
            inner = Emptiness(replace(self._found, parts=tuple(inside), dataset=""), self._probes.within(block.scope))
            failing = inner.first_failing(inside, ())
        if found := block.elsewhere(failing[0] if failing else None):
            return found
        if inner and failing:
            return _of_block(part, inner.judge(*failing))
        return self.within(part, before)

    def within(self, part: PatternPart, before: list[PatternPart]) -> Diagnosis:
        """Judge what is inside a block: the causes of all its branches, or its scope."""
        causes = []
        self._probes.check()
        for branch in branches(part):
            failing = self.first_failing(branch, before)
            if failing:
                causes.append(self.judge(*failing))
        if not causes:
            return self._scope(part)
        return replace(
            causes[0],
            verdict=BROKEN if any(one.verdict == BROKEN for one in causes) else NO_MATCH,
            reason="; ".join(dict.fromkeys(one.reason for one in causes)),
            pattern=part,
            absent=tuple(dict.fromkeys(term for one in causes for term in one.absent)),
            hint=next((_in_place(part, one) for one in causes if one.hint), ""),
        )

    def _scope(self, part: PatternPart) -> Diagnosis:
        for branch in branches(part):
            own = {name for one in branch if one.kind != "filter" for name in variables(one.text)}
            for one in branch:
                names = [name for name in variables(one.text) if name not in own]
                if one.kind == "filter" and names and "EXISTS" not in one.text.upper():
                    reason = f"{', '.join(names)} has no value inside these braces, where {one.text} uses it"
                    return Diagnosis(BROKEN, f"{reason}: move the FILTER out of them", part)
        return Diagnosis(NO_MATCH, "all its terms occur, but never together in this way", part)

    def _triple(self, part: PatternPart, rest: str) -> Diagnosis:
        spot = self._spot(part, rest)
        if self._probes.stated_only and self._probes.holds(f"{rest}\n{part.text}", anywhere=True):
            absent = tuple(self._absent(spot))
            held = self._probes.listed(self._probes.holders(part.text))
            where = f" (it is in {held})" if held else ""
            reason = (
                f"this is inferred{where}, and <{GRAPH_ASSERTED}> excludes inferred triples: "
                "run the query without naming that graph"
            )
            return Diagnosis(BROKEN, reason, part, absent)
        absent = tuple(self._absent(spot))
        if absent:
            names = ", ".join(one.term for one in absent)
            verb = "occurs" if len(absent) == 1 else "occur"
            known = self._known_literal(spot, absent)
            return known or Diagnosis(BROKEN, f"{names} {verb} nowhere in the graphs asked", part, absent)
        if self._probes.bounded and self._probes.holds(f"{rest}\n{part.text}", anywhere=True):
            return Diagnosis(BROKEN, self._probes.not_here(part.text), part)
        return TripleJudge(self._probes, self.things, spot).judge()

    def _known_literal(self, spot: TripleSpot, absent: tuple[Absent, ...]) -> Diagnosis | None:
        """Judge a literal that is nowhere by what is in its place."""
        if [one.term for one in absent] != [spot.value] or not is_literal(spot.value) or absent[0].note:
            return None
        found = TripleJudge(self._probes, self.things, spot).judge()
        return found if found.absent or found.hint or "The values" in found.reason or "things" in found.reason else None

    def _spot(self, part: PatternPart, rest: str) -> TripleSpot:
        """Return the step of a path at which it fails; a triple without a path is its own step."""
        subject, predicate, value = part.terms
        path = steps(predicate)
        if len(path) < 2:  # noqa: PLR2004  # one step or a path of another form
            return TripleSpot(part, rest, subject, predicate, value)
        outer = rest
        for at, step in enumerate(path):
            start = subject if at == 0 else f"?step{at}"
            end = value if at == len(path) - 1 else f"?step{at + 1}"
            if not self._probes.holds(f"{rest}\n{start} {step} {end} ."):
                return TripleSpot(part, rest, start, step, end, path[:at], path[at + 1 :], outer)
            rest = f"{rest}\n{start} {step} {end} ."
        return TripleSpot(part, rest, subject, predicate, value)

    def _absent(self, spot: TripleSpot) -> Iterator[Absent]:
        """Go through the terms that occur nowhere, each with what may have been meant and has matches in its place."""
        missing = [(term, place) for term, place in _constants(spot) if not self._occurs(term, place)]
        for term, place in missing:
            note = self._probes.elsewhere(term)
            near = () if note else self._near(spot, term, place, [one for one, _ in missing])
            yield Absent(term, near, note or ("" if near else self._note(term, place, spot)))

    def _occurs(self, term: str, place: str) -> bool:
        """Return whether a term occurs in the graphs asked; a property that no triple has does not."""
        return self._probes.holds(f"?s {term} ?o") if place == "predicate" else self._probes.occurs(term)

    def _near(self, spot: TripleSpot, term: str, place: str, missing: list[str]) -> tuple[str, ...]:
        others = {one: f"?other{at}" for at, one in enumerate(missing) if one != term}
        subject, step, value = (others.get(one, one) for one in (spot.subject, spot.step, spot.value))
        slots = {
            "subject": f"{{}} {step} {value} .",
            "predicate": f"{subject} {spot.step.replace(term, '{}')} {value} .",
            "class": f"{subject} {step} {{}} .",
            "object": f"{subject} {step} {{}} .",
        }
        slot = slots[place]
        if is_literal(term):
            values = self._probes.values(f"{spot.rest}\n{slot.format('?its')}", "?its")
            return tuple(short_literal_or(one) for one in meant(self.things.literal(term), values))
        body = f"{spot.rest}\n{slot.format('?its')}"
        near = self.things.near(term, place, "" if place == "subject" and _is_open(spot) else body, "?its")
        good = [one for one in near if self._probes.may_hold(f"{spot.rest}\n{slot.format(f'<{one}>')}")]
        if place == "predicate" and not good and is_literal(value):
            return self._near(replace(spot, value="?anyValue"), term, place, missing)
        if place == "predicate" and spot.after and not spot.value.startswith(tuple(others.values()) or "\0"):
            path = "/".join((spot.step.replace(term, "{}"), *spot.after))
            whole = f"{spot.rest}\n{subject} {path} {spot.part.terms[2]} ."
            good = [one for one in good if self._probes.may_hold(whole.format(f"<{one}>"))] or good
        return tuple(good)

    def _note(self, term: str, place: str, spot: TripleSpot) -> str:
        """Say where a name stands that is not a property, a thing or a term here."""
        if is_literal(term):
            return ""
        whole = self._probes.iri(term)
        local = local_name(whole).lower()
        if place == "predicate" and local in _FUNCTIONS:
            return f"SPARQL tests texts by a function: FILTER({_FUNCTIONS[local]}({spot.subject}, {spot.value}))"
        if place == "predicate" and (named := self.things.named(whole)) and named[0].count("/") <= _SHALLOW:
            kinds = self.things.classes("", f"<{named[0]}>")
            what = f", which is a {self._probes.short(kinds[0].iri)}" if kinds else ""
            return f"{self._probes.short(named[0])} has this name{what}, not a property"
        name, text = self.things.text_of(whole)
        return f"{self._probes.short(name)} holds it as a text: {text}" if name else ""


def _of_block(part: PatternPart, cause: Diagnosis) -> Diagnosis:
    """Tell the cause for a part of a block as that of the block."""
    return replace(cause, pattern=part, hint=_in_place(part, cause) if cause.hint else "")


def _in_place(part: PatternPart, cause: Diagnosis) -> str:
    """Write a block with the hint for a part of it in its place; the hint alone where the block writes it otherwise."""
    inside = cause.pattern.text.removesuffix(" .") if cause.pattern else ""
    if inside and inside in part.text:
        return part.text.replace(inside, cause.hint.removesuffix(" ."))
    return cause.hint


def _is_open(spot: TripleSpot) -> bool:
    return spot.step[0] in "?$" and spot.value[0] in "?$"


def _is_class(part: PatternPart) -> bool:
    return part.kind == "triple" and part.terms[1] in TYPE


def _constants(spot: TripleSpot) -> Iterator[tuple[str, str]]:
    """Return the IRIs and literals of a spot, each with its place."""
    if is_constant(spot.subject):
        yield spot.subject, "subject"
    for token in tokens(spot.step):
        if token.kind in {"iri", "name"}:
            yield token.text, "predicate"
    if is_constant(spot.value):
        yield spot.value, "class" if spot.name in TYPE and is_name(spot.value) else "object"
