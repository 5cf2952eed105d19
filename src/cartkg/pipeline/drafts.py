"""`cartkg draft`: draft dossiers from a file, with the vocabulary of a project, beside what there is already."""

from __future__ import annotations

import os.path
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cartkg import files
from cartkg.diagnostics import Diagnostic, Severity
from cartkg.dossier.terms import Vocabulary
from cartkg.errors import ConfigError, UnusableFile
from cartkg.literature.drafting import Drafts, draft, draft_records, draft_source, is_export, source_of
from cartkg.literature.formats.recognition import LARGEST
from cartkg.literature.known_papers import KnownPapers
from cartkg.literature.words import Words
from cartkg.project import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cartkg.literature.drafting import Draft
    from cartkg.literature.texts.row_proposals import RowProposer
    from cartkg.project import Project


@dataclass(slots=True)
class Written:
    """The files that were written, and the records that were not since a file is about their paper."""

    paths: list[Path] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def draft_file(path: Path, project: Project, folder: Path | None = None, proposer: RowProposer | None = None) -> Drafts:
    """Draft dossiers from a file, with the words and dossiers of a project.

    Args:
        path: an export of records, the text or a table of a paper, or a dossier of the first form.
        project: the project.
        folder: where the drafts are to go, if it is a folder: they get keys that no file there has.
        proposer: what else proposes rows for a text, such as a language model; none if omitted.
    """
    try:
        data = files.read_bytes(path, LARGEST)
    except UnusableFile as error:
        return Drafts(diagnostics=(Diagnostic.unusable(error),))
    dossiers = frozenset(each.stem for each in project.dossier_files())
    if is_export(data):
        there = {each.stem for each in _yaml(folder)} if folder else set[str]()
        return draft_records(data, path, dossiers | there)
    vocabulary = Vocabulary.read(project)
    if (source := source_of(data, path)) is not None:
        there = {each.stem for each in _yaml(folder)} if folder else set[str]()
        return draft_source(source, path, Words(vocabulary), dossiers | there, proposer)
    return draft(data, path, vocabulary, dossiers)


def write_drafts(drafts: Iterable[Draft], folder: Path, project: Project, origin: Path) -> Written:
    """Write drafts to files of a folder, named by their keys; none for a paper that has a dossier or draft already.

    Args:
        drafts: what to write.
        folder: the folder; made where it is missing.
        project: whose dossiers count.
        origin: the file that the drafts come from, named in diagnostics.

    Raises:
        ConfigError: a file is there already, or cannot be written.
    """
    known_papers = KnownPapers()
    for path in (*project.dossier_files(), *_yaml(folder)):
        known_papers.put(path.stem, files.read_text(path), path)
    written = Written()
    for each in drafts:
        known = known_papers.file_of(each.citation) if each.citation else None
        if known is not None:
            message = f"not drafted: {known} is about this paper already"
            written.diagnostics.append(Diagnostic(origin, each.line, 1, "draft-known", message, Severity.INFO))
            continue
        path = folder / f"{each.key}.yaml"
        write_new(path, each.text)
        known_papers.put(each.key, each.text, path)
        written.paths.append(path)
    return written


def _yaml(folder: Path) -> tuple[Path, ...]:
    return files.list_files(folder, ".yaml").files if folder.is_dir() else ()


def write_new(path: Path, text: str) -> None:
    """Write a text to a file that is not there yet.

    Raises:
        ConfigError: there is a file, or it cannot be written.
    """
    if os.path.lexists(path):
        raise ConfigError("the file exists already, and drafts never overwrite; name another file", str(path))
    replace_file(path, text.encode())
