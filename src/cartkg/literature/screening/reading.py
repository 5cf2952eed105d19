"""The dossiers of a project in, who has read and checked each out; what nobody else has checked is listed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cartkg.dossier.reading import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The fields of a dossier that begin at the margin.
_READERS = re.compile(r"^(?:read_by|checked_by):.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ReadingRecord:
    """Who has read a publication for its dossier, and who has compared the sentences of the graph with it.

    Attributes:
        key: the key of the dossier.
        read_by: the first reader.
        checked_by: the second; empty where there is none.
    """

    key: str
    read_by: str
    checked_by: str

    @property
    def is_checked(self) -> bool:
        """Whether someone else than the first reader has checked it."""
        return bool(self.checked_by) and self.checked_by.casefold() != self.read_by.casefold()


def reading_of(key: str, text: str) -> ReadingRecord:
    r"""Return who has read and checked a dossier, by its text.

    Example:
        >>> reading_of("a-2024", "key: a-2024\nread_by: a\nchecked_by: B  # later\n").is_checked
        True
    """
    head = read_bytes("\n".join(_READERS.findall(text)).encode(), Path(key)).root
    return ReadingRecord(key, (head.text("read_by") or "").strip(), (head.text("checked_by") or "").strip())


def unchecked(readings: Iterable[ReadingRecord]) -> Iterator[ReadingRecord]:
    """Go through the dossiers that no second reader has checked."""
    return (each for each in readings if not each.is_checked)
