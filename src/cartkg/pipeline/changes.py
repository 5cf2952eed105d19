"""A git revision -> what was touched since then, and what depends on it.

A record depends on another when a shape that looks at it reads the other: along the steps of the shapes' paths.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph

from cartkg.errors import ConfigError
from cartkg.namespaces import RDFS
from cartkg.validation import FORMATS
from cartkg.validation.facts import BOM
from cartkg.validation.paths import Chain, Path, Repeat, Repeated, Step, steps
from cartkg.validation.shapes import sh
from cartkg.validation.terms import Term, iri, is_blank, is_literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path as FilePath

    from cartkg.validation import Facts, Shapes
    from cartkg.validation.blanks import Row

_SUBCLASS = iri(f"{RDFS}subClassOf")


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between a revision and now.

    Attributes:
        files: every file that differs, whatever it holds, absolute; deleted ones too.
        before: bytes of the graph's files as they were, None for those that are new.
        rows: the statements that came or went.
    """

    files: frozenset[FilePath]
    before: Mapping[FilePath, bytes | None]
    rows: frozenset[Row]


def since(revision: str, root: FilePath, graph: Iterable[FilePath]) -> Changes:
    """Compare the working tree with the point where it left a revision.

    Args:
        revision: a commit, branch or tag; its merge base with HEAD is what counts.
        root: a folder of the repository.
        graph: the files whose statements are compared.

    Raises:
        ConfigError: git is missing, `root` is in no repository, or there is no such revision.
    """
    top = root.joinpath(_git(root, "rev-parse", "--show-toplevel").strip()).resolve()
    base = _git(top, "merge-base", revision, "HEAD").strip()
    listed = _git(top, "diff", "--name-only", "--no-renames", "-z", base).split("\0")
    listed += _git(top, "ls-files", "--others", "--exclude-standard", "-z").split("\0")
    files = frozenset((top / name).resolve() for name in listed if name)
    known = {file.resolve() for file in graph} | {file for file in files if file.suffix in FORMATS}
    held = set(_git(top, "ls-tree", "-rz", "--name-only", base).split("\0"))
    before: dict[FilePath, bytes | None] = {}
    rows: set[Row] = set()
    for file in sorted(files & known):
        name = file.relative_to(top).as_posix()
        before[file] = _git_bytes(top, "show", f"{base}:{name}") if name in held else None
        rows |= _rows(file, before[file]) ^ _rows(file, file.read_bytes() if file.exists() else None)
    return Changes(files, before, frozenset(rows))


def _git(folder: FilePath, *arguments: str) -> str:
    return _git_bytes(folder, *arguments).decode("utf-8", "surrogateescape")


def _git_bytes(folder: FilePath, *arguments: str) -> bytes:
    command = ("git", "-C", str(folder), *arguments)
    try:
        done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603  # our own arguments
    except FileNotFoundError as error:
        raise ConfigError("needs git, which is not on the PATH", setting="--changed") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[-1] if said else "there is no common ancestor; fetch more of the history"
        raise ConfigError(reason, setting="--changed") from error
    return done.stdout


def _rows(file: FilePath, data: bytes | None) -> set[Row]:
    """Give the statements of a file; what stands behind a syntax error does not count."""
    found: set[Row] = set()
    try:
        for quad in pyoxigraph.parse((data or b"").removeprefix(BOM), FORMATS[file.suffix], base_iri=file.as_uri()):
            found.add((str(quad.subject), str(quad.predicate), str(quad.object)))
    except SyntaxError:
        pass
    return found


def affected(changes: Changes, facts: Facts, shapes: Shapes) -> frozenset[Term] | None:
    """Give the touched records and those that depend on them; None when that is everything.

    Everything depends on the class hierarchy and on the shapes.
    """
    if any(predicate == _SUBCLASS for _, predicate, _ in changes.rows):
        return None
    reading = _reading(shapes)
    found = {subject for subject, _, _ in changes.rows if not is_blank(subject)}
    found |= {value for _, predicate, value in changes.rows if predicate in reading.backward and not is_literal(value)}
    edge, distance = set(found), 0
    while edge and distance < reading.depth:
        edge, distance = _readers(edge, facts, reading) - found, distance + 1
        found |= edge
    return frozenset(found | _asked_by_sparql(facts, shapes))


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the shapes read: predicates forward and backward, and how many links away at most."""

    forward: frozenset[Term]
    backward: frozenset[Term]
    depth: float


def _reading(shapes: Shapes) -> _Reading:
    backward = {each for objects in shapes.facts.column(sh("targetObjectsOf")).values() for each in objects}
    forward: set[Term] = set()
    depth = 0.0
    for node in shapes.all_shapes():
        path = shapes.path(node)
        taken = list(steps(path)) if path else []
        forward |= {step.predicate for step in taken if not step.backward}
        backward |= {step.predicate for step in taken if step.backward}
        depth = max(depth, _depth(shapes, node, ()))
    return _Reading(frozenset(forward), frozenset(backward), depth)


def _depth(shapes: Shapes, node: Term, above: tuple[Term, ...]) -> float:
    """Give how many links away a shape reads at most; infinite when it repeats a path or itself."""
    if node in above:
        return float("inf")
    path = shapes.path(node)
    own = 0.0 if path is None else _length(path)
    return own + max((_depth(shapes, each, (*above, node)) for each in shapes.references(node)), default=0.0)


def _length(path: Path) -> float:
    match path:
        case Repeated():
            return _length(path.part) if path.repeat is Repeat.ZERO_OR_ONE else float("inf")
        case Step():
            return 1
        case Chain():
            return sum(_length(part) for part in path.parts)
        case _:
            return max(_length(part) for part in path.parts)


def _readers(edge: set[Term], facts: Facts, reading: _Reading) -> set[Term]:
    """Give the records whose shapes look at one of the given ones."""
    found: set[Term] = set()
    for predicate in reading.forward:
        turned = facts.inverse(predicate)
        for node in edge & turned.keys():
            found.update(turned[node])
    for predicate in reading.backward:
        column = facts.column(predicate)
        for node in edge & column.keys():
            found.update(value for value in column[node] if not is_literal(value))
    return found


def _asked_by_sparql(facts: Facts, shapes: Shapes) -> set[Term]:
    """Give the targets of shapes with SPARQL, which may read anything."""
    found: set[Term] = set()
    for node in shapes.facts.column(sh("sparql")):
        for each in shapes.objects(node, "targetClass"):
            found |= facts.instances(each)
    return found
