"""Run jobs on any system: one child process at a time, with limits on time and on its reply.

For queries of the user's own choice on systems other than Linux. A child starts without secrets and contains a copy
of the store, so a crash or an endless query costs its own answer alone. Its memory and its system calls have no
limit.
"""

from __future__ import annotations

import subprocess
from queue import Empty, Queue
from threading import Thread
from typing import IO, TYPE_CHECKING

from cartkg.evaluation import messages
from cartkg.evaluation.bounds import Stopped
from cartkg.processes import environment, own_module

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cartkg.evaluation.bounds import JobBounds
    from cartkg.evaluation.messages import Frame

_CHUNK = 1 << 16
_MIB = 1024**2
#: Seconds for a child to start and to take in the store.
_LOADING = 120.0


class Apart:
    """Children started from scratch, to be used as `Children` is."""

    def __init__(self, given: Callable[[], Frame], bounds: JobBounds) -> None:
        """Prepare; `given` returns what each child gets before its first job, and is called once."""
        self._given = given
        self._held: Frame | None = None
        self._bounds = bounds
        self._child: _Child | None = None
        self._aborted = False

    def prepare(self, jobs: int) -> None:
        """Copy the store for the children as it is now."""
        if jobs and self._held is None:
            self._held = self._given()

    def run(self, jobs: Sequence[Frame]) -> list[Frame | Stopped]:
        """Run jobs one after another and return the reply of each, or why it has none."""
        return [Stopped("was not run") if self._aborted else self._reply(job) for job in jobs]

    def abort(self) -> None:
        """Make a run that another thread waits for return soon, and prevent new runs."""
        self._aborted = True
        self.close()

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def _reply(self, job: Frame) -> Frame | Stopped:
        self.prepare(1)
        assert self._held is not None  # noqa: S101  # it has just been prepared
        if self._child is None:
            self._child = _Child(self._bounds.reply)
            if not isinstance(ready := self._child.ask(self._held, _LOADING), messages.Frame):
                self.close()
                return Stopped("was not run: the graph could not be passed to its process") if ready is None else ready
        reply = self._child.ask(job, self._bounds.seconds)
        if reply is None:
            reply = Stopped(f"was stopped after {self._bounds.seconds:g} s")
        if isinstance(reply, Stopped):
            self.close()
        return reply


class _Child:
    """One child process, and a thread that reads what it writes, since not every system can wait for a pipe."""

    def __init__(self, reply: int) -> None:
        self._most = reply
        self._replies: Queue[Frame | Stopped] = Queue()
        self._process = subprocess.Popen(  # noqa: S603  # a module of our own
            own_module("cartkg.evaluation.apart_worker"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        assert self._process.stdin  # noqa: S101  # both are pipes
        assert self._process.stdout  # noqa: S101
        self._into, self._out = self._process.stdin, self._process.stdout
        Thread(target=self._read, args=(self._out,), daemon=True).start()

    def ask(self, job: Frame, seconds: float) -> Frame | Stopped | None:
        """Return the reply to a job, or why there is none; None when the time is over."""
        try:
            self._into.write(messages.pack(job))
            self._into.flush()
            return self._replies.get(timeout=seconds)
        except Empty:
            return None
        except OSError:
            return Stopped("ended its process")

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._into, self._out):
            try:
                pipe.close()
            except OSError:
                continue

    def _read(self, out: IO[bytes]) -> None:
        """Read one reply after the other until the child is gone."""
        held = bytearray()
        try:
            while part := out.read1(_CHUNK):  # type: ignore[attr-defined]  # a buffered pipe has it
                held += part
                if len(held) > self._most:
                    self._replies.put(
                        Stopped(f"was stopped because its answer is larger than {self._most // _MIB} MiB")
                    )
                    return
                if (reply := messages.unpack(held)) is not None:
                    self._replies.put(reply)
                    held.clear()
        except (OSError, ValueError, TypeError):  # it was ended from here, or has written something else
            pass
        self._replies.put(Stopped("ended its process: it is nested too deeply or needs too much memory"))
