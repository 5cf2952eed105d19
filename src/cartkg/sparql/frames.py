"""Messages between front and workers: a JSON head and raw bytes, with their lengths before them."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

_LENGTHS = struct.Struct("!II")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Frame:
    """One message: what it says, and the bytes it carries."""

    head: dict[str, Any]
    body: bytes = b""


def send(sock: socket.socket, frame: Frame) -> None:
    """Write a message.

    Raises:
        OSError: the other side is gone.
    """
    head = json.dumps(frame.head).encode()
    if len(frame.body) < _CHUNK:
        sock.sendall(_LENGTHS.pack(len(head), len(frame.body)) + head + frame.body)
        return
    sock.sendall(_LENGTHS.pack(len(head), len(frame.body)) + head)
    sock.sendall(frame.body)


def receive(sock: socket.socket) -> Frame | None:
    """Read a message; None when the other side closed, also in the midst of one.

    Raises:
        OSError: the connection broke or its time is over.
    """
    lengths = _exactly(sock, _LENGTHS.size)
    if lengths is None:
        return None
    head_size, body_size = _LENGTHS.unpack(lengths)
    rest = _exactly(sock, head_size + body_size)
    if rest is None:
        return None
    return Frame(json.loads(rest[:head_size]), bytes(rest[head_size:]))


def _exactly(sock: socket.socket, size: int) -> bytes | bytearray | None:
    first = sock.recv(min(size, _CHUNK))
    if len(first) == size:
        return first
    if not first:
        return None
    held = bytearray(first)
    while len(held) < size:
        part = sock.recv(min(size - len(held), _CHUNK))
        if not part:
            return None
        held += part
    return held
