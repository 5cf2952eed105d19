"""Home pages: what they show first, that they add up nothing, addresses, unknown names and parameters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import RdfFormat, Store
from tests.test_pages import BROWSER, StoreEngine

from cartkg.facts.homes import KINDS, bounds, home, slug
from cartkg.facts.records import AnswerTerm
from cartkg.namespaces import RDFS, SKOS, TERM
from cartkg.naming import Choice
from cartkg.project import find
from cartkg.web import create_app
from cartkg.web.http.settings import Release, Settings
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.testing import FlaskClient

EVIDENCE = Path(__file__).parent / "cases" / "pages" / "evidence.ttl"
LUPUS = Choice("http://e/lupus", "lupus", ("SLE",))


def row(**cells: str) -> dict[str, AnswerTerm]:
    return {name: AnswerTerm(text, "uri" if text.startswith("http") else "literal") for name, text in cells.items()}


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
    outcomes = sections["Best-supported outcomes: patients counted once"]
    assert [[link.text for link in cells] for cells in outcomes.rows] == [
        ["response", "5", "5", "1"],
        ["remission", "3 to 9", "1", "3"],
    ]
    trials = sections["Registered trials, 1 recruiting when last read"]
    assert [cells[0].text for cells in trials.rows] == ["NCT1", "NCT2"]
    assert [cells[5].text for cells in trials.rows] == ["from 12", ""]
    assert "Where sources disagree" in sections
    assert "Products" not in sections, "empty tables are left out"


def test_the_strip_counts_groups_and_compares_shares() -> None:
    crs, icans, *_ = home(KINDS["diseases"], LUPUS, ask).strip
    assert (crs.groups, crs.with_cases, crs.largest) == (3, 2, "6 of 10")
    assert crs.grades == {"1": 2, "any grade": 1}
    assert (icans.groups, icans.largest, icans.grades) == (0, "", {})


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
    assert "only the patients with an event are counted once" in nothing.unknown[0]
    untreated = home(KINDS["diseases"], LUPUS, lambda _name, _settings: [])
    assert "the build counts none with this disease" in untreated.unknown[0]


@pytest.mark.parametrize("path", KINDS)
def test_every_kind_has_a_home_page(path: str) -> None:
    shown = home(KINDS[path], LUPUS, ask)
    assert shown.kind.path == path
    assert all(section.total >= len(section.rows) > 0 for section in shown.sections)


def test_bounds_and_names() -> None:
    assert bounds(row(low="3")) == "at least 3"
    assert bounds(row(low="3", high="3")) == "3"
    assert bounds(row(low="3", high="5")) == "3 to 5"
    assert slug("Sjögren's syndrome (primary)") == "sjogren-s-syndrome-primary"


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    store = Store()
    store.load(path=EVIDENCE, format=RdfFormat.TURTLE)
    store.update(
        f"INSERT DATA {{ <http://e/gout> a <{TERM}Disease> ; <{RDFS}label> 'gout arthritis' . "
        f"<http://e/gout> <{SKOS}altLabel> 'podagra' . "
        f"<http://e/cohort> <{TERM}hasDisease> <http://e/gout>, <http://e/beta> . "
        f"<http://e/beta> a <{TERM}Disease> ; <{RDFS}label> 'anti-β disease' }}"
    )
    settings = Settings(Release("2026-11-22", digest="d1"), find(EVIDENCE.parent))
    return create_app(StoreEngine(store), settings, BLUEPRINTS).test_client()


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
