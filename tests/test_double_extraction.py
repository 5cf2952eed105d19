"""Two dossiers of one paper: rows are matched by what they state, and every difference is listed once."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyoxigraph import RdfFormat, Store
from tests.small import small_project

from cartkg.cli import cli
from cartkg.dossier.reading import read_bytes, read_document
from cartkg.errors import CartkgError
from cartkg.literature.double_extraction import Disagreement, DoubleExtraction, compare_dossiers
from cartkg.literature.screening.adjudication import COLUMNS, Adjudication, Adjudications, read_adjudications
from cartkg.namespaces import TERM
from cartkg.pipeline.stages.screening import screening_diagnostics
from cartkg.queries import ask, choose, hold, read_question

DOSSIERS = Path(__file__).resolve().parents[1] / "data" / "dossiers"
QUERIES = DOSSIERS.parents[1] / "queries"
KEYS = ("mueller-2024-nejm", "mackensen-2022-natmed", "granit-2023-lancetneurol", "castle-2026-natmed")
TEXT = (DOSSIERS / "mueller-2024-nejm.yaml").read_text("utf-8")


def compared(text: str) -> DoubleExtraction:
    documents = [read_bytes(each.encode(), Path("a.yaml")) for each in (TEXT, text)]
    assert [each.diagnostics for each in documents] == [(), ()]
    return compare_dossiers(documents[0].root, documents[1].root)


def said(found: DoubleExtraction) -> list[tuple[str, str, str, str, str]]:
    return [(each.section, each.row, each.field, each.first, each.second) for each in found.disagreements]


@pytest.mark.parametrize("key", KEYS)
def test_a_dossier_agrees_with_itself(key: str) -> None:
    root = read_document(DOSSIERS / f"{key}.yaml")
    found = compare_dossiers(root, root)
    assert found.disagreements == ()
    assert {each.rows_share for each in found.agreements} == {1.0}
    assert {each.fields_share for each in found.agreements} == {1.0}
    assert found.kappa in {None, 1.0}


def test_ids_and_free_texts_of_readers_do_not_count() -> None:
    other = TEXT.replace("- id: sle\n", "- id: lupus\n").replace("cohort: sle", "cohort: lupus")
    other = other.replace("- id: treated", "- id: arm-1").replace("arm: treated", "arm: arm-1")
    other = other.replace("label: diffuse cutaneous systemic sclerosis", "label: dcSSc").replace(
        "- id: age", "- id: years"
    )
    assert other != TEXT
    assert said(compared(other)) == []


def test_a_field_that_differs_is_listed_with_both_values() -> None:
    found = compared(TEXT.replace("  n: 3\n", "  n: 4\n"))
    assert said(found) == [("cohorts", "iim", "n", "3", "4")]
    (cohorts,) = [each for each in found.agreements if each.section == "cohorts"]
    assert (cohorts.both, cohorts.only_first, cohorts.only_second) == (4, 0, 0)
    assert cohorts.fields - cohorts.same == 1


def test_a_row_that_one_reader_lacks_is_listed_whole() -> None:
    line = next(each for each in TEXT.splitlines(keepends=True) if each.startswith("- {id: women"))
    assert said(compared(TEXT.replace(line, ""))) == [("characteristics", "women", "", "stated", "")]
    more = line.replace("id: women", "id: more").replace("cohort: all", "cohort: ssc")
    found = compared(TEXT.replace(line, line + more))
    assert said(found) == [("characteristics", "more", "", "", "stated")]
    (rows,) = [each for each in found.agreements if each.section == "characteristics"]
    assert (rows.only_first, rows.only_second, rows.rows_share) == (0, 1, rows.both / (rows.both + 1))


def test_kappa_is_that_of_the_textbook() -> None:
    pairs = [("a", "a")] * 20 + [("a", "b")] * 5 + [("b", "a")] * 10 + [("b", "b")] * 15
    assert DoubleExtraction((), (), tuple(pairs)).kappa == pytest.approx(0.4)
    assert DoubleExtraction((), (), (("a", "a"),) * 3).kappa is None
    assert DoubleExtraction((), (), ()).kappa is None


def test_the_command_writes_text_json_and_csv(tmp_path: Path) -> None:
    one, other = DOSSIERS / "mueller-2024-nejm.yaml", tmp_path / "b.yaml"
    other.write_text(TEXT.replace("  n: 3\n", "  n: 4\n").replace("'38381673'", "'36109639'"), "utf-8")

    def run(form: str) -> str:
        done = CliRunner().invoke(cli, ["compare", str(one), str(other), "--format", form])
        assert done.exit_code == 0, done.output
        assert "two different values of pmid" in done.stderr
        return done.stdout

    assert [row["field"] for row in json.loads(run("json"))["disagreements"]] == ["pmid", "n"]
    assert next(csv.DictReader(StringIO(run("csv"))))["second"] == "36109639"
    text = run("text")
    assert "Cohen's kappa of the words of 41 results in rows that both have: 1.00 (-1 to 1)" in text
    assert "agree (% of fields)" in text


@pytest.mark.parametrize("content", [b"", b"[1, 2", b"words", b"\xff", b"cohorts: words\nresults: {a: 1}\n"])
def test_what_is_no_dossier_ends_with_a_line_or_compares_nothing(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    done = CliRunner().invoke(cli, ["compare", str(path), str(path)])
    assert done.exit_code == 0 or isinstance(done.exception, CartkgError), done.exception


def test_the_figures_of_all_sections_add_up() -> None:
    found = compared(TEXT.replace("  n: 3\n", "  n: 4\n"))
    for name in ("both", "only_first", "only_second", "fields", "same"):
        assert getattr(found.total, name) == sum(getattr(each, name) for each in found.agreements)
    assert found.total.fields - found.total.same == 1
    assert DoubleExtraction((), (), ()).total.rows_share is None


FOUND = Disagreement("cohorts", "iim", "n", "3", "4")
OPEN = Adjudication.of("mueller-2024-nejm", FOUND)
FIRST = replace(OPEN, taken="first", by="cd", on="2026-11-30")
MISTAKES = [
    (replace(OPEN, taken="both"), "taken"),
    (replace(OPEN, by="cd"), "by"),
    (replace(FIRST, by=""), "by"),
    (replace(FIRST, on=""), "on"),
    (replace(FIRST, on="30.11.2026"), "on"),
    (replace(FIRST, value="5"), "value"),
    (replace(FIRST, taken="third"), "value"),
    (replace(FIRST, taken="third", value="4"), "value"),
    (replace(FIRST, taken="third", value="5", field=""), "taken"),
    (replace(OPEN, second="3"), "second"),
]


@pytest.mark.parametrize(("item", "column"), MISTAKES)
def test_a_mistake_in_an_adjudication_is_placed_at_its_cell(item: Adjudication, column: str) -> None:
    lines = Adjudications((FIRST, replace(item, row="ssc"))).text
    (found,) = read_adjudications(lines.encode(), Path("adjudications.tsv")).diagnostics
    cells = lines.splitlines()[2].split("\t")
    at = COLUMNS.index(column)
    assert (found.line, found.rule) == (3, f"adjudication-{column}")
    assert found.column == sum(len(each) + 1 for each in cells[:at]) + 1


def test_a_matter_is_decided_once_and_again_where_a_reader_changes_the_value() -> None:
    twice = Adjudications((FIRST, OPEN)).text.encode()
    assert [each.rule for each in read_adjudications(twice, Path("a.tsv")).diagnostics] == ["adjudication-field"]
    kept = Adjudications((FIRST,))
    assert kept.with_open(OPEN.dossier, [FOUND]) == kept
    other = replace(FOUND, second="5")
    assert kept.with_open(OPEN.dossier, [FOUND, other]).items == (FIRST, Adjudication.of(OPEN.dossier, other))


@pytest.mark.parametrize(
    ("item", "rules"),
    [
        (OPEN, []),
        (FIRST, []),
        (replace(FIRST, taken="second"), ["adjudication-taken"]),
        (replace(FIRST, taken="third", value="5"), ["adjudication-taken"]),
        (replace(FIRST, row="nobody"), ["adjudication-row"]),
        (replace(FIRST, dossier="nobody-2024"), ["adjudication-dossier"]),
        (replace(FIRST, field="", first="stated", second=""), []),
        (replace(FIRST, field="", first="", second="stated"), ["adjudication-taken"]),
    ],
)
def test_a_decision_is_compared_with_the_dossier(item: Adjudication, rules: list[str]) -> None:
    known = {"mueller-2024-nejm": read_document(DOSSIERS / "mueller-2024-nejm.yaml")}
    found = read_adjudications(Adjudications((item,)).text.encode(), Path("a.tsv"), known.get)
    assert [each.rule for each in found.diagnostics] == rules
    assert found.items == (item,)


def test_differences_are_recorded_decided_and_shown(tmp_path: Path) -> None:
    project = small_project(tmp_path)
    other = tmp_path / "b.yaml"
    other.write_text(TEXT.replace("  n: 3\n", "  n: 4\n"), "utf-8")
    (project.root / "data" / "dossiers").mkdir()
    mine = str(shutil.copy(DOSSIERS / "mueller-2024-nejm.yaml", project.root / "data" / "dossiers"))
    kept = project.root / "data" / "adjudications.tsv"

    def run(*options: str) -> str:
        done = CliRunner().invoke(cli, ["--project", str(project.root), "compare", mine, str(other), *options])
        assert done.exit_code == 0, done.output
        return done.output

    run()
    assert not kept.exists()
    assert "1 line to decide" in run("--record")
    assert "wrote" not in run("--record")
    assert "open" in run("--format", "csv")
    assert screening_diagnostics(project) == []
    kept.write_text(Adjudications((replace(FIRST, taken="third", value="5"),)).text, "utf-8")
    assert "third: 5, by cd on 2026-11-30" in run("--format", "csv")
    (found,) = screening_diagnostics(project)
    assert (found.file, found.line, found.rule) == (kept, 2, "adjudication-taken")
    assert found.message == "the dossier states 3; decided was 5"


def test_a_file_of_adjudications_with_mistakes_is_not_written_over(tmp_path: Path) -> None:
    project = small_project(tmp_path)
    kept = project.root / "data" / "adjudications.tsv"
    kept.write_text("anything\n", "utf-8")
    path = str(DOSSIERS / "mueller-2024-nejm.yaml")
    done = CliRunner().invoke(cli, ["--project", str(project.root), "compare", path, path, "--record"])
    assert (done.exit_code, kept.read_text("utf-8")) == (1, "anything\n")
    assert "adjudications.tsv:1:1: error: adjudication-form" in done.stderr


def test_the_question_lists_who_has_not_been_checked_by_another_reader() -> None:
    texts = {"none": "", "self": 'cartkg:checkedBy "AB" ;', "other": 'cartkg:checkedBy "CD" ;'}
    store = Store()
    for name, checked in texts.items():
        store.load(
            f"""PREFIX cartkg: <{TERM}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
            <http://e/{name}> a cartkg:Publication ; cartkg:dossierRow "row" ; cartkg:readBy "ab" ; {checked}
            cartkg:citationName "{name}" ; rdfs:label "{name}" ;
            cartkg:kindName "case report" .""".encode(),
            format=RdfFormat.TURTLE,
        )
    question = read_question(QUERIES / "unchecked.rq")
    shown, every = (hold(ask(choose(question, more, lambda _: ()).text, store)) for more in ((), [("with", "checked")]))
    assert [row[0] for row in shown.rows] == ["none", "self"]
    assert [row[0] for row in every.rows] == ["none", "other", "self"]
