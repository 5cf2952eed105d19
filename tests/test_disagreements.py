"""Conflicts and overlaps: who says what, what can be chosen, and the network and matrix that are drawn of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from defusedxml import ElementTree as SafeTree
from tests.sample_site import sample_client
from tests.test_homes import row
from tests.test_pages import BROWSER

from cartkg.facts.overviews.networks import matrix, network
from cartkg.namespaces import RDFS, TERM

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from cartkg.facts.records import AnswerTerm


def pair(first: str, second: str, degree: str) -> dict[str, AnswerTerm]:
    ends = {"first": f"http://e/{first}", "second": f"http://e/{second}"}
    return row(**ends, first_name=first, second_name=second, degree=degree, overlap=f"http://e/{first}{second}")


def test_a_network_has_sets_of_groups_and_no_pair_without_shared_patients() -> None:
    pairs = [
        ("b", "c", "likely overlap"), ("x", "y", "overlap known"), ("a", "b", "overlap not stated"),
        ("a", "z", "excluded overlap"),
    ]  # fmt: skip
    drawn = network([pair(*each) for each in pairs])
    assert [node.name for node in drawn.nodes] == ["a", "b", "c", "x", "y"]
    assert drawn.sets == 2
    assert [(tie.first, tie.second, tie.way) for tie in drawn.ties] == [
        (1, 2, "likely"),
        (3, 4, "known"),
        (0, 1, "open"),
    ]
    assert network([]).nodes == ()


def test_a_matrix_has_each_review_and_report_once() -> None:
    rows = [
        row(review="R", report="one", publication="http://e/1", covered="50"),
        row(review="S", report="one", publication="http://e/1", covered="50"),
        row(review="S", report="two", publication="http://e/2", covered="50"),
    ]
    drawn = matrix(rows)
    assert drawn is not None
    assert (drawn.reviews, [node.name for node in drawn.reports], drawn.covered) == (("R", "S"), ["one", "two"], "50")
    assert ("R", "http://e/2") not in drawn.restated
    assert matrix([]) is None


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return sample_client(
        f"<http://e/gout> a <{TERM}Disease> ; <{RDFS}label> 'gout arthritis' . "
        f"<http://e/kind> <{RDFS}label> 'misprint' . <http://e/open> <{RDFS}label> 'open' . "
        f"<http://e/a> <{TERM}hasDisease> <http://e/gout> . <http://e/a> <{RDFS}label> 'group <a>' . "
        f"<http://e/a> <{TERM}hasDiseaseOrBroader> <http://e/gout> . <http://e/b> <{RDFS}label> 'group b' . "
        f"<http://e/k> a <{TERM}Conflict> ; <{RDFS}label> '9 or 10 women?' ; <{TERM}about> '9 or 10 women?' ; "
        f"<{TERM}conflictKind> <http://e/kind> ; <{TERM}conflictStatus> <http://e/open> ; "
        f"<{TERM}involves> <http://e/a> ; <{TERM}hasSide> <http://e/k1>, <http://e/k2> . "
        f"<http://e/k1> <{TERM}sideText> 'nine <i>' ; <{TERM}sideRank> 1 ; <{TERM}heldBy> <http://e/paper> . "
        f"<http://e/k2> <{TERM}sideText> 'ten' ; <{TERM}sideRank> 2 . <http://e/paper> <{RDFS}label> 'The paper' . "
        f"<http://e/o> a <{TERM}Overlap> ; <{TERM}overlapBetween> <http://e/a>, <http://e/b> ; "
        f"<{TERM}basis> 'one centre' ; <{TERM}overlapDegree> <http://e/known> . "
        f"<http://e/known> <{RDFS}label> 'overlap known'"
    )


def test_each_side_has_its_speaker_and_conflicts_can_be_chosen(client: FlaskClient) -> None:
    text = client.get("/conflicts?disease=gout+arthritis&status=open", headers={"Accept": BROWSER}).text
    assert ">9 or 10 women?</a>" in text
    assert text.index("nine &lt;i&gt;") < text.index("said by") < text.index("The paper</a>") < text.index("<p>ten</p>")
    assert client.get("/conflicts", headers={"Accept": BROWSER}).text.count("<article") > text.count("<article") == 1


def test_overlaps_are_drawn_and_told_in_a_table(client: FlaskClient) -> None:
    table = client.get("/overlaps?disease=gout+arthritis", headers={"Accept": BROWSER}).text
    assert "one centre" in table
    assert 'href="/overlaps/network?disease=gout+arthritis"' in table
    page = client.get("/overlaps/network?disease=gout+arthritis", headers={"Accept": BROWSER})
    assert (page.status_code, "group &lt;a&gt;" in page.text) == (200, True)
    picture = SafeTree.fromstring(client.get("/overlaps/network.svg").data).find(".//{http://www.w3.org/2000/svg}svg")
    named = {each.get("id"): each.text for each in picture.iter() if each.get("id")}
    assert named[picture.get("aria-labelledby")]
    assert named[picture.get("aria-describedby")]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/conflicts?disease=gout+artritis", "gout arthritis"),
        ("/conflicts?kinds=misprint", "unknown parameter"),
        ("/conflicts?kind=misprin", "misprint"),
        ("/overlaps?study=x", "unknown parameter"),
        ("/overlaps/network?page=1", "unknown parameter"),
        ("/overlaps/network?release=2020-01-01", "from release 2026-11-22"),
    ],
)
def test_no_parameter_is_ignored(client: FlaskClient, address: str, said: str) -> None:
    refused = client.get(address)
    assert (refused.status_code, said in refused.text) == (410 if "release=" in refused.request.url else 400, True), (
        refused.text
    )
