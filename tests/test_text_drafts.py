"""Rows suggested from the text and tables of a paper: each has its sentence or cell, and nothing is made up."""

from __future__ import annotations

import json
import re
import time
import zipfile
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pypdf import PdfWriter
from tests.pdf import pdf

from cartkg.cli import cli
from cartkg.dossier.form import faults
from cartkg.dossier.reading import read_bytes
from cartkg.dossier.schema import validator
from cartkg.dossier.terms import Vocabulary
from cartkg.evaluation.bounds import JobBounds
from cartkg.evaluation.messages import Frame
from cartkg.literature.drafting import draft_source, source_of
from cartkg.literature.texts import spreadsheets
from cartkg.literature.texts.row_proposals import DropReason, RowProposal, accept_proposals
from cartkg.literature.texts.row_suggestions import SuggestedRow, suggest_rows
from cartkg.literature.texts.source_text import Passage, SourceText
from cartkg.literature.words import Words
from cartkg.project import find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.dossier.node import Node
    from cartkg.literature.drafting import Drafts

ROOT = Path(__file__).resolve().parents[1]
ARTICLE = ROOT / "tests" / "cases" / "source-texts" / "article.xml"
WORDS = Words(Vocabulary.read(find(ROOT)))
TABLE = "Event,Low dose (n=8),High dose\nNeutropenia,7 (88%),2/4\nICANS,0 (0),1\n"


def read(data: bytes, name: str = "paper.xml") -> SourceText:
    found = source_of(data, Path(name))
    assert found is not None
    return found


def said(rows: Iterable[SuggestedRow]) -> list[tuple[str, str, tuple[int, int | None] | None]]:
    return [(each.section, each.term.id, (each.share.n, each.share.of) if each.share else None) for each in rows]


def drafted(source: SourceText, proposer: FakeModel | None = None) -> tuple[Node, Drafts]:
    found = draft_source(source, Path("paper.xml"), WORDS, frozenset(), proposer)
    (one,) = found.drafts
    document = read_bytes(one.text.encode(), Path("draft.yaml"))
    assert document.diagnostics == ()
    return document.root, found


PAPER = pdf(
    "Sample cells in lupus\nTrial NCT00000009. All patients were drug-\nfree, and the remis-\nsion was lasting.",
    "Remission as DORIS defines it follows.\nDORIS remission was reached by 6 of 8\npatients at 6 months.",
)


def test_sentences_of_a_pdf_suggest_rows_with_their_page() -> None:
    source = read(PAPER, "paper.pdf")
    assert [(each.place, each.text) for each in source.passages] == [
        (
            "page 1",
            "Sample cells in lupus Trial NCT00000009. All patients were drug-free, and the remission was lasting.",
        ),
        (
            "page 2",
            "Remission as DORIS defines it follows. DORIS remission was reached by 6 of 8 patients at 6 months.",
        ),
    ]
    (row,) = suggest_rows(source, WORDS)
    assert said([row]) == [("results", "doris-remission", (6, 8))]
    assert (row.place, row.said) == ("page 2", "DORIS remission was reached by 6 of 8 patients at 6 months.")
    assert source.citation.trials == ("NCT00000009",)
    assert source.diagnostics == ()


def locked(data: bytes) -> bytes:
    writer, out = PdfWriter(BytesIO(data)), BytesIO()
    writer.encrypt("secret", algorithm="RC4-40")
    writer.write(out)
    return out.getvalue()


def packed_page(size: int) -> bytes:
    """Return a PDF whose page is so many spaces when it is unpacked."""
    packed = zlib.compress(b" " * size, 9)
    content = f"<</Filter/FlateDecode/Length {len(packed)}>>\nstream\n".encode() + packed + b"\nendstream"
    return re.sub(rb"<</Length \d+>>\nstream\n.*?\nendstream", lambda _: content, pdf("x"), flags=re.DOTALL)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%PDF-1.7\nnothing else", "the PDF cannot be read: PdfStreamError"),
        (pdf(), "no page of the PDF has text: it may be a scan, which needs text recognition first"),
        (pdf("", ""), "no page of the PDF has text: it may be a scan, which needs text recognition first"),
        (pdf("words of a page", ""), "page 2 has no text"),
        (locked(PAPER), "the PDF is protected by a password; save a copy without it"),
        (packed_page(2 * 10**8), "page 1 cannot be read; look at it yourself"),
        (PAPER.replace(b"/Kids[4 0 R 6 0 R]", b"/Kids[2 0 R 6 0 R]"), "the PDF cannot be read: PdfReadError"),
    ],
    ids=[
        "no PDF",
        "no page",
        "no text",
        "one page without text",
        "password",
        "200 MB when unpacked",
        "circle",
    ],
)
def test_what_of_a_pdf_is_not_read_is_named(data: bytes, message: str) -> None:
    (problem,) = read(data, "paper.pdf").diagnostics
    assert (problem.rule, problem.message) == ("record-unreadable", message)


def test_pages_after_the_limit_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cartkg.literature.texts.pdf._MOST_PAGES", 2)
    found = read(pdf(*(["words"] * 5)), "paper.pdf")
    assert len(found.passages) == 2
    assert [each.message for each in found.diagnostics] == [
        "each page from 3 to 5 was not read: the first 2 pages of a file are"
    ]


def test_a_pdf_is_read_where_no_file_can_be_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("words of another file")
    monkeypatch.setattr(
        "cartkg.literature.texts.pdf._texts",
        lambda _: Frame({"pages": 1}, json.dumps([secret.read_text()]).encode()),
    )
    found = read(PAPER, "paper.pdf")
    assert (found.passages, [each.message for each in found.diagnostics]) == ((), ["reading the PDF ended its process"])


def test_a_pdf_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cartkg.literature.texts.pdf._BOUNDS", JobBounds(seconds=0.2, children=1))
    monkeypatch.setattr("cartkg.literature.texts.pdf._texts", lambda _: time.sleep(3))
    (problem,) = read(PAPER, "paper.pdf").diagnostics
    assert problem.message == "reading the PDF was stopped after 0.2 s"


@settings(max_examples=60)
@given(st.integers(0, len(PAPER)), st.integers(0, len(PAPER) - 1), st.integers(0, 255))
def test_a_broken_pdf_is_read_or_named(end: int, at: int, byte: int) -> None:
    data = (PAPER[:at] + bytes([byte]) + PAPER[at + 1 :])[: max(end, 5)]
    found = source_of(data, Path("paper.pdf"))
    assert found is None or found.passages or found.diagnostics


def test_the_head_of_an_article_is_filled() -> None:
    source = read(ARTICLE.read_bytes())
    head, paper = source.citation, drafted(source)[0].child("publication")
    assert (head.doi, head.pmid, head.authors, head.trials) == (
        "10.1000/sample-7", "99999997", ["Alpha AB", "Beta JL"], ("NCT00000009",),
    )  # fmt: skip
    assert (head.issued, head.pages, head.journal) == ("2026-03-04", "11-19", "J Sample")
    assert paper.text("title") == "Sample cells in lupus"


def test_sentences_suggest_rows_with_their_numbers_and_places() -> None:
    source = replace(read(ARTICLE.read_bytes()), tables=())
    rows = suggest_rows(source, WORDS)
    assert said(rows)[:4] == [
        ("results", "doris-remission", (6, 8)),
        ("events", "cytokine-release-syndrome", (5, 8)),
        ("events", "neutropenia", (7, 8)),
        ("events", "icans", (1, 8)),
    ]
    assert rows[1].place == "Text, Results, paragraph 1"
    assert rows[1].said == "Cytokine release syndrome occurred in 5 of 8 patients."
    assert all(any(each.said in one.text for one in source.passages) for each in rows)
    assert not any("4 of 5" in each.said for each in rows), "a cited title is not a sentence of the paper"


def test_a_denial_and_numbers_that_cannot_be_paired_are_left_to_the_person() -> None:
    rows = suggest_rows(replace(read(ARTICLE.read_bytes()), tables=()), WORDS)
    (infections,) = [each.row(1).fields for each in rows if "Infections did not" in each.said]
    assert infections["count"] == {"n": 3, "of": 8, "result": "described"}
    assert infections["says"] == "Infections did not occur in 3 of 8 patients."
    unclear = [each for each in rows if "told apart" in each.said]
    assert unclear
    assert all(each.share is None and each.row(1).fields["result"] == "described" for each in unclear)
    assert unclear[0].remark.startswith("the sentence has 3 numbers and ")


def test_cells_of_tables_suggest_rows_with_the_names_of_row_and_column() -> None:
    rows = suggest_rows(replace(read(ARTICLE.read_bytes()), passages=()), WORDS)
    assert [(each.place, each.share and (each.share.n, each.share.of)) for each in rows] == [
        ("Table 2, cell B2", (7, 8)),
        ("Table 2, cell C2", (2, 4)),
        ("Table 2, cell D2", (1, None)),
    ]
    assert rows[0].said == "Neutropenia | Low dose (n = 8) | 7 (88)"


def workbook() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Safety"
    for line in TABLE.splitlines():
        sheet.append(line.split(","))
    held = BytesIO()
    book.save(held)
    return held.getvalue()


WORKBOOK = workbook()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (TABLE.encode(), "Safety.csv"),
        (TABLE.replace(",", ";").encode("utf-8-sig"), "Safety.csv"),
        (TABLE.replace(",", "\t").encode(), "Safety.tsv"),
        (workbook(), "any.name"),
    ],
)
def test_tables_in_files_are_read_alike(data: bytes, name: str) -> None:
    rows = suggest_rows(read(data, name), WORDS)
    assert said(rows) == [
        ("events", "neutropenia", (7, 8)),
        ("events", "neutropenia", (2, 4)),
        ("events", "icans", (0, 8)),
    ]
    assert [each.place for each in rows] == ["Safety, cell B2", "Safety, cell C2", "Safety, cell B3"]


@pytest.mark.parametrize("source", [read(ARTICLE.read_bytes()), read(TABLE.encode(), "a.csv")])
def test_a_draft_follows_the_schema_and_every_row_is_unconfirmed_with_its_origin(source: SourceText) -> None:
    root, found = drafted(source)
    assert faults(root, Path("draft.yaml"), validator()) == []
    rows = [*root.children("results"), *root.children("events")]
    assert len(rows) == len(suggest_rows(source, WORDS)) > 0
    assert all(each.flag("unconfirmed") and each.text("cohort") == "cohort-to-name" for each in rows)
    assert len({each.text("id") for each in rows}) == len(rows)
    for each in suggest_rows(source, WORDS):
        assert f"# from {each.place}: {each.said}\n" in found.drafts[0].text


class FakeModel:
    """A model that proposes what it is told to."""

    name = "a fake"

    def __init__(self, *proposals: RowProposal) -> None:
        self.proposals = proposals
        self.asked: list[str] = []

    def propose(self, text: str) -> tuple[RowProposal, ...]:
        self.asked.append(text)
        return self.proposals


QUOTE = "Cytokine release syndrome\n occurred in 5 of 8 patients"
GOOD = RowProposal("events", "CRS", QUOTE, 5, 8)
DROPPED = [
    (replace(GOOD, section="cohorts"), DropReason.SECTION),
    (replace(GOOD, quote="5 of 8 patients"), DropReason.SHORT),
    (replace(GOOD, quote="Cytokine release syndrome occurred in 6 of 8 patients", n=6), DropReason.QUOTE),
    (replace(GOOD, quote=QUOTE.lower()), DropReason.QUOTE),
    (replace(GOOD, quote="12. No patient died. Neutropenia"), DropReason.QUOTE),
    (replace(GOOD, name="a thing of no list"), DropReason.TERM),
    (replace(GOOD, n=8, of=8), DropReason.NUMBER),
    (replace(GOOD, n=5, of=None), DropReason.NUMBER),
]


@pytest.mark.parametrize(("proposal", "reason"), DROPPED)
def test_a_proposal_that_the_text_does_not_bear_out_is_dropped_and_counted(
    proposal: RowProposal, reason: DropReason
) -> None:
    accepted = accept_proposals(FakeModel(proposal, GOOD), read(ARTICLE.read_bytes()), WORDS)
    assert dict(accepted.dropped) == {reason: 1}
    (kept,) = accepted.rows
    assert (kept.term.id, kept.place) == ("cytokine-release-syndrome", "Text, Results, paragraph 1")


def test_a_model_is_asked_only_where_one_is_given_and_its_rows_are_marked() -> None:
    source = read(ARTICLE.read_bytes())
    model = FakeModel(GOOD, replace(GOOD, quote="words that are nowhere in the text"))
    root, found = drafted(source, model)
    assert model.asked == ["\n\n".join(each.text for each in source.passages)]
    (dropped,) = found.diagnostics
    assert (dropped.rule, dropped.message) == (
        "draft-dropped", "proposals of a fake that were dropped: 1 whose quote is not in the text",
    )  # fmt: skip
    assert "# proposed by a fake; compare it with the text\n" in found.drafts[0].text
    assert len(root.children("events")) == len(drafted(source)[0].children("events")) + 1


def test_a_model_cannot_make_a_denied_event_one_that_occurred() -> None:
    text = "Severe infections did not occur in 3 of 8 patients at all."
    source = SourceText(passages=(Passage("Text", text),))
    accepted = accept_proposals(FakeModel(RowProposal("events", "infection", text, 3, 8)), source, WORDS)
    (row,) = accepted.rows
    assert row.row(1).fields["count"] == {"n": 3, "of": 8, "result": "described"}


def _packed(size: int) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * size)
    return held.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<article><front>", "cannot be read on"),
        (b'<!DOCTYPE article [<!ENTITY a "b">]><article>&a;</article>', "declares entities"),
        (b"PK\x03\x04 no workbook", "the workbook cannot be read"),
        (_packed(10), "the workbook cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem(data: bytes, says: str) -> None:
    source = read(data)
    assert any(says in each.message for each in source.diagnostics)
    assert draft_source(source, Path("x"), WORDS, frozenset()).drafts == ()


def _spoiled(part: str, old: bytes, new: bytes) -> bytes:
    """Return the workbook with a change in one of its parts."""
    held = BytesIO()
    with zipfile.ZipFile(BytesIO(workbook())) as good, zipfile.ZipFile(held, "w") as bad:
        for each in good.namelist():
            data = good.read(each)
            assert each != part or old in data
            bad.writestr(each, data.replace(old, new) if each == part else data)
    return held.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    "data",
    [
        _spoiled(SHEET, b"<sheetData>", b"<sheetData"),
        _spoiled(SHEET, b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet'),
        _spoiled(SHEET, b"</sheetData>", b'<row r="9"><c r="A9" t="s"><v>99</v></c></row></sheetData>'),
        _spoiled(SHEET, b'r="A1"', b'r="1A"'),
        _spoiled(SHEET, b'<row r="1"', b'<row r="x"'),
        _spoiled("xl/workbook.xml", b"<sheets>", b"<sheets><sheet/>"),
        _spoiled("xl/_rels/workbook.xml.rels", b"sheet1.xml", b"../../../etc/passwd"),
        _spoiled("[Content_Types].xml", b"<Types", b"<Other"),
    ],
    ids=range(8),
)
def test_a_broken_workbook_is_a_problem_or_read(data: bytes) -> None:
    source = read(data)
    assert source.diagnostics or source.tables


@given(st.data())
def test_any_bytes_of_a_workbook_may_be_wrong(data: st.DataObject) -> None:
    spoiled = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 4))):
        spoiled[data.draw(st.integers(4, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    source = read(bytes(spoiled))
    assert source.diagnostics or source.tables


def test_a_workbook_that_unpacks_to_too_much_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "_UNPACKED", 1000)
    (found,) = read(_packed(1001)).diagnostics
    assert "when unpacked" in found.message


def test_a_file_without_text_is_a_problem_and_one_with_a_title_alone_a_draft() -> None:
    (found,) = draft_source(read(b"<article><body/></article>"), Path("x"), WORDS, frozenset()).diagnostics
    assert found.rule == "draft-empty"
    title = "<title-group><article-title>A title</article-title></title-group>"
    bare = read(f"<article><front><article-meta>{title}</article-meta></front></article>".encode())
    assert drafted(bare)[0].child("publication").text("title") == "A title"


def test_a_long_table_is_read_to_a_limit_that_is_named() -> None:
    source = read(("Event,a\n" + "Neutropenia,1/2\n" * 3000).encode(), "long.csv")
    (found,) = source.diagnostics
    assert "only the first 2000 rows" in found.message
    assert len(suggest_rows(source, WORDS)) == 500


@given(st.text(max_size=200))
def test_any_text_is_read_without_a_number_that_it_does_not_have(text: str) -> None:
    source = SourceText(passages=(Passage("Text", " ".join(f"Neutropenia in 1 of 2. {text}".split())),))
    for each in suggest_rows(source, WORDS):
        assert each.said in source.passages[0].text
        if each.share is not None:
            assert str(each.share.n) in each.said


def test_the_command_drafts_from_a_text(tmp_path: Path) -> None:
    output = tmp_path / "sample.yaml"
    done = CliRunner().invoke(cli, ["draft", str(ARTICLE), "--output", str(output)])
    assert done.exit_code == 0, done.output
    assert "# from Table 2, cell B2: Neutropenia | Low dose (n = 8) | 7 (88)" in output.read_text("utf-8")
