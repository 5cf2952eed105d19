"""Explain a FILTER that excludes all matches, and suggest one that has matches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.evaluation.syntax import tokens
from cartkg.namespaces import XSD
from cartkg.sparql.empty_answers.causes.other_forms import PATTERN, OtherForms, literals, replaced
from cartkg.sparql.empty_answers.probing.causes_found import BROKEN, NO_MATCH, Absent, Diagnosis
from cartkg.sparql.empty_answers.probing.likeness import LABEL, local_name, similar
from cartkg.sparql.empty_answers.probing.patterns import conjuncts, variables
from cartkg.sparql.empty_answers.probing.probes import is_name
from cartkg.sparql.empty_answers.probing.things import terms_of
from cartkg.sparql.empty_answers.probing.values import (
    Value,
    datatypes,
    examples,
    is_number,
    kinds,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cartkg.sparql.empty_answers.probing.patterns import PatternPart
    from cartkg.sparql.empty_answers.probing.probes import Probes
    from cartkg.sparql.empty_answers.probing.things import Things

_SHOWN = 3
_PAIR = 2
_LANGUAGE = re.compile(r"\bLANG(MATCHES)?\s*\(", re.IGNORECASE)
_OTHER_WORDS = {
    "contains": "CONTAINS",
    "localname": "STRAFTER or STRENDS with STR",
    "strjoin": "CONCAT",
    "lower": "LCASE",
    "upper": "UCASE",
    "substring": "SUBSTR",
    "now": "NOW",
    "sqrt": "",
}


class FilterJudge:
    """Find the cause for one FILTER."""

    def __init__(self, probes: Probes, things: Things, part: PatternPart, before: Sequence[PatternPart]) -> None:
        """Look at a FILTER and at the parts that have matches without it."""
        self._probes = probes
        self._things = things
        self._part = part
        self._before = before
        self._rest = probes.text(before)
        self.other_forms = OtherForms(probes, things, part.text, self._rest)

    @property
    def _expression(self) -> str:
        return self._part.text[len("FILTER") :].strip()

    @property
    def _values(self) -> dict[str, list[Value]]:
        return self.other_forms.values

    def judge(self) -> Diagnosis:
        """Return the cause that is found first."""
        looks = (self._undefined, self._unbound, self._always_bound, self._excluding, self._other_type)
        more = () if denies(self._part.text) else (self._language, self._rewritten, self._kind, self._other_property)
        found = next((one for look in (*looks, *more) if (one := look())), None)
        return found or self._error() or self._no_match()

    def _undefined(self) -> Diagnosis | None:
        return undefined(self._probes, self._part)

    def _unbound(self) -> Diagnosis | None:
        """Name a variable that never has a value where the FILTER is."""
        if re.search(r"\b(NOT\s+EXISTS|EXISTS|COALESCE)\b|!\s*BOUND\b", self._part.text, re.IGNORECASE):
            return None
        names = [name for name in self._values if not self._values[name]]
        names = [name for name in names if not self._probes.holds(f"{self._rest}\nFILTER(BOUND({name}))")]
        if not names:
            return None
        reason = f"{', '.join(names)} is never bound where this FILTER tests it, so the test fails for every match"
        near = self.other_variable(names[0])
        is_tested = "BOUND" in self._part.text.upper()
        verdict = NO_MATCH if is_tested and not near else BROKEN
        return Diagnosis(verdict, f"{reason}{near}", self._part)

    def other_variable(self, name: str) -> str:
        """Say which variable of the query may have been meant for one without a value."""
        known = [one for one in variables(self._rest) if one != name]
        near = similar(name[1:], [one[1:] for one in known])
        return f"; did you mean ?{near[0]} ?" if near else ""

    def _always_bound(self) -> Diagnosis | None:
        tested = re.findall(r"!\s*BOUND\s*\(\s*[?$](\w+)", self._part.text, re.IGNORECASE)
        for name in (f"?{one}" for one in tested):
            if self._values.get(name) and not self._probes.may_hold(f"{self._rest}\nFILTER(!BOUND({name}))"):
                always = f"{name} always has a value, because its triple is not in an OPTIONAL"
                reason = f"there are matches, but this FILTER rejects all of them: {always}"
                return Diagnosis(NO_MATCH, reason, self._part)
        return None

    def _excluding(self) -> Diagnosis | None:
        """Say when conditions that have matches one by one have none together."""
        filters = [part for part in self._before if part.kind == "filter"]
        others = self._probes.text([part for part in self._before if part.kind != "filter"])
        sides = [side for part in [*filters, self._part] for side in conjuncts(part.text[len("FILTER") :])]
        mine = set(variables(self._expression))
        sides = [side for side in sides if mine & set(variables(side)) and side.startswith("(")]
        if len(sides) < _PAIR or not all(self._probes.may_hold(f"{others}\nFILTER{side}") for side in sides):
            return None
        names = ", ".join(sorted(mine))
        either = f"FILTER({' || '.join(sides)})" if all(re.search(r"[^<>!]=", side) for side in sides) else ""
        hint = either if either and self._probes.may_hold(f"{others}\n{either}") else ""
        together = "both at once" if len(sides) == _PAIR else "all of them at once"
        words = f"each of these conditions has matches, but no match meets {together}"
        return Diagnosis(NO_MATCH, f"{words}: {' and '.join(sides)} for {names}", self._part, (), hint)

    def _other_type(self) -> Diagnosis | None:
        """Try the FILTER with its variables or its values as another type, where it is an error for every match."""
        if not self._is_error(self._part.text) and not self._compares_types():
            return None
        for text in self.other_forms.casts():
            if self._probes.may_hold(f"{self._rest}\n{text}"):
                return Diagnosis(BROKEN, self._wrong_type(), self._part, (), text)
        return None

    def _compares_types(self) -> bool:
        """Return whether a number is compared with a text, which is false rather than an error for `=`."""
        found = {token.kind for token in tokens(self._part.text)}
        types = {one for values in self._values.values() for one in datatypes(values)}
        no_numbers = bool(types) and not any(map(is_number, types))
        return bool(("number" in found and no_numbers) or ("string" in found and types and f"{XSD}string" not in types))

    def _wrong_type(self) -> str:
        held = [
            f"{name} contains {' and '.join(kinds(values)[:_SHOWN])}, for example "
            f"{examples(values, self._probes.short)}"
            for name, values in self._values.items()
            if values
        ]
        iris = any(value.is_iri for values in self._values.values() for value in values)
        names = f". The names of things are values of {self._probes.short(LABEL)}" if iris else ""
        reason = "this FILTER excludes all matches, because it needs values of another type"
        return f"{reason}: {'; '.join(held)}{names}"

    def _language(self) -> Diagnosis | None:
        """Say which language tags the values have."""
        if not _LANGUAGE.search(self._part.text):
            return None
        spans = [(start, end, text) for start, end, text in literals(self._part.text) if text[:1] in {'"', "'"}]
        for name, values in self._values.items():
            tags = sorted({value.tag for value in values if value.datatype})
            held = kinds([value for value in values if value.datatype])
            for tag in tags:
                text = replaced(self._part.text, spans, [quoted(tag)] * len(spans))
                if spans and text != self._part.text and self._probes.may_hold(f"{self._rest}\n{text}"):
                    lack = "have no language tag" if tags == [""] else f"are {' and '.join(held[:_SHOWN])}"
                    reason = f"there are matches, but this FILTER rejects all of them: the values of {name} {lack}"
                    return Diagnosis(BROKEN, reason, self._part, (), text)
        return None

    def _rewritten(self) -> Diagnosis | None:
        """Try the FILTER with its texts and IRIs as the values write them."""
        tried: set[str] = set()
        for text, reason, near in self.other_forms.found():
            if text != self._part.text and text not in tried and self._probes.may_hold(f"{self._rest}\n{text}"):
                return Diagnosis(BROKEN, reason, self._part, near, text)
            tried.add(text)
        return None

    def _kind(self) -> Diagnosis | None:
        """Look for what the values of a variable are a kind of."""
        for name, values in self._values.items():
            if any(value.is_iri for value in values):
                known = {value.text for value in values}
                terms = [one for one in terms_of(self._part.text) if self._probes.iri(one) not in known]
                if found := self._things.kind_of(name, terms, self._part, self._rest):
                    return found
        return None

    def _other_property(self) -> Diagnosis | None:
        """Look for another property of the same thing whose values pass the FILTER."""
        for part in self._before:
            if part.kind != "triple" or not is_name(part.terms[1]) or part.terms[2] not in self._values:
                continue
            subject, predicate, value = part.terms
            others = self._probes.text([one for one in self._before if one is not part])
            for text in (self._part.text, f"FILTER(isLiteral({value})) {self._part.text}"):
                names = self._probes.names(f"{others}\n{subject} ?otherName {value} . {text}", "?otherName")
                names = [name for name in names if local_name(name) in {"altLabel", "label", "notation", "prefLabel"}]
                if names:
                    other = self._probes.short(names[0])
                    tested = f"{self._part.text} excludes all matches"
                    reason = f"{tested}: {predicate} has no such value, but {other} does"
                    return Diagnosis(BROKEN, reason, part, (), f"{subject} {other} {value} .")
        return None

    def _is_error(self, text: str) -> bool:
        expression = text[len("FILTER") :].strip()
        if "EXISTS" in expression.upper():
            return False
        wrapped = expression if expression.startswith("(") else f"({expression})"
        return not self._probes.may_hold(f"{self._rest}\nFILTER(!{wrapped})")

    def _error(self) -> Diagnosis | None:
        if not self._is_error(self._part.text) or self._probes.may_hold(f"{self._rest}\n{self._part.text}"):
            return None
        reason = "the expression of this FILTER is an error for every match: a term is of the wrong type for it"
        if PATTERN.search(self._part.text):
            reason += ", or the regular expression is not well-formed"
        held = [
            f"{name} contains {' and '.join(kinds(values)[:_SHOWN])}" for name, values in self._values.items() if values
        ]
        return Diagnosis(BROKEN, f"{reason}. {'; '.join(held)}" if held else reason, self._part)

    def _no_match(self) -> Diagnosis:
        absent = () if denies(self._part.text) else tuple(self._absent())
        if absent:
            names = ", ".join(one.term for one in absent)
            return Diagnosis(BROKEN, f"{names} {'occurs' if len(absent) == 1 else 'occur'} nowhere", self._part, absent)
        return Diagnosis(NO_MATCH, "there are matches, but this FILTER rejects all of them", self._part)

    def _absent(self) -> Iterator[Absent]:
        for term in terms_of(self._part.text):
            if not self._probes.iri(term).startswith(XSD) and not self._probes.occurs(term):
                note = self._probes.elsewhere(term)
                yield Absent(term, () if note else self._things.near(term, "object", "", ""), note)


def undefined(probes: Probes, part: PatternPart) -> Diagnosis | None:
    """Say that a part calls a function that no one defines, and which of SPARQL's own does something like it."""
    called = [token.text for token in tokens(part.text) if token.kind in {"iri", "name"}]
    for term in called if probes.unknown else ():
        if (whole := probes.iri(term)) in probes.unknown:
            other = _OTHER_WORDS.get(local_name(whole).lower(), "")
            own = f"; SPARQL has {other}" if other else ""
            reason = f"this server does not know the function {term}, so each call to it is an error{own}"
            return Diagnosis(BROKEN, reason, part)
    return None


def denies(text: str) -> bool:
    """Return whether an expression says no to something: then another text would match for the wrong reason."""
    return any(one.text in {"!", "!="} or one.text.upper() == "NOT" for one in tokens(text))
