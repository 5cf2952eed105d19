"""The worklist: what searches find comes in once, what people decide stays, and all numbers of the flow add up."""

from __future__ import annotations

import json
import shlex
import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tests.command import cartkg
from tests.services import PUBMED, RECORDED, Answer, Services, said, write_searches
from tests.test_add import copied
from tests.test_contributing import commands
from tests.test_finding_papers import CORPUS

from cartkg.cli import cli
from cartkg.dossier.reading import read_bytes
from cartkg.errors import BackendError
from cartkg.literature.formats.citation import Citation, Notice, NoticeKind
from cartkg.literature.registries.proposal import compare_trials
from cartkg.literature.registries.recognition import read_register
from cartkg.literature.screening.diagram import as_svg, as_text
from cartkg.literature.screening.flow import flow_of
from cartkg.literature.screening.reading import reading_of, unchecked
from cartkg.literature.screening.searches import Search, read_searches
from cartkg.literature.screening.watching import Watch
from cartkg.literature.screening.worklist import (
    COLUMNS,
    Decision,
    ExclusionStage,
    Item,
    State,
    Worklist,
    WorklistReferences,
    problems_of,
    read_worklist,
)
from cartkg.project import Project, find

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from click.testing import Result

ROOT = Path(__file__).resolve().parents[1]
WALK = (ROOT / "docs" / "guides" / "literature.md").read_text("utf-8")
DAY = date(2026, 11, 30)
FILE = Path("worklist.tsv")
AROUND = WorklistReferences(frozenset({"p", "q", "t"}), {"alpha-2024": True, "beta-2023": False})
SEARCHES = (Search("p", "pubmed", "x"), Search("q", "europe-pmc", "x"), Search("t", "clinicaltrials-gov", "x"))
GOOD = Item("pmid-1", title="One", pmid="1", searches=("p",), found="2026-11-30")
RETRACTION = Notice(NoticeKind.RETRACTION, "J 2025", pmid="77")


def rules(text: str, around: WorklistReferences | None = AROUND) -> list[tuple[int, int, str]]:
    found = read_worklist(text.encode(), FILE, around)
    return [(each.line, each.column, each.rule) for each in found.diagnostics]


def written(*items: Item) -> str:
    return Worklist(items).text


def watched(worklist: Worklist, papers: Sequence[Citation], search: str = "p") -> Watch:
    watch = Watch.of(worklist, DAY)
    watch.take_papers(search, papers, CORPUS)
    return watch


def after(watch: Watch) -> Worklist:
    return Worklist(tuple(watch.items.values()))


def test_what_is_written_is_read_back() -> None:
    item = replace(GOOD, news=("retracted", "erratum: PMID 5"), searches=("p", "q"), note="a\tb\nc")
    read = read_worklist(written(item, replace(GOOD, id="b", pmid="2")).encode(), FILE, AROUND)
    assert read.diagnostics == ()
    assert read.items == (replace(item, note="a b c"), replace(GOOD, id="b", pmid="2"))
    assert read.text == written(*read.items)


@pytest.mark.parametrize(
    ("change", "column", "rule"),
    [
        ({"id": "A b"}, "id", "worklist-id"),
        ({"state": "done"}, "state", "worklist-state"),
        ({"state": "excluded", "by": "a", "on": "2026-11-30", "reason": "x"}, "stage", "worklist-stage"),
        ({"state": "excluded", "by": "a", "on": "2026-11-30", "stage": "full-text"}, "reason", "worklist-reason"),
        ({"reason": "animals"}, "reason", "worklist-reason"),
        ({"state": "to-extract", "on": "2026-11-30"}, "by", "worklist-by"),
        ({"state": "to-extract", "by": "a"}, "on", "worklist-on"),
        ({"state": "extracted"}, "in_graph", "worklist-in-graph"),
        ({"state": "extracted", "in_graph": "nowhere"}, "in_graph", "worklist-in-graph"),
        ({"state": "checked", "in_graph": "beta-2023"}, "state", "worklist-state"),
        ({"found": "30.11.2026"}, "found", "worklist-found"),
        ({"searches": ("gone",)}, "searches", "worklist-searches"),
        ({"doi": "doi:10.1/2"}, "doi", "worklist-doi"),
        ({"pmid": "PMC1"}, "pmid", "worklist-pmid"),
        ({"trial": "NCT1"}, "trial", "worklist-trial"),
        ({"title": "", "pmid": ""}, "title", "worklist-title"),
    ],
)
def test_a_mistake_is_named_at_its_cell(change: dict[str, str], column: str, rule: str) -> None:
    item = replace(GOOD, **change)  # type: ignore[arg-type]
    at = 1 + len("\t".join(item.cells[: COLUMNS.index(column)])) + bool(COLUMNS.index(column))
    assert rules(written(replace(GOOD, id="z", pmid="9"), item)) == [(3, at, rule)]


def test_a_line_of_another_form_is_named() -> None:
    assert rules("id\tstate\n") == [(1, 1, "worklist-form")]
    assert rules("") == [(1, 1, "worklist-form")]
    assert rules(f"{written(GOOD)}a\tb\n\n") == [(3, 1, "worklist-form"), (4, 1, "worklist-form")]
    assert [each.line for each in read_worklist(written(GOOD).encode() + b"\xff", FILE).diagnostics] == [3]


def test_one_paper_on_two_lines_is_named() -> None:
    assert [each[0::2] for each in rules(written(GOOD, replace(GOOD, id="b")))] == [(3, "worklist-pmid")]
    assert [each[0::2] for each in rules(written(GOOD, replace(GOOD, pmid="2")))] == [(3, "worklist-id")]


def test_what_a_search_finds_comes_in_once() -> None:
    papers = [Citation("A new report of nine people", doi="10.1000/z", pmid="5"), Citation("Known", pmid="12345678")]
    first = watched(Worklist(), papers)
    assert [(each.id, each.state, each.in_graph) for each in first.items.values()] == [
        ("pmid-5", "new", ""),
        ("pmid-12345678", "extracted", "alpha-2024"),
    ]
    second = watched(after(first), [Citation("The same elsewhere", doi="10.1000/Z")], "q")
    assert (second.added.total(), second.reported) == (0, [])
    assert second.items["pmid-5"].searches == ("p", "q")
    assert watched(after(second), papers).items == second.items
    assert rules(after(second).text) == []


def test_a_record_without_identifier_is_known_by_its_title() -> None:
    first = watched(Worklist(), [Citation("A talk on something"), Citation("Another talk")])
    assert list(first.items) == ["a-talk-on-something", "another-talk"]
    assert watched(after(first), [Citation("A Talk, on something.")], "q").added.total() == 0


def test_a_title_counts_where_no_identifier_says_otherwise() -> None:
    title = "What five patients had after the treatment"
    first = watched(Worklist(), [Citation(title, pmid="5")])
    elsewhere = watched(after(first), [Citation(title, doi="10.1000/z"), Citation("Editorial", doi="10.1000/e")], "q")
    assert (elsewhere.items["pmid-5"].doi, elsewhere.added.total()) == ("10.1000/z", 1)
    preprint = watched(after(elsewhere), [Citation(title, doi="10.1000/pre"), Citation("Editorial", pmid="9")])
    assert preprint.added.total() == 2


def test_what_may_be_the_same_report_is_said() -> None:
    paper = Citation("CAR T cells in ten patients with lupus nephritis of kidney", doi="10.1000/q")
    (item,) = watched(Worklist(), [paper]).items.values()
    assert (item.state, item.in_graph) == ("new", "")
    assert item.note.startswith("possibly the same report: alpha-2024 (titles share")


def test_a_retraction_is_news_until_someone_has_looked() -> None:
    paper = Citation("Known", pmid="12345678")
    first = watched(Worklist(), [paper])
    retracted = replace(paper, notices=(RETRACTION,))
    second = watched(after(first), [retracted])
    (item,) = second.reported
    assert item.news == ("retracted: PMID 77",)
    assert watched(after(second), [retracted]).reported == []
    seen = item.decided(Decision(State.EXTRACTED, "ab", DAY))
    assert (seen.news, seen.seen) == ((), ("retracted: PMID 77",))
    assert watched(Worklist((seen,)), [retracted]).reported == []


def test_a_retraction_without_a_notice_is_news_too() -> None:
    watch = watched(Worklist(), [Citation("x", pmid="8", types=("Retracted Publication",))])
    assert watch.reported[0].news == ("retracted",)


def test_a_retraction_notice_is_no_retracted_paper() -> None:
    own = Citation("Retraction of x", pmid="8", notices=(replace(RETRACTION, is_this=True),))
    assert watched(Worklist(), [own]).reported == []


STORED = """trials:
- {id: nct04146051, number: NCT04146051, title: x, phase: phase-2,
   status: [{id: s1, status: recruiting, date: '2023-05-19'}]}
"""


def test_a_trial_that_was_completed_is_news() -> None:
    cases = Path(__file__).parent / "cases" / "registers"
    export = read_register((cases / "study-2025.json").read_bytes(), Path("x"))
    compared = compare_trials(export.trials, read_bytes(STORED.encode(), Path("trials.yaml")).root, Path("x"))
    watch = Watch.of(Worklist(), DAY)
    watch.take_trials("t", compared.trials)
    (item,) = watch.items.values()
    assert (item.id, item.state, item.in_graph) == ("nct04146051", "extracted", "nct04146051")
    assert item.news[0] == "completed: recruiting (2023-05-19) -> completed (2025-11-10)"


def test_lines_with_one_id_get_numbers() -> None:
    longest = "x" * 90
    watch = watched(Worklist(), [Citation("a", doi=f"10.1000/{longest}1"), Citation("b", doi=f"10.1000/{longest}2")])
    assert len(watch.items) == 2
    assert not [each for item in watch.items.values() for each in problems_of(item)]


FLOW = (
    GOOD,
    replace(GOOD, id="b", pmid="2", searches=("p", "q")),
    replace(
        GOOD,
        id="c",
        pmid="3",
        state=State.EXCLUDED,
        stage=ExclusionStage.TITLE,
        reason="animals",
        searches=("p", "q", "t"),
    ),
    replace(GOOD, id="d", pmid="4", state=State.EXCLUDED, stage=ExclusionStage.RETRIEVAL, reason="no text"),
    replace(GOOD, id="e", pmid="5", state=State.EXCLUDED, stage=ExclusionStage.FULL_TEXT, reason="no <patients>"),
    replace(GOOD, id="f", pmid="6", state=State.TO_EXTRACT),
    replace(GOOD, id="g", pmid="7", state=State.EXTRACTED, in_graph="alpha-2024"),
    replace(GOOD, id="h", pmid="", trial="NCT04146051", state=State.CHECKED, in_graph="x", searches=()),
)


def test_the_flow_counts_each_record_in_one_place() -> None:
    flow = flow_of(FLOW, SEARCHES)
    assert (flow.databases, flow.registers, flow.by_hand, flow.duplicates) == (9, 1, 1, 3)
    assert (flow.screened, flow.waiting, flow.sought, flow.assessed) == (6, 2, 5, 3)
    assert (flow.excluded, flow.rejected) == ({"animals": 1}, {"no <patients>": 1})
    assert (flow.not_retrieved, flow.to_read, flow.reports, flow.trials) == (1, 1, 1, 1)


ITEMS = st.lists(
    st.builds(
        Item,
        id=st.just("x"),
        state=st.sampled_from(list(State)),
        stage=st.sampled_from(list(ExclusionStage)),
        reason=st.sampled_from(["a", "b"]),
        trial=st.sampled_from(["", "NCT04146051"]),
        searches=st.lists(st.sampled_from(["p", "q", "t"]), unique=True).map(tuple),
    ),
    max_size=20,
)


@given(ITEMS)
def test_the_numbers_of_a_flow_add_up(items: list[Item]) -> None:
    flow = flow_of(items, SEARCHES)
    assert flow.identified - flow.duplicates == len(items)
    assert flow.assessed - sum(flow.rejected.values()) == flow.reports + flow.trials
    assert min(flow.duplicates, flow.screened, flow.sought, flow.assessed) >= 0


def test_the_diagram_says_what_the_text_says() -> None:
    flow = flow_of(FLOW, SEARCHES)
    root = ET.fromstring(as_svg(flow))  # noqa: S314  # our own
    drawn = " ".join(each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text"))
    for line in as_text(flow).splitlines():
        said_here = line.strip().removeprefix("-> ").strip()
        assert said_here in drawn or said_here in {"Identification", "Screening", "Included"}
    assert "no <patients> (n = 1)" in drawn


def test_boxes_of_the_diagram_do_not_overlap() -> None:
    many = [
        replace(
            GOOD,
            id=f"x{rank}",
            state=State.EXCLUDED,
            stage=ExclusionStage.FULL_TEXT,
            reason=f"{'long reason ' * 9}{rank}",
        )
        for rank in range(40)
    ]
    root = ET.fromstring(as_svg(flow_of(many, SEARCHES)))  # noqa: S314  # our own
    boxes = [
        tuple(int(each.attrib[name]) for name in ("x", "y", "width", "height"))
        for each in root.iter("{http://www.w3.org/2000/svg}rect")
        if "x" in each.attrib
    ]
    for one, (left, top, width, height) in enumerate(boxes):
        for x, y, _, _ in boxes[one + 1 :]:
            assert not (left <= x < left + width and top <= y < top + height)
    assert "other reasons (n = 28)" in as_text(flow_of(many, SEARCHES))


def test_who_has_checked_is_read_from_dossiers() -> None:
    readings = [
        reading_of("a", "read_by: a\nchecked_by: 'b'\npublication:\n  checked_by: z\n"),
        reading_of("b", "read_by: a\n"),
        reading_of("c", "read_by: a\nchecked_by: A\n"),
        reading_of("d", "read_by: a\n# checked_by: b\n"),
    ]
    assert [each.key for each in unchecked(readings)] == ["b", "c", "d"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("searches:\n- {id: a, service: pubmed, query: x}\n", []),
        ("searches:\n- {id: A, service: pubmed, query: x}\n", [(2, 4, "search-id")]),
        ("searches:\n- {id: a, service: google, query: x}\n", [(2, 11, "search-service")]),
        ("searches:\n- {id: a, service: pubmed}\n", [(2, 3, "search-query")]),
        ("searches:\n- {id: a, service: pubmed, query: x, qery: y}\n", [(2, 38, "search-field")]),
        ("searches:\n- {id: a, service: pubmed, query: x}\n- {id: a, service: pubmed, query: y}\n",
         [(3, 4, "search-twice")]),
        ("searches:\n- a\n", [(2, 3, "search-field")]),
        ("search: []\n", [(1, 1, "search-field")]),
        ("[]", [(1, 1, "search-field")]),
        ("a: [", [(2, 1, "dossier-unreadable")]),
    ],
)  # fmt: skip
def test_a_mistake_in_saved_searches_is_named(text: str, expected: list[tuple[int, int, str]]) -> None:
    found = read_searches(text.encode(), Path("searches.yaml"))
    assert [(each.line, each.column, each.rule) for each in found.diagnostics] == expected


def test_the_saved_searches_of_the_project_are_sound() -> None:
    path = find(Path(__file__).parent).root / "data" / "searches.yaml"
    found = read_searches(path.read_bytes(), path)
    assert found.diagnostics == ()
    assert len(found.searches) == 3


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    with Services() as running:
        for name, value in running.variables.items():
            monkeypatch.setenv(name, value)
        yield running


def run(project: Project, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--project", str(project.root), *words])


def lines(project: Project) -> dict[str, Item]:
    return {each.id: each for each in read_worklist((project.root / "data" / "worklist.tsv").read_bytes(), FILE).items}


@pytest.mark.usefixtures("cold")
@pytest.mark.whole
def test_searches_become_a_worklist_and_a_flow(services: Services, empty: Project) -> None:
    write_searches(empty)
    done = run(empty, "watch")
    assert done.exit_code == 0, done.output
    assert "lines added: 2 extracted, 2 new; lines with news: 2" in done.stderr
    items = lines(empty)
    assert list(items) == ["pmid-36109639", "pmid-12345678", "nct04146051", "nct06799247"]
    assert items["pmid-36109639"].searches == ("pubmed-lupus", "epmc-lupus")
    assert items["pmid-36109639"].news == ("erratum: PMID 36329355",)
    assert items["nct04146051"].in_graph == "nct04146051"
    assert items["nct04146051"].news[0].startswith("completed: ")
    asked = len(services.asked)
    again = run(empty, "watch")
    assert "lines added: none; lines with news: 0" in again.stderr
    assert "wrote" not in again.stderr
    assert len(services.asked) == asked, "answers of the same day are kept"
    refused = run(empty, "screen", "set", "excluded", "pmid-12345678", "--by", "ab")
    assert refused.exit_code == 1
    assert "pmid-12345678: what is excluded has a reason" in refused.stderr
    words = ("--stage", "title-abstract", "--reason", "no CAR", "--by", "ab")
    assert run(empty, "screen", "set", "excluded", "pmid-12345678", *words).exit_code == 0
    assert run(empty, "screen", "set", "to-extract", "pmid-36109639", "--by", "ab").exit_code == 0
    listed = json.loads(run(empty, "screen", "list", "--state", "excluded", "--format", "json").stdout)
    assert [(each["id"], each["reason"]) for each in listed] == [("pmid-12345678", "no CAR (title-abstract)")]
    drawn = empty.root / "flow.svg"
    shown = run(empty, "screen", "flow", "--output", str(drawn))
    assert "Databases (n = 4)\n    Registers (n = 2)" in shown.stdout.replace("  Reg", "    Reg")
    assert drawn.read_text("utf-8").startswith("<svg")
    assert run(empty, "screen", "set", "checked", "pmid-36109639", "--in-graph", "none", "--by", "b").exit_code == 1


@pytest.mark.whole
@pytest.mark.usefixtures("cold")
def test_a_search_that_fails_changes_nothing_and_the_others_count(services: Services, empty: Project) -> None:
    write_searches(empty)
    whole = services.answers["/pubmed/efetch.fcgi"]
    services.answers["/pubmed/efetch.fcgi"] = lambda _: Answer(b"no", 400)
    done = run(empty, "watch")
    assert isinstance(done.exception, BackendError)
    assert str(done.exception) == "not complete: pubmed-lupus; run again to go on"
    assert {each.searches for each in lines(empty).values()} == {("epmc-lupus",), ("trials-mg",)}
    services.answers["/pubmed/efetch.fcgi"] = whole
    before = len(services.asked)
    assert run(empty, "watch").exit_code == 0
    assert services.paths[before:] == ["/pubmed/efetch.fcgi"]


@pytest.mark.usefixtures("cold")
def test_a_mistake_in_a_file_sends_no_request(services: Services, empty: Project) -> None:
    write_searches(empty)
    (empty.root / "data" / "worklist.tsv").write_text("id\n", "utf-8")
    done = run(empty, "watch")
    assert done.exit_code == 1
    assert "worklist.tsv:1:1: error: worklist-form: " in done.stderr
    (empty.root / "data" / "worklist.tsv").unlink()
    assert run(empty, "watch", "nowhere").exit_code == 2
    write_searches(empty, "searches:\n- {id: x}\n")
    assert run(empty, "watch").exit_code == 1
    assert services.asked == []


@pytest.mark.whole
@pytest.mark.usefixtures("cold")
def test_a_dry_run_writes_nothing(services: Services, empty: Project) -> None:
    write_searches(empty)
    done = run(empty, "watch", "trials-mg", "--dry-run", "--format", "json")
    assert {each["id"] for each in json.loads(done.stdout)} == {"nct04146051", "nct06799247"}
    assert not (empty.root / "data" / "worklist.tsv").exists()
    assert set(services.paths) == {"/clinicaltrials_gov/studies"}


def test_dossiers_that_nobody_has_checked_are_listed(empty: Project) -> None:
    write_searches(empty)
    folder = empty.root / "data" / "dossiers"
    folder.mkdir()
    (folder / "a-2024.yaml").write_text("key: a-2024\nread_by: a\n", "utf-8")
    (folder / "b-2024.yaml").write_text("key: b-2024\nread_by: a\nchecked_by: b\n", "utf-8")
    done = run(empty, "screen", "unchecked", "--format", "csv")
    assert done.stdout.splitlines() == ["dossier,read by,checked by,line", "a-2024,a,,"]
    assert "1 of 2 dossiers are not checked by a second reader" in done.stderr


@pytest.mark.whole
@pytest.mark.usefixtures("cold")
def test_the_walk_of_the_guide_leads_from_a_search_to_an_answer(services: Services, tmp_path: Path) -> None:
    root = copied(tmp_path)
    shutil.copytree(ROOT / "queries", root / "queries", dirs_exist_ok=True)
    write_searches(Project(root, root / ".cartkg"))
    whole = services.answers["/pubmed/esearch.fcgi"]
    services.answers["/pubmed/efetch.fcgi"] = lambda _: RECORDED["/pubmed/efetch.fcgi"]({"id": ",".join(PUBMED)})
    services.answers["/pubmed/esearch.fcgi"] = lambda named: (
        said({"esearchresult": {"count": "1", "idlist": [PUBMED[0]]}}) if "[uid]" in named["term"] else whole(named)
    )
    example = (ROOT / "tests" / "cases" / "dossiers" / "alpha-2025-lancet.yaml").read_text("utf-8")
    (root / "my-study.yaml").write_text(example.replace("alpha-2025-lancet", "my-2025-study"), "utf-8")
    done: dict[str, str] = {}
    for command in commands(WALK, "From a search to an answer"):
        # a form in the browser is served until it is ended: tests/browser/test_curation.py fills it in
        if not command.startswith(("export", "cartkg curate")):
            program, *words = shlex.split(command)
            given = cartkg(root, *words)
            assert (program, given.returncode) == ("cartkg", 0), f"{command}\n{given.stdout}\n{given.stderr}"
            done[words[0]] = given.stdout
    assert "Alpha 2025" in done["query"]
    assert lines(Project(root, root / ".cartkg"))["pmid-36109639"].state == "extracted"
