"""One place of a dossier: its value, its path and its line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Plain: TypeAlias = "str | int | Decimal | bool | list[Plain] | dict[str, Plain] | None"


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column in a file, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Node:
    """A mapping, a list or a single value of a dossier.

    Attributes:
        path: how messages name it: `results[0].count`.
        value: the plain value.
        places: the place of each path of the file.
    """

    path: str
    value: Plain
    places: Mapping[str, Place]

    def __contains__(self, name: str) -> bool:
        return isinstance(self.value, dict) and self.value.get(name) is not None

    @property
    def place(self) -> Place:
        """The place of this node, or of the nearest node around it that has one."""
        path = self.path
        while path not in self.places and path:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.places.get(path, Place(1, 1))

    def child(self, name: str) -> Node:
        """Return a member; the value of an absent one is None."""
        value = self.value.get(name) if isinstance(self.value, dict) else None
        return Node(f"{self.path}.{name}" if self.path else name, value, self.places)

    def children(self, name: str) -> list[Node]:
        """Return the items of a list member; a single value is a list of one, an absent one is empty."""
        return self.child(name).items()

    def items(self) -> list[Node]:
        """Return the items of this list; a single value is a list of one."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            return [self]
        return [Node(f"{self.path}[{index}]", item, self.places) for index, item in enumerate(self.value)]

    def names(self) -> list[str]:
        """Return the names of the members, in order."""
        return list(self.value) if isinstance(self.value, dict) else []

    def text(self, name: str) -> str | None:
        """Return a single member as text; None when absent."""
        value = self.child(name).value
        return None if value is None or isinstance(value, (dict, list)) else str(value)

    def texts(self, name: str) -> list[str]:
        """Return the single values of a list member as texts."""
        return [str(item.value) for item in self.children(name) if not isinstance(item.value, (dict, list))]

    def number(self, name: str) -> Decimal | None:
        """Return a member as an exact number; None when absent or not a number."""
        value = self.child(name).value
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            return None
        return Decimal(value)

    def count(self, name: str) -> int | None:
        """Return a member as a whole number; None when absent or not one."""
        value = self.child(name).value
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def flag(self, name: str) -> bool:
        """Return whether a member is true."""
        return self.child(name).value is True

    def walk(self) -> Iterator[Node]:
        """Yield this node and every node below it, in order."""
        yield self
        if isinstance(self.value, dict):
            for name in self.value:
                yield from self.child(name).walk()
        elif isinstance(self.value, list):
            for item in self.items():
                yield from item.walk()
