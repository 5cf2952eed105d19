"""Servers of others, started empty for the tests: Oxigraph and rdflib-endpoint from PyPI, Virtuoso from Debian."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.error import URLError

import pytest
from tests.live import free_port

from cartkg.release.remote_store import RemoteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

ROOT = Path(__file__).resolve().parents[1]
_RDFLIB = """
import sys, uvicorn
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint
app = SparqlEndpoint(graph=Dataset(default_union=True), enable_update=True, path="/sparql")
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical")
"""
#: Seconds until Virtuoso has made its database and answers.
_STARTING = 90.0
_SETTINGS = """[Database]
DatabaseFile = v.db
ErrorLogFile = v.log
LockFile = v.lck
TransactionFile = v.trx
xa_persistent_file = v.pxa
[TempDatabase]
DatabaseFile = temporary.db
TransactionFile = temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 20000
MaxDirtyBuffers = 15000
ServerThreads = 10
DirsAllowed = .
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
ServerThreads = 8
[SPARQL]
ResultSetMaxRows = {rows}
"""


@contextmanager
def oxigraph() -> Iterator[RemoteStore]:
    """Start Oxigraph's own server with nothing in it."""
    address = f"127.0.0.1:{free_port()}"
    command = [str(Path(sys.executable).with_name("oxigraph")), "serve", "--bind", address]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(f"http://{address}/", server, 20.0)
            yield RemoteStore(f"http://{address}/update", f"http://{address}/query", f"http://{address}/store")
        finally:
            server.terminate()


@contextmanager
def virtuoso(most_rows: int = 1_000_000) -> Iterator[RemoteStore]:
    """Start Virtuoso with nothing in it but its own graphs; anybody may write. Skips where it is not installed."""
    program, sql = shutil.which("virtuoso-t"), shutil.which("isql-vt")
    if program is None or sql is None:
        pytest.skip("needs Virtuoso (Debian's virtuoso-opensource-7)")
    ports = {"sql": free_port(), "http": free_port()}
    address = f"http://127.0.0.1:{ports['http']}/sparql"
    with TemporaryDirectory() as folder:
        Path(folder, "v.ini").write_text(_SETTINGS.format(**ports, rows=most_rows), "utf-8")
        command = [program, "+foreground", "+configfile", "v.ini"]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                _wait(f"{address}?query=ASK%7B%7D", server, _STARTING)
                granted = [sql, f"127.0.0.1:{ports['sql']}", "dba", "dba", 'exec=GRANT SPARQL_UPDATE TO "SPARQL";']
                subprocess.run(granted, check=True, stdout=subprocess.DEVNULL, timeout=60)
                yield RemoteStore(address, address, f"{address}-graph-crud")
            finally:
                server.kill()  # nothing that it has is kept


@contextmanager
def rdflib_endpoint() -> Iterator[RemoteStore]:
    """Start rdflib-endpoint with nothing in it; anybody may write. Skips where it is not installed."""
    python, port = ROOT / "build" / "clients" / "venv" / "bin" / "python", free_port()
    if not python.exists():
        pytest.skip("needs rdflib-endpoint (make clients)")
    address = f"http://127.0.0.1:{port}/sparql"
    command = [str(python), "-P", "-c", _RDFLIB, str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(f"{address}?query=ASK%7B%7D", server, 60.0)
            yield RemoteStore(address, address)
        finally:
            server.terminate()


#: Stores that hold the whole release.
LARGE: dict[str, Callable[[], AbstractContextManager[RemoteStore]]] = {"Oxigraph": oxigraph, "Virtuoso": virtuoso}
STORES: dict[str, Callable[[], AbstractContextManager[RemoteStore]]] = {**LARGE, "rdflib": rdflib_endpoint}


def _wait(url: str, server: subprocess.Popen[bytes], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        with suppress(URLError, OSError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")
