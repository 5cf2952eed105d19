"""Who may run now: a short lane that everyone starts in, a long lane, and a fair queue before both.

A query starts in the short lane. When it has run for a slice without an answer it moves to the long lane; when that is
full and somebody waits for a short place, its worker is ended and it waits for a long place to start again. So a place
in the short lane is free within a slice, however many long queries there are, and no work is thrown away while nobody
waits.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from threading import Event, Lock
from time import monotonic
from typing import TYPE_CHECKING

from cartkg.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK = 0.1
_SHARE = 4


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
        turn: set when it has got a place, or lost it in the queue.
        order: cheapest first, then those whose client has fewest, then the earliest.
    """

    client: str
    cost: int
    deadline: float
    gone: Callable[[], bool]
    lane: Lane | None = None
    wants: Lane = Lane.SHORT
    evicted: bool = False
    turn: Event = field(default_factory=Event)
    order: tuple[int, int, int] = field(default=(0, 0, 0))


class Hangup(LimitExceeded):  # not an error of ours: the client left
    """The client hung up; nobody reads the answer."""


class Lanes:
    """Places for `quick` short and `long` long queries, and a queue for `waiting` more.

    A place that becomes free is handed to the first in the queue, so nobody wakes up in vain.
    """

    def __init__(self, quick: int, long: int, waiting: int) -> None:
        """Open the lanes."""
        self._free = {Lane.SHORT: quick, Lane.LONG: long}
        self._longest_queue = waiting
        self._queue: list[Ticket] = []
        self._clients: Counter[str] = Counter()
        self._arrivals = 0
        self._lock = Lock()

    @property
    def waiting(self) -> int:
        """Give how many queries wait."""
        return len(self._queue)

    def enter(self, ticket: Ticket) -> None:
        """Wait for a place in the short lane and take it.

        Raises:
            LimitExceeded: the queue is full, or the deadline passed; Hangup when the client left.
        """
        with self._lock:
            self._arrivals += 1
            ticket.order = (ticket.cost, self._clients[ticket.client] // _SHARE, self._arrivals)
            self._clients[ticket.client] += 1
        try:
            self._acquire(ticket, Lane.SHORT)
        except LimitExceeded:
            self.leave(ticket)
            raise

    def promote(self, ticket: Ticket) -> bool:
        """Move a running query to the long lane; False when no place is free there."""
        with self._lock:
            if not self._free[Lane.LONG]:
                return False
            self._free[Lane.LONG] -= 1
            self._give_back(ticket)
            ticket.lane = Lane.LONG
            return True

    def pressed(self) -> bool:
        """Tell whether a query waits for a place in the short lane."""
        with self._lock:
            return any(one.wants is Lane.SHORT for one in self._queue)

    def wait_long(self, ticket: Ticket) -> None:
        """Give the short place back and wait for a long one.

        Raises:
            LimitExceeded: the queue is full, or the deadline passed; Hangup when the client left.
        """
        with self._lock:
            self._give_back(ticket)
        self._acquire(ticket, Lane.LONG)

    def leave(self, ticket: Ticket) -> None:
        """Give the place back and forget the query."""
        with self._lock:
            self._give_back(ticket)
            self._clients[ticket.client] -= 1
            if self._clients[ticket.client] <= 0:
                del self._clients[ticket.client]

    def _acquire(self, ticket: Ticket, lane: Lane) -> None:
        with self._lock:
            if self._free[lane]:
                self._free[lane] -= 1
                ticket.lane = lane
                return
            self._make_room(ticket)
            ticket.wants = lane
            ticket.turn.clear()
            self._queue.append(ticket)
        try:
            while not ticket.turn.wait(max(0.0, min(_LOOK, ticket.deadline - monotonic()))):
                self._check(ticket)
            self._check_evicted(ticket)
        finally:
            with self._lock:
                if ticket in self._queue:
                    self._queue.remove(ticket)

    def _give_back(self, ticket: Ticket) -> None:
        """Hand the ticket's place to the first that waits for one of its kind, or note it as free."""
        lane, ticket.lane = ticket.lane, None
        if lane is None:
            return
        heir = min((one for one in self._queue if one.wants is lane), key=lambda one: one.order, default=None)
        if heir is None:
            self._free[lane] += 1
            return
        self._queue.remove(heir)
        heir.lane = lane
        heir.turn.set()

    def _check(self, ticket: Ticket) -> None:
        """Give up on a ticket whose time is over or whose client left; a place handed over meanwhile goes back."""
        if monotonic() >= ticket.deadline:
            raise LimitExceeded("too many long queries are running; no place became free", limit="busy", retry_after=10)
        if ticket.gone():
            raise Hangup("the client hung up", limit="hangup")

    def _check_evicted(self, ticket: Ticket) -> None:
        if ticket.evicted:
            raise LimitExceeded("too many queries are waiting; this one was the costliest", limit="busy", retry_after=5)

    def _make_room(self, ticket: Ticket) -> None:
        """Let a newcomer into a full queue only in place of one that is costlier."""
        if len(self._queue) < self._longest_queue:
            return
        worst = max(self._queue, key=lambda one: one.order, default=ticket)
        if worst.order[:2] <= ticket.order[:2]:
            raise LimitExceeded("too many queries are waiting", limit="busy", retry_after=5)
        worst.evicted = True
        self._queue.remove(worst)
        worst.turn.set()
