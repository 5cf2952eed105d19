"""Ctrl-C and SIGTERM at any moment: exit code 3, no traceback, every file old or new, nobody left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from cartkg.cli import main
from cartkg.cli.interruption import INTERRUPTED
from cartkg.errors import EXIT_CLEAN, EXIT_COULD_NOT_RUN, EXIT_DIAGNOSTICS, EXIT_INTERNAL
from cartkg.project import Project

ROOT = Path(__file__).resolve().parents[1]

#: Runs a command, says when it begins, and sends itself a signal when it writes, moves or starts something
#: for the n-th time; without one it counts these moments.
DRIVER = """
import os, signal, sys

ready, number, wanted = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
moments = 0

def is_moment(event, arguments):
    if event == "open":
        return isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
    # not when it removes something: a signal comes before or after that, never instead of it
    return event in {"os.rename", "os.mkdir", "os.chmod", "subprocess.Popen"}

def watch(event, arguments):
    global moments
    if is_moment(event, arguments):
        moments += 1
        if moments == wanted:
            os.kill(os.getpid(), number)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has what it starts in the background ignore Ctrl-C
sys.dont_write_bytecode = True
sys.argv = ["cartkg", *sys.argv[4:]]
from cartkg.__main__ import main
os.write(ready, b"begins\\n")
sys.addaudithook(watch)
try:
    main()
finally:
    os.write(ready, f"{moments}\\n".encode())
"""


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code, what it said, how often it wrote, and for how long it ran in seconds."""

    code: int
    errors: str
    moments: int
    seconds: float
    is_alone: bool


@dataclass(frozen=True)
class Blow:
    """A signal: at the n-th moment of writing, or so many seconds after the begin, to one process or to all of them."""

    number: int = 0
    moment: int = 0
    after: float = 0
    everyone: bool = False


def run(project: Project, arguments: list[str], blow: Blow) -> Done:
    reader, writer = os.pipe()
    temporary = project.root.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    command = [sys.executable, "-c", DRIVER, str(writer), str(blow.number), str(blow.moment), *arguments]
    begun = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=project.root,
        env={
            **os.environ,
            "TMPDIR": str(temporary),
            "XDG_CACHE_HOME": str(project.root.parent / "kept"),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=[writer],
        start_new_session=True,
    ) as process:
        os.close(writer)
        with os.fdopen(reader) as told:
            assert told.readline() == "begins\n"
            if blow.after:
                time.sleep(blow.after)
                (os.killpg if blow.everyone else os.kill)(process.pid, blow.number)
            _, errors = process.communicate(timeout=120)
            moments = told.readline()
        return Done(process.returncode, errors, int(moments or 0), time.perf_counter() - begun, _is_alone(process.pid))


def _is_alone(group: int) -> bool:
    """Tell whether no process of a group goes on for more than some seconds after its leader has ended."""
    for _ in range(60):
        if not any(_runs_in(group, entry) for entry in Path("/proc").glob("[0-9]*/stat")):
            return True
        time.sleep(0.05)
    return False


def _runs_in(group: int, entry: Path) -> bool:
    try:
        state, _, its_group = entry.read_text().rpartition(")")[2].split()[:3]
    except OSError:  # it has gone meanwhile
        return False
    return int(its_group) == group and state not in "ZX"


def files(project: Project) -> dict[str, bytes]:
    """Give all files of a project and of the folder for temporary ones; Java's own record of its run aside."""
    top = project.root.parent
    found = (path for path in top.rglob("*") if path.is_file() and "hsperfdata" not in path.as_posix())
    return {path.relative_to(top).as_posix(): path.read_bytes() for path in found}


@dataclass(frozen=True)
class Case:
    """A command with the project it spoils, before and after it has run undisturbed."""

    arguments: list[str]
    project: Project
    before: dict[str, bytes]
    after: dict[str, bytes]
    done: Done


def reset(project: Project, before: dict[str, bytes]) -> None:
    top = project.root.parent
    for name in files(project).keys() - before.keys():
        (top / name).unlink()
    for folder in sorted((path for path in top.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    for name, data in before.items():
        if not (top / name).is_file() or (top / name).read_bytes() != data:
            (top / name).write_bytes(data)


COMMANDS = {
    "check": ["check", "--output", "json=report.json", "--output", "sarif=report.sarif"],
    "check with a shape that takes for ever": ["check", "--shapes", "endless.ttl", "endless.ttl"],
    "fmt": ["fmt"],
    "fix": ["fix"],
    "add": ["add", "dossier.yaml"],
    "build": ["build", "--no-check"],
    "release": ["release"],
}
ENDLESS = """@prefix ex: <http://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
ex:S sh:targetNode ex:S ; sh:sparql [ sh:select '''SELECT $this WHERE {
  ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o . ?p ?q ?r . ?s ?t ?u . ?v ?w ?x . ?y ?z ?aa . ?ab ?ac ?ad .
  ?a1 ?b1 ?c1 . ?d1 ?e1 ?f1 . ?g1 ?h1 ?i1 . ?j1 ?k1 ?l1 . ?m1 ?n1 ?o1 . FILTER (?a != ?a) }''' ] .
"""


def spoiled(folder: Path) -> Project:
    """Give a small project of real files with something to do for every command."""
    root = folder / "project"
    for name in ("ontology", "shapes", "queries/checks", "data/ttl/shared"):
        shutil.copytree(ROOT / name, root / name)
    for file in sorted((ROOT / "data" / "ttl").glob("m*.ttl"))[:3]:
        text = file.read_text("utf-8").replace('cartkg:doi "10.', 'cartkg:doi "https://doi.org/10.')
        (root / "data" / "ttl" / file.name).write_text(text.replace("    a ", "  a "), "utf-8")
    (root / "endless.ttl").write_text(ENDLESS, "utf-8")
    shutil.copytree(ROOT / "data" / "vocabulary", root / "data" / "vocabulary")
    for name in ("trials.yaml", "products.yaml"):
        shutil.copy(ROOT / "data" / name, root / "data")
    shutil.copy(ROOT / "tests" / "cases" / "dossiers" / "alpha-2025-lancet.yaml", root / "dossier.yaml")
    return Project(root, root / ".cartkg")


def prepare(name: str, folder: Path) -> Case:
    project = spoiled(folder)
    if name == "release":
        run(project, COMMANDS["build"], Blow())
    before = files(project)
    if "for ever" in name:
        return Case(COMMANDS[name], project, before, before, Done(EXIT_CLEAN, "", 0, 2.0, is_alone=True))
    done = run(project, COMMANDS[name], Blow())
    assert done.code in {EXIT_CLEAN, EXIT_DIAGNOSTICS}, done.errors
    after = files(project)
    assert after != before, "there was something to do"
    return Case(COMMANDS[name], project, before, after, done)


def is_whole(case: Case, blow: Blow) -> bool:
    """Strike a command, and look at what it leaves; tell whether it was interrupted, and did not end before."""
    reset(case.project, case.before)
    done = run(case.project, case.arguments, blow)
    told = f"{blow}: {done}"
    assert "Traceback" not in done.errors, told
    assert done.is_alone, told
    left = files(case.project)
    for name, data in left.items():
        assert data in {case.before.get(name), case.after.get(name)}, f"{name} is neither old nor new; {told}"
    assert case.before.keys() <= left.keys(), told
    if done.code != EXIT_COULD_NOT_RUN:
        assert done.moments < blow.moment or blow.after, told
        assert (done.code, left) == (case.done.code, case.after), told
        return False
    assert done.errors.endswith("cartkg: interrupted\n"), told
    return True


@pytest.fixture(scope="module", params=COMMANDS)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return prepare(str(request.param), tmp_path_factory.mktemp("interrupts"))


@pytest.mark.parametrize(
    ("name", "number"),
    [
        pytest.param("fmt", signal.SIGINT, id="fmt, Ctrl-C"),
        pytest.param("add", signal.SIGTERM, id="add, SIGTERM", marks=pytest.mark.whole),
    ],
)
def test_signal_while_a_file_is_written_leaves_it_whole(tmp_path: Path, name: str, number: signal.Signals) -> None:
    case = prepare(name, tmp_path)
    for moment in (1, case.done.moments // 2, case.done.moments):
        assert is_whole(case, Blow(number, moment))


@pytest.mark.whole
def test_signal_at_any_moment_of_writing_leaves_every_file_whole(case: Case) -> None:
    moments = case.done.moments
    if not moments:
        pytest.skip("it writes nothing: it only takes for ever")
    struck = [
        is_whole(case, Blow(signal.SIGINT if moment % 2 else signal.SIGTERM, moment))
        for moment in sorted({1, *range(2, moments, max(1, moments // 6)), moments})
    ]
    # a command counts a moment more or less when its threads take turns: the last may not come
    assert sum(struck) >= len(struck) - 1


@pytest.mark.whole
@pytest.mark.parametrize("everyone", [True, False], ids=["to the whole group", "to the command alone"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_signal_at_any_time_ends_a_command_cleanly(case: Case, number: signal.Signals, *, everyone: bool) -> None:
    shares = (0.02, 0.3, 0.6, 0.85)
    struck = [is_whole(case, Blow(number, after=case.done.seconds * share, everyone=everyone)) for share in shares]
    assert struck[0], "at the start nothing has ended yet"


@pytest.mark.parametrize("interrupted", [True, False])
def test_an_interrupt_while_a_module_is_loaded_is_an_interrupt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, interrupted: bool
) -> None:
    """An extension module answers a signal during its initialisation with an ImportError of its own."""

    def load(**_: object) -> None:
        raise ImportError("initialization failed") from (KeyboardInterrupt() if interrupted else ValueError())

    monkeypatch.setattr("cartkg.cli.cli.main", load)
    with pytest.raises(SystemExit) as raised:
        main()
    said = capsys.readouterr().err.strip()
    assert raised.value.args == (EXIT_COULD_NOT_RUN if interrupted else EXIT_INTERNAL,)
    assert (said == INTERRUPTED) is interrupted


def test_an_interrupt_that_python_ignores_is_raised_again() -> None:
    """A signal may strike in a finalizer, from which no exception gets out."""
    program = (
        "import os, signal, time\n"
        "from cartkg.cli.interruption import interruptible\n"
        "class Struck:\n"
        "    def __del__(self):\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "with interruptible():\n"
        "    Struck()\n"
        "    time.sleep(2)\n"
        "    print('goes on')\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.stdout == ""
    assert ran.stderr.rstrip().endswith("KeyboardInterrupt")
    assert "ignored" not in ran.stderr
