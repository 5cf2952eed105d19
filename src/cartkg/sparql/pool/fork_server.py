"""The small single-threaded process that holds the store and forks workers from it.

The front starts it with `python -m cartkg.sparql.pool.fork_server` and one end of a socket pair. It obeys two
commands (fork, status), and ends with all its workers when the front closes the other end. It reads no query.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path

from cartkg.errors import ConfigError
from cartkg.evaluation import sandbox
from cartkg.graph import disk_store
from cartkg.graph.disk_store import graph_sizes
from cartkg.sparql.pool import worker
from cartkg.sparql.pool.jobs import Loaded, Source
from cartkg.sparql.pool.loading import load
from cartkg.sparql.pool.stores import Stores

_TICK_MS = 1000
_KEPT_STATUSES = 1000


class ForkServer:
    """The loop of the process: commands in, workers out."""

    def __init__(self, control: socket.socket, stores: Stores, memory: int) -> None:
        """Hold the stores; `memory` is what a worker may take, in bytes."""
        self._control = control
        self._stores = stores
        self._memory = memory
        self._sandbox = sandbox.Sandbox()
        self._sandbox.hide()
        self._statuses: dict[int, int] = {}

    def run(self) -> None:
        """Obey until the front is gone."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        while True:
            if poll.poll(_TICK_MS):
                command = self._control.recv(64).decode("ascii")
                if not command:
                    return
                self._obey(command)
            self._reap(wait_for=0)

    def _obey(self, command: str) -> None:
        name, _, argument = command.partition(" ")
        if name == "fork":
            self._fork()
        elif name == "status":
            pid = int(argument)
            self._reap(wait_for=pid)
            self._control.send(json.dumps({"status": self._statuses.pop(pid, 0)}).encode())

    def _fork(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        keeper = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._child(theirs, keeper)
        theirs.close()
        handle = os.pidfd_open(pid)
        socket.send_fds(self._control, [json.dumps({"pid": pid}).encode()], [ours.fileno(), handle])
        os.close(handle)
        ours.close()

    def _child(self, sock: socket.socket, keeper: int) -> None:
        """Be a worker: shut the doors, answer, leave; never return into the keeper's loop."""
        code = 1
        try:
            self._sandbox.enter(self._memory, keeper, sock.fileno(), self._stores.files)
            worker.serve(self._stores, sock)
            code = 0
        finally:
            worker.leave(code)

    def _reap(self, wait_for: int) -> None:
        """Collect the statuses of ended workers; wait for one of them when it is named."""
        try:
            if wait_for and wait_for not in self._statuses:
                self._statuses[wait_for] = os.waitpid(wait_for, 0)[1]
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                self._statuses[pid] = status
        except ChildProcessError:
            pass
        while len(self._statuses) > _KEPT_STATUSES:
            del self._statuses[next(iter(self._statuses))]


def main(arguments: list[str] | None = None) -> int:
    """Load, say how much was loaded or what went wrong, and obey."""
    parser = argparse.ArgumentParser(prog="cartkg.sparql.pool.fork_server")
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--memory", type=int, required=True)
    parser.add_argument("--union", action="store_true")
    parser.add_argument("--own", action="store_true")
    parser.add_argument("--on-disk", action="store_true")
    parser.add_argument("paths", type=Path, nargs="+")
    options = parser.parse_args(arguments)
    control = socket.socket(fileno=options.control)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        stores, loaded = _loaded(options)
    except ConfigError as error:
        control.send(json.dumps({"error": error.message, "setting": error.setting}).encode())
        return 1
    except (OSError, SyntaxError, ValueError) as error:
        control.send(json.dumps({"error": str(error)[:2000]}).encode())
        return 1
    except MemoryError:
        control.send(json.dumps({"error": "needs far more memory than files of this size usually do"}).encode())
        return 1
    gc.collect()
    gc.freeze()
    _mute()
    control.send(json.dumps({"quads": loaded.quads, "graphs": loaded.graphs}).encode())
    ForkServer(control, stores, options.memory).run()
    return 0


def _loaded(options: argparse.Namespace) -> tuple[Stores, Loaded]:
    """Load the store and count it; one on disk is neither copied nor counted, which would take as long as it is large.

    Raises:
        ConfigError: the store on disk cannot be opened.
        OSError, SyntaxError, ValueError: a file cannot be read.
    """
    if options.on_disk:
        found = disk_store.described(options.paths[0])
        opened = disk_store.open_store(found)
        return Stores(opened.store, files=opened.files), Loaded(found.quads, dict(found.graphs))
    stores = load(Source(tuple(options.paths), options.union, own=options.own))
    return stores, Loaded(len(stores.quads), dict(graph_sizes(stores.quads).first))


def _mute() -> None:
    """Send standard output and error nowhere: the engine prints parts of a query there when it aborts."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
