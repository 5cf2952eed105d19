"""A real server on this machine for tests: started as a user would, asked over sockets, ended by a signal."""

from __future__ import annotations

import http.client
import re
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "tests" / "cases" / "endpoint" / "data.trig"
START_SECONDS = 30.0
_ADDRESS = re.compile(r" at http://127\.0\.0\.1:(\d+)/")


@dataclass(frozen=True)
class Said:
    """One response."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Live:
    """A running server; `said` is what it wrote after its address, known once it has ended."""

    process: subprocess.Popen[str]
    port: int
    said: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sparql"

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Said:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Said(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def ask(self, query: str, accept: str | None = None, **parameters: str) -> Said:
        headers = {"Accept": accept} if accept else {}
        return self.request("GET", f"/sparql?{urlencode({'query': query, **parameters})}", headers)

    def raw(self, data: bytes, seconds: float = 5.0) -> bytes:
        """Send bytes as they are and give what comes back until the server closes or falls silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as sock:
            sock.sendall(data)
            held = b""
            try:
                while part := sock.recv(65536):
                    held += part
            except (TimeoutError, ConnectionResetError):
                pass
            return held

    def metric(self, name: str) -> float:
        """Give one number of /metrics; 0 when it is not there yet."""
        text = self.request("GET", "/metrics").text
        found = re.search(rf"^cartkg_{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def family(self) -> list[int]:
        """Give the process ids of the server, its keeper and its workers."""
        found, new = [self.process.pid], [self.process.pid]
        while new:
            new = [child for pid in new for child in _children(pid)]
            found += new
        return found

    def memory(self) -> int:
        """Give the proportional set size of the whole service, in bytes."""
        total = 0
        for pid in self.family():
            try:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
            except OSError:
                continue
            found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
            total += int(found[1]) * 1024 if found else 0
        return total


@contextmanager
def serving(*arguments: str, data: Path = DATA, room: int | None = None, folder: Path = ROOT) -> Iterator[Live]:
    """Start `cartkg serve`, on a free port over `data`, and end it afterwards.

    `room` bounds each process in bytes; `folder` holds the project.
    """
    command = [sys.executable, "-m", "cartkg", "serve", "--port", "0", "--data", str(data), *arguments]
    if room is not None:
        command = ["prlimit", f"--as={room}", *command]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder)
    said: list[str] = []
    try:
        yield Live(process, listening_port(process), said)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            rest, _ = process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            rest, _ = process.communicate()
        said.append(rest)


@contextmanager
def in_front_of(url: str) -> Iterator[Live]:
    """Serve what a backend answers, with a limit of one second, and end the server afterwards."""
    command = [sys.executable, "-m", "cartkg", "serve", "--port", "0", "--backend", url, "--timeout", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    said: list[str] = []
    try:
        yield Live(process, listening_port(process), said)
    finally:
        process.terminate()
        said.append(process.communicate(timeout=20)[0])


def free_port() -> int:
    """Find a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening_port(process: subprocess.Popen[str], seconds: float = START_SECONDS) -> int:
    """Wait until a server says its address, and give the port in it."""
    assert process.stdout is not None
    until, said = time.monotonic() + seconds, ""
    while time.monotonic() < until:
        if select.select([process.stdout], [], [], 0.2)[0]:
            line = process.stdout.readline()
            said += line
            if found := _ADDRESS.search(line):
                return int(found[1])
            if not line:
                break
    process.kill()
    raise AssertionError(f"the server did not start: {said}")


def _children(pid: int) -> list[int]:
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(one) for task in tasks for one in (task / "children").read_text("ascii").split()]
    except OSError:
        return []
