"""`cartkg check` and `cartkg fix` as their users meet them: exit codes, formats, pull requests, someone else's data."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from tests.command import cartkg, foreign, git
from tests.small import CARTKG, CHECK, ONTOLOGY, ROOT, SHAPES, data, small_project

from cartkg.errors import ConfigError
from cartkg.pipeline.checking import check
from cartkg.pipeline.inputs.options import CheckOptions, CheckStage
from cartkg.validation import EngineName

if TYPE_CHECKING:
    from cartkg.diagnostics import Diagnostic
    from cartkg.project import Project


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """Give a project of three triples and four rules, clean as it stands."""
    return small_project(tmp_path)


FAST = frozenset({CheckStage.ONTOLOGY, CheckStage.STYLE})


def rules(project: Project, **options: object) -> list[tuple[str, int, str]]:
    found = check(project, CheckOptions(skip=FAST, **options), project.root).diagnostics  # type: ignore[arg-type]  # by name
    return [(diagnostic.file.name if diagnostic.file else "", diagnostic.line, diagnostic.rule) for diagnostic in found]


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "state", "--allow-empty")


def write(project: Project, name: str, text: str) -> Path:
    path = project.root / name
    path.write_text(text, "utf-8")
    return path


def test_clean_project_has_no_findings_and_exit_code_zero(small: Project) -> None:
    assert rules(small) == []
    done = cartkg(small.root, "check", "--skip", "ontology", "--skip", "style")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "no diagnostics: 4 files, 22 rules\n"


def test_findings_of_shapes_and_checks_come_with_their_line(small: Project) -> None:
    write(small, "data/ttl/a.ttl", data(count=2, doi="x"))
    assert rules(small) == [("a.ttl", 12, "FindingShape-doi"), ("a.ttl", 14, "numerator-violation")]


def test_findings_end_with_exit_code_one(small: Project) -> None:
    write(small, "data/ttl/a.ttl", data(doi="x"))
    done = cartkg(small.root, "check", "--only", "shapes")
    assert done.returncode == 1
    assert done.stdout.startswith("data/ttl/a.ttl:12:16: error FindingShape-doi: Write the bare DOI.\n")


def test_usage_errors_end_with_exit_code_two(small: Project) -> None:
    assert cartkg(small.root, "check", "--only", "nothing").returncode == 2
    assert cartkg(small.root, "check", "--output", "text").returncode == 2


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("shapes/all.ttl", SHAPES.replace("sh:minCount 1 ; sh:datatype", "sh:minCuont 1 ; sh:datatype"), 13),
        ("shapes/all.ttl", "shapes:S a", 1),
    ],
    ids=["a misspelt parameter", "broken Turtle"],
)
def test_broken_rule_ends_with_exit_code_three_and_its_line(small: Project, file: str, text: str, line: int) -> None:
    path = write(small, file, text)
    done = cartkg(small.root, "check", "--skip", "ontology")
    assert done.returncode == 3
    assert re.match(rf"cartkg: {re.escape(str(path))}:{line}: ", done.stderr)
    assert "Traceback" not in done.stderr


@pytest.mark.whole
def test_broken_check_is_reported_at_its_line_and_the_rest_is_checked(small: Project) -> None:
    write(small, "queries/checks/numerator-violation.rq", CHECK.replace("FILTER", "FLTER"))
    write(small, "data/ttl/a.ttl", data(doi="x"))
    done = cartkg(small.root, "check", "--skip", "ontology", "--skip", "style")
    assert done.returncode == 1
    assert [line.partition(" ")[0] for line in done.stdout.splitlines() if line.startswith(("data", "queries"))] == [
        "data/ttl/a.ttl:12:16:",
        "queries/checks/numerator-violation.rq:7:1:",
    ]
    assert rules(small, paths=(small.data / "a.ttl",)) == [
        ("a.ttl", 12, "FindingShape-doi"),
        ("numerator-violation.rq", 7, "query-syntax"),
    ]


def test_broken_turtle_is_reported_with_line_and_column_and_the_rest_is_checked(small: Project) -> None:
    write(small, "data/ttl/a.ttl", data().replace("cohort:a ;", "cohort:a"))
    write(small, "data/ttl/b.ttl", data(numerator=9).replace("cohort:a", "cohort:b").replace("finding:a", "finding:b"))
    found = check(small, CheckOptions(skip=FAST), small.root).diagnostics
    assert [(diagnostic.file, diagnostic.rule) for diagnostic in found] == [
        (small.data / "a.ttl", "syntax"),
        (small.data / "b.ttl", "numerator-violation"),
    ]
    assert (found[0].line, found[0].column) >= (12, 1)


def test_empty_folder_is_said_to_be_empty(small: Project, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    done = cartkg(small.root, "check", str(tmp_path / "nothing"))
    assert (done.returncode, "is empty" in done.stderr) == (3, True)


def test_missing_path_is_named(small: Project) -> None:
    with pytest.raises(ConfigError, match=r"no-such\.ttl: no such file or folder"):
        check(small, CheckOptions(paths=(Path("no-such.ttl"),)), small.root)


def test_paths_restrict_what_is_reported_not_what_is_read(small: Project) -> None:
    other = write(
        small, "data/ttl/b.ttl", data(cohort="a").replace("finding:a", "finding:b").partition("cohort:a\n")[0]
    )
    head, _, block = data(doi="x").partition("finding:a\n")
    write(small, "data/ttl/b.ttl", head.partition("cohort:a\n")[0] + "finding:b\n" + block)
    write(small, "data/ttl/a.ttl", data(doi="y"))
    assert rules(small, paths=(other,)) == [("b.ttl", 8, "FindingShape-doi")]


def test_all_engines_find_the_same(small: Project) -> None:
    write(small, "data/ttl/a.ttl", data(count=-1, doi="x", link="ofCohrt"))
    every = (
        check(small, CheckOptions(only=frozenset({CheckStage.SHAPES}), engine=engine), small.root).diagnostics
        for engine in EngineName
    )
    marks = [{(each.file, each.line, each.column, each.rule, each.message) for each in found} for found in every]
    assert marks[0] == marks[1] == marks[2]
    assert len(marks[0]) == 3


def test_question_with_an_undeclared_term_is_found_at_the_term(small: Project) -> None:
    write(
        small,
        "queries/checks/numerator-violation.rq",
        CHECK.replace("?subject cartkg:numerator", "?subject cartkg:numerato"),
    )
    assert ("numerator-violation.rq", 6, "query-unknown-term") in rules(small)


def test_malformed_identifier_is_found(small: Project) -> None:
    text = data() + "\ncohort:a cartkg:hasDisease <http://purl.obolibrary.org/obo/MONDO_12> .\n"
    write(small, "data/ttl/a.ttl", text)
    assert ("a.ttl", 16, "identifier-malformed") in rules(small)


def test_house_style_is_kept_in_mind_by_content(small: Project, cold: Path) -> None:
    write(small, "data/ttl/a.ttl", data().replace("    a cartkg:Cohort", "  a cartkg:Cohort"))
    options = CheckOptions(only=frozenset({CheckStage.STYLE}), paths=(small.data,))
    first, second = (check(small, options, small.root).diagnostics for _ in range(2))
    assert first == second
    assert [(diagnostic.line, diagnostic.rule) for diagnostic in first] == [(7, "house-style")]
    (kept,) = (cold / "cartkg" / "cache").glob("style-*.json")
    assert "house-style" in kept.read_text("utf-8")


def test_someone_elses_data_is_checked_with_their_shapes(small: Project, tmp_path: Path) -> None:
    prefixes = "@prefix ex: <http://example.org/> .\n@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
    prefixes += "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    (tmp_path / "s.ttl").write_text(f"{prefixes}ex:S sh:targetClass ex:Animal ; sh:nodeKind sh:Literal .\n")
    (tmp_path / "o.ttl").write_text(f"{prefixes}ex:Dog rdfs:subClassOf ex:Animal . ex:Odd a ex:Dog .\n")
    (tmp_path / "d.ttl").write_text(f"{prefixes}ex:rex a ex:Dog .\n")
    done = cartkg(tmp_path, "check", "--shapes", "s.ttl", "--ontology", "o.ttl", "d.ttl")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("d.ttl:4:1: error S: ")
    assert "o.ttl" not in done.stdout, "the ontology is read, not reported on"
    assert small.root.is_dir()


def test_check_of_someone_elses_data_loads_nothing_but_what_it_uses(tmp_path: Path) -> None:
    shapes = foreign(tmp_path / "s.ttl", "ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .")
    wrong = foreign(tmp_path / "d.ttl", "ex:a a ex:C .")
    code = f"""import gc, sys
sys.argv = ["cartkg", "check", "--shapes", {shapes!r}, {wrong!r}]
from cartkg.__main__ import main
try:
    main()
except SystemExit as end:
    print(end.code, gc.isenabled())
print(*sys.modules)"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    *_, ended, loaded = done.stdout.splitlines()
    assert ended == "1 True", "a violation, and garbage is collected again"
    others = {"cartkg.graph", "cartkg.queries", "cartkg.evaluation.children", "cartkg.pipeline.own_stages"}
    unused = {"elementpath", "json", "logging", "platformdirs", "rdflib", "socket", "subprocess", "tomllib"}
    assert "cartkg.validation.engines.engine" in loaded.split()
    assert (others | unused) & set(loaded.split()) == set()


@pytest.mark.whole
def test_same_report_in_every_format_and_to_files(small: Project) -> None:
    write(small, "data/ttl/a.ttl", data(doi="x"))
    done = cartkg(small.root, "check", "--only", "shapes", "--output", "json=r.json", "--output", "sarif=r.sarif")
    told = json.loads((small.root / "r.json").read_text())
    sarif = json.loads((small.root / "r.sarif").read_text())
    assert done.returncode == 1
    assert [each["rule"] for each in told["diagnostics"]] == [each["ruleId"] for each in sarif["runs"][0]["results"]]


@pytest.mark.whole
def test_baseline_leaves_out_what_was_known_before(small: Project) -> None:
    write(small, "data/ttl/a.ttl", data(doi="x"))
    cartkg(small.root, "check", "--only", "shapes", "--output", "json=before.json")
    write(small, "data/ttl/a.ttl", "# one more line\n" + data(doi="x", link="ofCohrt"))
    done = cartkg(small.root, "check", "--only", "shapes", "--baseline", "before.json")
    assert done.returncode == 1
    assert [line.split()[2] for line in done.stdout.splitlines()[:1]] == ["FindingShape:"]


def test_file_that_is_no_baseline_is_refused(small: Project) -> None:
    write(small, "before.json", "[]")
    done = cartkg(small.root, "check", "--baseline", "before.json")
    assert (done.returncode, "--format json" in done.stderr) == (3, True)


def test_pull_requests_one_bad_line_is_the_one_line_annotated(small: Project) -> None:
    write(
        small, "data/ttl/old.ttl", data(doi="old").replace("cohort:a", "cohort:old").replace("finding:a", "finding:old")
    )
    git(small.root, "init", "-q")
    write(small, ".gitignore", ".cartkg/\n")
    commit(small.root)
    git(small.root, "checkout", "-q", "-b", "change")
    write(small, "data/ttl/a.ttl", data(doi="https://doi.org/10.1000/x"))
    commit(small.root)
    done = cartkg(small.root, "check", "--changed", "main", "--skip", "style", "--format", "github")
    assert done.returncode == 1
    assert [line.partition("::Write")[0] for line in done.stdout.splitlines()] == [
        "::error file=data/ttl/a.ttl,line=12,col=16,title=FindingShape-doi"
    ]


def test_record_that_depends_on_a_touched_one_is_looked_at(small: Project) -> None:
    head, _, block = data().partition("finding:a\n")
    write(small, "data/ttl/a.ttl", head)
    write(small, "data/ttl/b.ttl", head.partition("cohort:a\n")[0] + "finding:a\n" + block)
    git(small.root, "init", "-q")
    commit(small.root)
    write(small, "data/ttl/a.ttl", head.replace('"5"', '"2"'))
    assert rules(small, changed="HEAD") == [("b.ttl", 10, "numerator-violation")]
    write(small, "data/ttl/a.ttl", head.replace("cohort:a", "cohort:c"))
    assert rules(small, changed="HEAD") == [("b.ttl", 9, "FindingShape-ofCohort")]


def test_row_of_a_check_about_a_blank_node_has_its_place(small: Project) -> None:
    blank = data().replace('"5"', '"2"') + "\n[] cartkg:ofCohort cohort:a ;\n    cartkg:numerator 7 .\n"
    write(small, "data/ttl/a.ttl", blank)
    assert ("a.ttl", 17, "numerator-violation") in rules(small)
    git(small.root, "init", "-q")
    commit(small.root)
    assert rules(small, changed="HEAD") == []
    write(small, "data/ttl/a.ttl", "# moved\n" + blank)
    assert ("a.ttl", 18, "numerator-violation") in rules(small, changed="HEAD")


def test_record_that_names_an_imported_term_depends_on_it(small: Project) -> None:
    term = "http://purl.obolibrary.org/obo/MONDO_0000001"
    write(small, "data/ttl/terms.ttl", f"<{term}> a <{CARTKG}ontology#Disease> .\n")
    write(small, "data/ttl/a.ttl", data() + f"\ncohort:a cartkg:hasDisease <{term}> .\n")
    git(small.root, "init", "-q")
    commit(small.root)
    write(small, "data/ttl/terms.ttl", "# nothing any more\n")
    assert rules(small, changed="HEAD") == [("a.ttl", 16, "identifier-not-imported")]


def test_changed_shapes_make_everything_looked_at(small: Project) -> None:
    write(small, "data/ttl/a.ttl", data(doi="x"))
    git(small.root, "init", "-q")
    commit(small.root)
    assert rules(small, changed="HEAD") == []
    write(small, "shapes/all.ttl", SHAPES + "# a word\n")
    assert rules(small, changed="HEAD") == [("a.ttl", 12, "FindingShape-doi")]


@pytest.mark.parametrize("name", ["no-such-branch", ""])
def test_unknown_revision_is_named(small: Project, name: str) -> None:
    git(small.root, "init", "-q")
    commit(small.root)
    with pytest.raises(ConfigError, match="--changed"):
        check(small, CheckOptions(changed=name), small.root)


def test_folder_without_a_repository_cannot_be_compared(small: Project) -> None:
    with pytest.raises(ConfigError, match="--changed"):
        check(small, CheckOptions(changed="HEAD"), small.root)


RECORD = st.fixed_dictionaries(
    {
        "count": st.integers(1, 4),
        "numerator": st.integers(0, 5),
        "cohort": st.sampled_from("abcx"),
        "doi": st.sampled_from(["10.1/x", "bad"]),
        "link": st.sampled_from(["ofCohort", "ofCohrt"]),
    }
)
STATE = st.dictionaries(st.sampled_from("abc"), RECORD, min_size=1)


def put(project: Project, state: dict[str, dict[str, object]]) -> None:
    for file in project.data_files():
        file.unlink()
    for name, record in state.items():
        text = data(**record).replace("cohort:a\n", f"cohort:{name}\n").replace("finding:a\n", f"finding:{name}\n")  # type: ignore[arg-type]  # fits by construction
        write(project, f"data/ttl/{name}.ttl", text)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(before=STATE, after=STATE)
@pytest.mark.whole
def test_changed_run_is_the_full_run_restricted_and_misses_nothing_new(
    small: Project, before: dict[str, dict[str, object]], after: dict[str, dict[str, object]]
) -> None:
    if not (small.root / ".git").exists():
        git(small.root, "init", "-q")
        write(small, ".gitignore", ".cartkg/\n")
    put(small, before)
    commit(small.root)
    old = marks(check(small, CheckOptions(skip=FAST), small.root).diagnostics)
    put(small, after)
    full = check(small, CheckOptions(skip=FAST), small.root).diagnostics
    restricted = check(small, CheckOptions(skip=FAST, changed="HEAD"), small.root)
    assert restricted.subjects is not None
    within = [diagnostic for diagnostic in full if not diagnostic.subject or diagnostic.subject in restricted.subjects]
    assert restricted.diagnostics == tuple(within)
    assert marks(full) - old <= marks(restricted.diagnostics), "a diagnostic that is new is never left out"


def marks(diagnostics: tuple[Diagnostic, ...]) -> set[tuple[str, ...]]:
    return {(str(each.file), each.rule, each.subject, each.message, each.value) for each in diagnostics}


def test_fix_mends_what_is_certain_and_nothing_else(small: Project) -> None:
    messy = "# kept\r\n" + data(doi="https://doi.org/10.1000/x", link="ofCohrt").replace("\n", "\r\n") + "  # kept too"
    path = small.data / "a.ttl"
    path.write_bytes(b"\xef\xbb\xbf" + messy.encode())
    done = cartkg(small.root, "fix")
    wanted = messy.replace("cartkg:ofCohrt", "cartkg:ofCohort").replace("https://doi.org/", "")
    assert path.read_bytes() == b"\xef\xbb\xbf" + wanted.encode()
    assert done.stdout.splitlines()[:2] == [
        'data/ttl/a.ttl:13:16: "https://doi.org/10.1000/x" -> "10.1000/x"',
        "data/ttl/a.ttl:14:5: cartkg:ofCohrt -> cartkg:ofCohort",
    ]


def test_fix_leaves_what_could_mean_two_things(small: Project) -> None:
    write(small, "ontology/cartkg.ttl", ONTOLOGY + "cartkg:ofCohorts a owl:ObjectProperty .\n")
    path = write(small, "data/ttl/a.ttl", data(link="ofCohortz"))
    before = path.read_bytes()
    assert cartkg(small.root, "fix").stdout.startswith("0 fixed")
    assert path.read_bytes() == before


@pytest.mark.whole
def test_fix_writes_the_ucum_code_of_a_unit_written_out(tmp_project: Project) -> None:
    path = tmp_project.data / "shared" / "units.ttl"
    clean = path.read_bytes()
    assert b'cartkg:ucumCode "d" ;' in clean
    path.write_bytes(clean.replace(b'cartkg:ucumCode "d" ;', b'cartkg:ucumCode "days" ;'))
    done = cartkg(tmp_project.root, "fix")
    assert '"days" -> "d"' in done.stdout
    assert path.read_bytes() == clean


@pytest.mark.whole
def test_dry_run_of_fix_writes_nothing(small: Project) -> None:
    path = write(small, "data/ttl/a.ttl", data(doi="doi:10.1000/x"))
    before = path.read_bytes()
    assert '"doi:10.1000/x" -> "10.1000/x"' in cartkg(small.root, "fix", "--dry-run").stdout
    assert path.read_bytes() == before


def test_the_hook_on_names_passes_clean_files_and_stops_at_bad_ones(small: Project) -> None:
    hooks = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    (hook,) = (each for each in hooks if each.get("pass_filenames", True))
    name = "data/ttl/a.ttl"
    assert re.search(hook["files"], name)
    program, *arguments = hook["entry"].split()
    assert program == "cartkg"
    assert cartkg(small.root, *arguments, name).returncode == 0
    write(small, name, data().replace("cohort:a ;", "cohort:a"))
    assert cartkg(small.root, *arguments, name).returncode in {1, 3}
