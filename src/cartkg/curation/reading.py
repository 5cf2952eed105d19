"""YAML in, plain values with their places out.

The nodes that the parser composes have all that is needed: building the structures that keep comments, for writing a
file again, takes half as long once more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.nodes import MappingNode, SequenceNode

from cartkg.curation.node import Place
from cartkg.curation.outline import compose, reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.curation.node import Plain

#: Lead of the tags of YAML itself; a value with another one is a text.
_KNOWN = "tag:yaml.org,2002:"
_MERGE = f"{_KNOWN}merge"


@dataclass(slots=True)
class Reading:
    """One file on its way in; `places` gains the place of each value, by its path."""

    places: dict[str, Place]
    yaml: Any = field(default_factory=reader)

    def read(self, text: str) -> Plain:
        """Read a text; None when there is nothing in it.

        Raises:
            OutOfBounds: it is deeper or larger than allowed, or has an anchor or alias.
            YAMLError: it is no YAML, or a key stands twice in one group.
        """
        node = compose(text, self.yaml)
        return None if node is None else self._plain(node, "")

    def _plain(self, node: Any, path: str) -> Plain:  # parts of the parser have no types
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            items: list[Plain] = []
            for index, item in enumerate(node.value):
                below = f"{path}[{index}]"
                self.places[below] = Place(item.start_mark.line + 1, item.start_mark.column + 1)
                items.append(self._plain(item, below))
            return items
        if not node.tag.startswith(_KNOWN):
            return str(node.value)
        try:
            value = self.yaml.constructor.construct_object(node)
        except (ValueError, LookupError, TypeError, AttributeError):
            # a value that its tag does not fit, such as the date 2026-02-30; who reads the field says so
            return str(node.value)
        return value if value is None or isinstance(value, (bool, int, float)) else str(value)

    def _mapping(self, node: Any, path: str) -> dict[str, Plain]:
        out: dict[str, Plain] = {}
        for key, value in _pairs(node):
            name = str(self._plain(key, path))
            if name in out:
                raise DuplicateKeyError(None, None, "a key stands twice", key.start_mark)
            below = f"{path}.{name}" if path else name
            self.places[below] = Place(key.start_mark.line + 1, key.start_mark.column + 1)
            out[name] = self._plain(value, below)
        return out


def _pairs(node: Any) -> Iterator[tuple[Any, Any]]:
    """Give the keys and values of a group, and those that it takes over (`<<`) and does not have itself."""
    own = [(key, value) for key, value in node.value if key.tag != _MERGE]
    yield from own
    taken = {str(key.value) for key, _ in own}
    for key, value in node.value:
        for other in value.value if isinstance(value, SequenceNode) else [value]:
            if key.tag == _MERGE and isinstance(other, MappingNode):
                new = [(name, each) for name, each in _pairs(other) if str(name.value) not in taken]
                yield from new
                taken |= {str(name.value) for name, _ in new}
