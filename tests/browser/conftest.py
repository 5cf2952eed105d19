"""A browser with its driver, and two servers: of a small sample, and of the graph that is shipped."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.driver import Browser

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _server(*options: str) -> Iterator[str]:
    """Serve pages on a free port, as `cartkg serve` does for a site whose address is known."""
    free = _free_port()
    named = ("--port", str(free), "--base-url", f"http://127.0.0.1:{free}/")
    command = [sys.executable, "-m", "cartkg", "serve", *named, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", said)):
            line = server.stdout.readline()
            assert line, said
            said += line
        try:
            yield found[0]
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Serve the sample with the ontology."""
    sources = [ROOT / "tests" / "cases" / "pages" / "evidence.ttl", *sorted((ROOT / "ontology").glob("*.ttl"))]
    with _server(*(part for path in sources for part in ("--data", str(path)))) as found:
        yield found


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """Serve the graph of this checkout, built first where its sources have changed."""
    with _server() as found:
        yield found


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    free = _free_port()
    driver = shutil.which("chromedriver") or ""
    with subprocess.Popen([driver, f"--port={free}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        waiting = Browser(free)

        def listens() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", free)) == 0

        waiting.wait(listens)
        yield free
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def browser(port: int) -> Iterator[Browser]:
    window = Browser(port)
    window.start(CHROMIUM)
    yield window
    window.close()
