"""What readers found: each row was read, its sentence is that of the graph, the documentation has the figures."""

from __future__ import annotations

import csv
import re
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

from cartkg.compile.context.dossier_context import DossierContext
from cartkg.compile.sentences.row_sentences import sentences_of
from cartkg.pipeline.inputs.curation import compile_project
from cartkg.project import find

ROOT = Path(__file__).resolve().parents[1]
AUDIT = ROOT / "tests" / "audit.tsv"
COLUMNS = ["row", "sentence", "first", "second", "third", "changed"]
_VERDICT = re.compile(r"right|wrong: \S.*")
_THIRD = re.compile(r"right|(wrong|unclear): \S.*|not read")


@cache
def readings() -> tuple[dict[str, str], ...]:
    with AUDIT.open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def sentences() -> dict[str, str]:
    """Return the sentence that the graph states for each row of all dossiers."""
    curated = compile_project(find(ROOT))
    corpus = curated.compiled.corpus
    told = (DossierContext(dossier, corpus, curated.terms) for dossier in corpus.dossiers.values())
    return {sentence.row: " ".join(sentence.text.split()) for context in told for sentence in sentences_of(context)}


@cache
def keys() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (ROOT / "data" / "dossiers").glob("*.yaml")))


def test_the_list_has_a_column_for_each_reading() -> None:
    assert AUDIT.read_text("utf-8").partition("\n")[0].split("\t") == COLUMNS


@pytest.mark.parametrize("key", keys())
@pytest.mark.whole
def test_every_row_of_a_dossier_is_listed_with_the_sentence_it_has_now(key: str) -> None:
    read = {each["row"]: each["sentence"] for each in readings() if each["row"].partition("#")[0] == key}
    stated = {row: text for row, text in sentences().items() if row.partition("#")[0] == key}
    assert stated
    assert read == stated


def test_each_row_was_read_twice_and_what_was_wrong_is_named() -> None:
    assert readings()
    assert [each for each in readings() if not _VERDICT.fullmatch(each["first"])] == []
    assert [each for each in readings() if not _VERDICT.fullmatch(each["second"])] == []
    assert [each for each in readings() if not _THIRD.fullmatch(each["third"])] == []
    wrong = [each for each in readings() if re.search("wrong|unclear", each["first"] + each["second"] + each["third"])]
    assert [each["row"] for each in wrong if not each["changed"].strip()] == []


def test_each_row_stands_once_and_the_rows_of_a_dossier_stand_together() -> None:
    rows = [each["row"] for each in readings()]
    assert len(rows) == len(set(rows))
    blocks = [key for key, _ in groupby(row.partition("#")[0] for row in rows)]
    assert len(blocks) == len(set(blocks))


def test_the_page_on_trust_has_the_figures_of_the_list() -> None:
    rows, dossiers = len(readings()), len({each["row"].partition("#")[0] for each in readings()})
    first, second = (sum(each[reading].startswith("wrong") for each in readings()) for reading in ("first", "second"))
    third, unclear = (sum(each["third"].startswith(verdict) for each in readings()) for verdict in ("wrong", "unclear"))
    again = sum(each["third"] != "not read" for each in readings())
    wanted = (
        f"Of {rows} rows of {dossiers} dossiers the first reading found {first} wrong "
        f"({first / rows * 100:.1f} in 100) and the second {second} ({second / rows * 100:.1f} in 100); "
        f"a third, of the {again} rows whose sentence had changed since, found {third} wrong and {unclear} "
        "undecided by the source"
    )
    assert wanted in " ".join((ROOT / "docs" / "explanation" / "trust.md").read_text("utf-8").split())
