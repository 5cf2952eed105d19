"""Run each job in a sandboxed forked child, with limits on time, memory and its reply."""

from __future__ import annotations

import gc
import os
import selectors
import signal
import socket
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING

from cartkg.evaluation import messages
from cartkg.evaluation.bounds import BOUNDS, MIB, NOT_HERE, JobBounds, Stopped
from cartkg.interruption import held_signals
from cartkg.systems import is_linux

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cartkg.evaluation.messages import Frame
    from cartkg.evaluation.sandbox import Sandbox

    Work = Callable[[Frame], Frame]

_CHUNK = 1 << 20
_TICK = 0.5  # seconds until a run looks whether it has been aborted


@dataclass(slots=True, eq=False)
class _Child:
    """One child: its socket, and what it is working on."""

    pid: int
    sock: socket.socket
    job: int = -1
    deadline: float = 0.0
    held: bytearray = field(default_factory=bytearray)

    def give(self, number: int, frame: Frame, seconds: float) -> None:
        """Hand over a job.

        Raises:
            OSError: the child is dead.
        """
        self.job, self.deadline, self.held = number, monotonic() + seconds, bytearray()
        messages.send(self.sock, frame)

    def __del__(self) -> None:
        """Close the socket of a child that a deadline left between two lists; without it the child ends itself."""
        self.sock.close()

    def kill(self) -> None:
        """End the child; it remains to be waited for."""
        self.sock.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def end(self) -> int:
        """Kill the child and return its wait status; what ended it before counts."""
        self.kill()
        with suppress(ChildProcessError):
            return os.waitpid(self.pid, 0)[1]
        return 0


class Children:
    """Children forked from this process; they see its memory as it was when the first job was given.

    To be used from one thread at a time. A child that breaks a bound or crashes costs its own job alone.
    """

    def __init__(self, work: Work, bounds: JobBounds = BOUNDS) -> None:
        """Prepare; `work` runs in the children, and what it raises ends them."""
        self._work = work
        self._bounds = bounds
        self._sandbox = _sandbox() if is_linux() else None
        self._idle: list[_Child] = []
        self._busy: list[_Child] = []
        self._aborted = False

    def prepare(self, jobs: int) -> None:
        """Fork children for so many jobs now; afterwards another thread may run them."""
        while self._sandbox and len(self._idle) < min(jobs, self._bounds.at_once()):
            self._idle.append(self._fork())

    def run(self, jobs: Sequence[Frame]) -> list[Frame | Stopped]:
        """Run jobs in parallel and return the reply of each, or why it has none."""
        if self._sandbox is None:
            return [NOT_HERE] * len(jobs)
        replies: list[Frame | Stopped] = [Stopped("was not run")] * len(jobs)
        waiting = deque(range(len(jobs)))
        busy = self._busy
        try:
            while (waiting or busy) and not self._aborted:
                while waiting and len(busy) < self._bounds.at_once():
                    number = waiting.popleft()
                    busy.append(self._start(number, jobs[number]))
                for child, reply in self._wait(busy):
                    busy.remove(child)
                    replies[child.job] = reply
        finally:
            while busy:
                busy.pop().end()
        return replies

    def abort(self) -> None:
        """Make a run that another thread waits for return soon, and prevent new runs; its replies are unusable."""
        self._aborted = True
        for child in tuple(self._busy):
            with suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)

    def close(self) -> None:
        """End all children."""
        for child in self._idle:  # all at once, since the kernel takes a while to give back their memory
            child.kill()
        for child in self._idle:
            child.end()
        self._idle = []

    def _start(self, number: int, job: Frame) -> _Child:
        while self._idle:
            child = self._idle.pop()
            with suppress(OSError):
                child.give(number, job, self._bounds.seconds)
                return child
            child.end()
        child = self._fork()
        with suppress(OSError):  # a child that is dead already is found by reading
            child.give(number, job, self._bounds.seconds)
        return child

    def _fork(self) -> _Child:
        sandbox = self._sandbox
        assert sandbox is not None  # noqa: S101  # elsewhere nothing is started
        with held_signals():  # an alarm in between would leave a socket that no one closes
            ours, theirs = socket.socketpair()
            parent = os.getpid()
            pid = os.fork()
            if pid == 0:
                _live(self._work, theirs, lambda: sandbox.enter(self._bounds.memory, parent, theirs.fileno()))
            theirs.close()
            return _Child(pid, ours)

    def _wait(self, busy: list[_Child]) -> list[tuple[_Child, Frame | Stopped]]:
        """Wait a while for something to come of the jobs and return those that are over."""
        with selectors.PollSelector() as selector:
            for child in busy:
                selector.register(child.sock, selectors.EVENT_READ, child)
            left = min(child.deadline for child in busy) - monotonic()
            ready = [key.data for key, _ in selector.select(min(max(0.0, left), _TICK))]
        over = [(child, reply) for child in ready if (reply := self._read(child)) is not None]
        done = {child.pid for child, _ in over}
        late = [child for child in busy if child.pid not in done and child.deadline <= monotonic()]
        for child in late:
            child.end()
        return over + [(child, Stopped(f"was stopped after {self._bounds.seconds:g} s")) for child in late]

    def _read(self, child: _Child) -> Frame | Stopped | None:
        """Take what a child has written; its whole reply, why there will be none, or None when more is to come."""
        try:
            part = child.sock.recv(_CHUNK)
        except OSError:
            part = b""
        if not part:
            return Stopped(self._death(child.end()))
        child.held += part
        if len(child.held) > self._bounds.reply:
            child.end()
            return Stopped(f"was stopped because its answer is larger than {self._bounds.reply // MIB} MiB")
        try:
            reply = messages.unpack(child.held)
        except (ValueError, TypeError):
            child.end()
            return Stopped("returned an unreadable answer")
        if reply is not None:
            self._idle.append(child)
        return reply

    def _death(self, status: int) -> str:
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if number in {signal.SIGABRT, signal.SIGKILL}:  # the engine gave up, or the kernel ran out of memory
            return f"was stopped because it needs more than {self._bounds.memory // MIB} MiB of memory"
        if number:
            return f"ended its process ({signal.Signals(number).name}): it is nested too deeply or is too large"
        return "ended its process"


def _sandbox() -> Sandbox:
    """Return what shuts a child off, which only Linux has, and say what this kernel lacks."""
    sandbox = import_module("cartkg.evaluation.sandbox")
    sandbox.warn_of_missing_layers()
    made: Sandbox = sandbox.Sandbox()
    return made


def _live(work: Work, sock: socket.socket, enter: Callable[[], None]) -> None:
    """Be a child: enter the sandbox, answer until the parent is gone, leave without cleaning up; never return."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        gc.disable()
        enter()
        while (job := messages.receive(sock)) is not None:
            messages.send(sock, work(job))
        code = 0
    except MemoryError:
        os.abort()
    finally:
        os._exit(code)
