"""The action, the hooks and the examples of the documentation, run as their hosts run them, installation included.

Tests need no network: pip is told by its environment to take the wheel's dependencies and the build backend from the
environment of the tests, and to ask no index. What is run is the text as it is written in each file.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from ruamel.yaml import YAML
from tests.test_processes import importable

ROOT = Path(__file__).resolve().parents[1]
ACTION = ROOT / ".github" / "actions" / "check"
DOCUMENT = ROOT / "docs" / "guides" / "validate.md"
_EXAMPLE = re.compile(r"^([A-Za-z][\w -]*?)(?:,[^\n]*| \([^\n]*)?:\n\n```\w+\n(.*?)```", re.MULTILINE | re.DOTALL)
EXAMPLES = dict(_EXAMPLE.findall(DOCUMENT.read_text("utf-8")))

SHAPES = """@prefix ex: <http://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
ex:PersonShape a sh:NodeShape ; sh:targetClass ex:Person ; sh:property ex:PersonShape-name .
ex:PersonShape-name sh:path ex:name ; sh:minCount 1 ; sh:message "Give a name." .
"""
GOOD = '@prefix ex: <http://example.org/> .\n\nex:a\n    a ex:Person ;\n    ex:name "A" .\n'
BAD = GOOD + "\nex:b\n    a ex:Person .\n"
pytestmark = pytest.mark.whole


def link_packages(folder: Path) -> Path:
    """Link all that is installed here, save cartkg itself, into a folder, and return the folder."""
    places = [Path(sysconfig.get_path("purelib")), *map(Path, sys.path)]
    for place in (each for each in dict.fromkeys(places) if each.name == "site-packages" and each.is_dir()):
        for entry in place.iterdir():
            if not re.match(r"_?cartkg\b|_editable|.*\.pth$", entry.name) and not (folder / entry.name).exists():
                (folder / entry.name).symlink_to(entry)
    return folder


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give an environment in which pip asks no index: what cartkg needs stands in the tests' own environment.

    cartkg itself does not: it is to be installed.
    """
    packages = link_packages(tmp_path_factory.mktemp("packages"))
    return {
        **os.environ,
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads this switch the other way round: no isolation
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PYTHONPATH": str(packages),
    }


@dataclass
class Runner:
    """What a host of CI does: a workspace, an environment that steps add to, and a Python without cartkg."""

    workspace: Path
    environment: dict[str, str]
    python: Path
    outputs: list[str] = field(default_factory=list)

    @property
    def temporary(self) -> Path:
        """Give the folder that GitHub empties before each job."""
        return self.python.parents[2] / "temporary files"

    def shell(
        self, script: str, shell: tuple[str, ...], place: Path | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        file = self.python.parent / "step.sh"
        file.write_text(script, "utf-8")
        done = subprocess.run(
            [*shell, str(file)],
            cwd=place or self.workspace,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        self.outputs.append(done.stdout)
        return done

    def installed(self, python: Path | None = None) -> Path:
        """Give the folder that a Python, the workspace's own if left out, takes cartkg from."""
        asked = [str(python or self.python), "-P", "-c", "import cartkg; print(cartkg.__file__)"]
        told = subprocess.run(
            asked, env=self.environment, cwd=self.workspace, capture_output=True, text=True, check=True
        )
        return Path(told.stdout.strip())


def git(folder: Path, *arguments: str) -> str:
    names = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    return subprocess.run(["git", *names, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def runner(tmp_path: Path, offline: dict[str, str]) -> Runner:
    """Give a repository with shapes and data, well on `main`, with one bad record on the branch that is checked out."""
    venv.create(tmp_path / "python", with_pip=True)
    workspace = tmp_path / "work space"
    for name, text in {"shapes/s.ttl": SHAPES, "ontology/o.ttl": GOOD.partition("\n")[0], "data/d.ttl": GOOD}.items():
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_text(text, "utf-8")
    (workspace / "data" / "old.ttl").write_text(BAD.replace("ex:b", "ex:old"), "utf-8")
    git(workspace, "init", "-q")
    git(workspace, "add", "-A")
    git(workspace, "commit", "-q", "-m", "state")
    git(workspace, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(workspace, "checkout", "-q", "-b", "branch")
    (workspace / "data" / "d.ttl").write_text(BAD, "utf-8")
    git(workspace, "commit", "-q", "-a", "-m", "change")
    programs = tmp_path / "python" / "bin"
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return Runner(workspace, {**offline, "PATH": path, "VIRTUAL_ENV": str(tmp_path / "python")}, programs / "python")


def written(expression: str, known: dict[str, str]) -> str:
    """Put values in the place of `${{ ... }}` as GitHub does; `a && b` is b where a is not empty."""

    def value(match: re.Match[str]) -> str:
        condition, both, rest = match[1].strip().partition("&&")
        if not both:
            return known[condition.strip()]
        form = re.fullmatch(r"format\('([^']*)', ([\w.]+)\)", rest.strip())
        assert form, rest
        return form[1].replace("{0}", known[form[2]]) if known[condition.strip()] else ""

    return re.sub(r"\$\{\{(.*?)\}\}", value, expression)


def run_action(runner: Runner, inputs: dict[str, str]) -> list[subprocess.CompletedProcess[str]]:
    """Run every step of the composite action as a runner of GitHub does, until one fails."""
    action = YAML(typ="safe").load((ACTION / "action.yml").read_text("utf-8"))
    assert inputs.keys() <= action["inputs"].keys(), "the action knows every input that it is given"
    known = {"github.action_path": str(ACTION), "runner.temp": str(runner.temporary)}
    known |= {f"inputs.{name}": inputs.get(name, said["default"]) for name, said in action["inputs"].items()}
    files = {name: str(runner.python.parent / name) for name in ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT")}
    for name in files.values():
        Path(name).touch()
    done: list[subprocess.CompletedProcess[str]] = []
    for step in action["runs"]["steps"]:
        assert step["shell"] == "bash"
        more = {name: written(text, known) for name, text in step.get("env", {}).items()}
        script = written(step["run"], known)
        shell = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
        more |= {"GITHUB_WORKSPACE": str(runner.workspace), "GITHUB_ACTIONS": "true", "CI": "true", **files}
        place = Path(written(step["working-directory"], known)) if "working-directory" in step else runner.workspace
        done.append(runner.shell(script, shell, place, **more))
        if done[-1].returncode:
            break
    return done


def test_action_installs_and_annotates_the_pull_requests_one_bad_line(runner: Runner) -> None:
    workflow = YAML(typ="safe").load(EXAMPLES["GitHub"])
    steps = workflow["jobs"]["check"]["steps"]
    (step,) = [each for each in steps if "/.github/actions/check@" in each.get("uses", "")]
    inputs = {name: written(text, {"github.base_ref": "main"}) for name, text in step["with"].items()}
    assert inputs["changed"] == "origin/main"
    installing, checking = run_action(runner, {**inputs, "junit": "out.xml"})
    assert (installing.returncode, installing.stderr) == (0, "")
    made = runner.temporary / "cartkg-check"
    assert runner.installed(made / "bin" / "python").is_relative_to(made), "the action's own installation is what runs"
    assert (checking.returncode, checking.stderr) == (1, "")
    annotation = "::error file=data/d.ttl,line=7,col=1,title=PersonShape-name::Give a name."
    assert [line.partition("%0A")[0] for line in checking.stdout.splitlines()] == [annotation]
    (upload,) = [each["with"]["sarif_file"] for each in steps if "upload-sarif" in each.get("uses", "")]
    sarif = json.loads((runner.workspace / upload).read_text("utf-8"))
    assert [each["ruleId"] for each in sarif["runs"][0]["results"]] == ["PersonShape-name"]
    assert ET.parse(runner.workspace / "out.xml").getroot().get("failures") == "1"  # noqa: S314  # our own file


def test_action_runs_nothing_of_a_hostile_checkout(runner: Runner) -> None:
    strike = f"open({str(runner.temporary.with_name('RAN'))!r}, 'a').write(__name__)\n"
    for name in {*importable(), "pip", "venv", "hatchling"}:
        (runner.workspace / f"{name}.py").write_text(strike, "utf-8")
    files = {"pyvenv.cfg": "home = .\n", "pip.conf": "[global]\nindex-url = file:///none\n", "setup.py": strike}
    for name, text in files.items():
        (runner.workspace / name).write_text(text, "utf-8")
    git(runner.workspace, "add", "-A")
    git(runner.workspace, "commit", "-q", "-m", "hostile")
    installing, checking = run_action(runner, {"shapes": "shapes", "ontology": "ontology", "paths": "data"})
    assert (installing.returncode, installing.stderr) == (0, "")
    assert (checking.returncode, checking.stderr) == (1, "")
    assert not runner.temporary.with_name("RAN").exists()
    git_says = git(runner.workspace, "status", "--short")
    assert git_says == "", "the checkout is as it was"


def test_action_takes_every_input(runner: Runner) -> None:
    (runner.workspace / "more").mkdir()
    (runner.workspace / "more" / "m.ttl").write_text(BAD.replace("ex:b", "ex:c"), "utf-8")
    inputs = {"paths": "data\nmore\n", "shapes": "shapes\n", "ontology": "ontology\n", "fail-on": "warning"}
    *_, first = run_action(runner, inputs)
    assert sorted(re.findall(r"file=([^,]*),line=(\d+)", first.stdout)) == [
        ("data/d.ttl", "7"),
        ("data/old.ttl", "7"),
        ("more/m.ttl", "7"),
    ]
    program = runner.temporary / "cartkg-check" / "bin" / "cartkg"
    command = f"'{program}' check --shapes shapes --ontology ontology --output json=before.json data || true"
    runner.shell(command, ("bash", "-e"))
    *_, second = run_action(runner, {**inputs, "baseline": "before.json"})
    assert re.findall(r"file=([^,]*),line=(\d+)", second.stdout) == [("more/m.ttl", "7")]
    assert second.returncode == 1


def test_action_stops_when_it_cannot_be_installed(runner: Runner, tmp_path: Path) -> None:
    runner.environment["PYTHONPATH"] = str(tmp_path)  # neither the backend nor any dependency is there
    done = run_action(runner, {"paths": "data", "shapes": "shapes"})
    assert len(done) == 1
    assert done[0].returncode
    assert not (runner.temporary / "cartkg-check" / "bin" / "cartkg").exists()


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory, offline: dict[str, str]) -> Path:
    """Give a folder that stands for the index: it holds the wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheels")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, env={**offline, "PYTHONPATH": ""}, check=True)
    return folder


def test_gitlab_example_installs_and_reports(runner: Runner, wheels: Path) -> None:
    job = YAML(typ="safe").load(EXAMPLES["GitLab"])["check"]
    done = runner.shell("\n".join(job["script"]), ("sh", "-e"), PIP_FIND_LINKS=str(wheels), **job["variables"])
    assert (done.returncode, done.stderr) == (1, "")
    assert "data/d.ttl:7:1: error PersonShape-name: Give a name." in done.stdout.splitlines()
    assert runner.installed().is_relative_to(runner.python.parents[1])
    report = ET.parse(runner.workspace / job["artifacts"]["reports"]["junit"]).getroot()  # noqa: S314  # our own file
    assert report.get("failures") == "2"


def test_shell_example_ends_the_job(runner: Runner, wheels: Path) -> None:
    runner.environment["PIP_FIND_LINKS"] = str(wheels)
    assert runner.shell("pip install -q 'cartkg[check]'", ("sh", "-e")).returncode == 0
    done = runner.shell(EXAMPLES["Any shell"] + "\necho not reached", ("sh",))
    assert (done.returncode, "not reached" in done.stdout) == (1, False)
    assert len(json.loads((runner.workspace / "report.json").read_text("utf-8"))["diagnostics"]) == 2
    (runner.workspace / "data" / "d.ttl").write_text(GOOD, "utf-8")
    (runner.workspace / "data" / "old.ttl").unlink()
    assert runner.shell(EXAMPLES["Any shell"] + "\necho reached", ("sh",)).stdout.endswith("\nreached\n")


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a repository that holds this checkout as it is, for pre-commit to take its hooks from."""
    folder = tmp_path_factory.mktemp("hooks")
    known = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, known):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "state")
    git(folder, "tag", "v0.1.0")
    return folder


def test_pre_commit_installs_the_hooks_and_stops_a_bad_commit(runner: Runner, hooks: Path, tmp_path: Path) -> None:
    example = EXAMPLES["pre-commit"]
    assert "https://example.org/cartkg.git" in example
    config = example.replace("https://example.org/cartkg.git", str(hooks)) + "      - id: cartkg-fmt\n"
    (runner.workspace / ".pre-commit-config.yaml").write_text(config, "utf-8")
    runner.environment["PRE_COMMIT_HOME"] = str(tmp_path / "pre-commit")
    git(runner.workspace, "config", "user.name", "A")
    git(runner.workspace, "config", "user.email", "a@example.org")
    program = f"{sys.executable} -m pre_commit"
    assert runner.shell(f"{program} install", ("sh", "-e")).returncode == 0
    (runner.workspace / "data" / "d.ttl").write_text(BAD + "# one more line\n", "utf-8")
    commit = "git add -A && git commit -q -m more"
    stopped = runner.shell(commit, ("sh", "-e"))
    assert stopped.returncode == 1, stopped.stderr
    assert "data/d.ttl:7:1: error PersonShape-name: Give a name." in stopped.stdout + stopped.stderr
    (runner.workspace / "data" / "d.ttl").write_text(GOOD.replace("    a ", "  a "), "utf-8")
    rewritten = runner.shell(commit, ("sh", "-e"))
    assert rewritten.returncode == 1, "a file that the formatter rewrites stops the commit, too"
    assert (runner.workspace / "data" / "d.ttl").read_text("utf-8") == GOOD
    passed = runner.shell(commit, ("sh", "-e"))
    assert passed.returncode == 0, passed.stdout + passed.stderr
