"""PubMed's own format (nbib, MEDLINE): tags of up to four letters, records apart by an empty line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic
from cartkg.literature.formats.citation import (
    Citation,
    CitationRecord,
    Export,
    Notice,
    NoticeKind,
    printed_date,
    trials_in,
)
from cartkg.literature.formats.format import decoded, foreign, truncated
from cartkg.literature.formats.tagged import LineBlock, TagParser, first
from cartkg.literature.heads import formed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_BEGINS = re.compile(r"^(?:\ufeff)?PMID- ?", re.MULTILINE)
_TAG = re.compile(r"([A-Z]{2,4}) *- ?(.*)")
_FOLDED = " " * 6
#: The tag near the end of every whole record that PubMed writes.
_LAST = "SO  -"
#: Tag of a notice -> what it is, and whether the record itself is the notice.
_NOTICES = {
    "EIN": (NoticeKind.ERRATUM, False),
    "EFR": (NoticeKind.ERRATUM, True),
    "CRI": (NoticeKind.ERRATUM, False),
    "CRF": (NoticeKind.ERRATUM, True),
    "RIN": (NoticeKind.RETRACTION, False),
    "ROF": (NoticeKind.RETRACTION, True),
    "RRI": (NoticeKind.RETRACTION, False),
    "RRF": (NoticeKind.RETRACTION, True),
    "PRIN": (NoticeKind.PARTIAL_RETRACTION, False),
    "PROF": (NoticeKind.PARTIAL_RETRACTION, True),
    "ECI": (NoticeKind.CONCERN, False),
    "ECF": (NoticeKind.CONCERN, True),
    "CIN": (NoticeKind.COMMENT, False),
    "CON": (NoticeKind.COMMENT, True),
    "UIN": (NoticeKind.UPDATE, False),
    "UOF": (NoticeKind.UPDATE, True),
}


class _Parser(TagParser):
    """Tags of up to four letters before a hyphen."""

    START_TAG = "PMID"

    def parse_line(self, line: str) -> tuple[str | None, str]:
        match = _TAG.fullmatch(line)
        return (match[1], match[2].strip()) if match else (None, line.strip())


class Nbib:
    """PubMed's format."""

    name = "PubMed (nbib)"

    def begins(self, head: str) -> bool:
        """Look for a line with PMID."""
        return _BEGINS.search(head) is not None

    def read(self, data: bytes, path: Path) -> Export:
        """Read the records between empty lines; one that lacks the end all others have was cut off."""
        text = decoded(data, path)
        parts = [part for part in _parts(text) if not part.is_blank]
        ended = [any(line.startswith(_LAST) for line in part.lines) for part in parts]
        parser, records, problems = _Parser(), list[CitationRecord](), list[Diagnostic]()
        for part, is_whole in zip(parts, ended, strict=True):
            if not part.lines[0].startswith("PMID-"):
                problems.append(foreign(path, part.line, "these lines belong to no record (PMID)"))
            elif any(ended) and not is_whole:
                problems.append(truncated(path, part.line))
            else:
                records.append(CitationRecord(_citation(parser.fields(_unfolded(part))), part.line))
        return Export(tuple(records), tuple(problems), self.name)


def _parts(text: str) -> Iterator[LineBlock]:
    held = list[str]()
    for number, line in enumerate([*text.removeprefix("\ufeff").split("\n"), ""], 1):
        if line.strip():
            held.append(line)
        elif held:
            yield LineBlock(number - len(held), held)
            held = []


def _unfolded(part: LineBlock) -> LineBlock:
    """Return a record whose long lines are whole, with the end that the parser expects."""
    text = "\n".join(part.lines).replace(f"\n{_FOLDED}", " ")
    return LineBlock(part.line, [*text.split("\n"), "ER  - "])


def _citation(fields: Mapping[str, list[str]]) -> Citation:
    ids = [value.partition(" [") for tag in ("AID", "LID") for value in fields.get(tag, [])]
    abstract = " ".join(fields.get("AB", []))
    return Citation(
        title=" ".join(fields.get("TI", [])).rstrip("."),
        authors=fields.get("AU", []),
        journal=first(fields, "TA", "JT"),
        issued=printed_date(first(fields, "DP") or ""),
        volume=first(fields, "VI"),
        issue=first(fields, "IP"),
        pages=first(fields, "PG"),
        doi=next((number for number, _, kind in ids if kind == "doi]" and formed("doi", number)), None),
        pmid=formed("pmid", first(fields, "PMID")),
        pmcid=formed("pmcid", first(fields, "PMC")),
        types=fields.get("PT", []),
        abstract=abstract,
        trials=trials_in([*fields.get("SI", []), abstract]),
        notices=[
            Notice.of_text(kind, value, is_this=is_this)
            for tag, (kind, is_this) in _NOTICES.items()
            for value in fields.get(tag, [])
        ],
    )
