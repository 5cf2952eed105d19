"""Each rule across records is silent on its passing case and names exactly the wrong subjects of its failing case.

In a failing case the wrong subjects have "wrong" in their IRI; where none has, all of them are wrong.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.conflicts import Quantity, Stated, Window, find_conflicts

from cartkg.namespaces import XSD
from cartkg.queries import Check, read_checks

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "cases" / "checks"
TERM = "https://w3id.org/cartkg/ontology#"
CHECKS = [check for check in read_checks(ROOT / "queries" / "checks") if not check.name.startswith("ontology-")]
#: The file of its own that a case stands for, so that rules on named graphs have two to compare.
CASE = ox.NamedNode("https://w3id.org/cartkg/graph/case")
DEFAULT = ox.DefaultGraph()


def load(store: ox.Store, path: Path, graph: ox.NamedNode) -> None:
    """Load a file into its graph and into the union that questions see."""
    for into in (graph, DEFAULT):
        store.load(path=str(path), format=ox.RdfFormat.TURTLE, to_graph=into)


@pytest.fixture(scope="module")
def world() -> ox.Store:
    store = ox.Store()
    for path in (ROOT / "ontology").rglob("*.ttl"):
        load(store, path, ox.NamedNode("https://w3id.org/cartkg/graph/ontology"))
    load(store, CASES.parent / "world.ttl", ox.NamedNode("https://w3id.org/cartkg/graph/world"))
    return store


def subjects(path: Path) -> set[str]:
    return {quad.subject.value for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)}


def rows(world: ox.Store, check: Check, case: Path) -> list[ox.QuerySolution]:
    """Give what a check finds among a case's subjects when the case is added; the world stays as it was."""
    triples = list(ox.parse(path=str(case), format=ox.RdfFormat.TURTLE))
    quads = [ox.Quad(each.subject, each.predicate, each.object, graph) for each in triples for graph in (CASE, DEFAULT)]
    added = [quad for quad in quads if quad not in world]
    world.extend(added)
    found = [row for row in ask(world, check) if row["subject"].value in subjects(case)]
    for quad in added:
        world.remove(quad)
    return found


def ask(world: ox.Store, check: Check) -> list[ox.QuerySolution]:
    solutions = world.query(check.text)
    assert isinstance(solutions, ox.QuerySolutions)
    return list(solutions)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_check_passes_the_right_and_names_the_wrong(check: Check, world: ox.Store) -> None:
    right, wrong = CASES / check.name / "pass.ttl", CASES / check.name / "fail.ttl"
    assert [row["message"].value for row in rows(world, check, right)] == []
    expected = {subject for subject in subjects(wrong) if "wrong" in subject} or subjects(wrong)
    assert {row["subject"].value for row in rows(world, check, wrong)} == expected


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_check_finds_nothing_in_the_bare_world(check: Check, world: ox.Store) -> None:
    own = subjects(CASES.parent / "world.ttl")
    expected = [row["message"].value for row in ask(world, check) if row["subject"].value in own]
    assert expected == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_message_says_what_is_wrong_and_then_what_to_do(check: Check, world: ox.Store) -> None:
    messages = [row["message"].value for row in rows(world, check, CASES / check.name / "fail.ttl")]
    assert [message for message in messages if not re.search(r"[;,] \w", message)] == []


def test_checks_use_only_terms_that_exist(world: ox.Store) -> None:
    declared = {quad.subject.value for quad in world if isinstance(quad.subject, ox.NamedNode)}
    used = {
        (check.name, TERM + name) for check in CHECKS for name in re.findall(r"\bcartkg:([A-Za-z][\w-]*)", check.text)
    }
    assert {(name, term) for name, term in used if term not in declared} == set()


def test_every_check_has_cases() -> None:
    folders = {folder.name for folder in CASES.iterdir() if not folder.name.startswith("ontology-")}
    assert folders == {check.name for check in CHECKS}


def breaks(name: str, turtle: str) -> bool:
    """Tell whether a check finds anything in a few triples about case:x."""
    store = ox.Store()
    prefixes = f"@prefix cartkg: <{TERM}> . @prefix case: <https://example.org/> . @prefix xsd: <{XSD}> . "
    store.load((prefixes + turtle).encode(), format=ox.RdfFormat.TURTLE)
    check = next(check for check in CHECKS if check.name == f"{name}-violation")
    return bool(ask(store, check))


COUNT = st.integers(min_value=0, max_value=1200)


@settings(deadline=None)
@given(numerator=COUNT, denominator=COUNT, patients=COUNT)
def test_counts_are_compared_as_numbers(numerator: int, denominator: int, patients: int) -> None:
    count = '"{}"^^xsd:nonNegativeInteger'
    turtle = f"""
        case:x cartkg:ofCohort case:c ; cartkg:measure case:m ;
            cartkg:numerator {count.format(numerator)} ; cartkg:denominator {count.format(denominator)} .
        case:c cartkg:patientCount {count.format(patients)} .
    """
    assert breaks("numerator-above-denominator", turtle) == (numerator > denominator)
    assert breaks("denominator-above-cohort", turtle) == (denominator > patients)


TENTH = st.decimals(min_value=-50, max_value=50, places=1)


@settings(deadline=None)
@given(value=TENTH, ends=st.tuples(TENTH, TENTH), change=st.booleans())
def test_scores_are_held_against_their_range(value: Decimal, ends: tuple[Decimal, Decimal], change: bool) -> None:  # noqa: FBT001  # hypothesis gives arguments by name
    low, high = sorted(ends)
    turtle = f"""
        case:x cartkg:measure case:m ; cartkg:value {value} ;
            cartkg:quantityKind cartkg:{"changeFromBaseline" if change else "absolute"} .
        case:m cartkg:hasScoreRange case:r . case:r cartkg:scaleMinimum {low} ; cartkg:scaleMaximum {high} .
    """
    outside = abs(value) > high - low if change else not low <= value <= high
    assert breaks("value-outside-score-range", turtle) == outside


@settings(deadline=None)
@given(value=TENTH, high=TENTH, change=st.booleans())
def test_a_range_without_a_printed_lower_end_limits_upwards_only(value: Decimal, high: Decimal, change: bool) -> None:  # noqa: FBT001  # hypothesis gives arguments by name
    turtle = f"""
        case:x cartkg:measure case:m ; cartkg:value {value} ;
            cartkg:quantityKind cartkg:{"changeFromBaseline" if change else "absolute"} .
        case:m cartkg:hasScoreRange case:r . case:r cartkg:scaleMaximum {high} .
    """
    assert breaks("value-outside-score-range", turtle) == (not change and value > high)


@settings(deadline=None)
@given(denominator=st.integers(min_value=1, max_value=1200), percent=st.decimals(0, 100, places=1), data=st.data())
def test_percentages_may_differ_from_counts_by_rounding(
    denominator: int, percent: Decimal, data: st.DataObject
) -> None:
    near = round(Fraction(percent) * denominator / 100)
    numerator = data.draw(st.sampled_from([near, near, near + 1]) | st.integers(0, 1200))
    turtle = f"""
        case:x cartkg:numerator {numerator} ; cartkg:denominator {denominator} ;
            cartkg:value {percent} ; cartkg:unit case:u .
        case:u cartkg:ucumCode "%" .
    """
    half = Fraction(1, 20) if percent % 1 else Fraction(1, 2)
    off = abs(Fraction(100 * numerator, denominator) - Fraction(percent))
    assert breaks("percentage-unlike-count", turtle) == (off > half)


#: The rules of `cartkg.synthesis` on numbers that cannot hold, and the checks that find the same in the data.
SAME_RULES = {
    "counts-differ": "unjoined-contradiction-violation",
    "values-differ": "unjoined-contradiction-violation",
    "percentage-unlike-count": "percentage-unlike-count-violation",
    "grades-above-whole": "grades-exceed-patients-violation",
}
WINDOWS = [Window("overFollowUp"), Window("atTimePoint", Decimal(3)), Window("atTimePoint", Decimal(6))]
SMALL = st.none() | st.integers(min_value=0, max_value=4)


@st.composite
def statements(draw: st.DrawFn) -> Stated:
    """Draw one finding on the cohort case:c and the measure case:m."""
    numerator, denominator = draw(SMALL), draw(SMALL.filter(lambda count: count != 0))
    value = draw(st.none() | st.sampled_from(["25", "33.3", "33.4", "50", "66.6", "67"]).map(Decimal))
    statistic = draw(st.sampled_from(["median", "percentOnly", "singleValue"]))
    return Stated(
        f"https://example.org/{draw(st.uuids())}",
        "https://example.org/c",
        "https://example.org/m",
        "",
        draw(st.sampled_from(WINDOWS)),
        numerator if value is None else None,
        denominator,
        None if value is None else Quantity(value, "u", statistic, draw(st.sampled_from(["", "", "moreThan"]))),
        draw(st.sampled_from(["", "any", "1", "2"])),
        patients=4,
    )


def written(finding: Stated, any_grade: str) -> str:
    """Write a finding as the data does, which has two words for any grade."""
    quantity, grade = finding.quantity, finding.grade
    said = {
        "cartkg:ofCohort": f"<{finding.cohort}>",
        "cartkg:measure": f"<{finding.measure}>",
        "cartkg:timeKind": f"cartkg:{finding.window.kind}",
        "cartkg:timeValue": finding.window.value,
        "cartkg:numerator": finding.numerator,
        "cartkg:denominator": finding.denominator,
        "cartkg:value": quantity and quantity.value,
        "cartkg:unit": quantity and "case:u",
        "cartkg:statistic": quantity and f"cartkg:{quantity.statistic}",
        "cartkg:comparator": quantity and quantity.comparator and f"cartkg:{quantity.comparator}",
        "cartkg:gradeLow": grade if grade.isdigit() else None,
        "cartkg:gradeHigh": grade if grade.isdigit() else None,
        "cartkg:gradeText": f'"{any_grade}"' if grade == "any" else None,
    }
    lines = [f"{name} {value}" for name, value in said.items() if value not in {None, ""}]
    return f"<{finding.iri}> {' ; '.join(lines)} .\n"


def graded(name: str, grade: str, patients: int) -> Stated:
    """Give a count of the patients with an event at a grade."""
    iri, cohort, measure = (f"https://example.org/{each}" for each in (name, "c", "m"))
    return Stated(iri, cohort, measure, "", WINDOWS[0], patients, None, None, grade, patients=4)


@pytest.mark.whole
@settings(deadline=None, max_examples=200)
@example([graded("a", "any", 1), graded("b", "1", 3)], "any")
@example([graded("a", "any", 1), graded("b", "1", 3)], "any grade")
@example([graded("a", "any", 3), graded("b", "1", 3)], "any grade")
@given(st.lists(statements(), min_size=1, max_size=4), st.sampled_from(["any", "any grade"]))
def test_the_check_finds_what_the_rules_on_conflicts_find(findings: list[Stated], any_grade: str) -> None:
    world = """
        case:c cartkg:patientCount 4 . case:m a cartkg:EventMeasure . case:u cartkg:ucumCode "%" .
    """
    turtle = world + "".join(written(each, any_grade) for each in findings)
    known = {SAME_RULES.get(found.rule) for found in find_conflicts(findings)} - {None}
    assert known == {name for name in set(SAME_RULES.values()) if breaks(name.removesuffix("-violation"), turtle)}
