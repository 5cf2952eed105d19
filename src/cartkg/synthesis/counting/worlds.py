"""Exact bounds over all worlds that a few sets allow: an integer programme over the places where a patient can be.

A place is a choice of sets that may hold one patient together: no two of them apart, and with each set all that contain
it. The unknowns are the patients in each place. HiGHS finds the fewest and the most of them in the sets of the
question; where it stops early, the bound that it has proved is used, which holds all the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from cartkg.synthesis.counting.programmes import Programme, least
from cartkg.synthesis.patients.setting import SetFacts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from cartkg.synthesis.patients.setting import Pair

#: More places than these are not tried: the programme would cost more than it tightens.
PLACES = 400
#: What a bound may miss a whole number by, for HiGHS computes in floating point.
_SLACK = 1e-6


class Impossible(ValueError):
    """No patients can lie as the sets require."""


@dataclass(frozen=True, slots=True)
class _Places:
    places: tuple[int, ...]
    programme: Programme


def places(setting: SetFacts, most: int = PLACES) -> tuple[int, ...] | None:
    """Return the places as bit masks over the sets; None when there are more than `most`."""
    size = len(setting)
    up = [sum(1 << other for other in setting.above[number]) | 1 << number for number in range(size)]
    foes = [sum(1 << other for other in range(size) if setting.apart[number, other]) for number in range(size)]
    order = sorted(range(size), key=lambda number: len(setting.above[number]))
    found = [0]
    for number in order:
        around, against = up[number] & ~(1 << number), foes[number]
        grown = [place | 1 << number for place in found if place & around == around and not place & against]
        found += grown
        if len(found) > most:
            return None
    return tuple(found[1:])


def fewest(setting: SetFacts, chosen: Collection[int]) -> int | None:
    """Return the fewest patients in the chosen sets in any world; None when there are too many places.

    Raises:
        Impossible: no world is as stated.
    """
    nested = _nested(setting)
    if nested is not None:
        return max((nested[number] for number in chosen), default=0)
    found = _answer(_frozen(setting), frozenset(chosen), 1)
    return None if found is None else int(found)


def most(setting: SetFacts, chosen: Collection[int]) -> float | None:
    """Return the most patients in the chosen sets in any world, infinity when nothing bounds them; None as above.

    Raises:
        Impossible: no world is as stated.
    """
    if len(chosen) == 1:
        (only,) = chosen
        bound = setting.high[only]
        if bound is not None and _nested(setting, {only: bound}) is not None:
            return bound
    return _answer(_frozen(setting), frozenset(chosen), -1)


def _nested(setting: SetFacts, wanted: Mapping[int, int] | None = None) -> list[int] | None:
    """Return the sizes in the world in which the larger set always holds the smaller; None where it is not allowed.

    No world has fewer patients in all sets together. Sets may be wanted larger than they must be.
    """
    if setting.apart.any():
        return None
    sizes = [max(low, (wanted or {}).get(number, 0)) for number, low in enumerate(setting.low)]
    for number, above in enumerate(setting.above):
        own = max(setting.low[number], (wanted or {}).get(number, 0))
        for up in above:
            sizes[up] = max(sizes[up], own)
    fits = all(high is None or size <= high for size, high in zip(sizes, setting.high, strict=True))
    shared = all(min(sizes[i], sizes[j]) >= share for (i, j), share in setting.least.items())
    kept = all(min(sizes[i], sizes[j]) <= share for (i, j), share in setting.most.items())
    return sizes if fits and shared and kept else None


@dataclass(frozen=True, slots=True)
class _Frozen:
    """A setting whose answer can be kept: one graph asks the same of the same few sets again and again."""

    low: tuple[int, ...]
    high: tuple[int | None, ...]
    above: tuple[frozenset[int], ...]
    apart: bytes
    least: frozenset[tuple[Pair, int]]
    most: frozenset[tuple[Pair, int]]

    def thaw(self) -> SetFacts:
        size = len(self.low)
        apart = np.frombuffer(self.apart, dtype=bool).reshape(size, size)
        return SetFacts(self.low, self.high, self.above, apart, dict(self.least), dict(self.most))


def _frozen(setting: SetFacts) -> _Frozen:
    return _Frozen(
        tuple(setting.low),
        tuple(setting.high),
        tuple(setting.above),
        setting.apart.tobytes(),
        frozenset(setting.least.items()),
        frozenset(setting.most.items()),
    )


@lru_cache(maxsize=4096)
def _answer(frozen: _Frozen, chosen: frozenset[int], sign: int) -> int | float | None:
    found = _programme(frozen.thaw())
    return None if found is None else _solve(found, chosen, sign)


def _programme(setting: SetFacts) -> _Places | None:
    found = places(setting)
    if found is None:
        return None
    rows: list[NDArray[np.float64]] = []
    lows: list[float] = []
    highs: list[float] = []
    masks = np.array(found, dtype=object)
    for number in range(len(setting)):
        bound = setting.high[number]
        rows.append(((masks >> number) & 1).astype(float))
        lows.append(setting.low[number])
        highs.append(math.inf if bound is None else bound)
    for i, j in sorted({*setting.least, *setting.most}):
        rows.append(rows[i] * rows[j])
        lows.append(setting.least.get((i, j), 0))
        highs.append(setting.most.get((i, j), math.inf))
    return _Places(found, Programme(np.array(rows), lows, highs))


def _solve(held: _Places, chosen: Collection[int], sign: int) -> int | float:
    wanted = sum(1 << number for number in chosen)
    cost = np.array([sign * bool(place & wanted) for place in held.places], dtype=float)
    found = least(held.programme, cost)
    if not found.is_feasible:
        raise Impossible("no assignment of patients satisfies these statements")
    if not math.isfinite(found.bound):
        return math.inf if sign < 0 else 0
    return math.ceil(found.bound - _SLACK) if sign > 0 else math.floor(-found.bound + _SLACK)
