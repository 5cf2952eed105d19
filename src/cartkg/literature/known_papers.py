"""The papers that dossiers in files are about, by the identifiers that their heads state."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.dossier.identifiers import IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cartkg.literature.formats.citation import Citation

#: A field of the publication itself, in the style of dossiers: two spaces before it, where those of notices have more.
_HEAD = re.compile(r"^  (doi|pmid|pmcid): +['\"]?([^\s'\"#]+)", re.MULTILINE)


@dataclass(slots=True)
class KnownPapers:
    """Which file has the dossier of a paper, and the keys that are taken."""

    keys: set[str] = field(default_factory=set)
    _files: dict[tuple[str, str], Path] = field(default_factory=dict)

    def put(self, key: str, text: str, path: Path) -> None:
        """Take a dossier in, or a draft of one."""
        self.keys.add(key)
        for kind, value in _HEAD.findall(text):
            self._files.setdefault((kind, value.casefold()), path)

    def file_of(self, citation: Citation) -> Path | None:
        """Return the file that is about a paper; None where there is none."""
        return next((self._files[key] for key in _identifiers(citation) if key in self._files), None)


def _identifiers(citation: Citation) -> Iterator[tuple[str, str]]:
    for kind in (IdentifierKind.DOI, IdentifierKind.PMID, IdentifierKind.PMCID):
        value = getattr(citation, kind.value)
        if value:
            yield kind.value, value.casefold()
