"""Compare `cartkg check` with the plain `pyshacl` command on published shapes and data, all pairs in one run.

Each command starts cold in a process of its own, with the code of both compiled before. The two take turns; wall time
and CPU time in seconds, and MB (peak memory of the process), are medians of the rounds. A long pair has fewer of them.
Ratios are pySHACL to cartkg, of CPU time, which a busy machine disturbs less, and of memory: above 1, cartkg is faster
or smaller. Verdicts have the exit code: 3 of cartkg says that a part of the shapes is faulty and was left out.
Results are those of the reports, in brackets how many differ in focus node, path, value, component, severity or named
shape; a nameless node counts as any other.
Bounds: on each pair that it evaluates alone, cartkg is at least as fast and takes at most as much memory. The median is
printed; the aim is 3. Exit code 1 when a bound is missed.
Usage: python tests/bench/bench_real.py [--rounds N] [WORD ...], for the pairs whose names hold one of the words
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import pyoxigraph as ox

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.published import PUBLISHED, REAL, Published

from cartkg.namespaces import SH
from cartkg.validation import EngineName

PROGRAMS = Path(sys.executable).parent
EACH, AIM = 1.0, 3.0
#: Starts a command and says what it cost. A process counts the memory of the one that it was forked from, so this one
#: is as small as can be.
_LAUNCH = """import os, sys, time
start = time.perf_counter()
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(process, 0)
spent = time.perf_counter() - start
cost = [spent, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)]
sys.stderr.write(f"\\n{cost}")
"""
#: Seconds that all rounds of one pair may take; one round is always run.
PATIENCE = 60.0
_SYNTAXES = {".rdf": "xml", ".jsonld": "json-ld", ".ttl": "turtle"}
_KEY = ("focusNode", "resultPath", "value", "sourceConstraintComponent", "resultSeverity", "sourceShape")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a command cost: wall and CPU time in seconds, peak memory in MB, and its exit code."""

    seconds: float
    cpu: float
    memory: float
    code: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a report says."""

    conforms: bool
    results: int
    distinct: int


@dataclass(frozen=True, slots=True)
class Ratios:
    """How many times the CPU time and memory of cartkg pySHACL takes."""

    speed: float
    memory: float


def run(command: list[str], folder: Path, cache: Path) -> Cost:
    """Run a command to its end; compiled code is kept in a folder of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(cache)
    launch = [sys.executable, "-I", "-S", "-c", _LAUNCH, *command]
    done = subprocess.run(
        launch, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True
    )
    return Cost(*json.loads(done.stderr.decode().rpartition("\n")[2]))


def merged(folder: Path, names: tuple[str, ...], place: Path) -> Path:
    """Return one file with the shapes of several, which is all that pyshacl takes."""
    if len(names) == 1:
        return folder / names[0]
    quads = [quad for name in names for quad in ox.parse(path=folder / name, rename_blank_nodes=True)]
    file = place / "shapes.nt"
    ox.serialize((quad.triple for quad in quads), file, ox.RdfFormat.N_TRIPLES)
    return file


def commands(case: Published, place: Path) -> tuple[list[str], list[str]]:
    """Return the commands of both tools, which write their reports as `ours.ttl` and `theirs.ttl`."""
    folder = REAL / case.folder
    ours = [str(PROGRAMS / "cartkg"), "check", "--format", "counts", "--output", f"turtle={place / 'ours.ttl'}"]
    for name in case.shapes:
        ours += ["--shapes", name, *(["--ontology", name] if case.ontology else [])]
    theirs = [str(PROGRAMS / "pyshacl"), "-i", "none", "-f", "turtle", "-o", str(place / "theirs.ttl")]
    shapes = merged(folder, case.shapes, place)
    theirs += ["-s", str(shapes), *(["-e", str(shapes)] if case.ontology else [])]
    theirs += ["-df", _SYNTAXES[Path(case.data).suffix]]
    if case.engine is not EngineName.CARTKG:
        ours += ["--engine", EngineName.MIXED.value]
        theirs.append("-a")
    return [*ours, case.data], [*theirs, case.data]


def read_report(file: Path) -> Found | None:
    """Read a validation report; None when there is none."""
    if not file.is_file() or not file.stat().st_size:
        return None
    store = ox.Store()
    store.load(path=file, format=ox.RdfFormat.TURTLE)
    found = [
        quad.object
        for report in store.quads_for_pattern(None, None, ox.NamedNode(f"{SH}ValidationReport"), None)
        for quad in store.quads_for_pattern(report.subject, ox.NamedNode(f"{SH}result"), None, None)
    ]
    keys = [tuple(shown(store, each, name) for name in _KEY) for each in found]
    own = [key for key in keys if key[3].startswith(f"<{SH}") or "rules/" not in key[3]]
    return Found(not own, len(own), len(set(own)))


def shown(store: ox.Store, result: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple, name: str) -> str:
    """Return a value of a result; a blank node as such."""
    assert not isinstance(result, ox.Literal)
    values = [quad.object for quad in store.quads_for_pattern(result, ox.NamedNode(SH + name), None, None)]
    return "_" if not values or isinstance(values[0], ox.BlankNode) else str(values[0])


def verdict(found: Found | None, code: int) -> str:
    """Return what a report says in one word, with the exit code."""
    return f"{'refused' if found is None else 'conforms' if found.conforms else 'violates'} ({code})"


def counted(found: Found | None) -> str:
    """Return the results of a report."""
    return "-" if found is None else f"{found.results:,} ({found.distinct:,})"


def compare(name: str, case: Published, rounds: int, cache: Path) -> Ratios:
    """Print the row of a pair, and return how much faster and smaller cartkg is."""
    with tempfile.TemporaryDirectory() as place:
        both = commands(case, Path(place))
        spent: tuple[list[Cost], list[Cost]] = ([], [])
        start = perf_counter()
        while len(spent[0]) < rounds and (not spent[0] or perf_counter() - start < PATIENCE):
            for command, costs in zip(both, spent, strict=True):
                costs.append(run(command, REAL / case.folder, cache))
        found = [read_report(Path(place) / each) for each in ("ours.ttl", "theirs.ttl")]
    seconds, cpu, memory = (
        [median(getattr(each, kind) for each in costs) for costs in spent] for kind in ("seconds", "cpu", "memory")
    )
    ratios = Ratios(cpu[1] / cpu[0], memory[1] / memory[0])
    codes = [costs[-1].code for costs in spent]
    cells = (
        *(f"{name} ({len(spent[0])})", " / ".join(map(verdict, found, codes)), " / ".join(map(counted, found))),
        *(f"{seconds[0]:.2f} / {seconds[1]:.2f}", f"{cpu[0]:.2f} / {cpu[1]:.2f}", f"{ratios.speed:.1f}"),
        *(f"{memory[0]:.0f} / {memory[1]:.0f}", f"{ratios.memory:.1f}"),
    )
    print("|", " | ".join(cells), "|", flush=True)
    return ratios


def main() -> int:
    """Print the table; give 1 when a bound is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("words", nargs="*")
    given = parser.parse_args()
    if not REAL.is_dir():
        print(f"skipped: {REAL.name}, the folder of published shapes and data, is not beside the repository")
        return 0
    chosen = {
        name: case
        for name, case in PUBLISHED.items()
        if not given.words or any(word.casefold() in name.casefold() for word in given.words)
    }
    print("cartkg / pySHACL; in brackets behind a pair, its rounds\n")
    print("| pair | verdict | results (distinct) | wall s | CPU s | ratio | MB | ratio |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        cache = Path(name)
        for command in commands(PUBLISHED["DCAT-AP on a series"], cache):
            run(command, REAL / PUBLISHED["DCAT-AP on a series"].folder, cache / "code")
        ratios = {name: compare(name, case, given.rounds, cache / "code") for name, case in chosen.items()}
    print(f"\nmedian: cartkg {median(each.speed for each in ratios.values()):.1f} times as fast; the aim is {AIM:g}")
    alone = {name: each for name, each in ratios.items() if chosen[name].engine is EngineName.CARTKG}
    slower = [name for name, each in alone.items() if each.speed < EACH]
    larger = [name for name, each in alone.items() if each.memory < EACH]
    for word, names in {"slower": slower, "larger": larger}.items():
        if names:
            print(f"{word}: {', '.join(names)}")
    return 1 if slower or larger else 0


if __name__ == "__main__":
    sys.exit(main())
