"""The prolog of an XML file: what stands before its root element.

RDF/XML needs no document type declaration. One may define entities that grow without bound when they are expanded, or
that lie elsewhere, so a file with one is refused before a parser sees it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.errors import UnusableFile
from cartkg.files import KIND, chunks

if TYPE_CHECKING:
    from pathlib import Path

#: Comments, processing instructions and space may come first (XML 1.0, section 2.8).
_BEFORE = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)+", re.DOTALL)
_BOM = b"\xef\xbb\xbf"
_DOCTYPE = b"<!DOCTYPE"
#: Most bytes before the root element.
_LONGEST = 64 * 1024


def refuse_doctype(path: Path) -> None:
    """Let an XML file of UTF-8 pass that has no document type declaration.

    Raises:
        UnusableFile: it has one, is not UTF-8, or its prolog is longer than 64 KiB; or it may not be read.
    """
    head = b""
    for part in chunks(path):
        head += part
        if len(head) >= _LONGEST:
            break
    if message := fault_of(head):
        raise UnusableFile(message, path, rule=KIND)


def fault_of(data: bytes) -> str:
    """Say why an XML file that begins with some bytes is refused; empty when it is not."""
    head = data[:_LONGEST].removeprefix(_BOM)
    if head[:2] in {b"\xfe\xff", b"\xff\xfe"} or b"\0" in head[:4]:
        return "is XML that is not UTF-8; save it as UTF-8"
    before = _BEFORE.match(head)
    rest = head[before.end() :] if before else head
    if rest.startswith(_DOCTYPE):
        return "has a document type declaration, which may expand without limit; remove it, or save as Turtle"
    if rest.startswith((b"<!", b"<?")) or (not rest and len(data) >= _LONGEST):
        return "has more than 64 KiB before its root element"
    return ""
