"""What a repository sets for checks of its data, and what git has staged of it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.test_ci import git

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "@prefix ex: <http://example.org/> .\n@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
SHAPE = (
    "ex:S a sh:NodeShape ; sh:targetClass ex:Book ; sh:property ex:P .\nex:P sh:path ex:author ; sh:class ex:Person .\n"
)
SETTINGS = '[tool.cartkg.check]\nshapes = ["shapes"]\ndata = ["data"]\n'
PEOPLE = f"{HEAD}ex:ann a ex:Person .\n"


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """Write a repository of someone else: two books and their author."""
    files = {f"data/b{n}.ttl": f"{HEAD}ex:b{n} a ex:Book ; ex:author ex:ann .\n" for n in range(2)}
    files |= {"data/people.ttl": PEOPLE, "shapes/s.ttl": HEAD + SHAPE, "pyproject.toml": SETTINGS}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "state")
    return tmp_path


def run(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "cartkg", *words]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)


def check(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(place, "check", *words)


def places(place: Path, *words: str) -> list[str]:
    done = check(place, "--format", "json", *words)
    assert done.stderr == ""
    return [each["file"] for each in json.loads(done.stdout)["diagnostics"]]


def orphan(books: Path) -> None:
    (books / "data" / "people.ttl").write_text(f"{HEAD}ex:ann ex:name 'Ann' .\n", "utf-8")


def test_a_check_without_arguments_takes_the_settings(books: Path) -> None:
    done = check(books)
    assert done.returncode == 0
    assert done.stdout.startswith("no diagnostics: 3 files, ")
    orphan(books)
    assert places(books) == ["data/b0.ttl", "data/b1.ttl"]
    assert places(books / "data") == ["b0.ttl", "b1.ttl"]


def test_paths_are_reported_on_and_the_rest_of_the_data_is_read(books: Path) -> None:
    assert places(books, "data/b0.ttl") == []
    orphan(books)
    assert places(books, "data/b0.ttl") == ["data/b0.ttl"]


def test_arguments_go_before_settings(books: Path) -> None:
    assert places(books, "--shapes", "shapes", "data/b0.ttl") == ["data/b0.ttl"], "the person is not given"
    (books / "pyproject.toml").write_text(SETTINGS + 'fail-on = "info"\n', "utf-8")
    (books / "shapes" / "s.ttl").write_text(
        HEAD + SHAPE.replace("sh:class", "sh:severity sh:Warning ; sh:class"), "utf-8"
    )
    orphan(books)
    assert check(books).returncode == 1
    assert check(books, "--fail-on", "error").returncode == 0


def test_cartkg_toml_goes_before_pyproject_toml(books: Path) -> None:
    (books / "cartkg.toml").write_text('[check]\nshapes = "shapes"\ndata = "data/b0.ttl"\n', "utf-8")
    assert places(books) == ["data/b0.ttl"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("[tool.cartkg.check]\nshape = 'shapes'\n", "tool.cartkg.check.shape: unknown setting; did you mean shapes?"),
        ("[tool.cartkg.check]\nshapes = 'shapes'\n", "tool.cartkg.check.data: name at least one file or folder"),
        ("[tool.cartkg.check]\nshapes = [1]\n", "tool.cartkg.check.shapes: is not a list of files and folders"),
        (SETTINGS + "fail-on = 'never'\n", "tool.cartkg.check.fail-on: is not one of error, warning, info"),
        ("[tool.cartkg]\ncheck = 1\n", "tool.cartkg.check: is not a table"),
        ("[tool", "is not TOML: "),
        (SETTINGS.replace('"data"', '"gone"'), "gone: no such file or folder"),
    ],
)
def test_a_wrong_setting_is_one_sentence(books: Path, settings: str, message: str) -> None:
    (books / "pyproject.toml").write_text(settings, "utf-8")
    done = check(books)
    assert (done.returncode, done.stdout) == (3, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("key", ["shapes", "ontology", "data"])
@pytest.mark.parametrize("how", ["above", "absolute", "linked file", "linked folder"])
@pytest.mark.parametrize("command", ["check", "fmt"])
def test_settings_lead_to_nothing_outside_the_repository(books: Path, key: str, how: str, command: str) -> None:
    """A pull request sets them: a report must not quote, nor `fmt` rewrite, what lies elsewhere on the machine."""
    secret = books.parent / f"{books.name}-elsewhere" / "secret.ttl"
    secret.parent.mkdir()
    secret.write_text("TOKEN=abc123\n", "utf-8")
    (books / "in.ttl").symlink_to(secret)
    (books / "in").symlink_to(secret.parent, target_is_directory=True)
    named = {
        "above": f"../{secret.parent.name}/secret.ttl",
        "absolute": str(secret.parent),
        "linked file": "in.ttl",
        "linked folder": "in",
    }
    settings = {"shapes": ["shapes"], "data": ["data"]} | {key: [named[how]]}
    lines = "".join(f"{name} = {json.dumps(each)}\n" for name, each in settings.items())
    (books / "pyproject.toml").write_text(f"[tool.cartkg.check]\n{lines}", "utf-8")
    done = run(books, command)
    assert done.returncode == 3
    assert "lies outside the repository" in done.stderr
    assert "TOKEN" not in done.stdout + done.stderr
    assert secret.read_text("utf-8") == "TOKEN=abc123\n"


def test_a_repository_without_settings_and_arguments_is_a_usage_error(books: Path) -> None:
    (books / "pyproject.toml").unlink()
    for words in ((), ("data",)):
        done = check(books, *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "this folder is not part of a project" in done.stderr


def test_settings_outside_the_repository_do_not_count(books: Path) -> None:
    inner = books / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    assert check(inner).returncode == 2


def test_what_is_staged_is_checked_with_all_that_depends_on_it(books: Path) -> None:
    (books / "data" / "b0.ttl").write_text(f"{HEAD}ex:b0 a ex:Book ; ex:author ex:ann ; ex:title 'T' .\n", "utf-8")
    git(books, "add", "-A")
    assert places(books, "--staged") == [], "the person is in another file of the data"
    orphan(books)
    git(books, "add", "-A")
    assert places(books, "--staged") == ["data/b0.ttl", "data/b1.ttl"]


def test_a_removed_file_counts_as_staged(books: Path) -> None:
    git(books, "rm", "-q", "data/people.ttl")
    assert places(books, "--staged") == ["data/b0.ttl", "data/b1.ttl"]


def test_what_stood_before_and_is_not_staged_is_left_out(books: Path) -> None:
    (books / "data" / "old.ttl").write_text(f"{HEAD}ex:old a ex:Book ; ex:author ex:nobody .\n", "utf-8")
    git(books, "add", "-A")
    git(books, "commit", "-q", "-m", "old")
    assert places(books, "--staged") == ["data/old.ttl"], "all is checked where nothing is staged"
    (books / "data" / "new.ttl").write_text(f"{HEAD}ex:new a ex:Book ; ex:author ex:none .\n", "utf-8")
    assert places(books, "--staged") == ["data/old.ttl"], "what git does not track is not part of the commit"
    git(books, "add", "data/new.ttl")
    assert places(books, "--staged") == ["data/new.ttl"]


@pytest.mark.parametrize("name", ["shapes/s.ttl", "pyproject.toml"])
def test_rules_that_are_staged_are_applied_to_everything(books: Path, name: str) -> None:
    orphan(books)
    git(books, "add", "-A")
    git(books, "commit", "-q", "-m", "broken")
    (books / name).write_text((books / name).read_text("utf-8") + "\n# more\n", "utf-8")
    git(books, "add", "-A")
    assert places(books, "--staged") == ["data/b0.ttl", "data/b1.ttl"]


def test_staged_before_the_first_commit_is_everything(books: Path, tmp_path: Path) -> None:
    orphan(books)
    place = tmp_path / "first"
    place.mkdir()
    for name in ("data", "shapes", "pyproject.toml"):
        (books / name).rename(place / name)
    git(place, "init", "-q")
    git(place, "add", "-A")
    assert places(place, "--staged") == ["data/b0.ttl", "data/b1.ttl"]


def test_reports_are_written_when_the_check_cannot_run(books: Path) -> None:
    (books / "shapes" / "s.ttl").write_text(HEAD + SHAPE.replace("sh:path", "sh:path 1, "), "utf-8")
    done = check(books, "--output", "sarif=out.sarif", "--output", "junit=out.xml", "--output", "json=out.json")
    assert done.returncode == 3
    (run,) = json.loads((books / "out.sarif").read_text("utf-8"))["runs"]
    assert any("shapes/s.ttl" in json.dumps(each["locations"]) for each in run["results"])
    assert 'failures="1"' in (books / "out.xml").read_text("utf-8")
    assert json.loads((books / "out.json").read_text("utf-8"))["failed"] is True
