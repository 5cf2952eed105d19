"""Write plain values as YAML on one line, so that they are read back as the same values."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cartkg.dossier.node import Plain

#: Texts that need no quotes, and words and numbers that mean something else without them.
_PLAIN = re.compile(r"[^\W_][^:#{}\[\],&*?|<>=!%@`'\"\\\n]*", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9.][0-9.eE+_-]*")
_RESERVED = frozenset({"true", "false", "null", "~", "yes", "no", "on", "off"})


def flow(value: Plain) -> str:
    """Write a value in one line.

    Example:
        >>> flow({"number": 6, "unit": "mo", "as_printed": "a: b"})
        "{number: 6, unit: mo, as_printed: 'a: b'}"
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {flow(each)}" for name, each in value.items()) + "}"
    return "[" + ", ".join(flow(each) for each in value) + "]"


def scalar(text: str) -> str:
    """Write a text without line breaks and control characters, in quotes where YAML needs them."""
    special = text.lower() in _RESERVED or _NUMBER.fullmatch(text) or text != text.strip()
    return text if _PLAIN.fullmatch(text) and not special else "'" + text.replace("'", "''") + "'"
