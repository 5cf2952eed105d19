"""Lay out Turtle as in house style: the same tokens in the same order, each comment in its place.

This is for files of other projects. Directives, relative IRIs, prefixes, spellings of literals and the order of
statements stay as their author wrote them, so the graph does, too. White space and needless semicolons change alone.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.turtle.places import room_for
from cartkg.turtle.tokens import TokenKind, tokenise

if TYPE_CHECKING:
    from cartkg.turtle.tokens import Tokens

#: Longest line of several objects or of brackets; a single long literal may go beyond.
_WIDTH = 110
_STEP = 4
#: Calls inside calls that one bracket inside another takes at most.
_FRAMES = 8

_CLOSES = {"[": "]", "(": ")", "<<(": ")>>", "<<": ">>", "{|": "|}"}
_CLOSING = frozenset(_CLOSES.values())
_SEPARATORS = frozenset((";", ",", "."))
_OPERANDS = {"PREFIX": 2, "BASE": 1, "VERSION": 1}


def lay_out(text: str) -> str:
    """Lay out a text that is valid Turtle.

    Args:
        text: Turtle without a byte-order mark.
    """
    tokens = tokenise(text)
    with room_for(_FRAMES * tokens.depth()):
        return _Layout(tokens, deque(sorted(tokens.comments.items()))).whole()


@dataclass(slots=True)
class _Layout:
    """Writes tokens from the first to the last; methods that write from an index return the index after."""

    tokens: Tokens
    comments: deque[tuple[int, str]]
    _lines: list[str] = field(default_factory=list)
    _line: str = ""
    _closed: bool = False  # by a comment: nothing may follow in this line

    def whole(self) -> str:
        index, after = 0, ""
        while index < len(self.tokens.kinds):
            kind = "directive" if self._is_directive(index) else "block"
            self._flush(self.tokens.starts[index], 0)
            self._break(0)
            is_apart = bool(after) and (after, kind) != ("directive", "directive") and not self._is_commented()
            if is_apart or self._had_gap(self.tokens.starts[index]):
                self._gap()
            index, after = (self._directive if kind == "directive" else self._statement)(index), kind
        self._flush(len(self.tokens.text), 0)
        self._break(0)
        return "".join(f"{line.rstrip()}\n" if "\n" not in line else f"{line}\n" for line in self._lines)

    # statements

    def _is_directive(self, index: int) -> bool:
        return self.tokens.kinds[index] == TokenKind.AT or self.tokens.word(index).upper() in _OPERANDS

    def _directive(self, index: int) -> int:
        if self.tokens.kinds[index] == TokenKind.AT:
            last = self.tokens.kinds.index(TokenKind.DOT, index)
        else:
            last = index + _OPERANDS[self.tokens.word(index).upper()]
        start, end = self.tokens.starts[index], self.tokens.ends[last]
        if self._is_plain(start, end) and "\n" not in self.tokens.text[start:end]:
            self._line = self.tokens.text[start:end]  # people align their headers
            return last + 1
        for each in range(index, last + 1):
            self._token(each, _STEP)
        return last + 1

    def _statement(self, index: int) -> int:
        index = self._term(index, 0)
        if self.tokens.word(index) != ".":
            index = self._predicates(index, _STEP)
        self._token(index, 0)
        return index + 1

    def _predicates(self, index: int, indent: int) -> int:
        """Write predicates with their objects, each in a line of its own; return the index of what closes them."""
        while not self._ends(index):
            self._flush(self.tokens.starts[index], indent)
            self._break(indent)
            if self._had_gap(self.tokens.starts[index]) and not self._lines[-1].endswith("["):
                self._gap()
            self._token(index, indent)
            index = self._objects(index + 1, indent)
            while self.tokens.word(index) == ";":
                if self.tokens.word(index + 1) != ";" and not self._ends(index + 1):
                    self._token(index, indent)
                index += 1
        return index

    def _objects(self, index: int, indent: int) -> int:
        stop = self._after_objects(index)
        commas = self._commas(index, stop)
        if self._fits(index - 1, index, stop):
            self._flat(index, stop)
            return stop
        if not commas:
            return self._object(index, stop, indent)
        inner = indent + _STEP
        for comma in (*commas, stop):
            self._flush(self.tokens.starts[index], inner)
            self._break(inner)
            if self._fits(index, index, comma):
                self._flat(index, comma)
            else:
                self._object(index, comma, inner)
            if comma != stop:
                self._token(comma, inner)
            index = comma + 1
        return stop

    def _object(self, index: int, stop: int, indent: int) -> int:
        """Write one object and the annotations behind it."""
        index = self._term(index, indent)
        while index < stop:
            index = self._term(index, indent)
        return stop

    def _term(self, index: int, indent: int) -> int:
        word = self.tokens.word(index)
        last = self._last(index)
        if word not in _CLOSES or last == index + 1 or word in {"<<", "<<("}:
            for each in range(index, last + 1):
                self._token(each, indent + _STEP)
            return last + 1
        self._token(index, indent)
        if word == "(":
            self._items(index + 1, indent + _STEP)
        else:
            self._predicates(index + 1, indent + _STEP)
        self._flush(self.tokens.starts[last], indent + _STEP)
        self._break(indent)
        self._token(last, indent)
        return last + 1

    def _items(self, index: int, indent: int) -> None:
        while self.tokens.word(index) != ")":
            after = self._last(index) + 1
            self._flush(self.tokens.starts[index], indent)
            self._break(indent)
            if self._fits(index, index, after):
                self._flat(index, after)
            else:
                self._term(index, indent)
            index = after

    # where things end

    def _ends(self, index: int) -> bool:
        return self.tokens.word(index) in {".", "]", "|}"}

    def _last(self, index: int) -> int:
        """Return the index of a term's last token: of a bracket its end, of a literal its language or datatype."""
        word = self.tokens.word(index)
        if word not in _CLOSES:
            if self.tokens.kinds[index] != TokenKind.STRING or index + 1 >= len(self.tokens.kinds):
                return index
            following = self.tokens.word(index + 1)
            is_tagged = (
                self.tokens.kinds[index + 1] == TokenKind.AT
                and self.tokens.starts[index + 1] == self.tokens.ends[index]
            )
            return index + (2 if following == "^^" else int(is_tagged))
        depth = 0
        while True:
            word = self.tokens.word(index) if self.tokens.kinds[index] == TokenKind.BRACKET else ""
            depth += (word in _CLOSES) - (word in _CLOSING)
            if not depth:
                return index
            index += 1

    def _after_objects(self, index: int) -> int:
        while self.tokens.word(index) != ";" and not self._ends(index):
            index = self._last(index) + 1
        return index

    def _commas(self, index: int, stop: int) -> list[int]:
        found = []
        while index < stop:
            if self.tokens.word(index) == ",":
                found.append(index)
            index = self._last(index) + 1
        return found

    # one line

    def _is_plain(self, start: int, end: int) -> bool:
        """Return whether there is no comment between two offsets."""
        return not self.comments or not start <= self.comments[0][0] < end

    def _fits(self, before: int, index: int, stop: int) -> bool:
        """Return whether tokens can be written in the rest of the line: no comment among them, and not too long."""
        if not self._is_plain(self.tokens.starts[before], self.tokens.ends[stop - 1]):
            return False
        if self._last(index) + 1 == stop and self.tokens.word(index) not in _CLOSES:
            return True  # one name or literal, however long
        flat = self._joined(index, stop)
        return "\n" not in flat and len(self._line) + len(flat) + 3 <= _WIDTH

    def _flat(self, index: int, stop: int) -> None:
        flat = self._joined(index, stop)
        self._line += flat if not self._line.strip() else f" {flat}"

    def _joined(self, index: int, stop: int) -> str:
        parts: list[str] = []
        while index < stop:
            word = self.tokens.word(index)
            is_needless = word == ";" and (self.tokens.word(index + 1) == ";" or self._ends(index + 1))
            if not is_needless:
                parts.append(word if not parts or self._is_glued(index) else f" {word}")
            index += 1
        return "".join(parts)

    def _is_glued(self, index: int) -> bool:
        """Return whether a token follows the one before it without a space."""
        word, before = self.tokens.word(index), self.tokens.word(index - 1)
        if word in {",", "^^"} or before == "^^" or _CLOSES.get(before) == word:
            return True
        is_tag = self.tokens.kinds[index] == TokenKind.AT and self.tokens.kinds[index - 1] == TokenKind.STRING
        return is_tag and self.tokens.starts[index] == self.tokens.ends[index - 1]

    # tokens, comments and lines

    def _token(self, index: int, indent: int) -> None:
        """Write a token after the comments before it; a separator comes before them, so that it begins no line."""
        word, start = self.tokens.word(index), self.tokens.starts[index]
        if word in _SEPARATORS and not self._closed:
            self._line += word if word == "," else f" {word}"
            self._flush(start, indent)
            return
        self._flush(start, indent)
        if self._closed:
            self._break(indent)
        is_first = not self._line.strip()
        self._line += word if is_first or (index and self._is_glued(index)) else f" {word}"

    def _flush(self, offset: int, indent: int) -> None:
        """Write the comments before an offset: behind the line that they are in, or in lines of their own."""
        while self.comments and self.comments[0][0] < offset:
            at, comment = self.comments.popleft()
            if self._is_trailing(at) and self._line.strip() and not self._closed:
                self._line += f" {comment.rstrip()}"
            else:
                self._break(indent)
                if self._had_gap(at):
                    self._gap()
                self._line += comment.rstrip()
            self._closed = True

    def _is_trailing(self, offset: int) -> bool:
        text = self.tokens.text
        begins = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
        return bool(text[begins:offset].strip())

    def _had_gap(self, offset: int) -> bool:
        """Return whether the author left a line empty before a place."""
        text = self.tokens.text
        start = offset
        while start and text[start - 1] in " \t\r\n":
            start -= 1
        return text[start:offset].replace("\r\n", "\n").replace("\r", "\n").count("\n") > 1

    def _break(self, indent: int) -> None:
        if self._line.strip():
            self._lines.append(self._line)
        self._line, self._closed = " " * indent, False

    def _gap(self) -> None:
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def _is_commented(self) -> bool:
        """Return whether the last line is a comment, which stays with what follows it."""
        return bool(self._lines) and self._lines[-1].startswith("#")
