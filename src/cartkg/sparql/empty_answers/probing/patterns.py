"""Split a WHERE clause into its parts: triples, filters and groups, each with its position; no I/O.

Made for diagnosis, where a part that is not understood may be treated as one piece; it never needs to be exact enough
to evaluate anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.evaluation.syntax import FORMS, decode, position, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cartkg.evaluation.syntax import Token

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_KINDS = {"OPTIONAL": "optional", "MINUS": "minus", "BIND": "bind", "VALUES": "values"}
_BLOCKS = frozenset({*_KINDS, "GRAPH", "SERVICE"})


@dataclass(frozen=True, slots=True)
class PatternPart:
    """One part of a WHERE clause.

    Attributes:
        text: as SPARQL; a triple is written out in full.
        kind: triple, filter, optional, minus, group, values or bind.
        line: where it starts, from 1.
        column: where it starts, from 1.
        terms: the three terms of a triple, as written.
        graph: name of the graph that a GRAPH block asks, as written; empty for a variable or another part.
    """

    text: str
    kind: str
    line: int
    column: int
    terms: tuple[str, ...] = ()
    graph: str = ""


@dataclass(frozen=True, slots=True)
class PatternOutline:
    """The parts of a query.

    Attributes:
        prologue: what comes before SELECT, ASK ...
        dataset: the FROM clauses.
        parts: what WHERE contains.
        rest: what comes after it.
        described: names of things that a DESCRIBE without WHERE asks for.
        head: the form and what it asks for, as in `SELECT DISTINCT ?s`.
    """

    prologue: str
    dataset: str
    parts: tuple[PatternPart, ...]
    rest: str = ""
    described: tuple[str, ...] = ()
    head: str = ""


class _Reader:
    """Tokens with a cursor."""

    def __init__(self, text: str, found: Sequence[Token]) -> None:
        self.text = text
        self.found = found
        self.at = 0

    @property
    def now(self) -> Token | None:
        return self.found[self.at] if self.at < len(self.found) else None

    def word(self) -> str:
        token = self.now
        return token.text.upper() if token is not None and token.kind == "word" else ""

    def is_mark(self, *marks: str) -> bool:
        return self.now is not None and self.now.text in marks and self.now.kind == "mark"

    def step(self) -> str:
        """Take one token, or a whole bracket with all that is in it."""
        token = self.found[self.at]
        self.at += 1
        if token.kind != "mark" or token.text not in _PAIRS:
            return token.text
        level = 1
        while level and self.now is not None:
            level += (self.now.text in _PAIRS) - (self.now.text in _PAIRS.values())
            self.at += 1
        return self.text[token.offset : self.end()]

    def end(self) -> int:
        last = self.found[self.at - 1]
        return last.offset + len(last.text)

    def slice(self, start: int) -> str:
        return self.text[self.found[start].offset : self.end()]


def outline(query: str) -> PatternOutline | None:
    """Split a query into parts; None if it has no recognisable WHERE clause and is not a DESCRIBE."""
    text = decode(query)
    reader = _Reader(text, list(tokens(text)))
    form = next((i for i, t in enumerate(reader.found) if t.kind == "word" and t.text.upper() in FORMS), None)
    if form is None:
        return None
    prologue = text[: reader.found[form].offset]
    reader.at = form + 1
    dataset: list[str] = []
    while reader.now is not None and not _where(reader, form):
        if reader.word() == "FROM":
            start = reader.at
            reader.step()
            if reader.word() == "NAMED":
                reader.step()
            reader.step()
            dataset.append(reader.slice(start))
        else:
            reader.step()
    if reader.now is None:
        if reader.found[form].text.upper() != "DESCRIBE":
            return None
        names = [one.text for one in reader.found[form + 1 :] if one.kind in {"iri", "name"}]
        return PatternOutline(prologue, "", (), "", tuple(names))
    group = reader.at
    reader.step()
    inside = _Reader(text, reader.found[group + 1 : reader.at - 1])
    head = _head(text[reader.found[form].offset : reader.found[group].offset])
    return PatternOutline(prologue, " ".join(dataset), tuple(_parts(inside)), text[reader.end() :], (), head)


def _head(text: str) -> str:
    """Return what a query asks for, without the FROM clauses and WHERE."""
    for token in tokens(text):
        if token.kind == "word" and token.text.upper() in {"FROM", "WHERE"}:
            return text[: token.offset].strip()
    return text.strip()


def branches(part: PatternPart) -> tuple[tuple[PatternPart, ...], ...]:
    """Return the parts of each block within a part, one level down: of a UNION, one tuple for each side."""
    reader = _Reader(part.text, list(tokens(part.text)))
    found: list[tuple[PatternPart, ...]] = []
    while reader.now is not None:
        if not reader.is_mark("{"):
            reader.at += 1
            continue
        start = reader.at
        reader.step()
        inside = _Reader(part.text, reader.found[start + 1 : reader.at - 1])
        if inside.word() == "SELECT":
            while inside.now is not None and not inside.is_mark("{"):
                inside.at += 1
            opened = inside.at
            if inside.now is not None:
                inside.step()
            inside = _Reader(part.text, inside.found[opened + 1 : inside.at - 1])
        found.append(tuple(_parts(inside)))
    return tuple(found)


def variables(text: str) -> list[str]:
    """Return the variables of a text in the order in which they first appear, written with a question mark."""
    return list(dict.fromkeys(f"?{one.text[1:]}" for one in tokens(text) if one.kind == "variable"))


def conjuncts(text: str) -> list[str]:
    """Return the sides of the `&&` of an expression in brackets; the expression alone when it has none."""
    expression = text.strip()
    reader = _Reader(expression, list(tokens(expression)))
    if not reader.is_mark("("):
        return [expression]
    inside = _Reader(expression, reader.found[1:-1])
    sides: list[str] = []
    start = 0
    while inside.now is not None:
        if inside.is_mark("||"):
            return [expression]
        if inside.is_mark("&&"):
            if inside.at > start:
                sides.append(inside.slice(start))
            inside.at += 1
            start = inside.at
        else:
            inside.step()
    return [f"({one})" for one in [*sides, *([inside.slice(start)] if inside.at > start else [])]]


def steps(predicate: str) -> tuple[str, ...]:
    """Return the steps of a path that is a sequence of properties, each with its signs; empty for any other path."""
    found = list(tokens(predicate))
    if any(one.text in {"(", "|", "!"} for one in found):
        return ()
    cuts = [one.offset for one in found if one.kind == "mark" and one.text == "/"]
    return tuple(
        predicate[start:end].strip() for start, end in zip([0, *(cut + 1 for cut in cuts)], [*cuts, None], strict=True)
    )


def _where(reader: _Reader, form: int) -> bool:
    """Return whether the cursor is at the group of WHERE, not at the template of CONSTRUCT."""
    if not reader.is_mark("{"):
        return False
    is_template = reader.found[form].text.upper() == "CONSTRUCT" and reader.at == form + 1
    return not is_template


def _parts(reader: _Reader) -> Iterator[PatternPart]:
    while reader.now is not None:
        start = reader.at
        line, column = position(reader.text, reader.now.offset)
        word = reader.word()
        if reader.is_mark(".", ";"):
            reader.step()
        elif word == "FILTER":
            _filter(reader)
            yield PatternPart(reader.slice(start), "filter", line, column)
        elif word in _BLOCKS or reader.is_mark("{"):
            _block(reader)
            name = reader.found[start + 1] if word == "GRAPH" else None
            graph = name.text if name is not None and name.kind in {"iri", "name"} else ""
            yield PatternPart(reader.slice(start), _KINDS.get(word, "group"), line, column, (), graph)
        else:
            yield from _triples(reader)


def _filter(reader: _Reader) -> None:
    reader.step()
    while reader.word() in {"NOT", "EXISTS"}:
        reader.step()
    while reader.now is not None and not reader.is_mark("(", "{"):
        reader.step()
    if reader.now is not None:
        reader.step()


def _block(reader: _Reader) -> None:
    """Take a block up to its closing brace, and the blocks that UNION joins to it."""
    is_bind = reader.word() == "BIND"
    while reader.now is not None and not reader.is_mark("(" if is_bind else "{"):
        reader.step()
    if reader.now is not None:
        reader.step()
    while reader.word() == "UNION":
        reader.step()
        if reader.now is not None:
            reader.step()


def _triples(reader: _Reader) -> Iterator[PatternPart]:
    """Write out a block of triples that share a subject: `s p o , o ; p o .`."""
    subject = _term(reader)
    while reader.now is not None and not reader.is_mark(".", "{", "}"):
        line, column = position(reader.text, reader.now.offset)
        predicate = _path(reader)
        while reader.now is not None and not reader.is_mark(".", ";"):
            value = _term(reader)
            yield PatternPart(f"{subject} {predicate} {value} .", "triple", line, column, (subject, predicate, value))
            if not reader.is_mark(","):
                break
            reader.step()
        if not reader.is_mark(";"):
            return
        while reader.is_mark(";"):
            reader.step()
        if reader.word() in {"FILTER", "OPTIONAL"}:
            return


def _term(reader: _Reader) -> str:
    """Take one term: a literal with its tag or type, a signed number, anything in brackets."""
    start = reader.at
    if reader.is_mark("+", "-"):
        reader.step()
    if reader.now is None:
        return reader.slice(start) if reader.at > start else ""
    kind = reader.now.kind
    reader.step()
    if kind == "string" and reader.now is not None:
        if reader.now.kind == "tag":
            reader.step()
        elif reader.is_mark("^^"):
            reader.step()
            if reader.now is not None:
                reader.step()
    return reader.slice(start)


def _path(reader: _Reader) -> str:
    """Take a predicate or a path: terms joined by / and |, signs before and after."""
    start = reader.at
    while reader.now is not None:
        while reader.is_mark("^", "!"):
            reader.step()
        if reader.now is None:
            break
        reader.step()
        while reader.is_mark("*", "+", "?"):
            reader.step()
        if not reader.is_mark("/", "|"):
            break
        reader.step()
    return reader.slice(start)
