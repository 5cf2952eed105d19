"""A pool of forked workers: jobs in, replies out, each within its limits; a bad query costs one worker."""

from __future__ import annotations

import os
import signal
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Timer
from time import monotonic
from typing import TYPE_CHECKING

from cartkg.errors import BackendError, CartkgError, LimitExceeded
from cartkg.evaluation.messages import Frame
from cartkg.sparql.pool.fork_client import ForkClient
from cartkg.sparql.pool.scheduler import Hangup, Lane, Outbid, Scheduler, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartkg.sparql.pool.fork_client import Worker
    from cartkg.sparql.pool.jobs import Limits, Loaded, Source

_LOOK = 0.1
_STEPS = 2
_COSTLY = 3
_HOLD = 0.2
_JOBS_A_LIFE = 5000
_SPARE = 2


@dataclass(frozen=True, slots=True)
class PoolJob:
    """One job for the pool.

    Attributes:
        frame: the job as the worker reads it.
        client: who asks.
        cost: guess at the cost, 0 the least.
        seconds: wall clock it may take, waiting included.
        gone: tells whether the client hung up.
    """

    frame: Frame
    client: str
    cost: int
    seconds: float
    gone: Callable[[], bool]


class Orphaned(BackendError):  # never leaves this module but when it comes twice
    """The worker ended with its keeper, through no fault of the query."""


class Pool:
    """Workers over one source; safe to use from several threads."""

    def __init__(self, source: Source, limits: Limits) -> None:
        """Start the keeper; the pool can be used after `start`."""
        self._limits = limits
        self._lanes = Scheduler(limits.quick, limits.long, limits.waiting, limits.seconds * _HOLD)
        self._keeper = ForkClient(source, limits.memory)
        self._idle: deque[Worker] = deque()
        self._lock = Lock()
        self._reviving = Lock()
        self._loaded: Loaded | None = None
        self._leased: set[Worker] = set()
        self.ended: Counter[str] = Counter()

    def start(self) -> Loaded:
        """Wait for the store, warm up some workers, tell what was loaded.

        Raises:
            ConfigError: the data cannot be read.
        """
        self._loaded = loaded = self._keeper.wait()
        self._idle.extend(self._keeper.fork() for _ in range(_SPARE))
        return loaded

    def replace(self, source: Source) -> Loaded:
        """Load another source beside the one served, then change over; running queries end on the old one.

        Raises:
            ConfigError: the new data cannot be read; the old stays in use.
        """
        fresh = ForkClient(source, self._limits.memory)
        loaded = fresh.wait()
        warm = [fresh.fork() for _ in range(_SPARE)]
        with self._lock:
            old, self._keeper, self._loaded = self._keeper, fresh, loaded
            stale, self._idle = self._idle, deque(warm)
        for worker in stale:
            worker.close()
        self._retire(old)
        return loaded

    def run(self, call: PoolJob) -> Frame:
        """Run one job to its reply; its head also tells version and edition of the graph that was asked.

        Raises:
            LimitExceeded: it met a limit of time, memory or places, ended the engine, or the client hung up.
            BackendError: the pool is broken.
        """
        ticket = Ticket(call.client, call.cost, monotonic() + call.seconds, call.gone)
        self._lanes.enter(ticket)
        try:
            with suppress(Orphaned):
                return self._run(call.frame, ticket)
            return self._run(call.frame, ticket)
        finally:
            self._lanes.leave(ticket)

    def state(self) -> dict[str, float]:
        """Return numbers for monitoring."""
        ended = {f"workers_ended_{name}_total": float(count) for name, count in self.ended.items()}
        numbers = {
            "workers_idle": len(self._idle),
            "workers_busy": len(self._leased),
            "queries_waiting": self._lanes.waiting,
        }
        return {**{name: float(value) for name, value in numbers.items()}, **ended}

    def ready(self) -> bool:
        """Return whether queries can be answered: the keeper lives, or lives again."""
        keeper = self._keeper
        if not keeper.alive():
            with suppress(CartkgError):
                self._revive(keeper)
        return self._keeper.alive()

    def close(self) -> None:
        """End all workers and the keeper."""
        with self._lock:
            stale, self._idle = self._idle, deque()
        for worker in stale:
            worker.close()
        self._keeper.close()

    def _run(self, job: Frame, ticket: Ticket) -> Frame:
        worker = self._hand_over(job, ticket)
        try:
            if self._await_short(worker, ticket):
                return self._reply(worker, ticket)
            if ticket.lane is Lane.SHORT and monotonic() < ticket.deadline:
                self._drop(worker, "moved")
                self._lanes.wait_long(ticket)
                worker = self._hand_over(job, ticket)
            worker.slow_down()
            if self._await(worker, ticket, ticket.deadline):
                return self._reply(worker, ticket)
            self._drop(worker, "time")
        except (Hangup, Outbid) as error:
            self._drop(worker, error.limit)
            raise
        raise LimitExceeded("the query exceeded the time limit and was stopped", limit="time", retry_after=60)

    def _await_short(self, worker: Worker, ticket: Ticket) -> bool:
        """Wait in the short lane; False once the query was moved to the long one or must make room.

        What makes a query long is the processor's time, not the clock: among many each gets little of it. One that
        had less than a part of a slice stays, unless it had the most of all.
        """
        began, before, enough = monotonic(), worker.spent(), self._limits.slice / _STEPS
        while monotonic() < ticket.deadline:
            if self._await(worker, ticket, min(ticket.deadline, monotonic() + enough)):
                return True
            ticket.used = worker.spent() - before
            if ticket.used >= enough:
                worker.slow_down()
            if monotonic() - began < self._limits.slice:
                continue
            if (ticket.used >= enough and self._lanes.promote(ticket)) or self._lanes.pressed(ticket, enough):
                return False
        return False

    def _await(self, worker: Worker, ticket: Ticket, until: float) -> bool:
        """Wait for the worker's reply or death; False when the time comes first.

        Raises:
            LimitExceeded: Hangup when the client leaves, Outbid when the query must make room.
        """
        while (left := until - monotonic()) > 0:
            if worker.wait(min(left, _LOOK) + 0.001):
                return True
            if ticket.gone():
                raise Hangup("the client hung up", limit="hangup")
            self._lanes.check_held(ticket)
        return False

    def _reply(self, worker: Worker, ticket: Ticket) -> Frame:
        try:
            reply = worker.receive(ticket.deadline - monotonic() + 1)
        except TimeoutError as error:
            self._drop(worker, "time")
            raise LimitExceeded("the answer exceeded the time limit", limit="time", retry_after=60) from error
        except OSError:
            reply = None
        if reply is None:
            raise self._post_mortem(worker)
        self._put_back(worker, last=bool(reply.head.get("last")))
        if reply.head.get("error") == "memory":
            self.ended["memory"] += 1
            raise LimitExceeded("the query exceeded the memory limit", limit="memory", retry_after=60)
        source = worker.keeper.source
        return Frame({**reply.head, "version": source.version, "edition": source.edition}, reply.body)

    def _post_mortem(self, worker: Worker) -> LimitExceeded:
        """Find out why a worker died, and let go of it."""
        if not worker.keeper.alive():
            self._drop(worker, "orphaned")
            with self._lock:
                stale, self._idle = self._idle, deque(one for one in self._idle if one.keeper is not worker.keeper)
            for one in stale:
                if one.keeper is worker.keeper:
                    one.close()
            raise Orphaned("the process that holds the graph ended")
        status = worker.keeper.status(worker)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT:
            self._drop(worker, "memory")
            return LimitExceeded("the query exceeded the memory limit", limit="memory", retry_after=60)
        self._drop(worker, "engine")
        return LimitExceeded(
            "the query crashed its worker: too deeply nested or too large", limit="engine", retry_after=60
        )

    def _hand_over(self, job: Frame, ticket: Ticket) -> Worker:
        """Return the job to an idle worker or a new one; an idle one that has ended is skipped."""
        for _ in range(_SPARE + self._limits.quick + self._limits.long):
            worker = self._lease()
            if ticket.cost >= _COSTLY:
                worker.slow_down()
            try:
                worker.send(job)
            except OSError:
                self._drop(worker, "idle")
            else:
                return worker
        raise BackendError("no worker is available")

    def _lease(self) -> Worker:
        with self._lock:
            worker = self._idle.pop() if self._idle else None
            keeper = self._keeper
        worker = worker or self._fork(keeper)
        with self._lock:
            self._leased.add(worker)
        return worker

    def _fork(self, keeper: ForkClient) -> Worker:
        """Get a new worker; a keeper that somebody killed is started again first."""
        try:
            return keeper.fork()
        except BackendError:
            if keeper.alive():
                raise
            self._revive(keeper)
            return self._keeper.fork()

    def _revive(self, dead: ForkClient) -> None:
        """Start the keeper again after its end, which is none of its own: it reads no query.

        Raises:
            ConfigError: the data cannot be read.
            BackendError: they are not what they were, so answers would be told as of the wrong release.
        """
        with self._reviving:
            if self._keeper is not dead:
                return
            fresh = ForkClient(dead.source, self._limits.memory)
            if fresh.wait() != self._loaded:
                fresh.close()
                raise BackendError("the data changed without a reload")
            with self._lock:
                self._keeper = fresh
                self.ended["keeper"] += 1
            dead.close()

    def _put_back(self, worker: Worker, *, last: bool) -> None:
        worker.jobs += 1
        with self._lock:
            self._leased.discard(worker)
            tired = last or worker.slowed or worker.jobs >= _JOBS_A_LIFE
            if not tired and worker.keeper is self._keeper:
                self._idle.append(worker)
                return
        worker.close()

    def _drop(self, worker: Worker, reason: str) -> None:
        """End a worker that is leased; nothing happens when it was dropped before."""
        with self._lock:
            if worker not in self._leased:
                return
            self._leased.discard(worker)
            self.ended[reason] += 1
        worker.kill()

    def _retire(self, old: ForkClient) -> None:
        """End an old keeper once its last query must be over."""
        timer = Timer(self._limits.seconds + 1, old.close)
        timer.daemon = True
        timer.start()
