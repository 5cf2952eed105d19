"""Report every broken statement of a text that a parser rejects, not only the first.

The parser goes on at the next statement: behind a dot that ends a line, at a line that begins in the first column
behind an empty one, at a directive. What it knew until then (prefixes, base, an open graph) it is given again.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.diagnostics import Diagnostic
from cartkg.turtle.expansion import SYNTAX
from cartkg.turtle.tokens import Lines, TokenKind, tokenise

if TYPE_CHECKING:
    from pathlib import Path

#: The most faults of one file that are named.
MOST = 100

# patterns are compiled when the first file is broken, since most runs meet none

_WHERE = r"(?s)^Parser error (?:at|between) line .*?: "
_HINTS = (
    ("has not been declared", "declare it with @prefix at the head of the file"),
    ("No scheme found in an absolute IRI", "write the whole IRI, or a prefixed name"),
    ("dot is expected", "end the statement above with ' .', or go on with ';'"),
    ("Unexpected end", "end the last statement with ' .'"),
    ("followed by a dot", "end the last statement with ' .'"),
    ("is not a valid predicate", "check the ';' or '.' before it"),
    ("is not a valid RDF object", "give a value, or remove the predicate before it"),
)
_END = "Unexpected end"
_UNCLOSED = "The string or IRI that begins here is not closed; close it"
_UNDECLARED = r"The prefix (.*): has not been declared"
_MISSING_DOT = "dot is expected"
_NO_SCHEME = "No scheme found"
#: A declaration that is broken; the prefix in it counts as declared behind it.
_DIRECTIVE = r"(?i)(?:@[A-Za-z]+|prefix)[ \t]+([\w.\-]*)[ \t]*:?"
_STAND_IN = "urn:x-broken:"
#: What is skipped behind a fault. A string or IRI that is not closed matches as its first sign alone.
_SKIPPED = r"""(?xs)
      \"\"\"(?:[^"\\]|\\.|"(?!""))*+\"\"\" | '''(?:[^'\\]|\\.|'(?!''))*+'''
    | "[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*+" | '[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*+'
    | <[^<>"{}|^`\\\x00-\x20]*+> | \#[^\r\n]*+ | \\.
    | (?P<end>\.(?=[ \t]*(?:\#[^\r\n]*)?(?:[\r\n]|\Z)))
    | (?P<line>\r\n?|\n)
    | (?P<brace>\{(?!\|)|(?<!\|)\})
    | [^"'<\#\\.\r\n{}]++ | .
    """
#: Behind the end of a line: empty lines and a line that begins in the first column, or a directive.
_FRESH = (
    r"(?:(?:[ \t]*(?:\r\n?|\n))++(?:\#[^\r\n]*+(?:\r\n?|\n)|[ \t]*+(?:\r\n?|\n))*+(?=[^\s;,.\])}\#|]))"
    r"|(?=@prefix\b|@base\b|PREFIX\b|BASE\b)"
)
_NEXT_LINE = r"[^\r\n]*+(?:\r\n?|\n)?"
_UNENDED = "A dot is expected at the end of statements"
_BEGINS = r"[^\s;,.\])}\#|]"
_LONG = frozenset(('"""', "'''"))
#: Words between the start of a statement and the one at which the parser notices that the last one was not ended.
_NEAR = 2
#: Two names behind the start of a line: a statement, not text.
_NAME = r"(?:<[^<>\s]*>|[\w.\-]*:[^\s;,]+)"
_SWALLOWED = rf"\.[ \t]*(?:\r\n?|\n)(?:[ \t]*(?:\r\n?|\n))*{_NAME}\s+(?:a|{_NAME})\s"


def syntax_diagnostic(error: SyntaxError, path: Path) -> Diagnostic:
    """Say where and how a file's syntax is broken, and what to do about it."""
    message = re.sub(_WHERE, "", error.msg)
    hint = next((hint for part, hint in _HINTS if part in message), "")
    return Diagnostic(path, error.lineno or 1, error.offset or 1, SYNTAX, f"{message}; {hint}" if hint else message)


def syntax_faults(text: str, form: ox.RdfFormat, path: Path, base: str | None = None) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for each broken statement of a text, in order; of many, the first `MOST`.

    Args:
        text: the text, without a byte-order mark.
        form: its syntax: Turtle, TriG, N-Triples or N-Quads.
        path: its file.
        base: IRI that relative IRIs are resolved against.
    """
    return tuple(_Reading(text, form, path, base).faults())


@dataclass(slots=True)
class _Reading:
    """One text while it is read piece by piece.

    Attributes:
        text: all of it.
        form: its syntax.
        path: its file.
        base: what relative IRIs are resolved against.
        prefixes: those that are declared before the piece; what was to be declared and is broken stands in for itself.
        open: whether a graph of TriG is open where the piece begins.
    """

    text: str
    form: ox.RdfFormat
    path: Path
    base: str | None
    prefixes: dict[str, str] = field(default_factory=dict)
    open: bool = False
    _lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        self._lines = Lines.of(self.text)

    @property
    def _by_line(self) -> bool:
        return self.form in {ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS}

    def faults(self) -> list[Diagnostic]:
        found: list[Diagnostic] = []
        start = 0
        while start < len(self.text) and (error := self._error(start)) is not None:
            at = self._offset(error, start)
            if len(found) == MOST:
                place = self._lines.position(at)
                message = f"this and later syntax errors are not listed; correct the {MOST} above first"
                found.append(Diagnostic(self.path, place.line, place.column, SYNTAX, message))
                break
            known = (start, len(self.prefixes), self.base)
            resumed, fault = self._resumed(error, start, at)
            found.append(fault)
            start = max(start, resumed)
            if known == (start, len(self.prefixes), self.base):
                break
        return found

    def _error(self, start: int) -> SyntaxError | None:
        """Return the first error behind an offset, or None."""
        parser = ox.parse(self._head(start) + self.text[start:], self.form, base_iri=self.base)
        try:
            deque(parser, maxlen=0)
        except SyntaxError as error:
            return error
        finally:
            if not self._by_line:
                self.prefixes |= parser.prefixes
                self.base = parser.base_iri or self.base
        return None

    def _head(self, start: int) -> str:
        """Return what is read before a piece: one line of declarations, and blanks up to the piece's column."""
        blank = " " * (self._lines.position(start).column - 1)
        if self._by_line:
            return f"\n{blank}"
        declared = "".join(f"PREFIX {name}: <{space}> " for name, space in self.prefixes.items())
        return f"{declared}{'{' if self.open else ''}\n{blank}"

    def _offset(self, error: SyntaxError, start: int) -> int:
        """Return the offset of an error in the text, of one in a piece that begins there."""
        line = max((error.lineno or 2) - 2, 0) + self._lines.position(start).line
        if line > len(self._lines.starts):
            return len(self.text)
        return min(max(self._lines.starts[line - 1] + (error.offset or 1) - 1, start), len(self.text))

    def _resumed(self, error: SyntaxError, start: int, at: int) -> tuple[int, Diagnostic]:
        """Return where reading goes on after an error, and its diagnostic; keeps what is known there."""
        if self._by_line:
            return self._next_line(at), self._fault(error, at)
        statement, self.open = self._statement(start, at)
        swallowing = self._swallowing(start, statement, at)
        if swallowing is not None:
            fault = self._fault(SyntaxError(_UNCLOSED), swallowing)
            is_long = self.text[swallowing : swallowing + 3] in _LONG
            return self._skip(swallowing + (3 if is_long else 1), plain=is_long), fault
        undeclared = re.search(_UNDECLARED, error.msg)
        if undeclared:
            self.prefixes[undeclared[1]] = _STAND_IN
            return statement, self._fault(error, at)
        directive = re.compile(_DIRECTIVE).match(self.text, statement)
        if directive:
            self.prefixes.setdefault(directive[1], _STAND_IN)
        if _NO_SCHEME in error.msg and self.base is None:
            self.base = _STAND_IN
            return statement, self._fault(error, at)
        above = self._unended(statement, at, error)
        if above is not None:
            return above, self._fault(SyntaxError(_UNENDED), above)
        return self._skip(at), self._fault(error, at)

    def _fault(self, error: SyntaxError, at: int) -> Diagnostic:
        place = self._lines.position(at)
        if _END in error.msg and self.text[at : at + 1] in {'"', "'", "<"}:
            error = SyntaxError(_UNCLOSED)
        return syntax_diagnostic(SyntaxError(error.msg, (None, place.line, place.column, None)), self.path)

    def _statement(self, start: int, at: int) -> tuple[int, bool]:
        """Return where the statement around an offset begins, and whether a graph is open there.

        What stands between the start of the piece and the fault is well-formed, so that its tokens are known.
        """
        tokens = tokenise(self.text[start:at])
        begin, is_open, is_fresh = start, self.open, True
        for index, kind in enumerate(tokens.kinds):
            if is_fresh:
                begin, is_fresh = start + tokens.starts[index], False
            word = tokens.word(index) if kind in {TokenKind.BRACKET, TokenKind.DOT} else ""
            if word in {"{", "}"}:  # none of Turtle is well-formed
                is_open = word == "{"
            is_fresh = word in {".", "{", "}"}
        return (at if is_fresh else begin), is_open

    def _unended(self, statement: int, at: int, error: SyntaxError) -> int | None:
        """Return where a line begins that starts a new statement, when the one above was not ended before it.

        The parser takes the new subject for a predicate then, so that it stumbles over the first or second word behind.
        """
        number = self._lines.position(at).line - 1
        while self._lines.starts[number] > statement and not re.compile(_BEGINS).match(
            self.text, self._lines.starts[number]
        ):
            number -= 1
        line = self._lines.starts[number]
        if line <= statement:
            return None
        if line == at and _MISSING_DOT in error.msg:
            return line
        is_near = len(tokenise(self.text[line:at]).kinds) <= _NEAR
        return line if is_near and self._is_fresh(line) else None

    def _is_fresh(self, line: int) -> bool:
        """Return whether there is an empty line above a line; comments may stand between."""
        number = self._lines.position(line).line - 1
        above = ""
        while number and (not above or above.startswith("#")):
            above = self.text[self._lines.starts[number - 1] : self._lines.starts[number]]
            number -= 1
        return not above.strip()

    def _swallowing(self, start: int, statement: int, at: int) -> int | None:
        """Return where a string or IRI begins that contains what does not belong to it, since its end is missing."""
        skipped = re.compile(_SKIPPED)
        place = start
        while place < at:
            match = skipped.match(self.text, place, at)
            assert match is not None  # noqa: S101  # the last alternative takes any sign
            word = match[0]
            if place >= statement and word[:3] in _LONG and re.search(_SWALLOWED, word):
                return place
            if word in {'"', "'"} and self.text[place - 2 : place + 1] in _LONG and self._is_open(place - 2, at):
                return place - 2
            if word == "<" and self.text[place + 1] == "<":
                place += 1
            elif word in {'"', "'", "<"} and self._is_open(place, at):
                return place
            place += len(word)
        return None

    def _is_open(self, begin: int, at: int) -> bool:
        """Return whether a string or IRI whose end is not known contains more than it may, up to an offset."""
        inside = self.text[begin:at]
        return bool(re.search(_SWALLOWED, inside) if inside[:3] in _LONG else "\n" in inside or "\r" in inside)

    def _skip(self, at: int, *, plain: bool = False) -> int:
        """Return where the next statement begins behind an error; N-Triples and N-Quads have no long strings."""
        skipped = re.compile(_SKIPPED)
        place = at
        while place < len(self.text):
            match = skipped.match(self.text, place)
            assert match is not None  # noqa: S101  # the last alternative takes any sign
            if plain and match[0][:3] in _LONG:
                place += 3
                continue
            place = match.end()
            if match["end"]:
                return self._next_line(place)
            if match["brace"] and self.form == ox.RdfFormat.TRIG:
                self.open = match["brace"] == "{"
                if not self.open:
                    return place
            if match["line"] and (fresh := re.compile(_FRESH).match(self.text, place)):
                return fresh.end()
        return place

    def _next_line(self, place: int) -> int:
        match = re.compile(_NEXT_LINE).match(self.text, place)
        return match.end() if match else len(self.text)
