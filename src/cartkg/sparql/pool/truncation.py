"""Serialised tables in, number of rows or a whole shorter table out; no I/O.

The four formats are read in the exact form in which pyoxigraph writes them (tested), so counting rows costs no
parsing and a table can be cut at the end of a row.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from codecs import BOM_UTF8
from typing import TYPE_CHECKING

from cartkg.escaping import spreadsheet_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Between two rows of JSON. Inside a string no bare quote can follow `}},{`, except the one that ends the string,
#: and after that comes `,` or `}`, never the name of a variable.
_JSON_BETWEEN = re.compile(rb'\}\},\{"[^,}\]]')


def count_rows(body: bytes, style: str) -> int:
    """Count the rows of a table in one of the formats json, xml, csv, tsv."""
    if style == "json":
        return _count_json(body)
    if style == "xml":
        return body.count(b"<result>") + body.count(b"<result/>")
    if style == "tsv" or b'"' not in body:
        return body.count(b"\n") - 1
    return sum(1 for _ in _ends(body)) - 1


def close_table(body: bytes, style: str) -> bytes:
    """Cut a table, broken off anywhere, after its last whole row and close it."""
    if style == "json":
        ends = [match.start() + 2 for match in _JSON_BETWEEN.finditer(body)]
        head = body.index(b'"bindings":[') + len(b'"bindings":[')
        return body[: ends[-1] if ends else head] + b"]}}"
    if style == "xml":
        end = body.rfind(b"</result>")
        head = body.index(b"<results>") + len(b"<results>")
        return body[: end + len(b"</result>") if end >= 0 else head] + b"</results></sparql>"
    if style == "tsv" or b'"' not in body:
        return body[: body.rfind(b"\n") + 1]
    return body[: max(_ends(body), default=0)]


def spreadsheet(body: bytes, most: int) -> tuple[bytes, bool]:
    """Return the rows of a CSV table as CSV for a spreadsheet, and whether all of them fit.

    It begins with a byte order mark, without which Excel takes accents for the letters of an old code page.

    Args:
        body: the table, whole, as SPARQL writes it.
        most: bytes that the result may have.

    Raises:
        ValueError: the body is not UTF-8 or not CSV.
    """
    csv.field_size_limit(sys.maxsize)  # else a cell above 128 KiB is an error
    written = bytearray()
    try:
        for line in spreadsheet_lines(csv.reader(io.StringIO(body.decode(), newline="")), "\r\n"):
            row = line.encode() if written else BOM_UTF8 + line.encode()
            if len(written) + len(row) > most:
                return bytes(written), False
            written += row
    except csv.Error as error:
        raise ValueError("is not CSV") from error
    return bytes(written), True


def _ends(body: bytes) -> Iterator[int]:
    """Go through the places after line breaks outside quotes."""
    quotes = position = 0
    while (found := body.find(b"\n", position)) >= 0:
        quotes += body.count(b'"', position, found)
        position = found + 1
        if quotes % 2 == 0:
            yield position


def _count_json(body: bytes) -> int:
    if body.endswith(b'"bindings":[]}}'):
        return 0
    if b"{}" in body:
        return len(json.loads(body)["results"]["bindings"])
    return len(_JSON_BETWEEN.findall(body)) + 1
