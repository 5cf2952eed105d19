"""Style, types and wording are checked where the tests are, with the settings of pyproject.toml."""

from __future__ import annotations

import importlib.util
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WORDING = runpy.run_path(str(ROOT / ".ci" / "wording.py"))


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_linter_has_nothing_to_say() -> None:
    linted = run("ruff", "check", "--no-cache", ".")
    assert linted.returncode == 0, f"{linted.stdout}\nfix with: ruff check --fix ."


def test_the_code_is_formatted() -> None:
    formatted = run("ruff", "format", "--no-cache", "--check", ".")
    assert formatted.returncode == 0, f"{formatted.stdout}\nfix with: ruff format ."


#: A function with 13 branches: the limit is 12.
TANGLED = '"""Tangled."""\n\n\ndef tangled(number: int) -> int:\n    """Return a number."""\n' + "".join(
    f"    if number > {each}:\n        number += {each}\n" for each in range(13)
) + "    return number\n"  # fmt: skip


@pytest.mark.parametrize("fault", ["import os\n", "def open_door(name):\n    return name\n", TANGLED])
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


@pytest.mark.whole
def test_every_text_is_well_spelt_and_free_of_banned_phrases() -> None:
    command = [sys.executable, "-P", str(ROOT / ".ci" / "wording.py")]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize(
    ("text", "line", "better"),
    [
        ("one\nThe truth lies\nwithin the bounds.", 2, "lies between the bounds"),
        ("Until that is mended nothing is written", 1, "fix"),
        ("2 when called wrongly", 1, "usage error"),
        ("Port; 0 takes a free one", 1, "picks a free one"),
        ("'x' is no Turtle at all", 1, "is not a ..."),
        ("wait till then", 1, "until"),
        ("statements that cannot\nall hold", 1, "be true"),
        ("the id `a` stands twice", 1, "occurs twice, several times"),
        ("a disease, its kinds included", 1, "subtypes included"),
        ("what reasoning adds included", 1, "including inferred facts and counts"),
    ],
)
def test_a_banned_phrase_is_found_at_its_line(text: str, line: int, better: str) -> None:
    (found,) = WORDING["look"](text)
    assert (found.line, found.better) == (line, better)


@pytest.mark.parametrize(
    "text",
    ["We recommend an amendment.", "until", "There is no such term.", "a still image", "It cannot hold all rows."],
)
def test_good_words_are_not_found(text: str) -> None:
    assert list(WORDING["look"](text)) == []


def test_a_misspelt_word_is_found(tmp_path: Path) -> None:
    spoiled = tmp_path / "text.md"
    spoiled.write_text("The acheived cells; cartkg:readIn is a name.\n", "utf-8")
    checked = run("codespell_lib", str(spoiled))
    assert checked.returncode > 0
    assert [line.split(": ")[1] for line in checked.stdout.splitlines()] == ["acheived ==> achieved"]


@pytest.mark.parametrize(
    "place", ["README.md", "SECURITY.md", "src/cartkg/cli/add.py", "shapes/study.ttl", "queries/results.rq"]
)
def test_every_kind_of_text_is_looked_at(place: str) -> None:
    assert ROOT / place in WORDING["texts"]()
