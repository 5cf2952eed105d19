"""Read YAML as nodes with line numbers: the subset of YAML 1.2 that dossiers need.

Only `true` and `false` are booleans; `yes`, `no` and dates are texts. Anchors, aliases and tags are refused: a dossier
needs none, and an alias can make a small file expand without bound.

Source: YAML 1.2.2, section 10.3 (core schema); PyYAML's C parser supplies the events.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import yaml

from cartkg import files
from cartkg.diagnostics import Diagnostic
from cartkg.dossier.node import Node, Place
from cartkg.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cartkg.dossier.node import Plain

#: What to do, by the words in which the parser reports what people most often write wrong.
_HINTS = {
    "mapping values are not allowed": "; put text that contains a colon in quotes",
    "did not find expected key": (
        "; indent the line like those above it, and put text that begins with a quote in quotes of the other kind"
    ),
    "cannot start any token": (
        "; use spaces instead of tabs, and put text that begins with a special character in quotes"
    ),
    "did not find expected ',' or": "; close the bracket, or put text that contains a colon or a bracket in quotes",
}
_OPENED = ("while parsing a flow", "while scanning a quoted")
#: Largest file read, in bytes; most names and values in one file; deepest nesting.
MAX_BYTES = 2 * 1024**2
MAX_NODES = 200_000
MAX_DEPTH = 30
UNREADABLE = "dossier-unreadable"

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
#: An exponent has two digits at most: written out, a number of nine would fill the memory.
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,2})?\Z")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_MOST_DIGITS = 30


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One YAML file.

    Attributes:
        path: the file.
        root: its content; the value is None when nothing could be read.
        diagnostics: why it could not be read; empty when it was.
    """

    path: Path
    root: Node
    diagnostics: tuple[Diagnostic, ...] = ()


class _RefusedError(Exception):
    """The text is YAML, but not the subset that dossiers use."""

    def __init__(self, message: str, mark: Any) -> None:  # marks of the parser have no type
        super().__init__(message)
        self.message = message
        self.mark = mark


def read_bytes(data: bytes, path: Path) -> YamlDocument:
    """Read the bytes of one YAML file; a syntax error is a diagnostic of the document.

    Args:
        data: the bytes of the file, UTF-8.
        path: the file, named in diagnostics.
    """
    if len(data) > MAX_BYTES:
        return _unreadable(path, f"the file has {len(data):,} bytes; at most {MAX_BYTES:,} are read", 1, 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _unreadable(path, "the file is not UTF-8 at this line; save it as UTF-8", line, 1)
    reader = _Reader()
    try:
        value = reader.read(text)
    except _RefusedError as error:
        return _unreadable(path, error.message, error.mark.line + 1, error.mark.column + 1)
    except yaml.MarkedYAMLError as error:
        # what is opened and not closed shows only further down: its own line is where to look
        opened = str(error.context or "").startswith(_OPENED)
        mark = (opened and error.context_mark) or error.problem_mark or error.context_mark
        problem = str(error.problem or error.context)
        hint = next((hint for words, hint in _HINTS.items() if words in problem), "")
        what = f"the text is not valid YAML: {problem}{hint}"
        return _unreadable(path, what, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1)
    except yaml.reader.ReaderError as error:
        line, column = text.count("\n", 0, error.position) + 1, error.position - text.rfind("\n", 0, error.position)
        return _unreadable(path, f"the text is not valid YAML: {error.reason}; remove it", line, column)
    return YamlDocument(path, Node("", value, reader.places))


def read_document(path: Path) -> Node:
    """Read a YAML file that the project itself needs.

    Raises:
        SourceError: the file is missing or not YAML; with line and column.
        UnusableFile: it may not be read, or is too large.
    """
    document = read_bytes(files.read_bytes(path, MAX_BYTES), path)
    for fault in document.diagnostics:
        raise SourceError(fault.message, path, fault.line, fault.column)
    return document.root


def _unreadable(path: Path, message: str, line: int, column: int) -> YamlDocument:
    return YamlDocument(path, Node("", None, {}), (Diagnostic(path, line, column, UNREADABLE, message),))


@dataclass(slots=True)
class _Reader:
    """Build plain values from the events of the parser; no alias, tag or anchor gets past it."""

    places: dict[str, Place] = field(default_factory=dict)
    count: int = 0

    def read(self, text: str) -> Plain:
        events = iter(yaml.parse(text, Loader=yaml.CSafeLoader))
        next(events)  # the start of the stream
        first = next(events)
        if isinstance(first, yaml.StreamEndEvent):
            return None
        value = self._value(next(events), events, "", 0)
        next(events)  # the end of the document
        if not isinstance(more := next(events), yaml.StreamEndEvent):
            raise _RefusedError("a second document begins here; a file may contain only one", more.start_mark)
        return value

    def _value(self, event: Any, events: Iterator[Any], path: str, depth: int) -> Plain:
        self._admit(event)
        if depth > MAX_DEPTH:
            raise _RefusedError(f"nested more than {MAX_DEPTH} levels deep; flatten it", event.start_mark)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path, depth)
        return self._mapping(events, path, depth)

    def _admit(self, event: Any) -> None:
        """Count a value or the name of a field; refuse what the subset does not have."""
        self.count += 1
        if self.count > MAX_NODES:
            raise _RefusedError(f"more than {MAX_NODES:,} names and values in one file; split it", event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _RefusedError("anchors and aliases (& and *) are not allowed; write the value out", event.start_mark)
        if getattr(event, "tag", None):
            raise _RefusedError(f"the tag {event.tag} is not allowed; write the value without it", event.start_mark)

    def _sequence(self, events: Iterator[Any], path: str, depth: int) -> list[Plain]:
        items: list[Plain] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            below = f"{path}[{len(items)}]"
            self.places[below] = _place(event)
            items.append(self._value(event, events, below, depth + 1))
        return items

    def _mapping(self, events: Iterator[Any], path: str, depth: int) -> dict[str, Plain]:
        members: dict[str, Plain] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            self._admit(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _RefusedError("a field name must be a word", event.start_mark)
            name = str(event.value)
            if name in members:
                raise _RefusedError(f"the field `{name}` occurs twice in one group; keep one", event.start_mark)
            below = f"{path}.{name}" if path else name
            self.places[below] = _place(event)
            members[name] = self._value(next(events), events, below, depth + 1)
        return members


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


def _scalar(event: Any) -> Plain:
    text = str(event.value)
    if event.style:  # quoted or block text
        return text
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if len(text) <= _MOST_DIGITS:
        if _INTEGER.match(text):
            return int(text)
        if _NUMBER.match(text):
            return Decimal(text)
    return text
