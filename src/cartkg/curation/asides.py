"""The words of a row in; what stands in brackets about the dossier's sources taken out of them, with who says it too.

A reader of several pages notes beside a statement which page has it: "(s3)", "(s6 gives the same starting point)".
Such a note is the reader's, so it is no part of what the source says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: A note on sources at the end of a text, in brackets, or as a last clause that says that another page says the same.
_ASIDE = re.compile(r"\s*\(([^()]*\bs\d+\b[^()]*)\)$|;\s*([^;]*\((?:s\d+)\) says the same[^;]*)$")
#: A text of one clause that ends in a source id is that source's.
_OWN = re.compile(r"^s\d+$")
_SAME = re.compile(r"\b(s\d+)\)? (?:gives|says|prints) the same\b")


@dataclass(frozen=True, slots=True)
class Told:
    """What a row says without the reader's note on its sources.

    Attributes:
        text: the words of the source.
        note: the reader's note, where it says more than the source it is from.
        source: the source that speaks, where the note names it and nothing else.
        same: the source that says the same, by the note.
    """

    text: str | None
    note: str | None = None
    source: str | None = None
    same: str | None = None


def told_apart(text: str | None) -> Told:
    """Take the note on sources out of a text.

    Example:
        >>> told_apart("all immunosuppression had failed (s3)")
        Told(text='all immunosuppression had failed', note=None, source='s3', same=None)
    """
    found = _ASIDE.search(text or "")
    if text is None or found is None:
        return Told(text)
    note, plain = found[1] or found[2], text[: found.start()]
    if _OWN.match(note):
        return Told(plain, source=note) if not re.search(r"[;(]", plain) else Told(text)
    same = _SAME.search(note)
    return Told(plain, note, None, same[1] if same else None)
