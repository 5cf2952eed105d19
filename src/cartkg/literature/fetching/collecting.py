"""A search in, all that a service finds for it out; what was fetched is kept, so that a cut-off search goes on."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cartkg.errors import BackendError
from cartkg.literature.fetching.answers import COUNT, missing
from cartkg.literature.fetching.service import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartkg.caches import Cache
    from cartkg.diagnostics import Diagnostic
    from cartkg.literature.fetching.line import Transport
    from cartkg.literature.fetching.service import Service, ServiceReply
    from cartkg.literature.fetching.settings import Settings
    from cartkg.literature.formats.citation import CitationRecord
    from cartkg.literature.registries.trial import RegisteredTrial

#: How long an answer is kept by default: a search of today goes on today, and one of tomorrow asks from the start.
KEPT = timedelta(hours=12)
#: Requests of one search: a service that always names a next page is not asked for ever.
_MOST_REQUESTS = 400


@dataclass(frozen=True, slots=True)
class Page:
    """An answer with records, as it came; `extension` is how a file of it is called."""

    data: bytes
    extension: str


@dataclass(slots=True)
class Fetched:
    """What a search has found.

    Attributes:
        announced: the number of records that the service said there are.
        asked: requests that were sent.
        kept: answers that were kept from an earlier run.
        pages: the answers with records.
        records: papers.
        trials: trials.
        diagnostics: records that did not come or were left out.
        failure: why the search is not complete; None where it is.
    """

    announced: int | None = None
    asked: int = 0
    kept: int = 0
    pages: list[Page] = field(default_factory=list)
    records: list[CitationRecord] = field(default_factory=list)
    trials: list[RegisteredTrial] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    failure: BackendError | None = None

    @property
    def came(self) -> int:
        """Return the number of records that came."""
        return len(self.records) + len(self.trials)

    def take(self, reply: ServiceReply, data: bytes) -> None:
        """Take an answer in."""
        self.announced = self.announced if self.announced is not None else reply.announced
        self.records += reply.records
        self.trials += reply.trials
        self.diagnostics += reply.diagnostics
        if reply.extension:
            self.pages.append(Page(data, reply.extension))


@dataclass(frozen=True, slots=True)
class Collector:
    """Sends the requests of searches.

    Attributes:
        line: what answers them.
        settings: who asks, and where.
        cache: where answers are kept.
        refresh: whether to ask again for what was kept.
        now: the time; tests give another.
    """

    line: Transport
    settings: Settings
    cache: Cache
    refresh: bool = False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def search(self, service: Service, query: str) -> Fetched:
        """Return what a service finds; where it fails midway, what came before, and why.

        Raises:
            ConfigError: the user has set no e-mail address, or something that is none.
        """
        found = Fetched()
        address, caller = self.settings.address(service), self.settings.caller(service)
        signed = tuple(service.signed(caller).items())
        waiting, seen = deque([service.first(query)]), set[Request]()
        while waiting:
            request = waiting.popleft()
            if request in seen or len(seen) >= _MOST_REQUESTS:
                found.failure = BackendError("names the same next page again and again", address)
                return found
            seen.add(request)
            name = _name(address, request)
            data = None if self.refresh else self._kept(name)
            try:
                if data is not None:
                    reply, found.kept = service.after(request, data), found.kept + 1
                else:
                    found.asked += 1
                    data = self.line.get(
                        f"{address}/{request.path}", (*request.parameters, *signed), service.seconds_between(caller)
                    )
                    reply = service.after(request, data)
                    self._keep(name, data)
            except BackendError as error:
                found.failure = error
                return found
            found.take(reply, data)
            waiting.extend(reply.more)
        is_named = any(each.rule == COUNT for each in found.diagnostics)
        if found.announced is not None and found.came != found.announced and not is_named:
            found.diagnostics.append(missing(service.name, found.announced, found.came))
        return found

    def _kept(self, name: str) -> bytes | None:
        """Return an answer that was kept and is not too old."""
        entry = self.cache.read(name)
        head, _, data = (entry or b"").partition(b"\n")
        try:
            kept = datetime.fromisoformat(json.loads(head)["fetched"])
        except (ValueError, KeyError, TypeError):
            return None
        return data if timedelta() <= self.now() - kept < KEPT else None

    def _keep(self, name: str, data: bytes) -> None:
        head = json.dumps({"fetched": self.now().isoformat()}).encode()
        self.cache.write(name, head + b"\n" + data)


def _name(address: str, request: Request) -> str:
    said = json.dumps([address, request.path, request.parameters])
    return f"answer-{hashlib.sha256(said.encode()).hexdigest()}"
