"""The fields of a dossier as its schema declares them, and the value that a text stands for in each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from cartkg.dossier.schema import source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cartkg.dossier.editing import Step
    from cartkg.dossier.node import Plain

#: The group that is the whole dossier.
DOSSIER = "Dossier"
_INTEGER = re.compile(r"[-+]?[0-9]{1,30}")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,2})?")


class RangeKind(Enum):
    """What a field takes."""

    GROUP = "group"
    WORDS = "words"
    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "true or false"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class FieldRange:
    """One thing that a field takes.

    Attributes:
        kind: what it is.
        name: the group, the list of words, or the type.
    """

    kind: RangeKind
    name: str


@dataclass(frozen=True, slots=True)
class ListedWord:
    """A word of a closed list, with its meaning where the schema states one."""

    word: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class SchemaField:
    """One field of a group.

    Attributes:
        name: its name.
        description: what it means; may be empty.
        required: whether the group needs it.
        many: whether it takes a list.
        ranges: what it, or each item, takes.
        constant: the only value it may have; None for any other field.
    """

    name: str
    description: str
    required: bool
    many: bool
    ranges: tuple[FieldRange, ...]
    constant: int | None = None

    @property
    def group(self) -> str | None:
        """The group that it takes; None where it takes single values alone."""
        return self._named(RangeKind.GROUP)

    @property
    def words(self) -> tuple[ListedWord, ...]:
        """The words that it takes."""
        return words_of(name) if (name := self._named(RangeKind.WORDS)) else ()

    @property
    def kinds(self) -> frozenset[RangeKind]:
        """The kinds of what it takes."""
        return frozenset(each.kind for each in self.ranges)

    def _named(self, kind: RangeKind) -> str | None:
        return next((each.name for each in self.ranges if each.kind is kind), None)


@cache
def fields_of(group: str) -> Mapping[str, SchemaField]:
    """Return the fields of a group by name, in the order of the form."""
    stated = source()["classes"][group]["attributes"]
    return {name: _field(name, said or {}) for name, said in stated.items()}


@cache
def words_of(name: str) -> tuple[ListedWord, ...]:
    """Return the words of a closed list in its order."""
    values = cast("dict[str, Any]", source()["enums"][name]["permissible_values"])
    return tuple(ListedWord(word, (said or {}).get("description", "")) for word, said in values.items())


def field_at(path: Sequence[Step]) -> SchemaField | None:
    """Return the field to which a path leads, the numbers of items left out; None when the schema has none there."""
    group: str | None = DOSSIER
    found: SchemaField | None = None
    for step in path:
        if isinstance(step, int):
            if found is None or not found.many:
                return None
            continue
        found = fields_of(group).get(step) if group else None
        if found is None:
            return None
        group = found.group
    return found


def value_of(field: SchemaField, text: str) -> Plain:
    """Return the value that a text stands for in a field.

    A text that is none of what the field takes is returned as it is, so that the check of the form can say so.

    Example:
        >>> value_of(fields_of("Count")["of"], "15"), value_of(fields_of("Count")["of"], "not-reported")
        (15, 'not-reported')
    """
    plain = " ".join(text.split())
    kinds = field.kinds
    if RangeKind.FLAG in kinds and plain in {"true", "false"}:
        return plain == "true"
    if kinds & {RangeKind.WHOLE, RangeKind.NUMBER} and _INTEGER.fullmatch(plain):
        return int(plain)
    if RangeKind.NUMBER in kinds and _NUMBER.fullmatch(plain):
        return Decimal(plain)
    return plain


def _field(name: str, said: dict[str, Any]) -> SchemaField:
    stated = said.get("any_of", [said])
    return SchemaField(
        name,
        said.get("description", ""),
        bool(said.get("required")),
        bool(said.get("multivalued")),
        tuple(_range(str(each.get("range", source()["default_range"]))) for each in stated),
        said.get("equals_number"),
    )


_KINDS = {
    "integer": RangeKind.WHOLE,
    "float": RangeKind.NUMBER,
    "decimal": RangeKind.NUMBER,
    "boolean": RangeKind.FLAG,
}


def _range(name: str) -> FieldRange:
    schema = source()
    if name in schema["classes"]:
        return FieldRange(RangeKind.GROUP, name)
    if name in schema["enums"]:
        return FieldRange(RangeKind.WORDS, name)
    basic = schema["types"].get(name, {}).get("typeof", name)
    return FieldRange(_KINDS.get(basic, RangeKind.TEXT), name)
