"""What the read-me, the pages of the documentation, the help texts and the metadata promise is so."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

import cartkg
from cartkg.cli import LateGroup, cli
from cartkg.sparql.pool.jobs import Limits

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
#: Programs that ask a server: tests/clients/test_matrix.py and tests/test_mcp.py run them.
ELSEWHERE = {*(ROOT / "docs" / "reference").glob("clients*.md"), ROOT / "docs" / "guides" / "assistants.md"}
PAGES = "\n".join(
    [README, *(path.read_text("utf-8") for path in sorted((ROOT / "docs").rglob("*.md")) if path not in ELSEWHERE)]
)
CONSOLE = re.findall(r"```console\n(.*?)```", PAGES, re.DOTALL)
SESSIONS = dict.fromkeys(
    (command, output)
    for block in CONSOLE
    for command, output in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
)
PYTHON = re.findall(r"```python\n(.*?)```", PAGES, re.DOTALL)
LONGEST_README = 120


def run(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cartkg", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=cwd)


@pytest.mark.parametrize(("command", "expected"), SESSIONS, ids=[command for command, _ in SESSIONS])
@pytest.mark.whole
def test_a_command_prints_what_the_page_shows(command: str, expected: str) -> None:
    program, *words = shlex.split(command)
    assert program == "cartkg"
    given = run(*words)
    assert given.returncode == 0, given.stderr
    shown = [line.rstrip() for line in given.stdout.splitlines()]
    wanted = [line.rstrip() for line in expected.splitlines()]
    if "..." in wanted:
        cut = wanted.index("...")
        assert shown[:cut] == wanted[:cut]
        assert shown[len(shown) - len(wanted[cut + 1 :]) :] == wanted[cut + 1 :]
    else:
        assert shown == wanted


def test_the_read_me_shows_an_answer_and_is_short() -> None:
    assert "```console\n$ cartkg query" in README
    assert len(README.splitlines()) <= LONGEST_README


def test_the_pages_show_scripts() -> None:
    assert PYTHON


@pytest.mark.whole
@pytest.mark.parametrize("script", PYTHON, ids=[f"script {number}" for number, _ in enumerate(PYTHON, 1)])
def test_a_script_of_a_page_runs_and_prints_something(script: str) -> None:
    given = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=ROOT,
    )
    assert given.returncode == 0, given.stderr
    assert given.stdout.strip()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:|#)([^)#]+)", README))))
def test_a_link_of_the_read_me_leads_to_a_file(target: str) -> None:
    assert (ROOT / target).exists()


@pytest.mark.parametrize("name", re.findall(r"^make ([a-z-]+)", README, re.MULTILINE))
def test_a_make_target_of_the_read_me_is_there(name: str) -> None:
    assert re.search(rf"^{name}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", LateGroup.modules)
def test_each_command_has_help_with_an_example(name: str) -> None:
    given = CliRunner().invoke(cli, [name, "--help"])
    assert given.exit_code == 0, given.output
    assert "Example" in given.output


def test_the_help_lists_each_command_with_a_line_of_its_own() -> None:
    shown = run("--help").stdout
    for name in LateGroup.modules:
        assert re.search(rf"^  {name}\s+\S", shown, re.MULTILINE), name


def test_an_unknown_command_is_a_usage_error_without_a_traceback() -> None:
    given = run("bild")
    assert given.returncode == 2
    assert "Traceback" not in given.stderr


def test_the_version_is_the_same_wherever_it_is_stated() -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f'version: "{cartkg.__version__}"' in citation
    assert run("--version").stdout.strip().endswith(cartkg.__version__)


def test_the_date_of_the_data_is_the_same_wherever_it_is_stated() -> None:
    head = (ROOT / "ontology" / "cartkg.ttl").read_text("utf-8")
    stated = re.search(r'owl:versionInfo "([^"]+)"', head)
    assert stated
    date = stated[1]
    assert f"<https://w3id.org/cartkg/ontology/{date}>" in head
    assert f'date-released: "{date}"' in (ROOT / "CITATION.cff").read_text("utf-8")
    for module in (ROOT / "ontology").glob("*.ttl"):
        for other in re.findall(r'owl:versionInfo "([^"]+)"', module.read_text("utf-8")):
            assert other == date, module.name


def test_the_constraints_hold_versions_only_and_every_dependency() -> None:
    lines = (ROOT / ".ci" / "constraints.txt").read_text("utf-8").splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!-]+", line) for line in lines)
    pinned = {line.partition("==")[0].lower().replace("_", "-").replace(".", "-") for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["test"]]
    wanted += [each for each in project["dependency-groups"]["dev"] if isinstance(each, str)]
    for requirement in wanted:
        name = re.split(r"[\[<>=!~ ]", requirement)[0].lower().replace("_", "-").replace(".", "-")
        assert name in pinned, f"{name} is not pinned: run `make lock`"


def test_the_page_on_the_endpoint_tells_the_limits_that_hold() -> None:
    limits, mebi = Limits(), 1024**2
    text = (ROOT / "docs" / "reference" / "endpoint.md").read_text("utf-8").replace("\n", " ")
    for words in (
        f"{limits.seconds:.0f} s (`--timeout`)",
        f"{limits.memory // mebi} MiB (`--memory`)",
        f"size of an answer | {limits.result // mebi} MiB",
        f"| {limits.query // 1024} KiB; {limits.body // mebi} MiB |",
        f"nesting of brackets | {limits.depth} |",
        f"{limits.quick} short, {limits.long} long, {limits.waiting} waiting for each",
        f"({limits.quick} + {limits.long}) x {limits.memory // mebi} MiB",
        f"after {limits.slice / 2:g} s of processor time and {limits.slice:g} s in all",
    ):
        assert words in text, words
