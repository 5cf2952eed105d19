"""A serialised table in, what is suspicious about it out: columns without a value, rows that repeat others; no I/O.

Both are found in the bytes that leave anyway, for a small part of what it takes to make them.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Larger tables are not looked at: few are read by people, and the look would take as long as some queries.
_LARGEST = 1024**2 // 2
_JSON_START = b'"bindings":['


def unbound(body: bytes, style: str) -> list[str]:
    """Return the columns that have no value in any row of a table that has rows.

    In CSV an empty text cannot be told from no value, so it counts as none.
    """
    if len(body) > _LARGEST:
        return []
    if style == "json":
        return _unbound_json(body)
    if style == "xml":
        names = re.findall(rb'<variable name="([^"]+)"', body)
        found = [html.unescape(name.decode()) for name in names if b'<binding name="' + name + b'"' not in body]
        return found if b"<result>" in body or b"<result/>" in body else []
    if style == "tsv":
        lines = body.decode().split("\n")
        return [
            name.removeprefix("?") for name in _empty(lines[0].split("\t"), (line.split("\t") for line in lines[1:-1]))
        ]
    if style == "csv":
        csv.field_size_limit(_LARGEST)  # one cell may be the whole table; the module's own limit is a quarter of it
        rows = csv.reader(io.StringIO(body.decode(), newline=""))
        return _empty(next(rows, []), rows)
    return []


def repeated(body: bytes, style: str, rows: int) -> int:
    """Return how many of the rows of a table are the same as one before them.

    Where the rows cannot be told apart at a glance, as with line breaks in cells of CSV, the answer is 0.
    """
    if len(body) > _LARGEST or rows < 2:  # noqa: PLR2004  # one row repeats none
        return 0
    if style == "json":
        found = body.partition(_JSON_START)[2].removesuffix(b"}}]}}").split(b'}},{"')
        found[0] = found[0].removeprefix(b'{"')
    elif style == "xml":
        found = body.partition(b"<results>")[2].split(b"</result>")[:-1]
    else:
        found = body.split(b"\n")[1:-1]
    return rows - len(set(found)) if len(found) == rows else 0


def _unbound_json(body: bytes) -> list[str]:
    head, _, rows = body.partition(_JSON_START)
    if rows.startswith(b"]"):
        return []
    names: list[str] = json.loads(head[head.index(b'"vars":') + len(b'"vars":') : head.index(b"]") + 1])
    return [name for name in names if b'"' + name.encode() + b'":{' not in rows]


def _empty(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the names of the columns that are empty in all rows; none when there is no row."""
    left = dict(enumerate(names))
    some = False
    for row in rows:
        some = True
        left = {at: name for at, name in left.items() if at >= len(row) or not row[at]}
        if not left:
            break
    return list(left.values()) if some else []
