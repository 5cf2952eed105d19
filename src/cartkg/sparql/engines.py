"""An operation in, an answer out: one Protocol, one answer type, several engines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cartkg.sparql.protocol import Cut, Dataset

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartkg.sparql.negotiation import Format


def _stays() -> bool:
    """Stand for a client whose line is not watched."""
    return False


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may use.

    Attributes:
        seconds: wall clock from arrival to the end of the answer, waiting included.
        memory: bytes that a worker may take above what it shares with the graph's keeper.
        result: bytes of a serialised answer.
        query: bytes of a query's text.
        body: bytes of a request's body.
        depth: levels of brackets in a query.
        quick: queries that may run in the short lane at once.
        long: queries that may run longer than a slice at once.
        slice: seconds after which a query counts as long.
        waiting: queries that may wait for a place.
    """

    seconds: float = 10.0
    memory: int = 512 * 1024**2
    result: int = 16 * 1024**2
    query: int = 256 * 1024
    body: int = 1024**2
    depth: int = 120
    quick: int = 4
    long: int = 3
    slice: float = 0.25
    waiting: int = 32


@dataclass(frozen=True, slots=True)
class Operation:
    """One query to answer.

    Attributes:
        query: its text.
        format: how to serialise the answer.
        dataset: graphs to ask; empty leaves the choice to the query.
        timeout: seconds, when the client set a shorter limit than the server's.
        cut: what to do with an answer above the size limit.
        client: who asks, for fair queueing; not logged.
        gone: tells whether the client hung up meanwhile.
    """

    query: str
    format: Format
    dataset: Dataset = Dataset()
    timeout: float | None = None
    cut: Cut = Cut.REFUSE
    client: str = ""
    gone: Callable[[], bool] = field(default=_stays, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A serialised answer.

    Attributes:
        body: the bytes, in the operation's format.
        rows: rows of a table, triples of a graph, 1 for a truth value.
        cut_by: the limit that cut it (`bytes`), or None when it is complete.
        seconds: wall clock that it took, waiting included.
        release: data release that it came from.
    """

    body: bytes
    rows: int
    cut_by: str | None = None
    seconds: float = 0.0
    release: str = ""

    @property
    def complete(self) -> bool:
        """Tell whether nothing was cut."""
        return self.cut_by is None


class Engine(Protocol):
    """Answers operations; implementations are LocalEngine (workers over our graph) and RemoteEngine."""

    def answer(self, operation: Operation) -> Answer:
        """Answer one operation.

        Raises:
            QueryError: the query is malformed or not allowed.
            LimitExceeded: it met a limit.
            BackendError: the engine could not work.
        """

    def state(self) -> dict[str, float]:
        """Give numbers for monitoring: workers alive, idle, killed, queries waiting."""

    def ready(self) -> bool:
        """Tell whether queries would be answered now."""

    def close(self) -> None:
        """End the engine and its processes."""
