"""Show that placing diagnostics takes time linear in the size of the file, for every way to a value.

Each case is checked with 1,000 to 8,000 wrong values, beside the plain `pyshacl` command. Seconds are CPU time of a
process that starts cold; each row gives the ratio to the one above: linear is at most 2.
Bounds: from 4,000 to 8,000 values the time grows by at most 2.4. Exit code 1 when that is missed.
Usage: python tests/bench/bench_locating.py [CASE ...]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAMS = Path(sys.executable).parent
PREFIXES = "@prefix ex: <http://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .\n"
SIZES = (1000, 2000, 4000, 8000)
MOST = 2.4

_NESTED = (
    "ex:S sh:targetClass ex:D ; sh:property [ sh:path ex:format ; sh:property [ sh:path ex:in ; sh:minCount 1 ] ] ."
)
_WRONG = "sh:class ex:C"
#: Case -> the shape, and what is written for each number.
CASES = {
    "values of nested property shapes": (_NESTED, 'ex:d{0} a ex:D ; ex:format "v{0}" .'),
    "objects as targets": (f"ex:S sh:targetObjectsOf ex:p ; {_WRONG} .", 'ex:d{0} ex:p "v{0}" .'),
    "many values of one node": (
        f"ex:S sh:targetNode ex:d ; sh:property [ sh:path ex:p ; {_WRONG} ] .",
        'ex:d ex:p "v{0}" .',
    ),
    "values at the end of a sequence": (
        f"ex:S sh:targetNode ex:d ; sh:property [ sh:path ( ex:p ex:q ) ; {_WRONG} ] .",
        "ex:d ex:p ex:e{0} . ex:e{0} ex:q 'v{0}' .",
    ),
    "values of alternatives": (
        f"ex:S sh:targetNode ex:d ; sh:property [ sh:path [ sh:alternativePath ( ex:q ex:p ) ] ; {_WRONG} ] .",
        "ex:d ex:p 'v{0}' .",
    ),
    "blank nodes": (f"ex:S sh:targetSubjectsOf ex:p ; {_WRONG} .", "[ ex:p 'v{0}' ] ."),
}


def seconds(*command: str) -> float:
    """Return the CPU time of a command."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Measure and print; return the exit code."""
    missed = 0
    chosen = sys.argv[1:] or list(CASES)
    print("| case | values | cartkg, s | ratio | pySHACL, s |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        shapes, data = Path(name) / "s.ttl", Path(name) / "d.ttl"
        for case in chosen:
            shape, line = CASES[case]
            shapes.write_text(PREFIXES + shape, "utf-8")
            before = ratio = 0.0
            for size in SIZES:
                data.write_text(PREFIXES + "\n".join(line.format(number) for number in range(size)), "utf-8")
                ours = seconds(str(PROGRAMS / "cartkg"), "check", "--shapes", str(shapes), str(data))
                theirs = seconds(str(PROGRAMS / "pyshacl"), "-i", "none", "-s", str(shapes), str(data))
                ratio = ours / before if before else 0.0
                print(f"| {case} | {size:,} | {ours:.2f} | {ratio:.2f} | {theirs:.2f} |", flush=True)
                before = ours
            missed += ratio > MOST
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
