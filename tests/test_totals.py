"""Synthesis on the shipped graph: counts that agree with the stored questions, conflicts that are asserted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import NamedNode, QuerySolutions
from tests.asked import Asker
from tests.conflicts import find_conflicts
from tests.stated import read_stated

from cartkg.errors import QueryError
from cartkg.namespaces import BASE, TERM
from cartkg.synthesis import PatientGroup, Relations, Standing, count_once, read_relations
from cartkg.synthesis.pooling.proportions import Responders
from cartkg.synthesis.reports.totals import tell, total

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.test_questions import shipped_graph  # noqa: E402  # the tests are not a package

if TYPE_CHECKING:
    from cartkg.graph import KnowledgeGraph
    from cartkg.synthesis import PatientCount

HEAD = f"PREFIX cartkg: <{TERM}>\n"


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return shipped_graph()


@pytest.fixture(scope="module")
def relations(graph: KnowledgeGraph) -> Relations:
    return read_relations(graph)


def _column(graph: KnowledgeGraph, query: str) -> list[str]:
    result = graph.query(HEAD + query)
    assert isinstance(result, QuerySolutions)
    (name,) = (variable.value for variable in result.variables)
    terms = [row[name] for row in result]
    return [term.value for term in terms if isinstance(term, NamedNode)]


def _counts(graph: KnowledgeGraph, name: str) -> list[Responders]:
    rows = Asker(graph).rows(name)
    place = {column: rows.variables.index(column) for column in ("cohort", "reached", "assessed", "months")}
    return [
        Responders(
            finding=row[place["cohort"]],
            cohort=row[place["cohort"]],
            label=row[place["cohort"]],
            events=int(row[place["reached"]] or 0) if row[place["assessed"]] else 0,
            total=int(row[place["assessed"]] or 0),
            months=float(row[place["months"]]) if row[place["months"]] else None,
        )
        for row in rows.rows
    ]


def _count(relations: Relations, names: list[str]) -> PatientCount:
    cohorts = [relations.cohorts[f"{BASE}cohort/{name}"] for name in names]
    return count_once(
        relations, [PatientGroup(each.iri, each.low, each.high, each.size, whole=True) for each in cohorts]
    )


def test_the_pool_holds_no_two_cohorts_that_may_share_patients(graph: KnowledgeGraph, relations: Relations) -> None:
    pooled = total(_counts(graph, "sle-doris-remission"), relations).pooled
    assert pooled is not None
    cohorts = [count.cohort for count in pooled.used]
    pairs = [(one, other) for one in cohorts for other in cohorts if one < other]
    assert pairs
    assert not any(relations.may_share(*pair) for pair in pairs)
    erlangen = ("mackensen-2022", "schett-2023", "mueller-2024-nejm", "taubmann-op0027")
    assert len([cohort for cohort in cohorts if any(name in cohort for name in erlangen)]) == 1


def test_every_conflict_the_rules_find_is_in_the_data(graph: KnowledgeGraph) -> None:
    """Add what is missing to data/ttl/shared/found-conflicts.ttl, with an explanation."""
    asserted = set(_column(graph, "SELECT DISTINCT ?side WHERE { ?conflict cartkg:involves ?side }"))
    found = find_conflicts(read_stated(graph))
    assert [proposal for proposal in found if not asserted & set(proposal.involves)] == []
    sides = {frozenset(iri.removeprefix(f"{BASE}finding/") for iri in proposal.involves) for proposal in found}
    assert sides >= {
        frozenset({"kattamuri-2025-rheumatolint/crs"}),
        frozenset({"mougiakakos-2021-nejm/age", "mougiakakos-2021-nejm/age-news"}),
        frozenset({"sps-bochum-2024-news/age-newspaper", "sps-bochum-2024-news/age-trade-news"}),
        frozenset({"castle-2026-natmed/nejm-follow-up", "mueller-2024-nejm/follow-up-median-range"}),
    }


def test_the_impossible_figure_of_kattamuri_is_found(graph: KnowledgeGraph) -> None:
    (proposal,) = (found for found in find_conflicts(read_stated(graph)) if found.rule == "count-above-patients")
    assert (proposal.first, proposal.second) == ("79 patients", "47 patients assessed")


def test_cohorts_of_the_nejm_series_count_fifteen_patients(relations: Relations) -> None:
    cohorts = [f"mueller-2024-nejm/{name}" for name in ("all", "sle", "iim", "ssc")]
    count = _count(relations, cohorts)
    assert (str(count), count.bare_sum) == ("15", 30)
    assert str(_count(relations, cohorts[1:])) == "15"


@pytest.mark.parametrize(
    ("cohorts", "expected"),
    [
        (["castle-2025-ash/all", "castle-2026-natmed/all"], "24"),
        (["mackensen-2022-natmed/c1", "mueller-2024-nejm/sle"], "8 to 13"),
        (["mueller-2024-nejm/all", "taubmann-op0027-longterm/all"], "15"),
        (["mueller-2024-nejm/sle", "taubmann-op0027-longterm/sle"], "8"),
        (["castle-2025-ash/ssc", "castle-2026-natmed/ssc"], "9"),
        (["bergmann-2023-ard/c1", "erlangen-ssc-2023-acr/c1"], "3"),
        (["wang-2024-ard-ccar/all", "zhongshan-2022-news-ccar/c1"], "13"),
        (["ccar-acr-compound/lupus", "wang-2024-ard-ccar/all"], "13 to 24"),
    ],
    ids=[
        "one trial, stated",
        "one site, open",
        "one series, twice told",
        "lupus of one series",
        "sclerosis of one trial",
        "one of three",
        "one patient of a trial",
        "one trial, how many is not said",
    ],
)
def test_patients_of_two_reports_are_counted_once(relations: Relations, cohorts: list[str], expected: str) -> None:
    count = _count(relations, cohorts)
    assert count.low < count.bare_sum
    assert str(count) == expected


def test_the_nejm_series_and_its_later_report_are_the_same_patients(relations: Relations) -> None:
    relation = relations.relation(f"{BASE}cohort/mueller-2024-nejm/all", f"{BASE}cohort/taubmann-op0027-longterm/all")
    assert relation.standing is Standing.SAME
    assert "mueller-2024-nejm#taubmann-op0027-longterm-all" in relation.facts[0].rows


def test_no_two_statements_of_the_data_contradict_each_other(relations: Relations) -> None:
    assert [str(each) for each in relations.contradictions] == []


def test_totals_are_told_with_reasons(graph: KnowledgeGraph, relations: Relations) -> None:
    told = tell(total(_counts(graph, "sle-doris-remission"), relations))
    for words in ("Counted once", "a bare sum would say", "exact 95 % limits", "left out of the pool", "may share"):
        assert words in told


def test_rows_of_several_outcomes_are_counted_and_not_pooled(graph: KnowledgeGraph, relations: Relations) -> None:
    totals = total(_counts(graph, "response-by-disease-and-target"), relations, ["criterion"])
    assert totals.pooled is None
    assert totals.reached is not None
    assert "not pooled: the rows differ in criterion" in tell(totals)


def test_a_thing_that_is_no_cohort_is_refused(relations: Relations) -> None:
    with pytest.raises(QueryError, match="is not a cohort in the graph"):
        total([Responders("f", "http://example.org/x", "x", 1, 2)], relations)
