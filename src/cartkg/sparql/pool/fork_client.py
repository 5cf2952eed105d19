"""The front's side of a keeper: start it, ask it for workers, end it."""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import socket
import subprocess  # starts this package's own keeper
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from time import clock_gettime, monotonic
from typing import TYPE_CHECKING

from cartkg.errors import BackendError, ConfigError
from cartkg.evaluation import messages
from cartkg.evaluation.sandbox import resident
from cartkg.processes import environment, own_module
from cartkg.sparql.pool.jobs import Loaded

if TYPE_CHECKING:
    from cartkg.evaluation.messages import Frame
    from cartkg.sparql.pool.jobs import Source

_NICE = 5
_END_SECONDS = 5.0
_BUFFER = 1 << 20
_MIB = 1024**2
#: How often it is logged that the graph is still being loaded.
_LOGGED_SECONDS = 5.0
_LOG = logging.getLogger("cartkg.loading")

#: How the C library of keeper and workers hands out memory: kept rather than given back after each query, small pieces
#: from a longer list. A tenth less processor time for the stored questions. Huge pages cost a twentieth more, since
#: those of a worker are broken up when it copies them. Another C library takes no notice. Source: mallopt(3).
_MALLOC = "glibc.malloc.tcache_count=200:glibc.malloc.trim_threshold=268435456:glibc.malloc.top_pad=67108864"


@dataclass(slots=True, eq=False)
class Worker:
    """One worker: its socket, a handle that cannot be mistaken for another process, and its birth.

    Attributes:
        pid: process id, for the keeper's records.
        sock: jobs go in, replies come out.
        handle: pidfd of the process.
        keeper: who forked it.
        jobs: how many it has answered.
        slowed: whether it has been given less of the processor, which cannot be taken back.
    """

    pid: int
    sock: socket.socket
    handle: int
    keeper: ForkClient
    jobs: int = 0
    slowed: bool = False
    _poll: select.poll = field(default_factory=select.poll, repr=False)

    def __post_init__(self) -> None:
        self._poll.register(self.sock, select.POLLIN)

    def wait(self, seconds: float) -> bool:
        """Wait until the worker has something to say or is dead; False when the time is over first."""
        return bool(self._poll.poll(max(0, int(seconds * 1000))))

    def send(self, job: Frame) -> None:
        """Hand over a job.

        Raises:
            OSError: the worker is dead.
        """
        messages.send(self.sock, job)

    def receive(self, seconds: float) -> Frame | None:
        """Read the reply; None when the worker died.

        Raises:
            OSError: it did not come in time or the connection broke.
        """
        self.sock.settimeout(max(0.1, seconds))
        reply = messages.receive(self.sock)
        self.sock.settimeout(None)
        return reply

    def spent(self) -> float:
        """Return the seconds of processor time that the process has used; 0 when it is dead.

        Source: clock_getcpuclockid(3) of Linux, whose clock of a process is made from its number in this way.
        """
        with suppress(OSError):
            return clock_gettime((~self.pid << 3) | 2)
        return 0.0

    def slow_down(self) -> None:
        """Let short queries have the processor first."""
        if self.slowed:
            return
        self.slowed = True
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, _NICE)

    def kill(self) -> None:
        """End the worker now, whatever it does."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        self.close()

    def close(self) -> None:
        """Let go of the worker; it ends by itself when it is idle."""
        self.sock.close()
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1


class ForkClient:
    """A running keeper process."""

    def __init__(self, source: Source, memory: int) -> None:
        """Start the process; `wait` tells when it is ready."""
        self._lock = Lock()
        self.source = source
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = own_module("cartkg.sparql.pool.fork_server", "--control", str(theirs.fileno()))
        chosen = {"--union": source.union, "--own": source.own, "--on-disk": source.on_disk}
        command += ["--memory", str(memory), *(name for name, is_set in chosen.items() if is_set)]
        self._process = subprocess.Popen(  # noqa: S603  # fixed command, path checked by the caller
            [*command, *map(str, source.paths)],
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            env=environment(GLIBC_TUNABLES=_MALLOC),
        )
        theirs.close()

    def wait(self) -> Loaded:
        """Wait until the store is loaded, however long it takes, and return what it holds; log that it goes on.

        Raises:
            ConfigError: the data cannot be read.
        """
        said = json.loads(self._received() or b"{}")
        self._control.settimeout(_END_SECONDS)
        if "quads" not in said:
            self.close()
            message = said.get("error", "the process that loads it ended")
            raise ConfigError(message, said.get("setting") or str(self.source.paths[0]))
        return Loaded(int(said["quads"]), said["graphs"])

    def _received(self) -> bytes:
        """Return what the process says first; nothing when it has ended."""
        start = monotonic()
        self._control.settimeout(_LOGGED_SECONDS)
        while True:
            try:
                return self._control.recv(_BUFFER)
            except TimeoutError:
                used = resident(self._process.pid) / _MIB
                _LOG.info("loading: %.0f s so far, %.0f MiB of memory in use", monotonic() - start, used)
            except OSError:
                return b""

    def fork(self) -> Worker:
        """Get a new worker.

        Raises:
            BackendError: the keeper is gone.
        """
        try:
            with self._lock:
                self._control.send(b"fork")
                said, handles, _, _ = socket.recv_fds(self._control, 4096, 2)
            sock = socket.socket(fileno=handles[0])
        except (OSError, IndexError) as error:
            raise BackendError("the process that holds the graph is gone") from error
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        return Worker(int(json.loads(said)["pid"]), sock, handles[1], self)

    def status(self, worker: Worker) -> int:
        """Return the wait status of a worker that has ended, or is about to; 0 when it is not known."""
        try:
            with self._lock:
                self._control.send(f"status {worker.pid}".encode())
                return int(json.loads(self._control.recv(4096))["status"])
        except (OSError, ValueError):
            return 0

    def alive(self) -> bool:
        """Return whether the process runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process and with it, by the kernel, its workers."""
        self._control.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
