"""What was looked for in other vocabularies and not found: in the graph, each row once, and never as an identifier."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest

from cartkg.errors import SourceError
from cartkg.namespaces import TERM
from cartkg.vocabulary.upkeep import missing_identifiers

ROOT = Path(__file__).resolve().parents[1]
IDS = ROOT.parent / "shared" / "ids"
LISTS = (IDS / "unverified.tsv", IDS / "verified_ids.tsv")
SHIPPED = ROOT / missing_identifiers.FILE


@pytest.fixture(scope="module")
def graph() -> ox.Store:
    store = ox.Store()
    store.bulk_load(path=str(SHIPPED), format=ox.RdfFormat.TURTLE)
    return store


def texts(graph: ox.Store, local: str) -> list[str]:
    found = graph.quads_for_pattern(None, ox.NamedNode(TERM + local), None, None)
    return [getattr(quad.object, "value", "") for quad in found]


def test_each_row_of_the_list_stands_in_one_absence(graph: ox.Store) -> None:
    if not LISTS[0].is_file():
        pytest.skip("the lists in ../shared/ids are not here")
    with LISTS[0].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    told: dict[str, list[str]] = {text: [] for text in texts(graph, "claimText")}
    for row in rows:
        lead, wanted = f"{row['entity']} ({row['category']}): ", row["wanted_but_not_verified"]
        places = [text for text in told if text.startswith(lead) and wanted in text.removeprefix(lead)]
        assert len(places) == 1, row
        told[places[0]].append(wanted)
    assert [text for text, wanted in told.items() if not text.endswith(f"): {'; '.join(wanted)}")] == []


def test_made_again_from_the_lists_nothing_changes(tmp_path: Path) -> None:
    if not LISTS[0].is_file():
        pytest.skip("the lists in ../shared/ids are not here")
    for part in ("ontology", "data/ttl/shared"):
        shutil.copytree(ROOT / part, tmp_path / part)
    assert missing_identifiers.make_file(*LISTS, tmp_path) is None
    (tmp_path / missing_identifiers.FILE).unlink()
    assert missing_identifiers.make_file(*LISTS, tmp_path) == tmp_path / missing_identifiers.FILE
    assert (tmp_path / missing_identifiers.FILE).read_bytes() == SHIPPED.read_bytes()


def test_each_says_what_where_when_and_who(graph: ox.Store) -> None:
    count = len(texts(graph, "absenceKind"))
    assert count > 350
    for local in ("topic", "claimText", "searchText", "asOf", "judgedBy"):
        assert len(texts(graph, local)) == count, local
    assert set(texts(graph, "absenceKind")) == {f"{TERM}searchedNotFound"}
    assert set(texts(graph, "judgedBy")) == {"https://w3id.org/cartkg/organization/curators"}
    assert all(text.startswith("searched in: ") for text in texts(graph, "searchText"))


@pytest.mark.parametrize(
    ("wanted", "vocabularies"),
    [
        ("NCIT concept", ["NCIT"]),
        ("CHEBI id (biologics are mostly not in ChEBI 2026-05-01)", ["CHEBI"]),
        (
            "no verified id in: ORPHA, icd10, icd10cm, icd11, icd11.code",
            ["ORPHA", "icd10", "icd10cm", "icd11", "icd11.code"],
        ),
        ("any ontology id.", []),
        ("no MONDO or ICD-10-CM term", ["MONDO", "ICD-10-CM"]),
    ],
)
def test_vocabularies_are_read_from_the_words(wanted: str, vocabularies: list[str]) -> None:
    assert missing_identifiers.Unfound("x", "y", wanted).vocabularies == vocabularies


def test_absence_is_about_the_thing_of_that_name_only() -> None:
    rows = [
        missing_identifiers.Unfound("QMG", "measure / outcome", "NCIT concept"),
        missing_identifiers.Unfound("QM", "drug", "NCIT concept"),
    ]
    labels = {"https://w3id.org/cartkg/criterion/qmg": "QMG", "https://w3id.org/cartkg/drug/qm": "QM"}
    text = missing_identifiers.make(rows, {"ncit": "package 1, file"}, labels)
    assert text.count("cartkg:aboutMeasure <https://w3id.org/cartkg/criterion/qmg>") == 1
    assert text.count("cartkg:about") == 1
    assert '"searched in: NCIT (package 1, file)"' in text


def test_same_vocabulary_missed_twice_is_one_absence_in_both_wordings() -> None:
    rows = [
        missing_identifiers.Unfound("x", "drug", "NCIT concept"),
        missing_identifiers.Unfound("x", "drug", "no verified id in: NCIT"),
    ]
    text = missing_identifiers.make(rows, {}, {})
    assert len({quad.subject for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)}) == 1
    assert '"x (drug): NCIT concept; no verified id in: NCIT"' in text


def test_list_without_its_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_text("entity\tother\nx\ty\n", "utf-8")
    with pytest.raises(SourceError, match="lacks a column"):
        missing_identifiers.read_unfound(path)
    with pytest.raises(SourceError, match="cannot be read"):
        missing_identifiers.read_unfound(tmp_path / "none.tsv")
