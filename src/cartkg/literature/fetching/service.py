"""The seam between services that can be searched and those who search them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cartkg.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cartkg.diagnostics import Diagnostic
    from cartkg.literature.formats.citation import CitationRecord
    from cartkg.literature.registries.trial import RegisteredTrial

#: Records of one search; more than this is a search to narrow.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as services want to be told.

    Attributes:
        email: an address at which a person can be reached.
        key: the key of an account; empty where there is none.
    """

    email: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: the path below the address of the service, and parameters in their order."""

    path: str
    parameters: tuple[tuple[str, str], ...]

    def value(self, name: str) -> str:
        """Return a parameter; empty where there is none."""
        return next((value for key, value in self.parameters if key == name), "")

    def changed(self, name: str, value: str) -> Request:
        """Return the request with another value of a parameter."""
        others = tuple(each for each in self.parameters if each[0] != name)
        return Request(self.path, (*others, (name, value)))


@dataclass(frozen=True, slots=True)
class ServiceReply:
    """What an answer contains.

    Attributes:
        more: the requests that it leads to.
        announced: the number of records that the service says there are; None where it says none.
        records: papers.
        trials: trials, of a register.
        diagnostics: what is wrong with records that were left out.
        extension: how a file of the answer is called; empty where it has no records.
    """

    more: tuple[Request, ...] = ()
    announced: int | None = None
    records: Sequence[CitationRecord] = ()
    trials: Sequence[RegisteredTrial] = ()
    diagnostics: Sequence[Diagnostic] = ()
    extension: str = ""


class Service(Protocol):
    """A service of the web that answers searches with records."""

    @property
    def name(self) -> str:
        """How data/searches.yaml names it."""

    @property
    def address(self) -> str:
        """Where it is, unless the user names another place."""

    @property
    def is_register(self) -> bool:
        """Whether it has trials; the others have papers."""

    def seconds_between(self, caller: Caller) -> float:
        """Return the time that the service wants between two requests of one caller."""

    def signed(self, caller: Caller) -> Mapping[str, str]:
        """Return the parameters that say who asks; they are in no key of a kept answer."""

    def first(self, query: str) -> Request:
        """Return the first request of a search, in the service's own language of queries."""

    def after(self, request: Request, data: bytes) -> ServiceReply:
        """Return what an answer contains.

        Raises:
            BackendError: it is not what the service documents, or was cut off.
        """


def malformed(service: str, why: str) -> BackendError:
    """Return the error for an answer that cannot be read as a whole."""
    return BackendError(f"{service} gave an answer that cannot be used: {why}")


def too_many(service: str, count: int) -> BackendError:
    """Return the error for a search that finds more than is taken."""
    message = (
        f"{service} finds {count:,} records, and at most {MOST:,} are taken; narrow the search, by date or by words"
    )
    return BackendError(message)
