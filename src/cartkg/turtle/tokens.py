"""Turtle or TriG text -> tokens with offsets; lenient, because pyoxigraph has judged the syntax before.

Terminals follow RDF 1.2 Turtle, section 6.5 (https://www.w3.org/TR/rdf12-turtle/#sec-grammar-grammar); in valid text
the classes here may be wider than the grammar's, since nothing else can stand where they match.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """Kinds of token; the numbers are the groups of the pattern below."""

    COMMENT = 1
    IRI = 2
    STRING = 3
    AT = 4
    BLANK = 5
    NAME = 6
    NUMBER = 7
    PUNCTUATION = 8


#: Any character of a name but the dot: ASCII letters, digits, `_`, `-`, `%`, and all beyond ASCII.
_CHAR = r"[A-Za-z0-9_\-%\u0080-\U0010FFFF]"
_LOCAL = rf"(?:{_CHAR}|:|\\.|\.+(?=[\\:A-Za-z0-9_\-%\u0080-\U0010FFFF]))"

_TOKEN = re.compile(
    rf"""
      (\#[^\r\n]*)
    | (<[^<>"{{}}|^`\x00-\x20]*>)
    | (\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''|"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
    | (@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)
    | (_:{_LOCAL}+)
    | ([A-Za-z\u0080-\U0010FFFF](?:{_CHAR}|\.+(?={_CHAR}|:))*(?::{_LOCAL}*)?|:{_LOCAL}*)
    | ([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+|[+-]?[0-9]*\.[0-9]+|[+-]?[0-9]+)
    | (<<\(|\)>>|<<|>>|\{{\||\|\}}|\^\^|[;,.\[\](){{}}~])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text, three lists side by side.

    Attributes:
        text: the text itself, without a byte-order mark.
        kinds: kind of each token; comments are left out.
        starts: offset of each token, in characters from 0.
        words: the token's own text.
        comments: offset and text of each comment, `#` included.
    """

    text: str
    kinds: list[int]
    starts: list[int]
    words: list[str]
    comments: list[tuple[int, str]]


def tokenise(text: str) -> Tokens:
    """Cut a text into tokens; characters that start none are skipped."""
    kinds: list[int] = []
    starts: list[int] = []
    words: list[str] = []
    comments: list[tuple[int, str]] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastindex or 0
        if kind == Kind.COMMENT:
            comments.append((match.start(), match.group()))
            continue
        kinds.append(kind)
        starts.append(match.start())
        words.append(match.group())
    return Tokens(text, kinds, starts, words, comments)


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
        """Give line and column of an offset."""
        line = bisect_right(self.starts, offset)
        return Position(line, offset - self.starts[line - 1] + 1)
