"""Read the evidence files of a revision from git's objects, so that no attribute can hide one."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import ConfigError
from cartkg.processes import git

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LINK, _MODULE = "120000", "160000"
#: Links that lead to links; git and Linux follow as many.
_MOST_LINKS = 40


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a revision contains at a path: git's mode in six digits, and the name of the object."""

    mode: str
    name: str


def files_of(
    revision: str, root: Path, folders: tuple[str, ...], endings: tuple[str, ...]
) -> Iterator[tuple[str, bytes]]:
    """Return path and bytes of the files of a revision, links from file to file followed.

    Args:
        revision: a commit, branch or tag.
        root: a folder of the repository; paths are relative to it.
        folders: where to look, each path ended by a slash.
        endings: what the names of the files end in.

    Raises:
        ConfigError: the revision or git is missing, a link leads out of it, or the folders are not in it.
    """
    if revision.startswith("-"):
        raise ConfigError("no such file or folder", setting=revision)
    tree = _Tree(revision, root)
    for folder in folders:
        tree.refuse_elsewhere(folder)
    wanted = sorted(path for path in tree.entries if path.startswith(folders) and path.endswith(endings))
    found = {path: tree.follow(path) for path in wanted}
    contents = tree.read(sorted({entry.name for entry in found.values()}))
    for path, entry in found.items():
        yield path, contents[entry.name]


class _Tree:
    """Everything that a revision contains below a folder."""

    def __init__(self, revision: str, root: Path) -> None:
        self._revision, self._root = revision, root
        found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}:./")
        listed = self._git("ls-tree", "-rz", "--full-tree", os.fsdecode(found).strip())
        split = (os.fsdecode(line).partition("\t") for line in listed.split(b"\0") if line)
        self.entries = {path: _Entry(said.split()[0], said.split()[2]) for said, _, path in split}

    def refuse_elsewhere(self, folder: str) -> None:
        """Refuse a revision that keeps a folder, or a part of it, in another place, where nothing can be read."""
        for path, entry in self.entries.items():
            above = folder.startswith(f"{path}/")
            if entry.mode == _MODULE and (above or path.startswith(folder)):
                raise ConfigError(f"{path} is a submodule, and its content is not in the revision", self._revision)
            if above and entry.mode == _LINK:
                raise ConfigError(f"{path} is a link; name a revision in which it is a folder", self._revision)

    def follow(self, path: str) -> _Entry:
        """Return the file at a path, through links."""
        place = path
        for _ in range(_MOST_LINKS):
            link = next((part for part in _ways(place) if part in self.entries), None)
            entry = None if link is None else self.entries[link]
            if link is None or entry is None:
                break
            if entry.mode != _LINK:
                if link == place and entry.mode != _MODULE:
                    return entry
                break
            target = os.fsdecode(self.read([entry.name])[entry.name])
            place = posixpath.normpath(posixpath.join(posixpath.dirname(link), target) + place[len(link) :])
        raise ConfigError(f"{path} is a link to a file that is not in the revision", setting=self._revision)

    def read(self, names: list[str]) -> Mapping[str, bytes]:
        """Return the bytes of objects."""
        said = self._git("cat-file", "--batch", given="".join(f"{name}\n" for name in names).encode())
        found: dict[str, bytes] = {}
        start = 0
        for name in names:
            head, _, _ = said[start : said.index(b"\n", start)].partition(b"\n")
            size = int(head.split()[2]) if head[-1:].isdigit() else -1
            if size < 0:
                raise ConfigError(f"lacks the object {name}; fetch the whole history", setting=self._revision)
            start += len(head) + 1
            found[name] = said[start : start + size]
            start += size + 1
        return found

    def _git(self, *arguments: str, given: bytes = b"") -> bytes:
        try:
            run = git(self._root, *arguments, given=given)
        except FileNotFoundError as error:
            reason = "no such file or folder, and git is not installed to look for a revision"
            raise ConfigError(reason, setting=self._revision) from error
        if run.returncode:
            said = run.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
            reason = f"is neither a file, a folder nor a git revision ({said or 'git does not know this name'})"
            raise ConfigError(reason, setting=self._revision)
        return run.stdout


def _ways(path: str) -> Iterator[str]:
    """Return the folders above a path, from the top, then the path."""
    parts = path.split("/")
    for number in range(1, len(parts) + 1):
        yield "/".join(parts[:number])
