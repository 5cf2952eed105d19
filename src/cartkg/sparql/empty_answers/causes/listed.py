"""Explain a VALUES or BIND none of whose values occurs in the other parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.sparql.empty_answers.causes.other_forms import literals, replaced
from cartkg.sparql.empty_answers.causes.triples import short_literal_or
from cartkg.sparql.empty_answers.probing.causes_found import BROKEN, NO_MATCH, Absent, Diagnosis
from cartkg.sparql.empty_answers.probing.likeness import local_name, similar
from cartkg.sparql.empty_answers.probing.patterns import variables
from cartkg.sparql.empty_answers.probing.probes import is_name
from cartkg.sparql.empty_answers.probing.things import terms_of
from cartkg.sparql.empty_answers.probing.values import examples, kinds, meant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cartkg.sparql.empty_answers.probing.patterns import PatternPart
    from cartkg.sparql.empty_answers.probing.probes import Probes
    from cartkg.sparql.empty_answers.probing.things import Things
    from cartkg.sparql.empty_answers.probing.values import Value

_SHOWN = 2
_MOST_LISTED = 12
_NAMES = ("altLabel", "label", "prefLabel", "notation")


class ListJudge:
    """Find why no value of a VALUES or BIND occurs elsewhere."""

    def __init__(self, probes: Probes, things: Things, part: PatternPart, before: Sequence[PatternPart]) -> None:
        """Look at a part and at the parts that have matches without it."""
        self._probes = probes
        self._things = things
        self._part = part
        self._before = before
        self._rest = probes.text(before)
        self._word = "VALUES" if part.kind == "values" else "BIND"

    def judge(self) -> Diagnosis:
        """Return the cause: what was meant by the terms, another property, a kind of them, or none."""
        for name in variables(self._part.text):
            values = self._values(name)
            absent = tuple(self._meant(name, values)) if values else ()
            if any(one.near for one in absent):
                return self._written_otherwise(name, values, absent)
            terms = terms_of(self._part.text)
            found = self._other_property(name) or self._things.kind_of(name, terms, self._part, self._rest)
            if found:
                return found
            if absent:
                names = ", ".join(one.term for one in absent)
                verb = "occurs" if len(absent) == 1 else "occur"
                return Diagnosis(BROKEN, f"{names}, listed by {self._word}, {verb} nowhere", self._part, absent)
        reason = f"no value of this {self._word} occurs in the other parts"
        return Diagnosis(NO_MATCH, reason, self._part)

    def _values(self, name: str) -> list[Value]:
        """Return the values of a variable without what is listed, those like what is listed first."""
        terms = [self._things.literal(span[2]) for span in list(literals(self._part.text))[:_MOST_LISTED]]
        found = [value for term in terms for value in self._things.values(term, self._rest, name)]
        return list(dict.fromkeys(found)) or self._probes.values(self._rest, name)

    def _written_otherwise(self, name: str, values: list[Value], absent: tuple[Absent, ...]) -> Diagnosis:
        names = ", ".join(one.term for one in absent)
        verb = "is" if len(absent) == 1 else "are"
        held = f"{' and '.join(kinds(values)[:_SHOWN])}, for example {examples(values, self._probes.short)}"
        reason = f"{names}, listed by {self._word}, {verb} not among the values of {name}, which are {held}"
        return Diagnosis(BROKEN, reason, self._part, absent)

    def _meant(self, name: str, values: list[Value]) -> Iterator[Absent]:
        """Go through the listed terms that do not occur, each with values that have matches in their place."""
        known = {value.written for value in values}
        for span in list(literals(self._part.text))[:_MOST_LISTED]:
            term = self._things.literal(span[2])
            if term.written in known:
                continue
            if any(value.is_iri for value in values):
                near = self._things.labelled(term, self._rest, name)
                near += tuple(one.text for one in values if one.text in {term.text, self._probes.expand(term.text)})
                good = [one for one in near if self._fits(span, self._probes.short(one))]
            else:
                found = meant(term, values, similar=not self._probes.occurs(span[2]))
                good = [short_literal_or(one) for one in found if self._fits(span, self._probes.write(one.written))]
            yield from [Absent(span[2], tuple(good))] if good else ()
        for written in terms_of(self._part.text)[:_MOST_LISTED]:
            exists = self._probes.occurs(written)
            names = [value.text for value in values if value.is_iri]
            near = similar(self._probes.iri(written), names, exists=exists)
            if near or not exists:
                note = self._probes.elsewhere(written)
                near = near or (() if note else self._things.near(written, "object", "", ""))
                yield Absent(written, near, note)

    def _fits(self, span: tuple[int, int, str], form: str) -> bool:
        text = replaced(self._part.text, [span], [form])
        first = self._word == "BIND"  # a variable gets its value before it is used
        return self._probes.may_hold(f"{text}\n{self._rest}" if first else f"{self._rest}\n{text}")

    def _other_property(self, name: str) -> Diagnosis | None:
        """Look for another property that gives what is listed."""
        for part in self._before:
            if part.kind != "triple" or part.terms[2] != name or not is_name(part.terms[1]):
                continue
            subject, predicate, value = part.terms
            others = self._probes.text([one for one in self._before if one is not part])
            body = f"{self._part.text}\n{others}\n{subject} ?otherName {value} ."
            local = local_name(self._probes.iri(predicate)) if predicate != "a" else ""
            names = [one for one in self._probes.names(body, "?otherName") if _fit(local_name(one), local)]
            if names:
                other = self._probes.short(names[0])
                listed = f"no value of {self._part.text} occurs in the other parts"
                reason = f"{listed}: {predicate} has no such value, but {other} does"
                return Diagnosis(BROKEN, reason, part, (), f"{subject} {other} {value} .")
        return None


def _fit(other: str, local: str) -> bool:
    """Return whether a property may stand for another: it names things, or its name goes on where the other ends."""
    return other in _NAMES or bool(local and other != local and other.startswith(local))
