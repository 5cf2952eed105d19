"""Find what is suspicious about a query that has rows.

An OPTIONAL that never matches, an expression that is always an error, a MINUS or NOT EXISTS that removes nothing, and
joins that return a thing more than once.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cartkg.sparql.empty_answers.causes.emptiness import Emptiness
from cartkg.sparql.empty_answers.causes.filters import FilterJudge, denies, undefined
from cartkg.sparql.empty_answers.multiplicity import Multiplicity
from cartkg.sparql.empty_answers.probing.causes_found import BROKEN, Diagnosis
from cartkg.sparql.empty_answers.probing.likeness import similar
from cartkg.sparql.empty_answers.probing.patterns import PatternPart, branches, variables
from cartkg.sparql.empty_answers.probing.values import datatypes, is_number, kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.sparql.empty_answers.probing.patterns import PatternOutline
    from cartkg.sparql.empty_answers.probing.probes import Probes
    from cartkg.sparql.engines.engine import Answer

_BIND = re.compile(r"BIND\s*\((.*)\bAS\s+[?$](\w+)\s*\)\s*$", re.IGNORECASE | re.DOTALL)
_ADDED = re.compile(r"\b(SUM|AVG)\s*\(\s*(?:DISTINCT\s+)?[?$](\w+)\s*\)\s*AS\s+[?$](\w+)", re.IGNORECASE)
_SHOWN = 3
#: Queries of more parts are written by programs, and to compare each part with each other one takes too long.
_MOST_PARTS = 200


class Doubts:
    """Find what is suspicious about an answer."""

    def __init__(self, found: PatternOutline, probes: Probes, answer: Answer) -> None:
        """Examine the parts of a query that has rows."""
        self._found = found
        self._probes = probes
        self._answer = answer
        self._search = Emptiness(found, probes)
        self._parts = found.parts
        self._needed = [part for part in found.parts if part.kind not in {"optional", "minus"}]

    def found(self) -> Iterator[Diagnosis]:
        """Yield what is suspicious.

        Raises:
            LimitExceeded: it takes too many questions.
        """
        if len(self._parts) > _MOST_PARTS:
            return
        yield from self._columns()
        for part in self._parts:
            self._probes.check()
            if found := self._of_part(part):
                yield found
        yield from self._sums()
        yield from Multiplicity(self._found, self._probes, self._answer).found()

    def _of_part(self, part: PatternPart) -> Diagnosis | None:
        unknown = undefined(self._probes, part)
        if unknown and part.kind == "bind" and (match := _BIND.match(part.text)):
            return replace(unknown, reason=f"?{match[2]} has no value in any row: {unknown.reason}")
        if unknown:
            return unknown
        if part.kind == "optional":
            return self._optional(part)
        if part.kind == "bind":
            return self._bind(part)
        if part.kind == "minus" or (part.kind == "filter" and "EXISTS" in part.text.upper() and denies(part.text)):
            return self._takes_nothing(part)
        return self._sides(part) if part.kind == "group" and len(branches(part)) > 1 else None

    def _columns(self) -> Iterator[Diagnosis]:
        """Name columns whose variable no part of the query gives a value."""
        outside = re.sub(r"\(.*\)", " ", self._found.head, flags=re.DOTALL)
        known = variables(" ".join(part.text for part in self._parts) + self._found.rest)
        for name in variables(outside) if self._found.head[:6].upper() == "SELECT" else ():
            if name not in known:
                begun = tuple(one[1:] for one in known if name.startswith(one))
                near = similar(name[1:], [one[1:] for one in known]) or begun
                meant = f"; did you mean ?{near[0]} ?" if near else ""
                yield Diagnosis(BROKEN, f"{name} has no value in any row: no part of the query mentions it{meant}")

    def _optional(self, part: PatternPart) -> Diagnosis | None:
        own = [name for name in variables(part.text) if name not in variables(self._probes.text(self._needed))]
        if not own or not self._search.is_dead(part, self._needed):
            return None
        cause = self._search.within(part, self._needed)
        names = f"{', '.join(own)} {'has' if len(own) == 1 else 'have'} no value in any row"
        return replace(cause, verdict=BROKEN, reason=f"this OPTIONAL never matches, so {names}: {cause.reason}")

    def _bind(self, part: PatternPart) -> Diagnosis | None:
        match = _BIND.match(part.text)
        if not match or self._probes.may_hold(f"{self._probes.text(self._needed)}\nFILTER(BOUND(?{match[2]}))"):
            return None
        reason = f"?{match[2]} has no value in any row, because this BIND always fails"
        before = [one for one in self._needed if (one.line, one.column) < (part.line, part.column)]
        known = variables(" ".join(one.text for one in before))
        late = [name for name in variables(match[1]) if name not in known]
        if late:
            names = f"{', '.join(late)} {'has' if len(late) == 1 else 'have'} no value yet at this point"
            return Diagnosis(BROKEN, f"{reason}: {names}. Move it below the part that binds it", part)
        held = self._held(match[1])
        hint = next((form for form in self._forms(part, match) if self._bound(form, match[2], part)), "")
        return Diagnosis(BROKEN, f"{reason}. {held}" if held else reason, part, (), hint)

    def _held(self, expression: str) -> str:
        rest = self._probes.text(self._needed)
        found = {name: self._probes.values(rest, name) for name in variables(expression)}
        return "; ".join(
            f"{name} contains {' and '.join(kinds(values)[:_SHOWN])}" for name, values in found.items() if values
        )

    def _forms(self, part: PatternPart, match: re.Match[str]) -> Iterator[str]:
        """Write a BIND with its variables as other types."""
        as_filter = replace(part, text=f"FILTER({match[1].strip()})", kind="filter")
        others = [one for one in self._needed if one is not part]
        for text in FilterJudge(self._probes, self._search.things, as_filter, others).other_forms.casts():
            yield f"BIND{text[len('FILTER') : -1]} AS ?{match[2]})"

    def _bound(self, form: str, name: str, part: PatternPart) -> bool:
        others = self._probes.text([one for one in self._needed if one is not part])
        return self._probes.may_hold(f"{others}\n{form}\nFILTER(BOUND(?{name}))")

    def _takes_nothing(self, part: PatternPart) -> Diagnosis | None:
        """Name a MINUS or NOT EXISTS that cannot take anything away."""
        word = "MINUS" if part.kind == "minus" else "NOT EXISTS"
        before = [one for one in self._needed if one is not part]
        if set(variables(part.text)).isdisjoint(variables(self._probes.text(before))):
            reason = f"this {word} shares no variable with the parts before it, so it removes nothing"
            return Diagnosis(BROKEN, reason, part)
        if not self._search.is_dead(part, before):
            return None
        cause = self._search.within(part, before)
        if cause.absent and not any(one.near for one in cause.absent):
            cause = self._search.within(part, [])  # what is taken away need not meet what is kept
        reason = f"this {word} removes nothing: {cause.reason}"
        return replace(cause, reason=reason) if cause.verdict == BROKEN else None

    def _sides(self, part: PatternPart) -> Diagnosis | None:
        """Name the sides of a UNION that never match and are broken."""
        before = [one for one in self._needed if one is not part and one.kind != "filter"]
        for branch in branches(part):
            failing = self._search.first_failing(branch, before)
            cause = self._search.judge(*failing) if failing else None
            if cause and cause.verdict == BROKEN:
                return replace(cause, reason=f"one side of this UNION never matches: {cause.reason}", pattern=part)
        return None

    def _sums(self) -> Iterator[Diagnosis]:
        """Name sums of values that are not numbers."""
        for function, name, column in _ADDED.findall(self._found.head):
            values = self._probes.values(self._probes.text(self._parts), f"?{name}")
            if values and not any(map(is_number, datatypes(values))):
                held = f"?{name} contains {' and '.join(kinds(values)[:_SHOWN])}"
                yield Diagnosis(BROKEN, f"?{column} has no value: {function.upper()} adds numbers, and {held}")
