"""Run the command line as on another system: run as a script, with what is hidden as its first argument.

The modules named there cannot be imported; with `linux` among them, Python also lacks what only Linux has, and with
`posix` what Windows lacks besides.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


class Hidden(MetaPathFinder):
    """Finds nothing, and lets nobody else find what is hidden."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def find_spec(self, name: str, *_: object) -> None:
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def hide(names: set[str]) -> None:
    """Hide modules, and what only Linux, or Linux and macOS, have."""
    if "posix" in names:
        names |= {"linux", "fcntl", "grp", "pty", "pwd", "syslog", "termios", "tty"}
        for module, gone in (
            (os, "geteuid getgid getuid killpg mkfifo setsid O_DIRECTORY"),
            (select, "epoll poll"),
            (signal, "SIGHUP SIGUSR1 alarm pause pthread_sigmask"),
        ):
            _drop(module, gone)
    if "linux" in names:
        sys.platform = "darwin"
        names |= {"resource"}
        for module, gone in (
            (os, "fork pidfd_open pipe2 memfd_create sched_getaffinity O_NOFOLLOW O_CLOEXEC O_NONBLOCK O_NOCTTY"),
            (signal, "pidfd_send_signal setitimer SIGALRM"),
            (socket, "SOCK_SEQPACKET AF_UNIX"),
        ):
            _drop(module, gone)
    for name in names:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, Hidden(names))


def _drop(module: ModuleType, names: str) -> None:
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)


if __name__ == "__main__":
    import sysconfig

    sysconfig.get_config_vars()  # they are those of this system
    import subprocess  # noqa: F401  # before the module resource is gone
    import tempfile  # noqa: F401
    import urllib.request  # noqa: F401  # asks macOS for its proxies

    import platformdirs  # noqa: F401  # its part for macOS asks for the user, that for Windows does not

    hide(set(sys.argv.pop(1).split(",")))
    from cartkg.__main__ import main

    main()
