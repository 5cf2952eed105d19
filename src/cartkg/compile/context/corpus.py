"""All dossiers of a project by key, and every row that a reference can name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.compile.context.statements import iri

if TYPE_CHECKING:
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
#: The lists inside a definition whose entries have ids.
INSIDE_DEFINITIONS = {
    "ranges": "range",
    "thresholds": "threshold",
    "components": "component",
    "overriding": "override",
    "differences": "difference",
    "scoring": "scoring",
    "look_back": "look-back",
    "validation": "validation",
}
FINDINGS = frozenset({"characteristics", "results", "events"})


def part_iri(section: str, measure: str, key: str, name: str) -> str:
    """Return the IRI of a part of a definition.

    Args:
        section: the list it is in, for instance `thresholds`.
        measure: the id of the measure that it is about.
        key: the key of the dossier.
        name: its id.
    """
    return iri(INSIDE_DEFINITIONS[section], measure, key, name)


@dataclass(frozen=True, slots=True)
class Dossier:
    """One well-formed dossier.

    Attributes:
        key: its key.
        path: its file.
        root: its content.
    """

    key: str
    path: Path
    root: Node


@dataclass(frozen=True, slots=True)
class CorpusRow:
    """One row that references can name.

    Attributes:
        dossier: whose row it is.
        section: the list it is in, for instance `results`.
        id: its id.
        node: its content.
        measure: the measure that it is about, for a part of a definition.
    """

    dossier: Dossier
    section: str
    id: str
    node: Node
    measure: str = ""

    @property
    def iri(self) -> str:
        """The IRI of the thing that the row states."""
        if self.section in INSIDE_DEFINITIONS:
            return part_iri(self.section, self.measure, self.dossier.key, self.id)
        kind = SECTIONS.get(self.section) or INSIDE_ARMS[self.section]
        return iri(kind, self.dossier.key, self.id)

    @property
    def row(self) -> str:
        """How other rows, and the graph, name it: `KEY#id`."""
        return f"{self.dossier.key}#{self.id}"


def entries_of(dossier: Dossier) -> Iterator[CorpusRow]:
    """Yield every row of a dossier that has an id, in the order of the file."""
    for section in SECTIONS:
        for node in dossier.root.children(section):
            if (name := node.text("id")) is not None:
                yield CorpusRow(dossier, section, name, node)
    for arm in dossier.root.children("arms"):
        for section in INSIDE_ARMS:
            for node in arm.children(section):
                if (name := node.text("id")) is not None:
                    yield CorpusRow(dossier, section, name, node)
    yield from _parts_of(dossier)


def _parts_of(dossier: Dossier) -> Iterator[CorpusRow]:
    """Yield every part of the definitions of a dossier that has an id."""
    for definition in dossier.root.children("definitions"):
        for section in INSIDE_DEFINITIONS:
            for node in definition.children(section):
                own = node.text("measure") if section == "ranges" else None
                if (name := node.text("id")) is not None:
                    yield CorpusRow(dossier, section, name, node, own or definition.text("measure") or "")


class Dossiers(Mapping[str, Dossier]):
    """Dossiers by key, each read on first use."""

    def __init__(self, keys: Iterable[str], load: Callable[[str], Dossier | None]) -> None:
        """Name the keys that exist, and how one is read; a dossier with form errors is None."""
        self._keys = frozenset(keys)
        self._load = load
        self._read: dict[str, Dossier | None] = {}

    def __getitem__(self, key: str) -> Dossier:
        if key not in self._keys:
            raise KeyError(key)
        if key not in self._read:
            self._read[key] = self._load(key)
        found = self._read[key]
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._keys))

    def __len__(self) -> int:
        return len(self._keys)


@dataclass(slots=True)
class DossierCorpus:
    """The dossiers that are compiled together.

    Attributes:
        dossiers: by key.
    """

    dossiers: Dossiers
    _rows: dict[str, dict[str, CorpusRow]] = field(default_factory=dict)

    def rows(self, key: str) -> Mapping[str, CorpusRow]:
        """Return the rows of a dossier by id; of rows with the same id the first counts. None of an unknown dossier."""
        if key not in self._rows:
            dossier = self.dossiers.get(key)
            found: dict[str, CorpusRow] = {}
            for entry in entries_of(dossier) if dossier else ():
                found.setdefault(entry.id, entry)
            self._rows[key] = found
        return self._rows[key]

    def find(self, reference: str, here: str) -> CorpusRow | None:
        """Return the row that a reference names; None when the row does not exist.

        Args:
            reference: the id of a row of this dossier, or `KEY#id`.
            here: the key of the dossier in which the reference stands.
        """
        key, mark, name = reference.partition("#")
        return self.rows(key).get(name) if mark else self.rows(here).get(reference)

    def cohort(self, reference: str, here: str) -> CorpusRow | None:
        """Return the cohort that a reference names, or the one it is the same as, however many steps away.

        None when the cohort does not exist or the steps lead in a circle.
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
        return [entry.id for entry in self.rows(key).values() if not sections or entry.section in sections]
