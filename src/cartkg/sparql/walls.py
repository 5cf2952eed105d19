"""What shuts a worker off: kernel limits and a system-call filter that it cannot take back.

Source: setrlimit(2), prctl(2), seccomp(2) of Linux; system-call numbers from the kernel's tables.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_SIGKILL = 9
_FIRST_TO_GO = "500"

_LOAD_NUMBER = (0x20, 0, 0, 0)
_LOAD_ARCH = (0x20, 0, 0, 4)
_RETURN_ALLOW = (0x06, 0, 0, 0x7FFF0000)
_RETURN_DENY = (0x06, 0, 0, 0x00050000 | 13)
_EQUALS = 0x15
_AT_LEAST = 0x35

#: Machine -> audit number of its architecture and the calls refused:
#: socket, connect, bind, listen, accept, socketpair, accept4, fork, vfork, execve, execveat, ptrace, open, openat ...
_CALLS: dict[str, tuple[int, tuple[int, ...]]] = {
    "x86_64": (0xC000003E, (2, 41, 42, 43, 49, 50, 53, 56, 57, 58, 59, 85, 101, 257, 288, 322, 425, 435, 437)),
    "aarch64": (0xC00000B7, (56, 117, 198, 199, 200, 201, 202, 203, 220, 221, 242, 281, 425, 435, 437)),
}
_X32 = 0x40000000


class Libc:
    """The C library's prctl, looked up once before any fork."""

    def __init__(self) -> None:
        """Open the library of this process."""
        self._prctl = ctypes.CDLL(None, use_errno=True).prctl
        self._prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
        self._program = _filter()
        self._buffer = ctypes.create_string_buffer(self._program, len(self._program)) if self._program else None

    def die_with_parent(self) -> None:
        """Have the kernel end this process when its parent ends."""
        self._prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)

    def refuse_calls(self) -> bool:
        """Install the filter; False where the platform has none or does not permit it."""
        if self._buffer is None:
            return False
        header = ctypes.create_string_buffer(
            struct.pack("HxxxxxxP", len(self._program) // 8, ctypes.addressof(self._buffer))
        )
        self._prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return bool(self._prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(header), 0, 0) == 0)


def _filter() -> bytes:
    """Assemble the filter for this machine: another architecture or a listed call is refused with EACCES."""
    if platform.system() != "Linux" or platform.machine() not in _CALLS:
        return b""
    audit, calls = _CALLS[platform.machine()]
    program = [_LOAD_ARCH, (_EQUALS, 0, len(calls) + 3, audit), _LOAD_NUMBER, (_AT_LEAST, len(calls) + 1, 0, _X32)]
    program += [(_EQUALS, len(calls) - index, 0, call) for index, call in enumerate(calls)]
    program += [_RETURN_ALLOW, _RETURN_DENY]
    return b"".join(struct.pack("HBBI", *line) for line in program)


def go_first() -> None:
    """Have the kernel end this process before its parent when the machine's memory is used up (proc(5))."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, "ascii")


def limit(memory: int) -> None:
    """Bound this process: `memory` bytes above what it has now, no core file, no new file, no new descriptor."""
    ceiling = _virtual_size() + memory
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _virtual_size() -> int:
    """Give the bytes of address space that this process uses (proc(5): first field of statm, in pages)."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")
