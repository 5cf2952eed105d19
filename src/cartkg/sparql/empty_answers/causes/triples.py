"""Explain a triple that matches nothing in its place, and suggest what would match.

The terms of the triple all occur, but not in this combination.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.sparql.empty_answers.probing.causes_found import BROKEN, NO_MATCH, Absent, Diagnosis
from cartkg.sparql.empty_answers.probing.likeness import LABEL, local_name, of_one_meaning, similar
from cartkg.sparql.empty_answers.probing.patterns import variables
from cartkg.sparql.empty_answers.probing.probes import is_constant, is_literal, is_name
from cartkg.sparql.empty_answers.probing.things import TYPE, Things
from cartkg.sparql.empty_answers.probing.values import Value, are_alike, examples, kinds, meant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.sparql.empty_answers.probing.patterns import PatternPart
    from cartkg.sparql.empty_answers.probing.probes import Probes
    from cartkg.sparql.empty_answers.probing.things import Owner

_SUBCLASSES = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
_NAMING = frozenset({"title", "name", "preflabel", "label"})
#: What the names of properties that lead to something more general hold.
_UPWARDS = ("broader", "subclassof", "partof", "variantof", "basemeasure", "kindof")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class TripleSpot:
    """A triple, or a step of a path, and what the query asks beside it.

    Attributes:
        part: the part of the query that is named.
        rest: the other parts that hold, as text.
        subject: as written, or a variable made for a step.
        step: a property, `^` before it when it is followed backwards.
        value: like `subject`.
        before: steps of the path before this one.
        after: steps of the path after this one.
        outer: the other parts without the steps before this one.
    """

    part: PatternPart
    rest: str
    subject: str
    step: str
    value: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    outer: str = ""

    @property
    def name(self) -> str:
        """Return the property without signs."""
        return self.step.strip("^*+?")

    @property
    def is_alone(self) -> bool:
        """Return whether the part is one triple without a path."""
        return not (self.before or self.after)

    def with_step(self, step: str) -> str:
        """Write the part with another step."""
        subject, _, value = self.part.terms
        return f"{subject} {'/'.join((*self.before, step, *self.after))} {value} ."


class TripleJudge:
    """Find the cause for one spot."""

    def __init__(self, probes: Probes, things: Things, spot: TripleSpot) -> None:
        """Look at a spot whose terms all occur."""
        self._probes = probes
        self._things = things
        self._spot = spot

    def judge(self) -> Diagnosis:
        """Return the cause that is found first."""
        looks = (self._swapped, self._kinds, self._turned, self._literal, self._without, self._thing, self._reused)
        return next((found for look in looks if (found := look())), None) or self._apart()

    def _swapped(self) -> Diagnosis | None:
        """Say when a property stands where a class belongs."""
        spot = self._spot
        if spot.name not in TYPE or not is_name(spot.value) or not self._probes.may_hold(f"?one {spot.value} ?other"):
            return None
        hint = f"{spot.subject} {spot.value} ?itsValue ."
        good = self._probes.may_hold(f"{spot.rest}\n{hint}")
        reason = f"{spot.value} is a property, not a class: write it between a thing and its value"
        return Diagnosis(BROKEN, reason, spot.part, (), hint if good and spot.is_alone else "")

    def _turned(self) -> Diagnosis | None:
        spot = self._spot
        if is_literal(spot.value) or spot.name in TYPE:
            return None
        step = spot.step.removeprefix("^") if spot.step.startswith("^") else f"^{spot.step}"
        if not self._probes.may_hold(f"{spot.rest}\n{spot.subject} {step} {spot.value} ."):
            return self._all_turned()
        hint = spot.with_step(step)
        if spot.is_alone and step.startswith("^"):
            hint = f"{spot.value} {spot.step} {spot.subject} ."
        reason = f"{spot.name} points the other way: reversed, it has matches"
        return self._hinted(hint, reason)

    def _all_turned(self) -> Diagnosis | None:
        """Try the whole path from its end to its start."""
        spot = self._spot
        subject, predicate, value = spot.part.terms
        hint = f"{value} {predicate} {subject} ."
        if spot.is_alone or not self._probes.may_hold(f"{spot.outer}\n{hint}"):
            return None
        return self._hinted(hint, "the path points the other way: reversed, it has matches")

    def _kinds(self) -> Diagnosis | None:
        """Look for what has a kind of the value: a class below it, a measure or disease that it is broader than."""
        spot = self._spot
        if is_literal(spot.value) or not is_constant(spot.value) or spot.step.startswith("^"):
            return None
        up = [_SUBCLASSES]
        triple = f"{spot.rest}\n{spot.subject} {spot.name} ?aKind . ?aKind ?goesUp {spot.value} ."
        if spot.name not in TYPE:
            names = self._probes.names(triple, "?goesUp")
            ways = [name for name in names if any(word in local_name(name).lower() for word in _UPWARDS)]
            up = [f"<{name}>" for name in ways if f"<{name}>" != _SUBCLASSES][:1] + up
        for way in up:
            path = "/".join((*spot.before, spot.name, f"{way}*"))
            subject = spot.part.terms[0]
            block = f"{{ {subject} {path} {spot.value} }}"
            hint = f"{{ SELECT DISTINCT {subject} {block} }}" if subject[0] in "?$" else f"FILTER EXISTS {block}"
            if self._probes.may_hold(f"{spot.rest}\n{hint}"):
                return Diagnosis(BROKEN, self._kinds_reason(way), spot.part, (), hint)
        return None

    def _kinds_reason(self, way: str) -> str:
        spot = self._spot
        if spot.name in TYPE:
            return "no thing is of this class itself, but of a kind of it"
        direct = self._probes.names(f"{spot.rest}\n{spot.subject} ?itself {spot.value} .", "?itself")
        near = [self._probes.short(name) for name in direct if local_name(name).startswith(local_name(self._iri))]
        also = f"; {near[0]} leads to it directly" if near else ""
        return f"nothing has this value itself, but a kind of it: {self._probes.short(way[1:-1])} leads up to it{also}"

    @property
    def _iri(self) -> str:
        return self._probes.iri(self._spot.name) if self._spot.name != "a" else ""

    def _literal(self) -> Diagnosis | None:
        """Look for the value that a literal was meant for: here, as a thing's name, at another property."""
        spot = self._spot
        if not is_literal(spot.value):
            return None
        term = self._things.literal(spot.value)
        place = f"{spot.subject} {spot.name} ?itsValue ."
        body = f"{spot.rest}\n{place}"
        if self._probes.may_hold(f"?any {spot.name} {spot.value}"):
            return self._spelt_otherwise(term, body)
        values = self._things.values(term, body, "?itsValue") or self._things.values(term, place, "?itsValue")
        if values and all(value.is_iri for value in values):
            return self._named_thing(term, body, values)
        near = meant(term, values, similar=False)
        if not near and (found := self._at_another_property(term)):
            return found
        near = near or meant(term, values)
        reason = f"{spot.value} never occurs here; literals differ by type, language tag and case"
        if values:
            reason += f". The values of {spot.name} are {self._described(values)}"
        absent = (Absent(spot.value, tuple(short_literal_or(value) for value in near)),) if near else ()
        return Diagnosis(BROKEN, reason, spot.part, absent) if values else None

    def _spelt_otherwise(self, term: Value, body: str) -> Diagnosis | None:
        """Look for another spelling of a text that is at the property, but not for these things."""
        spot = self._spot
        texts = [value for value in self._things.values(term, body, "?itsValue") if value.datatype == term.datatype]
        near = tuple(
            value.written for value in texts if value.written != term.written and are_alike(value.text, term.text)
        )
        if not near or not term.text:
            return None
        reason = f"other things have {spot.value} for {spot.name}, but these have it in a different form"
        return Diagnosis(BROKEN, reason, spot.part, (Absent(spot.value, near[:_SHOWN]),))

    def _described(self, values: list[Value]) -> str:
        return f"{' and '.join(kinds(values)[:_SHOWN])}, for example {examples(values, self._probes.short)}"

    def _named_thing(self, term: Value, body: str, values: list[Value]) -> Diagnosis:
        spot = self._spot
        same = [value.text for value in values if value.text in {term.text, self._probes.expand(term.text)}]
        near = tuple(same) or self._things.labelled(term, body, "?itsValue")
        reason = f"the values of {spot.name} are resources, not text: write the IRI of the resource"
        if near:
            return Diagnosis(BROKEN, reason, spot.part, (Absent(spot.value, near),))
        return Diagnosis(BROKEN, f"{reason}, for example {examples(values, self._probes.short)}", spot.part)

    def _at_another_property(self, term: Value) -> Diagnosis | None:
        spot = self._spot
        if not term.text or not spot.value.startswith(('"', "'")):
            return None
        test = f"FILTER(isLiteral(?itsValue) && LCASE(STR(?itsValue)) = LCASE(STR({spot.value})))"
        body = f"{spot.rest}\n{spot.subject} ?otherName ?itsValue . {test}"
        rows = [row for row in self._probes.rows("DISTINCT ?otherName ?itsValue", body) if len(row) > 1]
        rows = [row for row in rows if row[0].text != self._iri]
        if not rows:
            return None
        rows.sort(key=lambda row: (local_name(row[0].text) not in {"altLabel", "label", "prefLabel"}, row[0].text))
        name, value = self._probes.short(rows[0][0].text), rows[0][1].written
        subject, _, _ = spot.part.terms
        hint = f"{subject} {'/'.join((*spot.before, name))} {self._probes.write(value)} ."
        reason = f"{spot.name} does not contain this text here, {name} does"
        return Diagnosis(BROKEN, reason, spot.part, (), hint)

    def _without(self) -> Diagnosis | None:
        """Say which class has a property that the subject does not have."""
        spot = self._spot
        away = f"{spot.subject} {spot.step} ?anything ."
        if not is_name(spot.name) or spot.name in TYPE or self._probes.may_hold(f"{spot.rest}\n{away}"):
            return None
        inverse = spot.step.startswith("^")
        owners = self._things.owners(spot.name, inverse=inverse)
        kinds_here = self._things.classes(spot.rest, spot.subject)
        if not owners or (kinds_here and self._has_kind(kinds_here[0])):
            return None
        have = ", ".join(f"{self._probes.short(one.iri)} has it ({one.number})" for one in owners)
        lack = self._lacking(kinds_here)
        near = self._same_name()
        hint = "" if near else self._linked()
        absent = (Absent(spot.name, near, "other things have it"),) if near else ()
        return Diagnosis(BROKEN, f"{lack}; {have}", spot.part, absent, hint)

    def _has_kind(self, kind: Owner) -> bool:
        """Return whether some thing of a class has the property, though none does here."""
        return self._probes.may_hold(f"?oneThing a <{kind.iri}> . ?oneThing {self._spot.step} ?anything .")

    def _lacking(self, found: list[Owner]) -> str:
        spot = self._spot
        verb = "is led to by" if spot.step.startswith("^") else "has"
        if spot.subject[0] not in "?$":
            kind = f" is a {self._probes.short(found[0].iri)} and" if found else ""
            return f"{spot.subject}{kind} {verb} no {spot.name}"
        if spot.subject.startswith("?step"):
            what = f"no {self._probes.short(found[0].iri)}" if found else "nothing"
            return f"on this path, {what} {verb} {spot.name}"
        what = f"no {self._probes.short(found[0].iri)}" if found else f"no {spot.subject}"
        return f"{what} {verb} {spot.name}"

    def _same_name(self) -> tuple[str, ...]:
        """Return properties of the subject that give what a property of the same purpose gives elsewhere."""
        spot = self._spot
        value = "?itsValue" if spot.value[0] in "?$" else spot.value
        names = self._probes.names(f"{spot.rest}\n{spot.subject} ?otherName {value} .", "?otherName")
        if local_name(self._iri).lower() in _NAMING and LABEL in names:
            return (LABEL,)
        return similar(self._iri, names, exists=True) or of_one_meaning(self._iri, names)

    def _linked(self) -> str:
        """Return the part with the property that leads to what has the one asked for; empty when there is none."""
        spot = self._spot
        for link, inverse in self._links():
            step = f"{'^' if inverse else ''}{link}/{spot.step}"
            path = spot.with_step(step)
            if self._probes.may_hold(f"{spot.rest}\n{path}"):
                once = self._once(path)
                return self._through(link, inverse=inverse) if once != path and spot.is_alone else once
        return ""

    def _through(self, link: str, *, inverse: bool) -> str:
        """Write a path of two steps with a variable for the thing between, where several such things lead to a value.

        Two things with one number are two rows then, as a sum needs them; of IRIs, each is given once.
        """
        spot = self._spot
        first = f"?between {link} {spot.subject} ." if inverse else f"{spot.subject} {link} ?between ."
        both = f"{first} ?between {spot.step} {spot.value} ."
        values = self._probes.values(both, spot.value) if spot.value[0] in "?$" else []
        if any(value.datatype for value in values):
            return both
        return self._once(spot.with_step(f"{'^' if inverse else ''}{link}/{spot.step}"))

    def _links(self) -> Iterator[tuple[str, bool]]:
        """Go through the properties that lead to what has the property, those first that lead to little else."""
        spot = self._spot
        space = self._iri.removesuffix(local_name(self._iri))
        for inverse in (False, True):
            link = f"?between ?link {spot.subject} ." if inverse else f"{spot.subject} ?link ?between ."
            body = f"{spot.rest}\n{link} ?between {spot.step} {spot.value} ."
            useful = self._counted(body)
            leads = self._counted(f"{spot.rest}\n{link}") if useful else {}
            share = {name: number / max(leads.get(name, 0), number) for name, number in useful.items()}
            order = sorted(share, key=lambda name: (-share[name], not name.startswith(space), len(name), name))
            yield from ((self._probes.short(name), inverse) for name in order[:_SHOWN])

    def _counted(self, body: str) -> dict[str, int]:
        rows = self._probes.rows("?link (COUNT(*) AS ?n)", body, "GROUP BY ?link")
        return {row[0].text: int(row[1].text) for row in rows if len(row) > 1}

    def _once(self, path: str) -> str:
        """Return a pattern that gives each solution once, also where the path leads to it in several ways."""
        names = variables(path)
        if not names:
            return f"FILTER EXISTS {{ {path} }}"
        many = self._probes.rows(" ".join(names), path, f"GROUP BY {' '.join(names)} HAVING (COUNT(*) > 1) LIMIT 1")
        return f"{{ SELECT DISTINCT {' '.join(names)} {{ {path} }} }}" if many else path

    def _thing(self) -> Diagnosis | None:
        """Look for the thing or the property that was meant where a property never leads to a thing."""
        spot = self._spot
        if not is_constant(spot.value) or is_literal(spot.value) or spot.name in TYPE or not is_name(spot.name):
            return None
        if self._probes.may_hold(f"?any {spot.step} {spot.value}"):
            return None
        value = self._probes.iri(spot.value)
        here = self._probes.names(f"{spot.rest}\n{spot.subject} {spot.step} ?itsValue .", "?itsValue")
        near = similar(value, here, exists=True)
        to = self._things.owners(spot.name, inverse=not spot.step.startswith("^"))
        mine = self._things.classes("", spot.value)
        what = f", and {spot.value} is a {self._probes.short(mine[0].iri)}" if mine else ""
        leads = " or ".join(f"a {self._probes.short(one.iri)}" for one in to[:_SHOWN]) or "other things"
        reason = f"{spot.name} leads to {leads}{what}"
        if near:
            return Diagnosis(BROKEN, reason, spot.part, (Absent(spot.value, near),))
        other = self._probes.names(f"{spot.rest}\n{spot.subject} ?otherName {spot.value} .", "?otherName")
        space = self._iri.removesuffix(local_name(self._iri))
        other.sort(key=lambda name: (not name.startswith(space), name))
        hint = self._once(spot.with_step(self._probes.short(other[0]))) if other else ""
        if other:
            reason += f"; {self._probes.short(other[0])} leads to it"
        return Diagnosis(BROKEN if hint or mine else NO_MATCH, reason, spot.part, (), hint)

    def _reused(self) -> Diagnosis | None:
        """Say when a variable stands for one kind of thing here and for another in the parts before."""
        spot = self._spot
        if not spot.rest:
            return None
        triple = f"{spot.subject} {spot.step} {spot.value} ."
        for name in (one for one in variables(triple) if one in variables(spot.rest)):
            before = self._probes.values(spot.rest, name)
            here = self._probes.values(triple, name)
            if not before or not here or {value.written for value in before} & {value.written for value in here}:
                continue
            return self._of_two_kinds(name, triple)
        return None

    def _of_two_kinds(self, name: str, triple: str) -> Diagnosis | None:
        spot = self._spot
        before, here = self._probes.values(spot.rest, name), self._probes.values(triple, name)
        one, other = kinds(before)[:1], kinds(here)[:1]
        if one == other == ["IRIs"]:
            found = [self._things.classes(body, name)[:1] for body in (spot.rest, triple)]
            one, other = ([f"is a {self._probes.short(kind.iri)}" for kind in side] for side in found)
        else:
            one, other = ([f"holds {kind}" for kind in side] for side in (one, other))
        if not one or not other or one == other:
            return None
        words = "this part has matches, but none of them joins with those of the parts before it"
        reason = f"{words}: there {name} {one[0]}, here it {other[0]}, and nothing is both"
        return Diagnosis(NO_MATCH, reason, spot.part)

    def _apart(self) -> Diagnosis:
        spot = self._spot
        start = f"{spot.subject} {spot.step} "
        others = [line for line in spot.rest.split("\n") if line.startswith(start)]
        if others and spot.is_alone and is_constant(spot.value):
            other = others[-1].removeprefix(start).removesuffix(" .")
            reason = f"no {spot.subject} has both {other} and {spot.value} for {spot.step}: they never occur together"
            hint = f"{spot.subject} {spot.step} ?either FILTER(?either IN ({other}, {spot.value}))"
            return Diagnosis(NO_MATCH, f"{reason}. This finds either: {hint}", spot.part)
        if spot.rest and self._probes.may_hold(spot.part.text):
            reason = "this part has matches, but none of them joins with those of the parts before it"
            return Diagnosis(NO_MATCH, reason, spot.part)
        return Diagnosis(NO_MATCH, "all its terms occur, but never together in this way", spot.part)

    def _hinted(self, hint: str, reason: str) -> Diagnosis:
        return Diagnosis(BROKEN, reason, self._spot.part, (), self._once(hint))


def short_literal_or(value: Value) -> str:
    """Write a value as did-you-mean offers it: an IRI in full, a literal as SPARQL writes it."""
    return value.text if value.is_iri else value.written
