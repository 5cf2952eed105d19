"""Attacks by what a repository holds: commands run on it as CI does; nothing they say or do is a stranger's.

Each play puts one hostile thing into a small project, runs a command and looks at both streams, the exit code, and the
files around the project.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.attack.attacks import listening

from cartkg.sparql.engines.data_source import DataSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cartkg.project import Project

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parents[2]
SECRET = "ghs_RAWTOKEN0123456789abcdef"  # noqa: S105  # stands for one
#: A text that clears a screen, names a window, rings, turns round, and gives commands to a CI runner.
HOSTILE = "k\x1b]0;HACKED\x07\x1b[31m\u202e\n::error file=README.md,line=1::spoofed\n::stop-commands::x ##[add-mask]y"
OBEYED = ("\x1b", "\x07", "\x9b", "\u202e")
PREFIXES = """@prefix cartkg: <https://w3id.org/cartkg/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
EXAMPLE = ROOT / "tests" / "cases" / "dossiers" / "alpha-2025-lancet.yaml"
STUDY = "<https://w3id.org/cartkg/study/x>"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said and its exit code."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


def run(folder: Path, *arguments: str, given: str | None = None) -> Said:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cartkg", *arguments],
        cwd=folder,
        capture_output=True,
        input=given,
        text=True,
        check=False,
        errors="surrogateescape",
        timeout=240,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Said(done.returncode, done.stdout, done.stderr)


def obeyed(text: str) -> list[str]:
    """Give what of a text a terminal or a CI runner obeys."""
    found = [sign for sign in OBEYED if sign in text]
    return found + [line for line in text.split("\n") if line.lstrip().startswith("::") or "##[" in line]


@pytest.fixture
def project(empty: Project) -> Iterator[Path]:
    """A small project with one file of data; beside it lies a secret, which must be there at the end as it was."""
    root = empty.root
    shutil.copytree(ROOT / "shapes", root / "shapes")
    (root / "queries" / "checks").mkdir(parents=True)
    (root / "data" / "ttl" / "good.ttl").write_text(f'{PREFIXES}{STUDY}\n    rdfs:label "x"@en .\n', "utf-8")
    around = root.parent / f"{root.name}-secrets"
    around.mkdir()
    (around / "secret.ttl").write_text(SECRET, "utf-8")
    yield root
    assert [path.name for path in around.iterdir()] == ["secret.ttl"]
    assert (around / "secret.ttl").read_text("utf-8") == SECRET


def secret(project: Path) -> Path:
    return project.parent / f"{project.name}-secrets" / "secret.ttl"


#: Hostile files in the data, by name: how each is made, and the rule that names it.
FILES: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "a link to a secret": (lambda path, out: path.symlink_to(out), "file-outside"),
    "a link to the environment": (lambda path, _: path.symlink_to("/proc/self/environ"), "file-outside"),
    "a link to endless zeros": (lambda path, _: path.symlink_to("/dev/zero"), "file-outside"),
    "a link to nothing": (lambda path, _: path.symlink_to("nothing.ttl"), "unreadable"),
    "a link to itself": (lambda path, _: path.symlink_to(path.name), "unreadable"),
    "a pipe": (lambda path, _: os.mkfifo(path), "file-kind"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_one_diagnostic_and_the_others_are_checked(project: Path, name: str) -> None:
    make, rule = FILES[name]
    make(project / "data" / "ttl" / "bad.ttl", secret(project))
    (project / "data" / "ttl" / "worse.ttl").write_text("no Turtle", "utf-8")
    said = run(project, "check", "--only", "syntax", "--format", "json")
    found = {(each["file"], each["rule"]) for each in json.loads(said.out)["diagnostics"]}
    found.discard(("ontology/cartkg.ttl", "import-not-read"))  # the small project leaves the modules out
    assert found == {("data/ttl/bad.ttl", rule), ("data/ttl/worse.ttl", "syntax")}
    assert (said.code, SECRET in said.all) == (1, False)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("command", [("fmt",), ("stats",), ("explain", "a:b", "a", "c:d"), ("fmt", "data/ttl/bad.ttl")])
def test_a_hostile_file_is_named_and_nothing_is_written(project: Path, name: str, command: tuple[str, ...]) -> None:
    make, _ = FILES[name]
    make(project / "data" / "ttl" / "bad.ttl", secret(project))
    said = run(project, *command)
    assert (said.code, "bad.ttl" in said.err, SECRET in said.all) == (3, True, False), said


def test_a_hostile_file_keeps_no_other_from_being_put_in_order(project: Path) -> None:
    (project / "data" / "ttl" / "bad.ttl").symlink_to(secret(project))
    (project / "data" / "ttl" / "loose.ttl").write_text(f'{PREFIXES}{STUDY}   rdfs:label   "x"@en.', "utf-8")
    assert "rewrote" in run(project, "fmt").out
    assert (project / "data" / "ttl" / "loose.ttl").read_text("utf-8").endswith('study:x\n    rdfs:label "x"@en .\n')


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_stops_a_build_with_its_name(project: Path, name: str) -> None:
    make, rule = FILES[name]
    make(project / "data" / "ttl" / "bad.ttl", secret(project))
    said = run(project, "build", "--no-check")
    assert (said.code, rule in said.err, SECRET in said.all) == (1, True, False), said
    assert not (project / ".cartkg" / "build").exists()


@pytest.mark.parametrize("folder", ["data/ttl", "shapes", "ontology/imports", "queries"])
def test_a_folder_that_leads_out_is_a_diagnostic(project: Path, folder: str) -> None:
    place = project / folder
    shutil.rmtree(place, ignore_errors=True)
    place.symlink_to(secret(project).parent)
    said = run(project, "check", "data", "--only", "syntax") if folder == "data/ttl" else run(project, "check")
    assert (said.code in {1, 3}, SECRET in said.all) == (True, False), said
    assert "leads out" in said.all or "empty" in said.all


@pytest.mark.parametrize("place", ["ontology/prefixes.ttl", "queries/checks/a-violation.rq", "queries/a.rq"])
def test_a_link_in_the_place_of_a_single_file_is_told(project: Path, place: str) -> None:
    (project / place).unlink(missing_ok=True)
    (project / place).symlink_to(secret(project))
    said = run(project, "check")
    assert (said.code in {1, 3}, "leads out" in said.all, SECRET in said.all) == (True, True, False), said


def test_a_work_folder_that_leads_out_is_not_written(project: Path) -> None:
    (project / ".cartkg").symlink_to(secret(project).parent)
    run(project, "check", "--skip", "ontology")
    said = run(project, "release")
    assert said.code != 0


@pytest.mark.parametrize("option", ["data", "--shapes", "--ontology"])
def test_files_of_strangers_stay_in_their_folder(tmp_path: Path, option: str) -> None:
    theirs = tmp_path / "theirs"
    for name in ("data", "shapes", "ontology"):
        (theirs / name).mkdir(parents=True)
    (tmp_path / "secret.ttl").write_text(SECRET, "utf-8")
    (theirs / "data" / "x.ttl").write_text("<x:a> a <x:B> .", "utf-8")
    (theirs / "ontology" / "x.ttl").write_text("<x:B> a <x:C> .", "utf-8")
    (theirs / "shapes" / "x.ttl").write_text(
        "<x:S> a <http://www.w3.org/ns/shacl#NodeShape> ; <http://www.w3.org/ns/shacl#targetClass> <x:B> .", "utf-8"
    )
    arguments = ("check", "--shapes", "shapes", "--ontology", "ontology", "data")
    assert run(theirs, *arguments).code == 0
    (theirs / option.removeprefix("--") / "leak.ttl").symlink_to(tmp_path / "secret.ttl")
    said = run(theirs, *arguments)
    assert (said.code in {1, 3}, "leads out" in said.all, SECRET in said.all) == (True, True, False), said


def test_a_key_that_is_a_path_reads_nothing_and_names_nothing(project: Path) -> None:
    (secret(project).parent / "creds.yaml").write_text(f"password: {SECRET}\n", "utf-8")
    (project / "data" / "supplements").mkdir()
    up = f"../../../{secret(project).parent.name}/creds"
    (project / "x.yaml").write_text(f"key: {up}\npublication: {{title: x}}\nsources: []\n", "utf-8")
    said = run(project, "add", "x.yaml")
    (secret(project).parent / "creds.yaml").unlink()
    assert (said.code, "password" in said.all, "x.yaml:1:" in said.out, "`key`" in said.out) == (1, False, True, True)
    assert not (project / "data" / "dossiers").exists()


@pytest.fixture
def curated(project: Path) -> Path:
    """The same project with all that a dossier is checked with, so that one can be added."""
    shutil.copytree(ROOT / "ontology", project / "ontology", dirs_exist_ok=True)
    shutil.copytree(ROOT / "queries" / "checks", project / "queries" / "checks", dirs_exist_ok=True)
    return project


def test_a_dossier_whose_place_is_a_dangling_link_is_not_written(curated: Path) -> None:
    project = curated
    (project / "data" / "ttl" / f"{EXAMPLE.stem}.ttl").symlink_to(secret(project).parent / "new.ttl")
    said = run(project, "add", str(EXAMPLE))
    assert (said.code, f"{EXAMPLE.stem}.ttl" in said.err) == (3, True), said
    assert not (project / "data" / "dossiers").exists(), "half of it was written"


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_not_read_when_a_dossier_is_added(curated: Path, name: str) -> None:
    project = curated
    make, _ = FILES[name]
    make(project / "data" / "ttl" / "bad.ttl", secret(project))
    said = run(project, "add", str(EXAMPLE))
    assert (said.code, SECRET in said.all) == (0, False), said
    assert (project / "data" / "ttl" / f"{EXAMPLE.stem}.ttl").is_file()


@pytest.mark.parametrize("command", [("add", "--all"), ("remove", EXAMPLE.stem), ("rename", EXAMPLE.stem, "b-2025")])
def test_nothing_is_removed_or_written_where_the_data_lead_out(curated: Path, command: tuple[str, ...]) -> None:
    project = curated
    shutil.copy(EXAMPLE, project)
    assert run(project, "add", EXAMPLE.name).code == 0
    shutil.move(project / "data" / "ttl", project / "ttl")
    (project / "data" / "ttl").symlink_to(secret(project).parent)
    said = run(project, *command)
    assert (said.code in {1, 3}, SECRET in said.all) == (True, False), said
    assert (project / "data" / "dossiers" / EXAMPLE.name).read_bytes() == EXAMPLE.read_bytes()


def test_a_bomb_of_aliases_is_one_line(project: Path) -> None:
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 11)]
    (project / "bomb.yaml").write_text("\n".join(["a0: &a0 [x]", *lines]), "utf-8")
    said = run(project, "add", "bomb.yaml")
    assert (said.code, "bomb.yaml:1:" in said.out, "aliases" in said.out) == (1, True, True), said


def test_a_packed_file_is_unpacked_up_to_a_limit(project: Path) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = b"\n" * 1024**2
    (project / "bomb.nq.gz").write_bytes(b"".join(packer.compress(block) for _ in range(1024)) + packer.flush())
    (project / "old.nq.gz").write_bytes(gzip.compress(b""))
    said = run(project, "diff", "bomb.nq.gz", "old.nq.gz")
    assert (said.code, "when unpacked" in said.err) == (3, True), said


def hostile_literal() -> str:
    return json.dumps(HOSTILE, ensure_ascii=True)


@pytest.fixture
def loud(project: Path) -> Path:
    """A project whose labels, file names, checks, questions and shapes are hostile."""
    data = project / "data" / "ttl"
    (data / "good.ttl").write_text(
        f"{PREFIXES}{STUDY} a cartkg:NoSuchClass , cartkg:Study ; rdfs:label {hostile_literal()} ; "
        f"<https://w3id.org/cartkg/{'x' * 5}> {hostile_literal()} .\n",
        "utf-8",
    )
    (data / f"{HOSTILE.replace('/', '')[:60]}.ttl").write_text("no Turtle", "utf-8")
    (project / "queries" / "checks" / "loud-violation.rq").write_text(
        f"#+ title: {HOSTILE.splitlines()[0]}\n#+ description: x\n"
        f"SELECT ?subject ?message {{ ?subject a ?kind BIND({hostile_literal()} AS ?message) }} LIMIT 3",
        "utf-8",
    )
    return project


#: Commands and what they end with; none may say a hostile word as it is.
COMMANDS: dict[str, tuple[str, ...]] = {
    "check": ("check", "--skip", "ontology"),
    "check as JSON": ("check", "--skip", "ontology", "--format", "json"),
    "check as SARIF": ("check", "--skip", "ontology", "--format", "sarif"),
    "check as JUnit": ("check", "--skip", "ontology", "--format", "junit"),
    "check as Turtle": ("check", "--skip", "ontology", "--format", "turtle"),
    "check a file that is not there": ("check", f"{HOSTILE}.ttl"),
    "check against a revision": ("check", "--changed", HOSTILE),
    "check in an unknown format": ("check", "--format", HOSTILE),
    "check with an unknown copy": ("check", "--output", HOSTILE),
    "fix": ("fix",),
    "fmt": ("fmt",),
    "fmt a file that is not there": ("fmt", HOSTILE),
    "build": ("build", "--no-check"),
    "release": ("release",),
    "stats": ("stats",),
    "explain": ("explain", HOSTILE, "a", HOSTILE),
    "query": ("query", "ask.rq"),
    "query as JSON": ("query", "ask.rq", "--format", "json"),
    "query as XML": ("query", "ask.rq", "--format", "xml"),
    "query as TSV": ("query", "ask.rq", "--format", "tsv"),
    "query for a spreadsheet": ("query", "ask.rq", "--format", "csv", "--spreadsheet"),
    "construct": ("query", "make.rq"),
    "construct N-Triples": ("query", "make.rq", "--format", "ntriples"),
    "construct RDF/XML": ("query", "make.rq", "--format", "rdfxml"),
    "construct JSON-LD": ("query", "make.rq", "--format", "jsonld"),
    "query by an unknown name": ("query", HOSTILE),
    "query that is none": ("query", "wrong.rq"),
    "diff": ("diff", "old", "new"),
    "diff as JSON": ("diff", "old", "new", "--format", "json"),
    "diff as Turtle": ("diff", "old", "new", "--format", "turtle"),
    "diff with nothing": ("diff", HOSTILE, "new"),
    "add": ("add", "hostile.yaml"),
    "add a file that is not there": ("add", f"{HOSTILE}.yaml"),
    "words": ("add", "--words", HOSTILE),
    "remove": ("remove", HOSTILE),
    "rename": ("rename", HOSTILE, HOSTILE),
    "a term": ("term", "add", "event", "x-y", "--label", HOSTILE, "--note", HOSTILE, "--dry-run"),
    "serve what is not there": ("serve", "--data", HOSTILE),
    "a project that is not there": ("--project", HOSTILE, "check"),
    "no command": (HOSTILE,),
}


def fill(project: Path) -> None:
    """Write what the commands read."""
    for name, label in (("old", '"x"'), ("new", hostile_literal())):
        (project / name).mkdir()
        (project / name / "a.ttl").write_text(f"{PREFIXES}{STUDY} rdfs:label {label} ; rdfs:comment {label} .\n")
    (project / "ask.rq").write_text("SELECT ?o { ?s ?p ?o FILTER(isLiteral(?o) && CONTAINS(?o, 'HACKED')) }")
    (project / "make.rq").write_text("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER(CONTAINS(STR(?o), 'HACKED')) }")
    (project / "wrong.rq").write_text(f"SELECT ?o {{ {HOSTILE} }}")
    (project / "hostile.yaml").write_text(
        f"{json.dumps(HOSTILE)}: 1\nkey: {json.dumps(HOSTILE)}\nsources:\n- {json.dumps(HOSTILE)}\n", "utf-8"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_says_a_hostile_word_as_it_is(loud: Path, name: str) -> None:
    if name.startswith(("query", "construct", "stats", "explain", "release", "build", "words")):
        for path in (loud / "data" / "ttl").glob("k*.ttl"):
            path.unlink()  # these end at the first file that may not be read
    fill(loud)
    said = run(loud, *COMMANDS[name])
    assert obeyed(said.out) == obeyed(said.err) == [], said
    assert said.all


def test_annotations_are_the_only_commands_and_hold_no_control_character(loud: Path) -> None:
    said = run(loud, "check", "--skip", "ontology", "--format", "github")
    assert [sign for sign in OBEYED if sign in said.all] == []
    commands = ("::error ", "::warning ", "::notice ")
    annotations, _, rest = said.out.partition("::group::all ")
    assert [line for line in annotations.splitlines() if not line.startswith(commands)] == []
    listed, _, after = rest.rpartition("::endgroup::\n")
    assert listed.count("\n") > 400, "what is not an annotation is listed"
    assert obeyed(listed) == obeyed(said.err) == []
    assert after == ""


def test_plain_csv_is_as_sparql_wants_it(loud: Path) -> None:
    for path in (loud / "data" / "ttl").glob("k*.ttl"):
        path.unlink()
    (loud / "ask.rq").write_text("SELECT ('=1+1' AS ?x) {}")
    assert run(loud, "query", "ask.rq", "--format", "csv").out == "x\n=1+1\n"
    assert run(loud, "query", "ask.rq", "--format", "csv", "--spreadsheet").out == '"x"\n"\'=1+1"\n'
    assert run(loud, "query", "ask.rq", "--spreadsheet").code == 2


RDFXML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="x:">{}</rdf:RDF>'
THING = '<rdf:Description rdf:about="x:a"><x:b>{}</x:b></rdf:Description>'
XML = {
    "entities of entities": f'<!DOCTYPE r [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>{RDFXML.format(THING.format("&b;"))}',
    "an entity of elsewhere": f'<!DOCTYPE r [<!ENTITY a SYSTEM "{{url}}">]>{RDFXML.format(THING.format("&a;"))}',
    "a definition of elsewhere": f'<!-- x --><?y z?>\n<!DOCTYPE r SYSTEM "{{url}}">{RDFXML.format(THING.format("1"))}',
    "a long comment before": f"<!--{'x' * 70_000}--><!DOCTYPE r []>{RDFXML.format('')}",
}


@pytest.mark.parametrize("name", XML)
@pytest.mark.parametrize("ending", ["rdf", "owl", "xml"])
def test_xml_with_a_document_type_is_refused_before_it_is_read(project: Path, name: str, ending: str) -> None:
    with listening() as (url, came):
        (project / f"x.{ending}").write_text(XML[name].replace("{url}", url), "utf-8")
        said = run(project, "serve", "--port", "0", "--data", f"x.{ending}")
    assert (said.code, came(), f"x.{ending}" in said.err) == (3, False, True), said


def test_xml_without_a_document_type_is_served(tmp_path: Path, empty: Project) -> None:
    (tmp_path / "x.rdf").write_text(f"<?xml version='1.0'?><!-- x -->{RDFXML.format(THING.format('1'))}", "utf-8")
    assert DataSource(empty, (tmp_path / "x.rdf",)).find().paths == (tmp_path / "x.rdf",)


def test_nothing_that_data_names_is_fetched(project: Path) -> None:
    """Imports, contexts, schemas and shapes lie elsewhere by name; nobody comes to get them."""
    with listening() as (url, came):
        owl, sh = "http://www.w3.org/2002/07/owl#", "http://www.w3.org/ns/shacl#"
        named = f"<{url}o> a <{owl}Ontology> ; <{owl}imports> <{url}i> ; <{sh}shapesGraph> <{url}s> ."
        (project / "data" / "ttl" / "good.ttl").write_text(named, "utf-8")
        (project / "context.jsonld").write_text(json.dumps({"@context": f"{url}c", "@id": "x:a"}), "utf-8")
        (project / "x.yaml").write_text(f"$schema: {url}s\nkey: a-b\nsources: []\n", "utf-8")
        run(project, "check", "--skip", "ontology")
        run(project, "fmt")
        run(project, "add", "x.yaml")
        run(project, "serve", "--port", "0", "--data", "context.jsonld")
        assert not came()


def test_a_socket_in_a_folder_of_data_is_named(project: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(project / "data" / "ttl" / "s.ttl"))
        said = run(project, "check", "--only", "syntax")
    assert "data/ttl/s.ttl: error file-kind: is a socket" in said.out
