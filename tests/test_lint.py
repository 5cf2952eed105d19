"""Style and types are checked where the tests are, with the settings of pyproject.toml."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_linter_has_nothing_to_say() -> None:
    linted = run("ruff", "check", "--no-cache", ".")
    assert linted.returncode == 0, f"{linted.stdout}\nmend with: ruff check --fix ."


def test_the_code_is_formatted() -> None:
    formatted = run("ruff", "format", "--no-cache", "--check", ".")
    assert formatted.returncode == 0, f"{formatted.stdout}\nmend with: ruff format ."


@pytest.mark.parametrize("fault", ["import os\n", "def open_door(name):\n    return name\n"])
def test_the_linter_bites(fault: str, tmp_path: Path) -> None:
    spoiled = tmp_path / "spoiled.py"
    spoiled.write_text(fault, "utf-8")
    linted = run("ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), str(spoiled))
    assert linted.returncode == 1


@pytest.mark.whole
def test_the_types_hold() -> None:
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not here; it comes with the group dev")
    checked = run("mypy")
    assert checked.returncode == 0, checked.stdout
