"""Why Granian: processor time a request of four ways to serve the smallest WSGI app.

    python tests/bench/bench_servers.py [--seconds 4]

Needs `wrk`; servers that are not installed are left out. Processor time is counted rather than requests alone, since it
is what the queries leave over.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

APP = """
BODY = b"x" * 500
HEADERS = [("Content-Type", "application/json"), ("Content-Length", "500")]

def app(environ, start_response):
    start_response("200 OK", HEADERS)
    return [BODY]
"""
BRIDGE = """
import asyncio, sys
from concurrent.futures import ThreadPoolExecutor
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from cartkg.web.serving.bridge import Bridge
from cartkg.web.http.settings import Release, Settings
from small import app

class State:
    settings = Settings(Release("bench"))

async def main():
    bridge = Bridge(app, State(), ThreadPoolExecutor(40), 40)
    server = Server(bridge, "127.0.0.1", int(sys.argv[1]), interface=Interfaces.RSGI, websockets=False,
        http=HTTPModes.http1, backpressure=1000, log_enabled=False)
    await server.serve()

asyncio.run(main())
"""
WAITRESS = "import sys, waitress; from small import app; waitress.serve(app, listen=sys.argv[1], threads=40)"


def main() -> None:
    """Measure each server in turn and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=4)
    seconds = parser.parse_args().seconds
    if shutil.which("wrk") is None:
        print("needs wrk (apt-get install wrk)")
        return
    print("| server | requests per second | processor ms a request |\n| --- | ---: | ---: |")
    with TemporaryDirectory() as folder:
        (Path(folder) / "small.py").write_text(APP, "utf-8")
        (Path(folder) / "bridge.py").write_text(BRIDGE, "utf-8")
        for name, command in commands().items():
            port = free_port()
            words = [word.replace("{port}", str(port)) for word in command]
            process = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                if wait(port):
                    print(f"| {name} | {measure(process.pid, port, seconds)} |")
            finally:
                process.terminate()
                process.wait()


def commands() -> dict[str, list[str]]:
    """Give the command of each server."""
    python = sys.executable
    return {
        "Granian, our bridge": [python, "bridge.py", "{port}"],
        "Granian, WSGI": [python, "-m", "granian", "--interface", "wsgi", "--port", "{port}", "small:app"],
        "Gunicorn, threads": [python, "-m", "gunicorn", "--threads", "40", "-b", "127.0.0.1:{port}", "small:app"],
        "Waitress": [python, "-c", WAITRESS, "127.0.0.1:{port}"],
    }


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(port: int) -> bool:
    """Wait until somebody listens; False when nobody does in time."""
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


def measure(pid: int, port: int, seconds: int) -> str:
    """Run wrk and count the processor time of the server and its children."""
    before = processor(pid)
    command = ["wrk", "-t1", "-c8", f"-d{seconds}", f"http://127.0.0.1:{port}/"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+) requests in .*Requests/sec:\s+(\S+)", said, re.DOTALL)
    assert found, said
    return f"{float(found[2]):.0f} | {(processor(pid) - before) * 1000 / int(found[1]):.3f}"


def processor(pid: int) -> float:
    """Give the seconds of processor time of a process and its children."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return own + sum(processor(int(child)) for child in children)


if __name__ == "__main__":
    main()
