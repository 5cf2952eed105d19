"""Play the attack suite on cartkg and on two peers, one after another, and print a table of what each withstood.

    python -m tests.attack.table --oxigraph PATH_TO_BINARY --rdflib-endpoint PATH_TO_SCRIPT

A server that no longer answers is started again before the next attack. Each is bounded to 4 GiB of address space.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

from tests.attack.attacks import DEADLINE, Target
from tests.attack.everything import ALL
from tests.live import DATA

ROOM = 4 * 1024**3
SECONDS = str(int(DEADLINE))


@dataclass
class Peer:
    """One server: how to start it, its path, and what is running now."""

    name: str
    command: list[str]
    path: str
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.stop()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        words = [word.replace("{port}", str(self.port)) for word in self.command]
        limited = ["prlimit", f"--as={ROOM}", *words] if self.name != "cartkg" else words
        self.process = subprocess.Popen(limited, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while time.monotonic() < until and Target(self.port, self.path).alive():
            time.sleep(0.1)
        if self.name == "oxigraph":
            self._fill()

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(3)
            self.process.kill()
            self.process.wait()

    def _fill(self) -> None:
        target = Target(self.port, "/store")
        target.send("POST", "/store", {"Content-Type": "application/trig"}, DATA.read_bytes())
        unite = b"INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"
        target.send("POST", "/update", {"Content-Type": "application/sparql-update"}, unite)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--oxigraph")
    parser.add_argument("--rdflib-endpoint")
    options = parser.parse_args()
    serve = [sys.executable, "-m", "cartkg", "serve", "--port", "{port}", "--timeout", SECONDS, "--data", str(DATA)]
    peers = [Peer("cartkg", serve, "/sparql")]
    if options.oxigraph:
        words = [options.oxigraph, "serve", "--bind", "127.0.0.1:{port}", "--timeout-s", SECONDS]
        peers.append(Peer("oxigraph", words, "/query"))
    if options.rdflib_endpoint:
        words = [options.rdflib_endpoint, "serve", str(DATA), "--host", "127.0.0.1", "--port", "{port}"]
        peers.append(Peer("rdflib-endpoint", words, "/"))
    show({peer.name: play(peer) for peer in peers})


def play(peer: Peer) -> dict[str, str]:
    """Play all attacks on one server."""
    found = {}
    peer.start()
    for attack in ALL:
        target = Target(peer.port, peer.path)
        found[f"{attack.group}: {attack.name}"] = attack.play(target)
        if target.alive(2.0):
            peer.start()
    peer.stop()
    return found


def show(results: dict[str, dict[str, str]]) -> None:
    names = list(results)
    print("| attack |", " | ".join(names), "|\n| --- |", " | ".join("---" for _ in names), "|")
    for attack in results[names[0]]:
        print("|", attack, "|", " | ".join(results[name][attack].strip() or "withstood" for name in names), "|")
    passed = {name: Counter(not fault for fault in found.values())[True] for name, found in results.items()}
    print("| **withstood** |", " | ".join(f"**{passed[name]} of {len(ALL)}**" for name in names), "|")


if __name__ == "__main__":
    main()
