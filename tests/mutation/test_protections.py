"""Each promise of SECURITY.md is kept by something: without it, the test named beside the promise fails."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from compileall import compile_dir
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import TYPE_CHECKING

import pytest
from tests.mutation.protections import KEPT, REMOVALS, Removal

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PARTS = (".ci", ".github", "data", "docs", "ontology", "queries", "shapes", "src", "tests")
PROMISES: dict[str, str] = dict(
    re.findall(r"^\| (.+) \| `(tests/\S+::\w+)` \|$", (ROOT / "SECURITY.md").read_text("utf-8"), re.MULTILINE)
)
#: Seconds after which a test that has no end is ended, and any other is given up.
ENDLESS, PATIENCE = 15.0, 200.0
#: What a broken edit would say, which shows nothing.
BROKEN = re.compile(r"^E +(?:SyntaxError|IndentationError|NameError|ImportError|ModuleNotFoundError)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How tests ended: the exit code of pytest, None when they had to be ended; and what it said."""

    code: int | None
    said: str


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project, so that it can be edited."""
    root = tmp_path_factory.mktemp("unprotected") / "project"
    root.mkdir()
    for part in PARTS:
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copy(path, root)
    # checked by its hash, so that what is edited is compiled again and nothing else is
    compile_dir(root / "src", quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
    return root


def run(root: Path, seconds: float, *arguments: str) -> Outcome:
    """Run tests of the copy on the code of the copy, and end them with all that they started when time is over."""
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments]
    places = {"PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        [*command, "--rootdir", str(root), "--tb=short"],
        cwd=root,
        env={**os.environ, **places},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return Outcome(None, process.communicate()[0])
    return Outcome(process.returncode, said)


def node(removal: Removal) -> str:
    return PROMISES[removal.promise] + (f"[{removal.case}]" if removal.case else "")


@contextmanager
def without(root: Path, removal: Removal) -> Iterator[None]:
    """Edit the copy, and put it back afterwards."""
    sound = {root / edit.file: (root / edit.file).read_text("utf-8") for edit in removal.edits}
    try:
        for edit in removal.edits:
            text = (root / edit.file).read_text("utf-8")
            assert edit.old in text, f"the protection has moved: name it where it stands now: {edit.file}"
            (root / edit.file).write_text(text.replace(edit.old, edit.new, 1), "utf-8")
        yield
    finally:
        for path, text in sound.items():
            path.write_text(text, "utf-8")


def test_each_promise_has_something_that_keeps_it() -> None:
    named = [removal.promise for removal in REMOVALS]
    assert len(named) == len(set(named))
    assert {*named, *KEPT} == PROMISES.keys()
    assert not KEPT.keys() & set(named)


@pytest.mark.whole
@pytest.mark.parametrize("removal", REMOVALS, ids=lambda one: one.promise)
def test_without_a_protection_its_test_fails(copied: Path, removal: Removal) -> None:
    with without(copied, removal):
        outcome = run(copied, ENDLESS if removal.hangs else PATIENCE, node(removal))
    print(*(line for line in outcome.said.splitlines() if line.startswith("E  ")), sep="\n")
    assert outcome.code == (None if removal.hangs else 1), outcome.said
    assert not BROKEN.search(outcome.said), outcome.said


@pytest.mark.whole
def test_with_all_protections_the_same_tests_pass(copied: Path) -> None:
    """The copy itself makes none of them fail, and none of them is left out."""
    nodes = [node(removal) for removal in REMOVALS]
    outcome = run(copied, 5 * PATIENCE, *nodes)
    assert outcome.code == 0, outcome.said
