"""Weighted things of which pairs may overlap in; the subfamily that surely holds the most out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Largest group of mutually tied things searched whole; above it a greedy choice, which is a valid, looser bound.
_WHOLE = 16


@dataclass(frozen=True, slots=True)
class Subfamily:
    """A choice of things and what it surely holds: the sum of weights less all that its pairs may share."""

    chosen: tuple[str, ...]
    weight: int


def heaviest(
    names: Sequence[str], weight: Callable[[str], int], most_shared: Callable[[str, str], int | None]
) -> Subfamily:
    """Choose the subfamily of greatest sure weight (Bonferroni's second inequality, maximised).

    Args:
        names: the things.
        weight: fewest members of a thing.
        most_shared: most members that two things may share; None for unbounded.
    """
    weights = {name: weight(name) for name in names}
    penalty = {
        name: {
            other: min(bound, weights[name], weights[other]) if (bound := most_shared(name, other)) is not None
            else min(weights[name], weights[other])
            for other in names
            if other != name
        }
        for name in names
    }  # fmt: skip
    ties = {name: {other for other, shared in penalty[name].items() if shared > 0} for name in names}
    chosen: list[str] = []
    for group in _groups(sorted(names), ties):
        chosen.extend(_whole(group, weights, penalty) if len(group) <= _WHOLE else _greedy(group, weights, penalty))
    return Subfamily(tuple(sorted(chosen)), _score(chosen, weights, penalty))


def _groups(names: Sequence[str], ties: dict[str, set[str]]) -> list[list[str]]:
    """Split into groups with no tie between them; each is solved alone."""
    seen: set[str] = set()
    groups = []
    for start in names:
        if start in seen:
            continue
        group, waiting = [], [start]
        seen.add(start)
        while waiting:
            here = waiting.pop()
            group.append(here)
            new = ties[here] - seen
            seen |= new
            waiting.extend(new)
        groups.append(sorted(group))
    return groups


def _score(chosen: Sequence[str], weights: dict[str, int], penalty: dict[str, dict[str, int]]) -> int:
    total = 0
    for place, name in enumerate(chosen):
        total += weights[name] - sum(penalty[name][other] for other in chosen[:place])
    return total


def _whole(group: Sequence[str], weights: dict[str, int], penalty: dict[str, dict[str, int]]) -> list[str]:
    """Search all subsets by depth, cutting where even all the rest would not help."""
    order = sorted(group, key=lambda name: (-weights[name], name))
    rest = [sum(weights[name] for name in order[place:]) for place in range(len(order) + 1)]
    best: list[str] = []
    best_score = 0
    waiting: list[tuple[int, list[str], int]] = [(0, [], 0)]
    while waiting:
        place, chosen, score = waiting.pop()
        if score > best_score:
            best, best_score = chosen, score
        if place == len(order) or score + rest[place] <= best_score:
            continue
        name = order[place]
        gain = weights[name] - sum(penalty[name][other] for other in chosen)
        waiting.append((place + 1, chosen, score))
        if gain > 0:
            waiting.append((place + 1, [*chosen, name], score + gain))
    return best


def _greedy(group: Sequence[str], weights: dict[str, int], penalty: dict[str, dict[str, int]]) -> list[str]:
    chosen: list[str] = []
    left = set(group)
    while left:
        gains = {name: weights[name] - sum(penalty[name][other] for other in chosen) for name in left}
        best = min(left, key=lambda name: (-gains[name], name))
        if gains[best] <= 0:
            break
        chosen.append(best)
        left.remove(best)
    return chosen
