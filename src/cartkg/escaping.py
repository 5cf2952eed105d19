"""Escape text from files and strangers, so that terminals, CI logs and spreadsheets show and never execute it.

Three kinds of reader execute what they are sent: terminals (control characters), GitHub's runner (lines that begin
with `::` and `##[` anywhere), and spreadsheets (cells that begin with `=` and its like).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Characters that move the cursor, colour a terminal, turn the writing round or break a line: data must not do that.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
#: Categories of characters that have no shape: controls, formats, surrogates, private use, unassigned, separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Variation selectors: marks without a shape of their own, any number of which may follow a letter.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_NAMES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BYTE = 0x100
#: What GitHub's runner takes for a command: its present form at the start of a line, its old form anywhere.
_COMMAND = re.compile(r"^(\s*):(?=:)", re.MULTILINE)
_OLD_COMMAND = "##["

#: The same characters in a document, where tabs and line breaks are part of its form.
_IN_DOCUMENT = re.compile(UNSEEN.pattern.replace("\x00-\x1f", "\x00-\x08\x0b\x0c\x0e-\x1f"))
#: In Turtle a prefixed name may hold U+061C, which an escape would break.
_IN_TURTLE = re.compile(_IN_DOCUMENT.pattern.replace("\u061c", ""))
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def one_line(text: str) -> str:
    r"""Return a text as one line that starts no command: control characters become `\n`, `\x1b`, `\u202e`.

    Example:
        >>> one_line("a\x1b[31m\n::error::b")
        'a\\x1b[31m\\n::error::b'
    """
    return _inert(UNSEEN.sub(_shown, text))


def lines(text: str) -> str:
    """Return a text that cartkg wrote, line breaks kept, with every other control character shown and no command."""
    return _inert(_IN_DOCUMENT.sub(_shown, text).replace("\r", "\\r"))


def controls_shown(text: str) -> str:
    """Return a text with its control characters shown, line breaks and commands kept: it is made of commands."""
    return _IN_DOCUMENT.sub(_shown, text).replace("\r", "\\r")


def document(text: str, form: str) -> str:
    """Return an equivalent document that no terminal or log executes.

    Strings of JSON, Turtle, N-Triples and SPARQL's TSV have escapes for characters, XML has references. CSV has
    neither: it stays as the standard wants it.

    Args:
        text: the whole document.
        form: `json`, `turtle` (also N-Triples and TSV), `xml`, or another that is left as it is.
    """
    if form == "xml":
        quiet = _IN_DOCUMENT.sub("\ufffd", text)  # XML 1.0 cannot hold control characters, not even as references
        return _COMMAND.sub(r"\1&#58;", quiet).replace(_OLD_COMMAND, "#&#35;[")
    if form not in {"json", "turtle"}:
        return text
    quiet = (_IN_DOCUMENT if form == "json" else _IN_TURTLE).sub(_escape, text)
    return _COMMAND.sub(r"\1\\u003A", quiet).replace(_OLD_COMMAND, "##\\u005B")


def visible(text: str) -> str:
    r"""Return a text in which no character hides from people: those without a shape of their own are written out.

    A model reads what its user does not see, for instance the tag characters of plane 14. Line breaks and tabs stay.

    Example:
        >>> visible("a\u200bb")
        'a\\u{200b}b'
    """
    return "".join(f"\\u{{{ord(char):x}}}" if _is_hidden(char) else char for char in text)


def _is_hidden(char: str) -> bool:
    if char in "\n\t" or (char.isascii() and char.isprintable()):
        return False
    return unicodedata.category(char) in _HIDDEN or bool(_SELECTORS.match(char))


def folded(text: str) -> str:
    """Fold white space and drop control characters, so that data cannot move the cursor of a terminal."""
    return one_line(_CONTROL.sub("", " ".join(text.split())))


def spreadsheet_lines(rows: Iterable[Iterable[str]], end: str = "\n") -> Iterator[str]:
    """Write rows as lines of CSV for a spreadsheet: no cell is a formula, breaks a line or commands a CI runner."""
    line = io.StringIO()
    table = csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator=end)
    for row in rows:
        table.writerow([spreadsheet_cell(folded(cell)) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def spreadsheet_cell(text: str) -> str:
    """Return a cell that a spreadsheet takes for text: what would start a formula gets an apostrophe before it.

    Source: OWASP, CSV Injection. Plain numbers stay numbers.
    """
    if text.startswith(_FORMULA_STARTS) and not _PLAIN_NUMBER.match(text):
        return f"'{text}"
    return text


def _inert(text: str) -> str:
    return _COMMAND.sub(r"\1\\x3a", text).replace(_OLD_COMMAND, "##\\x5b")


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    return _NAMES.get(match[0], f"\\x{code:02x}" if code < _BYTE else f"\\u{code:04x}")


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04X}"
