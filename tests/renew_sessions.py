"""Write the sessions that the read-me and the documentation show again.

Usage: python tests/renew_sessions.py

Read the difference before it is committed.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
_SESSION = re.compile(r"^\$ (.+)\n((?:(?!\$ |```).*\n)*)", re.MULTILINE)
_BLOCK = re.compile(r"```console\n.*?```", re.DOTALL)
_CUT = "..."


def main() -> None:
    """Run each command of the pages again."""
    for page in PAGES:
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
    main()
