"""Classify the terms of an answer: what kind of value they are and how similar; no I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from cartkg.namespaces import XSD
from cartkg.nearest import fold, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

#: Longer texts are not compared by likeness, whose cost grows with the square of the length.
_LONGEST = 400
_SHOWN = 3
#: Longer terms are not read but taken for texts.
_READ = 4096
#: Most texts that one is compared with by likeness.
_COMPARED = 2000
_WORD = 5
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([\w-]+)|\^\^<([^>]*)>)?$', re.DOTALL)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?$")
_FIRST_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})$")
_STRING = f"{XSD}string"
_LANGUAGE = "language"
_NUMBERS = {f"{XSD}{name}" for name in ("integer", "decimal", "double", "float")}
_NAMES = {
    f"{XSD}integer": "whole numbers (xsd:integer)",
    f"{XSD}decimal": "decimal numbers (xsd:decimal)",
    f"{XSD}double": "floating-point numbers (xsd:double)",
    f"{XSD}boolean": "true or false (xsd:boolean)",
    f"{XSD}gYear": "years (xsd:gYear)",
    f"{XSD}gYearMonth": "months of a year (xsd:gYearMonth)",
    f"{XSD}date": "dates (xsd:date)",
    f"{XSD}dateTime": "times of a day (xsd:dateTime)",
    f"{XSD}anyURI": "addresses (xsd:anyURI)",
    _STRING: "texts without a language tag (xsd:string)",
}


@dataclass(frozen=True, slots=True)
class Value:
    """One term.

    Attributes:
        written: as SPARQL writes it.
        text: the IRI, or the text of a literal.
        datatype: IRI of the datatype of a literal; empty for an IRI or a blank node.
        tag: language tag of a literal.
    """

    written: str
    text: str
    datatype: str = ""
    tag: str = ""

    @property
    def is_iri(self) -> bool:
        """Return whether this is an IRI."""
        return self.written.startswith("<")

    @property
    def number(self) -> float | None:
        """Return the number that the text writes, if it writes one."""
        return float(self.text) if len(self.text) < _LONGEST and _NUMBER.match(self.text) else None


def read(written: str) -> Value:
    """Read a term of a table in TSV."""
    if written.startswith("<"):
        return Value(written, written[1:-1])
    if len(written) > _READ:
        return Value(written, written[:_READ], _STRING)
    if match := _LITERAL.match(written):
        text = re.sub(r"\\(.)", lambda one: {"n": "\n", "t": "\t", "r": "\r"}.get(one[1], one[1]), match[1])
        return Value(written, text, match[3] or (_LANGUAGE if match[2] else _STRING), match[2] or "")
    if written in {"true", "false"}:
        return Value(written, written, f"{XSD}boolean")
    if _NUMBER.match(written):
        return Value(written, written, f"{XSD}{'decimal' if '.' in written else 'integer'}")
    return Value(written, written, "" if written.startswith("_:") else f"{XSD}double")


def quoted(text: str) -> str:
    """Write a text as a literal of SPARQL."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(plain, escaped)
    return f'"{text}"'


def kinds(values: Iterable[Value]) -> list[str]:
    """Return the kinds of some values in words, the most common first."""
    counts: dict[str, int] = {}
    for value in values:
        kind = _kind(value)
        counts[kind] = counts.get(kind, 0) + 1
    return sorted(counts, key=lambda kind: -counts[kind])


def datatypes(values: Iterable[Value]) -> set[str]:
    """Return the datatypes of the literals among some values."""
    return {value.datatype for value in values if value.datatype}


def is_number(datatype: str) -> bool:
    """Return whether values of a datatype are compared as numbers."""
    return datatype in _NUMBERS


def examples(values: Sequence[Value], short: Callable[[str], str]) -> str:
    """Write out a few values, the shortest of those that differ."""
    chosen = sorted({value.written for value in values}, key=lambda one: (len(one), one))[:_SHOWN]
    return ", ".join(short(one[1:-1]) if one.startswith("<") else short_literal(one) for one in chosen)


def short_literal(written: str) -> str:
    """Write a literal with the usual prefix of its datatype."""
    return re.sub(rf"\^\^<{re.escape(XSD)}(\w+)>$", r"^^xsd:\1", written)


def _kind(value: Value) -> str:
    if not value.datatype:
        return "IRIs" if value.is_iri else "blank nodes"
    if value.datatype == _LANGUAGE:
        return f'texts with the language tag "{value.tag}"'
    return _NAMES.get(value.datatype, f"literals of type <{value.datatype}>")


def loose(text: str) -> tuple[str, str]:
    """Return a text normalised for spelling: case, accents, Mueller for Müller, British forms."""
    plain = fold(text)
    british = re.sub(r"[ao]e", "e", plain).replace("our", "or").replace("isation", "ization")
    return re.sub(r"([aou])e", r"\1", plain), british


def are_alike(one: str, other: str) -> bool:
    """Return whether two texts differ by spelling alone."""
    return any(mine == theirs for mine, theirs in zip(loose(one), loose(other), strict=True))


def meant(term: Value, values: Sequence[Value], *, similar: bool = True) -> list[Value]:
    """Return values that a literal may have been meant for, likeliest first.

    Args:
        term: what was written.
        values: what is in its place.
        similar: whether a value that is only similar counts, not just another way to write the same.
    """
    others = [value for value in values if value.written != term.written]
    literals = [value for value in others if value.datatype]
    for test in (_same_text, _same_number, _same_fold, _same_spelling, _same_day, _part, _first_number):
        found = [value for value in literals if test(term, value)]
        if found:
            return sorted(found, key=lambda value: (_distance(term.text, value.text), value.written))[:_SHOWN]
    if not similar or len(term.text) > _LONGEST or is_number(term.datatype):
        return []
    by_text = {value.text: value for value in literals if _may_be_similar(term.text, value.text)}
    found = [by_text[text] for text in suggest(term.text, list(by_text)[:_COMPARED], _SHOWN)]
    return found or _of_one_word(term, literals)


def _of_one_word(term: Value, values: Iterable[Value]) -> list[Value]:
    """Return the shortest values that hold the longest word of a text, as another form of a person's name does."""
    longest = max(fold(term.text).split(), key=len, default="")
    if len(longest) < _WORD:
        return []
    found = [value for value in values if longest in value.text.lower() and longest in fold(value.text).split()]
    return sorted(found, key=lambda value: (len(value.text), value.written))[:_SHOWN]


def _may_be_similar(one: str, other: str) -> bool:
    """Return whether two texts are about as long and begin or end alike, which is quick to tell."""
    alike = one[:1].lower() == other[:1].lower() or one[-_WORD:].lower() == other[-_WORD:].lower()
    return alike and 0.6 * len(one) <= len(other) <= 1.6 * len(one)  # what `suggest` takes


def _same_text(term: Value, value: Value) -> bool:
    return value.text == term.text


def _same_number(term: Value, value: Value) -> bool:
    return term.number is not None and term.number == value.number


def _same_fold(term: Value, value: Value) -> bool:
    return _are_as_long(term.text, value.text) and fold(term.text) == fold(value.text)


def _same_spelling(term: Value, value: Value) -> bool:
    return _are_as_long(term.text, value.text) and are_alike(term.text, value.text)


def _are_as_long(one: str, other: str) -> bool:
    """Return whether two texts may differ by spelling alone, as far as their lengths tell."""
    size = len(one)
    return 0 < size <= _LONGEST and abs(size - len(other)) <= 2 + size // 4


def _same_day(term: Value, value: Value) -> bool:
    written = _DAY.match(term.text)
    day = f"{written[3]}-{int(written[2]):02}-{int(written[1]):02}" if written else term.text.partition("T")[0]
    return value.datatype == f"{XSD}date" and value.text == day


def _part(term: Value, value: Value) -> bool:
    return len(term.text) <= _LONGEST and len(value.text) > _WORD and value.text.lower() in term.text.lower()


def _first_number(term: Value, value: Value) -> bool:
    found = _FIRST_NUMBER.match(term.text) if len(term.text) <= _LONGEST else None
    return (
        bool(found) and is_number(value.datatype) and value.number == float(found[0].replace(",", "."))
        if found
        else False
    )


def _distance(one: str, other: str) -> int:
    """Count the places at which two texts differ: of spellings that differ in case, the nearest wins."""
    return abs(len(one) - len(other)) + sum(mine != theirs for mine, theirs in zip(one, other, strict=False))


def inside(needle: str, values: Iterable[Value]) -> str:
    """Return how a value writes a text, ignoring spelling variants; empty if none contains it."""
    size = len(needle)
    if not fold(needle) or size > _LONGEST:
        return ""
    wanted, spread = loose(needle), range(-3, 4)
    first = {one[:1] for one in wanted} | {needle[:1].lower()}
    for value in islice(values, 2 * _COMPARED):
        if not any(mine in theirs for mine, theirs in zip(wanted, loose(value.text[:_LONGEST]), strict=True)):
            continue
        for start in re.finditer(r"\w+", value.text[:_LONGEST]):
            at = start.start()
            if not set(fold(start[0])[:1]) & first:
                continue
            for end in sorted((at + size + more for more in spread), key=lambda end: abs(end - at - size)):
                if needle != (found := value.text[at:end]).strip() and found == found.strip() and _is(found, wanted):
                    return found
    return ""


def _is(found: str, wanted: tuple[str, str]) -> bool:
    return any(mine == theirs for mine, theirs in zip(loose(found), wanted, strict=True))
