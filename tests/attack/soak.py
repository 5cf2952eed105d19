"""Attacks and normal load mixed, for minutes, over the shipped graph: no normal request fails, memory stays flat.

    python -m tests.attack.soak [--minutes 10]

Normal load is two clients that ask the stored questions, each time distinct, so that no cache answers, and read pages.
All come from one address, as behind a proxy, so nothing tells them from the attacker but what they ask.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

from tests.attack.attacks import ACCEPT, DEADLINE, Target
from tests.attack.everything import ALL
from tests.live import ROOT, Live, serving

BUILD = ROOT / ".cartkg" / "build" / "cartkg.nq"
QUESTIONS = tuple(path.read_text("utf-8") for path in sorted((ROOT / "queries").glob("*.rq")))
PAGES = ("/", "/conflicts", "/overlaps", "/search?q=lupus", "/questions", "/health", "/sparql")
ONE_IN = 8
PAUSE = 0.05
EVERY = 5.0
MINUTE = 60.0
ENDED = ("moved", "time", "memory", "engine", "hangup", "busy", "keeper")


@dataclass
class Soak:
    """Counters and the threads' common end; times in seconds, memory in MB of proportional set size."""

    live: Live
    stop: threading.Event = field(default_factory=threading.Event)
    times: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    attacks: int = 0
    faults: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    playing: str = ""

    def ask(self, seed: int) -> None:
        """Ask normal questions and read pages one after another."""
        dice = random.Random(seed)  # noqa: S311  # the same order each time
        target = Target(self.live.port)
        asked = 0
        while not self.stop.is_set():
            asked += 1
            if dice.randrange(ONE_IN):
                heard = target.post(f"{dice.choice(QUESTIONS)}\n# {seed} {asked}", 10)
            else:
                heard = target.send(
                    "GET", dice.choice(PAGES), {"Accept": f"text/html, text/turtle;q=0.9, {ACCEPT}"}, None
                )
            self.times.append(heard.seconds)
            if heard.status not in {200, 303}:
                self.failed.append(f"{heard.status} {heard.body[:80]!r} during {self.playing}")
            self.stop.wait(PAUSE)

    def attack(self) -> None:
        """Attack one way after another, in random order; each way comes once before any comes again."""
        dice = random.Random(1)  # noqa: S311  # the same order each time
        target = Target(self.live.port)
        while not self.stop.is_set():
            for one in dice.sample(ALL, len(ALL)):
                if self.stop.is_set():
                    return
                self.playing = one.name
                fault = one.play(target)
                self.attacks += 1
                if fault:
                    self.faults.append(f"{one.group}: {one.name}: {fault}")

    def run(self, seconds: float) -> None:
        """Let two clients and an attacker go for some time, and look at the memory meanwhile."""
        self.memory.append(self.live.memory() / 1e6)
        threads = [threading.Thread(target=self.ask, args=(seed,)) for seed in (1, 2)]
        threads.append(threading.Thread(target=self.attack))
        for thread in threads:
            thread.start()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(min(EVERY, max(0.0, until - time.monotonic())))
            self.memory.append(self.live.memory() / 1e6)
        self.stop.set()
        for thread in threads:
            thread.join()
        time.sleep(3)
        self.memory.append(self.live.memory() / 1e6)

    def table(self, minutes: float) -> str:
        """Write what happened as a table."""
        times = sorted(self.times)
        each = int(MINUTE / EVERY)
        lows = [min(self.memory[start : start + each]) for start in range(1, len(self.memory) - 1, each)]
        median, late = times[len(times) // 2], times[len(times) * 99 // 100]
        ended = {name: int(self.live.metric(f"workers_ended_{name}_total")) for name in ENDED}
        rows = {
            "minutes": f"{minutes:g}",
            "normal requests": len(times),
            "failed": len(self.failed),
            "median, p99, slowest": f"{median:.3f}, {late:.2f}, {times[-1]:.2f} s",
            "attacks": f"{self.attacks}, of {len(ALL)} kinds",
            "not withstood": len(self.faults),
            "workers ended": ", ".join(f"{name} {number}" for name, number in ended.items() if number),
            "memory before, after": f"{self.memory[0]:.0f}, {self.memory[-1]:.0f} MB",
            "memory, least of each minute": ", ".join(f"{low:.0f}" for low in lows) + " MB",
            "memory, most": f"{max(self.memory):.0f} MB",
        }
        return "\n".join(
            ["| what | figure |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows.items())]
        )


def main() -> None:
    """Soak a server of our own and print what happened."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10.0)
    minutes = parser.parse_args().minutes
    if not BUILD.is_file():
        subprocess.run([sys.executable, "-m", "cartkg", "build"], check=True, cwd=ROOT)
    with serving("--timeout", str(DEADLINE), data=BUILD) as live:
        soak = Soak(live)
        soak.run(minutes * MINUTE)
        print(soak.table(minutes))
    for line in (*soak.failed, *soak.faults):
        print(line)


if __name__ == "__main__":
    main()
