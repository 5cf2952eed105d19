"""A dossier file in, its nodes with line numbers out; or findings that say what to mend and where."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

from jsonschema import Draft202012Validator, ValidationError, validators
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.reader import ReaderError

from cartkg.curation.forms import breaches
from cartkg.curation.keys import is_key
from cartkg.curation.node import Node, Place
from cartkg.curation.outline import MOST_BYTES, MarkedYAMLError, OutOfBounds
from cartkg.curation.reading import Reading
from cartkg.curation.supplements import supplement
from cartkg.errors import SourceError
from cartkg.files import read_text
from cartkg.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


SCHEMA_FILE = "dossier.schema.json"
TEMPLATE_FILE = "dossier.template.yaml"
_SHOWN = 60
#: What to do, by the words in which the parser tells what people most often trip over.
_HINTS = {
    "mapping values are not allowed": "; put a text that holds a colon in quotes",
    "but found '<scalar>'": "; put a text that holds quotes or begins with one in quotes of the other kind",
    "cannot start any token": "; use spaces, no tabs, and put a text that begins with a sign in quotes",
    "expected ',' or": "; close the bracket, or put a text that holds a colon or a bracket in quotes",
}


@dataclass(frozen=True, slots=True)
class Dossier:
    """One dossier, read and valid in form.

    Attributes:
        path: the file.
        key: name of the publication; stem of the study file it becomes.
        root: its content with places.
    """

    path: Path
    key: str
    root: Node


@dataclass(frozen=True, slots=True)
class Opened:
    """What a file gave: its content with places, and what is wrong with its form."""

    path: Path
    root: Node
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> bool:
        """Tell whether an error keeps the dossier from being added."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def dossier(self) -> Dossier:
        """Give the dossier; call it only when the form is not broken."""
        return Dossier(self.path, str(self.root.child("key").take()), self.root)


def load(path: Path) -> Node:
    """Read a YAML file as plain values with places.

    Raises:
        SourceError: the file is missing, no UTF-8, or no YAML; with line and column where known.
    """
    try:
        text = read_text(path, MOST_BYTES)
    except UnicodeDecodeError as error:
        raise SourceError(f"is not UTF-8 at byte {error.start}; save it as UTF-8", path) from error
    places: dict[str, Place] = {"": Place(1, 1)}
    try:
        plain = Reading(places).read(text)
    except DuplicateKeyError as error:
        raise _yaml_error(error, path, "a key stands twice; keep one") from error
    except OutOfBounds as error:
        raise _yaml_error(error, path, error.problem or "is out of bounds") from error
    except MarkedYAMLError as error:
        problem = error.problem or "cannot be parsed"
        hint = next((what for words, what in _HINTS.items() if words in problem), "")
        raise _yaml_error(error, path, f"is no YAML: {problem}{hint}") from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SourceError("holds a control character; remove it", path, line, 1) from error
    return Node("", plain, places)


def open_dossier(path: Path, supplements: Path | None = None) -> Opened:
    """Read a dossier, with its supplement, and check its form against the JSON Schema shipped with the package.

    Args:
        path: the dossier.
        supplements: folder of the project's supplements, where `<key>.yaml` is looked for; none when left out.

    Raises:
        SourceError: the file cannot be read as YAML, or is no mapping.
    """
    root = load(path)
    if not isinstance(root.value, dict):
        raise SourceError("is no dossier: the top level must be `key: value` lines", path, 1, 1)
    findings = list(_mend_split_texts(root, path))
    extra = _supplement(root, supplements)
    if extra is not None:
        findings += supplement(root, load(extra), extra)
    for error in validator().iter_errors(root.value):
        findings += breaches(error, root, path, cast("dict[str, object]", validator().schema))
    findings += _undeclared(root, path)
    return Opened(path, root, tuple(sorted(findings, key=lambda finding: finding.sort_key)))


def _supplement(root: Node, folder: Path | None) -> Path | None:
    """Return the supplement's path; a key is a path's part only when it has the form of one."""
    key = root.child("key").value
    if folder is None or not is_key(key):
        return None
    path = folder / f"{key}.yaml"
    return path if os.path.lexists(path) else None


@cache
def validator() -> Draft202012Validator:
    """Give the validator of the JSON Schema shipped with the package."""
    text = resources.files("cartkg.curation").joinpath(SCHEMA_FILE).read_text("utf-8")
    extend: Any = validators.extend  # has no types
    exact = extend(Draft202012Validator, {"pattern": _pattern})
    made: Draft202012Validator = exact(json.loads(text))
    return made


def _pattern(_: object, pattern: str, given: object, schema: object) -> Iterator[ValidationError]:  # noqa: ARG001
    """Find a text that does not match; `$` is the end as in JSON Schema, where Python lets a line break follow it."""
    exact = f"{pattern.removesuffix('$')}\\Z" if pattern.endswith("$") else pattern
    if isinstance(given, str) and not re.search(exact, given):
        yield ValidationError(f"{given[:_SHOWN]!r} does not match {pattern!r}")


def _yaml_error(error: MarkedYAMLError, path: Path, message: str) -> SourceError:
    mark = error.problem_mark or error.context_mark
    return SourceError(message, path, mark.line + 1 if mark else None, mark.column + 1 if mark else None)


def _mend_split_texts(root: Node, path: Path) -> Iterable[Finding]:
    """Join a text that an unquoted comma in `{...}` has cut: YAML reads the rest as a key without a value."""
    for source in root.children("sources"):
        members = source.value
        if not isinstance(members, dict):
            continue
        for name in [name for name, value in members.items() if value is None and " " in name]:
            place = source.child(name).place
            members["what"] = f"{members.get('what', '')}, {name}"
            del members[name]
            message = f"a comma has cut this text in two (…, {name}); put the whole text in quotes"
            yield Finding(path, place.line, place.column, "dossier-text-cut", message, Severity.WARNING)


def _undeclared(root: Node, path: Path) -> Iterable[Finding]:
    """Find rows whose source is none of `sources`: what they say would be taken for another source's word."""
    declared = {str(source.child("id").value) for source in root.children("sources") if "id" in source}
    if not declared:
        return
    known = ", ".join(sorted(declared))
    for leaf in root.leaves():
        unknown = set(re.findall(r"[\w-]+", str(leaf.value))) - declared if leaf.path.endswith(".source") else set()
        place = Node(leaf.path, leaf.value, root.places).place
        for name in sorted(unknown):
            message = f"source `{name}` is none of this dossier's: {known}; correct it, or add it to `sources`"
            yield Finding(place.file or path, place.line, place.column, "dossier-unknown-source", message)
