"""Suggest other ways to write a FILTER, with strings, numbers and IRIs in the form of the values compared."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from cartkg.evaluation.syntax import tokens
from cartkg.namespaces import XSD
from cartkg.sparql.empty_answers.probing.causes_found import Absent
from cartkg.sparql.empty_answers.probing.likeness import LABEL, similar
from cartkg.sparql.empty_answers.probing.patterns import variables
from cartkg.sparql.empty_answers.probing.probes import with_variable
from cartkg.sparql.empty_answers.probing.things import terms_of
from cartkg.sparql.empty_answers.probing.values import Value, datatypes, inside, is_number, meant, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cartkg.evaluation.syntax import Token
    from cartkg.sparql.empty_answers.probing.probes import Probes
    from cartkg.sparql.empty_answers.probing.things import Things

    #: Start, end and text of a literal.
    Span = tuple[int, int, str]
    #: A FILTER, what to say if it has matches, terms that are not there.
    Rewriting = tuple[str, str, tuple[Absent, ...]]

PATTERN = re.compile(r"\bREGEX\s*\(", re.IGNORECASE)
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


class OtherForms:
    """Write one FILTER in other ways."""

    def __init__(self, probes: Probes, things: Things, text: str, rest: str) -> None:
        """Look at a FILTER and at the text of the parts that have matches without it."""
        self._probes = probes
        self._things = things
        self._text = text
        self._rest = rest

    @cached_property
    def values(self) -> dict[str, list[Value]]:
        """What each variable of the FILTER stands for."""
        return {name: self._probes.values(self._rest, name) for name in variables(self._text)}

    def casts(self) -> Iterator[str]:
        """Write the FILTER with its variables or its literals as another type."""
        for name, values in self.values.items():
            types = datatypes(values) | ({""} if any(value.is_iri for value in values) else set())
            yield from self._typed_literals(types)
            yield re.sub(rf"(?i)\b(YEAR|MONTH|DAY|STR)\s*\(\s*[?$]{name[1:]}\s*\)", name, self._text)
            for form, of in _CASTS.items():
                if types & of and (form != _NUMBER or self._compares_numbers()):
                    cast = form if form != _NUMBER else f"{self._probes.short(XSD + 'decimal')}({{}})"
                    yield with_variable(self._text, name, cast.format(name))

    def _compares_numbers(self) -> bool:
        return any(token.kind == "number" for token in tokens(self._text))

    def _typed_literals(self, types: set[str]) -> Iterator[str]:
        """Write the literals of the FILTER with the types of the values that they are compared with."""
        spans = list(literals(self._text))
        for datatype in sorted(types - {"", "language"}):
            forms = [self._typed(text, datatype) for _, _, text in spans]
            if spans and all(forms):
                yield replaced(self._text, spans, forms)

    def _typed(self, written: str, datatype: str) -> str:
        bare = re.split(r"[\"']", written)[1] if written[:1] in {'"', "'"} else written
        if datatype == f"{XSD}gYear":
            bare = bare.partition("-")[0]
        if datatype == f"{XSD}string":
            return quoted(bare)
        if is_number(datatype):
            bare = re.sub(r"^(\d{4})-.*", r"\1", bare.replace(",", "."))  # of a date, the year
            return bare if re.fullmatch(r"[+-]?\d+(\.\d+)?", bare) else ""
        return self._probes.write(f"{quoted(bare)}^^<{datatype}>")

    def found(self) -> Iterator[Rewriting]:
        """Yield other ways to write the FILTER, each with its message if it has matches, and missing terms."""
        plain = "this FILTER excludes all matches"
        letters = f"{plain}: strings are case-sensitive, and a string is neither a number nor an IRI"
        spans = list(literals(self._text))
        for text in self._in_other_letters(spans):
            yield text, letters, ()
        yield from self._as_iri(spans, letters)
        yield from self._other_pattern(spans)
        for name, values in self.values.items():
            texts = [value for value in values if value.datatype]
            if not any(value.is_iri for value in values):
                for text in self._as_values(spans, texts):
                    yield text, f"{plain}: the values of {name} are written differently", ()
            else:
                yield from self._as_things(spans, name)
        for name in variables(self._text):
            yield with_variable(self._text, name, f"STR({name})"), letters, ()
        for term in terms_of(self._text):
            text = self._text.replace(term, f"STR({term})")
            yield text, "STR returns a string, which never equals an IRI: this form compares strings", ()
        yield from self._other_iris()

    def _in_other_letters(self, spans: list[Span]) -> Iterator[str]:
        for span in spans:
            if span[2][:1] not in {'"', "'"}:
                continue
            bare, tail = _split(span[2])
            for form in dict.fromkeys((bare.lower(), bare.upper(), bare.capitalize(), bare.title())):
                yield replaced(self._text, [span], [quoted(form) + tail])

    def _as_iri(self, spans: list[Span], reason: str) -> Iterator[Rewriting]:
        """Write texts that look like IRIs as IRIs, also those that are short names in quotation marks."""
        for span in spans:
            bare, _ = _split(span[2])
            if span[2][:1] not in {'"', "'"} or set(bare) & set('<>"{}|^`\\ '):
                continue
            if self._probes.expand(bare):
                yield replaced(self._text, [span], [bare]), reason, ()
            if ":" in bare:
                yield replaced(self._text, [span], [f"<{bare}>"]), reason, ()
            for end in (f"/{bare}", f"#{bare}", bare):
                ends = re.sub(r"(STR\s*\(\s*[?$]\w+\s*\))\s*=\s*$", r"STRENDS(\1, ", self._text[: span[0]])
                if ends != self._text[: span[0]]:
                    text = f"{ends}{quoted(end)}){self._text[span[1] :]}"
                    yield text, "an IRI is compared with a part of it: this form compares its end", ()

    def _as_values(self, spans: list[Span], values: list[Value]) -> Iterator[str]:
        """Write literals as the values that they may have been meant for, whole or a part of them."""
        forms: list[str] = []
        for span in spans:
            term = self._things.literal(span[2])
            near = self._alike(term, values)
            yield from (replaced(self._text, [span], [self._probes.write(one.written)]) for one in near)
            forms.append(self._probes.write(near[0].written) if near else span[2])
            if span[2][:1] in {'"', "'"} and (found := inside(term.text, values)):
                yield replaced(self._text, [span], [quoted(found)])
        yield replaced(self._text, spans, forms)
        for span in spans:
            near = meant(self._things.literal(span[2]), values)
            yield from (replaced(self._text, [span], [self._probes.write(one.written)]) for one in near)

    def _alike(self, term: Value, values: list[Value]) -> list[Value]:
        """Return values that are the same but for spelling, tag or type; a number is only meant as another type."""
        found = meant(term, values, similar=False)
        return [one for one in found if one.number == term.number] if is_number(term.datatype) else found

    def _as_things(self, spans: list[Span], name: str) -> Iterator[Rewriting]:
        """Write names of things as their IRIs, and compare labels where the words of an IRI were meant."""
        reason = f"{name} stands for resources, not text"
        forms = []
        for span in spans:
            near = self._things.labelled(self._things.literal(span[2]), self._rest, name, close=False)
            forms.append(self._probes.short(near[0]) if near else span[2])
        yield replaced(self._text, spans, forms), f"{reason}: write the IRI of the thing", ()
        label = self._probes.short(LABEL)
        inner = with_variable(self._text, name, "?itsLabel")
        yield f"{name} {label} ?itsLabel {inner}", f"{reason}: their names are values of {label}", ()
        lowered = re.sub(
            r"(?i)(CONTAINS|STRSTARTS|STRENDS)\s*\(\s*(STR\()?\?itsLabel\)?", r"\1(LCASE(?itsLabel)", inner
        )
        yield f"{name} {label} ?itsLabel {lowered}", f"{reason}: their names are values of {label}", ()

    def _other_iris(self) -> Iterator[Rewriting]:
        """Write IRIs as those that the variables stand for."""
        for term in terms_of(self._text):
            whole = self._probes.iri(term)
            exists = self._probes.occurs(term)
            known = [value.text for values in self.values.values() for value in values if value.is_iri]
            types = [one for values in self.values.values() for one in datatypes(values) if one.startswith("http")]
            near = similar(
                whole, types if whole.startswith(XSD) else known, exists=exists and not whole.startswith(XSD)
            )
            if not near and whole.startswith(XSD):
                near = tuple(types[:1])
            for one in near:
                text = self._text.replace(term, self._probes.short(one))
                yield text, f"{term} is not among the values here", (Absent(term, near),)

    def _other_pattern(self, spans: list[Span]) -> Iterator[Rewriting]:
        """Try a text with wildcards or anchors as what they mean elsewhere."""
        text = self._text
        for span in spans:
            bare, tail = _split(span[2])
            if span[2][:1] not in {'"', "'"} or not bare:
                continue
            plain = bare.strip("^$%*").replace("%", "")
            if plain and plain != bare:
                yield replaced(text, [span], [quoted(plain) + tail]), _about_signs(bare), ()
            if PATTERN.search(text):
                yield (
                    replaced(text, [span], [f'{span[2]}, "i"']),
                    'REGEX is case-sensitive unless its flag "i" is set',
                    (),
                )
                continue
            if _SIGNS.search(bare):
                reason = "only REGEX treats characters such as * and . as a pattern"
                yield re.sub(r"(?i)\b(CONTAINS|STRSTARTS|STRENDS)\b", "REGEX", text), reason, ()
            wider = re.sub(r"(?i)\b(STRSTARTS|STRENDS)\b", "CONTAINS", text)
            yield wider, "no value starts or ends with this text, but some contain it", ()


def literals(text: str) -> Iterator[Span]:
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


def replaced(text: str, spans: Sequence[Span], forms: Sequence[str]) -> str:
    """Write other texts in place of some spans."""
    pieces, at = [], 0
    for (start, end, _), form in sorted(zip(spans, forms, strict=True)):
        pieces += [text[at:start], form]
        at = end
    return "".join([*pieces, text[at:]])


def _about_signs(bare: str) -> str:
    if bare[0] == "^" or bare[-1] == "$":
        return "^ and $ match the start and the end of the whole string: without these anchors there are matches"
    sign = bare[0] if bare[0] in "%*" else bare[-1]
    return (
        f"{sign} is not a wildcard: CONTAINS and REGEX match anywhere in a string, and in "
        "a regular expression the wildcard is .*"
    )


def _split(written: str) -> tuple[str, str]:
    """Return the text of a string literal, and its tag or type."""
    match = re.match(r"(\"\"\"|'''|\"|')(.*?)\1(.*)$", written, re.DOTALL)
    return (match[2], match[3]) if match else (written, "")
