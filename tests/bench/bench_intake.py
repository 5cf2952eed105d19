"""Time the intake: an export of 10,000 records looked up (at most 10 s), one of 500 drafted (at most 20 s).

The exports are copies of the samples in tests/cases/exports with numbers of their own, so that every record is looked
up by title and authors too. Whole commands are timed, as users start them, by the clock and by processor time, which
other processes of a busy machine change little; exit code 1 where that is beyond the limit.
Usage: python tests/bench/bench_intake.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "cases" / "exports"
LOOKED_UP, DRAFTED = 10_000, 500
MOST_TO_LOOK_UP, MOST_TO_DRAFT = 10.0, 20.0
#: Sample -> the text before its first record and after it; those of JSON are taken apart as JSON.
BORDERS = {
    "pubmed.nbib": ("PMID-", "\n\n"),
    "reference-manager.ris": ("TY  -", "ER  - \n"),
    "pubmed.xml": ("<PubmedArticle>", "</PubmedArticle>"),
    "endnote.xml": ("<record>", "</record>"),
    "library.bib": ("@article", "\n}\n"),
}
LISTS = {"zotero.json": (), "crossref.json": ("message", "items"), "europe-pmc.json": ("resultList", "result")}


def _numbered(record: str, number: int) -> str:
    record = record.replace("36109639", str(number + 1)).replace("s41591-022-02017-5", f"sample-{number}")
    return record.replace("refractory systemic", f"series {number} of systemic")


def export(name: str, count: int) -> str:
    """Return an export of many records, each with a DOI and PMID of its own."""
    text = (SAMPLES / name).read_text("utf-8")
    if name in LISTS:
        return _json(json.loads(text), LISTS[name], count)
    start, end = BORDERS[name]
    at = text.index(start)
    to = text.index(end, at) + len(end)
    after = text[text.rindex(end) + len(end) :]
    return text[:at] + "".join(_numbered(text[at:to], number) for number in range(count)) + after


def _json(document: object, keys: tuple[str, ...], count: int) -> str:
    held = document
    for key in keys:
        assert isinstance(held, dict)
        held = held[key]
    assert isinstance(held, list)
    record = json.dumps(held[0])
    held[:] = [json.loads(_numbered(record, number)) for number in range(count)]
    return json.dumps(document)


class Timed(NamedTuple):
    """The seconds of a command: by the clock, and of the processor."""

    clock: float
    processor: float


def _timed(*arguments: str) -> Timed:
    start, before = time.perf_counter(), os.times()
    subprocess.run([sys.executable, "-m", "cartkg", *arguments], check=True, capture_output=True, cwd=ROOT)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Timed(time.perf_counter() - start, used)


def main() -> int:
    """Print the figures; return 1 where one is beyond its limit."""
    beyond = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in (*BORDERS, *LISTS):
            many, some = Path(folder, f"many-{name}"), Path(folder, f"some-{name}")
            many.write_text(export(name, LOOKED_UP), "utf-8")
            some.write_text(export(name, DRAFTED), "utf-8")
            found = _timed("find", str(many), "--format", "csv")
            drafted = _timed("draft", str(some), "--output", str(Path(folder, f"drafts-{name}")))
            beyond += (found.processor > MOST_TO_LOOK_UP) + (drafted.processor > MOST_TO_DRAFT)
            look_up = f"{found.clock:5.1f} s ({found.processor:4.1f} of the processor) to look up {LOOKED_UP:,}"
            draft = f"{drafted.clock:5.1f} s ({drafted.processor:4.1f}) to draft {DRAFTED}"
            print(f"{look_up}, {draft}: {name}", flush=True)
    return 1 if beyond else 0


if __name__ == "__main__":
    raise SystemExit(main())
