"""The interface of engines: one Protocol, one type of answer."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from cartkg.errors import CartkgError, LimitExceeded, NotAcceptable, QueryError, TooLarge
from cartkg.evaluation.messages import Frame
from cartkg.formats import GRAPHS, RESULTS
from cartkg.sparql.pool.workers import Pool, PoolJob
from cartkg.sparql.protocol import syntax_errors
from cartkg.sparql.protocol.requests import Cut, Dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cartkg.formats import Format
    from cartkg.sparql.pool.jobs import Limits, Loaded, Source


_OWN_LIMITS = frozenset({"time", "memory", "engine"})
_COSTLIEST = 9
_MOST_KEPT = 500
_LONGEST_KEPT = 4096


def stays() -> bool:
    """The default for clients whose connection is not watched."""
    return False


@dataclass(frozen=True, slots=True)
class Operation:
    """One query to answer.

    Attributes:
        query: its text.
        format: how to serialise the answer.
        dataset: graphs to ask; empty leaves the choice to the query.
        timeout: seconds, when the client set a shorter limit than the server's.
        cut: what to do with an answer above the size limit.
        cost: guess at the cost, 0 the least; cheaper ones are served first when many wait.
        client: who asks, for fair queueing; not logged.
        gone: returns whether the client hung up meanwhile.
        dry: whether to find out only if the query is well-formed; the answer is then empty. An engine that cannot
            tell otherwise answers in full.
    """

    query: str
    format: Format
    dataset: Dataset = field(default_factory=Dataset)
    timeout: float | None = None
    cut: Cut = Cut.REFUSE
    cost: int = 1
    client: str = ""
    gone: Callable[[], bool] = field(default=stays, compare=False)
    dry: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A serialised answer.

    Attributes:
        body: the bytes, in the operation's format.
        rows: rows of a table, triples of a graph, 1 for a truth value.
        cut_by: the limit that cut it (`bytes`), or None when it is complete.
        seconds: wall clock that it took, waiting included.
        release: data release that it came from.
        edition: digest of the quads that it came from; empty when unknown.
        unknown: functions that the query calls and no one defines; each call counts as an error.
        unbound: columns of a table that have no value in any row.
        repeated: rows of a table that are the same as a row before them.
    """

    body: bytes
    rows: int
    cut_by: str | None = None
    seconds: float = 0.0
    release: str = ""
    edition: str = ""
    unknown: tuple[str, ...] = ()
    unbound: tuple[str, ...] = ()
    repeated: int = 0

    @property
    def complete(self) -> bool:
        """Return whether nothing was cut."""
        return self.cut_by is None


def unsayable(form: Format, reason: str) -> NotAcceptable:
    """Return the error for a format that cannot represent an answer; it names those that can."""
    others = [one for one in (GRAPHS if form.name in GRAPHS else RESULTS).values() if one != form]
    return NotAcceptable(f"{reason}; choose another format", offers=tuple(one.media_types[0] for one in others))


class Engine(Protocol):
    """An engine that answers operations; implementations are LocalEngine (workers over our graph) and RemoteEngine."""

    def answer(self, operation: Operation) -> Answer:
        """Answer one operation.

        Raises:
            QueryError: the query is malformed or not allowed.
            LimitExceeded: it met a limit.
            BackendError: the engine could not work.
        """

    def state(self) -> dict[str, float]:
        """Return numbers for monitoring: workers alive, idle, killed, queries waiting."""

    def ready(self) -> bool:
        """Return whether queries would be answered now."""

    def close(self) -> None:
        """End the engine and its processes."""


class LocalEngine:
    """Answer from our own graph, in workers that can be killed."""

    def __init__(self, pool: Pool, limits: Limits, prefixes: Mapping[str, str] | None = None) -> None:
        """Use a pool that was started; `prefixes` are offered to those who forgot to declare one."""
        self._pool = pool
        self._limits = limits
        self._prefixes = prefixes or {}
        self._runaways: OrderedDict[str, None] = OrderedDict()

    def answer(self, operation: Operation) -> Answer:
        """Answer one operation within the limits.

        Raises:
            QueryError: the query is malformed; with line and column when the engine tells them.
            NotAcceptable: the format cannot hold the answer.
            TooLarge: the answer is above the size limit and the client wants no part of it.
            LimitExceeded: it met a limit of time, memory or places.
        """
        started = monotonic()
        seconds = min(operation.timeout or self._limits.seconds, self._limits.seconds)
        frame = Frame(self._job(operation))
        cost = _COSTLIEST if operation.query in self._runaways else operation.cost
        try:
            reply = self._pool.run(PoolJob(frame, operation.client, cost, seconds, operation.gone))
        except LimitExceeded as error:
            self._remember(operation.query, error)
            raise
        if "error" in reply.head:
            raise self._error(operation, reply.head)
        head = reply.head
        if operation.dry:
            return Answer(b"", 0)
        return Answer(
            reply.body,
            int(head["rows"]),
            head.get("cut"),
            monotonic() - started,
            head["version"],
            head["edition"],
            tuple(head.get("unknown", ())),
            tuple(head.get("unbound", ())),
            int(head.get("repeated", 0)),
        )

    def state(self) -> dict[str, float]:
        """Return the numbers of the pool."""
        return self._pool.state()

    def ready(self) -> bool:
        """Return whether the pool works."""
        return self._pool.ready()

    def reload(self, source: Source) -> Loaded:
        """Switch to another build without failing a request.

        Raises:
            ConfigError: it cannot be read; the old one stays in use.
        """
        return self._pool.replace(source)

    def close(self) -> None:
        """End the pool."""
        self._pool.close()

    def _remember(self, query: str, error: LimitExceeded) -> None:
        """Keep a query that met a limit of its own: it waits behind all others when it comes again."""
        if error.limit in _OWN_LIMITS and len(query) <= _LONGEST_KEPT:
            self._runaways[query] = None
            if len(self._runaways) > _MOST_KEPT:
                self._runaways.popitem(last=False)

    def _job(self, operation: Operation) -> dict[str, Any]:
        """Return the fields of a `jobs.Job`."""
        return {
            "query": operation.query,
            "format": operation.format.name,
            "default_graphs": operation.dataset.default_graphs,
            "named_graphs": operation.dataset.named_graphs,
            "limit": self._limits.result,
            "mark": operation.cut is Cut.MARK,
            "stated": operation.dataset.stated,
            "dry": operation.dry,
        }

    def _error(self, operation: Operation, head: Mapping[str, Any]) -> CartkgError:
        """Make the error of a worker into one of ours."""
        message = str(head.get("message", ""))
        if head["error"] == "syntax":
            return syntax_errors.explain(operation.query, message, self._prefixes)
        if head["error"] == "format":
            return unsayable(operation.format, message)
        if head["error"] == "bytes":
            return TooLarge(
                f"the answer is larger than {self._limits.result} bytes; ask for less, or send cut=mark for a part"
            )
        return QueryError(f"the query cannot be evaluated: {message[:300]}")
