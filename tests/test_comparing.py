"""Comparisons: sides, grades on one scale, switches, what is drawn, addresses that are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import pytest
from tests.sample_site import sample_client
from tests.test_homes import result, row
from tests.test_pages import BROWSER

from cartkg.facts.overviews.comparisons import CompareWish, GroupStanding, compare
from cartkg.facts.overviews.grading import graded, settles_severe
from cartkg.namespaces import RDFS, TERM
from cartkg.naming import Nameable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.testing import FlaskClient

    from cartkg.facts.records import AnswerTerm

CD19, BCMA = Nameable("http://e/cd19", "CD19"), Nameable("http://e/bcma", "BCMA")
LUPUS = Nameable("http://e/lupus", "lupus")
TARGETS = CompareWish("target", (CD19, BCMA), (("disease", LUPUS),))


def event(reached: str, grade: str, cohort: str = "a", **more: str) -> Mapping[str, AnswerTerm]:
    return row(event="crs", became="present", reached=reached, grade=grade, cohort=f"http://e/{cohort}", **more)


@pytest.mark.parametrize(
    ("reached", "grade", "bounds", "said"),
    [
        ("2", "3", {"grade_from": "3", "grade_to": "3"}, "severe or none"),
        ("1", "severe", {"grade_from": "3"}, "severe or none"),
        ("0", "any grade", {}, "severe or none"),
        ("0", "not reported", {}, "severe or none"),
        ("0", "2 or higher", {"grade_from": "2"}, "severe or none"),
        ("0", "moderate or higher", {}, "severe or none"),
        ("0", "1 to 2", {"grade_from": "1", "grade_to": "2"}, "not known"),
        ("0", "mild", {}, "not known"),
        ("0", "low grade", {}, "not known"),
        ("3", "any grade", {}, "not known"),
        ("1", "2 or higher", {"grade_from": "2"}, "not known"),
    ],
)
def test_grades_and_words_are_put_on_one_scale(reached: str, grade: str, bounds: dict[str, str], said: str) -> None:
    assert settles_severe(event(reached, grade, **bounds)) is (said == "severe or none")


def test_toxicity_counts_groups_and_shows_the_largest() -> None:
    rows = [
        event("6", "any grade", assessed="10"),
        event("2", "3", assessed="10", grade_from="3", grade_to="3"),
        event("0", "any grade", "b", assessed="30"),
        event("79", "any grade", "c", assessed="47"),
        event("1", "1", "d", assessed="1", grade_from="1", grade_to="1"),
    ]
    crs = graded("CRS", rows)
    assert (str(crs.any), crs.largest) == ("3 of 4 groups", "0 of 30")
    assert (str(crs.severe), crs.largest_severe) == ("1 of 2 groups", "0 of 30")
    assert str(graded("CRS", []).any) == ""


RESULTS = {
    CD19.iri: [
        result("remission", "a", "3", "4", said_by="own result"),
        result("remission", "both", "5", "9", said_by="own result"),
        result("remission", "twin", "2", "3"),
        result("remission", "review", "40", "50", said_by="own result"),
        result("only here", "a", "1", "4", said_by="own result"),
    ],
    BCMA.iri: [
        result("remission", "both", "5", "9", said_by="own result"),
        result("remission", "c", "1", "2", read="press only", said_by="own result"),
        result("remission", "placebo", "0", "2", said_by="own result"),
    ],
}
KNOWN = {
    "http://e/a": GroupStanding("http://e/s1", is_pooled=False, is_treated=True),
    "http://e/twin": GroupStanding("http://e/s2", is_pooled=False, is_treated=True),
    "http://e/both": GroupStanding("http://e/s3", is_pooled=False, is_treated=True),
    "http://e/review": GroupStanding("http://e/s4", is_pooled=True, is_treated=True),
    "http://e/c": GroupStanding("http://e/s5", is_pooled=False, is_treated=True),
    "http://e/placebo": GroupStanding("http://e/s6", is_pooled=False, is_treated=False),
}


def ask(name: str, settings: Sequence[tuple[str, str]]) -> list[Mapping[str, AnswerTerm]]:
    target = dict(settings).get("target", "")
    if name == "response-by-disease-and-target":
        assert {("with", "comparators"), ("with", "reviews"), ("disease", LUPUS.iri)} <= set(settings)
        return list(RESULTS[target])
    if name == "patients-once" and target == CD19.iri:
        return [
            row(
                outcome="treated",
                disease="lupus",
                target="CD19",
                low="9",
                high="12",
                without_press="8",
                count="http://e/n",
            ),
            row(outcome="remission", disease="lupus", target="CD19", low="90"),
        ]
    if name == "overlaps":
        return [
            row(first="http://e/s1", second="http://e/twin", degree="likely overlap"),
            row(first="http://e/a", second="http://e/c", degree="excluded overlap"),
        ]
    return []


def drawn(wish: CompareWish) -> list[tuple[int, str]]:
    return [(each.side, each.mark.report) for outcome in compare(wish, ask, KNOWN).outcomes for each in outcome.marks]


def test_sides_have_their_patients_and_their_results() -> None:
    shown = compare(TARGETS, ask, KNOWN)
    assert [(side.once, side.without_press, side.of) for side in shown.sides] == [("9 to 12", "8", ""), ("", "", "")]
    assert [outcome.name for outcome in shown.outcomes] == ["remission"]
    assert shown.one_sided == 1
    assert drawn(TARGETS) == [
        (0, "both"), (0, "a"), (0, "twin"), (1, "both"), (1, "c"), (1, "placebo"), (0, "review"),
    ], "publications before press, comparators after treated groups, what a review pools last"  # fmt: skip
    roles = {each.mark.report: each.role for each in shown.outcomes[0].marks}
    assert roles == {
        "both": "on both sides",
        "a": "",
        "twin": "",
        "c": "",
        "placebo": "comparator or mixed group",
        "review": "pooled by a review",
    }


def test_switches_leave_out_restatements_and_possible_overlaps() -> None:
    own = CompareWish("target", TARGETS.things, TARGETS.within, own=True)
    assert (0, "twin") not in drawn(own)
    apart = CompareWish("target", TARGETS.things, TARGETS.within, apart=True)
    assert drawn(apart) == [(0, "a"), (1, "c"), (1, "placebo")], "the twin may share patients with the larger group"
    assert compare(apart, ask, KNOWN).left_out == 4
    assert apart.pairs == (
        ("target", "http://e/cd19"),
        ("target", "http://e/bcma"),
        ("disease", LUPUS.iri),
        ("apart", "1"),
    )


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return sample_client(
        f"<http://e/gout> a <{TERM}Disease> ; <{RDFS}label> 'gout arthritis' . "
        f"<http://e/beta> a <{TERM}Disease> ; <{RDFS}label> 'anti-<b> disease' . "
        f"<http://e/cd7> <{RDFS}label> 'CD7' . <http://e/cells> <{TERM}targets> <http://e/cd7> . "
        f"<http://e/cohort> <{TERM}hasDisease> <http://e/gout>, <http://e/beta>"
    )


GOUT = "disease=gout+arthritis&disease=" + quote_plus("anti-<b> disease")


def test_a_comparison_is_a_page_with_an_address_and_files(client: FlaskClient) -> None:
    form = client.get("/compare", headers={"Accept": BROWSER})
    assert (form.status_code, form.text.count("<fieldset>")) == (200, 3)
    shown = client.get(f"/compare?{GOUT}&own=1&target=", headers={"Accept": BROWSER})
    assert shown.status_code == 200
    assert "<b> disease" not in shown.text
    assert "Compare gout arthritis and anti-&lt;b&gt; disease" in shown.text
    assert "There is none with these switches" in shown.text
    assert client.get(f"/compare.csv?{GOUT}").text.splitlines()[0] == '\ufeff"gout arthritis and anti-<b> disease"'
    saved = client.get(f"/compare.json?{GOUT}").get_json()
    assert [table["title"] for table in saved["tables"]] == ["Patients", "Toxicity", "Counted results"]
    assert client.get(f"/compare.xlsx?{GOUT}").status_code == 200
    assert client.get(f"/compare.svg?{GOUT}").status_code == 404, "nothing to draw"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("disease=gout+artritis&disease=beta", "gout arthritis"),
        ("diseases=gout", "unknown parameter"),
        (f"{GOUT}&own=yes", "own is 1 or 0"),
        (f"{GOUT}&own=1&own=0", "given twice"),
        (f"{GOUT}&release=2020-01-01", "from release 2026-11-22"),
        ("disease=gout+arthritis&disease=gout+arthritis", "one and the same disease"),
    ],
)
def test_no_parameter_is_ignored(client: FlaskClient, query: str, said: str) -> None:
    refused = client.get(f"/compare?{query}")
    assert (refused.status_code, said in refused.text) == (410 if "release=" in refused.request.url else 400, True), (
        refused.text
    )


def test_a_file_needs_two_things(client: FlaskClient) -> None:
    assert client.get("/compare.csv?disease=gout+arthritis").status_code == 400
    assert client.get("/compare.pdf").status_code == 404


def test_home_pages_lead_to_comparisons(client: FlaskClient) -> None:
    page = client.get("/diseases/gout-arthritis", headers={"Accept": BROWSER})
    assert 'href="/compare?disease=http%3A%2F%2Fe%2Fgout"' in page.text
    form = client.get("/compare?disease=http%3A%2F%2Fe%2Fgout", headers={"Accept": BROWSER})
    assert form.status_code == 200
