"""What code hosts and editors read: the workflow, the forms for issues, the devcontainer; parsed as they parse them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.test_ci import link_packages

ROOT = Path(__file__).resolve().parents[1]
GITHUB = ROOT / ".github"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
#: What GitHub knows as an element of a form.
ELEMENTS = {"checkboxes", "dropdown", "input", "markdown", "textarea"}
_VERSION = re.compile(r"Programming Language :: Python :: (3\.\d+)\Z")


def parsed(path: Path) -> dict[str, Any]:
    found = YAML(typ="safe").load(path.read_text("utf-8"))  # it refuses a key that occurs twice
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    return parsed(GITHUB / "workflows" / "ci.yml")


def test_the_workflow_runs_what_the_project_runs(workflow: dict[str, Any]) -> None:
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert commands == [".ci/run", "make lint"]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert "lint" in targets
    assert set(re.findall(r"^make ([a-z-]+)$", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)) <= targets


def test_the_workflow_runs_on_the_versions_that_the_package_names(workflow: dict[str, Any]) -> None:
    tried = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    named = [found[1] for line in PROJECT["classifiers"] if (found := _VERSION.match(line))]
    assert tried == named
    assert all(isinstance(version, str) for version in tried), "3.10 without quotes is 3.1"
    assert PROJECT["requires-python"] == f">={named[0]}"


@pytest.mark.parametrize("path", sorted(GITHUB.rglob("*.yml")), ids=lambda path: path.relative_to(GITHUB).as_posix())
def test_every_file_of_the_code_host_is_yaml(path: Path) -> None:
    assert parsed(path)


def test_the_workflow_may_read_the_code_and_nothing_else(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in workflow["on"], "it would hand our permissions to a stranger's code"
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"actions/[\w-]+@(v\d+|[0-9a-f]{40})", step["uses"])
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one_that_the_host_takes(path: Path) -> None:
    form = parsed(path)
    assert {"name", "description", "title", "labels", "body"} == form.keys()
    fields = [each for each in form["body"] if each["type"] != "markdown"]
    assert all(each["type"] in ELEMENTS for each in form["body"])
    assert len({each["id"] for each in fields}) == len({each["attributes"]["label"] for each in fields}) == len(fields)
    assert any(each.get("validations", {}).get("required") for each in fields)
    for each in fields:
        assert ("options" in each["attributes"]) == (each["type"] in {"checkboxes", "dropdown"})


def test_there_is_a_form_for_each_kind_of_report() -> None:
    assert [path.stem for path in FORMS] == ["bug", "propose-a-paper", "wrong-fact"]
    assert parsed(GITHUB / "ISSUE_TEMPLATE" / "config.yml") == {"blank_issues_enabled": False}


def test_the_devcontainer_is_set_up_by_a_target_and_has_a_version_that_is_tested() -> None:
    made = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (target,) = re.findall(r"^make ([a-z-]+)$", made["postCreateCommand"])
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    (version,) = re.findall(r":(\d+\.\d+)", made["image"])
    assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]


@pytest.mark.parametrize(
    ("file", "links"),
    [
        ("CODE_OF_CONDUCT.md", ["SECURITY.md"]),
        (".github/CONTRIBUTING.md", ["../CODE_OF_CONDUCT.md"]),
    ],
)
def test_a_page_for_contributors_leads_to_the_next(file: str, links: list[str]) -> None:
    path = ROOT / file
    text = path.read_text("utf-8")
    for link in links:
        assert f"]({link})" in text
        assert (path.parent / link).is_file()


@pytest.mark.whole
def test_a_release_can_be_rehearsed(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    link_packages(packages)
    command = [sys.executable, "-P", str(ROOT / ".ci" / "release_check.py"), "--packages", str(packages)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("the release can be installed, checks, answers and serves\n")


def test_the_process_of_a_release_is_written_down() -> None:
    text = (GITHUB / "CONTRIBUTING.md").read_text("utf-8").partition("## Release\n")[2].partition("\n## ")[0]
    for step in (
        "make release-check",
        "make wheel",
        "docker build",
        "cartkg release --out",
        "git tag",
        "CHANGELOG.md",
    ):
        assert step in text
