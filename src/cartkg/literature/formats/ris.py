"""RIS, of reference managers and publishers: tags of two signs from TY to ER."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.literature.formats.citation import (
    Citation,
    CitationRecord,
    Export,
    doi_of,
    inverted,
    printed_date,
    trials_in,
)
from cartkg.literature.formats.format import decoded, foreign, truncated
from cartkg.literature.formats.tagged import LineBlock, TagParser, first
from cartkg.literature.heads import formed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_BEGINS = re.compile(r"^(?:\ufeff)?TY  - ?", re.MULTILINE)
_START, _END = "TY  -", "ER  -"


class Ris:
    """RIS."""

    name = "RIS"

    def begins(self, head: str) -> bool:
        """Look for a line with TY; programs may write some lines before it."""
        return _BEGINS.search(head) is not None

    def read(self, data: bytes, path: Path) -> Export:
        """Read the records from TY to ER; what does not end, or is outside of them, is a diagnostic."""
        text = decoded(data, path)
        parser, records, problems = TagParser(), [], []
        for part in _parts(text):
            begun = part.lines[0].startswith(_START)
            if begun and part.lines[-1].startswith(_END):
                records.append(CitationRecord(_citation(parser.fields(part)), part.line))
            elif begun:
                problems.append(truncated(path, part.line))
            elif not part.is_blank and part.line > 1:  # the first lines may say which program wrote the file
                problems.append(foreign(path, part.line, "these lines belong to no record (TY to ER)"))
        return Export(tuple(records), tuple(problems), self.name)


def _parts(text: str) -> Iterator[LineBlock]:
    """Cut a text before each TY and after each ER."""
    begun, held = 1, list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(_START) and held:
            yield LineBlock(begun, held)
            held = []
        if not held:
            begun = number
        held.append(line)
        if line.startswith(_END):
            yield LineBlock(begun, held)
            held = []
    if held:
        yield LineBlock(begun, held)


def _citation(fields: Mapping[str, list[str]]) -> Citation:
    abstract = " ".join(fields.get("AB") or fields.get("N2") or [])
    pages = "-".join(filter(None, (first(fields, "SP"), first(fields, "EP"))))
    number = first(fields, "AN") if "pubmed" in (first(fields, "DB") or "").casefold() else None
    return Citation(
        title=first(fields, "TI", "T1") or "",
        authors=[inverted(name) for name in fields.get("AU") or fields.get("A1") or []],
        journal=first(fields, "JA", "J2", "JO", "JF", "T2"),
        issued=printed_date(first(fields, "DA", "PY", "Y1") or ""),
        volume=first(fields, "VL"),
        issue=first(fields, "IS"),
        pages=pages or None,
        doi=doi_of(" ".join(fields.get("DO", []))),
        pmid=formed("pmid", number),
        pmcid=formed("pmcid", first(fields, "C2")),
        abstract=abstract,
        trials=trials_in([abstract]),
    )
