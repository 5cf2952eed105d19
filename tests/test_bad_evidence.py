"""What is wrong in evidence is found at its line, by `cartkg add` in a dossier and by `cartkg check` in Turtle."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from cartkg.curation.adding import add

from cartkg.findings import Severity
from cartkg.pipeline.checking import check
from cartkg.pipeline.options import CheckOptions, Kind
from cartkg.project import Project

ROOT = Path(__file__).resolve().parents[1]
STUDY = ROOT / "tests" / "cases" / "dossiers" / "good" / "alpha-2025-lancet.yaml"
#: A cohort, its percentage and its times, for the example study.
PART = "- {id: part, disease: lupus nephritis, subtype: arm, n: 3, source: s1}\n"


def project_in(folder: Path, *, whole: bool) -> Project:
    """Copy the shared words of the project, and its rules where they are wanted."""
    shutil.copytree(ROOT / "data" / "ttl" / "shared", folder / "data" / "ttl" / "shared")
    for part in ("ontology", "shapes", "queries") if whole else ("ontology",):
        shutil.copytree(ROOT / part, folder / part)
    return Project(folder, folder / ".cartkg")


def line_of(path: Path, words: str) -> int:
    return next(number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if words in line)


@pytest.mark.parametrize(
    ("old", "new", "rule", "severity"),
    [
        (
            "outcomes:\n",
            "- {id: part, disease: lupus nephritis, n: 12, source: s1}\noutcomes:\n",
            "dossier-cohort-above-study",
            "error",
        ),
        ("n: 8\n", "of: 7\n  n: 8\n", "dossier-part-above-whole", "error"),
        ("text: normalised", "value: 40, unit: percent, n_assessed: 8", None, ""),
        (
            "criterion: LLDAS, kind: responder, value: 81",
            "criterion: LLDAS, kind: event, value: 82",
            "dossier-percent-without-n",
            "warning",
        ),
        ("unit: years}\n  prior", "unit: stones}\n  prior", "dossier-unknown-unit", "error"),
        (
            "unit: months}, n_achieved: 8, n_assessed: 8, source: s2",
            "unit: moons}, n_achieved: 8, n_assessed: 8, source: s2",
            "dossier-unknown-unit",
            "error",
        ),
        ("published_date: '2025-03-01'", "published_date: '2925-03-01'", "dossier-future-date", "error"),
        ("published_date: '2025-03-01'", "published_date: 2025-02-30", "dossier-no-date", "error"),
    ],
)
def test_add_finds_it_at_its_line(tmp_path: Path, old: str, new: str, rule: str | None, severity: str) -> None:
    project = project_in(tmp_path, whole=False)
    path, text = tmp_path / STUDY.name, STUDY.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    lines = {finding.line for finding in add([path], project).findings if finding.rule == rule}
    severities = {finding.severity for finding in add([path], project).findings if finding.rule == rule}
    assert lines == ({line_of(path, new.splitlines()[0])} if rule else set())
    assert severities == ({Severity(severity)} if rule else set())


def test_add_finds_two_dossiers_with_one_key_at_the_second_key(tmp_path: Path) -> None:
    twin = tmp_path / "twin.yaml"
    twin.write_text(f"# the same again\n{STUDY.read_text('utf-8')}", "utf-8")
    found = add([STUDY, twin], project_in(tmp_path, whole=False)).findings
    assert [(f.file, f.rule, f.line) for f in found if f.severity is Severity.ERROR] == [(twin, "dossier-key-twice", 2)]


def test_count_that_a_conflict_is_about_is_kept(tmp_path: Path) -> None:
    path, text = tmp_path / STUDY.name, STUDY.read_text("utf-8")
    text = text.replace("outcomes:\n", "- {id: part, disease: lupus nephritis, n: 12, source: s1}\noutcomes:\n")
    conflict = (
        "conflicts:\n- {about: number of patients, mine: 12 patients in the table, theirs: 8 patients in the text}\n"
    )
    path.write_text(text.replace("conflicts:\n", conflict), "utf-8")
    assert not add([path], project_in(tmp_path, whole=False)).refused


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, int], str]]:
    """Study files with every mistake, and what `cartkg check` finds: file and line -> rules."""
    project = project_in(tmp_path_factory.mktemp("project"), whole=True)
    dossier = project.root / STUDY.name
    text = STUDY.read_text("utf-8").replace("outcomes:\n", f"{PART}outcomes:\n")
    dossier.write_text(text, "utf-8")
    assert not add([dossier], project).refused
    path = project.data / "alpha-2025-lancet.ttl"
    turtle = path.read_text("utf-8")
    head, own = (re.search(pattern, turtle) for pattern in (r"(?s)^.*?\n\n", r"(?ms)^publication:alpha.*?\n\n"))
    assert head
    assert own
    (project.data / "copy.ttl").write_text(head[0] + own[0], "utf-8")
    for old, new in (
        ("cartkg:patientCount 3", "cartkg:patientCount 12"),
        ('"3"^^xsd:nonNegativeInteger', '"12"^^xsd:nonNegativeInteger'),
        ('issued "2025-03-01"', 'issued "2925-03-01"'),
        ('year "2025"', 'year "2925"'),
        ("cartkg:doseUnit unit:mg-per-m2", "cartkg:doseUnit unit:stone"),
    ):
        turtle = turtle.replace(old, new)
    turtle = re.sub(r"(?ms)^<https://w3id.org/cartkg/absence/[^>]*/lldas/[^>]*>.*?\n\n", "", turtle)
    path.write_text(turtle, "utf-8")
    found: dict[tuple[str, int], str] = {}
    for each in check(project, CheckOptions(only=frozenset({Kind.SHAPES, Kind.CHECKS}))).findings:
        key = (each.file.name if each.file else "", each.line)
        found[key] = f"{found.get(key, '')} {each.rule}"
    return path, found


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ('patientCount "12"', "part-above-whole-cohort-violation"),
        ("cartkg:value 81.0", "share-without-number-assessed-violation"),
        ("cartkg:doseUnit unit:stone", "TreatmentElementShape-doseUnit"),
        ('issued "2925-03-01"', "date-after-data-version-violation"),
    ],
)
def test_check_finds_it_at_its_line(checked: tuple[Path, dict[tuple[str, int], str]], words: str, rule: str) -> None:
    path, found = checked
    assert rule in found[(path.name, line_of(path, words))]


def test_check_finds_two_files_of_one_key(checked: tuple[Path, dict[tuple[str, int], str]]) -> None:
    path, found = checked
    places = [place for place, rules in found.items() if "subject-in-two-files-violation" in rules]
    own = {(file.name, line_of(file, "publication:alpha-2025-lancet")) for file in (path, path.with_name("copy.ttl"))}
    assert set(places) & own
