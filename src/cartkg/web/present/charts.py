"""Draw bars of shares with their exact intervals as SVG on the server."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cartkg.facts.phrases import grade, result, when
from cartkg.intervals import exact_limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.facts.evidence import Evidence, EvidenceSection
    from cartkg.facts.phrases import PatientShare


@dataclass(frozen=True, slots=True)
class PercentInterval:
    """Ends of a confidence interval of a share, in percent."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart: a finding, its share and the interval; `grade` also says what became of those counted."""

    evidence: Evidence
    share: PatientShare
    interval: PercentInterval
    time: str
    grade: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A heading and the bars under it."""

    title: str
    bars: tuple[Bar, ...]


def charts(parts: Iterable[EvidenceSection]) -> tuple[Chart, ...]:
    """Return a chart for each part of a page that contains counts."""
    drawn = (Chart(part.title, tuple(bars(part.evidence))) for part in parts)
    return tuple(chart for chart in drawn if chart.bars)


def bars(evidence: Iterable[Evidence]) -> list[Bar]:
    """Return a bar for each finding with numerator and denominator; nothing is added up over findings."""
    return [
        Bar(item, item.share, exact_interval(item.share), when(item.finding), _narrowed(item))
        for item in evidence
        if item.share and 0 <= item.share.numerator <= item.share.denominator and item.share.denominator > 0
    ]


def _narrowed(item: Evidence) -> str:
    """Say which grade was counted, and what became of those counted."""
    return ", ".join(filter(None, (grade(item.finding), result(item.finding))))


@lru_cache(maxsize=4096)
def exact_interval(counted: PatientShare) -> PercentInterval:
    """Return the exact interval of a share in percent, at the level of 95 %."""
    low, high = exact_limits(counted.numerator, counted.denominator)
    return PercentInterval(100 * low, 100 * high)
