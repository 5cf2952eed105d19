"""Sets of patients whose sizes and relations are partly known: the basis of the bounds.

A patient is in several of the sets at once, or in one. Nothing here knows what a set stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Apart = NDArray[np.bool_]

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SetFacts:
    """Certain facts about some sets, by number.

    Attributes:
        low, high: fewest and most patients of each set; None where nothing bounds a set from above.
        above: the sets that contain each set, near and far, without itself. Sets that contain each other are one set
            and must be given as one.
        apart: whether two sets share no patients; symmetric; true of sets whose containing sets share none.
        least: fewest patients that two sets share; pairs (i, j) with i < j.
        most: most patients that two sets share, where something smaller than the sets bounds them.
    """

    low: Sequence[int]
    high: Sequence[int | None]
    above: Sequence[frozenset[int]]
    apart: Apart
    least: dict[Pair, int] = field(default_factory=dict)
    most: dict[Pair, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.low)

    def inside(self, chosen: Iterable[int]) -> list[int]:
        """Return the sets whose patients all are in the chosen ones, and these."""
        wanted = set(chosen)
        return [number for number in range(len(self)) if number in wanted or self.above[number] & wanted]

    def sub(self, kept: Sequence[int]) -> SetFacts:
        """Return the certain facts about some of the sets, renumbered in the order given."""
        place = {number: at for at, number in enumerate(kept)}
        grid = np.ix_(kept, kept)
        return SetFacts(
            [self.low[number] for number in kept],
            [self.high[number] for number in kept],
            [frozenset(place[up] for up in self.above[number] if up in place) for number in kept],
            self.apart[grid],
            _within(self.least, place),
            _within(self.most, place),
        )


def pair(one: int, other: int) -> Pair:
    """Return the two numbers in order."""
    return (one, other) if one < other else (other, one)


def _within(bounds: dict[Pair, int], place: dict[int, int]) -> dict[Pair, int]:
    found = ((pair(place[i], place[j]), bound) for (i, j), bound in bounds.items() if i in place and j in place)
    return dict(found)


def tightened(setting: SetFacts) -> SetFacts:
    """Carry sizes and shares along containment until nothing changes.

    A set has at least as many patients as a set inside it, and as all sets inside it that are apart in pairs; at most
    as many as a set around it. Two sets share at least what sets inside them share, and at most what sets around them
    do.

    Raises:
        ValueError: no patients can be as stated; the message names the number of a set.
    """
    low, high = list(setting.low), list(setting.high)
    order = sorted(range(len(setting)), key=lambda number: -len(setting.above[number]))
    below: list[list[int]] = [[] for _ in low]
    for number in order:
        for up in setting.above[number]:
            below[up].append(number)
    for number in order:
        low[number] = max(low[number], _packed(below[number], low, setting.apart))
    for number in reversed(order):
        for up in setting.above[number]:
            high[number] = _least(high[number], high[up])
    least = _least_shares(setting, low, high, below)
    for (i, j), share in least.items():
        low[i], low[j] = max(low[i], share), max(low[j], share)
    most = _most_shares(setting, below)
    for number, fewest in enumerate(low):
        bound = high[number]
        if bound is not None and fewest > bound:
            raise ValueError(f"{number}: at least {fewest} and at most {bound} patients")
    return SetFacts(low, high, setting.above, setting.apart, least, most)


def _packed(parts: list[int], low: list[int], apart: Apart) -> int:
    """Return how many patients the parts have at least: the largest first, then all that are apart from those taken."""
    taken: list[int] = []
    for part in sorted(parts, key=lambda number: -low[number]):
        if low[part] and all(apart[part, other] for other in taken):
            taken.append(part)
    return sum(low[part] for part in taken)


def _least_shares(setting: SetFacts, low: list[int], high: list[int | None], below: list[list[int]]) -> dict[Pair, int]:
    """Carry the shares outwards, and inwards less what a part may leave out of its whole."""
    found: dict[Pair, int] = {}
    for (i, j), share in setting.least.items():
        for x in (i, *setting.above[i], *below[i]):
            for y in (j, *setting.above[j], *below[j]):
                if x == y or x in setting.above[y] or y in setting.above[x]:
                    continue
                kept = share - _lost(setting, x, i, low, high) - _lost(setting, y, j, low, high)
                if kept > found.get(pair(x, y), 0):
                    found[pair(x, y)] = kept
    return found


def _lost(setting: SetFacts, part: int, whole: int, low: list[int], high: list[int | None]) -> int:
    """Return how many patients of a whole may be outside a part; none if the part contains the whole."""
    if part == whole or part in setting.above[whole]:
        return 0
    most = high[whole]
    return 10**9 if most is None else most - low[part]


def _most_shares(setting: SetFacts, below: list[list[int]]) -> dict[Pair, int]:
    found: dict[Pair, int] = {}
    for (i, j), share in setting.most.items():
        for x in (i, *below[i]):
            for y in (j, *below[j]):
                if x != y:
                    found[pair(x, y)] = min(share, found.get(pair(x, y), share))
    return found


def _least(*values: int | None) -> int | None:
    return min((value for value in values if value is not None), default=None)
