"""Blank nodes: labels that are the same in every run, and which node of one reading of a file is which of another."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from cartkg.validation.rdf.terms import Term, is_blank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Subject, predicate and object of a statement.
Row: TypeAlias = tuple[Term, Term, Term]


def has_blanks(rows: Iterable[Row]) -> bool:
    """Return whether a statement has a blank node."""
    return any(subject[0] == "_" or value[0] == "_" for subject, _, value in rows)


def in_order(rows: Iterable[Row], file: int) -> list[Row]:
    """Label blank nodes by the number of their file and their order in it, so that two files never share a node.

    A parser emits the statements of the same text in the same order each time, whatever labels it makes up.
    """
    labels: dict[Term, Term] = {}

    def label(term: Term) -> Term:
        return labels.setdefault(term, f"_:f{file}b{len(labels)}") if term[0] == "_" else term

    return [(label(subject), predicate, label(value)) for subject, predicate, value in rows]


def file_of(term: Term) -> int:
    """Return the number of the file that a blank node belongs to."""
    return int(term[3:].partition("b")[0])


def match(ours: Sequence[Row], theirs: Sequence[Row]) -> dict[Term, Term]:
    """Return for each blank node of one reading the same node of another reading of the same file.

    The order is: nodes with a link to or from a known node; then nodes that differ in the statements about them, near
    before far; nodes that nothing distinguishes keep the order of the file.
    """
    mine, other = _links(ours), _links(theirs)
    found: dict[Term, Term] = {}
    _follow(mine, other, [(term, term) for term in mine if not is_blank(term)], found)
    if len(found) < sum(map(is_blank, mine)):
        groups = _alike(other, {twin: place for place, twin in enumerate(found.values())})
        for color, nodes in _alike(mine, {node: place for place, node in enumerate(found)}).items():
            for node, twin in zip(nodes, groups.get(color, ()), strict=False):
                if node not in found:
                    found[node] = twin
    return found


#: Node -> the links between it and blank nodes, or of a blank node: way and predicate -> what is at the other end.
_Links: TypeAlias = "dict[Term, dict[tuple[str, Term], list[Term]]]"

#: Links that are followed to tell nodes apart; what differs farther away is as good as alike.
_FAR = 32


def _links(rows: Iterable[Row]) -> _Links:
    found: _Links = {}
    for subject, predicate, value in rows:
        if is_blank(subject) or is_blank(value):
            found.setdefault(subject, {}).setdefault(("to", predicate), []).append(value)
            found.setdefault(value, {}).setdefault(("from", predicate), []).append(subject)
    return found


def _follow(mine: _Links, other: _Links, known: list[tuple[Term, Term]], found: dict[Term, Term]) -> None:
    """Go on from nodes that are known, wherever one link only leads to a blank node that is not."""
    taken = set(found.values())
    while known:
        node, twin = known.pop()
        for link, ends in mine[node].items():
            open_ends = [end for end in ends if is_blank(end) and end not in found]
            twins = [end for end in other.get(twin, {}).get(link, ()) if is_blank(end) and end not in taken]
            if len(open_ends) == len(twins) == 1:
                found[open_ends[0]] = twins[0]
                taken.add(twins[0])
                known.append((open_ends[0], twins[0]))


def _alike(links: _Links, known: Mapping[Term, int]) -> dict[int, list[Term]]:
    """Group the blank nodes that nothing tells apart, by refining colors until no group splits any more."""
    nodes = [node for node in links if is_blank(node)]
    colors = {node: known.get(node, -1) for node in nodes}
    edges = {
        node: [(hash(link), end) for link, ends in links[node].items() for end in ends]
        for node in nodes
        if node not in known
    }
    steady = {end: hash(end) for ends in edges.values() for _, end in ends if end not in colors}
    groups = 0
    for _ in range(_FAR):
        seen = colors | steady
        colors |= {node: hash(tuple(sorted((link, seen[end]) for link, end in ends))) for node, ends in edges.items()}
        split = len(set(colors.values()))
        if split == groups:
            break
        groups = split
    alike: dict[int, list[Term]] = defaultdict(list)
    for node, color in colors.items():
        alike[color].append(node)
    return alike
