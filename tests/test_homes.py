"""Home pages: what they show first, that they add up nothing, addresses, unknown names and parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import Store
from tests.asked import QUESTIONS
from tests.sample_site import EVIDENCE, sample_client
from tests.test_pages import BROWSER, StoreEngine

from cartkg.facts.homes import KINDS, bounds, home, slug
from cartkg.facts.records import AnswerTerm
from cartkg.namespaces import RDFS, SKOS, TERM
from cartkg.naming import Nameable
from cartkg.project import find
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.present.sorting import sort_of
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.testing import FlaskClient

LUPUS = Nameable("http://e/lupus", "lupus", ("SLE",))


def row(**cells: str) -> dict[str, AnswerTerm]:
    return {name: AnswerTerm(text, "uri" if text.startswith("http") else "literal") for name, text in cells.items()}


def result(measure: str, cohort: str, reached: str, assessed: str, **more: str) -> dict[str, AnswerTerm]:
    limits = {"low": "10", "high": "90", "became": "met", "report": cohort, "finding": "http://e/f", **more}
    return row(measure=measure, cohort=f"http://e/{cohort}", reached=reached, assessed=assessed, **limits)


ANSWERS = {
    "patients-once": [
        row(disease="lupus", outcome="treated", low="12", without_press="7", cohorts="5", count="http://e/count"),
        row(disease="lupus", target="CD19", outcome="treated", low="10", high="10", cohorts="4"),
        row(disease="lupus", target="BCMA", outcome="treated", low="2", high="4", cohorts="2"),
        row(disease="lupus", outcome="remission", low="3", high="9", without_press="1", cohorts="3"),
        row(disease="lupus", outcome="response", low="5", high="5", without_press="5", cohorts="1"),
        row(disease="lupus", outcome="nobody surely", low="0", high="9", without_press="0", cohorts="1"),
        row(disease="lupus", target="CD19", outcome="response", low="4", high="5", without_press="4", cohorts="1"),
    ],
    "trials": [
        row(trial="NCT2", status="completed", planned="99", entry="http://e/t2"),
        row(trial="NCT1", status="recruiting", planned="5", youngest="12", entry="http://e/t1", as_of="2026-01-01"),
    ],
    "crs-by-grade": [
        row(cohort="http://e/a", grade="1", became="present", reached="2", assessed="10"),
        row(cohort="http://e/a", grade="any grade", became="present", reached="6", assessed="10"),
        row(cohort="http://e/b", grade="1", became="present", reached="1", assessed="1"),
        row(cohort="http://e/c", grade="3 or higher", became="present", reached="0", assessed="4"),
        row(cohort="http://e/d", grade="1", became="absent", reached="3", assessed="99"),
        row(cohort="http://e/e", grade="1", became="present", share="10", assessed="99"),
    ],
    "summary-of-findings": [
        row(
            outcome="response",
            low="5",
            high="5",
            without_press="5",
            studies="1",
            trials="1",
            certainty="very low",
            lowered="not all randomised",
        ),
        row(outcome="remission", low="3", high="9", without_press="1", studies="3", certainty="very low"),
        row(outcome="nobody surely", low="0", high="9", without_press="0", studies="1", certainty="very low"),
    ],
    "overlaps": [
        row(first_name="A", second_name="B", degree="likely overlap", least="3"),
        row(first_name="A", second_name="C", degree="excluded overlap"),
        row(first_name="B", second_name="C", degree="overlap known", least="2", most="6", basis="same trial"),
    ],
    "response-by-disease-and-target": [
        result("remission", "a", "3", "4", months="3"),
        result("remission", "a", "4", "4", months="12"),
        result("remission", "a", "1", "1", months="24"),
        result("remission", "b", "2", "9", read="press only", marks="may share patients with C"),
        result("remission", "c", "9", "4"),
        result("remission", "d", "4", "4", became="not met"),
        result("response", "a", "0", "4"),
    ],
    "conflicts": [row(about="9 or 10?", first="9", second="10", status="open", conflict="http://e/k")],
    "evidence-base": [row(illness=LUPUS.iri, studies="8", randomised="0")],
}


def ask(name: str, settings: Sequence[tuple[str, str]]) -> list[Mapping[str, AnswerTerm]]:
    assert all(value in {LUPUS.iri, "outcomes"} for _, value in settings)
    return list(ANSWERS.get(name, []))


def test_a_home_page_takes_its_numbers_from_stored_questions_and_adds_up_nothing() -> None:
    shown = home(KINDS["diseases"], LUPUS, ask)
    assert (shown.once, shown.without_press, shown.count) == ("at least 12", "7", "http://e/count")
    assert shown.figures == {"studies": "8", "randomised studies": "0", "registered trials": "2"}
    sections = {section.title: section for section in shown.sections}
    by_target = sections["Patients by target, each counted once"]
    assert [[link.text for link in cells] for cells in by_target.rows] == [["CD19", "10", "4"], ["BCMA", "2 to 4", "2"]]
    outcomes = sections["Summary of findings"]
    assert [[link.text for link in cells] for cells in outcomes.rows] == [
        ["response", "5", "5", "1", "", "1", "very low", "not all randomised"],
        ["remission", "3 to 9", "1", "3", "", "", "very low", ""],
    ]
    twice = sections["Possible double counting"]
    assert [[link.text for link in cells] for cells in twice.rows] == [
        ["B", "C", "overlap known", "2 to 6", "same trial"],
        ["A", "B", "likely overlap", "at least 3", ""],
    ], "pairs that share no patient are left out"
    trials = sections["Registered trials, 1 recruiting when last read"]
    assert [cells[0].text for cells in trials.rows] == ["NCT1", "NCT2"]
    assert [cells[5].text for cells in trials.rows] == ["from 12", ""]
    assert "Where sources disagree" in sections
    assert "Products" not in sections, "empty tables are left out"


@pytest.mark.parametrize(("path", "name"), [("targets", "target"), ("products", "product")])
def test_the_page_of_a_target_or_product_counts_all_its_patients(path: str, name: str) -> None:
    whole = row(outcome="treated", low="20", high="31", without_press="9", cohorts="5", count="http://e/all")
    part = row(outcome="treated", low="12", disease="lupus", cohorts="3", count="http://e/part")
    named = {name: row(x="CD19")["x"]}
    rows: list[Mapping[str, AnswerTerm]] = [{**part, **named}, {**whole, **named}]
    shown = home(KINDS[path], LUPUS, lambda asked, _settings: rows if asked == "patients-once" else [])
    assert (shown.once, shown.without_press, shown.count) == ("20 to 31", "9", "http://e/all")


def test_the_strip_counts_groups_and_compares_shares() -> None:
    crs, icans, *_ = home(KINDS["diseases"], LUPUS, ask).strip
    assert (crs.groups, crs.with_cases, crs.largest) == (3, 2, "6 of 10")
    assert crs.grades == {"1": 2, "any grade": 1}
    assert (icans.groups, icans.largest, icans.grades) == (0, "", {})


def test_the_forest_draws_one_result_of_a_group_and_nothing_impossible() -> None:
    drawn = home(KINDS["diseases"], LUPUS, ask).forest
    assert drawn is not None
    assert [(each.name, each.total) for each in drawn.outcomes] == [("remission", 2), ("response", 1)]
    remission = drawn.outcomes[0].marks
    assert [(mark.report, mark.reached, mark.assessed) for mark in remission] == [("a", 4, 4), ("b", 2, 9)]
    assert [(mark.is_press, mark.may_share) for mark in remission] == [(False, False), (True, True)]
    assert remission[1].side > remission[0].side
    assert drawn.lines == 5
    assert home(KINDS["measures"], LUPUS, ask).forest is None


def test_what_is_not_known_is_said() -> None:
    said = " ".join(home(KINDS["diseases"], LUPUS, ask).unknown)
    for part in (
        "leaves the upper bound open",
        "no study here is randomised",
        "Deaths: no group of patients has a count",
    ):
        assert part in said
    assert "Cytokine release syndrome: no group" not in said
    nothing = home(KINDS["products"], LUPUS, lambda _name, _settings: [])
    assert (nothing.once, nothing.sections) == ("", ())
    assert nothing.unknown[0] == "How many patients were treated: the build counts none who received this product."
    untreated = home(KINDS["diseases"], LUPUS, lambda _name, _settings: [])
    assert "the build counts none with this disease" in untreated.unknown[0]


@pytest.mark.parametrize("path", KINDS)
def test_every_kind_has_a_home_page(path: str) -> None:
    shown = home(KINDS[path], LUPUS, ask)
    assert shown.kind.path == path
    assert all(section.total >= len(section.rows) > 0 for section in shown.sections)
    assert all(len(cells) == len(section.headings) for section in shown.sections for cells in section.rows)


@pytest.mark.parametrize("path", KINDS)
def test_every_heading_sorts_the_whole_answer_by_a_column_of_its_question(path: str) -> None:
    """Trials and others have a heading for each kind of page; the questions are those of the project."""
    answered = {question.name: {column.name for column in question.answers} for question in QUESTIONS}
    for section in home(KINDS[path], LUPUS, ask).sections:
        for heading in section.headings:
            assert sort_of(section, heading).removeprefix("-") in answered[section.question], (section.title, heading)


def test_bounds_and_names() -> None:
    assert bounds(row(low="3")) == "at least 3"
    assert bounds(row(low="3", high="3")) == "3"
    assert bounds(row(low="3", high="5")) == "3 to 5"
    assert slug("Sjögren's syndrome (primary)") == "sjogren-s-syndrome-primary"


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return sample_client(
        f"<http://e/gout> a <{TERM}Disease> ; <{RDFS}label> 'gout arthritis' . "
        f"<http://e/gout> <{SKOS}altLabel> 'podagra' . "
        f"<http://e/cohort> <{TERM}hasDisease> <http://e/gout>, <http://e/beta> . "
        f"<http://e/beta> a <{TERM}Disease> ; <{RDFS}label> 'anti-β disease'"
    )


@pytest.mark.parametrize("path", KINDS)
def test_lists_lead_to_pages_that_exist(client: FlaskClient, path: str) -> None:
    listed = client.get(f"/{path}", headers={"Accept": BROWSER})
    assert (listed.status_code, f"<h1>{KINDS[path].plural}" in listed.text) == (200, True)
    assert client.get(f"/{path}", headers={"Accept": "text/turtle"}).mimetype == "text/turtle"
    for address in set(re.findall(rf'href="(/{path}/[^"]+)"', listed.text)):
        page = client.get(address, headers={"Accept": BROWSER})
        assert page.status_code == 200, address
        assert len(page.data) < 100_000
        assert address.isascii()


def test_a_list_has_the_most_groups_first_and_adds_up_nothing() -> None:
    store = Store()
    groups = "".join(
        f"<http://e/c{number}> <{TERM}receivedTherapy> <http://e/therapy{thing}> ; <{TERM}patientCount> {size} ."
        for number, (thing, size) in enumerate([("A", 9), ("B", 4), ("B", 6), ("B", 5)])
    )
    things = "".join(
        f"<http://e/therapy{name}> <{TERM}targets> <http://e/{name}> . "
        f"<http://e/{name}> a <{TERM}TargetAntigen> ; <{RDFS}label> '{name}' ."
        for name in "AB"
    )
    groups += f"<http://e/c9> <{TERM}receivedTherapy> <http://e/therapyB> ."  # of no stated size
    trial = f"<http://e/trial> a <{TERM}ClinicalTrial> ; <{TERM}investigates> <http://e/therapyA> ."
    store.update(f"INSERT DATA {{ {groups} {things} {trial} }}")
    settings = AppSettings(ServedRelease("2026-11-22", digest="d2"), find(EVIDENCE.parent))
    text = create_app(StoreEngine(store), settings, BLUEPRINTS).test_client().get("/targets").text
    rows = re.findall(r'href="/targets/(\w)">.*?Groups">(\d+)<.*?largest">(\d+)<.*?trials">(\d+)<', text)
    assert rows == [("b", "4", "6", "0"), ("a", "1", "9", "1")]


def test_other_names_lead_to_the_page_and_unknown_ones_are_told(client: FlaskClient) -> None:
    address = "/diseases/gout-arthritis"
    for name in ("Podagra", "GOUT-ARTHRITIS"):
        moved = client.get(f"/diseases/{name}")
        assert (moved.status_code, moved.headers["Location"]) == (303, address)
    missing = client.get("/diseases/gout-artritis", headers={"Accept": BROWSER})
    assert missing.status_code == 404
    assert f'href="{address}"' in missing.text
    assert client.get("/diseases/%3Cscript%3E", headers={"Accept": BROWSER}).status_code == 404
    for wrong in (f"{address}?target=cd19", "/diseases?sort=name"):
        refused = client.get(wrong)
        assert refused.status_code == 400
        assert b"unknown parameter" in refused.data


def test_a_page_can_be_saved_and_cited(client: FlaskClient) -> None:
    address = "/diseases/gout-arthritis"
    cited = f"https://w3id.org/cartkg{address}?release=2026-11-22"
    assert cited in client.get(address, headers={"Accept": BROWSER}).text
    assert client.get(f"{address}?release=2026-11-22").status_code == 200
    other = client.get(f"{address}?release=2020-01-01", headers={"Accept": BROWSER})
    assert (other.status_code, "from release 2026-11-22" in other.text) == (410, True)
    assert f'href="{address}">The answer of today' in other.text
    for wrong in ("2030-01-01", "latest"):
        assert client.get(f"{address}?release={wrong}").status_code == 400, wrong
    saved = client.get(f"{address}.json").get_json()
    assert (saved["name"], saved["release"], saved["url"]) == ("gout arthritis", "2026-11-22", cited)
    assert {table["title"] for table in saved["tables"]} >= {"Toxicity"}
    table = client.get(f"{address}.csv")
    assert (table.mimetype, table.text.splitlines()[0]) == ("text/csv", '\ufeff"gout arthritis"')
    assert client.get("/diseases/podagra.csv").headers["Location"] == f"{address}.csv"
    for missing in (f"{address}.svg", f"{address}.pdf", f"{address}.json.csv"):
        assert client.get(missing).status_code == 404, missing


def test_the_page_of_a_thing_leads_to_its_home_page(client: FlaskClient) -> None:
    assert 'href="/diseases/gout-arthritis"' in client.get("/about?iri=http://e/gout").text
