"""The installed wheel answers at once: it carries the graph, which is read when its hash fits, and built when not."""

from __future__ import annotations

import gzip
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import venv
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
from tests.test_ci import link_packages

from cartkg import builds, manifest, project
from cartkg.builds import carried, contents_digest, dump_read, folder_read
from cartkg.manifest import Manifest
from cartkg.pipeline.freshness import current
from cartkg.project import DUMP, INDEX, MANIFEST, PACKED, PACKED_INDEX, PACKED_PAGE, PAGE, PICTURE, Project
from cartkg.sparql.engines.data_source import DataSource

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
#: What a wheel is made of.
PARTS = (
    *("pyproject.toml", "README.md", "LICENSE", "src", "ontology", "shapes", "data", "queries"),
    *("docs/guides/query.md", "tests/cases/shapes", "tests/cases/checks"),
)
#: Writes down each file that Python opens, when a variable names where.
WATCH = """
import os, sys
if os.environ.get("OPENED"):
    with open(os.environ["OPENED"], "a", buffering=1) as log:
        pass
    def note(event, arguments, log=open(os.environ["OPENED"], "a", buffering=1)):
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            log.write(f"{os.fsdecode(arguments[0])}\\n")
    sys.addaudithook(note)
"""
SPOILED = (f"shipped/build/{PACKED}", "synthesis/counting/counts.py")


@pytest.fixture
def installed(tmp_project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Give a project that counts as the one in the package, with a build of its sources beside them."""
    monkeypatch.setattr(project, "_is_shipped", lambda root: root == tmp_project.root)
    monkeypatch.setattr(builds, "carried", carried.__wrapped__)
    monkeypatch.setattr("cartkg.pipeline.freshness.carried", carried.__wrapped__)
    write_build(tmp_project, tmp_project.root / "build", PACKED)
    return tmp_project


def write_build(of: Project, folder: Path, dump: str = DUMP) -> None:
    folder.mkdir(parents=True)
    for name in (dump, PAGE, PICTURE, INDEX):
        (folder / name).write_text(f"# {name}\n", "utf-8")
    made = Manifest("2026-11-22", "0", "d", 0, contents=contents_digest(of, folder))
    (folder / MANIFEST).write_bytes(manifest.write(made))


def test_the_build_in_the_package_is_read_when_it_was_made_from_what_is_there(installed: Project) -> None:
    folder = installed.root / "build"
    assert folder_read(installed) == folder
    assert dump_read(installed) == folder / PACKED
    assert DataSource(installed).manifest == folder / MANIFEST


@pytest.mark.parametrize(
    "name",
    [
        *(f"build/{name}" for name in (PACKED, PAGE, PICTURE, INDEX, MANIFEST)),
        *("ontology/cartkg.ttl", "data/ttl/shared/units.ttl", "queries/overlaps.rq", "shapes/study.ttl"),
        *("ontology/rules", "ontology/mappings"),
    ],
)
def test_a_build_in_the_package_that_does_not_match_is_not_read(installed: Project, name: str) -> None:
    path = installed.root / name
    for each in (path, *(path.iterdir() if path.is_dir() else ())):
        if each.is_file():
            each.unlink() if each.name == MANIFEST else each.write_bytes(each.read_bytes() + b"\n")
    assert carried.__wrapped__(installed) is None
    assert folder_read(installed) == installed.build
    assert dump_read(installed) is None


def test_a_build_that_other_code_made_is_not_read(installed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cartkg.caches.own_code", lambda: b"other")
    assert carried.__wrapped__(installed) is None


def test_a_build_beside_the_sources_of_a_checkout_is_never_read(tmp_project: Project) -> None:
    write_build(tmp_project, tmp_project.root / "build")
    assert carried.__wrapped__(tmp_project) is None
    assert dump_read(tmp_project) is None


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Project]:
    """Collect the projects that are built, and build none."""
    found: list[Project] = []

    def make(origin: DataSource) -> None:
        found.append(origin.project)
        write_build(origin.project, origin.project.build)

    monkeypatch.setattr(DataSource, "build", make)
    return found


def test_nothing_is_built_or_said_where_the_package_carries_the_build(installed: Project, made: list[Project]) -> None:
    said: list[str] = []
    source = current(DataSource(installed), said.append)
    assert (source.paths, made, said) == ((installed.root / "build" / PACKED,), [], [])


def test_a_package_whose_build_does_not_match_builds_and_says_so(installed: Project, made: list[Project]) -> None:
    with (installed.root / "build" / PACKED).open("a") as dump:
        dump.write("\n")
    said: list[str] = []
    source = current(DataSource(installed), said.append)
    assert (source.paths, made) == ((installed.build / DUMP,), [installed])
    (line,) = said
    assert line.startswith("the graph of this installation is missing or does not match its sources and code; buil")


def test_a_checkout_without_a_build_says_that_it_builds(tmp_project: Project, made: list[Project]) -> None:
    said: list[str] = []
    current(DataSource(tmp_project), said.append)
    assert made == [tmp_project]
    assert said == ["no build made here; building it, which takes about half a minute"]


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel.

    Attributes:
        folder: where everything is.
        package: folder of the package in the environment.
    """

    folder: Path
    package: Path

    def environment(self, **more: str) -> dict[str, str]:
        packages = str(self.folder / "packages")
        return {"PATH": os.environ["PATH"], "PYTHONPATH": packages, "XDG_CACHE_HOME": str(self.folder / "user")} | more

    def command(self, *words: str) -> list[str]:
        return [str(self.folder / "environment" / "bin" / "cartkg"), *words]

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = self.environment(**more)
        command = self.command(*words)
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=True)

    def built(self) -> bool:
        """Return whether a build was made outside the package."""
        return (self.folder / "user" / "cartkg" / "build").exists()

    @contextmanager
    def serving(self) -> Iterator[tuple[str, Path]]:
        """Serve what is installed, and give the address and the file with what the server writes on stderr."""
        with (
            (self.folder / "stderr").open("w") as stderr,
            subprocess.Popen(
                self.command("serve", "--port", "0"), cwd=self.folder, env=self.environment(), text=True,
                stdout=subprocess.PIPE, stderr=stderr,
            ) as server,
        ):  # fmt: skip
            try:
                assert server.stdout is not None
                found = re.search(r"http://\S+?:\d+/", server.stdout.readline())
                assert found, (self.folder / "stderr").read_text("utf-8")
                yield found[0], self.folder / "stderr"
            finally:
                server.send_signal(signal.SIGTERM)


def copy_checkout(copy: Path) -> None:
    """Copy what a wheel is made of, without a graph that an earlier wheel was to carry."""
    for part in PARTS:
        source, target = ROOT / part, copy / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "shipped"))
        else:
            shutil.copy(source, target)


def make_wheel(copy: Path) -> Path:
    """Build graph and wheel in a copy of the checkout, as `make wheel` does."""
    copy_checkout(copy)
    out = copy / "src" / "cartkg" / "shipped" / "build"
    python = [sys.executable, "-P", "-m"]
    build = [*python, "cartkg", "--project", str(copy), "build", "--packed", "--out", str(out)]
    subprocess.run(build, check=True, cwd=copy)
    pip = [*python, "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", str(copy), str(copy)], check=True, cwd=copy)
    (found,) = copy.glob("cartkg-*.whl")
    return found


def install(wheel: Path, folder: Path) -> Installed:
    """Install a wheel in a new environment, which shares the other packages of this one."""
    packages = folder / "packages"
    packages.mkdir()
    link_packages(packages)
    (packages / "sitecustomize.py").unlink(missing_ok=True)
    (packages / "sitecustomize.py").write_text(WATCH, "utf-8")
    venv.create(folder / "environment", with_pip=True)
    python = folder / "environment" / "bin" / "python"
    pip = [str(python), "-P", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, cwd=folder, env={**os.environ, "PYTHONPATH": ""})
    (package,) = (folder / "environment" / "lib").glob("python*/site-packages/cartkg")
    return Installed(folder, package)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_wheel(tmp_path_factory.mktemp("checkout"))


@pytest.fixture
def place(wheel: Path, tmp_path: Path) -> Installed:
    return install(wheel, tmp_path)


def rows(address: str) -> list[dict[str, Any]]:
    with urlopen(f"{address}questions/sle-doris-remission/answer?format=json", timeout=60) as answer:
        found: list[dict[str, Any]] = json.load(answer)["results"]["bindings"]
    return found


@pytest.mark.whole
def test_the_wheel_carries_the_whole_build(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as held:
        names = {name for name in held.namelist() if name.startswith("cartkg/shipped/build/")}
        assert names == {
            f"cartkg/shipped/build/{name}" for name in (PACKED, MANIFEST, PACKED_PAGE, PACKED_INDEX, PICTURE)
        }
        said = json.loads(held.read(f"cartkg/shipped/build/{MANIFEST}"))
    assert (len(said["contents"]), said["quads"] > 100_000) == (64, True)


@pytest.mark.whole
def test_a_fresh_installation_answers_from_the_graph_that_it_carries(place: Installed) -> None:
    for words in (("query", "sle-doris-remission", "--format", "csv"), ("count", "--disease", "SLE")):
        opened = place.folder / "opened"
        opened.unlink(missing_ok=True)
        said = place.run(*words, OPENED=str(opened))
        assert len(said.stdout.splitlines()) > 3
        assert said.stderr == ""
        files = {Path(line) for line in opened.read_text("utf-8").splitlines()}
        assert place.package / "shipped" / "build" / PACKED in files
    with place.serving() as (address, stderr):
        assert rows(address)
        with urlopen(f"{address}ontology/reference", timeout=60) as reference:
            assert b'id="Finding"' in reference.read()
        with urlopen(f"{address}release/{DUMP}", timeout=60) as dump:
            assert dump.read() == gzip.decompress((place.package / "shipped" / "build" / PACKED).read_bytes())
        assert "building" not in stderr.read_text("utf-8")
    assert not place.built()


@pytest.mark.whole
@pytest.mark.parametrize("name", SPOILED)
def test_an_installation_whose_graph_does_not_match_builds_it_and_says_so(place: Installed, name: str) -> None:
    with (place.package / name).open("a") as file:
        file.write("\n")
    asked = place.run("query", "trials-recruiting", "--format", "csv")
    reason = "the graph of this installation is missing or does not match its sources and code"
    assert asked.stderr == f"cartkg: {reason}: querying the sources, without inferred facts; run `cartkg build`\n"
    assert not place.built()
    with place.serving() as (address, stderr):
        assert rows(address)
        assert stderr.read_text("utf-8").startswith(f"{reason}; building it, which takes about half a minute\n")
    assert place.built()
    with place.serving() as (address, stderr):
        assert rows(address)
        assert "building" not in stderr.read_text("utf-8"), "what was built is kept"
    assert place.run("query", "trials-recruiting", "--format", "csv").stderr == ""


@pytest.mark.whole
def test_a_build_for_a_server_shows_its_steps_on_a_terminal_and_leaves_standard_output_alone(
    tmp_project: Project,
) -> None:
    ours, theirs = pty.openpty()
    code = "from cartkg.project import find; from cartkg.sparql.engines.data_source import DataSource; "
    code += f"DataSource(find(__import__('pathlib').Path({str(tmp_project.root)!r}))).build()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=theirs) as child:
        os.close(theirs)
        said = b""
        try:
            while part := os.read(ours, 4096):
                said += part
        except OSError:  # the other end is closed
            pass
        assert child.stdout is not None
        assert child.stdout.read() == b""
    os.close(ours)
    assert child.returncode == 0
    for stage in (b"read ", b"reason ", b"check ", b"count ", b"write "):
        assert stage in said
