"""Foreign servers that mean harm to those who ask them: they drip, never end, or answer with nonsense.

One listens on 127.0.0.1; which of its plays it gives, the query says by the name of a case (`case-NAME-`). All are
bounded: a drip ends after a minute, and an answer without end when nobody reads it or after some MB.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JSON = "application/sparql-results+json"
_TICK = 0.02
_TICKS = 3000


def _row(cell: object, names: object = ("x",)) -> bytes:
    return json.dumps({"head": {"vars": names}, "results": {"bindings": [{"x": cell}]}}).encode()


def _http(body: bytes, media_type: str = JSON) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


#: Bodies that no service of SPARQL should send, under the type that was asked for.
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"nonsense",
    "a number": b"1",
    "null": b"null",
    "half": b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"lit',
    "deep lists": b"[" * 200_000,
    "deep lists in a row": b'{"head":{"vars":["x"]},"results":{"bindings":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}}",
    "deep objects": b'{"a":' * 200_000,
    "a row that is a number": b'{"head":{"vars":["x"]},"results":{"bindings":[1]}}',
    "a row that is null": b'{"head":{"vars":["x"]},"results":{"bindings":[null]}}',
    "rows that are a text": b'{"head":{"vars":["x"]},"results":{"bindings":"rows"}}',
    "rows that are an object": b'{"head":{"vars":["x"]},"results":{"bindings":{"x":1}}}',
    "variables that are a text": b'{"head":{"vars":"x"},"results":{"bindings":[{}]}}',
    "a variable that is a number": _row(None, [1]),
    "a variable with a space": _row(None, ["x y"]),
    "a variable twice": _row({"type": "literal", "value": "a"}, ["x", "x"]),
    "a variable that closes the block": _row({"type": "literal", "value": "a"}, ["x) { } } #"]),
    "a term that is a text": _row("a"),
    "a term without a type": _row({"value": "a"}),
    "a term of an unknown type": _row({"type": "nonsense", "value": "a"}),
    "a value that is null": _row({"type": "literal", "value": None}),
    "a value that is an object": _row({"type": "literal", "value": {"a": 1}}),
    "a blank node that is a number": _row({"type": "bnode", "value": 1}),
    "an IRI that closes the block": _row({"type": "uri", "value": "http://a.example/> } #"}),
    "an IRI with half an escape": _row({"type": "uri", "value": "http://a.example/%zz"}),
    "an IRI without a scheme": _row({"type": "uri", "value": "a"}),
    "a tag that closes the block": _row({"type": "literal", "value": "a", "xml:lang": "en } #"}),
    "a tag of one long part": _row({"type": "literal", "value": "a", "xml:lang": "abcdefghijkl"}),
    "a tag that is a number": _row({"type": "literal", "value": "a", "xml:lang": 1}),
    "a datatype that closes the block": _row({"type": "literal", "value": "a", "datatype": "x:y> } #"}),
    "half of a pair": _row({"type": "literal", "value": "\ud800"}),
    "half of a pair in an IRI": _row({"type": "uri", "value": "http://a.example/\ud800"}),
    "bytes that are not text": _row({"type": "literal", "value": "bytes"}).replace(b"bytes", b"\xff"),
    "a number without end": b'{"head":{"vars":["x"]},"results":{"bindings":[' + b"9" * 50_000 + b"]}}",
}

#: Whole answers that are not HTTP, or not all of it.
LINES: dict[str, bytes] = {
    "no HTTP": b"nonsense\r\n\r\n",
    "nothing at all": b"",
    "a head without end": b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 5_000,
    "a header of a MB": b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 1_000_000 + b"\r\n\r\n",
    "a body shorter than stated": b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{}",
    "a chunk of no size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
    "an error": b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    **{name: _http(body) for name, body in BODIES.items()},
}


@dataclass
class Hostile:
    """A server that plays; `held` counts the connections on which it got to the end of a drip."""

    port: int
    stop: threading.Event = field(default_factory=threading.Event)
    held: int = 0
    came: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sparql"

    def drip(self, sock: socket.socket, start: bytes, drop: bytes) -> None:
        """Send a little now and then, for a minute."""
        sock.sendall(start)
        for _ in range(_TICKS):
            if self.stop.wait(_TICK):
                return
            sock.sendall(drop)
        self.held += 1

    def flood(self, sock: socket.socket, start: bytes, piece: bytes) -> None:
        """Send without end, as long as it is read; at most some MB."""
        sock.sendall(start)
        for _ in range(32 * 1024**2 // len(piece)):
            if self.stop.is_set():
                return
            sock.sendall(piece)


_HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n".encode()
#: Plays that hold whoever asks, or feed them without end.
ENDLESS: dict[str, Callable[[Hostile, socket.socket], None]] = {
    "silence": lambda one, sock: one.drip(sock, b"", b""),
    "a drip before the status": lambda one, sock: one.drip(sock, b"HTTP/1.1 2", b"0"),
    "a drip of a header": lambda one, sock: one.drip(sock, _HEAD + b"X-A: ", b"b"),
    "a drip of headers": lambda one, sock: one.drip(sock, _HEAD, b"X: y\r\n"),
    "a drip of a body": lambda one, sock: one.drip(sock, _HEAD + b"Content-Length: 9999999\r\n\r\n{", b" "),
    "a drip of chunks": lambda one, sock: one.drip(sock, _HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "a drip of chunk sizes": lambda one, sock: one.drip(sock, _HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "a drip until it closes": lambda one, sock: one.drip(sock, _HEAD + b"\r\n", b" "),
    "a drip of continues": lambda one, sock: one.drip(sock, b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a flood": lambda one, sock: one.flood(sock, _HEAD + b"\r\n", b" " * 65536),
    "a flood of rows": lambda one, sock: one.flood(
        sock, _HEAD + b'\r\n{"head":{"vars":["x"]},"results":{"bindings":[{}', b",{}" * 20_000
    ),
}


@contextmanager
def hostile() -> Iterator[Hostile]:
    """Listen on a free port and play whatever case is asked for, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Hostile(listener.getsockname()[1])
        listener.settimeout(0.05)
        threads: list[threading.Thread] = []

        def listen() -> None:
            while not server.stop.is_set():
                with suppress(TimeoutError):
                    sock, _ = listener.accept()
                    server.came += 1
                    threads.append(threading.Thread(target=_serve, args=(server, sock)))
                    threads[-1].start()

        threads.append(threading.Thread(target=listen))
        threads[0].start()
        try:
            yield server
        finally:
            server.stop.set()
            for thread in threads:
                thread.join()


def _serve(server: Hostile, sock: socket.socket) -> None:
    with suppress(OSError), sock:
        sock.settimeout(5)
        asked = b""
        while not (found := re.search(rb"case-(.*?)-", asked.replace(b"+", b" "))):
            part = sock.recv(65536)
            if not part:
                return
            asked += part
        name = found[1].decode()
        if name in ENDLESS:
            ENDLESS[name](server, sock)
        else:
            sock.sendall(LINES[name])
