"""Write an entry of a word list in house style: one field a line, short lists in brackets."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Value: TypeAlias = "str | Decimal | int | Sequence[str]"
#: The fields of an entry in the order in which they are written.
FIELDS = (
    "id",
    "label",
    "kind",
    "better",
    "synonyms",
    "hidden",
    "broader",
    "diseases",
    "base",
    "variant_of",
    "category",
    "graded_by",
    "ucum",
    "days_per_unit",
    "country",
    "exact",
    "close",
    "narrow",
    "broad",
    "note",
)
_WIDTH = 120
#: Text that needs no quotes, and words that mean something else without them.
_PLAIN = re.compile(r"[A-Za-z0-9µ°][^:#{}\[\],&*?|<>=!%@`'\"]*")
_NUMBER = re.compile(r"[-+]?[0-9.][0-9.eE+-]*")
_RESERVED = frozenset({"true", "false", "null", "~", "yes", "no", "on", "off"})


def write_entry(fields: Mapping[str, Value]) -> str:
    """Return the lines of one entry; fields that are empty are left out.

    Args:
        fields: the values by field; all of them are among `FIELDS`.

    Example:
        >>> print(write_entry({"id": "essdai", "label": "ESSDAI", "broader": ["score"]}), end="")
        - id: essdai
          label: ESSDAI
          broader: [score]
    """
    lines = [
        line for name in FIELDS if fields.get(name) not in (None, "", [], ()) for line in _lines(name, fields[name])
    ]
    return "- " + "\n  ".join(lines) + "\n"


def _lines(name: str, value: Value) -> list[str]:
    if isinstance(value, str):
        return [f"{name}: {_quoted(value)}"]
    if isinstance(value, (int, Decimal)):
        return [f"{name}: {value}"]
    items = [_quoted(item) for item in value]
    short = f"{name}: [{', '.join(items)}]"
    return [short] if len(short) + 2 <= _WIDTH else [f"{name}:", *(f"- {item}" for item in items)]


def _quoted(text: str) -> str:
    special = text.lower() in _RESERVED or _NUMBER.fullmatch(text) or text != text.strip()
    if _PLAIN.fullmatch(text) and not special:
        return text
    return "'" + text.replace("'", "''") + "'"


def insert_entry(text: str, entry: str, word: str, ids: Sequence[str]) -> str:
    """Return the text of a list with one more entry, in the order of the ids.

    Args:
        text: the file, whose entries are sorted by id.
        entry: the lines of the new entry.
        word: its id.
        ids: the ids of the entries, in the order of the file.
    """
    after = next((other for other in ids if other > word), None)
    if after is not None:
        found = re.search(rf"^- id: {re.escape(_quoted(after))}$", text, re.MULTILINE)
        if found:
            return text[: found.start()] + entry + text[found.start() :]
    return f"{text.rstrip()}\n{entry}"
