"""Unpack a gzip file up to a stated number of bytes: three megabytes may contain three thousand."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from cartkg.errors import UnusableFile
from cartkg.files import MOST, SIZE, chunks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Ending of the name of a file that is packed.
GZIP = ".gz"
_WRAPPED = 16 + zlib.MAX_WBITS
_MIB = 1024**2
_PIECE = 64 * 1024


def unpack(data: bytes, path: Path, most: int = MOST) -> bytes:
    """Return what a gzip file contains, of one member or several.

    Raises:
        UnusableFile: it is not a complete gzip file, or contains more than `most` bytes.
    """
    parts: list[bytes] = []
    left, rest = most, data
    while rest:
        unpacker = zlib.decompressobj(_WRAPPED)
        try:
            parts.append(unpacker.decompress(rest, left + 1))
        except zlib.error as error:
            raise UnusableFile("is not a gzip file", path) from error
        left -= len(parts[-1])
        if left < 0:
            raise UnusableFile(f"is larger than {most // _MIB} MiB when unpacked; unpack it yourself", path, rule=SIZE)
        if not unpacker.eof:
            raise UnusableFile("is not a complete gzip file", path)
        rest = unpacker.unused_data.lstrip(b"\0")
    return b"".join(parts)  # of one part, the part itself: no copy


def unpacked_chunks(path: Path) -> Iterator[bytes]:
    """Yield the content of a gzip file of our own piece by piece, so that sending it takes little memory.

    Raises:
        UnusableFile: it cannot be read.
    """
    unpacker = zlib.decompressobj(_WRAPPED)
    for part in chunks(path):
        rest = part
        while rest:
            yield unpacker.decompress(rest, _PIECE)
            rest = unpacker.unconsumed_tail
