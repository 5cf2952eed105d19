"""Synthesis on the shipped graph: counts that agree with the stored questions, conflicts that are asserted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import NamedNode, QuerySolutions

from cartkg.errors import QueryError
from cartkg.namespaces import BASE, TERM
from cartkg.queries import find_question, run
from cartkg.synthesis import (
    Responders,
    Sharing,
    count_patients,
    find_conflicts,
    read_sharing,
    read_stated,
    tell,
    total,
)

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.test_questions import shipped_graph  # noqa: E402  # the tests are not a package

if TYPE_CHECKING:
    from cartkg.graph import KnowledgeGraph

HEAD = f"PREFIX cartkg: <{TERM}>\n"


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return shipped_graph()


@pytest.fixture(scope="module")
def sharing(graph: KnowledgeGraph) -> Sharing:
    return read_sharing(graph)


def _column(graph: KnowledgeGraph, query: str) -> list[str]:
    result = graph.query(HEAD + query)
    assert isinstance(result, QuerySolutions)
    (name,) = (variable.value for variable in result.variables)
    terms = [row[name] for row in result]
    return [term.value for term in terms if isinstance(term, NamedNode)]


def _counts(graph: KnowledgeGraph, name: str) -> list[Responders]:
    rows = run(find_question(ROOT / "queries", name), graph)
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


def _stored_bounds(graph: KnowledgeGraph, name: str) -> list[int]:
    rows = run(find_question(ROOT / "queries", name), graph)
    return [int(rows.rows[0][rows.variables.index(column)]) for column in ("low", "high")]


def test_doris_is_counted_alike_by_synthesis_and_stored_question(graph: KnowledgeGraph, sharing: Sharing) -> None:
    totals = total(_counts(graph, "sle-doris-remission"), sharing)
    low, high = _stored_bounds(graph, "sle-doris-distinct")
    assert totals.reached is not None
    assert totals.reached.high is not None
    assert totals.reached.low >= low
    assert totals.reached.low <= high <= totals.reached.high < totals.reached.bare_sum


def test_the_pool_holds_no_two_cohorts_that_may_share_patients(graph: KnowledgeGraph, sharing: Sharing) -> None:
    pooled = total(_counts(graph, "sle-doris-remission"), sharing).pooled
    assert pooled is not None
    cohorts = [count.cohort for count in pooled.used]
    pairs = [(one, other) for one in cohorts for other in cohorts if one < other]
    assert pairs
    assert not any(sharing.shared(*pair).possible for pair in pairs)
    erlangen = ("mueller-2024-nejm", "mackensen", "schett-2023", "taubmann", "castle-2026")
    assert len([cohort for cohort in cohorts if any(name in cohort for name in erlangen)]) == 1


def test_lupus_patients_are_counted_alike(graph: KnowledgeGraph, sharing: Sharing) -> None:
    cohorts = _column(
        graph,
        """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX obo: <http://purl.obolibrary.org/obo/>
        SELECT DISTINCT ?cohort WHERE {
          ?cohort cartkg:hasDisease/rdfs:subClassOf* obo:MONDO_0007915 .
          ?cohort cartkg:patientCount ?n ; cartkg:ofStudy ?study .
          MINUS { ?study cartkg:outOfScope true }
          MINUS {
            ?cohort cartkg:hasDisease ?otherDisease ; cartkg:patientCount ?several .
            FILTER(?several > 1)
            MINUS { ?otherDisease rdfs:subClassOf* obo:MONDO_0007915 }
          }
          MINUS { ?review cartkg:reportsStudy ?study ; a/rdfs:subClassOf* cartkg:Review }
        }""",
    )
    count = count_patients(sharing, cohorts)
    low, high = _stored_bounds(graph, "lupus-patients-distinct")
    assert count.high is not None
    assert low <= count.low <= count.high <= high
    assert count.high < count.bare_sum


def test_every_conflict_the_rules_find_is_in_the_data(graph: KnowledgeGraph) -> None:
    """Add what is missing to the conflicts of a dossier, with an explanation."""
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


def test_cohorts_of_the_nejm_series_count_fifteen_patients(graph: KnowledgeGraph, sharing: Sharing) -> None:
    cohorts = [f"{BASE}cohort/mueller-2024-nejm/{name}" for name in ("all", "sle", "iim", "ssc")]
    assert set(cohorts) <= set(_column(graph, "SELECT ?cohort WHERE { ?cohort cartkg:ofStudy ?study }"))
    count = count_patients(sharing, cohorts)
    assert (str(count), count.bare_sum) == ("15", 30)
    assert str(count_patients(sharing, cohorts[1:])) == "15"


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
        "one trial, only the two with lymphoma surely shared",
    ],
)
def test_patients_of_two_reports_are_counted_once(sharing: Sharing, cohorts: list[str], expected: str) -> None:
    count = count_patients(sharing, [f"{BASE}cohort/{name}" for name in cohorts])
    assert count.low < count.bare_sum
    assert str(count) == expected


def test_what_the_readers_say_is_known_though_a_dossier_calls_it_unconfirmed(sharing: Sharing) -> None:
    shared = sharing.shared(f"{BASE}cohort/mueller-2024-nejm/all", f"{BASE}cohort/taubmann-op0027-longterm/all")
    assert (shared.low, shared.high) == (15, 15)
    assert {why.partition(":")[0] for why in shared.why} >= {"knownOverlap", "unknownOverlap"}


def test_no_count_of_all_patients_of_a_disease_rests_on_statements_that_clash(sharing: Sharing) -> None:
    diseases = {disease for cohort in sharing.cohorts.values() for disease in cohort.diseases}
    for disease in sorted(diseases):
        chosen = [iri for iri, cohort in sharing.cohorts.items() if disease in cohort.diseases]
        assert not any("contradict" in reason for reason in count_patients(sharing, chosen).reasons), disease


def test_totals_are_told_with_reasons(graph: KnowledgeGraph, sharing: Sharing) -> None:
    told = tell(total(_counts(graph, "sle-doris-remission"), sharing))
    for words in ("Counted once", "a bare sum would say", "exact 95 % limits", "left out of the pool", "may share"):
        assert words in told


def test_rows_of_several_outcomes_are_counted_and_not_pooled(graph: KnowledgeGraph, sharing: Sharing) -> None:
    totals = total(_counts(graph, "response-by-disease-and-target"), sharing, ["criterion"])
    assert totals.pooled is None
    assert totals.reached is not None
    assert "not pooled: the rows differ in criterion" in tell(totals)


def test_a_thing_that_is_no_cohort_is_refused(sharing: Sharing) -> None:
    with pytest.raises(QueryError, match="is not a cohort of the graph"):
        total([Responders("f", "http://example.org/x", "x", 1, 2)], sharing)
