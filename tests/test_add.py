"""`cartkg add`, `remove` and `rename`: a dossier in, a project that still checks out, or every reason why not."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET  # our own output is parsed

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from cartkg.cli import cli
from cartkg.compile.compiling import Reader, compile_dossiers
from cartkg.compile.context.statements import term
from cartkg.compile.lists.compiled_lists import compile_lists, read_list_files
from cartkg.dossier.terms import Vocabulary
from cartkg.namespaces import BASE
from cartkg.pipeline.inputs.curation import version_of
from cartkg.project import find

ROOT = Path(__file__).resolve().parents[1]
KEY = "alpha-2025-lancet"
TEXT = (ROOT / "tests" / "cases" / "dossiers" / f"{KEY}.yaml").read_text("utf-8")
#: A second dossier that retells the first and names one of its rows.
BETA = (ROOT / "tests" / "cases" / "dossiers" / "beta-2025-news.yaml").read_text("utf-8")


def copied(folder: Path) -> Path:
    """Copy the words, shapes and checks of this project into a folder, without its dossiers."""
    root = folder / "project"
    for part in ("ontology", "shapes", "queries/checks", "data/vocabulary", "data/ttl/shared"):
        shutil.copytree(ROOT / part, root / part)
    for file in ("data/trials.yaml", "data/products.yaml"):
        shutil.copy(ROOT / file, root / file)
    return root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copied(tmp_path)


def run(project: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["--project", str(project), *map(str, words)])


def state(project: Path) -> dict[str, bytes]:
    """Return every file of the data by its path."""
    files = (path for path in (project / "data").rglob("*") if path.is_file())
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in files}


def written(folder: Path, text: str, name: str = "given.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def edited(*changes: tuple[str, str]) -> str:
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


# --- Adding ---


@pytest.mark.whole
def test_a_dossier_is_written_with_its_turtle_and_each_row_is_read_back(project: Path, tmp_path: Path) -> None:
    before = state(project)
    done = run(project, "add", written(tmp_path, TEXT))
    assert done.exit_code == 0, done.output
    after = state(project)
    new = {f"data/dossiers/{KEY}.yaml", f"data/ttl/{KEY}.ttl"}
    assert after.keys() - before.keys() == new
    assert {path: data for path, data in after.items() if path in before} == before
    assert after[f"data/dossiers/{KEY}.yaml"].decode() == TEXT
    told = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    ids = set(re.findall(r"(?:^- |^  - |^- \{|^  - \{)id: ([\w-]+)", TEXT, re.MULTILINE)) | set(
        re.findall(r"- \{id: ([\w-]+)", TEXT)
    )
    rows = {row.rpartition("#")[2].removeprefix("source:") for row in told}
    assert ids - rows == set()
    sentence = told[f"{KEY}#doris-6mo"]
    for words in ("DORIS remission", "6 of 8 met", "at 6 months", "8 patients", "own result", "restating Alpha 2025"):
        assert words in sentence


@pytest.mark.whole
def test_a_dossier_that_is_added_passes_the_check_of_the_project(project: Path, tmp_path: Path) -> None:
    assert run(project, "add", written(tmp_path, TEXT)).exit_code == 0
    checked = run(project, "check", "--format", "json", project / "data" / "ttl" / f"{KEY}.ttl")
    found = json.loads(checked.stdout)["diagnostics"]
    assert [each for each in found if each["severity"] == "error"] == []


@pytest.mark.whole
def test_two_dossiers_that_need_each_other_are_added_at_once(project: Path, tmp_path: Path) -> None:
    alone = run(project, "add", written(tmp_path, BETA, "beta.yaml"))
    assert alone.exit_code == 1
    assert KEY in alone.output
    both = run(project, "add", written(tmp_path, BETA, "beta.yaml"), written(tmp_path, TEXT))
    assert both.exit_code == 0, both.output
    assert f"{BASE}finding/beta-2025-news".encode() not in state(project)["data/ttl/beta-2025-news.ttl"]


@pytest.mark.whole
def test_adding_one_study_leaves_the_files_of_all_others_as_they_are(project: Path, tmp_path: Path) -> None:
    assert run(project, "add", written(tmp_path, TEXT)).exit_code == 0
    before = state(project)
    other = TEXT.replace(KEY, "gamma-2025-lancet").replace("405-1", "405-3").replace("'405'", "'406'")
    done = run(project, "add", written(tmp_path, other))
    assert done.exit_code == 0, done.output
    after = state(project)
    assert {path: data for path, data in after.items() if path in before} == before
    assert len(after) == len(before) + 2


@pytest.mark.whole
def test_adding_editing_and_adding_again_equals_adding_the_edited_one(project: Path, tmp_path: Path) -> None:
    lldas = (
        "- {id: lldas-6mo, cohort: all, measure: lldas, time: {at: 6, unit: mo}, count: {n: 5, of: 8, result: met}, "
    )
    extra = f"results:\n{lldas}claims: [{{source: s1, own: true}}]}}\n"
    text = edited(("results:\n", extra), ("n: 7, of: 8", "n: 5, of: 8"), ("\noverlaps:\n", "\noverlaps: []\n#"))
    text = text[: text.index("overlaps: []")]
    second = tmp_path / "second"
    shutil.copytree(project, second)
    assert run(second, "add", written(tmp_path, text)).exit_code == 0
    assert run(project, "add", written(tmp_path, TEXT)).exit_code == 0
    written(project / "data" / "dossiers", text, f"{KEY}.yaml")
    done = run(project, "add", project / "data" / "dossiers" / f"{KEY}.yaml")
    assert done.exit_code == 0, done.output
    assert state(project) == state(second)
    again = run(project, "add", project / "data" / "dossiers" / f"{KEY}.yaml")
    assert "files written: 0" in again.output


FAULTY = edited(
    ("measure: doris-remission", "measure: doris-remision"),
    ("event: cytokine-release-syndrome", "event: cytokin-release"),
    ("drug: fludarabine", "drug: fludarabin"),
    ("cohort: responders", "cohort: reponders"),
)
LINES = {
    line_of(FAULTY, words) for words in ("doris-remision", "cytokin-release", "drug: fludarabin,", "cohort: reponders")
}


@pytest.mark.parametrize(
    "form", ["text", *(pytest.param(each, marks=pytest.mark.whole) for each in ("github", "sarif", "json", "junit"))]
)
def test_every_problem_is_reported_at_its_line_in_each_format(project: Path, tmp_path: Path, form: str) -> None:
    before = state(project)
    path = written(tmp_path, FAULTY)
    done = run(project, "add", "--format", form, path)
    assert done.exit_code == 1
    assert "nothing written" in done.stderr
    assert state(project) == before
    assert lines_of(done.stdout, form, path.name) == LINES
    assert "doris-remission" in done.stdout
    assert "cytokine-release-syndrome" in done.stdout


def lines_of(text: str, form: str, name: str) -> set[int]:
    """Return the lines that a report names for a file."""
    if form == "json":
        return {each["line"] for each in json.loads(text)["diagnostics"] if each["file"].endswith(name)}
    if form == "sarif":
        results = json.loads(text)["runs"][0]["results"]
        places = [result["locations"][0]["physicalLocation"] for result in results]
        return {place["region"]["startLine"] for place in places if place["artifactLocation"]["uri"].endswith(name)}
    if form == "github":
        return {int(line) for line in re.findall(rf"^::error [^\n]*{name}[^\n]*?line=(\d+)", text, re.MULTILINE)}
    if form == "junit":
        failures = [
            f"{case.get('name')} {case.get('file')}:{case.get('line')} {failure.text} {failure.get('message')}"
            for case in ET.fromstring(text).iter("testcase")  # noqa: S314  # our own output
            for failure in case.iter("failure")
        ]
        return {int(line) for each in failures for line in re.findall(rf"{name}:(\d+)", each)}
    return {int(line) for line in re.findall(rf"{name}:(\d+)", text)}


@pytest.mark.whole
@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        pytest.param("number: -9", "number: -400", "number: -400", id="a change outside the range of the score"),
        pytest.param("n: 7, of: 8", "n: 9, of: 8", "n: 9, of: 8", id="more women than patients"),
        pytest.param("issued: 2025-03-01", "issued: 2925-03-01", "issued: 2925", id="a date in the future"),
        pytest.param(
            "n: 6, n_is: treated, part_of", "n: 12, n_is: treated, part_of", "n: 12,", id="a part above the whole"
        ),
        pytest.param("low: 20, high: 51", "low: 51, high: 20", "low: 51", id="a range turned round"),
        pytest.param("first: -5, last: -3", "first: -3, last: -5", "first: -3, last: -5", id="days turned round"),
    ],
)
def test_what_the_check_would_reject_is_not_written(project: Path, tmp_path: Path, old: str, new: str, at: str) -> None:
    before = state(project)
    text = edited((old, new))
    path = written(tmp_path, text)
    done = run(project, "add", "--format", "json", path)
    assert done.exit_code == 1, done.output
    assert state(project) == before
    found = [each for each in json.loads(done.stdout)["diagnostics"] if each["severity"] == "error"]
    assert found
    assert {Path(each["file"]).name for each in found} == {path.name}
    assert any(start_of_row(text, each["line"]) == start_of_row(text, line_of(text, at)) for each in found), found


def start_of_row(text: str, line: int) -> int:
    """Return the line at which the row that holds a line begins."""
    lines = text.splitlines()
    return next((number for number in range(line, 0, -1) if re.match(r"- |\w", lines[number - 1])), 1)


@pytest.mark.whole
def test_a_key_that_is_taken_is_refused_unless_its_version_is_named(project: Path, tmp_path: Path) -> None:
    assert run(project, "add", written(tmp_path, TEXT)).exit_code == 0
    before = state(project)
    path = written(tmp_path, edited(("n: 7, of: 8", "n: 5, of: 8")))
    version = version_of(TEXT.encode())
    refused = run(project, "add", path)
    assert refused.exit_code == 1
    assert f"--replaces {version}" in refused.stdout
    assert f"{path.name}:2" in refused.stdout
    assert run(project, "add", "--replaces", "0" * len(version), path).exit_code == 1
    assert state(project) == before
    assert run(project, "add", "--replaces", version, path).exit_code == 0
    assert state(project)[f"data/dossiers/{KEY}.yaml"] == path.read_bytes()


@pytest.mark.whole
def test_the_same_bytes_again_are_not_a_second_dossier(project: Path, tmp_path: Path) -> None:
    assert run(project, "add", written(tmp_path, TEXT)).exit_code == 0
    before = state(project)
    assert run(project, "add", written(tmp_path, TEXT)).exit_code == 0
    assert state(project) == before


def test_two_files_with_one_key_are_found_at_the_second_key(project: Path, tmp_path: Path) -> None:
    twin = written(tmp_path, f"# the same again\n{TEXT}", "twin.yaml")
    done = run(project, "add", written(tmp_path, TEXT), twin)
    assert done.exit_code == 1
    assert "twin.yaml:3" in done.stdout
    assert not (project / "data" / "dossiers").exists()


HOSTILE = {
    "a path": "../x",
    "a path from the root": "/etc/passwd",
    "a path inside": "a/b",
    "capitals": "Alpha",
    "a hyphen first": "-a",
    "a hyphen last": "a-",
    "nothing": "''",
    "a line break": '"a\\nb"',
    "a control character": '"a\\x1b[31m"',
    "too long": "a" * 101,
    "a megabyte": "a" * 1_000_000,
    "a number": "5",
    "null": "~",
    "a list": "[a]",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_key_becomes_no_path(project: Path, tmp_path: Path, name: str) -> None:
    before = state(project)
    everything = {path for path in tmp_path.rglob("*") if path.is_file()}
    path = written(tmp_path, TEXT.replace(f"key: {KEY}", f"key: {HOSTILE[name]}"))
    done = run(project, "add", path)
    assert done.exit_code == 1
    assert state(project) == before
    assert {found for found in tmp_path.rglob("*") if found.is_file()} - everything == {path}
    assert len(done.output) < 2000
    assert "\x1b" not in done.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.4\nnot yaml: [", "not valid YAML"),
        (b"key: alpha\xff\n", "UTF-8"),
        (b"- a\n- list\n", "key"),
        (b"", "key"),
        (b"a: &b [*b]\n", "anchors"),
        (b"#" * 3_000_000, "larger than 2 MiB"),
    ],
    ids=["PDF", "Latin-1", "a list", "nothing", "aliases", "too large"],
)
def test_a_file_that_is_not_a_dossier_is_one_problem(project: Path, tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "given.yaml"
    path.write_bytes(content)
    done = run(project, "add", path)
    assert done.exit_code == 1
    assert words in done.output
    assert "Traceback" not in done.output
    assert not (project / "data" / "dossiers").exists()


def test_a_file_of_fifty_megabytes_is_refused(project: Path, tmp_path: Path) -> None:
    path = tmp_path / "given.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 1024**2)
    done = run(project, "add", path)
    assert done.exit_code == 1
    assert "given.yaml" in done.output


def test_no_dossier_and_no_option_is_a_wrong_call(project: Path, tmp_path: Path) -> None:
    assert run(project, "add").exit_code == 2
    assert run(project, "add", "--all", written(tmp_path, TEXT)).exit_code == 2
    assert run(project, "add", tmp_path / "missing.yaml").exit_code == 2


# --- Removing and renaming ---


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project with two dossiers, of which the second names the first."""
    folder = tmp_path_factory.mktemp("prepared")
    root = copied(folder)
    done = run(root, "add", written(folder, TEXT), written(folder, BETA, "beta.yaml"))
    assert done.exit_code == 0, done.output
    return root


@pytest.fixture
def both(prepared: Path, tmp_path: Path) -> Path:
    """Give a copy of the project with two dossiers."""
    return Path(shutil.copytree(prepared, tmp_path / "both"))


def test_a_dossier_that_another_names_is_not_removed(both: Path) -> None:
    before = state(both)
    done = run(both, "remove", KEY)
    assert done.exit_code == 1
    assert state(both) == before
    lines = {number for number, line in enumerate(BETA.splitlines(), 1) if KEY in line}
    assert {int(line) for line in re.findall(r"beta-2025-news\.yaml:(\d+)", done.stdout)} == lines
    assert run(both, "remove", "beta-2025-news").exit_code == 0
    assert before.keys() - state(both).keys() == {"data/dossiers/beta-2025-news.yaml", "data/ttl/beta-2025-news.ttl"}
    assert run(both, "remove", KEY).exit_code == 0
    assert not [path for path in state(both) if KEY in path]


@pytest.mark.whole
def test_a_renamed_dossier_keeps_its_facts_and_is_named_so_by_others(both: Path) -> None:
    before = state(both)
    done = run(both, "rename", KEY, "alpha-2025-lancet-rheum")
    assert done.exit_code == 0, done.output
    after = state(both)
    assert set(before) - set(after) == {f"data/dossiers/{KEY}.yaml", f"data/ttl/{KEY}.ttl"}
    assert "alpha-2025-lancet-rheum#doris-6mo" in after["data/dossiers/beta-2025-news.yaml"].decode()
    expected = before[f"data/ttl/{KEY}.ttl"].decode().replace(KEY, "alpha-2025-lancet-rheum")
    assert sorted(expected.splitlines()) == sorted(after["data/ttl/alpha-2025-lancet-rheum.ttl"].decode().splitlines())
    assert not [path for path, data in after.items() if re.search(rf"{KEY}(?!-rheum)".encode(), data)]


@pytest.mark.whole
def test_a_text_that_holds_the_key_is_not_renamed(project: Path, tmp_path: Path) -> None:
    text = edited(("https://example.org/abstract", f"https://example.org/{KEY}"))
    assert run(project, "add", written(tmp_path, text)).exit_code == 0
    assert run(project, "rename", KEY, "other-2025-key").exit_code == 0
    assert f"https://example.org/{KEY}" in state(project)["data/dossiers/other-2025-key.yaml"].decode()


@pytest.mark.parametrize("new", ["beta-2025-news", "../x", "A", "a/b", "a" * 101, ""])
def test_a_new_key_that_is_taken_or_hostile_is_refused(both: Path, new: str) -> None:
    before = state(both)
    done = run(both, "rename", KEY, new)
    assert done.exit_code != 0
    assert "Traceback" not in done.output
    assert state(both) == before


@pytest.mark.parametrize("words", [("remove", "../x"), ("remove", "nothing-2025"), ("rename", "nothing-2025", "b")])
def test_a_dossier_that_is_not_there_is_neither_removed_nor_renamed(both: Path, words: tuple[str, ...]) -> None:
    before = state(both)
    assert run(both, *words).exit_code != 0
    assert state(both) == before


# --- What holds for any text and number ---

#: Words that a program might take for a result, a direction, a grade or a number.
PHRASES = st.lists(
    st.sampled_from(
        [
            *("no", "not", "improved", "improvement", "worsened", "resolved", "did not resolve", "remission", "lost"),
            *(
                "stable",
                "fell",
                "rose",
                "grade 4",
                "3 of 8",
                "90%",
                "per kg",
                "median",
                "placebo",
                "seed 003",
                "(s2)",
                ";",
            ),
        ]
    ),
    min_size=1,
    max_size=6,
).map(lambda words: " ".join((*words, "throughout")))  # a text that ends with `of` or `and` is refused as cut off


@pytest.fixture(scope="module")
def terms() -> Vocabulary:
    return Vocabulary.read(find(ROOT))


@settings(max_examples=40)
@given(said=PHRASES)
def test_words_never_make_a_direction_or_a_result(said: str, terms: Vocabulary) -> None:
    text = edited(("  result: negative\n", f"  result: described\n  says: {json.dumps(said)}\n"))
    compiled = compile_dossiers(Reader({KEY: Path(f"{KEY}.yaml")}, {KEY: text.encode()}), terms)
    assert compiled.diagnostics == []
    subjects = compiled.facts[KEY].subjects
    finding = subjects[f"{BASE}finding/{KEY}/anti-dsdna"]
    assert finding.one(term("resultKind")) == term("described")
    assert finding.one(term("resultText")) == said
    assert finding.one(term("numerator")) is None
    (claim,) = [each for each in compiled.facts[KEY] if each.one(term("asserts")) == f"{BASE}finding/{KEY}/anti-dsdna"]
    assert claim.one(term("direction")) == term("neutral")


def test_every_unit_per_kilogram_or_square_metre_says_so_in_its_code_and_its_name() -> None:
    lists = compile_lists(read_list_files(find(ROOT)))
    units = {
        iri.rpartition("/")[2]: facts
        for iri, facts in lists.listings["unit"].facts.subjects.items()
        if iri.startswith(f"{BASE}unit/")
    }
    assert units
    for name, facts in units.items():
        code = facts.one(term("ucumCode")) or ""
        label = " ".join(facts.texts("http://www.w3.org/2000/01/rdf-schema#label"))
        assert ("/kg" in code) == ("-per-kg" in name), name
        assert ("/m2" in code) == ("-per-m2" in name), name
        assert ("-per-kg" in name) == ("per kilogram" in label), name


@pytest.mark.whole
def test_one_trial_more_in_the_list_changes_nothing_else(project: Path) -> None:
    path = project / "data" / "trials.yaml"
    before = compile_lists(read_list_files(find(project))).listings["trial"].facts.subjects
    first = re.search(r"^- id: \S+\n(?:(?!- ).*\n)+", path.read_text("utf-8"), re.MULTILINE)
    assert first
    block = re.sub(r"^- id: \S+", "- id: nct99999999", first[0], count=1)
    block = re.sub(r"(?i)nct(?!99999999)\d{8}", "NCT99999999", block)
    path.write_text(f"{path.read_text('utf-8').rstrip()}\n{block}", "utf-8")
    after = compile_lists(read_list_files(find(project))).listings["trial"].facts.subjects
    assert {iri for iri in after if iri not in before} <= {iri for iri in after if "nct99999999" in iri}
    assert f"{BASE}trial/nct99999999" in after
    assert {iri: facts.values for iri, facts in before.items()} == {
        iri: facts.values for iri, facts in after.items() if iri in before
    }


@pytest.mark.whole
@pytest.mark.parametrize("form", ["text", "github", "json"])
def test_add_reports_as_check_does(project: Path, form: str) -> None:
    folder = project / "data" / "dossiers"
    folder.mkdir()
    path = written(folder, FAULTY, f"{KEY}.yaml")
    added = run(project, "add", "--format", form, path)
    checked = run(project, "check", "--only", "dossiers", "--format", form)
    assert added.exit_code == checked.exit_code == 1
    assert problems(added.stdout, form) == problems(checked.stdout, form) != []


def problems(text: str, form: str) -> list[object]:
    """Return what a report says of the dossier; the files that were looked at differ, and none is compiled yet."""
    found = json.loads(text)["diagnostics"] if form == "json" else text.splitlines()
    return [each for each in found if f"data/dossiers/{KEY}.yaml" in str(each)]
