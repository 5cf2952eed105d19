"""What `cartkg find` says of a paper: known, only mentioned, perhaps the same report or patients, or new."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from cartkg.cli import cli
from cartkg.literature.corpus import KnownLiterature, Status, cited
from cartkg.literature.formats.citation import Citation, Notice, NoticeKind
from cartkg.literature.formats.recognition import read_export

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLICATION = "https://w3id.org/cartkg/publication/"
FACTS = {
    "alpha-2024": {
        "title": ["CAR T cells in ten patients with lupus nephritis of the kidney"],
        "doi": ["10.1000/A"],
        "pmid": ["12345678"],
        "author": ["Alpha A", "Müller B", "Omega Z"],
        "year": ["2024"],
        "trial": ["NCT01234567"],
        "reader": ["a"],
        "address": ["https://www.example.org/a/"],
    },
    "beta-2023": {"title": ["A review of everything known"], "pmcid": ["PMC7654321"], "year": ["2023"]},
}


class Facts:
    """A graph of two publications and one trial that none of them reports."""

    def select(self, text: str) -> Iterator[dict[str, str]]:
        if "?trial" in text:
            yield from ({"number": number} for number in ("NCT01234567", "NCT07654321"))
            return
        for key, kinds in FACTS.items():
            for kind, values in kinds.items():
                yield from ({"it": PUBLICATION + key, "kind": kind, "value": value} for value in values)


CORPUS = KnownLiterature.of(Facts())


@pytest.mark.parametrize(
    ("asked", "status", "keys"),
    [
        ("10.1000/a", Status.KNOWN, ["alpha-2024"]),
        ("https://doi.org/10.1000/A", Status.KNOWN, ["alpha-2024"]),
        ("12345678", Status.KNOWN, ["alpha-2024"]),
        ("PMID: 12345678", Status.KNOWN, ["alpha-2024"]),
        ("https://pubmed.ncbi.nlm.nih.gov/12345678/", Status.KNOWN, ["alpha-2024"]),
        ("http://example.org/a", Status.KNOWN, ["alpha-2024"]),
        ("Lupus nephritis of the kidney: CAR-T cells in ten patients", Status.SAME_REPORT, ["alpha-2024"]),
        ("Car T cells in ten patients with Lupus Nephritis of the kidney", Status.KNOWN, ["alpha-2024"]),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC7654321/", Status.MENTIONED, ["beta-2023"]),
        ("pmc7654321", Status.MENTIONED, ["beta-2023"]),
        ("NCT01234567", Status.KNOWN, ["alpha-2024"]),
        ("NCT07654321", Status.KNOWN, []),
        ("NCT00000000", Status.NEW, []),
        ("10.1000/other", Status.NEW, []),
        ("https://example.org/other", Status.NEW, []),
        ("Lupus", Status.NEW, []),
        ("", Status.NEW, []),
    ],
)
def test_what_a_user_types_is_found(asked: str, status: Status, keys: list[str]) -> None:
    found = CORPUS.look_up(cited(asked), asked)
    assert (found.status, [each.publication.key for each in found.likenesses]) == (status, keys)


ABSTRACT = "Ten patients with lupus nephritis: first results"


@pytest.mark.parametrize(
    ("citation", "status", "reason"),
    [
        (Citation(ABSTRACT, authors=("Alpha A",), issued="2023"), Status.SAME_REPORT, "Alpha A"),
        (Citation(ABSTRACT, trials=("NCT01234567",)), Status.SAME_REPORT, "NCT01234567"),
        (Citation(ABSTRACT, authors=("Alpha A",), issued="2015"), Status.NEW, ""),
        (Citation(ABSTRACT, authors=("Gamma C",), issued="2023"), Status.NEW, ""),
        (Citation("Something else altogether here", trials=("NCT01234567",)), Status.SAME_PATIENTS, "NCT01234567"),
        (Citation("Something else", authors=("Mueller B", "Omega Z")), Status.SAME_PATIENTS, "Mueller B, Omega Z"),
        (Citation("Something else", authors=("Omega Z",)), Status.NEW, ""),
    ],
)
def test_a_report_may_be_another_or_share_its_patients(citation: Citation, status: Status, reason: str) -> None:
    found = CORPUS.look_up(citation)
    assert found.status is status
    assert [reason in each.reason for each in found.likenesses] == ([True] if reason else [])


@pytest.mark.parametrize(
    ("kind", "number", "note"),
    [
        (NoticeKind.RETRACTION, "99999999", "not in the graph: retraction: PMID 99999999"),
        (NoticeKind.ERRATUM, "12345678", ""),
        (NoticeKind.COMMENT, "99999999", ""),
    ],
)
def test_a_correction_that_the_graph_lacks_is_noted(kind: NoticeKind, number: str, note: str) -> None:
    citation = Citation("", doi="10.1000/a", notices=[Notice(kind, pmid=number)])
    assert CORPUS.look_up(citation).note == note
    assert CORPUS.look_up(replace(citation, doi="10.1000/other")).note == ""


def test_every_record_of_an_export_is_accounted_for() -> None:
    whole = "TY  - JOUR\nTI  - Title {}\nER  - \n"
    text = whole.format(1) + "TY  - JOUR\nTI  - cut off\n" + whole.format(2)
    export = read_export(text.encode(), Path("e.ris"))
    assert [each.title for each in export.citations] == ["Title 1", "Title 2"]
    assert [(each.line, each.rule) for each in export.diagnostics] == [(4, "record-truncated")]


@pytest.mark.whole
def test_the_shipped_graph_is_asked_for_an_export(tmp_path: Path) -> None:
    export = tmp_path / "hits.nbib"
    hits = [("36109639", "Anything"), ("99999999", "A trial of cats")]
    export.write_text("\n".join(f"PMID- {pmid}\nTI  - {title}\n" for pmid, title in hits), "utf-8")
    done = CliRunner().invoke(cli, ["find", str(export), "--format", "json"])
    rows = json.loads(done.stdout)
    assert [(row["status"], row["publication"]) for row in rows] == [("known", "mackensen-2022-natmed"), ("new", "")]
    assert "2 looked up: 1 known" in done.stderr
    done = CliRunner().invoke(cli, ["find", str(export), "--format", "csv", "--new"])
    assert [row["asked"] for row in csv.DictReader(StringIO(done.stdout))] == ["99999999"]


@pytest.mark.whole
@pytest.mark.parametrize("content", [b"", b"just words", b"\xff\xfe"])
def test_a_file_that_is_no_export_is_a_wrong_call(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)
    done = CliRunner().invoke(cli, ["find", str(tmp_path / "x")])
    assert done.exit_code == 2, done.output
    assert "PubMed (nbib), RIS" in done.stderr


@pytest.mark.whole
def test_a_truncated_export_ends_with_one_and_the_rest_is_answered(tmp_path: Path) -> None:
    (tmp_path / "x.ris").write_text("TY  - JOUR\nTI  - Title\nER  - \nTY  - JOUR\n", "utf-8")
    done = CliRunner().invoke(cli, ["find", str(tmp_path / "x.ris")])
    assert done.exit_code == 1
    assert "x.ris:4:1: error: record-truncated" in done.stderr
    assert "Title" in done.stdout
