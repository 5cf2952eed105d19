"""ClinicalTrials.gov, API v2: studies of a search, 100 at a time, each page with the token of the next.

Source: ClinicalTrials.gov, "Data API", `/studies` (query.term, pageSize, pageToken, countTotal).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.literature.fetching.answers import count_of, document, trials
from cartkg.literature.fetching.service import MOST, Caller, Request, ServiceReply, malformed, too_many
from cartkg.literature.formats.json_records import list_at, text_at

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = "pageToken"  # noqa: S105  # the place in a list, no secret


class ClinicalTrialsGovApi:
    """ClinicalTrials.gov."""

    name = "clinicaltrials-gov"
    address = "https://clinicaltrials.gov/api/v2"
    is_register = True

    def seconds_between(self, caller: Caller) -> float:  # noqa: ARG002  # it has no keys
        """Return a little more than a second: fifty requests a minute."""
        return 1.2

    def signed(self, caller: Caller) -> Mapping[str, str]:  # noqa: ARG002  # it asks for no name
        """Return nothing: the header of the request says who asks."""
        return {}

    def first(self, query: str) -> Request:
        """Ask for the first page."""
        return Request("studies", (("query.term", query), ("pageSize", "100"), ("countTotal", "true")))

    def after(self, request: Request, data: bytes) -> ServiceReply:
        """Read a page; the last one has no token, and only the first says how many there are."""
        answer = document(self.name, data)
        count = count_of(answer.get("totalCount"))
        if not isinstance(answer.get("studies"), list) or (count is None and not request.value(_TOKEN)):
            raise malformed(self.name, text_at(answer, "message") or "it has no list of studies with their number")
        if count is not None and count > MOST:
            raise too_many(self.name, count)
        if not list_at(answer, "studies"):
            return ServiceReply(announced=count)
        export = trials(self.name, data)
        token = text_at(answer, "nextPageToken")
        more = (request.changed(_TOKEN, token),) if token else ()
        return ServiceReply(more, count, trials=export.trials, diagnostics=export.diagnostics, extension="json")
