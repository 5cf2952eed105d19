# ruff: noqa: INP001, T201  # a script of the build, no package; it reports what it does
"""Rehearse a release: build graph and wheel, install it in a fresh environment elsewhere, check, query and serve.

Run by `make release-check`. Dependencies come from the lock files; with `--packages FOLDER` they come from a folder,
so that a test needs no network.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
LOCKED = ROOT / ".ci" / "locked"
CARRIED = ROOT / "src" / "cartkg" / "shipped" / "build"
PREFIX = "@prefix ex: <http://example.org/> .\n"
SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> .
ex:PersonShape a sh:NodeShape ; sh:targetClass ex:Person ; sh:property ex:PersonShape-name .
ex:PersonShape-name sh:path ex:name ; sh:minCount 1 ; sh:message "Give a name." .
"""
GOOD, BAD = 'ex:a a ex:Person ; ex:name "A" .\n', "ex:b a ex:Person .\n"
QUERY = "SELECT ?name WHERE { ?person <http://example.org/name> ?name }"
_WAIT = 120  # seconds for the server to start, and to stop


@dataclass(frozen=True, slots=True)
class Place:
    """A fresh environment, a small project, and the variables that commands get."""

    folder: Path
    variables: dict[str, str]

    @property
    def python(self) -> Path:
        """Return the Python of the fresh environment."""
        return self.folder / "environment" / "bin" / "python"

    @property
    def project(self) -> Path:
        """Return the folder of the small project."""
        return self.folder / "project"

    def run(self, *command: str | Path, code: int = 0) -> str:
        """Run a command in the project and return what it prints.

        Raises:
            SystemExit: it ends with another exit code than expected.
        """
        done = subprocess.run(  # noqa: S603  # commands of this script
            [*map(str, command)], cwd=self.project, env=self.variables, capture_output=True, text=True, check=False
        )
        if done.returncode != code:
            name = " ".join([Path(command[0]).name, *map(str, command[1:])])
            sys.exit(f"{name}: exit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
        return done.stdout

    def cartkg(self, *words: str, code: int = 0) -> str:
        """Run the command line that was installed."""
        said = self.run(self.python.with_name("cartkg"), *words, code=code)
        print(f"cartkg {' '.join(words)}: exit code {code}, as expected")
        return said


def main() -> int:
    """Rehearse the release; the first step that fails ends with its output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=Path, help="Folder with the installed dependencies, instead of the locks.")
    packages = parser.parse_args().packages
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        more = {"PYTHONPATH": str(packages.resolve())} if packages else {}
        place = Place(Path(folder), {**kept, **more, "XDG_CACHE_HOME": folder})
        write_project(place)
        install(place, build(place.folder), locked=packages is None)
        use(place)
        serve(place)
    print("the release can be installed, checks, answers and serves")
    return 0


def write_project(place: Place) -> None:
    """Write shapes, an ontology, and data of which one file breaks a shape."""
    texts = {"shapes/s": SHAPES, "ontology/o": "", "data/good": GOOD, "more/bad": BAD}
    for name, text in texts.items():
        file = place.project / f"{name}.ttl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(PREFIX + text, "utf-8")


def build(folder: Path) -> Path:
    """Build the graph, and the wheel that carries it, with the tools of this environment, and return the wheel."""
    made = [sys.executable, "-P", "-m", "cartkg", "--project", str(ROOT), "build", "--packed", "--out", str(CARRIED)]
    subprocess.run(made, check=True)  # noqa: S603  # a fixed command
    command = [sys.executable, "-P", "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True)  # noqa: S603  # a fixed command
    (wheel,) = folder.glob("cartkg-*.whl")
    print(f"built {wheel.name}, {wheel.stat().st_size // 1024} KiB")
    return wheel


def install(place: Place, wheel: Path, *, locked: bool) -> None:
    """Install the wheel in a fresh environment, after the packages that the locks name."""
    venv.create(place.python.parents[1], with_pip=True)
    pip = (place.python, "-P", "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation")
    for name in ("install", "serve") if locked else ():
        place.run(*pip, "--require-hashes", "-r", LOCKED / f"{name}.txt")
    place.run(*pip, "--no-index", wheel)
    found = Path(place.run(place.python, "-P", "-c", "import cartkg; print(cartkg.__file__)").strip())
    if not found.is_relative_to(place.folder):
        sys.exit(f"cartkg comes from {found}, not from the wheel")


def use(place: Place) -> None:
    """Ask for the version, check the small project, and ask the graph that the wheel carries."""
    version = re.search(r'__version__ = "([^"]+)"', (ROOT / "src" / "cartkg" / "__init__.py").read_text("utf-8"))
    if not version or version[1] not in place.cartkg("--version"):
        sys.exit("the wheel has another version than the source")
    checked = ("check", "--shapes", "shapes", "--ontology", "ontology")
    place.cartkg(*checked, "data")
    if "more/bad.ttl:2:1: error PersonShape-name: Give a name." not in place.cartkg(*checked, "more", code=1):
        sys.exit("the check does not find the record without a name")
    if len(place.cartkg("query", "sle-doris-remission", "--format", "csv").splitlines()) < 2:  # noqa: PLR2004  # header
        sys.exit("the graph that the wheel carries has no answer")


def serve(place: Place) -> None:
    """Serve the small project on a free port, ask one query, and stop the server."""
    command = [str(place.python.with_name("cartkg")), "serve", "--port", "0", "--data", "data"]
    with subprocess.Popen(  # noqa: S603  # a fixed command
        command, cwd=place.project, env=place.variables, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            said = server.stdout.readline() if server.stdout else ""
            found = re.search(r"http://\S+?:\d+", said)
            if found is None:
                sys.exit(f"the server did not say where it listens: {said!r}")
            asked = urlencode({"query": QUERY, "format": "json"})
            with urlopen(f"{found[0]}/sparql?{asked}", timeout=_WAIT) as answer:  # noqa: S310  # a loopback address
                rows = json.load(answer)["results"]["bindings"]
            if [row["name"]["value"] for row in rows] != ["A"]:
                sys.exit(f"the server gives another answer: {rows}")
        finally:
            server.send_signal(signal.SIGTERM)
            code = server.wait(_WAIT)
    print(f"cartkg serve: answered one query and ended with exit code {code}")
    if code:
        sys.exit("the server did not stop in order")


if __name__ == "__main__":
    sys.exit(main())
