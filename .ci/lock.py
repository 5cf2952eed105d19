# ruff: noqa: INP001  # a script of the build, no package
"""Write the lock files: each package with its version and the SHA-256 of every file that an index offers for it.

Run by `make lock` after a dependency has changed. Versions are those of `constraints.txt`; one lock serves all systems
and every supported Python, by markers. Each file contains what those before it lack, so pip installs it with
`--no-deps`. That of the documentation comes after `serve`, so that no one has to install the other tools for it; that
of the clients has an environment of its own, after `install`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKED = ROOT / ".ci" / "locked"
CONSTRAINTS = ROOT / ".ci" / "constraints.txt"
#: Name of the file -> what it contains besides what those before it hold.
LOCKS = {
    "install": ("--group", "install"),
    "check": ("pyproject.toml", "--extra", "check"),
    "serve": ("pyproject.toml", "--all-extras"),
    "test": ("pyproject.toml", "--all-extras", "--group", "test"),
    "dev": ("pyproject.toml", "--all-extras", "--group", "dev"),
    "identifiers": ("--no-deps", "--group", "identifiers"),
    "lock": ("--group", "lock"),
    "docs": ("pyproject.toml", "--group", "docs"),
    "clients": ("--group", "clients"),
}
#: A file that is on fewer than all those before it -> those it is on.
_BASES = {"docs": ("install", "check", "serve"), "clients": ("install",)}
_UV = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links"),
)
_NAME = re.compile(r"^(\S+)==", re.MULTILINE)


def blocks(what: tuple[str, ...]) -> dict[str, str]:
    """Return what a lock of some requirements contains: name of a package -> its lines."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "locked.txt"
        command = [sys.executable, "-P", "-m", "uv", *_UV, "--constraints", str(CONSTRAINTS), *what, "-o", str(out)]
        subprocess.run(command, check=True, cwd=ROOT)  # noqa: S603  # a fixed command
        text = out.read_text("utf-8")
    starts = [match.start() for match in _NAME.finditer(text)]
    parts = (text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True))
    return {part.partition("==")[0]: part for part in parts}


def main() -> int:
    """Write every lock file."""
    LOCKED.mkdir(exist_ok=True)
    found: dict[str, dict[str, str]] = {}
    for name, what in LOCKS.items():
        # a package that an earlier file has for other systems alone is named again, with its wider marker
        held = {part for base in _BASES.get(name, found) for part in found[base].values()}
        found[name] = blocks(what)
        lines = "".join(part for _, part in sorted(found[name].items()) if part not in held)
        (LOCKED / f"{name}.txt").write_text(lines, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
