"""Send large answers within limits of memory, and of time for all but slow, honest readers.

Granian's own stream takes all it is given at once and keeps it until the client has read it, however long that takes
(its channel has no bound), but a file it reads only as fast as the client does. So a large answer is handed over as the
read end of a pipe: what the client does not read stays here, where it can be counted and cut off.

Source: pipe(7), proc(5) of Linux; RSGI specification 1.5, `response_file`.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol

    from cartkg.web.serving.reply import Reply

_CAPACITY = 64 * 1024
_STALL_SECONDS = 20.0
_SLOWEST = 128 * 1024
_PATIENCE = 0.5


class _Pipe:
    """One answer's pipe: its two ends here, the limit on its time, and when the client last read some of it."""

    def __init__(self, limit: asyncio.Timeout, now: float) -> None:
        self.limit = limit
        self.moved = now
        self.read, self.write = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.write, False)

    def hand_over(self) -> None:
        """Close the read end here: the server has it open, and from now on the pipe breaks when the client leaves."""
        if self.read >= 0:
            os.close(self.read)
            self.read = -1

    def close(self) -> None:
        self.hand_over()
        os.close(self.write)


class LargeResponse:
    """All large answers of one server; used by the event loop's thread only."""

    def __init__(self, room: int) -> None:
        """Hold at most about `room` bytes of answers that clients have not read yet."""
        self._room = room
        self._held = 0
        self._pipes: set[_Pipe] = set()

    def admits(self, size: int) -> bool:
        """Return whether an answer of this size may be sent; if space is short, the one stalled longest is cut.

        The one that is cut still keeps its bytes for a moment, so up to twice the room may be taken.
        """
        if self._held + size > self._room and self._pipes:
            laggard = min(self._pipes, key=lambda one: one.moved)
            now = asyncio.get_running_loop().time()
            if now - laggard.moved > _PATIENCE:
                self._pipes.discard(laggard)
                laggard.limit.reschedule(now)
                return self._held + size <= 2 * self._room
        return self._held + size <= self._room

    async def send(self, protocol: HTTPProtocol, reply: Reply) -> None:
        """Write an answer that is larger than a pipe can take.

        Raises:
            TimeoutError: the client reads too slowly or not at all; the answer breaks off and the connection closes.
        """
        size, loop = len(reply.body), asyncio.get_running_loop()
        self._held += size
        try:
            async with asyncio.timeout(_STALL_SECONDS + size / _SLOWEST) as limit:
                pipe = _Pipe(limit, loop.time())
                self._pipes.add(pipe)
                try:
                    protocol.response_file(reply.status, reply.headers, f"/proc/self/fd/{pipe.read}")
                    with suppress(BrokenPipeError):  # the client left
                        await _pour(memoryview(reply.body), pipe, loop)
                finally:
                    self._pipes.discard(pipe)
                    pipe.close()
        finally:
            self._held -= size


async def _pour(left: memoryview, pipe: _Pipe, loop: asyncio.AbstractEventLoop) -> None:
    """Write all; a pipe that has taken more than it can hold is being read."""
    taken = 0
    while left:
        try:
            count = os.write(pipe.write, left)
        except BlockingIOError:
            async with asyncio.timeout(_STALL_SECONDS):
                await _writable(loop, pipe.write)
            continue
        left, taken, pipe.moved = left[count:], taken + count, loop.time()
        if taken > _CAPACITY:
            pipe.hand_over()


async def _writable(loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
    """Wait until a pipe takes more, or is broken."""
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_writer(descriptor, _tell, ready)
    try:
        await ready
    finally:
        loop.remove_writer(descriptor)


def _tell(ready: asyncio.Future[None]) -> None:
    """Tell who waits, once: the loop calls this as long as there is room."""
    if not ready.done():
        ready.set_result(None)
