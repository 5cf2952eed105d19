"""The text layer of a paper in PDF, page by page; read in a sandboxed process, since a PDF is a program of a stranger.

Pictures are not read, so that a scan has no text. Tables are lines of text here: their columns are not in the file.
"""

from __future__ import annotations

import codecs
import json
import logging
import re
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING
from unicodedata import normalize

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from cartkg.diagnostics import Diagnostic, Severity
from cartkg.evaluation.bounds import MIB, JobBounds, Stopped
from cartkg.evaluation.children import Children
from cartkg.evaluation.messages import Frame
from cartkg.literature.formats.citation import Citation, trials_in
from cartkg.literature.formats.format import UNREADABLE
from cartkg.literature.texts.source_text import Passage, SourceText

if TYPE_CHECKING:
    from pathlib import Path

_SIGN, _SIGN_WITHIN = b"%PDF-", 1024
#: What reading one file may take: papers of 30 pages need 5 s and 100 MiB.
_BOUNDS = JobBounds(seconds=60.0, memory=1024 * MIB, reply=32 * MIB, children=1)
_MOST_PAGES = 400
#: A word that the end of a line divides.
_DIVIDED = re.compile(r"([^\W\d_]+)-\n([^\W\d_]+)")
_WORD = re.compile(r"[^\W\d_]+")
#: Two or three letters that a font draws as one: ff, fi, fl, ffi, ffl, st.
_LIGATURES = {code: normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
#: What pypdf raises for a file that is broken in a way of its own.
_BROKEN = (
    *(PyPdfError, ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError, OSError),
    *(RecursionError, TypeError, ValueError),
)
#: A page with one word, by which pypdf loads the code that it loads late: a sandboxed process can load none.
_SMALL = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj "
    b"4 0 obj<</Length 27>>stream\nBT /F 9 Tf (word) Tj ET    \nendstream endobj "
    b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>endobj "
    b"trailer<</Root 1 0 R/Size 6>>\nstartxref\n0\n%%EOF"
)
_CODECS = ("ascii", "charmap", "cp1252", "gb18030", "gb2312", "gbk", "latin-1", "utf-16", "utf-16-be", "utf-8")


def is_pdf(data: bytes) -> bool:
    """Return whether a file begins as a PDF does (ISO 32000-1, 7.5.2; a few bytes may be before its header)."""
    return _SIGN in data[:_SIGN_WITHIN]


def read_pdf(data: bytes, path: Path) -> SourceText:
    """Read the pages of a PDF that have text, each a passage; which have none is a diagnostic.

    Args:
        data: the bytes of the file.
        path: the file, named in diagnostics.
    """
    _load_all_code()
    children = Children(lambda _: _texts(data), _BOUNDS)
    try:
        (reply,) = children.run([Frame({})])
    finally:
        children.close()
    if isinstance(reply, Stopped):
        return _unread(path, f"reading the PDF {reply.reason}")
    if "error" in reply.head:
        return _unread(path, reply.head["error"])
    pages: list[str | None] = json.loads(reply.body)
    whole = _joined([page or "" for page in pages])
    passages = tuple(Passage(f"page {at}", text) for at, text in enumerate(whole, 1) if text)
    if not passages and None not in pages:
        return _unread(path, "no page of the PDF has text: it may be a scan, which needs text recognition first")
    problems = _problems(path, pages, whole, reply.head["pages"])
    return SourceText(Citation("", trials=trials_in(whole)), passages, diagnostics=problems)


def _unread(path: Path, message: str) -> SourceText:
    return SourceText(diagnostics=(Diagnostic(path, 1, 1, UNREADABLE, message),))


def _problems(path: Path, pages: list[str | None], texts: list[str], there: int) -> tuple[Diagnostic, ...]:
    """Say which pages were not read, and which have no text."""
    broken = [at for at, page in enumerate(pages, 1) if page is None]
    empty = [at for at, (page, text) in enumerate(zip(pages, texts, strict=True), 1) if page is not None and not text]
    said = [
        (
            broken,
            "cannot be read; look at it yourself" if len(broken) == 1 else "cannot be read; look at them yourself",
        ),
        (empty, "has no text" if len(empty) == 1 else "have no text"),
        (list(range(len(pages) + 1, there + 1)), f"was not read: the first {_MOST_PAGES} pages of a file are"),
    ]
    return tuple(
        Diagnostic(path, 1, 1, UNREADABLE, f"{_named(numbers)} {what}", Severity.WARNING)
        for numbers, what in said
        if numbers
    )


def _named(numbers: list[int]) -> str:
    """Return pages in words: `page 3`, `pages 3 and 5`, `each page from 401 to 500`.

    Example:
        >>> _named([3]), _named([3, 5, 6]), _named([401, 402, 403])
        ('page 3', 'pages 3, 5 and 6', 'each page from 401 to 403')
    """
    first, last = numbers[0], numbers[-1]
    if first == last:
        return f"page {first}"
    if first + 1 < last == first + len(numbers) - 1:
        return f"each page from {first} to {last}"
    return f"pages {', '.join(map(str, numbers[:-1]))} and {last}"


def _joined(pages: list[str]) -> list[str]:
    """Return the texts of pages with single spaces.

    A word that the end of a line divides is joined where the paper has the whole word elsewhere; else its hyphen stays,
    as in drug-free.
    """
    pages = [page.translate(_LIGATURES) for page in pages]
    words = {word.casefold() for page in pages for word in _WORD.findall(_DIVIDED.sub(" ", page))}

    def join(match: re.Match[str]) -> str:
        whole = match[1] + match[2]
        return whole if whole.casefold() in words else f"{match[1]}-{match[2]}"

    return [" ".join(_DIVIDED.sub(join, page).split()) for page in pages]


@cache
def _load_all_code() -> None:
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)  # what a file breaks is said by diagnostics
    for name in _CODECS:
        codecs.lookup(name)
    PdfReader(BytesIO(_SMALL)).pages[0].extract_text()


def _texts(data: bytes) -> Frame:
    """Return, in a child, the text of each page; None for one that cannot be read."""
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return Frame({"error": "the PDF is protected by a password; save a copy without it"})
        there = len(reader.pages)
    except _BROKEN as error:
        return Frame({"error": f"the PDF cannot be read: {type(error).__name__}"})
    pages = [_text(reader, at) for at in range(min(there, _MOST_PAGES))]
    return Frame({"pages": there}, json.dumps(pages).encode())


def _text(reader: PdfReader, at: int) -> str | None:
    try:
        return reader.pages[at].extract_text()
    except _BROKEN:
        return None
