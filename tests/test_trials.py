"""`/trials`: what each facet counts, where it leads, what is not stated, files, mistakes of readers."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from pyoxigraph import RdfFormat, Store
from tests.test_pages import BROWSER, CASES, StoreEngine

from cartkg.facts.records import Records
from cartkg.facts.result_cache import ResultCache
from cartkg.facts.trials import Named, Trial, trials
from cartkg.project import find
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from flask.testing import FlaskClient

_PAIR = re.compile(r'<li><a href="([^"]*)"[^>]*><span>([^<]*)</span> <span class="quiet">(\d+)</span>')
_TITLES = re.compile(r"<h2><a [^>]*>([^<]*)</a>")


@pytest.fixture(scope="module")
def store() -> Store:
    kept = Store()
    for path in (CASES / "trials.ttl", *find(CASES).ontology_files()):
        kept.load(path.read_bytes(), RdfFormat.TURTLE)
    return kept


@pytest.fixture(scope="module")
def client(store: Store) -> FlaskClient:
    settings = AppSettings(ServedRelease("2026-11-22", digest="d"), find(CASES))
    return create_app(StoreEngine(store), settings, BLUEPRINTS).test_client()


def shown(client: FlaskClient, path: str) -> str:
    response = client.get(path, headers={"Accept": BROWSER})
    assert response.status_code == 200, response.text
    return response.text


def titles(text: str) -> list[str]:
    return [unescape(title) for title in _TITLES.findall(text)]


def values(text: str) -> dict[str, tuple[str, int]]:
    return {unescape(name): (unescape(to), int(count)) for to, name, count in _PAIR.findall(text)}


def test_trials_are_read_recruiting_and_newest_first(store: Store) -> None:
    found = trials(Records(StoreEngine(store), ResultCache()))
    assert [each.number for each in found] == ["NCT2", "NCT1", "CTR5", "CTR4", "NCT3"]
    first = found[1]
    assert first.ages == "5 to 17"
    assert first.countries == ("DE", "US")
    assert [each.label for each in first.broader] == ["childhood lupus", "lupus"]
    assert [each.label for each in first.publications] == ["Doe 2024 (Journal)"]


@pytest.mark.parametrize(
    ("youngest", "oldest", "groups"),
    [
        (None, None, {"not-stated"}),
        (5, 17, {"children"}),
        (12, None, {"children", "adults", "older-adults"}),
        (18, 64, {"adults"}),
        (18, 65, {"adults", "older-adults"}),
        (17, 18, {"children", "adults"}),
        (65, None, {"older-adults"}),
        (None, 70, {"adults", "older-adults"}),
    ],
)
def test_age_groups_follow_from_the_limits_that_are_stated(
    youngest: int | None, oldest: int | None, groups: set[str]
) -> None:
    trial = Trial("i", "n", "t", Named("phase 1"), Named("recruiting"), youngest=youngest, oldest=oldest)
    assert set(trial.words("age")) == groups


def test_children_with_lupus_are_four_clicks_away(client: FlaskClient) -> None:
    menu = re.search(r'href="([^"]+)"[^>]*>Trials</a>', shown(client, "/"))
    assert menu
    text = shown(client, menu[1])
    for choice in ("lupus", "children (under 18)", "recruiting"):
        text = shown(client, values(text)[choice][0])
    assert titles(text) == ["Cells for children"]


@pytest.mark.parametrize(
    "path", ["/trials", "/trials?age=children", "/trials?disease=lupus&status=recruiting", "/trials?phase=not-stated"]
)
def test_each_value_counts_the_trials_that_it_leaves(client: FlaskClient, path: str) -> None:
    text = shown(client, path)
    assert "not stated" in values(text)
    facets = [part for part in re.split(r"<details(?: open)?>\s*<summary>(?=[A-Z])", text)[1:] if values(part)]
    for facet in facets:
        chosen = 'aria-current="true"><span>' in facet
        for name, (to, count) in values(facet).items():
            left = len(titles(shown(client, to)))
            assert left == count if not chosen else left >= count or f'"true"><span>{name}' in facet, name


def test_what_no_record_states_can_be_chosen(client: FlaskClient) -> None:
    assert titles(shown(client, "/trials?age=not-stated")) == ["<b>Unclear</b>"]
    assert titles(shown(client, "/trials?disease=not-stated")) == ["<b>Unclear</b>"]
    assert "<b>Unclear" not in shown(client, "/trials"), "text from data is shown as text"
    assert titles(shown(client, "/trials?country=DE&country=not-stated&age=9")) == ["Cells for children"]


def test_an_age_in_years_needs_a_stated_limit(client: FlaskClient) -> None:
    assert titles(shown(client, "/trials?age=13")) == ["Cells for children", "Cells for all ages"]
    assert titles(shown(client, "/trials?age=4")) == []
    assert "No registered trial in the graph has all of this" in shown(client, "/trials?age=4")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("disease=lupsu", "lupus"),
        ("target=CD91", "did you mean cd19"),
        ("status=recruting", "did you mean recruiting"),
        ("phase=phase-9", "phase-1"),
        ("country=XX", "known: de, not-stated, us"),
        ("age=200", "a whole number of years up to 120"),
        ("age=-1", "children"),
        ("sex=femail", "all-sexes"),
        ("statuss=recruiting", "did you mean status"),
        ("page=9", "page is a whole number from 1 to 1"),
        ("page=1&page=1", "given twice"),
        ("release=2030-01-01", "this server answers from release 2026-11-22"),
        ("disease=%3Cscript%3E", "unknown disease"),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_near(client: FlaskClient, query: str, said: str) -> None:
    response = client.get(f"/trials?{query}", headers={"Accept": "text/plain"})
    assert (response.status_code, said in response.text) == (400, True), response.text


def test_other_names_find_a_value(client: FlaskClient) -> None:
    assert titles(shown(client, "/trials?target=cd19&country=us")) == ["Cells for children"]
    assert titles(shown(client, "/trials?country=Germany&phase=Phase+2")) == ["Cells for adults"]
    assert titles(shown(client, "/trials?country=FR")) == [], "a country without a trial is accepted"


def test_files_have_every_chosen_trial_and_how_to_cite(client: FlaskClient) -> None:
    rows = list(csv.reader(io.StringIO(client.get("/trials.csv?target=cd19").data.decode("utf-8-sig"))))
    assert "trials?target=cd19&release=2026-11-22" in rows[0][0]
    table = [dict(zip(rows[2], row, strict=True)) for row in rows[3:]]
    assert [each["number"] for each in table] == ["NCT2", "NCT1"]
    assert table[0]["cells"] == "'=Two", "no cell is a formula"
    assert table[1]["publications"] == "Doe 2024 (Journal)"
    sheet = load_workbook(io.BytesIO(client.get("/trials.xlsx").data))["Trials"]
    assert sheet.max_row == 6
    said = json.loads(client.get("/trials.json?age=not-stated").data)
    assert said["release"] == "2026-11-22"
    assert said["trials"][0]["ages"] == {"minimum": None, "maximum": None, "unit": "years"}
    assert client.get("/trials.pdf").status_code == 404


def test_the_list_is_sent_as_rdf_too(client: FlaskClient) -> None:
    text = client.get("/trials?status=withdrawn", headers={"Accept": "text/turtle"}).text
    assert re.search(r"member>? trial:c ;", text)
    assert "trial:a" not in text


def test_a_trial_shows_its_history_and_what_is_not_stated(client: FlaskClient) -> None:
    text = shown(client, "/trial/a")
    history = text[text.index("History of the status") :]
    assert re.search(r"recruiting</a></th><td[^>]*>2026-01-09<", history)
    assert re.search(r"not yet recruiting</a></th><td[^>]*><span class=\"quiet\">not stated<.*page undated", history)
    assert "Germany, United States" in text
    assert "Doe 2024 (Journal)" in text
    assert shown(client, "/trial/d").count("not stated") > 8


def test_data_without_trials_have_an_empty_list() -> None:
    settings = AppSettings(ServedRelease("2026-11-22", digest="e"), find(CASES))
    empty = create_app(StoreEngine(Store()), settings, BLUEPRINTS).test_client()
    assert "no registered trial" in empty.get("/trials", headers={"Accept": BROWSER}).text
    assert empty.get("/trials?status=recruiting").status_code == 400
