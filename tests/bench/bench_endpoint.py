"""Requests a second of `cartkg serve` beside native Oxigraph and rdflib-endpoint, on the same triples and questions.

    python tests/bench/bench_endpoint.py [--seconds 5] [--rounds 3] [--connections 8]

Needs `wrk` (Debian) and, for the peers, the packages `oxigraph` and `rdflib-endpoint` in any environment on the PATH;
what is missing is left out. Servers are asked in turn, the others held still meanwhile; ratios are of medians over the
rounds. Each request is made distinct by a comment, so that no kept answer helps, and sent as a form, since native
Oxigraph resets a connection whose address is as long as our longest question; "repeated" are the same by GET.
"""

from __future__ import annotations

import argparse
import http.client
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pyoxigraph as ox
from tests.asked import NAMES, Asker
from tests.live import free_port

from cartkg.graph import KnowledgeGraph
from cartkg.sparql.pool.jobs import Source
from cartkg.sparql.pool.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DUMP = ROOT / ".cartkg" / "build" / "cartkg.nq"
SCRIPT = """
local questions = { %s }
local distinct = %s
local count, salt, number = 0, tostring(os.time()) .. "-%s", 0
local path, accept, form = "%s", "%s", "application/x-www-form-urlencoded"
function setup(thread) number = number + 1; thread:set("thread", number) end
function request()
  count = count + 1
  local query = questions[(count %% #questions) + 1]
  if distinct then
    query = query .. "%%0A%%23" .. salt .. "-" .. thread .. "-" .. count
    return wrk.format("POST", path, { Accept = accept, ["Content-Type"] = form }, "query=" .. query)
  end
  return wrk.format("GET", path .. "?query=" .. query, { Accept = accept })
end
function done(summary, latency)
  local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %%f %%f %%f %%d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, broken + summary.errors.status))
end
"""
#: All questions answer with tables but those that construct; one header suits both.
ACCEPT = "application/sparql-results+json, application/n-triples;q=0.9"


@dataclass(frozen=True, slots=True)
class Rival:
    """A server to measure."""

    name: str
    command: list[str]
    path: str
    port: int


@dataclass(frozen=True, slots=True)
class Reading:
    """One run of wrk: requests a second, milliseconds at the median and at 99 percent, failed requests."""

    rate: float
    median: float
    tail: float
    failed: int


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args()
    if shutil.which("wrk") is None or not DUMP.is_file():
        print("needs wrk (apt-get install wrk) and a build (cartkg build)")
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        union = folder / "union.ttl"
        rivals = [one for one in field(union) if shutil.which(one.command[0])]
        write_union(union)
        processes = {rival.name: start(stack, rival) for rival in rivals}
        asker = Asker(KnowledgeGraph.from_dump(DUMP))
        texts = [quote(asker.chosen(name).text, safe="") for name in NAMES]
        readings = defaultdict[tuple[str, bool], list[Reading]](list)
        for number in range(options.rounds):
            for distinct in (True, False):
                for rival in rivals:
                    script = folder / "mix.lua"
                    script.write_text(lua(texts, rival.path, str(number), distinct=distinct), "utf-8")
                    with alone(processes, rival):
                        if not distinct:
                            warm(rival, texts)
                        readings[rival.name, distinct].append(run(rival, script, options.seconds, options.connections))
    show(readings)


def field(union: Path) -> list[Rival]:
    """Give the servers, each on a free port."""
    serve = [sys.executable, "-m", "cartkg", "serve", "--port"]
    ports = [free_port() for _ in range(3)]
    return [
        Rival("cartkg", [*serve, str(ports[0])], "/sparql", ports[0]),
        Rival("oxigraph", ["oxigraph", "serve", "--bind", f"127.0.0.1:{ports[1]}"], "/query", ports[1]),
        Rival(
            "rdflib-endpoint",
            ["rdflib-endpoint", "serve", str(union), "--host", "127.0.0.1", "--port", str(ports[2])],
            "/",
            ports[2],
        ),
    ]


def write_union(target: Path) -> None:
    """Write what our default graph holds as Turtle, for the peer that reads files."""
    stores = load(Source((DUMP,)))
    with target.open("wb") as stream:
        ox.serialize({quad.triple for quad in stores.quads}, stream, ox.RdfFormat.TURTLE)


@contextmanager
def alone(processes: dict[str, subprocess.Popen[bytes]], rival: Rival) -> Iterator[None]:
    """Hold the others still: a peer may go on for long with queries that nobody waits for any more."""
    others = [process for name, process in processes.items() if name != rival.name]
    for process in others:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in others:
            process.send_signal(signal.SIGCONT)


def start(stack: ExitStack, rival: Rival) -> subprocess.Popen[bytes]:
    """Start a server and wait until it answers; Oxigraph is filled with the same quads and the same union."""
    process = subprocess.Popen(rival.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    stack.callback(end, process)
    began = time.monotonic()
    while send(rival, "GET", f"{rival.path}?query=ASK%7B%7D") != 200:
        time.sleep(0.02)
    print(f"{rival.name}: first answer after {time.monotonic() - began:.2f} s")
    if rival.name == "oxigraph":
        send(rival, "POST", "/store", {"Content-Type": "application/n-quads"}, DUMP.read_bytes())
        update = "INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"
        send(rival, "POST", "/update", {"Content-Type": "application/sparql-update"}, update.encode())
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
    process.kill()
    process.wait()


def send(rival: Rival, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> int:
    """Send one request and give its status; 0 when nobody listens yet."""
    connection = http.client.HTTPConnection("127.0.0.1", rival.port, timeout=120)
    try:
        connection.request(method, path, body, {"Accept": ACCEPT, **(headers or {})})
        response = connection.getresponse()
        response.read()
    except OSError:
        return 0
    else:
        return response.status
    finally:
        connection.close()


def warm(rival: Rival, texts: list[str]) -> None:
    """Ask each question once, so that "repeated" is repeated from the first request on."""
    for text in texts:
        send(rival, "GET", f"{rival.path}?query={text}")


def lua(texts: list[str], path: str, salt: str, *, distinct: bool) -> str:
    """Write the load for wrk: all stored questions in turn."""
    return SCRIPT % (", ".join(f'"{text}"' for text in texts), str(distinct).lower(), salt, path, ACCEPT)


def run(rival: Rival, script: Path, seconds: int, connections: int) -> Reading:
    """Run wrk once."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--timeout", "20", "-s", str(script)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{rival.port}"], capture_output=True, text=True, check=True, timeout=seconds + 60
    )
    found = re.search(r"RESULT (\S+) (\S+) (\S+) (\d+)", done.stdout)
    assert found, done.stdout
    return Reading(float(found[1]), float(found[2]), float(found[3]), int(found[4]))


def show(readings: dict[tuple[str, bool], list[Reading]]) -> None:
    """Print the medians and their ratios to the peers."""
    print(
        "| server | requests | per second | median ms | 99 % ms | failed |\n| --- | --- | ---: | ---: | ---: | ---: |"
    )
    medians: dict[tuple[str, bool], Reading] = {}
    for (name, distinct), runs in readings.items():
        middle = Reading(
            statistics.median(one.rate for one in runs),
            statistics.median(one.median for one in runs),
            statistics.median(one.tail for one in runs),
            sum(one.failed for one in runs),
        )
        medians[name, distinct] = middle
        kind = "distinct" if distinct else "repeated"
        print(f"| {name} | {kind} | {middle.rate:.0f} | {middle.median:.1f} | {middle.tail:.1f} | {middle.failed} |")
    for (name, distinct), peer in medians.items():
        if name != "cartkg":
            ours = medians["cartkg", distinct]
            kind = "distinct" if distinct else "repeated"
            tail = ours.tail / peer.tail if peer.tail else 0.0
            rate = ours.rate / peer.rate if peer.rate else float("inf")
            print(f"cartkg : {name}, {kind}: {rate:.2f} x the throughput, {tail:.2f} x the 99 % latency")


if __name__ == "__main__":
    main()
