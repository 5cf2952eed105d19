"""Two dossiers of one paper: rows are matched by what they state, and every difference is listed once."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from cartkg.cli import cli
from cartkg.dossier.reading import read_bytes, read_document
from cartkg.errors import CartkgError
from cartkg.literature.double_extraction import DoubleExtraction, compare_dossiers

DOSSIERS = Path(__file__).resolve().parents[1] / "data" / "dossiers"
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
    assert "Cohen's kappa of 41 results: 1.00" in run("text")


@pytest.mark.parametrize("content", [b"", b"[1, 2", b"words", b"\xff", b"cohorts: words\nresults: {a: 1}\n"])
def test_what_is_no_dossier_ends_with_a_line_or_compares_nothing(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    done = CliRunner().invoke(cli, ["compare", str(path), str(path)])
    assert done.exit_code == 0 or isinstance(done.exception, CartkgError), done.exception
