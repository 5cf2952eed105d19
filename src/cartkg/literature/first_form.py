"""Dossiers of the first form, half of whose facts are prose: their fields, and which of them no one has taken yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from cartkg.dossier.node import Node

_LONGEST_REMARK = 400


@dataclass(slots=True)
class FieldGroup:
    """A group of fields of which each is taken once; what is left over is shown to the person.

    Attributes:
        node: the fields.
    """

    node: Node
    _taken: set[str] = field(default_factory=set)

    def __contains__(self, name: str) -> bool:
        return name in self.node

    def text(self, name: str) -> str | None:
        """Take a single value as text; None when it is absent or a group."""
        value = self.node.text(name)
        if value is not None and value.strip():
            self._taken.add(name)
            return " ".join(value.split())
        return None

    def number(self, name: str) -> Decimal | None:
        """Take a number; None when it is absent or not one."""
        value = self.node.number(name)
        if value is not None:
            self._taken.add(name)
            return value.to_integral_value() if value == value.to_integral_value() else value
        return None

    def count(self, name: str) -> int | None:
        """Take a whole number from zero up; None when it is absent or not one."""
        value = self.node.count(name)
        if value is None or value < 0:
            return None
        self._taken.add(name)
        return value

    def part(self, name: str) -> FieldGroup | None:
        """Take a group of fields; None when it is absent or a single value."""
        child = self.node.child(name)
        if not isinstance(child.value, dict):
            return None
        self._taken.add(name)
        return FieldGroup(child)

    def parts(self, name: str) -> list[FieldGroup]:
        """Take the groups of a list; a list that contains anything else is left over."""
        items = self.node.children(name)
        if not items or not all(isinstance(item.value, dict) for item in items):
            return []
        self._taken.add(name)
        return [FieldGroup(item) for item in items]

    def texts(self, name: str) -> list[str]:
        """Take the single values of a list as texts; a list that contains groups is left over."""
        items = self.node.children(name)
        if any(isinstance(item.value, (dict, list)) for item in items):
            return []
        self._taken.add(name)
        return [str(item.value) for item in items if item.value is not None]

    def words(self) -> str:
        """Return all that the fields say, in one line."""
        return in_words(self.node)

    def left(self, lead: str = "") -> list[str]:
        """Return a remark for each field that no one took: a fact that a person has to place."""
        return [
            f"not proposed: {lead}{name}: {in_words(self.node.child(name))}"
            for name in self.node.names()
            if name not in self._taken and self.node.child(name).value is not None
        ]


def in_words(node: Node) -> str:
    """Return a value in one line, cut when it is long."""
    value = node.value
    if isinstance(value, dict):
        text = "; ".join(f"{name}: {in_words(node.child(name))}" for name in value)
    elif isinstance(value, list):
        text = ", ".join(in_words(item) for item in node.items())
    else:
        text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST_REMARK else f"{text[:_LONGEST_REMARK]} ..."
