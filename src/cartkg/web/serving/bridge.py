"""From Granian's asynchronous interface to the WSGI app and back.

A request is read whole, within limits of size and time, before a thread is taken; an answer is written by the event
loop, with a limit of time; while the app works, the connection is watched, so that the app notices when the client
leaves.

Source: RSGI specification 1.5 (Granian), PEP 3333 (WSGI).
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
from dataclasses import dataclass
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING, Any

from granian.rsgi import ProtocolClosed

from cartkg.web.http.state import GONE, KEEP
from cartkg.web.serving import header_fields as reading
from cartkg.web.serving.connections import Talk
from cartkg.web.serving.large_responses import LargeResponse
from cartkg.web.serving.reply import Reply, plain
from cartkg.web.serving.request_bodies import Bodies, BodiesTooMany, BodyBroken, BodyTooLarge
from cartkg.web.serving.response_cache import ResponseCache

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import ThreadPoolExecutor

    from granian.rsgi import HTTPProtocol, Scope

    from cartkg.web.http.state import Serving
    from cartkg.web.serving.response_cache import Kept

_LOG = logging.getLogger(__name__)
_ACCESS = logging.getLogger("cartkg.access")
_PIECE = 64 * 1024
_IN_FLIGHT = 128 * 1024**2
_WATCH_AFTER = 0.2
#: RFC 9112 section 3.2: an HTTP/1.1 request names one host, or is answered by 400. Names are in links we give.
_HOST = re.compile(r"(?:[A-Za-z0-9._~-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")


@dataclass(slots=True)
class ClientConnection:
    """What is known of the connection: whether the client left. Short requests end before anyone looks."""

    lost: bool = False
    watcher: asyncio.Task[None] | None = None

    def watch(self, loop: asyncio.AbstractEventLoop, protocol: HTTPProtocol) -> None:
        """Start watching."""
        self.watcher = loop.create_task(self._look(protocol))

    def release(self) -> None:
        """Stop watching."""
        if self.watcher is not None:
            self.watcher.cancel()

    async def _look(self, protocol: HTTPProtocol) -> None:
        await protocol.client_disconnect()
        self.lost = True

    def gone(self) -> bool:
        """Return whether the client left."""
        return self.lost


class Bridge:
    """The application as Granian sees it."""

    def __init__(self, app: Any, state: Serving, threads: ThreadPoolExecutor, most: int) -> None:
        """Run `app` (WSGI) in `threads`; `most` requests may run in one or wait for one.

        The queue of queries is kept by the engine, which turns the costliest away first; here only a flood is stopped.
        """
        self._app = app
        self._state = state
        self._threads = threads
        self._most = most
        self._repeats = ResponseCache(state)
        self._outflow = LargeResponse(_IN_FLIGHT)
        self._bodies = Bodies(state.settings.limits.body)
        self._working = 0
        self.active = 0
        self.talk = Talk()

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer one request."""
        started = perf_counter()
        fields = reading.read(scope)
        kept = self._repeats.find(scope, fields)
        if kept is not None:
            _send_small(protocol, kept)
            self.talk.end(scope.client)
            _log(scope, kept.status, len(kept.body), started)
            return
        self.active += 1
        try:
            reply = await self._reply(scope, fields, protocol)
            if len(reply.body) > _PIECE and not self._outflow.admits(len(reply.body)):
                reply = plain(503, "Limit exceeded", "too many large answers are being read", ("Retry-After", "10"))
            await self._send(protocol, reply)
            _log(scope, reply.status, len(reply.body), started)
        except (TimeoutError, ProtocolClosed):  # who reads too slowly is cut off, who left gets nothing
            raise
        except Exception:  # nothing is held back: Granian answers 500 and gives no reason
            _LOG.exception("a request failed outside the app")
            raise
        finally:
            self.active -= 1
            self.talk.end(scope.client)

    async def _reply(self, scope: Scope, fields: Mapping[str, str], protocol: HTTPProtocol) -> Reply:
        try:
            body = await self._bodies.read(scope, fields, protocol)
        except BodyTooLarge:
            return plain(
                413, "Too large", f"the body of a request may have at most {self._state.settings.limits.body} bytes"
            )
        except BodyBroken:
            return plain(400, "Malformed request", "the body ended before its stated length")
        except BodiesTooMany:
            return plain(503, "Limit exceeded", "too many large requests are arriving", ("Retry-After", "5"))
        except TimeoutError:
            return plain(408, "Request timeout", "the request took too long to arrive")
        self.talk.start(scope.client)
        if self._working >= self._most:
            return plain(503, "Limit exceeded", "too many requests are being answered", ("Retry-After", "2"))
        self._working += 1
        try:
            return await self._work(scope, fields, protocol, body)
        finally:
            self._working -= 1

    async def _work(self, scope: Scope, fields: Mapping[str, str], protocol: HTTPProtocol, body: bytes) -> Reply:
        """Run the app in a thread and watch the line meanwhile."""
        line = ClientConnection()
        environ = environment(scope, fields, body)
        if not _HOST.fullmatch(environ.get("HTTP_HOST", "" if scope.http_version == "1.1" else "x")):
            return plain(400, "Malformed request", "the Host header must name one host")
        environ[GONE] = line.gone
        loop = asyncio.get_running_loop()
        later = loop.call_later(_WATCH_AFTER, line.watch, loop, protocol)
        try:
            reply = await loop.run_in_executor(self._threads, self._call, environ)
        finally:
            later.cancel()
            line.release()
        if KEEP in environ:
            self._repeats.keep(scope, fields, reply, environ[KEEP])
        return reply

    def _call(self, environ: dict[str, Any]) -> Reply:
        """Run the app, in a thread."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:  # noqa: ARG001  # WSGI's signature
            started.append((status, headers))

        result = self._app(environ, start_response)
        try:
            body = b"".join(result)
        finally:
            if hasattr(result, "close"):
                result.close()
        status, headers = started[-1]
        return Reply(int(status[:3]), headers, body)

    async def _send(self, protocol: HTTPProtocol, reply: Reply) -> None:
        if len(reply.body) <= _PIECE:
            _send_small(protocol, reply)
        else:
            await self._outflow.send(protocol, reply)


def _send_small(protocol: HTTPProtocol, reply: Reply | Kept) -> None:
    if reply.body:
        protocol.response_bytes(reply.status, reply.headers, reply.body)
    else:
        protocol.response_empty(reply.status, reply.headers)


def _log(scope: Scope, status: int, size: int, started: float) -> None:
    """Write one line of JSON, without the query and without who asked."""
    if _ACCESS.isEnabledFor(logging.INFO):
        line = {"method": scope.method, "path": scope.path, "status": status, "bytes": size}
        _ACCESS.info(json.dumps({**line, "ms": round((perf_counter() - started) * 1000, 2)}))


def environment(scope: Scope, fields: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Make the WSGI environment of a request from its fields as they were read."""
    server, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),  # Granian has decoded it once, which is all there is to do
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in fields.items():
        environ["HTTP_" + name.upper().replace("-", "_")] = value
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ.pop("HTTP_CONTENT_LENGTH", None)
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # the chunks are put together here, and their length is known
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ
