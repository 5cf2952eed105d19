"""PubMed through the E-utilities: a search gives numbers, and the records come for 200 numbers at a time.

Source: NCBI, "A General Introduction to the E-utilities" and "The E-utilities In-Depth" (esearch, efetch): three
requests a second, ten with a key; tool and email name the caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.literature.fetching.answers import count_of, document, missing, papers
from cartkg.literature.fetching.service import MOST, Caller, Request, ServiceReply, malformed, too_many
from cartkg.literature.formats.json_records import list_at, text_at

if TYPE_CHECKING:
    from collections.abc import Mapping

_AT_ONCE = 200


class Pubmed:
    """PubMed."""

    name = "pubmed"
    address = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
    is_register = False

    def seconds_between(self, caller: Caller) -> float:
        """Return a little more than a third of a second, or a tenth with a key."""
        return 0.11 if caller.key else 0.34

    def signed(self, caller: Caller) -> Mapping[str, str]:
        """Return tool, e-mail and key."""
        return {"tool": "cartkg", "email": caller.email} | ({"api_key": caller.key} if caller.key else {})

    def first(self, query: str) -> Request:
        """Ask for the numbers of all papers."""
        named = (("db", "pubmed"), ("term", query), ("retmode", "json"), ("retmax", str(MOST - 1)))
        return Request("esearch.fcgi", named)

    def after(self, request: Request, data: bytes) -> ServiceReply:
        """Read numbers, or records."""
        return self._records(request, data) if request.path == "efetch.fcgi" else self._numbers(data)

    def _numbers(self, data: bytes) -> ServiceReply:
        answer = document(self.name, data)
        result = answer.get("esearchresult")
        count = count_of(text_at(result, "count"))
        numbers = [str(each) for each in list_at(result, "idlist")]
        if count is None:
            why = text_at(result, "ERROR") or text_at(answer, "error") or "it has no count"
            raise malformed(self.name, why)
        if count >= MOST:
            raise too_many(self.name, count)
        if len(numbers) != count or not all(each.isdecimal() for each in numbers):
            raise malformed(self.name, f"it announces {count} papers and has the numbers of {len(numbers)}")
        parts = [numbers[at : at + _AT_ONCE] for at in range(0, count, _AT_ONCE)]
        return ServiceReply(tuple(map(_records_of, parts)), announced=count)

    def _records(self, request: Request, data: bytes) -> ServiceReply:
        asked = request.value("id").split(",")
        export = papers(self.name, data)
        came = {each.citation.pmid for each in export.records}
        lacking = [number for number in asked if number not in came]
        problems = list(export.diagnostics)
        if lacking:
            problems.append(missing(self.name, len(asked), len(came), f"PMID {', '.join(lacking)} did not"))
        return ServiceReply(records=export.records, diagnostics=problems, extension="xml")


def _records_of(numbers: list[str]) -> Request:
    named = (("db", "pubmed"), ("id", ",".join(numbers)), ("rettype", "xml"), ("retmode", "xml"))
    return Request("efetch.fcgi", named)
