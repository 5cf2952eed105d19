"""Bounds of the number of patients in a union of sets.

Lower bound: the patients of a family of sets, less all that pairs of the family may share, are different people
(Bonferroni 1936); the best family is sought by an integer programme, or step by step where there are many sets.
Upper bound: sets that cover the others, less what they share for certain along a forest (Hunter 1976, J Appl Probab
13:597; Worsley 1982, Biometrika 69:297). Both hold in every world that the setting allows. Where few sets hang together
`worlds` looks at all worlds and its bound replaces a looser one; else the bounds may be looser than the truth allows:
three sets of which each two may share patients count once less for each pair, although a person in all three
is subtracted twice, and odd rings of sets that may share patients hold more than any family without a tie.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cartkg.evaluation.deadline import check
from cartkg.synthesis.counting import worlds
from cartkg.synthesis.counting.programmes import Programme, least
from cartkg.synthesis.counting.shares import steps
from cartkg.synthesis.patients.setting import pair, tightened

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from cartkg.synthesis.patients.setting import Pair, SetFacts

#: Sets that hang together and are still searched whole.
_WHOLE = 70
#: What a set costs, in patients: of equally good families the one of fewer sets is taken. All sets cost less than one.
_FEWER = 1e-3
#: Sets that hang together and are still looked at world by world.
_FEW = 12
#: The same with the sets that bound them.
_MEMBERS = 16


@dataclass(frozen=True, slots=True)
class Bound:
    """Bounds of the patients of the chosen sets, and the sets that they rest on.

    Attributes:
        low, high: fewest and most; None when nothing bounds them from above.
        apart: sets whose patients make up the lower bound; empty where only a search of all worlds gives it.
        cover: sets whose patients make up the upper bound.
        exact: whether a search of all worlds settled both bounds.
        counted: patients that the lower bound counts of each set, by its number; they add up to it.
    """

    low: int
    high: int | None
    apart: tuple[int, ...]
    cover: tuple[int, ...]
    exact: bool
    counted: dict[int, int] = field(default_factory=dict)


def bound(setting: SetFacts, chosen: Collection[int], *, search: bool = True) -> Bound:
    """Return the bounds of the number of patients in the chosen sets.

    Args:
        setting: what is certain of the sets.
        chosen: numbers of the sets that are counted together.
        search: whether small groups of sets may be searched world by world.

    Raises:
        ValueError: no patients can be as stated.
    """
    tight = tightened(setting)
    low, apart, low_exact, counted = _lower(tight, chosen, search=search)
    high, cover, high_exact = _upper(tight, chosen, search=search)
    return Bound(low, high, apart, cover, low_exact and high_exact, counted)


def _lower(
    setting: SetFacts, chosen: Collection[int], *, search: bool
) -> tuple[int, tuple[int, ...], bool, dict[int, int]]:
    inside = [number for number in setting.inside(chosen) if setting.low[number] > 0]
    total, family, exact = 0, [], True
    counted: dict[int, int] = {}
    for group in _groups(inside, setting):
        check()
        kept = _undominated(group, setting)
        best = _whole(kept, setting) if len(kept) <= _WHOLE else _stepwise(kept, setting)
        score = _score(best, setting)
        found = None
        members = _around(group, setting) if search and len(group) <= _FEW else []
        if members and len(members) <= _MEMBERS:
            found = worlds.fewest(setting.sub(members), range(len(group)))
        exact &= found is not None
        total += max(score, found or 0)
        family += best if (found or 0) <= score else []
        counted |= _counted(best, setting) if (found or 0) <= score else _in_worlds(group, members, setting)
    return total, tuple(sorted(family)), exact, counted


def _counted(family: Sequence[int], setting: SetFacts) -> dict[int, int]:
    """Return what each set of a family adds to its score, one after another, the largest first."""
    order = sorted(family, key=lambda number: (-setting.low[number], number))
    totals = [_score(order[: at + 1], setting) for at in range(len(order))]
    return dict(zip(order, steps(totals), strict=True))


def _in_worlds(group: Sequence[int], members: Sequence[int], setting: SetFacts) -> dict[int, int]:
    """Return what each set of a group adds to the fewest patients in any world, the largest first."""
    order = sorted(range(len(group)), key=lambda at: (-setting.low[group[at]], at))
    inner = setting.sub(members)
    totals = [worlds.fewest(inner, order[: at + 1]) or 0 for at in range(len(order))]
    return {group[at]: step for at, step in zip(order, steps(totals), strict=True)}


def _groups(numbers: Sequence[int], setting: SetFacts) -> list[list[int]]:
    """Split the sets into groups of which no two can share a patient."""
    left = np.zeros(len(setting), dtype=bool)
    left[list(numbers)] = True
    groups = []
    for start in numbers:
        if not left[start]:
            continue
        left[start] = False
        group, ahead = [start], [start]
        while ahead:
            found = np.flatnonzero(left & ~setting.apart[ahead.pop()])
            left[found] = False
            group += found.tolist()
            ahead += found.tolist()
        groups.append(sorted(group))
    return groups


def _with_wholes(group: Sequence[int], setting: SetFacts) -> list[int]:
    """Return the group followed by the sets that contain one of it."""
    around = {up for number in group for up in setting.above[number]}
    return [*group, *sorted(around - set(group))]


def _undominated(group: Sequence[int], setting: SetFacts) -> list[int]:
    """Leave out sets that another can stand for: as large, and with no tie that they do not have."""
    tied = ~setting.apart[np.ix_(group, group)]
    kept = np.ones(len(group), dtype=bool)
    if len(group) > _WHOLE * 4:
        return list(group)
    weights = np.array([setting.low[number] for number in group])
    open_pair = {number for both in setting.most for number in both}
    for at, number in enumerate(group):
        if number in open_pair:
            continue
        for other in np.flatnonzero(tied[at] & kept).tolist():
            if other == at or group[other] in open_pair or weights[other] < weights[at]:
                continue
            if not (tied[other] & kept & ~tied[at]).any():
                kept[at] = False
                break
    return [number for at, number in enumerate(group) if kept[at]]


def _penalty(one: int, other: int, setting: SetFacts) -> int:
    if setting.apart[one, other]:
        return 0
    smaller = min(setting.low[one], setting.low[other])
    if other in setting.above[one] or one in setting.above[other]:
        return smaller
    return min(smaller, setting.most.get(pair(one, other), smaller))


def _score(family: Sequence[int], setting: SetFacts) -> int:
    both = sum(_penalty(one, other, setting) for at, one in enumerate(family) for other in family[:at])
    return sum(setting.low[number] for number in family) - both


def _whole(group: Sequence[int], setting: SetFacts) -> list[int]:
    """Return the best family by an integer programme, or the stepwise one if that is not worse in time."""
    start = _stepwise(group, setting)
    ties = _ties(group, setting)
    if not ties:
        return list(group)
    best = least(*_family_programme(group, ties, setting)).values
    if best is None:
        return start
    found = [number for number, taken in zip(group, best, strict=False) if taken > 1 / 2]
    return found if _score(found, setting) > _score(start, setting) else start


def _ties(group: Sequence[int], setting: SetFacts) -> list[tuple[int, int, int]]:
    pairs = ((at, before) for at in range(len(group)) for before in range(at))
    found = ((at, before, _penalty(group[at], group[before], setting)) for at, before in pairs)
    return [tie for tie in found if tie[2] > 0]


def _family_programme(
    group: Sequence[int], ties: Sequence[tuple[int, int, int]], setting: SetFacts
) -> tuple[Programme, NDArray[np.float64]]:
    """Write the choice as a programme: take i and j, and pay for what they may share; a full tie excludes one."""
    weights = [setting.low[number] for number in group]
    open_ties = [tie for tie in ties if tie[2] < min(weights[tie[0]], weights[tie[1]])]
    at_pair = {tie[:2]: len(group) + at for at, tie in enumerate(open_ties)}
    matrix = np.zeros((len(ties), len(group) + len(open_ties)))
    for row, (i, j, _) in enumerate(ties):
        matrix[row, [i, j]] = 1.0
        if (i, j) in at_pair:
            matrix[row, at_pair[i, j]] = -1.0
    cost = np.array([_FEWER - weight for weight in weights] + [float(tie[2]) for tie in open_ties])
    return Programme(matrix, np.full(len(ties), -np.inf), np.ones(len(ties)), most=1), cost


def _stepwise(group: Sequence[int], setting: SetFacts) -> list[int]:
    """Take the set that adds most, as long as one adds anything; from heavy sets, then from sets with few ties."""
    ties = (~setting.apart[np.ix_(group, group)]).sum(axis=1)
    weights = np.array([setting.low[number] for number in group])
    orders = (np.argsort(-weights, kind="stable"), np.argsort(-weights / ties, kind="stable"))
    families = [_taken([group[at] for at in order.tolist()], setting) for order in orders]
    return max(families, key=lambda family: _score(family, setting))


def _taken(order: Iterable[int], setting: SetFacts) -> list[int]:
    family: list[int] = []
    partners: dict[int, set[int]] = {}
    for i, j in setting.most:
        partners.setdefault(i, set()).add(j)
        partners.setdefault(j, set()).add(i)
    free = np.ones(len(setting), dtype=bool)
    for number in order:
        if not free[number] and not partners.get(number):
            continue
        lost = sum(_penalty(number, other, setting) for other in family)
        if lost < setting.low[number]:
            family.append(number)
            free &= setting.apart[number]
    return family


def _upper(setting: SetFacts, chosen: Collection[int], *, search: bool) -> tuple[int | None, tuple[int, ...], bool]:
    outer = [number for number in chosen if not setting.above[number] & set(chosen)]
    total: int | None = 0
    cover: list[int] = []
    exact = True
    for group in _forced(outer, setting):
        check()
        found, taken, settled = _upper_of(group, setting, search=search)
        total = None if total is None or found is None else total + found
        cover += taken
        exact &= settled
    return total, tuple(sorted(cover)), exact


def _forced(outer: Sequence[int], setting: SetFacts) -> list[list[int]]:
    """Split the sets into groups between which nothing forces a patient to be shared."""
    root: dict[int, int] = {}

    def find(number: int) -> int:
        root.setdefault(number, number)
        while root[number] != number:
            root[number] = root[root[number]]
            number = root[number]
        return number

    for number in outer:
        for up in setting.above[number]:
            if setting.high[up] is not None:
                root[find(number)] = find(up)
    for (i, j), share in setting.least.items():
        if share > 0:
            root[find(i)] = find(j)
    groups: dict[int, list[int]] = {}
    for number in outer:
        groups.setdefault(find(number), []).append(number)
    return list(groups.values())


def _upper_of(group: list[int], setting: SetFacts, *, search: bool) -> tuple[int | None, list[int], bool]:
    cover = _covering(group, setting)
    fast = _hunter(cover, setting)
    if not search:
        return fast, cover, False
    if len(group) == 1 and not setting.above[group[0]]:
        return fast, cover, True  # a set with nothing around it can be as large as its bound
    members = _around(group, setting)
    if len(members) > _MEMBERS:
        return fast, cover, False
    found = worlds.most(setting.sub(members), range(len(group)))
    if found is None:
        return fast, cover, False
    if math.isinf(found):
        return fast, cover, True
    return (int(found) if fast is None else min(fast, int(found))), cover, True


def _around(group: Sequence[int], setting: SetFacts) -> list[int]:
    """Return the group followed by the sets that bound it, as far as they are few.

    These are the sets around it, those that share patients with any of these for certain, and what is inside them.
    """
    found = _with_wholes(group, setting)
    while len(found) <= _MEMBERS:
        mine = set(found)
        partners = {number for both in (*setting.least, *setting.most) if mine & set(both) for number in both}
        near = partners | {up for number in partners for up in setting.above[number]}
        grown = near | set(setting.inside(mine))
        if grown <= mine or len(grown | mine) > _MEMBERS:
            return found
        found += sorted(grown - mine)
    return found


def _covering(group: Sequence[int], setting: SetFacts) -> list[int]:
    """Return sets that contain all of the group with few patients: a whole replaces parts that add up to more."""
    cover = set(group)
    wholes = {up for number in group for up in setting.above[number] if setting.high[up] is not None}
    for whole in sorted(wholes, key=lambda number: (setting.high[number] or 0, number)):
        parts = {number for number in cover if whole in setting.above[number]}
        sizes = [setting.high[part] for part in parts]
        known = [size for size in sizes if size is not None]
        saved = len(known) < len(sizes) or sum(known) - _forest(sorted(parts), setting) > (setting.high[whole] or 0)
        if parts and saved:
            cover = cover - parts | {whole}
    return sorted(number for number in cover if not setting.above[number] & cover)


def _hunter(cover: Sequence[int], setting: SetFacts) -> int | None:
    sizes = [setting.high[number] for number in cover]
    known = [size for size in sizes if size is not None]
    return None if len(known) < len(sizes) else sum(known) - _forest(cover, setting)


def _forest(cover: Sequence[int], setting: SetFacts) -> int:
    """Return the most that can be subtracted: the heaviest forest of certain shares between the sets."""
    wanted = set(cover)
    shares: dict[Pair, int] = {
        both: share for both, share in setting.least.items() if both[0] in wanted and both[1] in wanted
    }
    root = {number: number for number in cover}

    def find(number: int) -> int:
        while root[number] != number:
            number = root[number]
        return number

    total = 0
    for (i, j), share in sorted(shares.items(), key=lambda item: (-item[1], item[0])):
        if share > 0 and find(i) != find(j):
            root[find(i)] = find(j)
            total += share
    return total
