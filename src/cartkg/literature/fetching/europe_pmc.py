"""Europe PMC: whole records of a search, 100 at a time, each page with the mark of the next.

Source: Europe PMC, "Articles RESTful API", search (resultType, cursorMark, pageSize).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.literature.fetching.answers import count_of, document, papers
from cartkg.literature.fetching.service import MOST, Caller, Request, ServiceReply, malformed, too_many
from cartkg.literature.formats.json_records import list_at, text_at

if TYPE_CHECKING:
    from collections.abc import Mapping

_MARK = "cursorMark"


class EuropePmc:
    """Europe PMC."""

    name = "europe-pmc"
    address = "https://www.ebi.ac.uk/europepmc/webservices/rest"
    is_register = False

    def seconds_between(self, caller: Caller) -> float:  # noqa: ARG002  # it has no keys
        """Return a fifth of a second."""
        return 0.2

    def signed(self, caller: Caller) -> Mapping[str, str]:
        """Return the e-mail."""
        return {"email": caller.email}

    def first(self, query: str) -> Request:
        """Ask for the first page."""
        named = (("query", query), ("resultType", "core"), ("format", "json"), ("pageSize", "100"), (_MARK, "*"))
        return Request("search", named)

    def after(self, request: Request, data: bytes) -> ServiceReply:
        """Read a page; the last one has no records, or the mark that was asked for."""
        answer = document(self.name, data)
        count = count_of(answer.get("hitCount"))
        if count is None:
            raise malformed(self.name, text_at(answer, "errMsg") or "it has no hitCount")
        if count > MOST:
            raise too_many(self.name, count)
        if not list_at(answer, "resultList", "result"):
            return ServiceReply(announced=count)
        export = papers(self.name, data)
        mark = text_at(answer, "nextCursorMark")
        more = (request.changed(_MARK, mark),) if mark and mark != request.value(_MARK) else ()
        return ServiceReply(more, count, export.records, diagnostics=export.diagnostics, extension="json")
