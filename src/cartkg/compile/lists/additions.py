"""Add one term to a vocabulary: the entry in its list, and the file compiled from the list."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.compile.lists.compiled_lists import compile_lists, read_list_files, state
from cartkg.compile.lists.listing import Listing
from cartkg.dossier.entries import insert_entry, write_entry
from cartkg.dossier.reading import read_bytes
from cartkg.dossier.terms import LISTS
from cartkg.errors import ConfigError, SourceError
from cartkg.files import read_text
from cartkg.namespaces import read_prefixes
from cartkg.project import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cartkg.dossier.entries import Value
    from cartkg.project import Project

#: The kinds of words that can be added; trials and products are written in their own files.
KINDS = tuple(kind for kind, words in LISTS.items() if words.file.startswith("vocabulary/"))
#: The identifiers of other vocabularies whose label was read together with them.
IDENTIFIERS = "identifiers.tsv"
_MATCHES = ("exact", "close", "narrow", "broad")


@dataclass(frozen=True, slots=True)
class Addition:
    """The result of adding a term.

    Attributes:
        path: the list.
        entry: the lines of the new entry.
        problems: all that is wrong with it; nothing is written while there is any.
        files: the files to write, with their content.
    """

    path: Path
    entry: str
    problems: tuple[str, ...]
    files: Mapping[Path, bytes]

    def write(self) -> None:
        """Write the list and the file compiled from it.

        Raises:
            ConfigError: there are problems, or a file cannot be written.
        """
        if self.problems:
            raise ConfigError("a word with problems cannot be added", setting=str(self.path))
        for path, data in self.files.items():
            replace_file(path, data)


def plan_addition(project: Project, kind: str, fields: Mapping[str, Value]) -> Addition:
    """Make a new entry and check it together with all lists; nothing is written.

    Args:
        project: whose vocabulary gains the word.
        kind: one of `KINDS`.
        fields: the fields of the entry; `id` and `label` are among them.

    Raises:
        ConfigError: the project has no list of this kind.
        SourceError: a list cannot be read.
    """
    files = {name: file for name, file in read_list_files(project).items() if name in KINDS}
    if kind not in files:
        raise ConfigError("the project has no list of this kind", setting=str(project.root / "data" / LISTS[kind].file))
    path, before = files[kind]
    read = compile_lists(files)
    known = [str(fault.message) for fault in read.diagnostics]
    entry = write_entry(fields)
    ids = list(read.terms.by_kind[kind])
    last = f"{before.decode().rstrip()}\n{entry}".encode()  # after all others, which were there first
    compiled = compile_lists({**files, kind: (path, last)})
    problems = [fault.message for fault in compiled.diagnostics if fault.message not in known]
    if kind not in compiled.listings:  # a form error: look for the other faults too
        listing = Listing(kind, LISTS[kind], path, read_bytes(last, path).root, read.terms)
        state(listing)
        problems += [fault.message for fault in listing.diagnostics]
    problems = [*_broken(known), *problems, *_unverified(project, fields)]
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    made = {path: insert_entry(before.decode(), entry, str(fields["id"]), ids).encode()}
    for home, data in compiled.files(prefixes) if not problems else ():
        if home == compiled.listings[kind].home:
            made[project.data / f"{home}.ttl"] = data
    return Addition(path, entry, tuple(dict.fromkeys(problems)), made)


def _broken(known: list[str]) -> Iterator[str]:
    if known:
        yield f"the lists already contain {len(known)} errors; run `cartkg check` and correct them first"


def _unverified(project: Project, fields: Mapping[str, Value]) -> Iterator[str]:
    """Yield what is wrong with the identifiers of an entry: they must be verified, and belong to one word."""
    labels = verified(project)
    used = [word for word in (str(fields["id"]),) if ":" in word]  # a disease of MONDO
    for field in _MATCHES:
        values = fields.get(field, ())
        used += values if isinstance(values, (list, tuple)) else ()
    for curie in used:
        if curie not in labels:
            yield (
                f"the identifier {curie} is not verified: data/vocabulary/{IDENTIFIERS} does not list it with its "
                "label; omit it, or add it there with its label and where it was read"
            )


def verified(project: Project) -> dict[str, str]:
    """Return the labels of the verified identifiers.

    Raises:
        UnusableFile: the project has no list of them, or it may not be read.
        SourceError: it is not UTF-8.
    """
    path = project.root / "data" / "vocabulary" / IDENTIFIERS
    try:
        rows = csv.reader(io.StringIO(read_text(path), newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)
    except UnicodeDecodeError as error:
        raise SourceError("the file is not UTF-8; save it as UTF-8", path) from error
    next(rows, None)
    return {row[0]: row[1] for row in rows if len(row) > 1}
