"""A row of a summary of findings: patients once, pooled over what is apart, rated by rules that are written out."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from scipy.stats import t

from cartkg.cli import cli
from cartkg.synthesis import Cohort, PatientQuestion, Relations, count, read_relations
from cartkg.synthesis.pooling.proportions import Responders, leave_one_out, pool, pool_all
from cartkg.synthesis.questions import names
from cartkg.synthesis.reports.summary import LEVELS, Summary, certainty, summarise

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.test_questions import shipped_graph  # noqa: E402  # the tests are not a package

if TYPE_CHECKING:
    from cartkg.graph import KnowledgeGraph


#: Counts over the shipped graph take seconds.
pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return shipped_graph()


@pytest.fixture(scope="module")
def relations(graph: KnowledgeGraph) -> Relations:
    return read_relations(graph)


@pytest.fixture(scope="module")
def doris(graph: KnowledgeGraph) -> PatientQuestion:
    measure = names.find_term(graph, "measure", "doris-remission").iri
    return PatientQuestion(
        names.find_term(graph, "disease", "MONDO:0007915").iri,
        names.with_narrower(graph, measure),
        target=names.find_term(graph, "target", "cd19").iri,
        moment=names.read_moment("best"),
    )


@pytest.fixture(scope="module")
def row(graph: KnowledgeGraph, relations: Relations, doris: PatientQuestion) -> Summary:
    return summarise(doris, relations, graph)


def test_the_row_counts_as_the_count_does(
    row: Summary, graph: KnowledgeGraph, relations: Relations, doris: PatientQuestion
) -> None:
    found = count(doris, relations, graph)
    assert (row.reached.low, row.reached.high) == (found.low, found.high)
    assert row.treated.low >= row.reached.low


def test_no_two_cohorts_of_a_pool_may_share_a_patient(row: Summary, relations: Relations) -> None:
    assert row.pooled is not None
    names_used = [used.cohort for used in row.pooled.used]
    assert not any(relations.may_share(one, other) for one in names_used for other in names_used if one != other)
    assert row.as_if_apart is not None
    assert row.as_if_apart.total > row.pooled.total


def test_press_is_left_out_of_the_sober_pool(row: Summary) -> None:
    press = {group.cohort for group in row.reached.used if group.press_only}
    assert row.without_press is not None
    assert not press & {used.cohort for used in row.without_press.used}


def test_leaving_one_out_leaves_all_others(row: Summary) -> None:
    assert row.pooled is not None
    assert len(row.leave_one_out) == len(row.pooled.used)
    for out, rest in row.leave_one_out:
        assert rest.total == row.pooled.total - out.total
        assert out not in rest.used


def _responders(name: str, events: int, total: int) -> Responders:
    return Responders(name, name, name, events, total)


def test_the_prediction_interval_is_that_of_higgins() -> None:
    """J R Stat Soc A 2009;172:137, written out on the arcsine scale."""
    counts = [("a", 2, 20), ("b", 15, 30), ("c", 28, 40), ("d", 9, 12)]
    pooled = pool_all([_responders(*each) for each in counts])
    assert pooled is not None
    assert pooled.prediction is not None
    assert pooled.tau_squared is not None
    weights = [1 / (1 / (4 * total) + pooled.tau_squared) for _, _, total in counts]
    effects = [math.asin(math.sqrt(events / total)) for _, events, total in counts]
    mean = sum(w * y for w, y in zip(weights, effects, strict=True)) / sum(weights)
    half = t.ppf(0.975, 2) * math.sqrt(pooled.tau_squared + 1 / sum(weights))
    low, high = (min(max(mean + sign * half, 0.0), math.pi / 2) for sign in (-1, 1))
    assert pooled.prediction.low == pytest.approx(math.sin(low) ** 2, abs=1e-9)
    assert pooled.prediction.high == pytest.approx(math.sin(high) ** 2, abs=1e-9)


def test_two_cohorts_give_no_prediction_and_one_cannot_be_left_out() -> None:
    two = pool_all([_responders("a", 1, 5), _responders("b", 4, 5)])
    assert two is not None
    assert two.prediction is None
    one = pool([_responders("a", 1, 5)], Relations([Cohort("a", "a", 5, 5)], []))
    assert one is not None
    assert leave_one_out(one) == ()
    assert pool_all([]) is None


def test_each_rule_lowers_by_one_level_and_says_why(row: Summary) -> None:
    sure = replace(
        row,
        pooled=pool_all([_responders("a", 190, 200), _responders("b", 192, 200), _responders("c", 191, 200)]),
        reached=replace(row.reached, used=(), low=573, high=573),
    )
    assert certainty(sure, randomised=True).level == "high"
    assert certainty(sure, randomised=False).level == "low"
    rated = certainty(replace(sure, reached=replace(sure.reached, high=None)), randomised=True)
    assert rated.level == "moderate"
    assert rated.reasons[-1] == "lowered by possible overlap: the count of patients has no upper bound"
    small = replace(sure, pooled=pool_all([_responders("a", 9, 10)]))
    assert "fewer than 100" in certainty(small, randomised=True).reasons[-1]
    uneven = replace(sure, pooled=pool_all([_responders(name, n, 100) for name, n in (("a", 5), ("b", 50), ("c", 95))]))
    assert any("inconsistency" in reason for reason in certainty(uneven, randomised=True).reasons)
    none = replace(sure, pooled=None)
    assert "no cohort has both a count" in certainty(none, randomised=False).reasons[-1]
    assert certainty(none, randomised=False).level == LEVELS[0]


def test_the_command_prints_the_row_and_needs_an_outcome() -> None:
    asked = ["count", "--disease", "MONDO:0007915", "--measure", "doris-remission", "--at", "best", "--summary"]
    told = json.loads(CliRunner().invoke(cli, [*asked, "--format", "json"]).stdout)
    assert told["certainty"]["level"] in LEVELS
    assert told["pooled"]["total"] >= told["pooled"]["events"]
    assert told["rules"]
    wrong = CliRunner().invoke(cli, ["count", "--summary"])
    assert wrong.exit_code == 2  # usage
    assert "--summary needs --measure or --event" in wrong.stderr
