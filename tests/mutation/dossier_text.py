"""A dossier in, plain values out that can be edited and written back, with the line of each record.

It reads YAML with PyYAML alone and shares no code with `cartkg.dossier`, so that faults are placed by a second opinion.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The steps from the top of a dossier to a record: `("results", 3)`.
Steps: TypeAlias = "tuple[str | int, ...]"
Record: TypeAlias = dict[str, Any]

_TYPED = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|true|false")
_NAME = re.compile(r"[A-Za-z_]+")
FINDINGS = ("characteristics", "results", "events")


class Raw(str):
    """A value that is written without quotes: a number, a boolean, or source text that is faulty on purpose."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """One dossier, or one list of words, as values.

    Attributes:
        path: its file.
        root: its content: mappings, lists, texts, and `Raw` for what has no quotes.
    """

    path: Path
    root: Record

    @property
    def key(self) -> str:
        """The key of the dossier."""
        return self.path.stem

    def copied(self) -> Draft:
        """Return a copy that can be edited."""
        return Draft(self.path, copy.deepcopy(self.root))

    def records(self, *sections: str) -> Iterator[tuple[Steps, Record]]:
        """Yield the records of these lists with the steps to them."""
        for section in sections:
            for index, record in enumerate(self.root.get(section, ())):
                yield (section, index), record

    def inside_arms(self, section: str) -> Iterator[tuple[Steps, Record]]:
        """Yield the drugs or cells of all arms."""
        for (_, index), arm in self.records("arms"):
            for place, record in enumerate(arm.get(section, ())):
                yield ("arms", index, section, place), record

    def cohort(self, name: str) -> Record:
        """Return a cohort by its id; an empty record when the dossier has none of this name."""
        return next((cohort for _, cohort in self.records("cohorts") if cohort["id"] == name), {})

    def write(self) -> tuple[str, dict[Steps, range]]:
        """Return the text, each record on a line of its own but for arms, and the lines of each record from 1."""
        lines: list[str] = []
        places: dict[Steps, range] = {}
        for name, value in self.root.items():
            places[name,] = range(len(lines) + 1, len(lines) + 2)
            if not isinstance(value, list):
                lines.append(f"{name}: {_flow(value)}")
                continue
            lines.append(f"{name}:")
            for index, record in enumerate(value):
                first = len(lines) + 1
                lines += _record(record, (name, index), places, len(lines))
                places[name, index] = range(first, len(lines) + 1)
        return "\n".join(lines) + "\n", places


def read(path: Path) -> Draft:
    """Read a YAML file."""
    return Draft(path, _value(yaml.compose(path.read_text("utf-8"), Loader=yaml.CSafeLoader)))


def _value(node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {name.value: _value(value) for name, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(value) for value in node.value]
    return Raw(node.value) if not node.style and _TYPED.fullmatch(node.value) else node.value


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_name(name)}: {_flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value) if isinstance(value, Raw) else json.dumps(value, ensure_ascii=False)


def _name(name: str) -> str:
    return name if _NAME.fullmatch(name) else json.dumps(name)


def _record(record: Any, steps: Steps, places: dict[Steps, range], above: int) -> list[str]:
    """Write one record; drugs and cells within it have lines of their own."""
    if not isinstance(record, dict):
        return [f"- {_flow(record)}"]
    lines = ["- {"]
    for name, value in record.items():
        comma = "" if lines == ["- {"] else ", "
        if name in {"drugs", "cells"} and steps[0] == "arms":
            lines[-1] += f"{comma}{name}: ["
            for index, each in enumerate(value):
                places[*steps, name, index] = range(above + len(lines) + 1, above + len(lines) + 2)
                lines.append(f"    {_flow(each)},")
            lines.append("  ]")
        else:
            lines[-1] += f"{comma}{_name(name)}: {_flow(value)}"
    lines[-1] += "}"
    return "\n".join(lines).split("\n")
