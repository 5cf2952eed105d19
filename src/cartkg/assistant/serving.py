"""A server on standard input and output, or on a port of HTTP, until its client or its operator ends it."""

from __future__ import annotations

import signal
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import anyio
import uvicorn
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings

from cartkg.assistant.server import make_server
from cartkg.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.lowlevel.server import Server

    from cartkg.assistant.knowledge import Opening

#: Path of the protocol.
PATH = "/mcp"
#: Bytes of a request: the longest query, each of its characters escaped, and room for the rest.
_BODY = 2 * 1024**2
#: Sessions of HTTP at once, and seconds after which an idle one ends.
_SESSIONS, _IDLE = 100, 1800.0
#: Seconds that open connections are given when the server is told to stop.
_GRACE = 3
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen, and under which names.

    Attributes:
        host: address to listen on.
        port: port to listen on; 0 picks a free one.
        names: names of the host as clients write them, in Host and Origin headers; those of this machine if empty.
    """

    host: str = "127.0.0.1"
    port: int = 8001
    names: tuple[str, ...] = ()

    def security(self) -> TransportSecuritySettings:
        """Return the hosts and origins that are answered: a page of another origin cannot reach the server.

        Raises:
            ConfigError: others can reach the address, and no name is given.
        """
        if not self.names and not _is_loopback(self.host):
            raise ConfigError(
                "other machines can reach this address; name the host with --allow-host", f"--host {self.host}"
            )
        names = self.names or _LOOPBACK
        hosts = [form for name in names for form in (name, f"{name}:*")]
        origins = [f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")]
        return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


def serve_stdio(opening: Opening) -> None:
    """Serve one client on standard input and output, until it closes them; nothing else is written there."""
    for number in (signal.SIGINT, signal.SIGTERM):  # nothing is to be saved, and reading cannot be interrupted
        signal.signal(number, signal.SIG_DFL)
    try:
        anyio.run(_serve_stdio, make_server(opening), opening)
    finally:
        opening.close()


def serve_http(opening: Opening, address: Address, say: Callable[[str], None]) -> None:
    """Serve clients by streamable HTTP, until told to stop.

    Raises:
        ConfigError: the address cannot be used.
    """
    security = address.security()
    try:
        listening = socket.create_server((address.host, address.port), family=_family(address.host))
    except OSError as error:
        raise ConfigError(f"cannot listen: {error.strerror}", f"{address.host}:{address.port}") from error
    app = make_server(opening).streamable_http_app(
        streamable_http_path=PATH, host=address.host, transport_security=security, max_request_body_size=_BODY,
        max_sessions=_SESSIONS, session_idle_timeout=_IDLE,
    )  # fmt: skip
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=_GRACE, server_header=False
    )  # fmt: skip
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn listens to them, and raises them again when it has ended
        signal.signal(number, signal.SIG_IGN)
    host = f"[{address.host}]" if ":" in address.host else address.host
    opening.start()
    say(f"Serving the Model Context Protocol at http://{host}:{listening.getsockname()[1]}{PATH}")
    try:
        anyio.run(uvicorn.Server(config).serve, [listening])
    finally:
        opening.close()


async def _serve_stdio(server: Server[Any], opening: Opening) -> None:
    async with stdio_server() as (incoming, outgoing):
        opening.start()  # now that no child can write to the client
        await server.run(incoming, outgoing, server.create_initialization_options())


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
