"""Find the position of each triple, and write the triples flat, one statement each.

pyoxigraph alone decides what a term means; this module only finds places. Blank node brackets, lists and annotations
are sugar for several triples, and the order in which a parser emits those is undefined. So statements with
sugar are rewritten without it, with labels made here, and pyoxigraph reads the rewritten text: then the n-th triple it
gives is at the n-th place, and a file's blank nodes have the same labels in every run.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from cartkg.namespaces import RDF
from cartkg.turtle.offsets import Places
from cartkg.turtle.tokens import TokenKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.turtle.tokens import Tokens

#: Plain numbers: to compare with an enum's members takes several times as long.
_SEMICOLON, _COMMA, _DOT = TokenKind.SEMICOLON.value, TokenKind.COMMA.value, TokenKind.DOT.value
_STRING, _AT, _BRACKET = TokenKind.STRING.value, TokenKind.AT.value, TokenKind.BRACKET.value
_PLAIN_SUBJECTS = frozenset((TokenKind.IRI.value, TokenKind.NAME.value))
_PLAIN_OBJECTS = frozenset((*_PLAIN_SUBJECTS, TokenKind.STRING.value, TokenKind.NUMBER.value))

_KEYWORD_OPERANDS = {"PREFIX": 2, "BASE": 1, "VERSION": 1}
_KEYWORD_LETTERS = frozenset("BGPVbgpv")


#: Calls inside calls that one bracket inside another takes at most.
_FRAMES = 4


@contextmanager
def room_for(calls: int) -> Iterator[None]:
    """Allow deeper recursion than Python does by default; such calls take no space on the C stack."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + calls)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class PlacedTerm(NamedTuple):
    """A term as it is to be written flat, and where it stands."""

    text: str
    start: int


@dataclass(slots=True)
class Walker:
    """Walk over the tokens of a text that pyoxigraph accepted.

    Attributes:
        tokens: the text's tokens.
        label: start of every blank node label, unique to the file.
        places: one for each triple, in the order of `flat`.
        prefixes: what the text declares, as written; of a prefix declared twice, the last.
    """

    tokens: Tokens
    label: str
    places: Places = field(default_factory=Places)
    prefixes: dict[str, str] = field(default_factory=dict)
    _pieces: list[str] = field(default_factory=list)
    _copied: int = 0
    _made: int = 0

    def flat(self) -> str | None:
        """Walk the whole text; return the text to read instead, or None if it has neither sugar nor blank nodes."""
        with room_for(_FRAMES * self.tokens.depth()):
            return self._flat()

    def _flat(self) -> str | None:
        index = 0
        while index < len(self.tokens.kinds):
            after = self._flat_statement(index)
            index = self._top(index) if after is None else after
        if not self._pieces:
            return None
        return "".join((*self._pieces, self.tokens.text[self._copied :]))

    def _top(self, index: int) -> int:
        """Walk over a directive, a graph's label or brace, or a statement with sugar; give the index after it."""
        kind, word = self.tokens.kinds[index], self.tokens.word(index)
        if kind == TokenKind.AT:
            self._keep_prefix(word[1:], index)
            return self.tokens.kinds.index(TokenKind.DOT, index) + 1
        if kind == TokenKind.NAME and self._is_keyword(index):
            operands = _KEYWORD_OPERANDS.get(word.upper())
            self._keep_prefix(word, index)
            return self._graph_label(index + 1) if operands is None else index + 1 + operands
        if word in {"{", "}", "."}:
            return index + 1
        return self._graph_label(index) if self._is_graph_label(index) else self._sugared_statement(index)

    def _keep_prefix(self, keyword: str, index: int) -> None:
        if keyword.upper() == "PREFIX":
            self.prefixes[self.tokens.word(index + 1).removesuffix(":")] = self.tokens.word(index + 2)[1:-1]

    def _is_graph_label(self, index: int) -> bool:
        width = 2 if self.tokens.word(index) == "[" else 1
        return self.tokens.word(index + width) == "{"

    def _graph_label(self, index: int) -> int:
        """Copy the label of a graph, a blank one under its new name; give the index of the brace after it."""
        start = self.tokens.starts[index]
        word = self.tokens.word(index)
        after = index + (2 if word == "[" else 1)
        if word == "[" or self.tokens.kinds[index] == TokenKind.BLANK:
            self._copy(start)
            self._copied = self.tokens.starts[after]
            self._pieces.append((self._new_label() if word == "[" else self._renamed(word)) + " ")
        return after

    def _flat_statement(self, index: int) -> int | None:
        """Walk over a statement of plain terms; give the index after it, or None (nothing kept) for anything else."""
        kinds, starts = self.tokens.kinds, self.tokens.starts
        if kinds[index] not in _PLAIN_SUBJECTS or self._is_keyword(index):
            return None
        kept = len(self.places)
        subject = starts[index]
        index += 1
        while True:
            after = self._flat_objects(subject, index)
            if after is None:
                self.places.cut(kept)
                return None
            index = after
            while kinds[index] == _SEMICOLON:
                index += 1
            kind = kinds[index]
            if kind == _DOT or (kind == _BRACKET and self.tokens.text[starts[index]] == "}"):
                return index + (kind == _DOT)

    def _flat_objects(self, subject: int, index: int) -> int | None:
        """Walk over a predicate and its objects; give the index after them, or None when one is not plain."""
        kinds, starts = self.tokens.kinds, self.tokens.starts
        if kinds[index] not in _PLAIN_SUBJECTS:
            return None
        predicate = starts[index]
        kind = _COMMA
        while kind == _COMMA:
            index += 1
            kind = kinds[index]
            if kind not in _PLAIN_OBJECTS:
                return None
            self.places.add(subject, predicate, starts[index])
            index += 1
            if kind == _STRING:
                index = self._after_suffix(index)
            kind = kinds[index]
        return index

    def _is_keyword(self, index: int) -> bool:
        """Return whether a name is PREFIX, BASE, VERSION or GRAPH; the first letter excludes most names."""
        return self.tokens.text[self.tokens.starts[index]] in _KEYWORD_LETTERS and ":" not in self.tokens.word(index)

    def _after_suffix(self, index: int) -> int:
        """Step over a string's language or datatype, if it has one."""
        kind = self.tokens.kinds[index]
        if kind == _BRACKET and self.tokens.text[self.tokens.starts[index]] == "^":
            return index + 2
        return index + (kind == _AT)

    def _sugared_statement(self, index: int) -> int:
        self._copy(self.tokens.starts[index])
        subject, index = self._term(index)
        if self.tokens.word(index) not in {".", "}"}:
            index = self._predicates(subject, index)
        after = index + (self.tokens.word(index) == ".")
        self._copied = self.tokens.starts[after] if after < len(self.tokens.starts) else len(self.tokens.text)
        return after

    def _copy(self, end: int) -> None:
        self._pieces.append(self.tokens.text[self._copied : end])

    def _predicates(self, subject: PlacedTerm, index: int) -> int:
        """Walk over predicates and objects; give the index of what closes them."""
        word = self.tokens.word
        while word(index) not in {".", "}", "]", "|}"}:
            if word(index) == ";":
                index += 1
                continue
            predicate = PlacedTerm(word(index), self.tokens.starts[index])
            index += 1
            while True:
                value, index = self._term(index)
                self._write(subject, predicate, value)
                index = self._annotations(PlacedTerm(_quoted(subject, predicate, value), subject.start), index)
                if word(index) != ",":
                    break
                index += 1
        return index

    def _annotations(self, triple: PlacedTerm, index: int) -> int:
        """Walk over `~ name` and `{| ... |}` behind an object (RDF 1.2).

        As pyoxigraph reads it, a name holds for all blocks up to the next one; a block without gets its own.
        """
        word = self.tokens.word
        named: PlacedTerm | None = None
        while word(index) in {"~", "{|"}:
            if word(index) == "~":
                named, index = self._reifier(triple, index)
                continue
            reifier = named
            if reifier is None:
                reifier = PlacedTerm(self._new_label(), self.tokens.starts[index])
                self._write(reifier, PlacedTerm(_REIFIES, reifier.start), triple)
            index = self._predicates(reifier, index + 1) + 1
        return index

    def _reifier(self, triple: PlacedTerm, index: int) -> tuple[PlacedTerm, int]:
        """Walk over `~` and the name that may follow; give the reifier."""
        start = self.tokens.starts[index]
        index += 1
        if (
            self.tokens.kinds[index] in {TokenKind.IRI, TokenKind.NAME, TokenKind.BLANK}
            or self.tokens.word(index) == "["
        ):
            reifier, index = self._term(index)
        else:
            reifier = PlacedTerm(self._new_label(), start)
        self._write(reifier, PlacedTerm(_REIFIES, start), triple)
        return reifier, index

    def _term(self, index: int) -> tuple[PlacedTerm, int]:
        """Walk over one term and all that is inside it; give it as written flat."""
        kind, word, start = self.tokens.kinds[index], self.tokens.word(index), self.tokens.starts[index]
        if kind == TokenKind.BLANK:
            return PlacedTerm(self._renamed(word), start), index + 1
        if kind == TokenKind.STRING:
            after = self._after_suffix(index + 1)
            return PlacedTerm(self.tokens.text[start : self.tokens.ends[after - 1]], start), after
        if kind != TokenKind.BRACKET:
            return PlacedTerm(word, start), index + 1
        inside = {"[": self._bracket, "(": self._list, "<<(": self._triple_term, "<<": self._reified}[word]
        return inside(start, index + 1)

    def _bracket(self, start: int, index: int) -> tuple[PlacedTerm, int]:
        node = PlacedTerm(self._new_label(), start)
        return node, self._predicates(node, index) + 1

    def _list(self, start: int, index: int) -> tuple[PlacedTerm, int]:
        head: PlacedTerm | None = None
        cell: PlacedTerm | None = None
        while self.tokens.word(index) != ")":
            here = PlacedTerm(self._new_label(), self.tokens.starts[index])
            if cell is None:
                head = PlacedTerm(here.text, start)
            else:
                self._write(cell, PlacedTerm(_REST, cell.start), here)
            item, index = self._term(index)
            self._write(here, PlacedTerm(_FIRST, here.start), item)
            cell = here
        nil = PlacedTerm(f"<{RDF}nil>", self.tokens.starts[index])
        if cell is not None:
            self._write(cell, PlacedTerm(_REST, cell.start), nil)
        return head or PlacedTerm(nil.text, start), index + 1

    def _triple_term(self, start: int, index: int) -> tuple[PlacedTerm, int]:
        subject, index = self._term(index)
        predicate = PlacedTerm(self.tokens.word(index), self.tokens.starts[index])
        value, index = self._term(index + 1)
        return PlacedTerm(_quoted(subject, predicate, value), start), index + 1

    def _reified(self, start: int, index: int) -> tuple[PlacedTerm, int]:
        subject, index = self._term(index)
        predicate = PlacedTerm(self.tokens.word(index), self.tokens.starts[index])
        value, index = self._term(index + 1)
        triple = PlacedTerm(_quoted(subject, predicate, value), start)
        if self.tokens.word(index) == "~":
            reifier, index = self._reifier(triple, index)
        else:
            reifier = PlacedTerm(self._new_label(), start)
            self._write(reifier, PlacedTerm(_REIFIES, start), triple)
        return PlacedTerm(reifier.text, start), index + 1

    def _write(self, subject: PlacedTerm, predicate: PlacedTerm, value: PlacedTerm) -> None:
        self._pieces.append(f"{subject.text} {predicate.text} {value.text} .\n")
        self.places.add(subject.start, predicate.start, value.start)

    def _new_label(self) -> str:
        self._made += 1
        return f"_:{self.label}-{self._made}"

    def _renamed(self, written: str) -> str:
        return f"_:{self.label}-named-{written[2:]}"


_FIRST, _REST, _REIFIES = f"<{RDF}first>", f"<{RDF}rest>", f"<{RDF}reifies>"


def _quoted(subject: PlacedTerm, predicate: PlacedTerm, value: PlacedTerm) -> str:
    return f"<<( {subject.text} {predicate.text} {value.text} )>>"
