"""Where the parts of each triple begin in a text: three columns of offsets, since a tuple a triple costs too much."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class TripleOffsets(NamedTuple):
    """Offsets of one triple's subject, predicate and object, in characters from 0."""

    subject: int
    predicate: int
    object: int


def _column() -> array[int]:
    return array("q")


@dataclass(frozen=True, slots=True)
class Places:
    """The places of all triples of a text, in the order of the triples."""

    subjects: array[int] = field(default_factory=_column)
    predicates: array[int] = field(default_factory=_column)
    objects: array[int] = field(default_factory=_column)

    def add(self, subject: int, predicate: int, value: int) -> None:
        """Add the place of the next triple."""
        self.subjects.append(subject)
        self.predicates.append(predicate)
        self.objects.append(value)

    def cut(self, length: int) -> None:
        """Drop all but the first places."""
        for column in (self.subjects, self.predicates, self.objects):
            del column[length:]

    def __len__(self) -> int:
        """Count the triples."""
        return len(self.subjects)

    def __iter__(self) -> Iterator[TripleOffsets]:
        """Go through the places in order."""
        return map(TripleOffsets, self.subjects, self.predicates, self.objects)
