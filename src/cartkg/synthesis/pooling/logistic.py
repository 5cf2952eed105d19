"""Fit the random-intercept logistic model of responders by maximum likelihood.

Each cohort has a true share of its own, whose logit is normal over cohorts; the patients of a cohort respond as a
binomial with that share (Stijnen et al. 2010, Stat Med 29:3046). The likelihood of the counts is exact, so cohorts in
which no one or everyone responded need no correction. The integral over the share of each cohort is taken by
Gauss-Hermite quadrature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammaln, log_expit
from scipy.stats import chi2, norm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Nodes of the quadrature, around the most likely share of each cohort: more change the likelihood by less than 1e-9.
_NODES = 41
#: Most standard deviations of a cohort's logit that are looked at; with shares from 0 to 1 nothing is beyond.
_WIDEST = 10.0
#: Step of the second differences that the standard error comes from, in logits.
_STEP = 1e-3


@dataclass(frozen=True, slots=True)
class Logistic:
    """What the model states about the cohorts.

    Attributes:
        estimate: share in the median cohort, 0 to 1.
        low, high: its Wald limits, set on the logit scale and transformed back.
        tau_squared: variance of the logit between cohorts.
        heterogeneity: p value of the likelihood-ratio test that all cohorts have one share; it is half that of a chi
            squared with one degree of freedom, for the variance is at its least under the hypothesis.
    """

    estimate: float
    low: float
    high: float
    tau_squared: float
    heterogeneity: float

    def __str__(self) -> str:
        return f"{self.estimate:.1%} ({self.low:.1%} to {self.high:.1%})"


def fit(counts: Sequence[tuple[int, int]], level: float = 0.95) -> Logistic | None:
    """Fit the model to pairs of responders and patients assessed; each pair is a cohort with someone assessed.

    Return None where it has no finite estimate: with fewer than two cohorts, where no one or everyone responded in
    all, or where everyone responded in some and no one in the others.
    """
    events = np.array([reached for reached, _ in counts], dtype=np.float64)
    totals = np.array([assessed for _, assessed in counts], dtype=np.float64)
    if len(counts) < 2 or not 0 < events.sum() < totals.sum():  # noqa: PLR2004  # one cohort has no variance
        return None
    likelihood = _Likelihood(events, totals)
    common = math.log(events.sum() / (totals.sum() - events.sum()))
    alone = likelihood.at(common, 0.0)
    best = (alone, common, 0.0)
    for start in (0.5, 2.0):
        found = minimize(
            lambda both: -likelihood.at(float(both[0]), float(both[1])),
            np.array([common, start]),
            bounds=[(-_WIDEST * 3, _WIDEST * 3), (0.0, _WIDEST)],
            method="L-BFGS-B",
            options={"ftol": 1e-12, "gtol": 1e-6},
        )
        best = max(best, (-float(found.fun), float(found.x[0]), float(found.x[1])))
    height, mean, deviation = best
    if height - alone < 1e-6:  # noqa: PLR2004  # flat, but for rounding: the shares differ no more than by chance
        height, mean, deviation = alone, common, 0.0
    error = likelihood.standard_error(mean, deviation) if deviation < _WIDEST else None
    if error is None:
        return None
    half = float(norm.ppf((1 + level) / 2)) * error
    low, estimate, high = (float(expit(at)) for at in (mean - half, mean, mean + half))
    test = float(chi2.sf(2 * (height - alone), 1)) / 2 if deviation > 0 else 1.0
    return Logistic(estimate, low, high, deviation**2, test)


class _Likelihood:
    """Log likelihood of the mean and the standard deviation of the cohorts' logits."""

    def __init__(self, events: NDArray[np.float64], totals: NDArray[np.float64]) -> None:
        self._events, self._totals = events[:, None], totals[:, None]
        self._ways = gammaln(totals + 1) - gammaln(events + 1) - gammaln(totals - events + 1)
        self._at, weights = np.polynomial.hermite.hermgauss(_NODES)
        self._weights = np.log(weights) + self._at**2

    def at(self, mean: float, deviation: float) -> float:
        """Return the log likelihood; the nodes are around the most likely logit of each cohort."""
        if deviation == 0:
            return float(self._ways.sum() + self._binomial(np.array([[mean]])).sum())
        centre, width = self._mode(mean, deviation)
        logits = centre + math.sqrt(2) * width * self._at[None, :]
        each = self._binomial(logits) - ((logits - mean) / deviation) ** 2 / 2 + self._weights[None, :]
        top = each.max(axis=1)
        heights = top + np.log(np.exp(each - top[:, None]).sum(axis=1)) + np.log(width[:, 0] / deviation)
        return float((self._ways + heights).sum()) - len(heights) * math.log(math.pi) / 2

    def standard_error(self, mean: float, deviation: float) -> float | None:
        """Return the standard error of the mean from the observed information; None where that is not positive.

        The deviation is known with an error too, unless it is at its least, 0.
        """
        step = min(_STEP, deviation / 2) if deviation else _STEP
        here = self.at(mean, deviation)
        of_mean = -(self.at(mean + step, deviation) - 2 * here + self.at(mean - step, deviation)) / step**2
        if deviation < 2 * _STEP:
            return 1 / math.sqrt(of_mean) if of_mean > 0 else None
        of_deviation = -(self.at(mean, deviation + step) - 2 * here + self.at(mean, deviation - step)) / step**2
        corners = [self.at(mean + a * step, deviation + b * step) for a, b in ((1, 1), (-1, -1), (1, -1), (-1, 1))]
        both = -(corners[0] + corners[1] - corners[2] - corners[3]) / (4 * step**2)
        information = of_mean * of_deviation - both**2
        return math.sqrt(of_deviation / information) if of_deviation > 0 and information > 0 else None

    def _binomial(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        failures = self._totals - self._events
        likely = log_expit(logits)
        value: NDArray[np.float64] = self._events * likely + failures * (likely - logits)
        return value

    def _mode(self, mean: float, deviation: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the logit at which each cohort's integrand is highest, and its width there, by Newton's method."""
        logits = np.full_like(self._events, mean)
        for _ in range(50):
            share = expit(logits)
            slope = self._events - self._totals * share - (logits - mean) / deviation**2
            bend = self._totals * share * (1 - share) + 1 / deviation**2
            step = np.clip(slope / bend, -2.0, 2.0)
            logits = logits + step
            if np.abs(step).max() < 1e-10:  # noqa: PLR2004  # closer than any figure that is shown
                break
        share = expit(logits)
        return logits, 1 / np.sqrt(self._totals * share * (1 - share) + 1 / deviation**2)
