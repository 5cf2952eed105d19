"""The exact interval of a proportion; light, since every page with a chart asks for many.

Source: Clopper and Pearson (1934, Biometrika 26:404), by quantiles of the beta distribution.
"""

from __future__ import annotations

from scipy.special import betaincinv


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
    tail = (1 - level) / 2
    low = float(betaincinv(events, total - events + 1, tail)) if events else 0.0
    high = float(betaincinv(events + 1, total - events, 1 - tail)) if events < total else 1.0
    return low, high
