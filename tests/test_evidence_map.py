"""The evidence map: what a cell says, what is drawn, where it leads, and the page of a disease and a target."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from defusedxml import ElementTree as SafeTree
from pyoxigraph import QuerySolutions, RdfFormat, Store
from tests.test_homes import LUPUS, ask, row
from tests.test_pages import BROWSER, StoreEngine

from cartkg.facts.overviews.crossings import crossing
from cartkg.facts.overviews.evidence_map import evidence_map
from cartkg.namespaces import RDFS, TERM
from cartkg.naming import Nameable
from cartkg.project import find
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.present.pictures.maps import broken, grid, radius
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.testing import FlaskClient

    from cartkg.facts.records import AnswerTerm

ROOT = Path(__file__).resolve().parents[1]
EVIDENCE = Path(__file__).parent / "cases" / "pages" / "evidence.ttl"
SVG = "{http://www.w3.org/2000/svg}"
ROWS = [
    row(disease="gout", target="CD19", low="2", high="4", groups="2", trials="0"),
    row(disease="lupus", target="CD19", low="90", groups="9", reached="3", assessed="4", criterion="remission",
        severe="1", watched="5", trials="7", recruiting="2", whose="all patients have it"),
    row(disease="lupus", target="BCMA", low="6", high="6", groups="1", reached="0", assessed="6", criterion="response",
        whose="some may have another disease", trials="1"),
    row(disease="gout", target="CD7", groups="0", trials="1", recruiting="1"),
    row(disease="lupus", target="CD7", groups="3", trials="0"),
]  # fmt: skip


def test_the_map_has_most_patients_first_and_says_each_cell() -> None:
    drawn = evidence_map(ROWS)
    assert drawn.targets == ("CD19", "BCMA", "CD7")
    assert [line.disease for line in drawn.lines] == ["lupus", "gout"]
    assert [(cell.bounds, cell.patients, cell.is_gap) for cell in drawn.cells] == [
        ("\u2265 90", "at least 90", False),
        ("6", "6", False),
        ("", "uncounted", False),
        ("2\u20134", "2 to 4", False),
        ("", "no", True),
    ]
    lupus, bcma, *_ = drawn.cells
    assert lupus.said == (
        "lupus, CD19: at least 90 patients; 3 of 4 met remission; severe CRS or ICANS in 1 of 5 groups; 7 trials"
    )
    assert (lupus.share, lupus.is_mixed, bcma.share, bcma.is_mixed) == (0.75, False, 0.0, True)
    assert drawn.gaps == 1
    part = drawn.first(1, 2)
    assert (part.targets, [cell.target for cell in part.cells]) == (("CD19", "BCMA"), ["CD19", "BCMA"])


def test_areas_of_circles_are_in_proportion_and_none_stands_for_nobody() -> None:
    ninety, six, uncounted, two, gap = evidence_map(ROWS).cells
    assert radius(ninety) ** 2 / radius(six) ** 2 == pytest.approx(15)
    assert radius(two) > 0
    assert radius(uncounted) == radius(gap) == 0
    drawn = evidence_map(ROWS)
    assert grid(drawn).wide >= grid(drawn).names + 3 * grid(drawn).inner
    assert broken("a target with a very long name indeed", 14) == ["a target with", "a very long \u2026"]


def test_the_page_of_a_disease_and_a_target_asks_for_both() -> None:
    asked: list[tuple[str, frozenset[str]]] = []
    cd19 = Nameable("http://e/cd19", "CD19")

    def both(name: str, settings: Sequence[tuple[str, str]]) -> list[Mapping[str, AnswerTerm]]:
        asked.append((name, frozenset(key for key, _ in settings)))
        if name == "patients-once":
            return [
                row(outcome="treated", low="10", high="12", count="http://e/count"),
                row(outcome="remission", low="4"),
            ]
        if name == "evidence-map":
            return [
                row(illness="http://e/narrower", antigen=cd19.iri, groups="1"),
                row(illness=LUPUS.iri, antigen="http://e/bcma", groups="2"),
                row(illness=LUPUS.iri, antigen=cd19.iri, groups="4"),
            ]
        return ask(name, settings[:1])

    shown = crossing(LUPUS, cd19, both)
    assert all({"disease", "target"} <= keys for name, keys in asked if name != "evidence-map")
    assert ("evidence-map", frozenset()) in asked, "the answer on all pairs is prepared"
    assert (shown.label, shown.once, shown.figures) == (
        "lupus and CD19",
        "10 to 12",
        {"groups": "4", "registered trials": "2"},
    )
    assert shown.settings == (("disease", LUPUS.iri), ("target", cd19.iri))
    assert shown.sections[0].title == "Outcomes: patients counted once"
    nothing = crossing(LUPUS, cd19, lambda _name, _settings: [])
    assert nothing.unknown == ("Anything: the graph has no treated patient and no registered trial.",)
    only_trial = row(illness=LUPUS.iri, antigen=cd19.iri, gap="y")
    gap = crossing(LUPUS, cd19, lambda name, _: [only_trial] if name == "evidence-map" else [])
    assert "a trial is registered, but the graph has no patient" in gap.unknown[0]


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    store = Store()
    store.load(path=EVIDENCE, format=RdfFormat.TURTLE)
    store.update(
        f"INSERT DATA {{ <http://e/gout> a <{TERM}Disease> ; <{RDFS}label> 'gout <b>arthritis' . "
        f"<http://e/cd7> <{RDFS}label> 'CD7' . <http://e/cells> <{TERM}targets> <http://e/cd7> . "
        f"<http://e/cohort> a <{TERM}TreatedCohort> ; <{TERM}hasDisease> <http://e/gout> ; "
        f"<{TERM}hasDiseaseOrBroader> <http://e/gout> ; <{TERM}receivedProduct> <http://e/cells> . "
        f"<http://e/trial> <{TERM}trialCondition> <http://e/gout> ; <{TERM}investigates> <http://e/cells> }}"
    )
    settings = AppSettings(ServedRelease("2026-11-22", digest="d1"), find(EVIDENCE.parent))
    return create_app(StoreEngine(store), settings, BLUEPRINTS).test_client()


def test_each_cell_leads_to_a_page(client: FlaskClient) -> None:
    page = client.get("/map", headers={"Accept": BROWSER})
    assert page.status_code == 200
    cell = "/diseases/gout-b-arthritis/targets/cd7"
    assert page.text.count(f'href="{cell}"') == 2, "in the picture and in the table"
    assert "<b>arthritis" not in page.text
    assert client.get("/", headers={"Accept": BROWSER}).text.count(f'href="{cell}"') == 3, "and in that for phones"
    shown = client.get(cell, headers={"Accept": BROWSER})
    assert (shown.status_code, 'href="/targets/cd7"' in shown.text) == (200, True)
    assert client.get(f"{cell}.json").get_json()["name"] == "gout <b>arthritis and CD7"


def test_the_picture_stands_alone_and_has_a_title_and_a_description(client: FlaskClient) -> None:
    sent = client.get("/map.svg")
    assert sent.mimetype == "image/svg+xml"
    picture = SafeTree.fromstring(sent.data).find(f".//{SVG}svg")
    named = {each.get("id"): each.text for each in picture.iter() if each.get("id")}
    assert named[picture.get("aria-labelledby")]
    assert named[picture.get("aria-describedby")]
    assert [link.findtext(f"{SVG}title") for link in picture.iter(f"{SVG}a")][1] == (
        "gout <b>arthritis, CD7: uncounted patients; 1 trial"
    )
    assert all(each.get("fill") for each in picture.iter(f"{SVG}rect")), "a file has no style sheet"


def test_unknown_names_and_parameters_are_told(client: FlaskClient) -> None:
    missing = client.get("/diseases/gout-b-artritis/targets/cd9", headers={"Accept": BROWSER})
    assert missing.status_code == 404
    assert 'href="/diseases/gout-b-arthritis/targets/cd7"' in missing.text
    for wrong in ("/map?sort=name", "/map.svg?x=1", "/diseases/gout-b-arthritis/targets/cd7?own=1"):
        refused = client.get(wrong)
        assert (refused.status_code, b"unknown parameter" in refused.data) == (400, True), wrong
    moved = client.get("/diseases/GOUT-b-arthritis/targets/CD7.csv")
    assert moved.headers["Location"] == "/diseases/gout-b-arthritis/targets/cd7.csv"
    assert client.get("/diseases/gout-b-arthritis/targets/cd7.exe").status_code == 404


def test_a_graph_without_patients_has_no_map() -> None:
    empty = create_app(
        StoreEngine(Store()), AppSettings(ServedRelease("2026-11-22", digest="d2"), find(EVIDENCE.parent)), BLUEPRINTS
    )
    asked = empty.test_client()
    assert "no treated group" in asked.get("/map", headers={"Accept": BROWSER}).text
    assert asked.get("/map.svg").status_code == 404
    assert not re.search(r'id="map"', unescape(asked.get("/", headers={"Accept": BROWSER}).text))


SMALL = """
@prefix cartkg: <https://w3id.org/cartkg/ontology#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix obo: <http://purl.obolibrary.org/obo/> . @prefix ex: <http://example.org/> .
ex:c a cartkg:TreatedCohort ; cartkg:hasDisease ex:gout, ex:lymphoma ; cartkg:receivedProduct ex:p .
ex:c cartkg:hasDiseaseOrBroader ex:gout, ex:lymphoma . ex:p cartkg:targets ex:cd19 .
ex:gout rdfs:label "gout" . ex:cd19 rdfs:label "CD19" . ex:lymphoma rdfs:subClassOf obo:MONDO_0005070 .
ex:tumour a cartkg:ResponseCriterion ; rdfs:label "tumour response" ; cartkg:appliesToDisease ex:lymphoma .
ex:f a cartkg:OutcomeFinding ; cartkg:ofCohort ex:c ; cartkg:measure ex:tumour ; cartkg:resultKind cartkg:met ;
  cartkg:numerator 1 ; cartkg:denominator 1 .
"""
RESPONSE = """
ex:joints a cartkg:ResponseCriterion ; rdfs:label "joint response" .
ex:g a cartkg:OutcomeFinding ; cartkg:ofCohort ex:c ; cartkg:measure ex:joints ; cartkg:resultKind cartkg:met ;
  cartkg:numerator 1 ; cartkg:denominator 2 .
"""


@pytest.mark.parametrize(
    ("more", "measured", "criterion", "whose"),
    [
        ("", "0", "", ""),
        (RESPONSE, "1", "joint response", "some may have another disease"),
        (f"{RESPONSE} ex:c cartkg:patientCount 1 .", "1", "joint response", "all patients have it"),
    ],
)
def test_the_response_of_a_tumour_does_not_count_for_the_disease_besides(
    more: str, measured: str, criterion: str, whose: str
) -> None:
    store = Store()
    store.load(f"{SMALL}{more}".encode(), format=RdfFormat.TURTLE)
    found = store.query((ROOT / "queries" / "evidence-map.rq").read_text("utf-8"))
    assert isinstance(found, QuerySolutions)
    (row,) = found
    shown = [row[name].value if row[name] is not None else "" for name in ("measured", "criterion", "whose")]
    assert shown == [measured, criterion, whose]
