"""Measure how long `pip install "cartkg[check]"` takes into a fresh environment, and how large it is.

The wheel is built from this checkout and installed three times, each time into an environment of its own, from the
index and with the cache of pip as it is set up here; `--no-cache` downloads everything each time. Prints the median.
CPU time is disturbed less by what else a machine does.
Usage: python tests/bench/bench_install.py [--no-cache] [WHEEL]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
RUNS = 3
MEGABYTE = 1_000_000


def built(folder: Path) -> Path:
    """Build the wheel of this checkout."""
    command = [sys.executable, "-P", "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    return wheel


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation took: seconds, CPU seconds, and the megabytes that were added."""

    seconds: float
    cpu: float
    megabytes: float


def measured(wheel: Path, folder: Path, options: list[str]) -> Installed:
    """Install into a fresh environment."""
    venv.create(folder, with_pip=True)
    before = size(folder)
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    begun, used = time.perf_counter(), spent()
    subprocess.run([*command, *options, f"{wheel}[check]"], check=True)
    return Installed(time.perf_counter() - begun, spent() - used, size(folder) - before)


def spent() -> float:
    """Return the CPU seconds of all processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def size(folder: Path) -> float:
    """Return the size of all files of a folder in megabytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MEGABYTE


def main() -> None:
    """Measure and print."""
    options = ["--no-cache-dir"] if "--no-cache" in sys.argv else []
    given = [Path(word) for word in sys.argv[1:] if not word.startswith("--")]
    with tempfile.TemporaryDirectory() as name:
        wheel = given[0] if given else built(Path(name))
        runs = [measured(wheel, Path(name) / f"run{number}", options) for number in range(RUNS)]
    print("| run | seconds | CPU seconds | MB |\n| --- | --- | --- | --- |")
    middle = Installed(*(median(getattr(each, name) for each in runs) for name in ("seconds", "cpu", "megabytes")))
    for number, run in [*enumerate(runs, 1), ("median", middle)]:
        print(f"| {number} | {run.seconds:.1f} | {run.cpu:.1f} | {run.megabytes:.0f} |")


if __name__ == "__main__":
    main()
