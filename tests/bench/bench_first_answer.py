"""Time the first answers of a freshly installed wheel: a stored question as a command, and the first two of the server.

Bound: 2 s for each, from the start of the program, with a cache of the user that is empty. The other packages are those
of this environment, compiled before. Exit code 1 when the bound is missed.
Usage: python tests/bench/bench_first_answer.py
"""

from __future__ import annotations

import shutil
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.test_installed import Installed, install, make_wheel, rows

ROUNDS = 5
BOUND = 2.0  # seconds
QUESTION = ("query", "sle-doris-remission", "--format", "csv")
ROW = "sparql?query=SELECT%20*%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20LIMIT%201"


def _once(place: Installed) -> tuple[float, float, float]:
    """Return the seconds to an answer on the command line, to the server's first row, and to its first question."""
    shutil.rmtree(place.folder / "user", ignore_errors=True)
    start = time.perf_counter()
    place.run(*QUESTION)
    command = time.perf_counter() - start
    start = time.perf_counter()
    with place.serving() as (address, _):
        with urlopen(address + ROW, timeout=60) as answer:
            answer.read()
        first = time.perf_counter() - start
        rows(address)
        return command, first, time.perf_counter() - start


def main() -> int:
    """Print medians; give 1 when one is above the bound."""
    with TemporaryDirectory() as folder:
        made, place = Path(folder) / "checkout", Path(folder) / "place"
        made.mkdir()
        place.mkdir()
        installed = install(make_wheel(made), place)
        _once(installed)  # the package is compiled, as pip does unless it is told not to
        times = [_once(installed) for _ in range(ROUNDS)]
    medians = [statistics.median(each) for each in zip(*times, strict=True)]
    names = ("cartkg query sle-doris-remission", "cartkg serve, first row", "cartkg serve, first stored question")
    for name, median in zip(names, medians, strict=True):
        print(f"{median:5.2f} s  {name}")
    return int(max(medians) > BOUND)


if __name__ == "__main__":
    sys.exit(main())
