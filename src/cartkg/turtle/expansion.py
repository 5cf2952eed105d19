"""Turtle that is small as a file and huge once its prefixes are written out is refused before it is parsed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The rule of what is not Turtle, or cannot be read as such.
SYNTAX = "syntax"
#: A declaration with the IRI it gives; comments may stand between its parts. Nothing in it is ever tried twice.
_DECLARATION = re.compile(
    rb"(?i)\b(prefix|base)(?:\s|#[^\n]*+\n)++(?:[^\s<#:]{0,200}+:(?:\s|#[^\n]*+\n)*+)?+<([^<>\s]*+)>"
)
#: A file may grow to so many times its size, and to so many bytes in any case.
_GROWTH, _FREE = 64, 16 * 1024**2


def _declarations(data: bytes) -> Iterator[re.Match[bytes]]:
    """Yield the declarations. Finding the words first takes a tenth of the time of searching for the pattern."""
    small = data.lower()
    for word in (b"prefix", b"base"):
        at = small.find(word)
        while at >= 0:
            if match := _DECLARATION.match(data, at):
                yield match
            at = small.find(word, at + len(word))


def too_large(data: bytes, path: Path) -> Diagnostic | None:
    """Refuse a file whose longest prefix or base, written out wherever it may be used, makes it grow beyond measure."""
    found = [(match[1].lower(), len(match[2]), match.start()) for match in _declarations(data)]
    if not found:
        return None
    # a base may be relative to the one before it, and a prefix to both
    bases = sum(length for kind, length, _ in found if kind == b"base")
    prefix = max((length for kind, length, _ in found if kind == b"prefix"), default=0)
    if (bases + prefix) * (data.count(b":") + data.count(b"<")) <= _GROWTH * len(data) + _FREE:
        return None
    _, length, start = max(found, key=lambda each: each[1])
    message = f"a prefix or base of {length} characters makes the file too large to read; shorten it"
    return Diagnostic(path, data.count(b"\n", 0, start) + 1, 1, SYNTAX, message)
