"""Node: one place of a dossier that knows its path, its line, and which of its leaves were used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column in the dossier, both from 1; `file` when it is another file: the dossier's supplement."""

    line: int
    column: int
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value at the end of a path, for instance `outcomes[0].n_achieved`."""

    path: str
    value: str | int | float | bool


@dataclass(slots=True)
class Node:
    """A mapping, a list or a leaf of a dossier.

    Every leaf read through `text`, `number`, `count` or `flag` counts as used; `unused` gives the rest, so nothing
    is lost in silence.
    """

    path: str
    value: Plain
    places: dict[str, Place]
    used: set[str] = field(default_factory=set)

    def __contains__(self, name: str) -> bool:
        return isinstance(self.value, dict) and self.value.get(name) is not None

    @property
    def place(self) -> Place:
        """Where this node stands; that of the nearest known parent when unknown."""
        path = self.path
        while path not in self.places and path:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.places.get(path, Place(1, 1))

    def child(self, name: str) -> Node:
        """Give a member; an absent one has the value None."""
        value = self.value.get(name) if isinstance(self.value, dict) else None
        return Node(f"{self.path}.{name}" if self.path else name, value, self.places, self.used)

    def children(self, name: str) -> list[Node]:
        """Give the items of a list member; a single value is a list of one, an absent one is empty."""
        return self.child(name).items()

    def items(self) -> list[Node]:
        """Give the items of this list; a single value is a list of one."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            return [self]
        return [Node(f"{self.path}[{i}]", item, self.places, self.used) for i, item in enumerate(self.value)]

    def names(self) -> list[str]:
        """Give the names of the members, in order."""
        return list(self.value) if isinstance(self.value, dict) else []

    def take(self) -> str | int | float | bool | None:
        """Give the value of this leaf and count it as used; None for a mapping or a list."""
        if self.value is None or isinstance(self.value, (dict, list)):
            return None
        self.used.add(self.path)
        return self.value

    def text(self, name: str) -> str | None:
        """Give a member as text."""
        value = self.child(name).take()
        return None if value is None else str(value)

    def number(self, name: str) -> float | int | None:
        """Give a member as a number; a text is no number and stays unused."""
        child = self.child(name)
        if isinstance(child.value, bool) or not isinstance(child.value, (int, float)):
            return None
        self.used.add(child.path)
        return child.value

    def count(self, name: str) -> int | None:
        """Give a member as a whole number."""
        child = self.child(name)
        if isinstance(child.value, bool) or not isinstance(child.value, int):
            return None
        self.used.add(child.path)
        return child.value

    def leaves(self) -> Iterator[Leaf]:
        """Give every leaf below this node, in order."""
        if isinstance(self.value, dict):
            for name in self.value:
                yield from self.child(name).leaves()
        elif isinstance(self.value, list):
            for item in self.items():
                yield from item.leaves()
        elif self.value is not None:
            yield Leaf(self.path, self.value)

    def unused(self) -> list[Leaf]:
        """Give the leaves below this node that nothing has read."""
        return [leaf for leaf in self.leaves() if leaf.path not in self.used]
