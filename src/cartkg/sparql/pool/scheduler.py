"""Who may run now: a short lane that everyone starts in, a long lane, and a fair queue before both.

A query starts in the short lane. When it has run for a slice without an answer it moves to the long lane; when that is
full and somebody waits for a short place, its worker is ended and it waits for a long place to start again. So a place
in the short lane is free within a slice, however many long queries there are, and no work is thrown away while nobody
waits. Who has held a long place for its time makes room when one that is not costlier waits for it: queries without end
cannot keep the long lane from those that need a second. Each lane has a queue of its own, so that neither fills the
other's.
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
        since: monotonic time at which it got its place.
        used: seconds of processor time that it is known to have had in the short lane.
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
    since: float = 0.0
    used: float = 0.0


class Outbid(LimitExceeded):  # a limit like the others, named for what the pool has to do
    """The query held a long place for its time, and another waits for it."""


class Hangup(LimitExceeded):  # not an error of ours: the client left
    """The client hung up; nobody reads the answer."""


class Scheduler:
    """Places for `quick` short and `long` long queries, and a queue for `waiting` more before each lane.

    A place that becomes free is handed to the first in the queue, so nobody wakes up in vain.
    """

    def __init__(self, quick: int, long: int, waiting: int, hold: float = 2.0) -> None:
        """Open the lanes; a long place is held for `hold` seconds no matter who waits."""
        self._hold = hold
        self._running: dict[Lane, list[Ticket]] = {Lane.SHORT: [], Lane.LONG: []}
        self._free = {Lane.SHORT: quick, Lane.LONG: long}
        self._longest_queue = waiting
        self._queue: list[Ticket] = []
        self._clients: Counter[str] = Counter()
        self._arrivals = 0
        self._lock = Lock()

    @property
    def waiting(self) -> int:
        """Return how many queries wait."""
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
            self._take(ticket, Lane.LONG)
            return True

    def pressed(self, ticket: Ticket, enough: float) -> bool:
        """Return whether a query in the short lane must make room for one that waits and is not costlier.

        It must when it had `enough` of the processor (seconds), or is the costliest there, with the most of it.
        """
        with self._lock:
            if not any(one.wants is Lane.SHORT and one.cost <= ticket.cost for one in self._queue):
                return False
            worst = max((one.cost, one.used) for one in self._running[Lane.SHORT])
            return ticket.used >= enough or (ticket.cost, ticket.used) >= worst

    def check_held(self, ticket: Ticket) -> None:
        """Make the oldest holder of a long place leave it when it had its time and one not costlier waits.

        Raises:
            Outbid: this ticket has to leave.
        """
        if ticket.lane is not Lane.LONG or monotonic() - ticket.since < self._hold:
            return
        with self._lock:
            waits = any(one.wants is Lane.LONG and one.cost <= ticket.cost for one in self._queue)
            if waits and self._running[Lane.LONG][0] is ticket:
                raise Outbid("the query was stopped to let waiting queries run", limit="busy", retry_after=10)

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
                self._take(ticket, lane)
                return
            ticket.wants = lane
            self._make_room(ticket)
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

    def _take(self, ticket: Ticket, lane: Lane) -> None:
        ticket.lane, ticket.since = lane, monotonic()
        self._running[lane].append(ticket)

    def _give_back(self, ticket: Ticket) -> None:
        """Hand the ticket's place to the first that waits for one of its kind, or note it as free."""
        lane, ticket.lane = ticket.lane, None
        if lane is None:
            return
        self._running[lane].remove(ticket)
        heir = min((one for one in self._queue if one.wants is lane), key=lambda one: one.order, default=None)
        if heir is None:
            self._free[lane] += 1
            return
        self._queue.remove(heir)
        self._take(heir, lane)
        heir.turn.set()

    def _check(self, ticket: Ticket) -> None:
        """Give up on a ticket whose time is over or whose client left; a place handed over meanwhile goes back."""
        if monotonic() >= ticket.deadline:
            raise LimitExceeded("the server is busy: no slot became free in time", limit="busy", retry_after=10)
        if ticket.gone():
            raise Hangup("the client hung up", limit="hangup")

    def _check_evicted(self, ticket: Ticket) -> None:
        if ticket.evicted:
            raise LimitExceeded(
                "too many queries are waiting; this one had the highest cost", limit="busy", retry_after=5
            )

    def _make_room(self, ticket: Ticket) -> None:
        """Let a newcomer into a full queue only in place of one that is costlier."""
        rivals = [one for one in self._queue if one.wants is ticket.wants]
        if len(rivals) < self._longest_queue:
            return
        worst = max(rivals, key=lambda one: one.order, default=ticket)
        if worst.order[:2] <= ticket.order[:2]:
            raise LimitExceeded("too many queries are waiting", limit="busy", retry_after=5)
        worst.evicted = True
        self._queue.remove(worst)
        worst.turn.set()
