"""Exports of search services and reference managers: one paper is alike in every format, and no record is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from cartkg.cli import cli
from cartkg.diagnostics import Severity
from cartkg.literature.formats.citation import Citation, Notice, NoticeKind
from cartkg.literature.formats.recognition import FORMATS, format_of, read_export

if TYPE_CHECKING:
    from cartkg.project import Project

CASES = Path(__file__).parent / "cases" / "exports"
NAMES = {
    "pubmed.nbib": "PubMed (nbib)",
    "pubmed.xml": "PubMed XML",
    "reference-manager.ris": "RIS",
    "endnote.xml": "EndNote XML",
    "library.bib": "BibTeX",
    "zotero.json": "CSL-JSON",
    "crossref.json": "Crossref JSON",
    "europe-pmc.json": "Europe PMC JSON",
}
PAPER = Citation(
    title="Anti-CD19 CAR T cell therapy for refractory systemic lupus erythematosus",
    authors=("Mackensen A", "Müller F", "Mougiakakos D"),
    journal="Nat Med",
    issued="2022-10",
    volume="28",
    issue="10",
    pages="2124-2132",
    doi="10.1038/s41591-022-02017-5",
    pmid="36109639",
    abstract="A sample text with CD19+ cells, p < 0.05 & 5% of Müller's words.",
)
ERRATUM = Notice(NoticeKind.ERRATUM, "", "10.1038/s41591-022-02091-9", "36329355")
#: Formats that have no field for corrections, and those that name them by DOI alone or have no PMID of the paper.
WITHOUT = {"reference-manager.ris", "endnote.xml", "library.bib", "zotero.json"}


def sample(name: str) -> bytes:
    return (CASES / name).read_bytes()


def rules(data: bytes) -> list[tuple[int, str]]:
    return [(each.line, each.rule) for each in read_export(data, Path("export")).diagnostics]


@pytest.mark.parametrize("name", NAMES)
def test_one_paper_is_read_alike_from_every_format(name: str) -> None:
    export = read_export(sample(name), Path(name))
    assert (export.name, export.diagnostics) == (NAMES[name], ())
    found, other = export.citations
    (*notices,) = [replace(each, text="") for each in found.notices]
    expected = [] if name in WITHOUT else [replace(ERRATUM, pmid=None) if name == "crossref.json" else ERRATUM]
    assert notices == expected
    head = replace(found, authors=tuple(found.authors), types=(), notices=(), trials=tuple(found.trials))
    if name == "crossref.json":
        head = replace(head, pmid=PAPER.pmid, abstract=head.abstract.removeprefix("Abstract "))
    assert head == PAPER
    assert (list(other.authors), other.journal, other.issued) == (["Granit V", "Benatar M"], "Lancet Neurol", "2023-07")
    assert list(other.trials) == ["NCT04146051"]


def test_every_format_has_a_sample_and_is_found_by_content_alone() -> None:
    found = [format_of(sample(name)) for name in NAMES]
    assert {each.name for each in found if each} == {each.name for each in FORMATS} == set(NAMES.values())
    for name, said in NAMES.items():
        assert next(each.name for each in FORMATS if each.begins(sample(name).decode())) == said


UNKNOWN = [b"", b"just words", b"\x00\x01\x02", b"<html><body>Sign in</body></html>", b"[]", b"{}", b"%PDF-1.7",
           b"PK\x03\x04", b'{"error": "rate limit"}', b"a,b\n1,2\n"]  # fmt: skip


@pytest.mark.parametrize("content", UNKNOWN)
def test_unknown_content_is_one_clear_line(content: bytes) -> None:
    export = read_export(content, Path("export.nbib"))
    assert export.records == ()
    assert [each.rule for each in export.diagnostics] == ["export-unknown"]
    assert "BibTeX" in export.diagnostics[0].message


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_what_a_cut_takes_away_is_named(name: str, share: float) -> None:
    data = sample(name)
    cut = data[: int(len(data) * share)].rstrip()
    whole, export = read_export(data, Path(name)), read_export(cut, Path(name))
    begun = min(2, cut.count(b"36109639") and 1 + (b"Granit" in cut and b"Safety and clinical" in cut))
    assert len(export.records) + len(export.diagnostics) >= begun
    if len(export.records) < len(whole.records):
        assert [each for each in export.diagnostics if each.severity is Severity.ERROR] or begun == len(export.records)
    assert name == "pubmed.nbib" or all(each in whole.citations for each in export.citations)


def test_the_records_before_a_cut_are_kept() -> None:
    for name in NAMES:
        data = sample(name)
        at = data.index(b"Safety and clinical") + 30
        export = read_export(data[:at], Path(name))
        assert [each.pmid or each.doi for each in export.citations] == [PAPER.doi if "crossref" in name else PAPER.pmid]
        assert "record-truncated" in {each.rule for each in export.diagnostics}, name


@pytest.mark.parametrize("name", [each for each in NAMES if not each.endswith(".xml")])
def test_a_wrong_encoding_is_named_with_its_line(name: str) -> None:
    data = f"{sample(name).decode()}\nü".encode("latin-1")
    line = data[: data.index("ü".encode("latin-1"))].count(b"\n") + 1
    assert rules(data) == [(line, "record-unreadable")]


@pytest.mark.parametrize("name", NAMES)
def test_utf_16_is_read_where_it_says_so(name: str) -> None:
    text = sample(name).decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
    assert read_export(text.encode("utf-16"), Path(name)).citations[0].title == PAPER.title


def test_an_encoding_that_xml_states_is_used() -> None:
    text = sample("endnote.xml").decode().replace('encoding="UTF-8"', 'encoding="ISO-8859-1"')
    assert read_export(text.encode("latin-1"), Path("e")).citations[0].authors[1] == "Müller F"
    assert rules(sample("endnote.xml").decode().encode("latin-1"))[-1][1] == "record-unreadable"


def test_a_paper_that_is_there_twice_is_taken_once() -> None:
    data = sample("reference-manager.ris")
    again = data + b"\nTY  - JOUR\nTI  - Anti-CD19 CAR-T cell therapy for refractory systemic lupus erythematosus\n"
    line = again.count(b"\n", 0, again.rindex(b"TY  -")) + 1
    export = read_export(again + b"DO  - 10.1038/S41591-022-02017-5\nER  - \n", Path("e"))
    assert len(export.records) == 2
    (found,) = export.diagnostics
    assert (found.rule, found.severity, found.line) == ("record-twice", Severity.WARNING, line)
    assert "line 4" in found.message


def test_two_papers_with_one_doi_are_both_taken_and_named() -> None:
    data = (
        sample("reference-manager.ris")
        + b"\nTY  - JOUR\nTI  - Another title\nDO  - 10.1038/s41591-022-02017-5\nER  - \n"
    )
    export = read_export(data, Path("e"))
    assert len(export.records) == 3
    assert [each.rule for each in export.diagnostics] == ["record-twice"]
    assert "another title" in export.diagnostics[0].message


ENTITIES = '<!DOCTYPE {0} [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE {0} [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declared", [ENTITIES, OUTSIDE])
@pytest.mark.parametrize(("name", "root"), [("pubmed.xml", "PubmedArticleSet"), ("endnote.xml", "xml")])
def test_declared_entities_are_refused(declared: str, name: str, root: str) -> None:
    text = sample(name).decode()
    body = text[text.index(f"<{root}>") :].replace("Anti-", "&a;", 1)
    export = read_export((declared.format(root) + body).encode(), Path(name))
    assert export.records == ()
    assert "declares entities" in export.diagnostics[0].message


@pytest.mark.parametrize(
    "data",
    [
        b"<PubmedArticleSet>" + b"<a>" * 100_000,
        b"<PubmedArticleSet><PubmedArticle>" + b"<a>" * 100_000,
        b'[{"type": "article", "DOI": "10.1/x", "a": ' + b"[" * 100_000,
        b'[{"type": "article", "DOI": "10.1/x", "volume": ' + b"9" * 10_000 + b"}]",
        b"@article{a, title={" + b"{" * 100_000 + b"}",
        b"@article{a, title={\\'" + b"{" * 5_000 + b"}" * 5_000 + b"}}",
        b"@article{a, title={" + b"\\input{/etc/passwd}" + b"}}",
        b"PMID- 1\n" + b"      x" * 100_000,
        b'<?xml version="1.0" encoding="no-such"?><PubmedArticleSet/>',
    ],
)
def test_hostile_exports_are_read_or_named_and_run_nothing(data: bytes) -> None:
    export = read_export(data, Path("e"))
    assert export.records or export.diagnostics
    assert not any("root:" in each.title for each in export.citations)


def test_the_parser_of_bibtex_says_nothing_beside_the_diagnostics(caplog: pytest.LogCaptureFixture) -> None:
    assert rules(b"@article{a, title={b}}\n@article{c, title={d\n") == [(2, "record-truncated")]
    assert caplog.records == []


@pytest.mark.parametrize("field", [b"AB", b"DO", b"TI"])
def test_long_numbers_are_read_once(field: bytes) -> None:
    data = b"TY  - A\nT1  - a\n" + field + b"  - 10." + b"1" * 500_000 + b"\nER  - \n"
    assert len(read_export(data, Path("e")).records) == 1


def test_other_elements_and_lines_are_named() -> None:
    xml = b"<PubmedArticleSet>\n<PubmedBookArticle/>\n<DeleteCitation/></PubmedArticleSet>"
    assert rules(xml) == [(2, "record-foreign"), (3, "record-foreign")]
    assert rules(b"TY  - A\nTI  - a\nER  - \nwords\n") == [(4, "record-foreign")]
    assert rules(b"TY  - A\nER  - \n") == [(1, "record-empty")]
    assert rules(b'[{"type": "article", "title": "a"}, 3]') == [(1, "record-foreign")]


def test_a_retraction_is_read_and_marks_the_paper() -> None:
    for name, said, other in (
        ("pubmed.nbib", b"EIN -", b"RIN -"),
        ("pubmed.xml", b"ErratumIn", b"RetractionIn"),
        ("crossref.json", b'"correction"', b'"retraction"'),
        ("europe-pmc.json", b"Erratum in", b"Retraction in"),
    ):
        found = read_export(sample(name).replace(said, other), Path(name)).citations[0]
        assert found.is_retracted, name
        assert found.said_notices.startswith("retraction: "), name
    notice = read_export(sample("pubmed.nbib").replace(b"EIN -", b"ROF -"), Path("e")).citations[0]
    assert not notice.is_retracted
    assert notice.said_notices == "is the retraction of PMID 36329355"
    listed = read_export(b"PMID- 36109639\nTI  - a\nPT  - Retracted Publication\n", Path("e")).citations[0]
    assert (listed.is_retracted, listed.said_notices) == (True, "retracted; no notice named")


@pytest.mark.whole
@pytest.mark.parametrize("name", NAMES)
def test_find_answers_for_every_format(name: str) -> None:
    done = CliRunner().invoke(cli, ["find", str(CASES / name), "--format", "json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert [row["publication"] for row in rows][:2] == ["mackensen-2022-natmed", "granit-2023-lancetneurol"]
    assert rows[0]["corrections"] == (
        "" if name in WITHOUT
        else "erratum: DOI 10.1038/s41591-022-02091-9" if name == "crossref.json" else "erratum: PMID 36329355"
    )  # fmt: skip


def test_an_export_is_drafted_into_a_folder_and_nothing_is_overwritten(tmp_project: Project, tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["--project", str(tmp_project.root), *arguments])
        return done.exit_code, done.output

    folder, export = tmp_path / "drafts", tmp_path / "e.ris"
    paper = "TY  - JOUR\nAU  - Alpha, A.\nTI  - {}\nJO  - Lancet\nPY  - 2026\nER  - \n"
    export.write_text(sample("reference-manager.ris").decode() + paper.format("One") + paper.format("Two"), "utf-8")
    code, said = run("draft", str(export))
    assert (code, "name a folder" in said) == (2, True), said
    code, said = run("draft", str(export), "--output", str(folder))
    assert code == 0, said
    assert "mackensen-2022-natmed.yaml is about this paper already" in " ".join(said.split())
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["alpha-2026-lancet-2.yaml", "alpha-2026-lancet.yaml", "granit-2023-lancet-neurol.yaml"]
    before = {path: path.read_bytes() for path in folder.iterdir()}
    code, said = run("draft", str(export), "--output", str(folder))
    assert code == 0, said
    assert all(path.read_bytes() == text for path, text in before.items())


def test_the_abstract_of_a_draft_is_beside_its_empty_rows(tmp_path: Path) -> None:
    one = tmp_path / "one.nbib"
    one.write_bytes(sample("pubmed.nbib").split(b"\n\n")[0] + b"\n")
    done = CliRunner().invoke(cli, ["draft", str(one)])
    assert done.exit_code == 0, done.output
    assert "\n\n# abstract: A sample text" in done.stdout
    assert done.stdout.index("# abstract:") > done.stdout.index("sources:")
    assert "kind: erratum" in done.stdout
    assert done.stdout.count("  unconfirmed: true") == 3
