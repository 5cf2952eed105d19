"""Time the first request of each kind of page on a server that has just started over the graph of this checkout.

Each page has a server of its own, since pages share answers and only the first of them would wait; the server gets
the seconds in which it prepares its pages. Bound: 300 ms. Exit code 1 when a page misses it.
Usage: python tests/bench/bench_first_pages.py [PATH ...]
"""

from __future__ import annotations

import subprocess
import sys
import time
import tomllib
from http import HTTPStatus
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.live import ROOT, Live, listening_port

BOUND = 0.3  # seconds
_PREPARING = 30.0
_STARTING = 120.0
_ASKED = {"Accept": "text/html,*/*;q=0.8"}


def kinds() -> list[str]:
    """Return an address of each kind of page."""
    table = tomllib.loads((ROOT / "tests" / "browser" / "pages.toml").read_text("utf-8"))
    return [*(addresses[0] for addresses in table["pages"].values()), *table["kinds"].values()]


def first(path: str) -> tuple[float, float]:
    """Return the seconds to the first answer of a new server, and to the second."""
    command = [sys.executable, "-P", "-m", "cartkg", "--project", str(ROOT), "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    try:
        live = Live(process, listening_port(process, _STARTING), [])
        time.sleep(_PREPARING)
        times = []
        for _ in range(2):
            start = time.perf_counter()
            answer = live.request("GET", path, _ASKED)
            times.append(time.perf_counter() - start)
            assert answer.status == HTTPStatus.OK, (path, answer.status)
    finally:
        process.terminate()
        process.communicate(timeout=30)
    return times[0], times[1]


def main() -> int:
    """Print the time of each page, and give 1 when one is above the bound."""
    slow = 0
    for path in sys.argv[1:] or kinds():
        new, again = first(path)
        slow += new > BOUND
        print(f"{new * 1000:6.0f} ms, then {again * 1000:4.0f} ms  {path}", flush=True)
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
