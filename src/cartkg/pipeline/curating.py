"""`cartkg curate`: a dossier while it is edited, with what the graph would state and what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING

from cartkg import files
from cartkg.compile.compiling import Reader, compile_dossiers
from cartkg.compile.context.corpus import Dossier, DossierCorpus, Dossiers
from cartkg.compile.context.dossier_context import DossierContext
from cartkg.compile.lists.compiled_lists import compile_lists, read_list_files
from cartkg.compile.sentences.row_sentences import sentences_of
from cartkg.dossier.characters import character_faults
from cartkg.dossier.editing import edit_text
from cartkg.dossier.form import faults
from cartkg.dossier.node import Node
from cartkg.dossier.reading import MAX_BYTES, read_bytes
from cartkg.dossier.schema import validator
from cartkg.dossier.terms import list_paths
from cartkg.errors import ConfigError, EditRefused, SourceError, UnusableFile
from cartkg.literature.drafting import source_of
from cartkg.literature.heads import HEAD
from cartkg.literature.record_drafts import ABSTRACT
from cartkg.pipeline.inputs.curation import dossier_files
from cartkg.project import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cartkg.diagnostics import Diagnostic
    from cartkg.dossier.editing import Edit
    from cartkg.dossier.node import Place, Plain
    from cartkg.dossier.terms import Vocabulary
    from cartkg.project import Project

#: Largest file of a text that is shown beside a dossier, in bytes: a paper with its pictures.
LARGEST_SOURCE = 64 * 1024**2
#: Most characters of a text that are shown.
LONGEST_SOURCE = 4 * 1024**2
_MARK = b"unconfirmed: true"
_BOM = b"\xef\xbb\xbf"
_MOST_UNDONE = 200
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_ROW = re.compile(r"^(\w+)\[(\d+)\]")
_COMMENT = re.compile(r"[ \t]*# ?")


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a dossier states as it is now, and what is wrong with it.

    Attributes:
        root: its content.
        sentences: what the graph would state, by id of the row; `publication` and `source:ID` for head and pages.
        diagnostics: what is wrong, by the path of the field at fault.
    """

    root: Node
    sentences: Mapping[str, str]
    diagnostics: Mapping[str, tuple[Diagnostic, ...]]


@dataclass(slots=True)
class _Read:
    """Dossiers read already, for the compiler."""

    corpus: DossierCorpus
    diagnostics: list[Diagnostic] = field(default_factory=list)


class CurationContext:
    """The lists and the other dossiers of a project; what has changed on disk is read again."""

    def __init__(self, project: Project) -> None:
        """Read nothing yet."""
        self.project = project
        self._lock = RLock()
        self._state: tuple[tuple[str, int, int], ...] = ()
        self._terms: Vocabulary | None = None
        self._others: Reader | None = None

    def terms(self) -> Vocabulary:
        """Return the controlled vocabularies.

        Raises:
            SourceError: a list cannot be read.
        """
        with self._lock:
            self._refresh()
            if self._terms is None:
                self._terms = compile_lists(read_list_files(self.project)).terms
            return self._terms

    def corpus(self, own: Dossier) -> DossierCorpus:
        """Return all dossiers of the project, with one in the state in which it is edited."""
        with self._lock:
            self._refresh()
            if self._others is None:
                self._others = Reader(dossier_files(self.project))
            others = self._others.corpus.dossiers
        return DossierCorpus(Dossiers({*others, own.key}, lambda key: own if key == own.key else others.get(key)))

    def _refresh(self) -> None:
        paths = [*list_paths(self.project).values(), *self.project.dossier_files()]
        stats = [(str(path), path.stat()) for path in paths]
        state = tuple((name, found.st_mtime_ns, found.st_size) for name, found in stats)
        if state != self._state:
            self._state, self._terms, self._others = state, None, None


class Curation:
    """One dossier while it is edited: the text, the file it came from, and the texts before it."""

    def __init__(self, path: Path, context: CurationContext) -> None:
        """Read a dossier.

        Args:
            path: its file.
            context: the project that it belongs to.

        Raises:
            UnusableFile: the file may not be read.
            SourceError: it is not YAML, or not a group of fields.
        """
        self.path = path
        self.context = context
        self.version = 0
        self._lock = RLock()
        self._saved = files.read_bytes(path, MAX_BYTES)
        document = read_bytes(self._saved, path)
        for fault in document.diagnostics:
            raise SourceError(fault.message, path, fault.line, fault.column)
        if not isinstance(document.root.value, dict):
            raise SourceError("this is not a dossier: it has no fields", path, 1, 1)
        self.text = self._saved.removeprefix(_BOM).decode()
        self._before: list[str] = []
        self._assessed: tuple[str, Assessment] | None = None

    @property
    def is_changed(self) -> bool:
        """Whether the text is another than that of the file."""
        return self.text.encode() != self._saved.removeprefix(_BOM)

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to undo."""
        return bool(self._before)

    def edit(self, edit: Edit, version: int) -> None:
        """Change the text.

        Args:
            edit: what to change.
            version: the version of the text that the edit is about.

        Raises:
            EditRefused: it is about an earlier version, or cannot be made.
        """
        with self._lock:
            self._require(version)
            text = edit_text(self.text, edit)
            if text != self.text:
                self._before = [*self._before, self.text][-_MOST_UNDONE:]
                self.text, self.version = text, self.version + 1

    def undo(self, version: int) -> None:
        """Take the last edit back.

        Raises:
            EditRefused: there is none, or another window has edited the dossier.
        """
        with self._lock:
            self._require(version)
            if not self._before:
                raise EditRefused("there is nothing to undo")
            self.text, self.version = self._before.pop(), self.version + 1

    def save(self, version: int) -> None:
        """Write the text to its file, as a whole.

        Raises:
            EditRefused: the file is another than the one that was read, or another window has edited the dossier.
            ConfigError: the file cannot be written.
        """
        with self._lock:
            self._require(version)
            try:
                there = files.read_bytes(self.path, MAX_BYTES)
            except UnusableFile as error:
                raise EditRefused(f"not saved: the file {error.message}", is_conflict=True) from error
            if there != self._saved:
                message = "not saved: the file was changed by something else; start cartkg curate again to read it"
                raise EditRefused(message, is_conflict=True)
            data = (_BOM if self._saved.startswith(_BOM) else b"") + self.text.encode()
            if data != there:
                replace_file(self.path, data)
            self._saved = data

    def _require(self, version: int) -> None:
        if version != self.version:
            message = "another window has edited this dossier; load this page again"
            raise EditRefused(message, is_conflict=True)

    def assess(self) -> Assessment:
        """Return what the text states and what is wrong with it; nothing is written.

        Raises:
            SourceError: a list of the project cannot be read.
        """
        with self._lock:
            if self._assessed is None or self._assessed[0] != self.text:
                self._assessed = self.text, _assess(self.text, self.path, self.context)
            return self._assessed[1]

    def remarks(self, line: int) -> str:
        """Return the comment lines directly above a line, as one text."""
        lines = self.text.splitlines()
        above = line - 1
        while above and _COMMENT.match(lines[above - 1]):
            above -= 1
        return " ".join(_COMMENT.sub("", each) for each in lines[above : line - 1])

    def source_text(self) -> str:
        """Return the abstract that `cartkg draft` kept in comment lines; without one, the other comment lines."""
        blocks: list[list[str]] = [[]]
        for line in self.text.splitlines():
            if found := _COMMENT.match(line):
                blocks[-1].append(line[found.end() :])
            elif blocks[-1]:
                blocks.append([])
        abstracts = [" ".join(block) for block in blocks if block and block[0].startswith(ABSTRACT)]
        if abstracts:
            return "\n\n".join(each.removeprefix(ABSTRACT) for each in abstracts)
        return "\n\n".join(kept for block in blocks if (kept := "\n".join(_without_head(block))))


@dataclass(frozen=True, slots=True)
class CurationEntry:
    """A dossier in the list of those that can be edited.

    Attributes:
        name: the stem of its file.
        unconfirmed: how many suggestions nobody has confirmed; None for a file that cannot be read.
        is_changed: whether it has edits that are not saved.
    """

    name: str
    unconfirmed: int | None
    is_changed: bool


class CurationFolder:
    """The dossiers that one command lets a person edit, each read when it is first opened."""

    def __init__(self, paths: Iterable[Path], context: CurationContext) -> None:
        """Name the files."""
        self.context = context
        self._paths = {path.stem: path for path in paths}
        self._open: dict[str, Curation] = {}
        self._lock = RLock()

    def curation(self, name: str) -> Curation | None:
        """Return the dossier of a name, with its unsaved edits; None when there is none.

        Raises:
            UnusableFile: the file may not be read.
            SourceError: it is not YAML, or not a group of fields.
        """
        with self._lock:
            if name not in self._open and name in self._paths:
                self._open[name] = Curation(self._paths[name], self.context)
            return self._open.get(name)

    def names(self) -> list[str]:
        """Return the names of the dossiers, sorted."""
        return sorted(self._paths)

    def entries(self) -> list[CurationEntry]:
        """Return the dossiers as a list, sorted by name."""
        return [self._entry(name) for name in self.names()]

    def unsaved(self) -> list[Path]:
        """Return the files of the dossiers with edits that are not saved."""
        return [each.path for _, each in sorted(self._open.items()) if each.is_changed]

    def _entry(self, name: str) -> CurationEntry:
        opened = self._open.get(name)
        try:
            text = opened.text.encode() if opened else files.read_bytes(self._paths[name], MAX_BYTES)
        except UnusableFile:
            return CurationEntry(name, None, is_changed=False)
        waiting = sum(line.strip(b" -") == _MARK for line in text.splitlines())
        return CurationEntry(name, waiting, is_changed=opened is not None and opened.is_changed)


def read_source(path: Path) -> str:
    """Read a text to show beside a dossier, with the places of its parts; what was not read of it comes first.

    Args:
        path: a paper in PDF or JATS XML, a table (CSV, TSV, XLSX), or any text in UTF-8.

    Raises:
        UnusableFile: the file may not be read, or is too large.
        ConfigError: nothing of it can be read, or its text is too long.
    """
    text = _source(files.read_bytes(path, LARGEST_SOURCE), path)
    if len(text) > LONGEST_SOURCE:
        raise ConfigError(f"has more than {LONGEST_SOURCE:,} characters of text; name a part of it", str(path))
    return text


def _source(data: bytes, path: Path) -> str:
    paper = source_of(data, path)
    if paper is None:
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ConfigError("is not a text in UTF-8; save it as one", str(path)) from error
    said = [each.message for each in paper.diagnostics]
    if not paper.passages and not paper.tables:
        raise ConfigError("; ".join(said) or "has neither text nor a table that can be read", str(path))
    texts = [f"[{each.place}]\n{each.text}" for each in paper.passages]
    tables = [f"[{each.name}]\n" + "\n".join("\t".join(row) for row in each.rows) for each in paper.tables]
    return "\n\n".join([*(f"Not read: {each}." for each in said), *texts, *tables])


def _without_head(block: list[str]) -> list[str]:
    return [line for line in block if line not in HEAD and not line.startswith("`cartkg add --template`")]


def _assess(text: str, path: Path, context: CurationContext) -> Assessment:
    document = read_bytes(text.encode(), path)
    root = document.root
    formal = faults(root, path, validator())
    found = [*formal, *character_faults(root, path)]
    stated = root.text("key") or ""
    key = stated if _KEY.match(stated) else "draft"
    paths = _paths_by_place(root.places)
    whole = _without(root, {_path_of(each, paths) for each in formal})
    if whole is None:
        return Assessment(root, {}, _by_path(found, paths))
    own = Dossier(key, path, whole)
    corpus, terms = context.corpus(own), context.terms()
    if not formal:
        compiled = compile_dossiers(_Read(corpus), terms, [key])
        found += [each for each in compiled.diagnostics if each.file == path]
    said = sentences_of(DossierContext(own, corpus, terms))
    sentences = {each.row.partition("#")[2]: each.text for each in said}
    return Assessment(root, sentences, _by_path(found, paths))


def _paths_by_place(places: Mapping[str, Place]) -> dict[tuple[int, int], str]:
    """Return the shortest path that begins at each line and column."""
    paths: dict[tuple[int, int], str] = {}
    for path, place in places.items():
        paths.setdefault((place.line, place.column), path)
    return paths


def _path_of(found: Diagnostic, paths: Mapping[tuple[int, int], str]) -> str:
    return paths.get((found.line, found.column), "")


def _by_path(found: list[Diagnostic], paths: Mapping[tuple[int, int], str]) -> dict[str, tuple[Diagnostic, ...]]:
    placed: dict[str, tuple[Diagnostic, ...]] = {}
    for each in sorted(set(found), key=lambda one: one.sort_key):
        path = _path_of(each, paths)
        placed[path] = (*placed.get(path, ()), each)
    return placed


def _without(root: Node, bad: set[str]) -> Node | None:
    """Return the dossier without the rows that have form errors; None where an error is outside of all rows.

    What is left can be read back while one row is being written; its places stay those of the file.
    """
    rows = {found[0] for path in bad if (found := _ROW.match(path))}
    if len({path for path in bad if _ROW.match(path)}) < len(bad) or not isinstance(root.value, dict):
        return None
    if not rows:
        return root
    value: dict[str, Plain] = dict(root.value)
    moved: dict[str, str] = {}
    for name, items in root.value.items():
        if not isinstance(items, list):
            continue
        kept = [index for index in range(len(items)) if f"{name}[{index}]" not in rows]
        value[name] = [items[index] for index in kept]
        moved |= {f"{name}[{old}]": f"{name}[{new}]" for new, old in enumerate(kept)}
    places: dict[str, Place] = {}
    for path, place in root.places.items():
        row = _ROW.match(path)
        if row is None:
            places[path] = place
        elif row[0] in moved:
            places[moved[row[0]] + path[row.end() :]] = place
    return Node("", value, places)
