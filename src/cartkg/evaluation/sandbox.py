"""The sandbox of a worker: kernel limits, Landlock and a system-call filter that it cannot undo.

A worker can use its memory and its one socket; one that answers from a store on disk can read the store's open files
too. It cannot open, change or name a file, reach the network, start, signal
or read another process, or make memory executable.

Source: setrlimit(2), prctl(2), seccomp(2), landlock(7) of Linux.
"""

from __future__ import annotations

import ctypes
import logging
import os
import resource
import struct
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cartkg.evaluation.system_calls import filter_program

if TYPE_CHECKING:
    from collections.abc import Iterable

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_SIGKILL = 9
_FIRST_TO_GO = "500"

_LANDLOCK_CREATE, _LANDLOCK_RESTRICT = 444, 446  # the same on every architecture
_LANDLOCK_VERSION = 1
#: What Landlock can forbid, by its version: accesses to files, then to TCP ports, then signals and abstract sockets.
_FILES = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 5: 0xFFFF}
_PORTS, _PORTS_SINCE = 0x3, 4
_SCOPES, _SCOPES_SINCE = 0x3, 6


class Sandbox:
    """The sandbox layers that this kernel offers; prepared before a fork, applied in the child."""

    def __init__(self) -> None:
        """Look up what is needed, since a shut-off process can look up nothing."""
        libc = ctypes.CDLL(None, use_errno=True)
        self._prctl = libc.prctl
        self._prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
        self._syscall = libc.syscall
        self._syscall.restype = ctypes.c_long
        self._syscall.argtypes = [ctypes.c_long, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint]
        self._landlock = self._version() if filter_program() else 0

    def missing(self) -> tuple[str, ...]:
        """Name the sandbox layers that this kernel lacks."""
        names = []
        if not filter_program():
            names.append("a filter of system calls")
        if self._landlock < 1:
            names.append("Landlock")
        return tuple(names)

    def hide(self) -> None:
        """Keep other processes of this user from reading this one's memory and from tracing it."""
        self._prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)

    def enter(self, memory: int, parent: int, channel: int, files: Iterable[int] = ()) -> None:
        """Sandbox this process permanently, except for one open socket and the files that it reads.

        Args:
            memory: bytes that it may take above what it has now.
            parent: id of the process with which it ends.
            channel: descriptor of the socket.
            files: descriptors of open files, which can be read; all others are closed.

        Raises:
            OSError: the parent is gone, or a layer that the kernel offers does not hold.
        """
        self._prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before the kernel was told to end this process with it
            raise ProcessLookupError("the parent is gone")
        self._prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)  # else its own files in /proc belong to root
        _go_first()
        self.hide()
        ceiling = virtual_size() + memory
        kept = {channel, *files}
        _close_others(kept)
        self._prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if self._landlock >= 1:
            self._restrict()
        _limit(ceiling)
        self._refuse_calls(reads=len(kept) > 1)

    def _version(self) -> int:
        """Return the version of Landlock; less than 1 where there is none."""
        return int(self._syscall(_LANDLOCK_CREATE, None, 0, _LANDLOCK_VERSION))

    def _restrict(self) -> None:
        """Allow nothing that Landlock can forbid: no rule gives any of it back."""
        files = _FILES[max(version for version in _FILES if version <= self._landlock)]
        ports = _PORTS if self._landlock >= _PORTS_SINCE else 0
        scopes = _SCOPES if self._landlock >= _SCOPES_SINCE else 0
        fields = 1 + (self._landlock >= _PORTS_SINCE) + (self._landlock >= _SCOPES_SINCE)
        attributes = struct.pack("QQQ", files, ports, scopes)[: 8 * fields]
        buffer = ctypes.create_string_buffer(attributes, len(attributes))
        ruleset = int(self._syscall(_LANDLOCK_CREATE, ctypes.addressof(buffer), len(attributes), 0))
        if ruleset < 0 or self._syscall(_LANDLOCK_RESTRICT, ruleset, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "Landlock does not take its rules")
        os.close(ruleset)

    def _refuse_calls(self, *, reads: bool) -> None:
        program = filter_program(reads=reads)
        if not program:
            return
        held = ctypes.create_string_buffer(program, len(program))
        header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(held)))
        if self._prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(header), 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "the kernel refuses the filter for system calls")


@cache
def warn_of_missing_layers() -> None:
    """Log, once per process, which sandbox layers this kernel lacks."""
    missing = Sandbox().missing()
    if missing:
        logging.getLogger(__name__).warning(
            "this kernel offers no %s: queries are bounded in time and memory, but less isolated than on other kernels",
            " and no ".join(missing),
        )


def _go_first() -> None:
    """Have the kernel end this process before its parent when the machine's memory is used up (proc(5))."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, "ascii")


def _close_others(kept: Iterable[int]) -> None:
    """Close all descriptors but some."""
    first = 0
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def _limit(ceiling: int) -> None:
    """Bound this process: `ceiling` bytes of address space, no core file, no new file, no new descriptor."""
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC):
        resource.setrlimit(kind, (0, 0))


def virtual_size() -> int:
    """Return the bytes of address space that this process uses (proc(5): first field of statm, in pages)."""
    return _pages("self", 0)


def resident(process: int) -> int:
    """Return the bytes of memory that another process uses (proc(5): second field of statm); 0 when it has ended."""
    try:
        return _pages(str(process), 1)
    except OSError:
        return 0


def _pages(process: str, place: int) -> int:
    pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[place])
    return pages * os.sysconf("SC_PAGE_SIZE")
