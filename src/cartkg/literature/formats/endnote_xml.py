"""EndNote XML: xml, records, record; texts are in `style` elements, which say nothing of the paper."""

from __future__ import annotations

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
from cartkg.literature.formats.xml_records import elements, root_name, text_of, texts_of
from cartkg.literature.heads import formed

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree.ElementTree import Element

_RECORDS = frozenset({"record"})
_GROUPS = frozenset({"xml", "records"})


class EndnoteXml:
    """EndNote XML."""

    name = "EndNote XML"

    def begins(self, head: str) -> bool:
        """Look for its first elements; other XML calls records so too, and has no such root."""
        return root_name(head) in _GROUPS and "<record>" in head

    def read(self, data: bytes, path: Path) -> Export:
        """Read each record."""
        found = elements(data, path, _RECORDS, _GROUPS)
        records = tuple(CitationRecord(_citation(each), line) for each, line in found.elements)
        return Export(records, tuple(found.diagnostics), self.name)


def _citation(record: Element) -> Citation:
    abstract = text_of(record, "abstract")
    year, day = text_of(record, "dates/year"), text_of(record, "dates/pub-dates/date")
    database = f"{text_of(record, 'remote-database-name')} {text_of(record, 'remote-database-provider')}".casefold()
    is_medline = "medline" in database or "pubmed" in database or "nlm" in database
    return Citation(
        title=text_of(record, "titles/title").rstrip("."),
        authors=[inverted(name) for name in texts_of(record, "contributors/authors/author")],
        journal=text_of(record, "periodical/abbr-1")
        or text_of(record, "titles/secondary-title")
        or text_of(record, "periodical/full-title")
        or None,
        issued=printed_date(day if day.startswith(year) else f"{year} {day}"),
        volume=text_of(record, "volume") or None,
        issue=text_of(record, "number") or None,
        pages=text_of(record, "pages") or None,
        doi=doi_of(text_of(record, "electronic-resource-num")),
        pmid=formed("pmid", text_of(record, "accession-num")) if is_medline else None,
        pmcid=formed("pmcid", text_of(record, "custom2")),
        abstract=abstract,
        trials=trials_in([abstract]),
    )
