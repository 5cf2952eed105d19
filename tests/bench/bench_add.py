"""Time `cartkg add` on each dossier alone, with the neighbours that it adds again, on the whole project.

Every command starts cold in a process of its own, in a copy of the project that holds all studies. Seconds are wall
time and, beside it, CPU time, which a busy machine disturbs less. Bound: 1 s of CPU time for every dossier; exit code 1
when one is missed.
Usage: python tests/bench/bench_add.py FOLDER_OF_DOSSIERS [SLOWEST_TO_SHOW]
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

ROOT = Path(__file__).resolve().parents[2]
BOUND = 1.0


def seconds(dossier: Path, folder: Path) -> tuple[float, float]:
    """Add one dossier and give CPU and wall time in seconds."""
    since = time.perf_counter()
    command = [sys.executable, "-m", "cartkg", "add", "--quiet", str(dossier)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{dossier} could not be added")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - since


def main(dossiers: Path, shown: int) -> int:
    """Time every dossier and print the slowest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("ontology", "shapes", "data", "queries"):
            shutil.copytree(ROOT / part, folder / part)
        taken = {path.stem: seconds(path, folder) for path in sorted(dossiers.glob("*.yaml"))}
    slowest = sorted(taken.items(), key=lambda item: item[1], reverse=True)
    print("| dossier | CPU s | wall s |\n| --- | ---: | ---: |")
    for key, (cpu, wall) in slowest[:shown]:
        print(f"| {key} | {cpu:.2f} | {wall:.2f} |")
    cpu, wall = (statistics.median(times) for times in zip(*taken.values(), strict=True))
    print(f"| median of {len(taken)} | {cpu:.2f} | {wall:.2f} |")
    return int(slowest[0][1][0] > BOUND)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5))
