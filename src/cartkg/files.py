"""The only access to files: what a folder contains, the bytes of a file, and the place where one may be written.

A folder may come from a stranger, with links, pipes and devices in it. So a file is read when it is a regular file
whose real path is in the project, or in the repository, that its name is in; it is opened without following a link
and without waiting, and no more than a stated number of bytes is taken. Everything else is an `UnusableFile`, which
names the file and never says a word of what it contains.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from cartkg.errors import UnusableFile
from cartkg.escaping import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What makes a folder a project.
MARKER = Path("ontology") / "cartkg.ttl"
#: Most bytes of one file, packed or unpacked.
MOST = 512 * 1024**2
#: Rules that diagnostics about files name.
UNREADABLE, OUTSIDE, KIND, NAME, SIZE = "unreadable", "file-outside", "file-kind", "file-name", "file-size"
#: The rule of what may belong to the data and was not read.
NOT_READ = "file-not-read"

_SHIPPED = Path(__file__).resolve().parent / "shipped"
_REPOSITORY = ".git"
_FLAGS = os.O_RDONLY
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):  # Windows lacks all but the last
    _FLAGS |= getattr(os, _flag, 0)
_CHUNK = 1 << 22
_MIB = 1024**2
#: Bytes of a name: enough room is left for what `replace_file` adds while it writes.
_LONGEST_NAME = 200
_DEEPEST = 32
_KINDS = (
    (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FolderListing:
    """The files found in a folder.

    Attributes:
        files: files that may be read, sorted by path.
        refused: those that have the ending of a file that is wanted and may not be read, sorted by path.
    """

    files: tuple[Path, ...]
    refused: tuple[UnusableFile, ...]


def border(folder: Path) -> Path | None:
    """Return the folder that files in `folder` must not leave: the project or the repository around it.

    None when there is neither, and for the project that travels with the package: package managers may link its files.
    """
    place = Path(os.path.abspath(folder))  # noqa: PTH100  # as it is named
    for around in (place, *place.parents):
        if around == _SHIPPED:
            return None
        if (around / MARKER).exists() or (around / _REPOSITORY).exists():
            return around
    return None


def list_files(folder: Path, *endings: str, deep: bool = False, hidden: bool = True) -> FolderListing:
    """Return the files of a folder whose names end in one of `endings`.

    A folder's content must stay in the project or repository around the folder, or in the folder when there is neither.
    Linked folders are not followed.

    Args:
        folder: the folder; one that is not there contains nothing.
        endings: for instance `.ttl`, `.sssom.tsv`.
        deep: whether folders in it are looked through, too.
        hidden: whether files and folders whose names begin with a dot count.
    """
    shipped = Path(os.path.abspath(folder)).is_relative_to(_SHIPPED)  # noqa: PTH100
    root = border(folder) or (None if shipped else folder)
    if root is not None and folder.exists() and not _is_inside(folder, root):
        return FolderListing((), (_outside(folder),))
    found = list(_entries(folder, root, _Wanted(endings, deep, hidden)))
    refused = (each for each in found if isinstance(each, UnusableFile))
    files = sorted(each for each in found if isinstance(each, Path))
    return FolderListing(tuple(files), tuple(sorted(refused, key=lambda each: str(each.file))))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a listing looks for."""

    endings: tuple[str, ...]
    deep: bool
    hidden: bool


def _entries(folder: Path, root: Path | None, wanted: _Wanted, depth: int = 0) -> Iterator[Path | UnusableFile]:
    if depth > _DEEPEST:
        yield UnusableFile(f"is nested more than {_DEEPEST} folders deep; move it up", folder, rule=NAME)
        return
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        yield UnusableFile(f"cannot be listed: {error.strerror}", folder)
        return
    for entry in found:
        path = folder / entry.name
        if entry.name.startswith(".") and not wanted.hidden:
            continue
        if not entry.is_dir(follow_symlinks=False):
            yield from _judged(path, entry, root, wanted)
        elif wanted.deep:
            bad = _bad_name(path)
            yield from (bad,) if bad else _entries(path, root, wanted, depth + 1)


def _judged(path: Path, entry: os.DirEntry[str], root: Path | None, wanted: _Wanted) -> Iterator[Path | UnusableFile]:
    """Return a path that is wanted, what keeps it from being read, or nothing; linked folders are not followed."""
    if not entry.name.endswith(wanted.endings):
        if wanted.deep and wanted.hidden and _is_way_out(path, entry, root):
            yield _outside(path)
        return
    try:
        if not entry.is_file(follow_symlinks=False):
            _resolved(path, root)
        elif (bad := _bad_name(path)) is not None:
            raise bad
        yield path
    except UnusableFile as error:
        if not (error.rule == KIND and path.is_dir()):
            yield error


def linked_folders(folder: Path) -> Iterator[Path]:
    """Yield the links below a folder that lead to folders elsewhere, which no listing follows."""
    for here, folders, _ in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            link = Path(here) / name
            if link.is_symlink() and not _is_inside(link, folder):
                yield link


def _is_way_out(path: Path, entry: os.DirEntry[str], root: Path | None) -> bool:
    return root is not None and entry.is_symlink() and path.is_dir() and not _is_inside(path, root)


def read_bytes(path: Path, most: int = MOST) -> bytes:
    """Return the bytes of a regular file.

    Args:
        path: the file; when it is in a project or repository, what it leads to must be there, too.
        most: bytes above which the file is refused.

    Raises:
        UnusableFile: it cannot be opened, is not a regular file, leads out, or is too large.
    """
    held = _HELD
    if held is None:
        return _read_now(path, most)
    with held.lock:
        name = os.path.abspath(path)  # noqa: PTH100
        if name not in held.contents:
            held.contents[name] = _read_now(path, most)
        data = held.contents[name]
    if len(data) > most:
        raise _too_large(path, most)
    return data


@contextmanager
def read_once() -> Iterator[None]:
    """Open each file at most once in this block: a second reading gets the bytes of the first reading.

    So what is published is what was checked, byte for byte, whatever happens to the files meanwhile. It holds for all
    threads of this process, and a block within a block shares its readings.
    """
    global _HELD  # noqa: PLW0603  # the readers are many and far below; a parameter would pass through all of them
    if _HELD is not None:
        yield
        return
    _HELD = _Held({}, Lock())
    try:
        yield
    finally:
        _HELD = None


@dataclass(frozen=True, slots=True)
class _Held:
    """What was read in a block of `read_once`: bytes by absolute path."""

    contents: dict[str, bytes]
    lock: Lock


_HELD: _Held | None = None


def forget(path: Path) -> None:
    """Make the next reader open a file that was written."""
    held = _HELD
    if held is not None:
        with held.lock:
            held.contents.pop(os.path.abspath(path), None)  # noqa: PTH100


def _read_now(path: Path, most: int) -> bytes:
    with _opened(path) as descriptor:
        return _read(descriptor, os.fstat(descriptor).st_size, most, path)


def chunks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a regular file of any size.

    Raises:
        UnusableFile: it cannot be opened, is not a regular file, or leads out.
    """
    with _opened(path) as descriptor:
        while part := os.read(descriptor, _CHUNK):
            yield part


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open a regular file without following a link at its real path, and without waiting."""
    real = _resolved(path)
    try:
        descriptor = os.open(real, _FLAGS)
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        _refuse_kind(path, os.fstat(descriptor).st_mode)
        yield descriptor
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        os.close(descriptor)


def read_text(path: Path, most: int = MOST) -> str:
    """Return the text of a regular file of UTF-8, line ends as they are.

    Raises:
        UnusableFile: as for `read_bytes`.
        UnicodeDecodeError: it is not UTF-8.
    """
    return read_bytes(path, most).decode("utf-8")


def refusal(path: Path) -> UnusableFile | None:
    """Return why a file may not be read; None when it may."""
    try:
        _resolved(path)
    except UnusableFile as error:
        return error
    return None


def is_file(path: Path) -> bool:
    """Return whether a path is a regular file that may be read."""
    return refusal(path) is None


def place_to_write(path: Path) -> Path:
    """Return the path to write a file at: for a link inside the project, its target.

    Raises:
        UnusableFile: the path leads out of the project or repository that it is in by name, or, outside of any,
            is a link that leads out of its folder.
    """
    folder = path.parent
    root = border(folder)
    if root is not None and not _is_inside(folder, root):
        raise _outside(path)
    if not path.is_symlink():
        return path
    if not _is_inside(path, root or folder):
        raise _outside(path)
    return Path(os.path.realpath(path))


def _resolved(path: Path, root: Path | None = None) -> str:
    """Return the real path of a file; `root` is the folder it must not leave, its border if omitted.

    Raises:
        UnusableFile: it does not exist, has a name that no file may have, leads out of `root`, or is irregular.
    """
    bad = _bad_name(path)
    if bad is not None:
        raise bad
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  # every file comes by here: Path takes ten times as long
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    real = os.path.realpath(path)
    if real != os.path.abspath(path):  # noqa: PTH100  # else there is no link on the way
        root = root or border(path.parent)
        if root is not None and not _is_inside(path, root):
            raise _outside(path)
    _refuse_kind(path, mode)
    return real


def _is_inside(path: Path, root: Path) -> bool:
    """Return whether a path really is in a folder, and no link leads it to what is hidden there, such as `.git`."""
    place, real_root = os.path.realpath(path), os.path.realpath(root)
    if place == real_root:
        return True
    if not place.startswith(os.path.join(real_root, "")):  # noqa: PTH118  # Path would resolve a link twice
        return False
    named = {part for part in Path(os.path.abspath(path)).parts if part.startswith(".")}  # noqa: PTH100
    return all(not part.startswith(".") or part in named for part in Path(place).relative_to(real_root).parts)


def _bad_name(path: Path) -> UnusableFile | None:
    name = path.name
    if any(not "\ud800" <= sign <= "\udfff" for sign in UNSEEN.findall(name)):
        return UnusableFile("has a control character in its name; rename it", path, rule=NAME)
    if len(os.fsencode(name)) > _LONGEST_NAME:
        return UnusableFile(f"has a name longer than {_LONGEST_NAME} bytes; rename it", path, rule=NAME)
    return None


def _refuse_kind(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = next((name for fits, name in _KINDS if fits(mode)), "something else")
        raise UnusableFile(f"is {kind}, not a regular file", path, rule=KIND)


def _outside(path: Path) -> UnusableFile:
    return UnusableFile("leads out of its folder; put the file itself here", path, rule=OUTSIDE)


def _unreadable(path: Path, error: OSError | ValueError) -> UnusableFile:
    reason = error.strerror if isinstance(error, OSError) else "no such name"
    return UnusableFile(f"cannot be read: {reason}; make it readable, or remove it", path)


def _read(descriptor: int, size: int, most: int, path: Path) -> bytes:
    parts: list[bytes] = []
    held = 0
    while size <= most and (part := os.read(descriptor, min(size - held + 1, _CHUNK) if held <= size else _CHUNK)):
        parts.append(part)
        held += len(part)
        if held > most:
            break
    if max(size, held) > most:
        raise _too_large(path, most)
    return b"".join(parts)


def _too_large(path: Path, most: int) -> UnusableFile:
    limit = f"{most // _MIB} MiB" if most >= _MIB else f"{most} bytes"
    return UnusableFile(f"is larger than {limit}; split it", path, rule=SIZE)
