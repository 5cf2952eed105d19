"""Findings in every format: what people, code hosts, CI and RDF tools are given."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET

import pyoxigraph
import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from cartkg.diagnostics import FORMATS, Diagnostic, Report, Rule, Severity, Trace, render

ROOT = Path("/project")
RULES = {
    "a-rule": Rule(
        "a-rule", "shapes", "A rule", "It matters.", "Correct it.", link="https://w3id.org/cartkg/rules/a-rule"
    ),
    "b-rule": Rule("b-rule", "checks", "B rule", severity=Severity.WARNING),
}
FIRST = Diagnostic(
    ROOT / "data/a b.ttl", 7, 5, "a-rule", 'Say "this", 100 %:\nnot that', subject="https://example.org/x"
)
SECOND = Diagnostic(ROOT / "data/c.ttl", 9, 1, "b-rule", "mild", Severity.WARNING, fix='"10.1/x"')


def report(*diagnostics: Diagnostic, **settings: object) -> Report:
    ordered = tuple(sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key))
    files = (FIRST.file, SECOND.file)
    made = Report(ordered, RULES, tuple(file for file in files if file), ROOT, "0.1.0")
    return replace(made, **settings)  # type: ignore[arg-type]  # the names are checked by replace itself


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_writes_an_empty_and_a_full_report(form: str) -> None:
    assert render(report(), form) != render(report(FIRST, SECOND), form)


def test_text_gives_place_rule_message_fix_and_link() -> None:
    written = render(report(FIRST, SECOND), "text")
    assert 'data/a b.ttl:7:5: error a-rule: Say "this", 100 %:\\nnot that\n' in written
    assert 'fix: "10.1/x" (cartkg fix)' in written
    assert "a-rule: https://w3id.org/cartkg/rules/a-rule" in written
    assert written.endswith("2 diagnostics (1 error, 1 warning): 2 files, 2 rules\n")


@pytest.mark.parametrize("form", FORMATS)
def test_the_path_of_a_file_is_looked_up_once(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[object] = []
    real = os.path.realpath

    def counted(path: str | os.PathLike[str]) -> str:
        looked_up.append(path)
        return real(path)

    monkeypatch.setattr(os.path, "realpath", counted)
    render(report(*(replace(FIRST, line=line) for line in range(1, 200))), form)
    assert len(looked_up) < 20


def test_text_says_that_nothing_was_found() -> None:
    assert render(report(), "text") == "no diagnostics: 2 files, 2 rules\n"


def test_github_escapes_what_its_commands_reserve() -> None:
    lines = render(report(FIRST, SECOND), "github").splitlines()
    said = 'Say "this", 100 %25:%0Anot that%0Ahttps://w3id.org/cartkg/rules/a-rule'
    assert lines[0] == f"::error file=data/a b.ttl,line=7,col=5,title=a-rule::{said}"
    assert lines[1] == "::warning file=data/c.ttl,line=9,col=1,title=b-rule::mild"


def test_github_escapes_commas_and_colons_in_a_file_name() -> None:
    odd = replace(SECOND, file=ROOT / "data/a,b:c.ttl")
    assert "file=data/a%2Cb%3Ac.ttl," in render(report(odd), "github")


def test_sarif_is_valid_by_the_models_made_from_its_schema() -> None:
    for each in (report(), report(FIRST, SECOND), report(replace(FIRST, file=None, line=0, column=0))):
        assert len(Sarif.model_validate_json(render(each, "sarif")).runs) == 1


def test_code_hosts_read_paths_from_the_root_of_the_repository() -> None:
    inner = report(FIRST, SECOND, checkout=ROOT.parent)
    uris = re.findall(r'"uri": "([^"]*)"', render(inner, "sarif"))
    assert uris == ["project/data/a%20b.ttl", "project/data/c.ttl"]
    assert "file=project/data/a b.ttl," in render(inner, "github")
    assert "| project/data/c.ttl" in render(inner, "markdown")
    assert "\ndata/c.ttl:9:1: " in render(inner, "text")
    assert inner.fingerprints() == report(FIRST, SECOND).fingerprints()


def test_sarif_has_a_line_of_a_file_for_what_lies_in_none() -> None:
    nowhere = replace(FIRST, file=None, line=0, column=0)
    for made, uri in ((report(nowhere), "data/a%20b.ttl"), (report(nowhere, files=()), ".")):
        (location,) = json.loads(render(made, "sarif"))["runs"][0]["results"][0]["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == uri
        assert location["physicalLocation"]["region"] == {"startLine": 1}


@pytest.mark.whole
def test_sarif_holds_as_many_results_as_a_code_host_takes() -> None:
    many = report(*(replace(SECOND, line=n) for n in range(1, 25_002)), replace(FIRST, line=1))
    (run,) = json.loads(render(many, "sarif"))["runs"]
    assert len(run["results"]) == 25_000
    assert run["results"][0]["level"] == "error", "the worst are kept"
    (said,) = run["invocations"][0]["toolExecutionNotifications"]
    assert said["message"]["text"].startswith("2 more results")


def test_sarif_says_when_the_check_did_not_end() -> None:
    run = json.loads(render(report(FIRST, complete=False), "sarif"))["runs"][0]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert len(run["results"]) == 1


@pytest.mark.parametrize(("count", "shown"), [(10, 10), (11, 10), (1459, 10)])
def test_github_shows_ten_of_a_kind_and_counts_the_rest(count: int, shown: int) -> None:
    lines = render(report(*(replace(FIRST, line=n + 1) for n in range(count)), SECOND), "github").splitlines()
    assert sum(line.startswith("::error") for line in lines) == shown
    assert sum(line.startswith("::warning") for line in lines) == 1
    if count > shown:
        assert lines[9].startswith(f"::error title=cartkg check::{count - 9} more errors;")
        assert sum(line.startswith("data/a b.ttl:") for line in lines) == count
        assert lines[-1] == "::endgroup::"


def test_the_log_of_the_rest_starts_no_command() -> None:
    hostile = replace(FIRST, file=ROOT / "::error::x", message="##[error]\n::error::y")
    lines = render(report(*(replace(hostile, line=n + 1) for n in range(11))), "github").splitlines()
    (start,) = (number for number, line in enumerate(lines) if line.startswith("::group::"))
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines[start + 1 : -1])


def test_markdown_counts_rules_and_shows_no_markup_of_strangers() -> None:
    written = render(report(replace(FIRST, message="<img src=x> [a](b) | @all\n`c`"), SECOND), "markdown")
    assert "| error | a-rule | 1 |" in written
    assert not re.search(r"<img|\]\(|@all|`c", written)
    assert all(line.count("|") in {0, 4, 5} for line in written.splitlines())
    assert "1 more diagnostics are not shown" in render(
        report(*(replace(FIRST, line=n) for n in range(201))), "markdown"
    )


def test_counts_are_assignments() -> None:
    assert render(report(FIRST, SECOND), "counts") == "diagnostics=2\nerrors=1\nwarnings=1\ninfos=0\nfiles=2\n"


def test_sarif_points_to_rule_level_and_region() -> None:
    run = json.loads(render(report(FIRST, SECOND), "sarif"))["runs"][0]
    first, second = run["results"]
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "a-rule"
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 7, "startColumn": 5}
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "data/a%20b.ttl"
    assert (first["level"], second["level"]) == ("error", "warning")


def test_fingerprints_survive_moved_lines_and_moved_checkouts() -> None:
    moved = report(replace(FIRST, line=70), replace(SECOND, line=90))
    elsewhere = Report(
        tuple(replace(each, file=Path("/other") / str(each.file)[len("/project/") :]) for each in moved.diagnostics),
        RULES,
        (),
        Path("/other"),
        "0.1.0",
    )
    assert moved.fingerprints() == report(FIRST, SECOND).fingerprints() == elsewhere.fingerprints()


def test_fingerprints_tell_equal_findings_of_one_subject_apart() -> None:
    twice = report(FIRST, replace(FIRST, line=8))
    assert len(set(twice.fingerprints())) == 2


def test_fingerprints_tell_values_apart() -> None:
    one, other = (replace(FIRST, trace=Trace(value=value)) for value in ('"1"', '"2"'))
    assert report(one).fingerprints() != report(other).fingerprints()


def test_baseline_hides_what_it_lists_and_sarif_calls_it_unchanged() -> None:
    known = frozenset(report(FIRST).fingerprints())
    held = report(FIRST, SECOND, known=known)
    assert held.fresh() == (SECOND,)
    assert not held.failed()
    states = [result["baselineState"] for result in json.loads(render(held, "sarif"))["runs"][0]["results"]]
    assert states == ["unchanged", "new"]


@pytest.mark.parametrize(
    ("fail_on", "failed"), [(Severity.ERROR, False), (Severity.WARNING, True), (Severity.INFO, True)]
)
def test_a_warning_fails_from_warning_on(fail_on: Severity, failed: bool) -> None:  # noqa: FBT001  # a table's column
    assert report(SECOND, fail_on=fail_on).failed() is failed


def test_junit_has_a_case_for_each_rule_that_a_file_breaks_and_one_for_a_file_without() -> None:
    clean = ROOT / "data/clean.ttl"
    written = render(
        report(FIRST, SECOND, files=tuple(each for each in (FIRST.file, SECOND.file, clean) if each)), "junit"
    )
    top = ET.fromstring(written)  # noqa: S314  # our own text
    cases = {(case.get("classname"), case.get("name")) for case in top.iter("testcase")}
    assert cases == {("data/a b.ttl", "a-rule"), ("data/c.ttl", "b-rule"), ("data/clean.ttl", "cartkg check")}
    failures = [case.get("name") for case in top.iter("testcase") if case.find("failure") is not None]
    assert failures == ["a-rule"], "a warning is output, no failure, unless --fail-on says so"
    assert (top.get("tests"), top.get("failures")) == ("3", "1")


def test_junit_stays_small_with_many_files_and_rules() -> None:
    rules = {f"r{n}": Rule(f"r{n}", "shapes", "A rule") for n in range(526)}
    files = tuple(ROOT / f"data/{n}.ttl" for n in range(60))
    assert len(render(report(FIRST, rules=rules, files=files), "junit")) < 20_000


def test_junit_uses_only_what_the_xunit_schema_of_jenkins_knows() -> None:
    allowed = {
        "testsuites": {"name", "tests", "failures", "errors"},
        "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
        "testcase": {"name", "classname", "time"},
        "failure": {"message", "type"},
        "system-out": set(),
    }
    top = ET.fromstring(render(report(FIRST, SECOND), "junit"))  # noqa: S314  # our own text
    for element in top.iter():
        assert set(element.attrib) <= allowed[element.tag]


@pytest.mark.whole
def test_junit_is_valid_by_the_schema_of_jenkins() -> None:
    schema = Path(__file__).parents[1] / "build" / "schemas" / "jenkins-junit.xsd"
    if not schema.is_file():
        pytest.skip("the schema is not here; `make vendor` fetches it where Node is")
    xmlschema = pytest.importorskip("xmlschema", reason="it comes with the group dev")
    rules = xmlschema.XMLSchema(str(schema))
    rules.validate(render(report(FIRST, SECOND), "junit"))
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        rules.validate(render(report(FIRST, SECOND), "junit").replace("testcase", "tescase"))


def test_junit_replaces_what_xml_cannot_hold() -> None:
    odd = replace(FIRST, message="a\x00b\x1b")
    assert "a\ufffdb\ufffd" in render(report(odd), "junit")


def test_turtle_is_a_validation_report() -> None:
    traced = replace(FIRST, trace=Trace("<urn:p>", '"v"', "<urn:s>", "<urn:c>", severity="<urn:mine>"))
    store = pyoxigraph.Store()
    store.load(render(report(traced, SECOND), "turtle").encode(), pyoxigraph.RdfFormat.TURTLE)
    rows = store.query(
        "PREFIX sh: <http://www.w3.org/ns/shacl#> SELECT ?severity ?at { ?report a sh:ValidationReport ; "
        "sh:conforms false ; sh:result ?r . ?r a sh:ValidationResult ; sh:focusNode ?focus ; "
        "sh:resultSeverity ?severity ; sh:sourceConstraintComponent ?component ; "
        "<http://www.w3.org/ns/prov#atLocation> ?at } ORDER BY ?at"
    )
    assert isinstance(rows, pyoxigraph.QuerySolutions)
    assert [[str(term) for term in row] for row in rows] == [
        ["<urn:mine>", '"data/a b.ttl:7:5"'],
        ["<http://www.w3.org/ns/shacl#Warning>", '"data/c.ttl:9:1"'],
    ]


def test_json_lists_findings_with_fingerprints() -> None:
    told = json.loads(render(report(FIRST, SECOND), "json"))
    assert [each["fingerprint"] for each in told["diagnostics"]] == list(report(FIRST, SECOND).fingerprints())
    assert told["failed"] is True


HOSTILE = 'a\n::error file=x::b %0A% \x00\x01\x1b[31m <b>&]]>\ufffe \u202ec \U0001f600 "q" \\ \r\udcff'


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_names_and_messages_break_no_format(form: str) -> None:
    name = HOSTILE.replace("/", "").replace("\x00", "")
    odd = replace(FIRST, file=ROOT / f"{name}.ttl", message=HOSTILE.replace("\udcff", ""))
    written = render(report(odd, SECOND, files=(odd.file,)), form)
    written.encode()
    match form:
        case "text":
            assert len(written.splitlines()) == 5, (
                "a line for each diagnostic, one for a fix, its rule's page, and the count"
            )
            assert "\x1b" not in written
        case "github":
            assert [line.partition(" ")[0] for line in written.splitlines()] == ["::error", "::warning"]
        case "junit":
            tree = ET.fromstring(written.encode())  # noqa: S314  # our own text
            assert tree.get("failures") == "1"
        case "sarif":
            places = [each["locations"][0]["physicalLocation"] for each in json.loads(written)["runs"][0]["results"]]
            uris = [place["artifactLocation"]["uri"] for place in places]
            assert os.fsencode(name) + b".ttl" in [unquote_to_bytes(uri) for uri in uris]
        case "json":
            assert json.loads(written)["diagnostics"][0]["message"] == odd.message
        case "turtle":
            messages = {
                quad.object.value
                for quad in pyoxigraph.parse(written, pyoxigraph.RdfFormat.TURTLE)
                if "resultMessage" in str(quad.predicate)
            }
            assert messages == {odd.message, SECOND.message}


def test_fingerprints_survive_moved_lines_and_are_unique() -> None:
    twice = [replace(FIRST, line=line) for line in (3, 8, 9)]
    before = report(*twice, SECOND).fingerprints()
    assert len(set(before)) == 4
    moved = [replace(each, line=each.line + 40, column=each.column + 7) for each in (*twice, SECOND)]
    assert report(*moved).fingerprints() == before


def test_fingerprints_survive_a_blank_node_that_comes_before() -> None:
    blank = replace(FIRST, subject="_:b12345678-4", trace=Trace(value="_:b12345678-5"))
    later = replace(blank, subject="_:b12345678-6", trace=Trace(value="_:b12345678-7"))
    assert report(blank).fingerprints() == report(later).fingerprints()
