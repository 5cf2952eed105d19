"""A list of trials or products given to `cartkg add`: each is added to the project's list, or updates its own entry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg import files
from cartkg.compile.lists.compiled_lists import compile_lists, read_list_files
from cartkg.diagnostics import Diagnostic
from cartkg.dossier.form import faults
from cartkg.dossier.reading import MAX_BYTES, read_bytes
from cartkg.dossier.schema import validator
from cartkg.dossier.terms import LISTS
from cartkg.errors import ConfigError
from cartkg.namespaces import read_prefixes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cartkg.dossier.node import Node
    from cartkg.project import Project

#: Lists that are kept whole in one file, by the key under which their entries stand.
_KINDS = {words.key: kind for kind, words in LISTS.items() if kind in ("trial", "product")}
_ENTRY = re.compile(r"(?m)^(?=- )")
#: A field of an entry at its margin; the first one is behind the mark of the list.
_FIELD = re.compile(r"(?m)^(?=- \w|  \w+:)")
_MARGIN = "- "
_ID = re.compile(r"- id: (\S+)")


@dataclass(frozen=True, slots=True)
class Update:
    """What a list of trials or products changes.

    Attributes:
        ids: the entries that were given.
        contents: bytes of each file to write, by its path.
        diagnostics: what is wrong with the entries; with any, nothing may be written.
    """

    ids: tuple[str, ...]
    contents: Mapping[Path, bytes]
    diagnostics: tuple[Diagnostic, ...]


def is_register(root: Node) -> bool:
    """Return whether a file is a list of trials or products: one key, `trials` or `products`."""
    return root.names() in ([key] for key in _KINDS)


def update_register(path: Path, root: Node, project: Project) -> Update:
    """Add the entries of a list to the project's list; one whose id is there is updated, all others stay.

    Args:
        path: the given file.
        root: its content.
        project: whose list is changed.

    Raises:
        ConfigError: the project has no such list.
        UnusableFile: a list of the project may not be read.
    """
    key = root.names()[0]
    kind = _KINDS[key]
    words = LISTS[kind]
    wrong = faults(root, path, validator(words.schema))
    ids = tuple(entry.text("id") or "" for entry in root.children(key))
    if wrong:
        return Update(ids, {}, tuple(wrong))
    known = read_list_files(project)
    if kind not in known:
        raise ConfigError("the project has no such list", str(project.root / "data" / words.file))
    home, before = known[kind]
    merged = _merged(before.decode(), files.read_text(path, MAX_BYTES), key).encode()
    compiled = compile_lists({**known, kind: (home, merged)})
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    contents = {home: merged}
    for stem, data in compiled.files(prefixes) if not compiled.diagnostics else ():
        contents[project.data / f"{stem}.ttl"] = data
    named = [_at_entry(found, path, root, read_bytes(merged, home).root, key) for found in compiled.diagnostics]
    return Update(ids, contents, tuple(named))


def _merged(before: str, given: str, key: str) -> str:
    """Return the text of the project's list; a given field replaces its own, and what is not given stays.

    New entries are at the end.
    """
    head, entries = _split(before, key)
    for name, block in _split(given, key)[1].items():
        entries[name] = "".join((_fields(entries.get(name, "")) | _fields(block)).values())
    return f"{head}{key}:\n" + "".join(entries.values())


def _fields(block: str) -> dict[str, str]:
    """Return the text of each field of an entry, in order; the id begins the entry."""
    parts = [part for part in _FIELD.split(block) if part]
    return {part[len(_MARGIN) :].partition(":")[0]: part for part in parts}


def _split(text: str, key: str) -> tuple[str, dict[str, str]]:
    """Return what is above the list, and the text of each entry by its id, each moved to the margin."""
    head, _, rest = text.partition(f"{key}:\n")
    lines = rest.splitlines(keepends=True)
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.lstrip().startswith("- ")), default=0)
    moved = "".join(line[indent:] if line[:indent].isspace() or not indent else line for line in lines)
    if moved and not moved.endswith("\n"):
        moved += "\n"
    blocks = [block for block in _ENTRY.split(moved) if block.startswith("- ")]
    return head, {name.group(1).strip("'\""): block for block in blocks if (name := _ID.match(block))}


def _at_entry(found: Diagnostic, path: Path, given: Node, merged: Node, key: str) -> Diagnostic:
    """Return a problem of the merged list at the entry of the given file, where that is what it is about."""
    lines = {entry.text("id"): entry.place.line for entry in given.children(key)}
    owner = max(
        (entry for entry in merged.children(key) if entry.place.line <= found.line),
        key=lambda entry: entry.place.line,
        default=None,
    )
    line = lines.get(owner.text("id")) if owner else None
    return found if line is None else Diagnostic(path, line, 1, found.rule, found.message, found.severity)
