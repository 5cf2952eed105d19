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
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif
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
    prepared: Path | None = None

    @property
    def temporary(self) -> Path:
        """Give the folder that GitHub empties before each job; that of another job in which the action is installed."""
        return self.prepared or self.python.parents[2] / "temporary files"

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
    return make_runner(tmp_path, offline)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory, offline: dict[str, str]) -> Path:
    """Give the temporary folder of a job that has installed the action."""
    runner = make_runner(tmp_path_factory.mktemp("job"), offline)
    (installing,) = run_action(runner, {}, only="Install cartkg")
    assert (installing.returncode, installing.stderr) == (0, "")
    return runner.temporary


@pytest.fixture
def checker(tmp_path: Path, offline: dict[str, str], job: Path) -> Runner:
    """Give the same repository where the action is installed already."""
    return replace(make_runner(tmp_path, offline, with_pip=False), prepared=job)


def make_runner(tmp_path: Path, offline: dict[str, str], *, with_pip: bool = True) -> Runner:
    venv.create(tmp_path / "python", with_pip=with_pip)
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


def run_action(runner: Runner, inputs: dict[str, str], only: str = "") -> list[subprocess.CompletedProcess[str]]:
    """Run every step of the composite action, or one by its name, as a runner of GitHub does, until one fails."""
    action = YAML(typ="safe").load((ACTION / "action.yml").read_text("utf-8"))
    assert inputs.keys() <= action["inputs"].keys(), "the action knows every input that it is given"
    known = {"github.action_path": str(ACTION), "runner.temp": str(runner.temporary)}
    known |= {f"inputs.{name}": inputs.get(name, said["default"]) for name, said in action["inputs"].items()}
    names = ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
    files = {name: str(runner.python.parent / name) for name in names}
    for name in files.values():
        Path(name).write_text("", "utf-8")
    done: list[subprocess.CompletedProcess[str]] = []
    for step in action["runs"]["steps"]:
        if step.get("uses", "").startswith("actions/cache@"):
            continue  # without a cache everything is the same
        if only and step["name"] != only:
            continue
        assert step["shell"] == "bash"
        more = {name: written(text, known) for name, text in step.get("env", {}).items()}
        script = written(step["run"], known)
        shell = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
        more |= {"GITHUB_WORKSPACE": str(runner.workspace), "GITHUB_ACTIONS": "true", "CI": "true", **files}
        place = runner.workspace / written(step.get("working-directory", "."), known)
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


def test_action_takes_every_input(checker: Runner) -> None:
    (checker.workspace / "more").mkdir()
    (checker.workspace / "more" / "m.ttl").write_text(BAD.replace("ex:b", "ex:c"), "utf-8")
    inputs = {"paths": "data\nmore\n", "shapes": "shapes\n", "ontology": "ontology\n", "fail-on": "warning"}
    (first,) = run_action(checker, inputs, only="Check")
    assert sorted(re.findall(r"file=([^,]*),line=(\d+)", first.stdout)) == [
        ("data/d.ttl", "7"),
        ("data/old.ttl", "7"),
        ("more/m.ttl", "7"),
    ]
    program = checker.temporary / "cartkg-check" / "bin" / "cartkg"
    command = f"'{program}' check --shapes shapes --ontology ontology --output json=before.json data || true"
    checker.shell(command, ("bash", "-e"))
    (second,) = run_action(checker, {**inputs, "baseline": "before.json"}, only="Check")
    assert re.findall(r"file=([^,]*),line=(\d+)", second.stdout) == [("more/m.ttl", "7")]
    assert second.returncode == 1


def test_action_reports_counts_and_a_summary(checker: Runner) -> None:
    (checking,) = run_action(checker, {"paths": "data", "shapes": "shapes"}, only="Check")
    assert checking.returncode == 1
    written_to = checker.python.parent
    outputs = dict(line.split("=") for line in (written_to / "GITHUB_OUTPUT").read_text("utf-8").split())
    assert outputs == {"diagnostics": "2", "errors": "2", "warnings": "0", "infos": "0", "files": "2"}
    action = YAML(typ="safe").load((ACTION / "action.yml").read_text("utf-8"))
    assert action["outputs"].keys() == outputs.keys()
    summary = (written_to / "GITHUB_STEP_SUMMARY").read_text("utf-8")
    assert summary.startswith("### cartkg check: 2 diagnostics\n")
    assert "| error | PersonShape-name | 2 |" in summary


def test_action_shows_ten_annotations_and_counts_the_rest(checker: Runner) -> None:
    many = GOOD.partition("\n")[0] + "\n" + "".join(f"ex:p{n} a ex:Person .\n" for n in range(1459))
    (checker.workspace / "data" / "d.ttl").write_text(many, "utf-8")
    (checking,) = run_action(checker, {"paths": "data/d.ttl", "shapes": "shapes"}, only="Check")
    annotations = [line for line in checking.stdout.splitlines() if line.startswith("::error")]
    assert len(annotations) == 10
    assert "::1450 more errors;" in annotations[-1]
    assert sum(line.startswith("data/d.ttl:") for line in checking.stdout.splitlines()) == 1459


def test_action_without_inputs_in_a_foreign_repository_is_a_usage_error(checker: Runner) -> None:
    (checking,) = run_action(checker, {"sarif": "out.sarif"}, only="Check")
    assert checking.returncode == 2
    assert "this folder is not part of a project" in checking.stderr
    assert checked_sarif(checker.workspace / "out.sarif") == []


def test_action_without_inputs_takes_the_settings_of_the_repository(checker: Runner) -> None:
    settings = '[tool.cartkg.check]\nshapes = "shapes"\ndata = ["data"]\n'
    (checker.workspace / "pyproject.toml").write_text(settings, "utf-8")
    (checking,) = run_action(checker, {}, only="Check")
    assert (checking.returncode, checking.stderr) == (1, "")
    assert sorted(re.findall(r"file=([^,]*),", checking.stdout)) == ["data/d.ttl", "data/old.ttl"]


def checked_sarif(file: Path) -> list[tuple[str, str, int]]:
    """Give rule, path and line of each result, as code scanning needs them: none without a place in a file."""
    written_file = Sarif.model_validate_json(file.read_text("utf-8"))
    (run,) = json.loads(file.read_text("utf-8"))["runs"]
    assert len(written_file.runs) == 1
    places = [(each["ruleId"], each["locations"][0]["physicalLocation"]) for each in run["results"]]
    return [(rule, place["artifactLocation"]["uri"], place["region"]["startLine"]) for rule, place in places]


def test_action_writes_reports_when_shapes_are_refused(checker: Runner) -> None:
    broken = SHAPES.replace("sh:minCount 1", 'sh:minCount "one"')
    (checker.workspace / "shapes" / "s.ttl").write_text(broken, "utf-8")
    (checking,) = run_action(
        checker, {"paths": "data", "shapes": "shapes", "sarif": "out.sarif", "junit": "out.xml"}, only="Check"
    )
    assert checking.returncode == 3
    assert "::error file=shapes/s.ttl,line=4" in checking.stdout
    assert ("shapes/s.ttl", 4) in {place[1:] for place in checked_sarif(checker.workspace / "out.sarif")}
    failures = ET.parse(checker.workspace / "out.xml").getroot().get("failures")  # noqa: S314  # our own file
    assert int(failures or 0) > 0


def test_action_writes_sarif_when_the_check_crashes(runner: Runner) -> None:
    run_action(runner, {"paths": "data", "shapes": "shapes"})
    installed = runner.installed(runner.temporary / "cartkg-check" / "bin" / "python").parent
    stages = installed / "pipeline" / "checking.py"
    stages.write_text(stages.read_text("utf-8") + "\ndef check(*_): raise IndexError('out of range')\n", "utf-8")
    (checking,) = run_action(runner, {"paths": "data", "shapes": "shapes", "sarif": "out.sarif"}, only="Check")
    assert checking.returncode
    assert [rule for rule, *_ in checked_sarif(runner.workspace / "out.sarif")] == ["check-unfinished"]
    (installed / "__main__.py").write_text("def main() -> None: raise SystemExit(137)\n", "utf-8")
    (killed,) = run_action(runner, {"paths": "data", "shapes": "shapes", "sarif": "out.sarif"}, only="Check")
    assert killed.returncode == 137
    assert checked_sarif(runner.workspace / "out.sarif") == []


def test_action_gives_each_result_a_place_in_a_file(checker: Runner) -> None:
    gone = SHAPES.replace("sh:targetClass ex:Person", "sh:targetNode ex:gone")
    (checker.workspace / "shapes" / "s.ttl").write_text(gone, "utf-8")
    (checking,) = run_action(checker, {"paths": "data", "shapes": "shapes", "sarif": "out.sarif"}, only="Check")
    assert checking.returncode == 1
    assert len(checked_sarif(checker.workspace / "out.sarif")) == 1


def test_action_names_files_from_the_root_of_a_repository_with_several_projects(checker: Runner) -> None:
    inner = checker.workspace / "packages" / "-graph"
    inner.mkdir(parents=True)
    for name in ("data", "shapes"):
        shutil.copytree(checker.workspace / name, inner / name)
    (inner / "-odd.ttl").write_text(BAD.replace("ex:b", "ex:odd"), "utf-8")
    inputs = {"shapes": "shapes", "paths": "data/d.ttl\n-odd.ttl", "sarif": "out.sarif"}
    (checking,) = run_action(checker, {**inputs, "working-directory": "packages/-graph"}, only="Check")
    assert (checking.returncode, checking.stderr) == (1, "")
    expected = ["packages/-graph/-odd.ttl", "packages/-graph/data/d.ttl"]
    assert sorted(re.findall(r"file=([^,]*),", checking.stdout)) == expected
    assert sorted(place for _, place, _ in checked_sarif(inner / "out.sarif")) == expected


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
    (runner.workspace / "pyproject.toml").write_text(EXAMPLES["Settings"], "utf-8")
    (runner.workspace / "data" / "old.ttl").write_text(GOOD.replace("ex:a", "ex:old"), "utf-8")
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


def test_pre_commit_checks_the_whole_data_set(runner: Runner, hooks: Path, tmp_path: Path) -> None:
    """61 books name one person: a hook that sees a part of the files would find errors in each part."""
    head = "@prefix ex: <http://example.org/> .\n@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
    shape = "ex:S a sh:NodeShape ; sh:targetClass ex:Book ; sh:property [ sh:path ex:author ; sh:class ex:Person ] .\n"
    place = tmp_path / "books"
    files = {f"data/b{n}.ttl": f"{head}ex:b{n} a ex:Book ; ex:author ex:ann .\n" for n in range(61)}
    people = f"{head}ex:ann a ex:Person .\n"
    files |= {"data/people.ttl": people, "shapes/s.ttl": head + shape, "pyproject.toml": EXAMPLES["Settings"]}
    files[".pre-commit-config.yaml"] = EXAMPLES["pre-commit"].replace("https://example.org/cartkg.git", str(hooks))
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, "utf-8")
    git(place, "init", "-q")
    git(place, "add", "-A")
    runner.environment["PRE_COMMIT_HOME"] = str(tmp_path / "pre-commit")
    program = f"{sys.executable} -m pre_commit run"

    def run(words: str = "") -> subprocess.CompletedProcess[str]:
        return runner.shell(f"{program} {words}", ("sh", "-e"), place)

    first = run("--all-files")
    assert first.returncode == 0, first.stdout + first.stderr
    git(place, "commit", "-q", "-m", "state")
    (place / "data" / "b7.ttl").write_text(files["data/b7.ttl"] + "# more\n", "utf-8")
    git(place, "add", "-A")
    assert run().returncode == 0, "a book alone is correct, since the person is in the data set"
    (place / "data" / "draft.ttl").write_text("not Turtle", "utf-8")
    assert run().returncode == 0, "what git does not track is not part of the commit"
    (place / "data" / "people.ttl").write_text(people.replace("a ex:Person", "ex:name 'Ann'"), "utf-8")
    git(place, "add", "data/people.ttl")
    stopped = run()
    assert stopped.returncode == 1
    assert stopped.stdout.count("data/b60.ttl:3:") == 1
    git(place, "checkout", "-q", "HEAD", "data/people.ttl")
    git(place, "rm", "-q", "data/people.ttl")
    assert run().returncode == 1, "a file that is removed breaks the books, too"
    git(place, "commit", "-q", "-m", "broken")
    assert run("--all-files").returncode == 1, "where nothing is staged everything is checked"
