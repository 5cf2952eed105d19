"""Find the files that differ from a git revision, and the statements added or removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import ConfigError
from cartkg.files import is_file, read_bytes
from cartkg.pipeline.inputs.sources import git_bytes, git_text, named, real
from cartkg.processes import git
from cartkg.turtle import too_deep, too_large
from cartkg.validation.rdf.syntaxes import is_known, quads, rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path, PurePath

    from cartkg.pipeline.inputs.sources import Sources
    from cartkg.validation.rdf.blanks import Row

_LINK = "120000"
#: Names only; no program of the repository compares files, and no git of a submodule is started.
_PLAIN = ("--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty")


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between a revision and now.

    Attributes:
        files: every file that differs, whatever it contains, absolute; deleted ones too.
        before: bytes of the graph's files as they were, None for those that are new.
        rows: the statements that came or went; one with a blank node always did.
        everything: whether anything may differ: a symbolic link came, went or leads elsewhere, so that any file may
            have joined the graph; or a file's syntax was broken, so that nothing was reported about what it left open.
    """

    files: frozenset[Path]
    before: Mapping[Path, bytes | None]
    rows: frozenset[Row]
    everything: bool = False


def since(revision: str, sources: Sources) -> Changes:
    """Compare the working tree with the point where it left a revision.

    Args:
        revision: a commit, branch or tag; its merge base with HEAD is what counts.
        sources: the files whose statements are compared, and a folder of the repository.

    Raises:
        ConfigError: git is missing, the folder is in no repository, there is no such revision, or a file whose
            diagnostics are reported is outside the repository.
    """
    top = sources.root.joinpath(git_text(sources.root, "rev-parse", "--show-toplevel").removesuffix("\n")).resolve()
    for file in sorted(sources.reported):
        if not file.is_relative_to(top):
            raise ConfigError(f"cannot compare {file}: it is outside the repository {top}", setting="--changed")
    base = git_text(top, "merge-base", "--end-of-options", revision, "HEAD").strip()
    held = _modes(top, base)
    listed = set(git_text(top, "diff", *_PLAIN, "-z", base).split("\0"))
    listed |= set(git_text(top, "ls-files", "--others", "--exclude-standard", "-z").split("\0"))
    listed |= {name for file in sources.graph if file.is_relative_to(top) and (name := _name(file, top)) not in held}
    listed.discard("")
    # a link that may not be followed is reported by its own name, whatever it leads to
    files = frozenset(place for name in listed for place in (real(top / name), named(top / name)))
    graph = frozenset(sources.graph)
    before: dict[Path, bytes | None] = {}
    differing: set[Row] = set()
    everything = any(held.get(name) == _LINK or (top / name).is_symlink() for name in listed)
    for file in sorted(file for file in files if file in graph or _was_compared(file, sources)):
        name = _name(file, top)
        before[file] = git_bytes(top, "cat-file", "blob", f"{base}:{name}") if name in held else None
        earlier = _rows(file, before[file] or b"")
        differing |= earlier.statements ^ _rows(file, read_bytes(file) if is_file(file) else b"").statements
        everything |= earlier.broken
    return Changes(files, before, frozenset(differing), everything)


#: What pre-commit compares with, when it is asked about commits rather than the index.
_FROM = "PRE_COMMIT_FROM_REF"


def staged_since(folder: Path, environment: Mapping[str, str]) -> str | None:
    """Return the revision that what is staged is compared with; None when nothing is, so that all is to be checked.

    Args:
        folder: in the repository.
        environment: the variables of the process; pre-commit names the revision there when it runs before a push.

    Raises:
        ConfigError: git is missing, or the folder is in no repository.
    """
    given = environment.get(_FROM, "")
    if given.strip("0") and git(folder, "rev-parse", "--verify", "--quiet", f"{given}^{{commit}}").returncode == 0:
        return given
    git_text(folder, "rev-parse", "--show-toplevel")  # says so where there is no repository
    if git(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").returncode:
        return None  # the first commit
    staged = git_text(folder, "diff", "--cached", *_PLAIN, "HEAD")
    return "HEAD" if staged else None


def _name(file: PurePath, top: PurePath) -> str:
    """Return the name that git has for a file: with forward slashes on every system."""
    return file.relative_to(top).as_posix()


def _modes(top: Path, base: str) -> dict[str, str]:
    """Return every path that a revision held, with its mode in git's six digits."""
    entries = (
        entry.partition("\t") for entry in git_text(top, "ls-tree", "-rz", "--full-tree", base).split("\0") if entry
    )
    return {name: said[:6] for said, _, name in entries}


def _was_compared(file: Path, sources: Sources) -> bool:
    """Return whether a file that is gone was of the graph."""
    is_gone = is_known(file) and not file.exists()
    return is_gone and any(file.is_relative_to(place) for place in sources.places)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The statements of a file, those before a syntax error when it is broken."""

    statements: frozenset[Row]
    broken: bool


def _rows(file: Path, data: bytes) -> _Rows:
    # Blank nodes get labels of their own each time, so that a statement with one never looks unchanged:
    # what is stated about the node may have changed.
    found: set[Row] = set()
    if too_deep(data, file) or too_large(data, file):
        return _Rows(frozenset(), broken=True)
    try:
        found.update(rows(quads(file, data, rename=True)))
    except SyntaxError:
        return _Rows(frozenset(found), broken=True)
    return _Rows(frozenset(found), broken=False)
