"""The production server: the app behind waitress, with an orderly end and a reload without a failed request.

Waitress reads whole requests and buffers whole answers in its one I/O thread, so neither a slow nor a silent client
holds a thread, and it can tell whether a client hung up, which ends that client's query.
"""

from __future__ import annotations

import logging
import signal
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING

from waitress import wasyncore
from waitress.server import TcpWSGIServer, create_server

from cartkg.errors import CartkgError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from flask import Flask

    from cartkg.web.settings import Settings
    from cartkg.web.state import Serving

_LOG = logging.getLogger(__name__)
_CONNECTIONS = 1000
_IDLE_SECONDS = 30
_HEADER_BYTES = 64 * 1024
_SPILL = 512 * 1024
_LOOP_SECONDS = 0.5
_DRAIN_SECONDS = 15.0


class Server:
    """One listening server over an app."""

    def __init__(self, app: Flask, state: Serving, host: str, port: int) -> None:
        """Bind the address.

        Raises:
            ConfigError: the address cannot be used, for instance because the port is taken.
        """
        limits = state.settings.limits
        self._state = state
        self._stopping = False
        self._reload: Callable[[], None] | None = None
        self._map: dict[int, object] = {}
        try:
            self._server: TcpWSGIServer = create_server(
                app,
                map=self._map,
                host=host,
                port=port,
                threads=limits.quick + limits.long + limits.waiting + 8,
                connection_limit=_CONNECTIONS,
                channel_timeout=_IDLE_SECONDS,
                cleanup_interval=5,
                channel_request_lookahead=1,
                max_request_body_size=limits.body,
                max_request_header_size=_HEADER_BYTES + limits.query,
                outbuf_overflow=_SPILL,
                inbuf_overflow=_SPILL,
                outbuf_high_watermark=2 * limits.result,
                asyncore_use_poll=True,
                clear_untrusted_proxy_headers=True,
                ident=None,
                backlog=1024,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ConfigError(f"cannot listen there: {reason}", f"{host}:{port}") from error

    @property
    def address(self) -> str:
        """Give the address to open in a browser."""
        host = self._server.effective_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._server.effective_port}/"

    def run(self, reload: Callable[[], None]) -> None:
        """Serve until SIGTERM or SIGINT, then finish what is running; SIGHUP calls `reload` in a thread."""
        self._reload = reload
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGHUP, self._hangup)
        while not self._stopping:
            wasyncore.loop(timeout=_LOOP_SECONDS, use_poll=True, map=self._map, count=1)
        self._drain()

    def _stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  # signal's signature
        self._stopping = True
        self._state.draining = True

    def _hangup(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  # signal's signature
        Thread(target=self._load, name="reload", daemon=True).start()

    def _load(self) -> None:
        if self._reload is None:
            return
        try:
            self._reload()
        except CartkgError as error:
            _LOG.error("reload failed, the old build stays in use: %s", error)  # one line is enough

    def _drain(self) -> None:
        """Accept nothing new, end what runs, send what is to be sent; at most for the drain time."""
        self._server.del_channel(self._map)
        self._server.socket.close()
        until = monotonic() + _DRAIN_SECONDS
        while monotonic() < until and self._working():
            wasyncore.loop(timeout=0.05, use_poll=True, map=self._map, count=1)
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=1)

    def _working(self) -> bool:
        channels = self._server.active_channels.values()
        return any(channel.requests or channel.total_outbufs_len for channel in list(channels))


def reloader(state: Serving, read: Callable[[], Settings], load: Callable[[Settings], None]) -> Callable[[], None]:
    """Make the function that SIGHUP calls: read the new manifest, load the new build, then change over."""

    def reload() -> None:
        settings = read()
        load(settings)
        state.release = settings.release
        state.cache.clear()
        _LOG.info("now serving release %s", settings.release.data_version)

    return reload
