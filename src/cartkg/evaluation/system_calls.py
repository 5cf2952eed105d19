"""The system calls that a worker may make, and the filter that refuses all others.

Source: seccomp(2), `linux/filter.h`, and the tables of system calls of the kernel (`unistd_64.h`, asm-generic).
"""

from __future__ import annotations

import os
import platform
import struct

#: Machine -> audit number of its architecture, and its column in the table below.
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

#: Call -> its number on x86_64 and on aarch64 (None: not there). A worker talks over one socket, takes and returns
#: memory, waits, asks for the time and ends. Nothing here opens, names or changes anything outside the process.
_ALLOWED: dict[str, tuple[int, int | None]] = {
    "recvfrom": (45, 207),
    "sendto": (44, 206),
    "close": (3, 57),
    "poll": (7, None),
    "ppoll": (271, 73),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "membarrier": (324, 283),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "getcpu": (309, 168),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
#: Calls by which a worker that answers from files reads those that are open: it can move no position that others share,
#: and learns the size of what it may read anyway.
_READING: dict[str, tuple[int, int | None]] = {"pread64": (17, 67), "fstat": (5, 80)}
#: Calls whose third argument says how memory may be used: not as code.
_MAPPINGS = ((9, 222), (10, 226))  # mmap, mprotect
#: The call by which a process ends itself when it aborts; its first argument is who gets the signal.
_SIGNAL = (234, 131)  # tgkill
_X32 = 0x40000000
_EXECUTABLE = 4

_LOAD, _EQUALS, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST, _THIRD = 0, 4, 16, 32
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | 1  # EPERM: Python raises PermissionError

Line = tuple[int, int, int, int]


def filter_program(*, reads: bool = False) -> bytes:
    """Assemble the filter for this process and machine; nothing where the machine's calls are not known.

    Args:
        reads: whether files that are open may be read.

    A call that is not listed fails with EPERM, and so does every call of another architecture.
    """
    if platform.system() != "Linux" or platform.machine() not in _MACHINES:
        return b""
    audit, column = _MACHINES[platform.machine()]
    allowed = [*_ALLOWED.values(), *(_READING.values() if reads else ())]
    numbers = [number for row in allowed if (number := row[column]) is not None]
    lines = _lines(audit, numbers, [row[column] for row in _MAPPINGS], _SIGNAL[column])
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def _lines(audit: int, numbers: list[int], mappings: list[int], signal: int) -> list[Line]:
    """Write the filter: jumps count the lines between, and the last six lines decide."""
    tail: list[Line] = [
        (_LOAD, 0, 0, _THIRD),  # -6: memory
        (_ANY_BIT, 3, 2, _EXECUTABLE),
        (_LOAD, 0, 0, _FIRST),  # -4: a signal
        (_EQUALS, 0, 1, os.getpid()),
        (_RETURN, 0, 0, _ALLOW),  # -2
        (_RETURN, 0, 0, _DENY),  # -1
    ]
    tests = len(numbers) + len(mappings) + 1
    lines: list[Line] = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUALS, 0, tests + 2 + 1 + 5, audit), (_LOAD, 0, 0, _NUMBER)]
    lines.append((_AT_LEAST, tests + 1 + 5, 0, _X32))
    left = tests
    for number in numbers:
        left -= 1
        lines.append((_EQUALS, left + 1 + 4, 0, number))
    for number in mappings:
        left -= 1
        lines.append((_EQUALS, left + 1, 0, number))
    lines.append((_EQUALS, 1 + 2, 0, signal))
    return [*lines, (_RETURN, 0, 0, _DENY), *tail]
