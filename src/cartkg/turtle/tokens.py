"""Split Turtle or TriG into tokens with offsets; lenient, because pyoxigraph has checked the syntax before.

Terminals follow RDF 1.2 Turtle, section 6.5 (https://www.w3.org/TR/rdf12-turtle/#sec-grammar-grammar); in valid text
the classes here may be wider than the grammar's, since nothing else can stand where they match.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import IntEnum


class TokenKind(IntEnum):
    """Kinds of token; the numbers are the groups of the pattern below, the frequent ones first."""

    SEMICOLON = 1
    COMMA = 2
    DOT = 3
    NAME = 4
    IRI = 5
    STRING = 6
    AT = 7
    NUMBER = 8
    BLANK = 9
    COMMENT = 10
    BRACKET = 11


#: Any character of a name but the dot: ASCII letters, digits, `_`, `-`, `%`, and all beyond ASCII. It is written by
#: what it is not: sets that reach far beyond ASCII take fifty times as long to compile, a quarter of a small check.
_CHAR = r"[^\x00-$&-,./:-@\[-^`{-\x7F]"
_LETTER = r"[^\x00-@\[-`{-\x7F]"
_LOCAL = rf"(?:{_CHAR}|:|\\.|\.+(?=[\\:]|{_CHAR}))"
#: Most names are plain; the second form takes the others, at several times the price.
_PLAIN_NAME = rf"[A-Za-z][A-Za-z0-9_\-]*:[A-Za-z0-9_\-]+(?![:.\\]|{_CHAR})"

_TOKEN = rf"""[ \t\r\n]*(?:
      (;)
    | (,)
    | (\.(?![0-9]))
    | ({_PLAIN_NAME}|{_LETTER}(?:{_CHAR}|\.+(?={_CHAR}|:))*(?::{_LOCAL}*)?|:{_LOCAL}*)
    | (<[^<>"{{}}|^`\x00-\x20]*>)
    | (\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
      |"[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*"|'[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*')
    | (@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)
    | ([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+|[+-]?[0-9]*\.[0-9]+|[+-]?[0-9]+)
    | (_:{_LOCAL}+)
    | (\#[^\r\n]*)
    | (<<\(|\)>>|<<|>>|\{{\||\|\}}|\^\^|[\[\](){{}}~])
    )"""


_OPENING = frozenset(("[", "(", "<<(", "<<", "{|"))
_CLOSING = frozenset(("]", ")", ")>>", ">>", "|}"))


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text, lists side by side.

    Attributes:
        text: the text itself, without a byte-order mark.
        kinds: kind of each token; comments are left out.
        starts: offset of each token, in characters from 0.
        ends: offset behind each token.
        comments: text of each comment by its offset.
    """

    text: str
    kinds: list[int]
    starts: list[int]
    ends: list[int]
    comments: dict[int, str]

    def word(self, index: int) -> str:
        """Return the text of a token."""
        return self.text[self.starts[index] : self.ends[index]]

    def depth(self, *, triples_only: bool = False) -> int:
        """Return how many brackets are inside one another at most; of all kinds, or of triple terms only."""
        depth = deepest = 0
        opening, closing = ({"<<("}, {")>>"}) if triples_only else (_OPENING, _CLOSING)
        for index, kind in enumerate(self.kinds):
            if kind == TokenKind.BRACKET:
                word = self.word(index)
                depth += (word in opening) - (word in closing)
                deepest = max(deepest, depth)
        return deepest


def tokenise(text: str) -> Tokens:
    """Split a text into tokens; characters that start none are skipped."""
    kinds: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    comments: dict[int, str] = {}
    add_kind, add_start, add_end = kinds.append, starts.append, ends.append
    comment = TokenKind.COMMENT.value
    for match in re.finditer(_TOKEN, text, re.VERBOSE | re.DOTALL):  # compiled when first needed
        kind = match.lastindex or 0
        if kind == comment:
            comments[match.start(kind)] = match[kind]
        else:
            add_kind(kind)
            add_start(match.start(kind))
            add_end(match.end())
    return Tokens(text, kinds, starts, ends, comments)


def token_at(text: str, offset: int) -> str:
    """Return the token that begins at an offset; an empty text where none does."""
    match = re.compile(_TOKEN, re.VERBOSE | re.DOTALL).match(text, offset)
    return match[match.lastindex] if match and match.lastindex and match.start(match.lastindex) == offset else ""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text: line from 1, column from 1 in characters (a byte-order mark counts for none)."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Lines:
    r"""Where the lines of a text begin, as offsets in characters.

    Example:
        >>> Lines.of("ab\r\ncd").position(5)
        Position(line=2, column=2)
    """

    starts: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Lines:
        """Find the lines; they end with LF, CR LF or a lone CR."""
        return cls((0, *(match.end() for match in re.finditer(r"\r\n?|\n", text))))

    def position(self, offset: int) -> Position:
        """Return line and column of an offset."""
        line = bisect_right(self.starts, offset)
        return Position(line, offset - self.starts[line - 1] + 1)
