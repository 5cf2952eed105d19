"""What pipelines of other projects install: the wheel with its extra `check`, small, in an environment of its own.

No index is asked: wheels of what is installed here, made again from its files, stand for one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.test_elsewhere import DATA, SHAPES
from tests.test_installed import copy_checkout

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parents[1]
#: The most that all packages together may take, in bytes, compiled modules included.
BOUND = 60_000_000
_PINNED = re.compile(r"^([a-z0-9._-]+)==", re.MULTILINE)


def made_again(package: metadata.Distribution, folder: Path) -> None:
    """Write an installed package as the wheel that it came from; programs are made when it is installed."""
    tags = re.findall(r"^Tag: (\S+)$", package.read_text("WHEEL") or "", re.MULTILINE)
    tag = next(each for each in tags if not each.startswith("py2-"))
    name = re.sub(r"[-_.]+", "_", package.metadata["Name"]).lower()
    with zipfile.ZipFile(folder / f"{name}-{package.version}-{tag}.whl", "w") as wheel:
        for file in package.files or ():
            if not file.parts[0].startswith("..") and file.suffix != ".pyc" and file.name != "direct_url.json":
                wheel.write(str(package.locate_file(file)), file.as_posix())


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the wheel of this checkout and those of all that the lock of a check holds."""
    folder = tmp_path_factory.mktemp("index")
    for name in _PINNED.findall((ROOT / ".ci" / "locked" / "check.txt").read_text("utf-8")):
        try:
            made_again(metadata.distribution(name), folder)
        except metadata.PackageNotFoundError:
            continue  # it is for another Python
    copy = tmp_path_factory.mktemp("checkout")
    copy_checkout(copy)  # the action installs from a checkout, which has no graph made for a wheel
    for made in ("docs", "static/vendor"):  # nor what `make` builds in it for the server
        shutil.rmtree(copy / "src" / "cartkg" / "web" / made, ignore_errors=True)
    command = [sys.executable, "-P", "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(copy)], check=True)
    return folder


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory, index: Path) -> Path:
    """Give the folder of programs of a new environment in which `pip install cartkg[check]` has run."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=True)
    command = [str(place / "bin" / "python"), "-P", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*command, "--no-index", "--find-links", str(index), "cartkg[check]"],
        env={**os.environ, "PIP_CONFIG_FILE": os.devnull},
        check=True,
    )
    return place / "bin"


def run(programs: Path, place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(programs / "cartkg"), *words]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)


def test_what_a_check_needs_is_small(programs: Path) -> None:
    (packages,) = programs.parent.glob("lib/python*/site-packages")
    tools = re.compile(r"(?:pip|setuptools|pkg_resources|_distutils_hack|distutils-precedence)\b")
    sizes: dict[str, int] = {}
    for file in packages.rglob("*"):
        top = file.relative_to(packages).parts[0]
        if file.is_file() and not tools.match(top):
            sizes[top] = sizes.get(top, 0) + file.stat().st_size
    told = sorted(sizes.items(), key=lambda each: -each[1])
    print(f"cartkg[check] takes {sum(sizes.values()) / 1e6:.1f} MB:", told[:5])
    assert sum(sizes.values()) <= BOUND, told


def test_the_lock_of_a_check_holds_all_that_pip_installed(programs: Path) -> None:
    (packages,) = programs.parent.glob("lib/python*/site-packages")
    found = {canonicalize_name(each.metadata["Name"]) for each in metadata.distributions(path=[str(packages)])}
    locked = set(_PINNED.findall((ROOT / ".ci" / "locked" / "check.txt").read_text("utf-8")))
    assert found - {"cartkg", "pip", "setuptools"} <= {canonicalize_name(each) for each in locked}
    wanted = metadata.requires("cartkg") or []
    assert {canonicalize_name(Requirement(each).name) for each in wanted if "extra" not in each} <= found


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    (tmp_path / "s.ttl").write_text(SHAPES, "utf-8")
    (tmp_path / "d.ttl").write_text(DATA, "utf-8")
    return tmp_path


def test_foreign_data_is_checked(programs: Path, foreign: Path) -> None:
    asked = run(programs, foreign, "check", "--shapes", "s.ttl", "d.ttl")
    assert (asked.returncode, asked.stderr) == (1, "")
    assert asked.stdout.splitlines()[0] == "d.ttl:3:1: error S-name: Give a name."


def test_foreign_data_is_formatted(programs: Path, foreign: Path) -> None:
    (foreign / "d.ttl").write_text(DATA.replace("    a", "  a"), "utf-8")
    asked = run(programs, foreign, "fmt", "d.ttl")
    assert asked.returncode == 0, asked.stderr
    assert (foreign / "d.ttl").read_text("utf-8") == DATA


def test_the_shipped_graph_is_checked_and_asked(programs: Path, foreign: Path) -> None:
    checked = run(programs, foreign, "--project", str(ROOT), "check", "--skip", "style")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for what in ("contradictions", "dossiers", "shared patients"):
        assert f"warning not-evaluated: {what} were not checked: this needs" in checked.stdout
    asked = run(programs, foreign, "query", "trials-recruiting", "--format", "csv")
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.count("\n") > 3


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        ("count", "cartkg count needs numpy, which is not installed; run: pip install 'cartkg[synthesis]'"),
        ("add x.yaml", "cartkg add needs numpy, which is not installed; run: pip install 'cartkg[synthesis]'"),
        ("build", "which is not installed; run: pip install 'cartkg[reason,release,synthesis]'"),
        ("release", "which is not installed; run: pip install 'cartkg[reason,release,synthesis]'"),
        ("explain a b c", "which is not installed; run: pip install 'cartkg[reason,synthesis]'"),
        ("serve", "cartkg serve needs babel, which is not installed; run: pip install 'cartkg[serve,synthesis]'"),
        ("mcp", "cartkg mcp needs anyio, which is not installed; run: pip install 'cartkg[mcp,synthesis]'"),
        (
            "check --engine pyshacl --shapes s.ttl d.ttl",
            "this command needs pyshacl, which is not installed; run: pip install 'cartkg[pyshacl]'",
        ),
    ],
)
def test_other_commands_name_their_extra_in_one_sentence(
    programs: Path, foreign: Path, words: str, needed: str
) -> None:
    asked = run(programs, foreign, *words.split())
    assert (asked.returncode, asked.stdout) == (3, "")
    assert needed in asked.stderr
    assert asked.stderr.count("\n") == 1


@pytest.mark.parametrize("words", ["stats", "fix --dry-run", "diff HEAD HEAD", "term --help", "draft --help", "--help"])
def test_other_commands_run_or_say_what_they_need(programs: Path, words: str) -> None:
    asked = run(programs, ROOT, *words.split())
    assert "Traceback" not in asked.stderr
    assert asked.returncode == 0 or "pip install 'cartkg[" in asked.stderr, asked.stderr
