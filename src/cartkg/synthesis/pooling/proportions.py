"""Pool proportions of responders, with intervals, over cohorts that share no patient.

Exact intervals are those of Clopper and Pearson (1934, Biometrika 26:404). Pooling over cohorts of different truth uses
the arcsine transform, whose variance does not need a correction when no one or everyone responds (Rücker et al. 2009,
Stat Med 28:721), and DerSimonian and Laird's random effects (1986, Control Clin Trials 7:177).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t
from statsmodels.stats.meta_analysis import combine_effects

from cartkg.intervals import exact_limits
from cartkg.synthesis.counting.bounds import bound
from cartkg.synthesis.patients.setting import SetFacts
from cartkg.synthesis.questions.groups import NotCounted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from cartkg.synthesis.patients.relations import Relations


@dataclass(frozen=True, slots=True)
class Responders:
    """The patients with a result out of those assessed in one cohort, from one finding.

    Attributes:
        finding: IRI of the finding.
        cohort: IRI of the cohort.
        label: study and cohort for people.
        events: patients with the outcome.
        total: patients assessed.
        months: time after infusion, in months; None when not reported.
    """

    finding: str
    cohort: str
    label: str
    events: int
    total: int
    months: float | None = None


@dataclass(frozen=True, slots=True)
class ProportionInterval:
    """A proportion from 0 to 1 with its confidence limits."""

    estimate: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.estimate:.1%} ({self.low:.1%} to {self.high:.1%})"


@dataclass(frozen=True, slots=True)
class Pooled:
    """A proportion pooled over cohorts that share no patient.

    Attributes:
        used: the counts that went in.
        left_out: those that did not, each with the reason.
        events, total: sums over the used cohorts, which share no patient.
        exact: one common proportion (fixed effect), Clopper-Pearson.
        fixed: inverse-variance mean on the arcsine scale, transformed back.
        random: DerSimonian-Laird mean on the arcsine scale; None with a single cohort.
        tau_squared: variance between cohorts on the arcsine scale (square radians); None with a single cohort.
        i_squared: share of the variation beyond chance, 0 to 1; None with a single cohort.
        prediction: where the share of a further cohort is expected (Higgins et al. 2009, J R Stat Soc A 172:137); None
            with fewer than three cohorts.
    """

    used: tuple[Responders, ...]
    left_out: tuple[NotCounted, ...]
    events: int
    total: int
    exact: ProportionInterval
    fixed: ProportionInterval
    random: ProportionInterval | None
    tau_squared: float | None
    i_squared: float | None
    prediction: ProportionInterval | None = None


def exact_interval(events: int, total: int, level: float = 0.95) -> ProportionInterval:
    """Return a proportion with its Clopper-Pearson limits.

    Raises:
        ValueError: total is below 1, or events are not within 0 and total.
    """
    low, high = exact_limits(events, total, level)
    return ProportionInterval(events / total, low, high)


def pool(counts: Iterable[Responders], relations: Relations, level: float = 0.95) -> Pooled | None:
    """Pool the largest choice of cohorts of which no two can share a patient; None when there is no count.

    Of several counts on one cohort the one with most patients assessed stands for it, then the latest.
    """
    ordered = sorted(counts, key=_rank)
    left_out: list[NotCounted] = []
    by_cohort: dict[str, Responders] = {}
    for count in ordered:
        if count.total < 1:
            left_out.append(NotCounted(count.finding, count.label, "no patient was assessed"))
        elif count.cohort in by_cohort:
            kept = by_cohort[count.cohort]
            reason = f"the same cohort as {kept.events} of {kept.total}{_when(kept)}, which is used instead"
            left_out.append(NotCounted(count.finding, count.label, reason))
        else:
            by_cohort[count.cohort] = count
    chosen = _apart(by_cohort, relations)
    for cohort, count in by_cohort.items():
        if cohort not in chosen:
            left_out.append(NotCounted(count.finding, count.label, _tie(cohort, chosen, relations)))
    used = tuple(by_cohort[cohort] for cohort in chosen)
    return _pooled(used, tuple(left_out), level) if used else None


def pool_all(counts: Iterable[Responders], level: float = 0.95) -> Pooled | None:
    """Pool one count of each cohort as if no two cohorts shared a patient; only to be compared with `pool`."""
    by_cohort: dict[str, Responders] = {}
    for count in sorted(counts, key=_rank):
        if count.total > 0:
            by_cohort.setdefault(count.cohort, count)
    return _pooled(tuple(by_cohort[cohort] for cohort in sorted(by_cohort)), (), level) if by_cohort else None


def leave_one_out(pooled: Pooled, level: float = 0.95) -> tuple[tuple[Responders, Pooled], ...]:
    """Return each cohort of a pool with the pool without it; empty with a single cohort."""
    if len(pooled.used) < 2:  # noqa: PLR2004  # nothing would be left
        return ()
    return tuple((out, _pooled(tuple(each for each in pooled.used if each != out), (), level)) for out in pooled.used)


def _rank(count: Responders) -> tuple[int, float, str]:
    return (-count.total, -(count.months if count.months is not None else -1.0), count.finding)


def _when(count: Responders) -> str:
    return "" if count.months is None else f" at {count.months:g} months"


def _apart(by_cohort: dict[str, Responders], relations: Relations) -> list[str]:
    """Choose cohorts without any possible tie so that most patients are in: a tie costs all that a cohort brings."""
    names = sorted(by_cohort)
    apart = np.array([[one != other and not relations.may_share(one, other) for other in names] for one in names])
    totals = [by_cohort[name].total for name in names]
    setting = SetFacts(totals, totals, [frozenset() for _ in names], apart.reshape(len(names), len(names)))
    picked = [names[at] for at in bound(setting, range(len(names)), search=False).apart]
    chosen: list[str] = []
    for cohort in sorted(picked, key=lambda name: _rank(by_cohort[name])):
        if not any(relations.may_share(cohort, other) for other in chosen):
            chosen.append(cohort)
    return sorted(chosen)


def _tie(cohort: str, chosen: Sequence[str], relations: Relations) -> str:
    for other in chosen:
        if relations.may_share(cohort, other):
            return f"may share patients with {relations.cohorts[other].label} ({relations.relation(cohort, other)})"
    return "may share patients with a cohort that was left out for the same reason"


def _pooled(used: tuple[Responders, ...], left_out: tuple[NotCounted, ...], level: float) -> Pooled:
    events = sum(count.events for count in used)
    total = sum(count.total for count in used)
    exact = exact_interval(events, total, level)
    effects = np.array([math.asin(math.sqrt(count.events / count.total)) for count in used])
    variances = np.array([1 / (4 * count.total) for count in used])
    if len(used) == 1:
        return Pooled(used, left_out, events, total, exact, exact, None, None, None)
    # A negative estimate of tau squared means none; statsmodels does not cut it off and may divide by zero there.
    with np.errstate(divide="ignore", invalid="ignore"):
        combined = combine_effects(effects, variances, method_re="dl", alpha=1 - level)
        fixed_limits, random_limits = combined.conf_int(alpha=1 - level)[:2]
    fixed = _back(float(combined.mean_effect_fe), fixed_limits)
    varied = combined.tau2 > 0
    return Pooled(
        used=used,
        left_out=left_out,
        events=events,
        total=total,
        exact=exact,
        fixed=fixed,
        random=_back(float(combined.mean_effect_re), random_limits) if varied else fixed,
        tau_squared=float(combined.tau2) if varied else 0.0,
        i_squared=float(combined.i2) if varied else 0.0,
        prediction=_prediction(effects, 1 / variances, float(combined.tau2) if varied else 0.0, level),
    )


def _prediction(
    effects: NDArray[np.float64], weights: NDArray[np.float64], tau_squared: float, level: float
) -> ProportionInterval | None:
    if len(effects) < 3:  # noqa: PLR2004  # two degrees of freedom are used up
        return None
    wider = 1 / (1 / weights + tau_squared)
    mean = float((wider * effects).sum() / wider.sum())
    half = float(t.ppf((1 + level) / 2, len(effects) - 2)) * math.sqrt(tau_squared + 1 / float(wider.sum()))
    return _back(mean, (mean - half, mean + half))


def _back(mean: float, limits: tuple[float, float]) -> ProportionInterval:
    """Transform from the arcsine scale, on which a proportion lies within 0 and half pi."""
    mean, low, high = (math.sin(min(max(float(x), 0.0), math.pi / 2)) ** 2 for x in (mean, limits[0], limits[1]))
    return ProportionInterval(mean, low, high)
