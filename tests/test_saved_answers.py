"""Answers for other programs: names and citations in tables, publications for reference managers, nothing that runs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from pyoxigraph import RdfFormat, Store
from tests.test_pages import CASES, StoreEngine

from cartkg.facts.bibliography import Author, Reference
from cartkg.literature.formats.bibtex import Bibtex
from cartkg.namespaces import BASE
from cartkg.project import Project, find
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.present.exports.reference_formats import as_bibtex, as_csl, as_ris
from cartkg.web.present.exports.workbooks import WorkbookSheet, workbook
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from flask.testing import FlaskClient

PAGE = Reference(
    f"{BASE}publication/b/s1", "news", "News", (), more_authors=False, year="", kind="news", is_article=False, read="",
    fields={}, address="https://e.org/x_y",
)  # fmt: skip
PAPER = replace(
    PAGE,
    iri=f"{BASE}publication/a-2024",
    title="Cells & {cells}\nER  - ",
    authors=(Author("van Ä", "BC"), Author("A Group")),
    more_authors=True,
    year="2024",
    is_article=True,
    fields={"doi": "10.1/a_b", "journal": "J", "pages": "1-9"},
    address="https://doi.org/10.1/a_b",
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    root = tmp_path_factory.mktemp("exports")
    (root / "ontology").mkdir()
    (root / "ontology" / "prefixes.ttl").write_bytes((find(CASES).ontology / "prefixes.ttl").read_bytes())
    (root / "queries" / "checks").mkdir(parents=True)
    (root / "shapes").mkdir()
    (root / "queries" / "headline.rq").write_bytes((CASES / "headline.rq").read_bytes())
    store = Store()
    store.load(path=CASES / "evidence.ttl", format=RdfFormat.TURTLE)
    settings = AppSettings(ServedRelease("2026-11-22", digest="d1"), Project(root, root / ".cartkg"))
    return create_app(StoreEngine(store), settings, BLUEPRINTS).test_client()


def test_a_table_has_names_publications_and_how_to_cite_it(client: FlaskClient) -> None:
    answer = client.get("/questions/headline/answer?format=table")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    own = next(row for row in rows if row["publication_iri"] == f"{BASE}publication/sample-2024")
    assert (own["cohort"], own["cohort_iri"]) == ("Sample series 2024: lupus", f"{BASE}cohort/sample-2024/sle")
    assert (own["publications"], own["dois"]) == ("Sample 2024 (Journal of Samples)", "10.1000/sample")
    assert own["release"] == "2026-11-22"
    assert f"{BASE}questions/headline?release=2026-11-22" in own["cite"]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="headline-2026-11-22.csv"'


def test_a_workbook_has_the_answer_its_publications_and_what_it_is(client: FlaskClient) -> None:
    book = openpyxl.load_workbook(io.BytesIO(client.get("/questions/headline/answer?format=xlsx").data))
    assert book.sheetnames == ["Answer", "Publications", "About"]
    head, first, *_ = book["Answer"].iter_rows(values_only=True)
    assert isinstance(dict(zip(head, first, strict=True))["assessed"], int)
    assert "10.1000/sample" in {cell for row in book["Publications"].iter_rows(values_only=True) for cell in row}
    assert "2026-11-22" in {row[1] for row in book["About"].iter_rows(values_only=True)}


@pytest.mark.parametrize("form", ["ris", "bibtex", "csl"])
def test_the_publications_of_an_answer_are_sent(client: FlaskClient, form: str) -> None:
    assert "10.1000/sample" in client.get(f"/questions/headline/answer?format={form}").text


def test_an_unknown_format_or_release_is_refused(client: FlaskClient) -> None:
    refused = client.get("/questions/headline/answer?format=xslx")
    assert (refused.status_code, "did you mean xlsx" in refused.text) == (400, True)
    for path in ("/questions/headline", "/questions/headline/answer"):
        assert client.get(f"{path}?release=2026-11-22").status_code == 200
        assert client.get(f"{path}?release=2020-01-01").status_code == 410


def test_reference_managers_read_what_is_written() -> None:
    first, second = json.loads(as_csl([PAPER, PAGE]))
    assert first["author"] == [{"family": "van Ä", "given": "BC"}, {"literal": "A Group"}]
    assert (first["DOI"], first["issued"]) == ("10.1/a_b", {"date-parts": [[2024]]})
    assert (second["type"], "issued" in second) == ("webpage", False)
    ris = rispy.loads(as_ris([PAPER, PAGE]).decode())
    assert [record["title"] for record in ris] == ["Cells & {cells} ER -", "News"]
    assert (ris[0]["doi"], ris[0]["start_page"], ris[0]["end_page"]) == ("10.1/a_b", "1", "9")
    written = as_bibtex([PAPER, PAGE])
    bibtex = parse_string(written.decode()).entries_dict
    assert (bibtex["a-2024"]["title"], bibtex["a-2024"]["doi"]) == (r"Cells \& (cells) ER -", "10.1/a_b")
    assert bibtex["b-s1"]["url"] == "https://e.org/x_y"
    assert bibtex["a-2024"]["author"] == "van Ä, BC and {A Group} and others"
    read = Bibtex().read(written, Path("answer.bib")).citations
    assert [each.title for each in read] == ["Cells & (cells) ER -", "News"]
    assert list(read[0].authors) == ["van Ä BC", "A Group"]


def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path) -> None:
    formula = '=HYPERLINK("http://e.org")'
    sheets = [
        WorkbookSheet("a/b[c]", ("=1", "n"), ((formula, 3), ("bell\x07", None))),
        WorkbookSheet("A B C", ("x",), ()),
    ]
    (tmp_path / "a.xlsx").write_bytes(workbook(sheets))
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert [cell.value for cell in cells] == ["=1", "n", formula, 3, "bell", None]
    assert len({name.casefold() for name in book.sheetnames}) == 2
