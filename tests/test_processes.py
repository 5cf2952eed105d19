"""A checkout of a stranger runs nothing: no module, no option and no program that lies in it or that its git names."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from tests.live import Live, listening_port

from cartkg.processes import environment, git, own_module

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = Path(sys.executable).with_name("cartkg")
SECRET = "hunter2"  # noqa: S105  # nobody's
#: Says which file ran, in which program and with which secrets.
PAYLOAD = """import os, sys
open({mark!r}, "a").write(f"{name} {{sys.argv}} {{os.environ.get('CARTKG_SECRET')}}\\n")
"""
TRIPLE = "<https://w3id.org/cartkg/study/x> <http://example.org/p> <http://example.org/o> .\n"


def importable() -> set[str]:
    """Give the first name of every module of Python and of every installed package."""
    names = {re.split(r"[.-]", entry.name)[0] for entry in Path(sysconfig.get_path("purelib")).iterdir()}
    names |= set(sys.stdlib_module_names) | {"cartkg", "sitecustomize", "usercustomize", "__main__"}
    return {name for name in names if name.isidentifier()}


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Give a small project of real files that also holds a module of every name, options of Java, and a git at war."""
    root = tmp_path / "hostile"
    for name in ("ontology", "shapes", "queries", "data/ttl/shared"):
        shutil.copytree(ROOT / name, root / name)
    for file in sorted((ROOT / "data" / "ttl").glob("m*.ttl"))[:3]:
        shutil.copy(file, root / "data" / "ttl")
    (root / "d.nt").write_text(TRIPLE, "utf-8")
    armed(root)
    for name in importable():
        text = PAYLOAD.format(mark=str(tmp_path / "RAN"), name=name)
        (root / f"{name}.py").write_text(text, "utf-8")
    for name in ("cartkg", "encodings"):
        (root / name).mkdir()
        (root / name / "__init__.py").write_text(PAYLOAD.format(mark=str(tmp_path / "RAN"), name=name), "utf-8")
    agent = f"-XX:OnError='touch {tmp_path / 'RAN'}' -javaagent:evil.jar\n"
    for name in (".hotspotrc", "JDK_JAVA_OPTIONS", "java.options"):
        (root / name).write_text(agent, "utf-8")
    return root


def armed(root: Path) -> None:
    """Make a repository of a folder whose settings and attributes name programs for every occasion."""
    strike = f"touch '{root.parent / 'RAN'}'; cat"
    base = ["git", "-C", str(root), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for more in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "state"]):
        subprocess.run([*base, *more], check=True)
    settings = {
        "core.fsmonitor": strike,
        "core.hooksPath": str(root),
        "core.sshCommand": strike,
        "core.alternateRefsCommand": strike,
        "diff.external": strike,
        "diff.bad.command": strike,
        "diff.bad.textconv": strike,
        "filter.bad.clean": strike,
        "filter.bad.required": "true",
        "filter.a=b.process": strike,
        "remote.origin.url": f"ext::sh -c '{strike}'",
        "remote.origin.promisor": "true",
        "protocol.allow": "always",
    }
    for name, value in settings.items():
        subprocess.run([*base, "config", name, value], check=True)
    (root / ".gitattributes").write_text("*.ttl filter=bad diff=bad\n*.rq filter=a=b\n", "utf-8")
    touched = next((root / "data" / "ttl").glob("m*.ttl"))
    touched.write_text(touched.read_text("utf-8") + "\n", "utf-8")


def run(hostile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed program in the folder as a user would, with a secret in its environment and nothing kept."""
    return subprocess.run(
        [str(PROGRAM), *arguments], cwd=hostile, env=with_secret(hostile), capture_output=True, text=True, check=False
    )


def with_secret(hostile: Path) -> dict[str, str]:
    """Give an environment with a secret, with options that no Java starts with, and with nothing kept."""
    options = dict.fromkeys(("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"), "-bogus")
    kept = str(hostile.parent / "kept")
    more = {"CARTKG_SECRET": SECRET, "CLASSPATH": ".", "XDG_CACHE_HOME": kept, "PYTHONDONTWRITEBYTECODE": "1"}
    return {**os.environ, **options, **more}


def nothing_ran(hostile: Path) -> None:
    mark = hostile.parent / "RAN"
    assert not mark.exists(), mark.read_text("utf-8")


QUICK = [
    ("check", "--only", "ontology"),
    ("check", "--changed", "HEAD", "--skip", "ontology"),
    ("check", "d.nt", "--shapes", "shapes/study.ttl"),
    ("build", "--no-check"),
    ("query", "--list"),
    ("fmt", "--check"),
    ("fix", "--help"),
    ("add", "--template"),
    ("diff", "HEAD", "."),
    ("stats",),
    ("explain", "cartkg:DualTargetTherapy", "rdfs:subClassOf", "cartkg:CD19TargetedTherapy"),
]


@pytest.mark.parametrize("arguments", QUICK, ids=[" ".join(each) for each in QUICK])
def test_no_command_runs_what_lies_in_the_current_folder(hostile: Path, arguments: tuple[str, ...]) -> None:
    done = run(hostile, *arguments)
    assert done.returncode in {0, 1}, done.stderr
    assert "Traceback" not in done.stderr
    nothing_ran(hostile)


def test_no_stored_question_runs_what_lies_in_the_current_folder(hostile: Path) -> None:
    built = run(hostile, "build", "--no-check")
    asked = run(hostile, "query", "sle-doris-remission")
    assert (built.returncode, asked.returncode) == (0, 0), built.stderr + asked.stderr
    nothing_ran(hostile)


@pytest.mark.parametrize("command", ["check", "build", "release"])
def test_no_long_command_runs_what_lies_in_the_current_folder(hostile: Path, command: str) -> None:
    done = run(hostile, command)
    assert done.returncode in {0, 1}, done.stderr
    nothing_ran(hostile)


@pytest.mark.parametrize("data", ["d.nt", pytest.param("", marks=pytest.mark.whole)])
def test_the_server_runs_nothing_of_the_folder_and_hands_no_secret_on(hostile: Path, data: str) -> None:
    command = [str(PROGRAM), "serve", "--port", "0", *(["--data", data] if data else [])]
    if not data:  # a build of the whole: a part of the studies has diagnostics
        shutil.copytree(ROOT / "data", hostile / "data", dirs_exist_ok=True)
    process = subprocess.Popen(
        command, cwd=hostile, env=with_secret(hostile), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        server = Live(process, listening_port(process, 300), [])
        assert server.ask("ASK { ?s ?p ?o }").status == 200
        front, *children = server.family()
        assert SECRET.encode() in Path(f"/proc/{front}/environ").read_bytes()
        assert children, "keeper and workers"
        for child in children:
            assert SECRET.encode() not in Path(f"/proc/{child}/environ").read_bytes()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    nothing_ran(hostile)


def test_the_traps_of_these_tests_close(hostile: Path) -> None:
    mark = hostile.parent / "RAN"
    unsafe = [sys.executable, "-m", "cartkg", "--version"]
    subprocess.run(unsafe, cwd=hostile, env=with_secret(hostile), check=False, capture_output=True)
    assert SECRET in mark.read_text("utf-8")
    mark.unlink()
    subprocess.run(["git", "diff", "HEAD"], cwd=hostile, check=False, capture_output=True)
    assert mark.exists()


def test_a_child_gets_no_secret_and_no_folder_that_is_not_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH"):
        monkeypatch.setenv(name, SECRET)
    for name in ("LD_PRELOAD", "PYTHONSTARTUP", "PYTHONINSPECT", "GIT_EXTERNAL_DIFF", "GIT_SSH_COMMAND"):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("PATH", f".:/usr/bin::bin{os.pathsep}/bin")
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    given = environment(MORE="1")
    assert SECRET not in given.values()
    assert given["PATH"] == "/usr/bin:/bin"
    assert "PYTHONPATH" not in given
    assert (given["LC_ALL"], given["MORE"]) == ("C.UTF-8", "1")


def test_an_own_module_is_found_where_it_is_installed(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('hijacked')", "utf-8")
    done = subprocess.run(
        own_module("cartkg", "--version"), cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("cartkg, version")


def test_every_child_is_started_by_the_one_function() -> None:
    """Look for commands and processes in the text of the package: none starts one by itself."""
    for path in sorted((ROOT / "src" / "cartkg").rglob("*.py")):
        text = path.read_text("utf-8")
        if path.name != "processes.py":
            assert "sys.executable" not in text, path
            assert not re.search(r"[\"']git[\"'],", text), path
        for call in re.findall(r"subprocess\.(?:run|Popen|check_output)\((.*?)\n    ?\S", text, re.DOTALL):
            assert "env=" in call, f"{path}: {call}"
        assert not re.search(r"\bos\.(?:system|popen|exec\w+|spawn\w+)\(|shell=True", text), path


COMMANDS = [
    ("diff", "--name-only", "HEAD"),
    ("diff", "HEAD"),
    ("status", "--short"),
    ("show", "HEAD"),
    ("log", "-p", "--textconv", "HEAD"),
    ("ls-files", "--others"),
    ("fetch", "origin"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_git_runs_no_program_that_a_repository_names(hostile: Path, command: tuple[str, ...]) -> None:
    done = git(hostile, *command)  # one that would have to run a program may fail
    assert command[1] != "--name-only" or done.stdout.count(b".ttl\n") == 1
    nothing_ran(hostile)


def test_git_takes_no_folder_for_a_repository_that_only_looks_like_one(tmp_path: Path) -> None:
    bare = tmp_path / "looks"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    done = git(bare, "rev-parse", "--git-dir")
    assert done.returncode, "a checkout can hold a bare repository, settings included"


def test_git_reads_the_settings_of_its_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".gitconfig").write_text('[filter "lfs"]\n\tclean = sed s/y/z/\n', "utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    root = tmp_path / "own"
    root.mkdir()
    git(root, "init", "-q")
    (root / ".gitattributes").write_text("a filter=lfs\n", "utf-8")
    (root / "a").write_text("y", "utf-8")
    assert git(root, "hash-object", "a").stdout == git(root, "hash-object", "--stdin", given=b"z").stdout
