"""All dossiers of a project by key, and every row that a reference can name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.compile.statements import iri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cartkg.dossier.node import Node

#: The sections of a dossier whose entries have ids, and the kind of IRI that an entry gets.
SECTIONS = {
    "therapies": "therapy",
    "arms": "arm",
    "cohorts": "cohort",
    "characteristics": "finding",
    "results": "finding",
    "events": "finding",
    "statements": "remark",
    "definitions": "definition",
    "conflicts": "conflict",
    "overlaps": "overlap",
    "absences": "absence",
    "relations": "relation",
}
#: The lists inside an arm whose entries have ids.
INSIDE_ARMS = {"drugs": "administration", "cells": "administration"}
FINDINGS = frozenset({"characteristics", "results", "events"})


@dataclass(frozen=True, slots=True)
class Dossier:
    """One dossier whose form is right.

    Attributes:
        key: its key.
        path: its file.
        root: its content.
    """

    key: str
    path: Path
    root: Node


@dataclass(frozen=True, slots=True)
class Entry:
    """One row that can be named.

    Attributes:
        dossier: whose row it is.
        section: the list it stands in, for instance `results`.
        id: its id.
        node: its content.
    """

    dossier: Dossier
    section: str
    id: str
    node: Node

    @property
    def iri(self) -> str:
        """The IRI of the thing that the row states."""
        kind = SECTIONS.get(self.section) or INSIDE_ARMS[self.section]
        return iri(kind, self.dossier.key, self.id)

    @property
    def row(self) -> str:
        """How other rows, and the graph, name it: `KEY#id`."""
        return f"{self.dossier.key}#{self.id}"


def entries_of(dossier: Dossier) -> Iterator[Entry]:
    """Yield every row of a dossier that has an id, in the order of the file."""
    for section in SECTIONS:
        for node in dossier.root.children(section):
            if (name := node.text("id")) is not None:
                yield Entry(dossier, section, name, node)
    for arm in dossier.root.children("arms"):
        for section in INSIDE_ARMS:
            for node in arm.children(section):
                if (name := node.text("id")) is not None:
                    yield Entry(dossier, section, name, node)


@dataclass(slots=True)
class Corpus:
    """The dossiers that are compiled together.

    Attributes:
        dossiers: by key.
    """

    dossiers: dict[str, Dossier] = field(default_factory=dict)
    _rows: dict[str, dict[str, Entry]] = field(default_factory=dict)

    @classmethod
    def of(cls, dossiers: Iterable[Dossier]) -> Corpus:
        """Gather dossiers; of rows with the same id the first counts, the others are diagnosed where they stand."""
        corpus = cls({dossier.key: dossier for dossier in dossiers})
        for key, dossier in corpus.dossiers.items():
            rows = corpus._rows.setdefault(key, {})
            for entry in entries_of(dossier):
                rows.setdefault(entry.id, entry)
        return corpus

    def find(self, reference: str, here: str) -> Entry | None:
        """Return the row that a reference names; None when there is no such row.

        Args:
            reference: the id of a row of this dossier, or `KEY#id`.
            here: the key of the dossier in which the reference stands.
        """
        key, mark, name = reference.partition("#")
        return self._rows.get(key, {}).get(name) if mark else self._rows.get(here, {}).get(reference)

    def cohort(self, reference: str, here: str) -> Entry | None:
        """Return the cohort that a reference names, or the one it is the same as, however many steps away.

        None when there is no such cohort or the steps lead in a circle.
        """
        seen: set[str] = set()
        entry = self.find(reference, here)
        while entry is not None and entry.section == "cohorts" and entry.row not in seen:
            seen.add(entry.row)
            same = entry.node.text("same_as")
            if same is None:
                return entry
            entry = self.find(same, entry.dossier.key)
        return None

    def ids(self, key: str, sections: frozenset[str] | None = None) -> list[str]:
        """Return the ids of a dossier's rows, of some sections or all."""
        return [entry.id for entry in self._rows.get(key, {}).values() if not sections or entry.section in sections]
