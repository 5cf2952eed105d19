"""Counted evidence in, bars of a share with its exact interval out, as SVG made on the server."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import TYPE_CHECKING

from cartkg.web.present.phrases import grade, result, when

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cartkg.web.present.evidence import Evidence, Part
    from cartkg.web.present.phrases import Share

_LEVEL = 0.95
_STEPS = 40


@dataclass(frozen=True, slots=True)
class Interval:
    """Ends of a confidence interval of a share, in percent."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart: a finding, its share and the interval; `grade` also says what became of those counted."""

    evidence: Evidence
    share: Share
    interval: Interval
    time: str
    grade: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A heading and the bars under it."""

    title: str
    bars: tuple[Bar, ...]


def charts(parts: Iterable[Part]) -> tuple[Chart, ...]:
    """Return a chart for each part of a page that holds counts."""
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
def exact_interval(counted: Share, level: float = _LEVEL) -> Interval:
    """Return the exact interval of a share in percent, by the binomial tails (Clopper and Pearson 1934).

    Args:
        counted: numerator and denominator, 0 <= numerator <= denominator, denominator at least 1.
        level: confidence, between 0 and 1.
    """
    events, total, tail = counted.numerator, counted.denominator, (1 - level) / 2
    low = 0.0 if events == 0 else _root(lambda p: _at_least(events, total, p) < tail)
    high = 1.0 if events == total else _root(lambda p: 1 - _at_least(events + 1, total, p) > tail)
    return Interval(100 * low, 100 * high)


def _at_least(events: int, total: int, share: float) -> float:
    return sum(comb(total, count) * share**count * (1 - share) ** (total - count) for count in range(events, total + 1))


def _root(too_low: Callable[[float], bool]) -> float:
    """Halve [0, 1] until the place where `too_low` turns false is known to 1e-12."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if too_low(middle) else (low, middle)
    return (low + high) / 2
