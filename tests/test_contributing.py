"""Every command of the contributor's guide and of the page on adding a study runs as it is written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
ADDING = (ROOT / "docs" / "guides" / "add-a-study.md").read_text("utf-8")
EXAMPLE = ROOT / "tests" / "cases" / "dossiers" / "alpha-2025-lancet.yaml"
#: Commands that take minutes on the whole project, or serve until they are stopped; other tests run them.
SLOW = re.compile(r"cartkg (?:build|check|curate)\b|make |cartkg query|cartkg add --all")


def commands(text: str, heading: str) -> list[str]:
    """Return the lines of the shell blocks below a heading, without their comments."""
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    (part,) = [each for each in section if each.startswith(f"{heading}\n")]
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", part, re.MULTILINE | re.DOTALL)
    lines = (line.split("  #")[0].strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line and not line.startswith("export PATH")]


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the project as a checkout has it."""
    root = tmp_path_factory.mktemp("guide") / "project"
    skipped = shutil.ignore_patterns(
        ".venv", ".git", ".cartkg", "build", "dist", "__pycache__", "node_modules", ".*_cache"
    )
    shutil.copytree(ROOT, root, ignore=skipped)
    return root


def run(root: Path, command: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=root,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def filled_in(root: Path, key: str) -> None:
    """Put into the template what a person fills in: the example, by the key of the guide."""
    assert (root / "my-study.yaml").read_text("utf-8").startswith("# A dossier states")
    text = EXAMPLE.read_text("utf-8").replace("alpha-2025-lancet", key)
    (root / "my-study.yaml").write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        pytest.param(GUIDE, "Add a study", id="guide: add a study"),
        pytest.param(ADDING, "Steps", id="page: add a study"),
        pytest.param(GUIDE, "Add a word", id="guide: add a word"),
    ],
)
def test_every_quick_command_runs_as_written(text: str, heading: str, tmp_path: Path, copied: Path) -> None:
    root = Path(shutil.copytree(copied, tmp_path / "project"))
    shutil.copy(ROOT / "tests" / "cases" / "literature" / "record.nbib", root)
    shutil.copy(ROOT / "tests" / "cases" / "source-texts" / "article.xml", root)
    for name in ("nbib", "xml"):
        shutil.copy(ROOT / "tests" / "cases" / "exports" / f"pubmed.{name}", root / f"hits.{name}")
    asked = commands(text, heading)
    assert asked
    for command in asked:
        if command == "cartkg add my-study.yaml":
            filled_in(root, "my-2025-study")
        if not SLOW.match(command):
            done = run(root, command)
            assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


@pytest.mark.parametrize("heading", ["Add a study", "Add a word", "Add a rule", "Change a term"])
def test_every_command_of_the_guide_runs_as_written(heading: str, tmp_path: Path, copied: Path) -> None:
    root = Path(shutil.copytree(copied, tmp_path / "project"))
    for command in commands(GUIDE, heading):
        if command == "cartkg add my-study.yaml":
            filled_in(root, "my-2025-study")
        # make runs its recipe, without setting up a second environment
        here = f" --assume-old=.venv/dev.stamp BIN={Path(sys.executable).parent}" if command.startswith("make ") else ""
        done = run(root, command + here)
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def test_the_guide_has_commands_for_each_of_its_tasks() -> None:
    for heading in ("Add a study", "Add a word", "Add a rule", "Change a term"):
        assert commands(GUIDE, heading), heading


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(cartkg [a-z]+)", GUIDE + README + ADDING))))
def test_every_command_that_is_named_exists(name: str) -> None:
    from cartkg.cli import LateGroup  # noqa: PLC0415  # loads the command line

    assert name.split()[1] in LateGroup.modules


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:|#)([^)#]+)", GUIDE))))
def test_a_link_of_the_guide_leads_to_a_file(target: str) -> None:
    assert (ROOT / ".github" / target).exists()


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:src|data|tests|shapes|queries|ontology)/[\w./-]+)`", GUIDE)))
)
def test_a_path_that_the_guide_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()
