"""Time `cartkg check` on the shipped project, and beside the plain `pyshacl` command on larger data.

Every command starts cold in a process of its own; seconds are wall time and, beside it, CPU time, which a busy machine
disturbs less and by which growth is judged; memory is the process's peak in MB.
Bounds: the shipped project without the reasoner at most 5 s; one changed file at most 1.5 s; at 100,000 triples
at least 3 times as fast as pyshacl with the same shapes and data; from 100,000 to 1,000,000 triples at most
1.2 times what is linear. Exit code 1 when one is missed.
Usage: python tests/bench/bench_check.py [TRIPLES ...]
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from cartkg.validation import read

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases"
PROGRAMS = Path(sys.executable).parent
_THING = re.compile(r"<https://w3id\.org/cartkg/(?!ontology#|shapes#|ontology>)([^>]+)>")
WHOLE, CHANGED, FASTER, LINEAR = 5.0, 1.5, 3.0, 1.2


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost: wall and CPU time in seconds, peak memory in MB, exit code."""

    seconds: float
    cpu: float
    memory: float
    code: int


def run(folder: Path, *command: str) -> Cost:
    """Run a command to its end, in a process whose own peak memory can be told."""
    start = time.perf_counter()
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)


def row(what: str, cost: Cost, remark: str) -> None:
    """Print one row of the table."""
    print(f"| {what} | {cost.seconds:.2f} | {cost.cpu:.2f} | {cost.memory:.0f} | {remark} |")


def grow(path: Path, triples: int) -> int:
    """Write Turtle of at least so many triples: the passing cases of all shapes, again and again under other names."""
    facts = read([CASES / "world.ttl", *sorted((CASES / "shapes").glob("*/pass.ttl"))])
    records = [
        (
            subject,
            [(predicate, value) for predicate, column in facts.columns.items() for value in column.get(subject, ())],
        )
        for subject in facts.homes
    ]
    written = round_ = 0
    with path.open("w", encoding="utf-8") as file:
        while written < triples:
            for subject, statements in records:
                block = " ;\n    ".join(f"{predicate} {value}" for predicate, value in statements)
                file.write(_THING.sub(rf"<https://w3id.org/cartkg/\1-{round_}>", f"{subject} {block} .\n\n"))
                written += len(statements)
            round_ += 1
    return written


def shipped_project(folder: Path) -> list[str]:
    """Time the project itself, whole and with one changed file."""
    root = folder / "project"
    for name in ("ontology", "shapes", "data", "queries"):
        shutil.copytree(ROOT / name, root / name)
    check = (str(PROGRAMS / "cartkg"), "check")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "state")):
        subprocess.run([*git, *command], cwd=root, check=True)
    cold = run(root, *check, "--skip", "ontology")
    warm = run(root, *check, "--skip", "ontology")
    file = next(iter(sorted((root / "data" / "ttl").glob("*.ttl"))))
    file.write_text(re.sub(r'("|")(?=@en)', r" x\1", file.read_text("utf-8"), count=1), "utf-8")
    changed = run(root, *check, "--changed", "HEAD")
    row("whole project, cold, no reasoner", cold, f"at most {WHOLE} s")
    row("whole project, warm, no reasoner", warm, "")
    row("--changed HEAD, one file", changed, f"at most {CHANGED} s")
    missed = ["the whole project takes too long"] if cold.seconds > WHOLE else []
    return [*missed, "one changed file takes too long"] if changed.seconds > CHANGED else missed


def beside_pyshacl(folder: Path, sizes: list[int]) -> list[str]:
    """Time growing data, with pyshacl beside at the smallest size."""
    shapes = folder / "shapes.ttl"
    shapes.write_text("".join(path.read_text("utf-8") for path in sorted((ROOT / "shapes").glob("*.ttl"))), "utf-8")
    modules = folder / "ontology.ttl"
    modules.write_text("".join(path.read_text("utf-8") for path in sorted((ROOT / "ontology").glob("*.ttl"))), "utf-8")
    missed: list[str] = []
    first: tuple[int, Cost] | None = None
    for size in sizes:
        data = f"data-{size}.ttl"
        triples = grow(folder / data, size)
        command = (str(PROGRAMS / "cartkg"), "check", "--shapes", "shapes.ttl", "--ontology", "ontology.ttl", data)
        ours = run(folder, *command)
        if first is None:
            first = triples, ours
            row(f"cartkg, {triples:,} triples", ours, f"exit {ours.code}")
            theirs = run(folder, str(PROGRAMS / "pyshacl"), "-s", "shapes.ttl", "-e", "ontology.ttl", data)
            ratio = theirs.seconds / ours.seconds
            row(f"pyshacl, {triples:,} triples", theirs, f"exit {theirs.code}; cartkg {ratio:.0f} x as fast")
            missed += ["not three times as fast as pyshacl"] if ratio < FASTER else []
        else:
            growth = (ours.cpu / first[1].cpu) / (triples / first[0])
            row(f"cartkg, {triples:,} triples", ours, f"exit {ours.code}; {growth:.2f} x linear, at most {LINEAR}")
            missed += ["grows faster than linear"] if growth > LINEAR else []
    return missed


def main() -> int:
    """Print the table; give 1 when a bound is missed."""
    sizes = [int(each) for each in sys.argv[1:]] or [100_000, 1_000_000]
    print("| what | wall s | CPU s | MB | |\n| --- | ---: | ---: | ---: | --- |")
    with tempfile.TemporaryDirectory() as name:
        missed = [*shipped_project(Path(name)), *beside_pyshacl(Path(name), sizes)]
    print("\n".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
