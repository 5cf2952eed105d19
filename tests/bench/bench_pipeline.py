"""Seconds from a cold start: build, check, and `cartkg serve` to its first answer, beside the bare pieces.

    python tests/bench/bench_pipeline.py [ROUNDS]

Each command runs in a copy of the project with a work folder of its own. Bare pieces: pyoxigraph reading the same
Turtle files, and pyoxigraph loading the built dump and answering the same query, in a fresh process.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
PORT = 8917
READ = """
import sys, pathlib, pyoxigraph as ox
store = ox.Store()
for path in [*pathlib.Path("ontology").rglob("*.ttl"), *pathlib.Path("data/ttl").rglob("*.ttl")]:
    store.load(path=path, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(f"x:{path.stem}"))
"""
LOAD = """
import pyoxigraph as ox
store = ox.Store()
store.bulk_load(path=".cartkg/build/cartkg.nq", format=ox.RdfFormat.N_QUADS)
print(bool(store.query("ASK {}")))
"""


def seconds(command: list[str], folder: Path) -> float:
    since = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - since


def first_answer(folder: Path) -> float:
    since = time.perf_counter()
    command = [sys.executable, "-m", "cartkg", "serve", "--port", str(PORT)]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        while time.perf_counter() - since < 60:
            try:
                with urlopen(f"http://127.0.0.1:{PORT}/sparql?query=ASK%7B%7D", timeout=5) as answer:
                    answer.read()
                return time.perf_counter() - since
            except (URLError, ConnectionError):
                time.sleep(0.01)
    finally:
        server.terminate()
        server.wait(20)
    raise SystemExit("the server gave no answer within a minute")


def main(rounds: int) -> None:
    python, cartkg = [sys.executable, "-c"], [sys.executable, "-m", "cartkg"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("ontology", "shapes", "data", "queries"):
            shutil.copytree(ROOT / part, folder / part)
        kept = folder / "kept"
        os.environ["XDG_CACHE_HOME"] = str(kept)

        def cold(command: list[str]) -> float:
            for made in (folder / ".cartkg", kept):
                shutil.rmtree(made, ignore_errors=True)
            return seconds(command, folder)

        steps: dict[str, Callable[[], float]] = {
            "bare: pyoxigraph reads the Turtle": lambda: seconds([*python, READ], folder),
            "check, nothing kept": lambda: cold([*cartkg, "check"]),
            "check, no reasoner, nothing kept": lambda: cold([*cartkg, "check", "--skip", "ontology"]),
            "first build": lambda: cold([*cartkg, "build"]),
            "check, nothing changed": lambda: seconds([*cartkg, "check"], folder),
            "bare: pyoxigraph loads the dump": lambda: seconds([*python, LOAD], folder),
            "serve to first answer": lambda: first_answer(folder),
        }
        taken: dict[str, list[float]] = {step: [] for step in steps}
        for _ in range(rounds):
            for step, run in steps.items():
                taken[step].append(run())
    print("| step | median s | least | most |\n| --- | ---: | ---: | ---: |")
    for step, times in taken.items():
        print(f"| {step} | {statistics.median(times):.2f} | {min(times):.2f} | {max(times):.2f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
