"""Lines of tags, as PubMed (nbib) and RIS have: cut apart here, parsed by rispy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rispy import RisParser

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class LineBlock:
    """Lines of a file that belong together, from line `line` on."""

    line: int
    lines: Sequence[str]

    @property
    def is_blank(self) -> bool:
        """Whether nothing is written there."""
        return not any(map(str.strip, self.lines))


class _Same(dict[str, str]):
    """A mapping of every tag to itself."""

    def __missing__(self, tag: str) -> str:
        return tag


class _Every(list[str]):
    """Contains every tag: each may occur several times."""

    def __contains__(self, tag: object) -> bool:  # None, for a line that goes on before any tag, included
        return True


class TagParser(RisParser):  # type: ignore[misc]  # its package states no types
    """RIS by its tags."""

    DEFAULT_MAPPING = _Same()
    DEFAULT_LIST_TAGS = _Every()
    DEFAULT_DELIMITER_MAPPING: ClassVar[dict[str, str]] = {}

    def fields(self, part: LineBlock) -> Mapping[str, list[str]]:
        """Return the values of each tag of one record that ends with ER."""
        found: list[dict[str, Any]] = self.parse("\n".join(part.lines))
        values = {
            tag: [said] if isinstance(said, str) else said for record in found[:1] for tag, said in record.items()
        }
        return {tag: list(filter(None, map(str.strip, each))) for tag, each in values.items()}


def first(fields: Mapping[str, list[str]], *tags: str) -> str | None:
    """Return the first value of the first of these tags that has one."""
    return next((fields[tag][0] for tag in tags if fields.get(tag)), None)
