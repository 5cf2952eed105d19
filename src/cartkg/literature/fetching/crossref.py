"""Crossref: works of a search, 100 at a time, each page with the cursor of the next.

Source: Crossref, REST API documentation, `/works` (query, cursor, rows, mailto): the polite pool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.literature.fetching.answers import count_of, document, papers
from cartkg.literature.fetching.service import MOST, Caller, Request, ServiceReply, malformed, too_many
from cartkg.literature.formats.json_records import list_at, text_at

if TYPE_CHECKING:
    from collections.abc import Mapping

_CURSOR = "cursor"
_FILTER = "filter:"


class Crossref:
    """Crossref; a query that begins with `filter:` is one of its filters, such as `filter:updates:10.1000/1`."""

    name = "crossref"
    address = "https://api.crossref.org"
    is_register = False

    def seconds_between(self, caller: Caller) -> float:  # noqa: ARG002  # it has no keys
        """Return a third of a second."""
        return 0.34

    def signed(self, caller: Caller) -> Mapping[str, str]:
        """Return the e-mail, which leads to the polite pool."""
        return {"mailto": caller.email}

    def first(self, query: str) -> Request:
        """Ask for the first page."""
        filtered = query.startswith(_FILTER)
        asked = ("filter", query.removeprefix(_FILTER)) if filtered else ("query.bibliographic", query)
        return Request("works", (asked, ("rows", "100"), (_CURSOR, "*")))

    def after(self, request: Request, data: bytes) -> ServiceReply:
        """Read a page; the last one has no items."""
        message = document(self.name, data).get("message")
        count = count_of(message.get("total-results")) if isinstance(message, dict) else None
        if count is None:
            raise malformed(self.name, text_at(message, "message") or "it has no total-results")
        if count > MOST:
            raise too_many(self.name, count)
        if not list_at(message, "items"):
            return ServiceReply(announced=count)
        export = papers(self.name, data)
        cursor = text_at(message, "next-cursor")
        more = (request.changed(_CURSOR, cursor),) if cursor else ()
        return ServiceReply(more, count, export.records, diagnostics=export.diagnostics, extension="json")
