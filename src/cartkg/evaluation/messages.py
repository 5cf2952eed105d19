"""Messages between front and workers: a JSON head and raw bytes, with their lengths before them."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

_LENGTHS = struct.Struct("!II")
_CHUNK = 1 << 20
_FIRST = 1 << 16


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
    """Read a message; None when the other side closed, even in the middle of one.

    The two sides take turns, so what arrives belongs to one message; most fit into one read.

    Raises:
        OSError: the connection broke or its time is over.
    """
    held: bytes | bytearray = sock.recv(_FIRST)
    if not held:
        return None
    while len(held) < _LENGTHS.size:
        held = _more(sock, held, _LENGTHS.size)
        if not held:
            return None
    head_size, body_size = _LENGTHS.unpack_from(held)
    start = _LENGTHS.size + head_size
    held = _more(sock, held, start + body_size)
    return Frame(json.loads(held[_LENGTHS.size : start]), bytes(held[start:])) if held else None


def pack(frame: Frame) -> bytes:
    """Return the bytes of a message."""
    head = json.dumps(frame.head).encode()
    return _LENGTHS.pack(len(head), len(frame.body)) + head + frame.body


def read(pipe: IO[bytes]) -> Frame | None:
    """Read a message from a pipe; None when the other side closed."""
    lengths = pipe.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head_size, body_size = _LENGTHS.unpack(lengths)
    return Frame(json.loads(pipe.read(head_size)), pipe.read(body_size))


def unpack(held: bytes | bytearray) -> Frame | None:
    """Read a message from the bytes received so far; None while it is incomplete.

    Raises:
        ValueError, TypeError: it is not a message.
    """
    if len(held) < _LENGTHS.size:
        return None
    head_size, body_size = _LENGTHS.unpack_from(held)
    start = _LENGTHS.size + head_size
    if len(held) < start + body_size:
        return None
    head = json.loads(held[_LENGTHS.size : start])
    if not isinstance(head, dict):
        raise TypeError("the head of a message is an object")
    return Frame(head, bytes(held[start:]))


def _more(sock: socket.socket, held: bytes | bytearray, size: int) -> bytes | bytearray:
    """Read until `size` bytes are held; give nothing when the other side closes before."""
    if len(held) >= size:
        return held
    grown = bytearray(held)
    while len(grown) < size:
        part = sock.recv(min(size - len(grown), _CHUNK))
        if not part:
            return b""
        grown += part
    return grown
