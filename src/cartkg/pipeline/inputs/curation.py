"""Compile the curated sources of a project, dossiers and lists, into the files of data/ttl."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg.compile.compiling import Compiled, Reader, compile_dossiers, turtle_of
from cartkg.compile.lists.compiled_lists import compile_lists, read_list_files
from cartkg.diagnostics import Diagnostic, Severity
from cartkg.dossier.reading import MAX_BYTES
from cartkg.files import read_bytes
from cartkg.namespaces import read_prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cartkg.dossier.terms import Vocabulary
    from cartkg.project import Project

_VERSION = 12


@dataclass(frozen=True, slots=True)
class Curated:
    """What the curated sources of a project compile to.

    Attributes:
        compiled: the dossiers with their diagnostics.
        terms: the words of the lists.
        files: the text of each compiled file by its path.
        diagnostics: everything that is wrong, in the order of the files.
    """

    compiled: Compiled
    terms: Vocabulary
    files: Mapping[Path, bytes]
    diagnostics: tuple[Diagnostic, ...] = field(default=())

    @property
    def refused(self) -> bool:
        """Whether an error keeps everything from being written."""
        return any(found.severity is Severity.ERROR for found in self.diagnostics)


def version_of(data: bytes) -> str:
    """Return the version of a dossier: the first digits of the SHA-256 of its bytes."""
    return hashlib.sha256(data).hexdigest()[:_VERSION]


def dossier_files(project: Project) -> dict[str, Path]:
    """Return the dossiers of a project by key, which is the stem of the file."""
    return {path.stem: path for path in project.dossier_files()}


def compile_project(
    project: Project,
    keys: Iterable[str] | None = None,
    contents: Mapping[str, bytes] | None = None,
) -> Curated:
    """Compile the lists of a project, and its dossiers or some of them.

    Args:
        project: whose sources.
        keys: which dossiers; all if omitted.
        contents: bytes of dossiers that are not in their files yet, by key.

    Raises:
        SourceError: a file is there and cannot be read.
    """
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    lists = compile_lists(read_list_files(project))
    files = {project.data / f"{home}.ttl": text for home, text in lists.files(prefixes)}
    extra = {key: project.dossiers / f"{key}.yaml" for key in contents or {}}
    reader = Reader({**dossier_files(project), **extra}, contents)
    compiled = compile_dossiers(reader, lists.terms, keys)
    files |= {project.data / f"{key}.ttl": turtle_of(key, facts, prefixes) for key, facts in compiled.facts.items()}
    found = {*lists.diagnostics, *compiled.diagnostics}
    return Curated(compiled, lists.terms, files, tuple(sorted(found, key=lambda each: each.sort_key)))


def neighbours(project: Project, keys: Iterable[str], contents: Mapping[str, bytes]) -> list[str]:
    """Return the keys of the dossiers whose files name one of these: their names and claims may change with it."""
    wanted = [key.encode() for key in keys]
    found = [
        key
        for key, path in dossier_files(project).items()
        if key not in contents and any(each in read_bytes(path, MAX_BYTES) for each in wanted)
    ]
    return sorted({*found, *(each.decode() for each in wanted)})
