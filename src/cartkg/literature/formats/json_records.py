"""JSON of strangers in, one object for each record out, with its line; a list that was cut off is read to there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cartkg.diagnostics import Diagnostic
from cartkg.literature.formats.format import UNREADABLE, decoded, foreign, truncated

if TYPE_CHECKING:
    from pathlib import Path

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[\s,]*")


@dataclass(slots=True)
class JsonRecords:
    """The objects of the records of a file, with their lines, and what is wrong with the file."""

    objects: list[tuple[dict[str, Any], int]] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def is_json(head: str) -> bool:
    """Return whether a text begins as an object or a list of objects does."""
    return re.match(r"\ufeff?\s*(?:\{\s*[\"}]|\[\s*[{\]])", head) is not None


def has_key(head: str, *keys: str) -> bool:
    """Return whether all of these keys are in a text; in a string they would have a backslash before the quote."""
    return all(re.search(rf'"{re.escape(key)}"\s*:', head) for key in keys)


def objects(data: bytes, path: Path, key: str) -> JsonRecords:
    """Return the objects of the list at a key, of the list that the file is, or the one object that it is.

    Args:
        data: the bytes of the file.
        path: the file, named in the diagnostics.
        key: the name before the list, where it is in an object.

    Raises:
        Undecodable: the bytes are not text.
    """
    found = JsonRecords()
    text = decoded(data, path).removeprefix("\ufeff")
    at_key = re.search(rf'"{re.escape(key)}"\s*:\s*\[', text)
    if at_key or text.lstrip().startswith("["):
        _read_list(text, at_key.end() if at_key else text.index("[") + 1, path, found)
        return found
    whole = _decoded(text, len(text) - len(text.lstrip()), 1, path, found)
    if whole is not None:
        found.objects.append((whole[0], 1))
    return found


def _read_list(text: str, at: int, path: Path, found: JsonRecords) -> None:
    line, counted = 1, 0
    while True:
        at = _after_space(text, at)
        line, counted = line + text.count("\n", counted, at), at
        if at >= len(text):
            message = "the list does not end here, where the file does; export it again"
            found.diagnostics.append(Diagnostic(path, line, 1, UNREADABLE, message))
            return
        if text[at] == "]":
            if not found.objects and not found.diagnostics:
                message = "the list of records is empty; export the hits of a search"
                found.diagnostics.append(Diagnostic(path, line, 1, UNREADABLE, message))
            return
        one = _decoded(text, at, line, path, found)
        if one is None:
            return
        value, at = one
        if isinstance(value, dict):
            found.objects.append((value, line))
        else:
            found.diagnostics.append(foreign(path, line, "this part of the list is not an object, and so not a record"))


def _decoded(text: str, at: int, line: int, path: Path, found: JsonRecords) -> tuple[Any, int] | None:
    """Return one value and where it ends; where it cannot be read, say so, and that nothing after it was."""
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        if text[error.pos :].strip():
            message = f"the JSON cannot be read on from here ({error.msg}); nothing after this line was read"
            found.diagnostics.append(Diagnostic(path, error.lineno, error.colno, UNREADABLE, message))
        found.diagnostics.append(truncated(path, line))
    except (RecursionError, ValueError):  # ValueError: a number of more digits than Python converts
        message = "a value of this record is too deep or too long; nothing from this line on was read"
        found.diagnostics.append(Diagnostic(path, line, 1, UNREADABLE, message))
    return None


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def text_at(value: Any, *keys: str) -> str:
    """Return the text or number at a chain of keys, of a list the first; empty where there is none."""
    for key in (*keys, None):
        if isinstance(value, list):
            value = value[0] if value else None
        if key is not None:
            value = value.get(key) if isinstance(value, dict) else None
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def list_at(value: Any, *keys: str) -> list[Any]:
    """Return the list at a chain of keys; empty where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []
