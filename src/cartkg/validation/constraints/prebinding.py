"""SPARQL text with pre-bound variables (SHACL, section 5.2.1): read once, written for each focus node.

A pre-bound variable is replaced by its value everywhere, in nested groups and subqueries too; where the grammar wants a
variable, the value is given a name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.evaluation.syntax import Token, tokens
from cartkg.namespaces import XSD
from cartkg.validation.rdf.terms import Term, is_blank

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FORBIDDEN = {"MINUS", "VALUES", "SERVICE", "FROM"}
_BLANK = "urn:cartkg:blank:"


class PrebindingError(Exception):
    """A query does what pre-binding does not allow; the message says what."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of a pre-bound variable: plain, in a (sub)SELECT clause, after GROUP BY or ORDER BY, or in BOUND()."""

    name: str
    written: str
    form: str


@dataclass(frozen=True, slots=True)
class Template:
    """A query cut at its pre-bound variables; `apart` is the same by `distinguishing`, for graphs with blank nodes."""

    parts: tuple[str | Slot, ...]
    apart: tuple[str | Slot, ...] = ()

    def fill(self, values: Mapping[str, Term], *, blanks: bool = False) -> str:
        """Write the query with values, for a graph with blank nodes or without; a variable without one stays."""
        parts = self.apart if blanks and self.apart else self.parts
        return "".join(part if isinstance(part, str) else _filled(part, values) for part in parts)


def template(query: str, names: frozenset[str]) -> Template:
    """Cut a query at the variables that will be bound beforehand.

    Raises:
        PrebindingError: it uses MINUS, VALUES, SERVICE, or FROM (it is asked of the data graph), assigns a bound
            variable, or has a subquery without $this.
    """
    return Template(tuple(_Reader(query, names).parts()))


def distinguishing(query: str) -> str:
    """Return a query whose functions that distinguish blank nodes from IRIs accept the names of `skolem`.

    These are isBlank and isIRI (SPARQL 1.1, sections 17.4.2.1 and 17.4.2.2), and STR, IRI and the cast to a string,
    which are errors at a blank node.
    """
    return _Rewriter(query, tuple(tokens(query))).run(0)[0]


_NAMED_BLANK = f'(isIRI({{0}}) && STRSTARTS(STR({{0}}), "{_BLANK}"))'
_CALLS = {
    "ISBLANK": f"(isBlank({{0}}) || {_NAMED_BLANK})",
    **dict.fromkeys(("ISIRI", "ISURI"), f'(isIRI({{0}}) && !STRSTARTS(STR({{0}}), "{_BLANK}"))'),
    **{name: f"IF({_NAMED_BLANK}, 1/0, {name}({{0}}))" for name in ("STR", "IRI", "URI")},
}
_STRING = f"<{XSD}string>"


@dataclass(slots=True)
class _Rewriter:
    """Goes through a query's tokens; the text between parentheses is rewritten before what is around it."""

    query: str
    tokens: tuple[Token, ...]
    place: int = 0

    def run(self, done: int) -> tuple[str, int]:
        """Return the text from an offset to the next parenthesis that closes, rewritten, and the offset after that."""
        pieces: list[str] = []
        while self.place < len(self.tokens):
            token = self.tokens[self.place]
            self.place += 1
            if token.text == ")":
                return "".join((*pieces, self.query[done : token.offset])), token.offset + 1
            form = self._form(token)
            if form is not None or token.text == "(":
                pieces.append(self.query[done : token.offset])
                self.place += form is not None
                inside, done = self.run(self.tokens[self.place - 1].offset + 1)
                pieces.append(f"({inside})" if form is None else form.replace("{0}", inside))
        return "".join((*pieces, self.query[done:])), len(self.query)

    def _form(self, token: Token) -> str | None:
        """Return what to write for a call that begins with a token; None when none begins there."""
        following = self.tokens[self.place] if self.place < len(self.tokens) else None
        if following is None or following.text != "(":
            return None
        if token.kind == "word" and token.text.upper() in _CALLS:
            return _CALLS[token.text.upper()]
        if token.text == _STRING or (token.kind == "name" and token.text.endswith(":string")):
            return f"IF({_NAMED_BLANK}, 1/0, {token.text}({{0}}))"
        return None


def skolem(term: Term) -> Term:
    """Return a name for a blank node that SPARQL text can contain; any other term as it is."""
    return f"<{_BLANK}{term[2:]}>" if is_blank(term) else term


def unskolem(term: Term) -> Term:
    """Return the blank node of such a name back."""
    return f"_:{term[len(_BLANK) + 1 : -1]}" if term.startswith(f"<{_BLANK}") else term


@dataclass(slots=True)
class _Reader:
    query: str
    names: frozenset[str]
    depth: int = 0
    braces: int = 0
    clause: str = ""
    clause_depth: int = 0
    projected: frozenset[str] = frozenset()
    last_word: str = ""

    def parts(self) -> Iterator[str | Slot]:
        done = 0
        found = list(tokens(self.query))
        for place, token in enumerate(found):
            if token.kind == "variable":
                first, last, form = token, token, self._variable(token.text[1:])
                if form and [each.text.upper() for each in found[max(place - 2, 0) : place]] == ["BOUND", "("]:
                    first, last, form = found[place - 2], found[min(place + 1, len(found) - 1)], "bound"
                if form:
                    yield self.query[done : first.offset]
                    done = last.offset + len(last.text)
                    yield Slot(token.text[1:], self.query[first.offset : done], form)
            elif token.kind in {"word", "name"}:
                self._word(token.text.upper())
            elif token.kind == "mark":
                self._sign(token.text)
        yield self.query[done:]

    def _variable(self, name: str) -> str:
        """Return the form of the slot for a variable; empty for one that is not bound beforehand."""
        if self.clause == "SELECT" and self.depth == self.clause_depth:
            self.projected |= {name}
        if name not in self.names:
            return ""
        if self.last_word == "AS":
            raise PrebindingError(f"${name} is pre-bound and must not be assigned")
        if not self.clause or self.depth != self.clause_depth:
            return "plain"
        return "SUBSELECT" if self.clause == "SELECT" and self.braces else self.clause

    def _word(self, word: str) -> None:
        self.last_word = word
        if word in _FORBIDDEN:
            raise PrebindingError(f"{word} is not allowed")
        if word in {"SELECT", "GROUP", "ORDER"}:
            self.clause, self.clause_depth, self.projected = word, self.depth, frozenset()
        elif word in {"WHERE", "FROM", "HAVING", "LIMIT", "OFFSET"}:
            self._leave()

    def _sign(self, sign: str) -> None:
        if sign == "{" or (sign == "}" and self.clause in {"GROUP", "ORDER"}):
            self._leave()
        self.braces += (sign == "{") - (sign == "}")
        self.depth += sign == "("
        self.depth -= sign == ")"

    def _leave(self) -> None:
        if self.clause == "SELECT" and "this" in self.names and "this" not in self.projected and not self._starred():
            raise PrebindingError("every SELECT, subqueries too, must select $this")
        self.clause = ""

    def _starred(self) -> bool:
        return self.projected == frozenset() and self.last_word in {"SELECT", "DISTINCT", "REDUCED"}


def _filled(slot: Slot, values: Mapping[str, Term]) -> str:
    if slot.name not in values:
        return slot.written
    term = skolem(values[slot.name])
    match slot.form:
        case "bound":
            return "(true)"
        case "SELECT":
            return f"({term} AS ?{slot.name})"
        case "SUBSELECT":
            return f"({term} AS ?{slot.name}_inside)"
        case "GROUP" | "ORDER":
            return f"({term})"
        case _:
            return term
