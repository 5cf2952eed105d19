"""Attacks and normal load mixed, for minutes: no normal request fails and the memory stays flat.

python -m tests.attack.soak [--minutes 10]
"""

from __future__ import annotations

import argparse
import random
import threading
import time

from tests.attack.attacks import DEADLINE, Target
from tests.attack.everything import ALL
from tests.live import Live, serving

NORMAL = (
    "ASK {}",
    "SELECT ?s ?l { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l } ORDER BY ?l",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
    "CONSTRUCT WHERE { ?s <https://w3id.org/cartkg/ontology#patientCount> ?n }",
)
PAUSE = 0.05
EVERY = 10.0


class Soak:
    """Counters and the threads' common end."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.dice = random.Random(1)  # noqa: S311  # the same order each time
        self.stop = threading.Event()
        self.asked = 0
        self.failed: list[str] = []
        self.attacks = 0
        self.faults: list[str] = []
        self.slowest = 0.0
        self.playing = ""

    def ask(self) -> None:
        """Ask normal questions one after another, each distinct."""
        target = Target(self.live.port)
        while not self.stop.is_set():
            self.asked += 1
            heard = target.post(f"{self.dice.choice(NORMAL)} #{self.asked}", 10)
            self.slowest = max(self.slowest, heard.seconds)
            if heard.status != 200:
                self.failed.append(f"{heard.status} {heard.body[:80]!r} during {self.playing}")
            self.stop.wait(PAUSE)

    def attack(self) -> None:
        """Attack one way after another, in random order."""
        target = Target(self.live.port)
        while not self.stop.is_set():
            one = self.dice.choice(ALL)
            self.playing = one.name
            fault = one.play(target)
            self.attacks += 1
            if fault:
                self.faults.append(f"{one.group}: {one.name}: {fault}")


def main() -> None:
    """Soak a server of our own and print what happened."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10.0)
    minutes = parser.parse_args().minutes
    with serving("--timeout", str(DEADLINE)) as live:
        soak = Soak(live)
        threads = [threading.Thread(target=soak.ask), threading.Thread(target=soak.attack)]
        for thread in threads:
            thread.start()
        memory = []
        until = time.monotonic() + minutes * 60
        while time.monotonic() < until:
            time.sleep(min(EVERY, max(0.0, until - time.monotonic())))
            memory.append(live.memory() / 1e6)
        soak.stop.set()
        for thread in threads:
            thread.join()
        time.sleep(2)
        memory.append(live.memory() / 1e6)
    print(f"{soak.asked} normal requests, {len(soak.failed)} failed, slowest {soak.slowest:.2f} s {soak.failed[:5]}")
    print(f"{soak.attacks} attacks, {len(soak.faults)} not withstood {soak.faults[:5]}")
    print(f"memory (PSS): first {memory[0]:.0f} MB, highest {max(memory):.0f} MB, last {memory[-1]:.0f} MB")


if __name__ == "__main__":
    main()
