"""Write the expected answers of stored questions again, and the sessions that the read-me and the documentation show.

Usage: python tests/renew_questions.py [NAME ...]

Read the difference before it is committed: does each answer answer its title, and is every cell filled that the graph
could fill? With names, only these answers are written and the pages stay as they are.
"""

from __future__ import annotations

import csv
import re
import shlex
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.test_questions import EXPECTED, QUESTIONS, ROOT, counted_graph, table

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
_SESSION = re.compile(r"^\$ (.+)\n((?:(?!\$ |```).*\n)*)", re.MULTILINE)
_BLOCK = re.compile(r"```console\n.*?```", re.DOTALL)
_CUT = "..."


def main(names: list[str]) -> None:
    """Renew the answers named, or all and the pages; an answer whose question is gone is removed."""
    graph = counted_graph()
    EXPECTED.mkdir(parents=True, exist_ok=True)
    for question in QUESTIONS:
        if not names or question.name in names:
            with (EXPECTED / f"{question.name}.csv").open("w", encoding="utf-8", newline="") as lines:
                csv.writer(lines, lineterminator="\n").writerows(table(question, graph))
    for path in EXPECTED.glob("*.csv"):
        if path.stem not in {question.name for question in QUESTIONS}:
            path.unlink()
    for page in () if names else PAGES:
        text = page.read_text("utf-8")
        page.write_text(_BLOCK.sub(lambda block: _SESSION.sub(_session, block[0]), text), "utf-8")


def _session(session: re.Match[str]) -> str:
    """Run a command of a page; where its output is cut, keep as many lines before and after the cut."""
    _, *words = shlex.split(session[1])
    command = [sys.executable, "-m", "cartkg", *words]
    given = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    shown = [line.rstrip() for line in given.stdout.splitlines()]
    known = session[2].splitlines()
    if _CUT in known:
        before = known.index(_CUT)
        after = len(known) - before - 1
        shown = [*shown[:before], _CUT, *shown[len(shown) - after :]]
    return "\n".join([f"$ {session[1]}", *shown, ""])


if __name__ == "__main__":
    main(sys.argv[1:])
