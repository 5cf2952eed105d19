"""YAML in, plain values with their places out, by the core rules of YAML 1.2.

Only `true` and `false` are booleans; `yes`, `no`, dates and `4-1bb` are text. Anchors, aliases and tags are refused,
because a reader of the file could not see there what a row states.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import yaml

from cartkg.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"
#: Names of members and numbers of items that lead from the top to a value.
Steps: TypeAlias = "tuple[str | int, ...]"

#: Largest file that is read, in bytes.
LARGEST = 5_000_000
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it: ten times as fast
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
#: What to do, by the words in which the parser says what people most often write wrong.
_HINTS = {
    "mapping values are not allowed": "; put a text that holds a colon in quotes",
    "but found '<scalar>'": "; put a text that holds quotes or begins with one in quotes of the other kind",
    "cannot start any token": "; use spaces, no tabs, and put a text that begins with a sign in quotes",
    "did not find expected ',' or": "; close the bracket, or put a text that holds a colon or a bracket in quotes",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column of a value, from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Document:
    """One file as plain values.

    Attributes:
        path: the file.
        value: its content.
        places: where each member and item stands, by the steps that lead to it.
    """

    path: Path
    value: Plain
    places: Mapping[Steps, Place]

    def place(self, steps: Steps) -> Place:
        """Return where a value stands; the nearest known group when the value itself is missing."""
        while steps and steps not in self.places:
            steps = steps[:-1]
        return self.places.get(steps, Place(1, 1))


def read_document(path: Path) -> Document:
    """Read a YAML file.

    Raises:
        SourceError: the file is missing, larger than `LARGEST`, not UTF-8 or not YAML, or it has a key twice, an
            anchor, an alias or a tag; with line and column where known.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise SourceError(f"is larger than {LARGEST // 1_000_000} MB; split it", path)
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise SourceError(f"cannot read the file: {error.strerror}", path) from error
    except UnicodeDecodeError as error:
        raise SourceError(f"is not UTF-8 at byte {error.start}; save it as UTF-8", path) from error
    return parse_document(text, path)


def parse_document(text: str, path: Path) -> Document:
    """Read YAML text that belongs to a file.

    Raises:
        SourceError: as `read_document`.
    """
    places: dict[Steps, Place] = {}
    try:
        builder = _Builder(yaml.parse(text, Loader=_LOADER), path, places)
        return Document(path, builder.document(), places)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "cannot be parsed"
        hint = next((what for words, what in _HINTS.items() if words in problem), "")
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise SourceError(f"is not YAML: {problem}{hint}", path, line, column) from error
    except yaml.YAMLError as error:
        raise SourceError(f"is not YAML: {error}", path) from error
    except RecursionError as error:
        raise SourceError("has groups too deep in each other to be read", path) from error


class _Builder:
    """Values from the parser's events."""

    def __init__(self, events: Iterator[yaml.Event], path: Path, places: dict[Steps, Place]) -> None:
        self.events = events
        self.path = path
        self.places = places

    def document(self) -> Plain:
        next(self.events)  # start of the stream
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        value = self.value(next(self.events), ())
        next(self.events)  # end of the document
        if not isinstance(event := next(self.events), yaml.StreamEndEvent):
            raise self.error("holds a second document; remove the line `---`", event)
        return value

    def error(self, message: str, event: yaml.Event) -> SourceError:
        return SourceError(message, self.path, event.start_mark.line + 1, event.start_mark.column + 1)

    def value(self, event: yaml.Event, steps: Steps) -> Plain:
        if isinstance(event, yaml.AliasEvent):
            raise self.error(f"the alias `*{event.anchor}` is not allowed; write the value out", event)
        if event.anchor is not None:
            raise self.error(f"the anchor `&{event.anchor}` is not allowed; remove it", event)
        if event.tag is not None and event.tag != "!":
            raise self.error(f"the tag `{event.tag}` is not allowed; remove it, and quote a text", event)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(steps)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(steps)
        return _plain(event.value) if event.style is None and event.tag is None else str(event.value)

    def mapping(self, steps: Steps) -> dict[str, Plain]:
        found: dict[str, Plain] = {}
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                raise self.error("a name of a field must be a word", key)
            name = str(key.value)
            if name in found:
                raise self.error(f"the key `{name}` stands twice; keep one", key)
            below = (*steps, name)
            self.places[below] = Place(key.start_mark.line + 1, key.start_mark.column + 1)
            found[name] = self.value(next(self.events), below)
        return found

    def sequence(self, steps: Steps) -> list[Plain]:
        found: list[Plain] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            below = (*steps, len(found))
            self.places[below] = Place(event.start_mark.line + 1, event.start_mark.column + 1)
            found.append(self.value(event, below))
        return found


def _plain(text: str) -> Plain:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
