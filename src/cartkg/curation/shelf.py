"""Shelf: the data files of a project, read when needed, changed in memory, written together at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from cartkg.curation.facts import LABEL, ROW, Facts, Subject, term
from cartkg.curation.writer import write_text
from cartkg.errors import SourceError
from cartkg.files import read_text
from cartkg.namespaces import BASE, read_prefixes
from cartkg.project import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.project import Project

#: Shared files that dossiers add to; the others are written by hand or from lists.
_FILLED = ("shared/criteria", "shared/named-only")
_CLAIMED_KINDS = ("finding/", "administration/")


@dataclass(slots=True)
class Shelf:
    """The files of `data/ttl` by home (path without suffix, relative to the folder)."""

    project: Project
    texts: dict[str, str] = field(default_factory=dict)
    loaded: dict[str, Facts] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    asserted: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Project) -> Shelf:
        """Read the texts of all data files of a project.

        Raises:
            SourceError: a file may not be read, or is not UTF-8.
        """
        shelf = cls(project)
        for refused in project.refused_files():
            raise refused
        for path in project.data_files():
            try:
                shelf.texts[path.relative_to(project.data).with_suffix("").as_posix()] = read_text(path)
            except UnicodeDecodeError as error:
                raise SourceError(f"is not UTF-8 at byte {error.start}; save it as UTF-8", path) from error
        return shelf

    def path(self, home: str) -> Path:
        """Give the path of a home's file."""
        return self.project.data / f"{home}.ttl"

    def publications(self) -> list[str]:
        """Give the keys of all publications that have a file."""
        return sorted(home for home in self.texts if "/" not in home)

    def facts(self, home: str) -> Facts:
        """Give the statements of one file, read at first use.

        Raises:
            SourceError: the file is no Turtle.
        """
        if home not in self.loaded:
            self.loaded[home] = self._parse(home)
        return self.loaded[home]

    def _parse(self, home: str) -> Facts:
        facts = Facts()
        try:
            for quad in parse(self.texts.get(home, ""), format=RdfFormat.TURTLE):
                if isinstance(quad.subject, NamedNode) and isinstance(quad.object, (NamedNode, Literal)):
                    subject = facts.subjects.setdefault(quad.subject.value, Subject(quad.subject.value, home))
                    subject.values.setdefault(quad.predicate.value, set()).add(quad.object)
        except SyntaxError as error:
            raise SourceError(
                f"is no Turtle: {error.msg}; run cartkg check", self.path(home), error.lineno, error.offset
            ) from error
        return facts

    def retract(self, key: str) -> None:
        """Take out everything that a dossier gave, here and in the files of others, but nothing others gave too."""
        mark = f'"{key} '
        for home in [home for home, text in self.texts.items() if mark in text or home == key]:
            self._retract_rows(home, key)
        asserted = self._asserted()
        for home in list(self.loaded):
            self._drop_orphans(home, key, asserted)
        self._drop_links(key)

    def _retract_rows(self, home: str, key: str) -> None:
        facts = self.facts(home)
        for subject in list(facts):
            rows = subject.values.get(ROW, set())
            left = {row for row in rows if not row.value.startswith(f"{key} ")}
            mine = bool(rows) and not left
            plain = not rows and home == key and not self._claimed(subject)
            if mine or plain:
                del facts.subjects[subject.iri]
            elif rows != left:
                subject.values[ROW] = left
        self.changed.add(home)

    def _drop_orphans(self, home: str, key: str, asserted: set[str]) -> None:
        facts = self.facts(home)
        for subject in [subject for subject in facts if self._claimed(subject) and subject.iri not in asserted]:
            if home == key or home in self.changed:
                del facts.subjects[subject.iri]
                self.changed.add(home)

    def _drop_links(self, key: str) -> None:
        """Cut the links from shared things to what this dossier's file no longer describes, and its stand-ins."""
        for home in [home for home in _FILLED if f"/{key}" in self.texts.get(home, "")]:
            facts = self.facts(home)
            for name in (f"{BASE}study/{key}", f"{BASE}publication/{key}"):
                if facts.subjects.pop(name, None):
                    self.changed.add(home)
            for subject in facts:
                for predicate, values in subject.values.items():
                    left = {
                        value
                        for value in values
                        if not (isinstance(value, NamedNode) and f"/{key}/" in f"{value.value}/")
                    }
                    if left != values:
                        subject.values[predicate] = left
                        self.changed.add(home)

    def _asserted(self) -> set[str]:
        found: set[str] = set()
        for home in self.texts:
            if home in self.loaded:
                for subject in self.loaded[home]:
                    found.update(subject.texts(term("asserts")))
        return found | self._asserted_elsewhere()

    def _asserted_elsewhere(self) -> set[str]:
        """Give what the files that are not loaded assert; each text is looked through once."""
        for home, text in self.texts.items():
            if home not in self.loaded and home not in self.asserted:
                self.asserted[home] = frozenset(part.partition(">")[0] for part in text.split("cartkg:asserts <")[1:])
        return {name for home, names in self.asserted.items() if home not in self.loaded for name in names}

    @staticmethod
    def _claimed(subject: Subject) -> bool:
        return subject.iri.removeprefix(BASE).startswith(_CLAIMED_KINDS)

    def add(self, key: str, facts: Facts, *, again: bool = False) -> None:
        """Add what a dossier gives; a subject that others gave too keeps the words of the file's own dossier.

        Args:
            key: the dossier's key.
            facts: what it gives.
            again: whether it is added only because of another one; then what third dossiers gave to its subjects stays.
        """
        for subject in facts:
            home = (
                subject.home if subject.home == key or subject.home.startswith("shared/") else self._home(subject, key)
            )
            shelf = self.facts(home)
            there = shelf.subjects.get(subject.iri)
            if there is None:
                shelf.subjects[subject.iri] = Subject(subject.iri, home, dict(subject.values))
            else:
                kept = dict(there.values) if again and home == key and self._claimed(subject) else {}
                self._merge(there, subject, home, key)
                for predicate, values in kept.items():
                    there.values.setdefault(predicate, values)
            self.changed.add(home)

    def _home(self, subject: Subject, key: str) -> str:
        """Give the file of a subject: its own when that publication has one, else the recording dossier's."""
        return subject.home if subject.home in self.texts or subject.home in self.loaded else key

    @staticmethod
    def _merge(there: Subject, new: Subject, home: str, key: str) -> None:
        rows = there.values.get(ROW, set()) | new.values.get(ROW, set())
        known = {row.value.partition(" ")[0] for row in there.values.get(ROW, set())}
        if home.startswith("shared/"):
            for predicate, values in new.values.items():
                if predicate != LABEL:
                    there.values.setdefault(predicate, set()).update(values)
            return
        if key == home or (home not in known and known and key < min(known)):
            there.values = dict(new.values)
        elif not known and home != key:
            for predicate, values in new.values.items():
                there.values.setdefault(predicate, values)
        if rows:
            there.values[ROW] = rows

    def write(self) -> list[Path]:
        """Write all changed files, each replaced whole, and give the paths whose text is new."""
        prefixes = read_prefixes(self.project.ontology / "prefixes.ttl")
        done: list[Path] = []
        for home in sorted(self.changed):
            text = write_text(self.facts(home), prefixes, home)
            if text != self.texts.get(home):
                replace_file(self.path(home), text.encode())
                self.texts[home] = text
                done.append(self.path(home))
        self.changed.clear()
        return done
