"""What one job in a child may use, and what is said of a job that had to be stopped."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cartkg.systems import NEEDS_LINUX

#: Bytes of one MiB.
MIB = 1024**2


@dataclass(frozen=True, slots=True)
class JobBounds:
    """What one job may use.

    Attributes:
        seconds: wall-clock time.
        memory: bytes above what the child shares with its parent.
        reply: bytes of the reply.
        children: how many jobs may run at once; as many as there are processors if omitted.
        sandboxed: whether a job may run only where it can be sandboxed and its memory be limited, which is on Linux.
    """

    seconds: float = 30.0
    memory: int = 1024 * MIB
    reply: int = 256 * MIB
    children: int | None = None
    sandboxed: bool = True

    def at_once(self) -> int:
        """Return how many jobs may run at once."""
        return self.children or os.cpu_count() or 1


BOUNDS = JobBounds()


@dataclass(frozen=True, slots=True)
class Stopped:
    """A job has no reply; `reason` completes a sentence that starts with its name.

    `system` means that it was not started, because this system cannot keep it within its bounds.
    """

    reason: str
    system: bool = False


#: The reply to every job where children cannot be shut off.
NOT_HERE = Stopped(NEEDS_LINUX, system=True)
