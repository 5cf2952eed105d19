"""Who may run now: a short lane that everyone starts in, a long lane, and a fair queue before both.

A query starts in the short lane. When it has run for a slice without an answer it must move to the long lane; when
that is full its worker is ended and it waits for a place there to start again. So a place in the short lane is free
within a slice, however many long queries there are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from threading import Condition
from time import monotonic
from typing import TYPE_CHECKING

from cartkg.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK = 0.1


class Lane(Enum):
    """Where a query runs."""

    SHORT = "short"
    LONG = "long"


@dataclass(slots=True)
class Ticket:
    """One query's place.

    Attributes:
        client: who asks.
        cost: guess at the cost, 0 the least; cheaper ones go first.
        deadline: monotonic time at which the query must end.
        gone: tells whether the client hung up.
        lane: where it runs; None while it waits.
        wants: the lane it waits for.
        evicted: whether it lost its place in the queue to a cheaper one.
    """

    client: str
    cost: int
    deadline: float
    gone: Callable[[], bool]
    lane: Lane | None = None
    wants: Lane = Lane.SHORT
    evicted: bool = False
    order: tuple[int, int] = field(default=(0, 0))


class Hangup(LimitExceeded):  # not an error of ours: the client left
    """The client hung up; nobody reads the answer."""


class Lanes:
    """Places for `quick` short and `long` long queries, and a queue for `waiting` more."""

    def __init__(self, quick: int, long: int, waiting: int) -> None:
        """Open the lanes."""
        self._free = {Lane.SHORT: quick, Lane.LONG: long}
        self._longest_queue = waiting
        self._queue: list[Ticket] = []
        self._clients: Counter[str] = Counter()
        self._arrivals = 0
        self._change = Condition()

    @property
    def waiting(self) -> int:
        """Give how many queries wait."""
        return len(self._queue)

    def running(self, client: str = "") -> int:
        """Give how many queries of a client (of all, when left out) run or wait."""
        return self._clients[client] if client else self._clients.total()

    def enter(self, ticket: Ticket) -> None:
        """Wait for a place in the short lane and take it.

        Raises:
            LimitExceeded: the queue is full, or the deadline passed; Hangup when the client left.
        """
        with self._change:
            self._arrivals += 1
            ticket.order = (ticket.cost + self._clients[ticket.client] // 4, self._arrivals)
            self._clients[ticket.client] += 1
            try:
                self._wait(ticket, Lane.SHORT)
            except LimitExceeded:
                self._forget(ticket)
                raise

    def promote(self, ticket: Ticket) -> bool:
        """Move a running query to the long lane; False when no place is free there."""
        with self._change:
            if not self._free[Lane.LONG] or any(one.wants is Lane.LONG for one in self._queue):
                return False
            self._give_back(ticket)
            self._take(ticket, Lane.LONG)
            return True

    def wait_long(self, ticket: Ticket) -> None:
        """Give the short place back and wait for a long one.

        Raises:
            LimitExceeded: the queue is full, or the deadline passed; Hangup when the client left.
        """
        with self._change:
            self._give_back(ticket)
            self._wait(ticket, Lane.LONG)

    def leave(self, ticket: Ticket) -> None:
        """Give the place back and forget the query."""
        with self._change:
            self._give_back(ticket)
            self._forget(ticket)

    def _forget(self, ticket: Ticket) -> None:
        self._clients[ticket.client] -= 1
        if not self._clients[ticket.client]:
            del self._clients[ticket.client]

    def _take(self, ticket: Ticket, lane: Lane) -> None:
        self._free[lane] -= 1
        ticket.lane = lane

    def _give_back(self, ticket: Ticket) -> None:
        if ticket.lane is not None:
            self._free[ticket.lane] += 1
            ticket.lane = None
            self._change.notify_all()

    def _first(self, lane: Lane) -> Ticket | None:
        return min((one for one in self._queue if one.wants is lane), key=lambda one: one.order, default=None)

    def _wait(self, ticket: Ticket, lane: Lane) -> None:
        if self._free[lane] and self._first(lane) is None:
            self._take(ticket, lane)
            return
        ticket.wants = lane
        self._make_room(ticket)
        self._queue.append(ticket)
        try:
            while not (self._free[lane] and self._first(lane) is ticket):
                self._check(ticket)
                self._change.wait(max(0.0, min(_LOOK, ticket.deadline - monotonic())))
            self._take(ticket, lane)
        finally:
            if ticket in self._queue:
                self._queue.remove(ticket)
            self._change.notify_all()

    def _check(self, ticket: Ticket) -> None:
        if ticket.evicted:
            raise LimitExceeded("too many queries are waiting; this one was the costliest", limit="busy", retry_after=5)
        if monotonic() >= ticket.deadline:
            raise LimitExceeded("too many long queries are running; no place became free", limit="busy", retry_after=10)
        if ticket.gone():
            raise Hangup("the client hung up", limit="hangup")

    def _make_room(self, ticket: Ticket) -> None:
        """Let a newcomer into a full queue only in place of one that is costlier."""
        if len(self._queue) < self._longest_queue:
            return
        worst = max(self._queue, key=lambda one: one.order)
        if worst.order <= ticket.order:
            raise LimitExceeded("too many queries are waiting", limit="busy", retry_after=5)
        worst.evicted = True
        self._queue.remove(worst)
        self._change.notify_all()
