"""Queries of a project: one door, behind walls, within limits; a bad one costs its own answer alone."""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from errno import EPERM
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from cartkg.evaluation import sandbox
from cartkg.evaluation.bounds import JobBounds
from cartkg.evaluation.children import Children
from cartkg.evaluation.deadline import DeadlinePassedError, deadline
from cartkg.evaluation.evaluator import Evaluator, QueryOutline
from cartkg.evaluation.guarding import Failure, Fault, breach
from cartkg.evaluation.messages import Frame
from cartkg.evaluation.system_calls import filter_program
from cartkg.graph import read
from cartkg.pipeline.own_stages import Beside
from cartkg.project import shipped
from cartkg.queries import read_questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SMALL = JobBounds(seconds=2.0, memory=256 * 1024**2, reply=8 * 1024**2)
PATTERNS = " . ".join(f"?a{n} ?b{n} ?c{n}" for n in range(8))
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {PATTERNS} }}"
SORTED = f"SELECT * {{ {PATTERNS} }} ORDER BY ?a0 ?c7"
DOUBLING = (
    'SELECT (STRLEN(?x40) AS ?n) { BIND("0123456789" AS ?x0) '
    + " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(40))
    + " }"
)
CRASHING = "ASK {" + "{}UNION" * 30_000 + "{}}"
LIBC = ctypes.CDLL(None, use_errno=True)
NAMED_CALLS = {"bpf": {"x86_64": 321, "aarch64": 280}, "io_uring_setup": {"x86_64": 425, "aarch64": 425}}


@pytest.fixture(scope="module")
def store() -> ox.Store:
    made = ox.Store()
    predicate = ox.NamedNode("x:p")
    made.extend(ox.Quad(ox.NamedNode(f"x:{n}"), predicate, ox.Literal(n)) for n in range(300))
    made.add(ox.Quad(ox.BlankNode("left"), predicate, ox.BlankNode("right")))
    return made


@pytest.fixture
def evaluator(store: ox.Store) -> Iterator[Evaluator]:
    with Evaluator(store, {"x": "x:"}, SMALL) as made:
        yield made


def ask(evaluator: Evaluator, text: str) -> object:
    (answer,) = evaluator.ask([text])
    return answer


def failed(answer: object) -> tuple[Fault, int]:
    assert isinstance(answer, Failure), answer
    return answer.fault, answer.line


def called(number: int, *arguments: int) -> None:
    """Make a call by its number; raise what it answers."""
    if LIBC.syscall(number, *(ctypes.c_long(each) for each in arguments)) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def libc(name: str, *arguments: object) -> None:
    if getattr(LIBC, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def attempts(folder: Path, descriptor: int) -> dict[str, Callable[[], object]]:
    """Say what a worker that was taken over might try; each succeeds outside of the walls, or needs root there."""
    file, other, parent = str(folder / "file"), str(folder / "other"), os.getpid()
    held = ctypes.create_string_buffer(8)
    vector = (ctypes.c_void_p * 2)(ctypes.addressof(held), 8)
    machine = platform.machine()
    numbers = {name: calls[machine] for name, calls in NAMED_CALLS.items() if machine in calls}
    return {
        "open": lambda: os.open(file, os.O_RDONLY),
        "create": lambda: os.open(other, os.O_WRONLY | os.O_CREAT),
        "stat": lambda: os.stat(file),
        "list": lambda: os.listdir(folder),
        "unlink": lambda: os.unlink(file),
        "rename": lambda: os.rename(file, other),
        "truncate": lambda: os.truncate(file, 0),
        "link": lambda: os.link(file, other),
        "symlink": lambda: os.symlink(file, other),
        "readlink": lambda: os.readlink("/proc/self/exe"),
        "mkdir": lambda: os.mkdir(other),
        "rmdir": lambda: os.rmdir(folder / "empty"),
        "chmod": lambda: os.chmod(file, 0o700),
        "chown": lambda: os.chown(file, os.getuid(), os.getgid()),
        "utime": lambda: os.utime(file),
        "setxattr": lambda: os.setxattr(file, "user.x", b"x"),
        "mknod": lambda: os.mkfifo(other),
        "chdir": lambda: os.chdir("/"),
        "write elsewhere": lambda: os.write(descriptor, b"x"),
        "socket": socket.socket,
        "unix socket": socket.socketpair,
        "pipe": os.pipe,
        "fork": os.fork,
        "execve": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
        "kill": lambda: os.kill(parent, 0),
        "pidfd": lambda: os.pidfd_open(parent),
        "nice": lambda: os.setpriority(os.PRIO_PROCESS, parent, 10),
        "ptrace": lambda: libc("ptrace", 16, parent, None, None),
        "process_vm_readv": lambda: libc("process_vm_readv", parent, vector, 1, vector, 1, 0),
        "process_vm_writev": lambda: libc("process_vm_writev", parent, vector, 1, vector, 1, 0),
        "mount": lambda: libc("mount", b"none", os.fsencode(folder), b"tmpfs", 0, None),
        "unshare": lambda: libc("unshare", 0x10000000),
        "dumpable": lambda: libc("prctl", 4, 1, 0, 0, 0),
        "executable memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
        **{name: partial(called, number, 0, 0, 0) for name, number in numbers.items()},
    }


def test_a_worker_can_do_nothing_but_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept", "utf-8")
    (tmp_path / "empty").mkdir()
    tried = attempts(tmp_path, os.open(tmp_path / "file", os.O_RDWR))

    def work(job: Frame) -> Frame:
        try:
            tried[job.head["name"]]()
        except OSError as error:
            return Frame({"refused": error.errno})
        return Frame({"refused": None})

    children = Children(work, SMALL)
    names = list(tried)
    replies = children.run([Frame({"name": name}) for name in names])
    children.close()
    unlike = {name: reply for name, reply in zip(names, replies, strict=True) if reply != Frame({"refused": EPERM})}
    assert unlike == {}
    assert (tmp_path / "file").read_text("utf-8") == "kept"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["empty", "file"]


def test_this_machine_has_the_filter_that_the_tests_are_about() -> None:
    if platform.system() == "Linux" and platform.machine() in {"x86_64", "aarch64"}:
        assert filter_program()


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_made_for_both_machines(monkeypatch: pytest.MonkeyPatch, machine: str) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    assert filter_program()
    assert len(filter_program()) % 8 == 0
    assert len(filter_program()) < len(filter_program(reads=True)) < 256 * 8, "jumps reach that far"
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert filter_program() == b""


def test_what_a_kernel_does_not_offer_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sandbox.Sandbox, "_version", lambda _: -1)
    sandbox.warn_of_missing_layers.cache_clear()
    sandbox.warn_of_missing_layers()
    sandbox.warn_of_missing_layers()
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["this kernel offers no Landlock"]
    sandbox.warn_of_missing_layers.cache_clear()


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("SELECT * {\n SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", 2, "SERVICE"),
        ("SELECT * {\n\n service SILENT ?where { ?s ?p ?o } }", 3, "SERVICE"),
        ("SELECT * {\n \\u0053ERVICE <http://127.0.0.1/> {} }", 2, "SERVICE"),
        ('SELECT * { ?s ?p "\\u000A\\u000A" .\n \\U00000053ERVICE <http://127.0.0.1/> {} }', 2, "SERVICE"),
        ('SELECT * { ?s ?p """\n#""" SERVICE <http://127.0.0.1/> {} }', 2, "SERVICE"),
        ("# from a comment\nSELECT * FROM <http://127.0.0.1/d> {}", 2, "FROM"),
        ("SELECT *\nFROM NAMED <file:///etc/passwd> {}", 2, "FROM"),
        ("PREFIX e: <http://127.0.0.1/>\nSELECT * FROM e:d {}", 2, "FROM"),
        ("LOAD <http://127.0.0.1/d>", 1, "LOAD"),
        ("PREFIX x: <x:>\nINSERT DATA { x:s x:p x:o }", 2, "INSERT"),
        ("ASK {\n" + "{" * 300 + "}" * 300 + "}", 2, "nested"),
    ],
)
def test_what_a_query_must_not_do_is_refused_at_its_line(evaluator: Evaluator, text: str, line: int, word: str) -> None:
    answer = ask(evaluator, text)
    assert failed(answer) == (Fault.REFUSED, line)
    assert word in getattr(answer, "message", "")
    assert evaluator.outlines([text]) == [answer]


@pytest.mark.parametrize(
    "text",
    [
        "# SERVICE <http://127.0.0.1/>\nASK {}",
        'SELECT ?x { BIND("SERVICE <http://127.0.0.1/> {}" AS ?x) }',
        "PREFIX service: <x:> ASK { service:s service:p service:o }",
        "SELECT ?service ?from { ?service ?from ?load }",
        "PREFIX g: <https://w3id.org/cartkg/graph/> ASK FROM g:all FROM NAMED <https://w3id.org/cartkg/graph/a> {}",
    ],
)
def test_words_that_only_look_so_are_no_breach(evaluator: Evaluator, text: str) -> None:
    assert breach(text, {}) is None
    assert not isinstance(ask(evaluator, text), Failure)


def test_runaways_are_stopped_and_the_others_answered(evaluator: Evaluator) -> None:
    texts = [ENDLESS, "ASK { x:1 ?p 1 }", CRASHING, "ASK {", "SELECT (x:f(1) AS ?v) {}", "ASK { x:1 ?p 2 }"]
    endless, first, crashing, broken, unknown, last = evaluator.ask(texts)
    faults = [failed(each)[0] for each in (endless, crashing, broken, unknown)]
    assert faults == [Fault.STOPPED, Fault.STOPPED, Fault.SYNTAX, Fault.ENGINE]
    assert "after 2 s" in getattr(endless, "message", "")
    assert (bool(first), bool(last)) == (True, False)


@pytest.mark.parametrize("text", [SORTED, DOUBLING])
def test_a_query_that_wants_all_memory_is_stopped(store: ox.Store, text: str) -> None:
    with Evaluator(store, {}, JobBounds(60.0, 128 * 1024**2)) as evaluator:
        answer = ask(evaluator, text)
        assert failed(answer)[0] is Fault.STOPPED
        assert "128 MiB" in getattr(answer, "message", "")
        assert ask(evaluator, "ASK {}")


@pytest.mark.whole
def test_queries_that_share_limits_fail_together(evaluator: Evaluator) -> None:
    assert [failed(each)[0] for each in evaluator.ask_together(["ASK {}", ENDLESS])] == [Fault.STOPPED] * 2
    assert [bool(each) for each in evaluator.ask_together(["ASK {}", "ASK { x:x ?p ?o }"])] == [True, False]


def test_parsing_is_bounded_too_and_says_what_a_query_selects(evaluator: Evaluator) -> None:
    found = evaluator.outlines(["SELECT ?a ?b {}", CRASHING, "CONSTRUCT {} {}", "ASK {}"])
    assert found[0] == QueryOutline(("a", "b"))
    assert failed(found[1]) == (Fault.STOPPED, 1)
    assert found[2:] == [QueryOutline(None, triples=True), QueryOutline(None)]


def test_an_answer_that_is_too_large_is_not_taken(store: ox.Store) -> None:
    with Evaluator(store, {}, JobBounds(20.0, 1024**3, 100_000)) as evaluator:
        answer = ask(evaluator, "SELECT * { ?a ?b ?c . ?d ?e ?f }")
    assert failed(answer)[0] is Fault.STOPPED
    assert "larger" in getattr(answer, "message", "")


def test_terms_come_back_as_they_are(evaluator: Evaluator, store: ox.Store) -> None:
    made = ask(evaluator, "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    assert isinstance(made, tuple)
    assert set(made) == {quad.triple for quad in store}
    rows = ask(evaluator, "SELECT ?s ?o ?none { ?s ?p ?o FILTER(ISBLANK(?o)) }")
    assert isinstance(rows, ox.QuerySolutions)
    assert [(row["s"], row["o"], row["none"]) for row in rows] == [(ox.BlankNode("left"), ox.BlankNode("right"), None)]


@pytest.mark.whole
def test_every_stored_query_answers_in_the_sandbox_as_it_does_without() -> None:
    project = shipped()
    graph = read((*project.ontology_files(), *project.data_files()), project).graph
    whole = [file for file in sorted(project.queries.rglob("*.rq")) if file.parent.name in ("checks", "lists")]
    files = [*whole, *sorted((project.ontology / "rules").glob("*.rq"))]
    asked = read_questions(project.queries)
    names = [*(file.stem for file in files), *(question.name for question in asked)]
    texts = [*(file.read_text("utf-8") for file in files), *(question.text for question in asked)]
    with Evaluator(graph.store, graph.prefixes.namespaces) as evaluator:
        answers = evaluator.ask(texts)
    unlike = [
        name
        for name, text, answer in zip(names, texts, answers, strict=True)
        if content(answer) != content(graph.query(text))
    ]
    assert unlike == []


def content(answer: object) -> object:
    if isinstance(answer, ox.QuerySolutions):
        names = [variable.value for variable in answer.variables]
        return names, sorted(str([row[name] for name in names]) for row in answer)
    if isinstance(answer, ox.QueryBoolean | Failure):
        return str(answer)
    return sorted(map(str, answer))  # type: ignore[call-overload]  # statements


def run_on() -> None:
    while True:
        pass


def test_python_code_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(DeadlinePassedError), deadline(0.05):
        run_on()


def test_nothing_is_left_of_the_children(evaluator: Evaluator) -> None:
    ask(evaluator, "ASK {}")
    assert isinstance(evaluator._children, Children)
    pids = [child.pid for child in evaluator._children._idle]
    evaluator.close()
    assert pids
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_a_run_that_another_thread_waits_for_can_be_ended(store: ox.Store) -> None:
    evaluator = Evaluator(store, {}, JobBounds(seconds=600.0))
    evaluator.prepare(1)
    with ThreadPoolExecutor(1) as beside:
        asking = beside.submit(evaluator.ask, [ENDLESS, ENDLESS, ENDLESS])
        evaluator.abort()
        assert {failed(each)[0] for each in asking.result()} == {Fault.STOPPED}
    evaluator.close()


def test_children_whose_questions_were_cancelled_before_they_began_are_ended() -> None:
    asked = Evaluator(ox.Store(), {})
    children = asked._children
    assert isinstance(children, Children)
    with pytest.raises(LookupError):
        _fail_behind(Beside(Evaluator(ox.Store(), {})), asked)
    assert children._idle == []


def _fail_behind(beside: Beside, asked: Evaluator) -> None:
    """Queue questions behind what takes a while, so that they never begin, and fail."""
    with beside:
        beside.thread.submit(time.sleep, 0.2)
        beside.ask([], asked)
        asked.prepare(1)
        raise LookupError
