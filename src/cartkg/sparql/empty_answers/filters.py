"""A FILTER that turns all matches away in, the cause and a FILTER that has matches out."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from cartkg.evaluation.syntax import tokens
from cartkg.namespaces import XSD
from cartkg.sparql.empty_answers.findings import BROKEN, NO_MATCH, Absent, Diagnosis
from cartkg.sparql.empty_answers.likeness import LABEL, local_name, similar
from cartkg.sparql.empty_answers.patterns import conjuncts, variables
from cartkg.sparql.empty_answers.probes import is_name, with_variable
from cartkg.sparql.empty_answers.things import terms_of
from cartkg.sparql.empty_answers.values import (
    Value,
    datatypes,
    examples,
    inside,
    is_number,
    kinds,
    meant,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cartkg.evaluation.syntax import Token
    from cartkg.sparql.empty_answers.patterns import Part
    from cartkg.sparql.empty_answers.probes import Probes
    from cartkg.sparql.empty_answers.things import Things

_SHOWN = 3
_PAIR = 2
_LANGUAGE = re.compile(r"\bLANG(MATCHES)?\s*\(", re.IGNORECASE)
_PATTERN = re.compile(r"\bREGEX\s*\(", re.IGNORECASE)
_SIGNS = re.compile(r"[.*+?^$\[\]()|\\%]")
_NUMBER = "decimal({})"
#: Expressions by which a value is compared as another type, and the types of values to which that applies.
_CASTS = {
    "YEAR({})": {f"{XSD}{name}" for name in ("gYear", "gYearMonth", "date", "dateTime")},
    "STR({})": {
        "",
        *(f"{XSD}{name}" for name in ("integer", "decimal", "double", "gYear", "date", "anyURI", "boolean")),
    },
    _NUMBER: {f"{XSD}string"},
}
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
    """Finds the cause for one FILTER."""

    def __init__(self, probes: Probes, things: Things, part: Part, before: Sequence[Part]) -> None:
        """Look at a FILTER and at the parts that have matches without it."""
        self._probes = probes
        self._things = things
        self._part = part
        self._before = before
        self._rest = probes.text(before)

    @property
    def _expression(self) -> str:
        return self._part.text[len("FILTER") :].strip()

    @cached_property
    def _values(self) -> dict[str, list[Value]]:
        """What each variable of the FILTER stands for."""
        return {name: self._probes.values(self._rest, name) for name in variables(self._part.text)}

    def judge(self) -> Diagnosis:
        """Return the cause: the first look that finds one."""
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
                always = f"{name} always has a value, for its triple is not in an OPTIONAL"
                reason = f"there are matches, and this FILTER turns all of them away: {always}"
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
        for text in self.casts():
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
            f"{name} holds {' and '.join(kinds(values)[:_SHOWN])}, for example {examples(values, self._probes.short)}"
            for name, values in self._values.items()
            if values
        ]
        iris = any(value.is_iri for values in self._values.values() for value in values)
        names = f". The names of things stand at {self._probes.short(LABEL)}" if iris else ""
        reason = "this FILTER turns all matches away, because it needs values of another type"
        return f"{reason}: {'; '.join(held)}{names}"

    def casts(self) -> Iterator[str]:
        """Write the FILTER with its variables or its literals as another type."""
        for name, values in self._values.items():
            types = datatypes(values) | ({""} if any(value.is_iri for value in values) else set())
            yield from self._typed_literals(types)
            for form, of in _CASTS.items():
                if types & of and (form != _NUMBER or self._compares_numbers()):
                    cast = form if form != _NUMBER else f"{self._probes.short(XSD + 'decimal')}({{}})"
                    yield with_variable(self._part.text, name, cast.format(name))

    def _compares_numbers(self) -> bool:
        return any(token.kind == "number" for token in tokens(self._part.text))

    def _typed_literals(self, types: set[str]) -> Iterator[str]:
        """Write the literals of the FILTER with the types of the values that they are compared with."""
        spans = list(literals(self._part.text))
        for datatype in sorted(types - {"", "language"}):
            forms = [self._typed(text, datatype) for _, _, text in spans]
            if spans and all(forms):
                yield replaced(self._part.text, spans, forms)

    def _typed(self, written: str, datatype: str) -> str:
        bare = re.split(r"[\"']", written)[1] if written[:1] in {'"', "'"} else written
        if datatype == f"{XSD}gYear":
            bare = bare.partition("-")[0]
        if datatype == f"{XSD}string":
            return quoted(bare)
        if is_number(datatype):
            bare = bare.replace(",", ".")
            return bare if re.fullmatch(r"[+-]?\d+(\.\d+)?", bare) else ""
        return self._probes.write(f"{quoted(bare)}^^<{datatype}>")

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
                    reason = f"there are matches, and this FILTER turns all of them away: the values of {name} {lack}"
                    return Diagnosis(BROKEN, reason, self._part, (), text)
        return None

    def _rewritten(self) -> Diagnosis | None:
        """Try the FILTER with its texts and IRIs as the values write them."""
        tried: set[str] = set()
        for text, reason, near in self._rewritings():
            if text != self._part.text and text not in tried and self._probes.may_hold(f"{self._rest}\n{text}"):
                return Diagnosis(BROKEN, reason, self._part, near, text)
            tried.add(text)
        return None

    def _rewritings(self) -> Iterator[tuple[str, str, tuple[Absent, ...]]]:
        plain = "this FILTER turns all matches away"
        letters = f"{plain}: texts differ by case, and a text is neither a number nor an IRI"
        spans = list(literals(self._part.text))
        for text in self._in_other_letters(spans):
            yield text, letters, ()
        yield from self._as_iri(spans, letters)
        yield from self._other_pattern(spans)
        for name, values in self._values.items():
            texts = [value for value in values if value.datatype]
            if not any(value.is_iri for value in values):
                for text in self._as_values(spans, texts):
                    yield text, f"{plain}: the values of {name} are written differently", ()
            else:
                yield from self._as_things(spans, name)
        for name in variables(self._part.text):
            yield with_variable(self._part.text, name, f"STR({name})"), letters, ()
        for term in terms_of(self._part.text):
            text = self._part.text.replace(term, f"STR({term})")
            yield text, "STR gives a text, and a text never equals an IRI: this form compares texts", ()
        yield from self._other_iris()

    def _in_other_letters(self, spans: list[tuple[int, int, str]]) -> Iterator[str]:
        for span in spans:
            if span[2][:1] not in {'"', "'"}:
                continue
            bare, tail = _split(span[2])
            for form in dict.fromkeys((bare.lower(), bare.upper(), bare.capitalize(), bare.title())):
                yield replaced(self._part.text, [span], [quoted(form) + tail])

    def _as_iri(self, spans: list[tuple[int, int, str]], reason: str) -> Iterator[tuple[str, str, tuple[Absent, ...]]]:
        """Write texts that look like IRIs as IRIs, also those that are short names in quotation marks."""
        for span in spans:
            bare, _ = _split(span[2])
            if span[2][:1] not in {'"', "'"} or set(bare) & set('<>"{}|^`\\ '):
                continue
            if self._probes.expand(bare):
                yield replaced(self._part.text, [span], [bare]), reason, ()
            if ":" in bare:
                yield replaced(self._part.text, [span], [f"<{bare}>"]), reason, ()
            for end in (f"/{bare}", f"#{bare}", bare):
                ends = re.sub(r"(STR\s*\(\s*[?$]\w+\s*\))\s*=\s*$", r"STRENDS(\1, ", self._part.text[: span[0]])
                if ends != self._part.text[: span[0]]:
                    text = f"{ends}{quoted(end)}){self._part.text[span[1] :]}"
                    yield text, "an IRI is compared with a part of it: this form compares its end", ()

    def _as_values(self, spans: list[tuple[int, int, str]], values: list[Value]) -> Iterator[str]:
        """Write literals as the values that they may have been meant for, whole or a part of them."""
        forms: list[str] = []
        for span in spans:
            term = self._things.literal(span[2])
            near = self._alike(term, values)
            yield from (replaced(self._part.text, [span], [self._probes.write(one.written)]) for one in near)
            forms.append(self._probes.write(near[0].written) if near else span[2])
            if span[2][:1] in {'"', "'"} and (found := inside(term.text, values)):
                yield replaced(self._part.text, [span], [quoted(found)])
        yield replaced(self._part.text, spans, forms)
        for span in spans:
            near = meant(self._things.literal(span[2]), values)
            yield from (replaced(self._part.text, [span], [self._probes.write(one.written)]) for one in near)

    def _alike(self, term: Value, values: list[Value]) -> list[Value]:
        """Return values that are the same but for spelling, tag or type; a number is only meant as another type."""
        found = meant(term, values, similar=False)
        return [one for one in found if one.number == term.number] if is_number(term.datatype) else found

    def _as_things(self, spans: list[tuple[int, int, str]], name: str) -> Iterator[tuple[str, str, tuple[Absent, ...]]]:
        """Write names of things as their IRIs, and compare labels where the words of an IRI were meant."""
        reason = f"{name} stands for things, not texts"
        forms = []
        for span in spans:
            near = self._things.labelled(self._things.literal(span[2]), self._rest, name, close=False)
            forms.append(self._probes.short(near[0]) if near else span[2])
        yield replaced(self._part.text, spans, forms), f"{reason}: write the IRI of the thing", ()
        label = self._probes.short(LABEL)
        inner = with_variable(self._part.text, name, "?itsLabel")
        yield f"{name} {label} ?itsLabel {inner}", f"{reason}: their names stand at {label}", ()
        lowered = re.sub(
            r"(?i)(CONTAINS|STRSTARTS|STRENDS)\s*\(\s*(STR\()?\?itsLabel\)?", r"\1(LCASE(?itsLabel)", inner
        )
        yield f"{name} {label} ?itsLabel {lowered}", f"{reason}: their names stand at {label}", ()

    def _other_iris(self) -> Iterator[tuple[str, str, tuple[Absent, ...]]]:
        """Write IRIs as those that the variables stand for."""
        for term in terms_of(self._part.text):
            whole = self._probes.iri(term)
            exists = self._probes.occurs(term)
            known = [value.text for values in self._values.values() for value in values if value.is_iri]
            types = [one for values in self._values.values() for one in datatypes(values) if one.startswith("http")]
            near = similar(
                whole, types if whole.startswith(XSD) else known, exists=exists and not whole.startswith(XSD)
            )
            if not near and whole.startswith(XSD):
                near = tuple(types[:1])
            for one in near:
                text = self._part.text.replace(term, self._probes.short(one))
                yield text, f"{term} is not among the values here", (Absent(term, near),)

    def _other_pattern(self, spans: list[tuple[int, int, str]]) -> Iterator[tuple[str, str, tuple[Absent, ...]]]:
        """Try a text with wildcards or anchors as what they mean elsewhere."""
        text = self._part.text
        for span in spans:
            bare, tail = _split(span[2])
            if span[2][:1] not in {'"', "'"} or not bare:
                continue
            plain = bare.strip("^$%*").replace("%", "")
            if plain and plain != bare:
                yield replaced(text, [span], [quoted(plain) + tail]), _about_signs(bare), ()
            if _PATTERN.search(text):
                yield replaced(text, [span], [f'{span[2]}, "i"']), 'REGEX minds case unless its flag "i" is set', ()
                continue
            if _SIGNS.search(bare):
                reason = "only REGEX reads signs such as * and . as a pattern"
                yield re.sub(r"(?i)\b(CONTAINS|STRSTARTS|STRENDS)\b", "REGEX", text), reason, ()
            wider = re.sub(r"(?i)\b(STRSTARTS|STRENDS)\b", "CONTAINS", text)
            yield wider, "no value starts or ends with this text, but some contain it", ()

    def _kind(self) -> Diagnosis | None:
        """Look for what the values of a variable are a kind of."""
        for name, values in self._values.items():
            if not any(value.is_iri for value in values):
                continue
            known = {value.text for value in values}
            for term in (one for one in terms_of(self._part.text) if self._probes.iri(one) not in known):
                up = self._probes.names(f"{self._rest}\n{name} ?goesUp {term}", "?goesUp")
                ways = [one for one in up if re.search("broader|subclass|partof|variantof", local_name(one).lower())]
                for way in ways[:1]:
                    path = f"{self._probes.short(way)}*"
                    hint = f"FILTER EXISTS {{ {name} {path} {term} }}"
                    reason = f"no {name} is {term} itself, but a kind of it: {self._probes.short(way)} leads up to it"
                    return Diagnosis(BROKEN, reason, self._part, (), hint)
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
                    tested = f"{self._part.text} turns all matches away"
                    reason = f"{tested}: {predicate} has no such value, but {other} has"
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
        if _PATTERN.search(self._part.text):
            reason += ", or the regular expression is not well-formed"
        held = [
            f"{name} holds {' and '.join(kinds(values)[:_SHOWN])}" for name, values in self._values.items() if values
        ]
        return Diagnosis(BROKEN, f"{reason}. {'; '.join(held)}" if held else reason, self._part)

    def _no_match(self) -> Diagnosis:
        absent = () if denies(self._part.text) else tuple(self._absent())
        if absent:
            names = ", ".join(one.term for one in absent)
            return Diagnosis(BROKEN, f"{names} {'occurs' if len(absent) == 1 else 'occur'} nowhere", self._part, absent)
        return Diagnosis(NO_MATCH, "there are matches, and this FILTER turns all of them away", self._part)

    def _absent(self) -> Iterator[Absent]:
        for term in terms_of(self._part.text):
            if not self._probes.iri(term).startswith(XSD) and not self._probes.occurs(term):
                yield Absent(term, self._things.near(term, "object", "", ""), self._probes.elsewhere(term))


def undefined(probes: Probes, part: Part) -> Diagnosis | None:
    """Say that a part calls a function that nobody defines, and which of SPARQL's own does something like it."""
    called = [token.text for token in tokens(part.text) if token.kind in {"iri", "name"}]
    for term in called if probes.unknown else ():
        if (whole := probes.iri(term)) in probes.unknown:
            other = _OTHER_WORDS.get(local_name(whole).lower(), "")
            own = f"; SPARQL has {other}" if other else ""
            reason = f"this server does not know the function {term}, so each call of it is an error{own}"
            return Diagnosis(BROKEN, reason, part)
    return None


def denies(text: str) -> bool:
    """Return whether an expression says no to something: then another text would match for the wrong reason."""
    return any(one.text in {"!", "!="} or one.text.upper() == "NOT" for one in tokens(text))


def literals(text: str) -> Iterator[tuple[int, int, str]]:
    """Return the literals of an expression, each with its start, its end and its text with tag or type."""
    found: list[Token] = list(tokens(text))
    at = 0
    while at < len(found):
        token = found[at]
        end = at + 1
        if token.kind == "string":
            if end < len(found) and found[end].kind == "tag":
                end += 1
            elif end + 1 < len(found) and found[end].text == "^^":
                end += 2
        if token.kind in {"string", "number"}:
            last = found[end - 1]
            stop = last.offset + len(last.text)
            yield token.offset, stop, text[token.offset : stop]
        at = end


def replaced(text: str, spans: Sequence[tuple[int, int, str]], forms: Sequence[str]) -> str:
    """Write other texts in place of some spans."""
    pieces, at = [], 0
    for (start, end, _), form in sorted(zip(spans, forms, strict=True)):
        pieces += [text[at:start], form]
        at = end
    return "".join([*pieces, text[at:]])


def _about_signs(bare: str) -> str:
    if bare[0] == "^" or bare[-1] == "$":
        return "^ and $ stand for the start and the end of the whole text: without these anchors it has matches"
    sign = bare[0] if bare[0] in "%*" else bare[-1]
    return f"{sign} is not a wildcard: CONTAINS and REGEX find a text anywhere, and in a regular expression .* is one"


def _split(written: str) -> tuple[str, str]:
    """Return the text of a string literal, and its tag or type."""
    match = re.match(r"(\"\"\"|'''|\"|')(.*?)\1(.*)$", written, re.DOTALL)
    return (match[2], match[3]) if match else (written, "")
