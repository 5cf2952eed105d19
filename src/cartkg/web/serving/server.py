"""One listening server: bind, serve, reload on SIGHUP, drain on SIGTERM."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import resource
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server as Embedded

from cartkg.errors import CartkgError, ConfigError
from cartkg.web.http.state import EXTENSION
from cartkg.web.serving.bridge import Bridge
from cartkg.web.serving.connections import Shedder

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from cartkg.web.http.state import Serving

_LOG = logging.getLogger(__name__)
_CONNECTIONS = 2000
#: Above so many connections the idle ones of the largest holders are closed, so that there is room for others.
_PLENTY = 1500
_DESCRIPTORS = 8192
_HEADER_SECONDS = 10
_HEADER_BYTES = 128 * 1024
_DRAIN_SECONDS = 15.0
_EXTRA_THREADS = 16
#: How long a thread may keep the interpreter while another wants it; requests need it for less than this at a stretch,
#: and each change costs. A twentieth less processor time a request than by Python's own 5 ms.
_SWITCH_SECONDS = 0.05
_MMAP_THRESHOLD = -3
_LARGE_PIECE = 1024**2
_ARENA_MAX = -8
_ARENAS = 2
_FLOOD = 4
_TRIES = 500
_TRY_SECONDS = 0.01


class Server:
    """One server over an app."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        """Find out whether the address can be used.

        Raises:
            ConfigError: it cannot, for instance because the port is taken.
        """
        self._state: Serving = app.extensions[EXTENSION]
        self._host = host
        self._port = free_port(host, port)
        limits = self._state.settings.limits
        most = limits.quick + limits.long + 2 * limits.waiting + _EXTRA_THREADS
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="request")
        self._bridge = Bridge(app, self._state, self._threads, _FLOOD * most)
        self._shedder = Shedder(self._port, _PLENTY, self._bridge.talk, self._state.metrics.shed)

    @property
    def address(self) -> str:
        """Return the address to open in a browser."""
        return f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self._port}/"

    def run(self, ready: Callable[[], None], reload: Callable[[], None]) -> None:
        """Serve until SIGTERM or SIGINT, then finish what is running.

        Args:
            ready: called once the address can be connected to.
            reload: called in a thread at each SIGHUP.

        Raises:
            ConfigError: the server did not start.
        """
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _DESCRIPTORS if most == resource.RLIM_INFINITY else min(_DESCRIPTORS, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
        give_memory_back()
        sys.setswitchinterval(_SWITCH_SECONDS)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._run(ready, reload))

    async def _run(self, ready: Callable[[], None], reload: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: loop.run_in_executor(None, self._reload, reload))
        server = Embedded(
            self._bridge,
            address=self._host,
            port=self._port,
            interface=Interfaces.RSGI,
            http=HTTPModes.http1,
            websockets=False,
            backlog=1024,
            backpressure=_CONNECTIONS,
            http1_settings=HTTP1Settings(
                header_read_timeout=_HEADER_SECONDS * 1000, max_buffer_size=_HEADER_BYTES, keep_alive=True
            ),
            log_enabled=False,
        )
        serving = asyncio.ensure_future(server.serve())
        await self._listening()
        shedding = asyncio.ensure_future(self._shedder.run())
        ready()
        await stop.wait()
        await self._drain()
        shedding.cancel()
        server.stop()  # type: ignore[no-untyped-call]  # Granian's own
        with suppress(TimeoutError):
            await asyncio.wait_for(serving, _DRAIN_SECONDS)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _listening(self) -> None:
        """Wait until the address takes connections."""
        for _ in range(_TRIES):
            with suppress(OSError):
                _, writer = await asyncio.open_connection(self._host, self._port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(_TRY_SECONDS)
        raise ConfigError("the server did not start", self.address)

    def _reload(self, reload: Callable[[], None]) -> None:
        try:
            reload()
        except CartkgError as error:
            _LOG.error("reload failed; the old build stays in use: %s", error)  # one line is enough

    async def _drain(self) -> None:
        """Wait until what runs is answered, at most for the drain time; /health says not ready meanwhile."""
        self._state.draining = True
        loop = asyncio.get_running_loop()
        until = loop.time() + _DRAIN_SECONDS
        while self._bridge.active and loop.time() < until:  # noqa: ASYNC110  # a counter of the loop's own
            await asyncio.sleep(0.02)


def give_memory_back() -> None:
    """Return large pieces of memory to the system as soon as they are free.

    The C library of GNU raises the size above which it does so with each large piece that is freed; after a few answers
    of 16 MiB it keeps them all (mallopt(3), M_MMAP_THRESHOLD). It also keeps a store for each of many threads
    (M_ARENA_MAX), though only one at a time runs Python. Other C libraries have no such settings, and need none.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_MMAP_THRESHOLD, _LARGE_PIECE)
        library.mallopt(_ARENA_MAX, _ARENAS)


def free_port(host: str, port: int) -> int:
    """Check that an address can be bound, and return its port, a free one for 0.

    Granian shares a port that another server has open, so this is asked before.

    Raises:
        ConfigError: the port is taken, the host unknown, or the port not permitted.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError as error:
        raise ConfigError(f"cannot listen there: {error.strerror or error}", f"{host}:{port}") from error
