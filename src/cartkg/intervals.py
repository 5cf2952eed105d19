"""Exact intervals of proportions; fast, because a page with a chart needs many.

Source: Clopper and Pearson (1934, Biometrika 26:404), by quantiles of the beta distribution.
"""

from __future__ import annotations

from math import sqrt


def exact_limits(events: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Return the Clopper-Pearson limits of a proportion, each from 0 to 1.

    Args:
        events: how many of the total, from 0 to total.
        total: of how many, at least 1.
        level: confidence, between 0 and 1.

    Raises:
        ValueError: total is below 1, or events are not within 0 and total.
    """
    if total < 1 or not 0 <= events <= total:
        raise ValueError(f"{events} of {total} is not a proportion")
    from scipy.special import betaincinv  # noqa: PLC0415  # a fifth of a second, which many commands need not spend

    tail = (1 - level) / 2
    low = float(betaincinv(events, total - events + 1, tail)) if events else 0.0
    high = float(betaincinv(events + 1, total - events, 1 - tail)) if events < total else 1.0
    return low, high


def difference_limits(first: tuple[int, int], second: tuple[int, int], level: float = 0.95) -> tuple[float, float]:
    """Return the limits of the difference of two independent proportions, first minus second, each from -1 to 1.

    The exact limits of both proportions are combined as Newcombe does with others (1998, Stat Med 17:873, method 10).

    Args:
        first: events and total of the first group.
        second: events and total of the second group.
        level: confidence, between 0 and 1.

    Raises:
        ValueError: a total is below 1, or events are not within 0 and total.
    """
    (low1, high1), (low2, high2) = exact_limits(*first, level), exact_limits(*second, level)
    one, two = first[0] / first[1], second[0] / second[1]
    below = sqrt((one - low1) ** 2 + (high2 - two) ** 2)
    above = sqrt((high1 - one) ** 2 + (two - low2) ** 2)
    return one - two - below, one - two + above
