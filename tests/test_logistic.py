"""The random-intercept logistic model against figures of another implementation, and where it has no estimate."""

from __future__ import annotations

import pytest

from cartkg.synthesis.pooling.logistic import fit

#: Counts -> estimate, limits and variance by `rma.glmm(measure = "PLO", nAGQ = 41)` of metafor 3.8-1 (R).
METAFOR = [
    ([(2, 10), (18, 20), (5, 5), (4, 8)], (0.71730, 0.26481, 0.94702, 2.87173)),
    ([(8, 8), (5, 5), (14, 15), (9, 10), (3, 6)], (0.91277, 0.66787, 0.98197, 1.23073)),
    ([(1, 10), (2, 12), (1, 9), (2, 11)], (0.14286, 0.06562, 0.28343, 0.0)),
    ([(0, 12), (3, 15), (1, 20), (6, 9), (2, 30)], (0.11288, 0.02528, 0.38439, 2.28070)),
    ([(12, 40), (30, 60), (25, 35), (18, 22), (7, 50)], (0.48208, 0.24658, 0.72583, 1.27340)),
]


@pytest.mark.parametrize(("counts", "figures"), METAFOR)
def test_the_figures_are_those_of_metafor(
    counts: list[tuple[int, int]], figures: tuple[float, float, float, float]
) -> None:
    found = fit(counts)
    assert found is not None
    assert (found.estimate, found.low, found.high, found.tau_squared) == pytest.approx(figures, abs=5e-5)


def test_the_order_of_the_cohorts_does_not_matter() -> None:
    counts = METAFOR[0][0]
    one, other = fit(counts), fit(counts[::-1])
    assert one is not None
    assert other is not None
    assert one.estimate == pytest.approx(other.estimate, abs=1e-6)


def test_responders_turned_round_turn_the_share_round() -> None:
    counts = METAFOR[3][0]
    one, other = fit(counts), fit([(total - events, total) for events, total in counts])
    assert one is not None
    assert other is not None
    assert (one.estimate, one.low, one.high) == pytest.approx(
        (1 - other.estimate, 1 - other.high, 1 - other.low), abs=1e-6
    )


def test_cohorts_of_one_share_have_no_variance_and_the_sums_share() -> None:
    found = fit([(5, 10), (5, 10), (10, 20)])
    assert found is not None
    assert (found.estimate, found.tau_squared, found.heterogeneity) == (0.5, 0.0, 1.0)


@pytest.mark.parametrize("counts", [[], [(3, 5)], [(5, 5), (8, 8)], [(0, 5), (0, 8)], [(5, 5), (0, 3)]])
def test_without_a_finite_estimate_there_is_none(counts: list[tuple[int, int]]) -> None:
    assert fit(counts) is None
