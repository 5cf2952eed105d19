"""The seam between formats and those who read exports, and what all formats say of bad records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cartkg.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.literature.formats.citation import Export

TRUNCATED, UNREADABLE, EMPTY, FOREIGN, TWICE = (
    "record-truncated", "record-unreadable", "record-empty", "record-foreign", "record-twice",
)  # fmt: skip


class RecordFormat(Protocol):
    """A format in which services and programs export records of papers."""

    @property
    def name(self) -> str:
        """What people call it."""

    def begins(self, head: str) -> bool:
        """Return whether a file that begins so is of this format; characters that cannot be read are U+FFFD."""

    def read(self, data: bytes, path: Path) -> Export:
        """Return the records of a file of this format, and what is wrong with it.

        Args:
            data: its bytes.
            path: the file, named in the diagnostics.

        Raises:
            Undecodable: the bytes are not text; who found the format says so for all of them.
        """


def truncated(path: Path, line: int) -> Diagnostic:
    """Say that a record does not end."""
    return Diagnostic(path, line, 1, TRUNCATED, "the record does not end; export it again")


def foreign(path: Path, line: int, what: str) -> Diagnostic:
    """Say that a part of a file is not a record of a paper."""
    return Diagnostic(path, line, 1, FOREIGN, what, Severity.WARNING)


class Undecodable(ValueError):
    """Bytes that are not text; `diagnostic` says where."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def encoding_of(data: bytes) -> str:
    """Return the encoding that the first bytes of a file state; UTF-8 where they state none."""
    return next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")


def decoded(data: bytes, path: Path) -> str:
    """Return the text of a file with line feeds alone.

    Raises:
        Undecodable: it is neither UTF-8 nor, by its first bytes, UTF-16.
    """
    try:
        text = data.decode(encoding_of(data))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = "the file is not UTF-8 at this line, and none of its records was read; save it as UTF-8"
        raise Undecodable(Diagnostic(path, line, 1, UNREADABLE, message)) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
