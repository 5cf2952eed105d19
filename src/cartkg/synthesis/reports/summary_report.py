"""Write one row of a summary of findings for people and machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cartkg.synthesis.reports.summary import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.synthesis.pooling.proportions import Pooled
    from cartkg.synthesis.reports.summary import Summary


def document(row: Summary, title: str) -> dict[str, Any]:
    """Return a row as members of JSON."""
    return {
        "question": title,
        "reached": {"low": row.reached.low, "high": row.reached.high},
        "treated": {"low": row.treated.low, "high": row.treated.high},
        "studies": row.studies,
        "designs": row.designs,
        "comparator": row.comparator,
        "pooled": asdict(row.pooled) if row.pooled else None,
        "logistic": asdict(row.logistic) if row.logistic else None,
        "without_press": asdict(row.without_press) if row.without_press else None,
        "as_if_apart": asdict(row.as_if_apart) if row.as_if_apart else None,
        "leave_one_out": {out.label: asdict(pooled.exact) for out, pooled in row.leave_one_out},
        "certainty": asdict(row.certainty),
        "rules": RULES,
    }


def lines(row: Summary, title: str) -> Iterator[str]:
    """Yield a row as lines for people."""
    yield title
    yield f"  patients who reached it, each once: {row.reached}"
    yield f"  patients of these cohorts, each once: {row.treated}"
    designs = f": {', '.join(row.designs)}" if row.designs else ""
    yield f"  studies: {row.studies}{designs}; {'a' if row.comparator else 'no'} comparator arm"
    yield from _pooled("pooled over cohorts that share no patient", row.pooled)
    if row.logistic is not None:
        yield f"    random effects (logistic model): {row.logistic}"
    if row.pooled is not None and row.pooled.prediction is not None:
        yield f"    a further cohort is expected within {_span(row.pooled.prediction.low, row.pooled.prediction.high)}"
    yield from _pooled("without press", row.without_press)
    yield from _pooled("for comparison, as if no two cohorts shared a patient", row.as_if_apart)
    if row.leave_one_out:
        ends = sorted(row.leave_one_out, key=lambda each: each[1].exact.estimate)
        (low, lowest), (high, highest) = ends[0], ends[-1]
        least, most = f"{lowest.exact.estimate:.0%} ({low.label})", f"{highest.exact.estimate:.0%} ({high.label})"
        yield f"  with one cohort left out: {least} to {most}"
    yield f"  certainty: {row.certainty.level}"
    yield from (f"    {reason}" for reason in row.certainty.reasons)


def _pooled(name: str, pooled: Pooled | None) -> Iterator[str]:
    if pooled is None:
        yield f"  {name}: no cohort has both a count and a number assessed"
        return
    cohorts = f"{len(pooled.used)} cohort{'s' if len(pooled.used) != 1 else ''}"
    yield f"  {name}: {pooled.events} of {pooled.total} in {cohorts}, {pooled.exact}, exact 95 % limits"
    if pooled.random is not None:
        yield f"    random effects (arcsine): {pooled.random}, I squared {pooled.i_squared:.0%}"


def _span(low: float, high: float) -> str:
    return f"{low:.0%} to {high:.0%}"
