"""Pooled proportions, and conflicts found by rules."""

from __future__ import annotations

import math
import sys
from decimal import Decimal
from pathlib import Path
from random import Random
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartkg.synthesis import Cohort, Degree, Overlap, Relations, Traits
from cartkg.synthesis.pooling.proportions import Responders, exact_interval, pool

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.conflicts import ConflictKind, Quantity, Stated, Window, find_conflicts  # noqa: E402  # the same
from tests.patients import world  # noqa: E402  # the tests are not a package


def apart(*sizes: tuple[str, int]) -> Relations:
    """Make cohorts of which no two share a patient."""
    traits = [Traits(countries=frozenset({f"country of {name}"})) for name, _ in sizes]
    return Relations([Cohort(name, name, n, n, traits=each) for (name, n), each in zip(sizes, traits, strict=True)], [])


def responders(name: str, events: int, total: int, months: float | None = None) -> Responders:
    return Responders(f"finding-{name}-{months}", name, name, events, total, months)


def test_the_exact_interval_is_that_of_the_textbook() -> None:
    """8 of 8: lower limit 0.025 ** (1/8) (Clopper and Pearson 1934)."""
    interval = exact_interval(8, 8)
    assert interval.low == pytest.approx(0.025 ** (1 / 8))
    assert interval.high == 1
    assert str(interval) == "100.0% (63.1% to 100.0%)"


@pytest.mark.parametrize(("events", "total"), [(1, 0), (3, 2), (-1, 2)])
def test_no_proportion_is_refused(events: int, total: int) -> None:
    with pytest.raises(ValueError, match="is not a proportion"):
        exact_interval(events, total)


def test_cohorts_that_may_share_patients_are_not_pooled() -> None:
    relations = Relations(
        [Cohort("a", "a", 5, 5), Cohort("b", "b", 8, 8)], [Overlap("a", "b", Degree.UNKNOWN, "one site")]
    )
    pooled = pool([responders("a", 5, 5), responders("b", 4, 8)], relations)
    assert pooled is not None
    assert (pooled.events, pooled.total) == (4, 8)
    assert [out.reason for out in pooled.left_out] == [
        "may share patients with b (they may share patients: unknown overlap: one site)"
    ]
    assert pooled.random is None


def test_of_two_times_the_later_stands_for_the_cohort() -> None:
    pooled = pool([responders("a", 5, 5, 3), responders("a", 4, 5, 12)], apart(("a", 5)))
    assert pooled is not None
    assert pooled.events == 4
    assert pooled.left_out[0].reason == "the same cohort as 4 of 5 at 12 months, which is used instead"


def test_pooled_means_lie_between_the_cohorts() -> None:
    relations = apart(("a", 10), ("b", 20))
    pooled = pool([responders("a", 2, 10), responders("b", 18, 20)], relations)
    assert pooled is not None
    assert pooled.random is not None
    for interval in (pooled.exact, pooled.fixed, pooled.random):
        assert 0.2 < interval.estimate < 0.9
        assert 0 <= interval.low < interval.estimate < interval.high <= 1
    assert pooled.i_squared is not None
    assert pooled.i_squared > 0.8
    assert pooled.random.high - pooled.random.low > pooled.fixed.high - pooled.fixed.low


def test_everybody_responding_needs_no_correction() -> None:
    relations = apart(("a", 5), ("b", 8))
    pooled = pool([responders("a", 5, 5), responders("b", 8, 8)], relations)
    assert pooled is not None
    assert pooled.fixed.estimate == pytest.approx(1)
    assert math.isclose(pooled.exact.low, 0.025 ** (1 / 13))
    assert pooled.i_squared == 0


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), min_size=2, max_size=8))
def test_pool_agrees_with_the_formulas_written_out(drawn: list[tuple[int, int]]) -> None:
    """DerSimonian and Laird, Control Clin Trials 1986;7:177, step by step, beside the library that is used."""
    counts = [(min(events, total), total) for events, total in drawn]
    names = [f"c{number}" for number in range(len(counts))]
    relations = apart(*((name, total) for name, (_, total) in zip(names, counts, strict=True)))
    pooled = pool([responders(name, *pair) for name, pair in zip(names, counts, strict=True)], relations)
    assert pooled is not None
    assert pooled.random is not None
    effects = [math.asin(math.sqrt(events / total)) for events, total in counts]
    weights = [4 * total for _, total in counts]
    mean = sum(w * y for w, y in zip(weights, effects, strict=True)) / sum(weights)
    spread = sum(w * (y - mean) ** 2 for w, y in zip(weights, effects, strict=True))
    scale = sum(weights) - sum(w * w for w in weights) / sum(weights)
    between = max(0.0, (spread - (len(counts) - 1)) / scale)
    wider = [1 / (1 / w + between) for w in weights]
    random = sum(w * y for w, y in zip(wider, effects, strict=True)) / sum(wider)
    assert pooled.fixed.estimate == pytest.approx(math.sin(mean) ** 2, abs=1e-9)
    assert pooled.random.estimate == pytest.approx(math.sin(random) ** 2, abs=1e-9)
    assert pooled.tau_squared == pytest.approx(between, abs=1e-9)
    half = NormalDist().inv_cdf(0.975) / math.sqrt(sum(wider))
    low, high = (min(max(random + sign * half, 0.0), math.pi / 2) for sign in (-1, 1))
    assert pooled.random.low == pytest.approx(math.sin(low) ** 2, abs=1e-6)
    assert pooled.random.high == pytest.approx(math.sin(high) ** 2, abs=1e-6)
    assert pooled.i_squared == pytest.approx(max(0.0, 1 - (len(counts) - 1) / spread) if spread else 0.0, abs=1e-9)


@given(st.integers(1, 60), st.data())
def test_exact_limits_leave_a_fortieth_on_either_side(total: int, data: st.DataObject) -> None:
    """The limits of Clopper and Pearson by their definition: sums of binomial terms, no library."""
    events = data.draw(st.integers(0, total))
    interval = exact_interval(events, total)

    def at_most(count: int, share: float) -> float:
        return math.fsum(math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(count + 1))

    if events > 0:
        assert 1 - at_most(events - 1, interval.low) == pytest.approx(0.025, abs=1e-6)
    if events < total:
        assert at_most(events, interval.high) == pytest.approx(0.025, abs=1e-6)


def test_nothing_to_pool_gives_nothing() -> None:
    assert pool([], Relations([], [])) is None


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**9), st.data())
def test_pooled_cohorts_share_no_patient(seed: int, data: st.DataObject) -> None:
    made = world(Random(seed))  # noqa: S311  # worlds, not secrets
    counts = [
        responders(name, data.draw(st.integers(0, len(patients))), len(patients))
        for name, patients in made.members.items()
    ]
    pooled = pool(counts, made.relations)
    assert pooled is not None
    members = [patient for count in pooled.used for patient in made.members[count.cohort]]
    assert len(members) == len(set(members)) == pooled.total
    assert len(pooled.used) + len(pooled.left_out) == len(counts)


MONTH_3 = Window("atTimePoint", Decimal(3), "mo")


def stated(  # noqa: PLR0913  # a row of a table of cases
    iri: str,
    numerator: int | None = None,
    denominator: int | None = None,
    *,
    value: str = "",
    statistic: str = "median",
    window: Window = MONTH_3,
    grade: str = "",
    patients: int | None = 47,
) -> Stated:
    quantity = Quantity(Decimal(value), "%", statistic) if value else None
    return Stated(iri, "cohort", "measure", iri, window, numerator, denominator, quantity, grade, "", patients)


CONFLICTS = [
    ("two counts", [stated("a", 5, 8), stated("b", 6, 8)], [("counts-differ", ConflictKind.CONTRADICTION)]),
    ("two denominators", [stated("a", 5, 8), stated("b", 5, 9)], [("counts-differ", ConflictKind.CONTRADICTION)]),
    ("one denominator missing", [stated("a", 5, 8), stated("b", 5)], []),
    ("another window", [stated("a", 5, 8), stated("b", 6, 8, window=Window("lastFollowUp"))], []),
    ("another grade", [stated("a", 5, 8, grade="1"), stated("b", 1, 8, grade="2")], []),
    ("two values", [stated("a", value="16"), stated("b", value="10")], [("values-differ", ConflictKind.CONTRADICTION)]),
    ("a rounded value", [stated("a", value="4.6"), stated("b", value="5")], [("values-differ", ConflictKind.ROUNDING)]),
    ("another statistic", [stated("a", value="4"), stated("b", value="5", statistic="mean")], []),
    ("79 of 47", [stated("a", 79)], [("count-above-patients", ConflictKind.MISPRINT)]),
    ("numerator above denominator", [stated("a", 9, 8)], [("count-above-patients", ConflictKind.MISPRINT)]),
    ("more assessed than there are", [stated("a", 5, 48)], [("denominator-above-cohort", ConflictKind.CONTRADICTION)]),
    ("a fitting percentage", [stated("a", value="66.7", statistic="percentOnly", patients=3)], []),
    (
        "a percentage of nobody",
        [stated("a", value="70", statistic="percentOnly", patients=3)],
        [("percentage-unlike-count", ConflictKind.CONTRADICTION)],
    ),
    (
        "a percentage cut off",
        [stated("a", value="66.6", statistic="percentOnly", patients=24)],
        [("percentage-unlike-count", ConflictKind.ROUNDING)],
    ),
    (
        "a percentage unlike its count",
        [stated("a", 2, 3, value="33.3", statistic="percentOnly")],
        [("percentage-unlike-count", ConflictKind.CONTRADICTION)],
    ),
    (
        "grades above any grade",
        [stated("a", 10, 15, grade="1"), stated("b", 2, 15, grade="2"), stated("c", 11, 15, grade="any")],
        [("grades-above-whole", ConflictKind.CONTRADICTION)],
    ),
    (
        "grades that add up",
        [stated("a", 10, 15, grade="1"), stated("b", 1, 15, grade="2"), stated("c", 11, 15, grade="any")],
        [],
    ),
    (
        "a grade above the event",
        [stated("a", 3, grade="1"), stated("b", 2)],
        [("grades-above-whole", ConflictKind.CONTRADICTION)],
    ),
    (
        "two values of one patient",
        [
            stated("a", value="59", statistic="singleValue", patients=1),
            stated("b", value="69", statistic="singleValue", patients=1),
        ],
        [("values-differ", ConflictKind.CONTRADICTION)],
    ),
    (
        "values of two patients",
        [stated("a", value="59", statistic="singleValue"), stated("b", value="69", statistic="singleValue")],
        [],
    ),
    (
        "grades above everybody",
        [stated("a", 10, 15, grade="1"), stated("b", 6, 15, grade="2")],
        [("grades-above-whole", ConflictKind.CONTRADICTION)],
    ),
]


@pytest.mark.parametrize(("findings", "expected"), [row[1:] for row in CONFLICTS], ids=[row[0] for row in CONFLICTS])
def test_a_rule_finds_what_cannot_be(findings: list[Stated], expected: list[tuple[str, ConflictKind]]) -> None:
    assert [(proposal.rule, proposal.kind) for proposal in find_conflicts(findings)] == expected


@given(st.integers(1, 200), st.data(), st.integers(0, 3))
def test_a_true_percentage_is_never_a_conflict(total: int, data: st.DataObject, decimals: int) -> None:
    count = data.draw(st.integers(0, total))
    value = f"{100 * count / total:.{decimals}f}"
    finding = stated("a", count, total, value=value, statistic="percentOnly", patients=total)
    assert find_conflicts([finding]) == []
