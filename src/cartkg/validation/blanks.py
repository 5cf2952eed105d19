"""Blank nodes: labels that are the same in every run, and which node of one reading of a file is which of another."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from cartkg.validation.terms import Term, is_blank

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Subject, predicate and object of a statement.
Row: TypeAlias = tuple[Term, Term, Term]


def has_blanks(rows: Iterable[Row]) -> bool:
    """Tell whether a statement has a blank node."""
    return any(subject[0] == "_" or value[0] == "_" for subject, _, value in rows)


def in_order(rows: Iterable[Row], file: int) -> list[Row]:
    """Label blank nodes by the number of their file and their order in it, so that two files never share a node.

    A parser hands the statements of the same text out in the same order each time, whatever labels it makes up.
    """
    labels: dict[Term, Term] = {}

    def label(term: Term) -> Term:
        return labels.setdefault(term, f"_:f{file}b{len(labels)}") if term[0] == "_" else term

    return [(label(subject), predicate, label(value)) for subject, predicate, value in rows]


def file_of(term: Term) -> int:
    """Give the number of the file that a blank node belongs to."""
    return int(term[3:].partition("b")[0])


def match(ours: Sequence[Row], theirs: Sequence[Row]) -> dict[Term, Term]:
    """Give for each blank node of one reading the same node of another reading of the same file.

    Nodes are told apart by all that is said of them, near and far; of nodes that nothing tells apart,
    the first is taken for the first.
    """
    mine, other = _alike(ours), _alike(theirs)
    return {
        node: twin for color, nodes in mine.items() for node, twin in zip(nodes, other.get(color, ()), strict=False)
    }


def _alike(rows: Sequence[Row]) -> dict[int, list[Term]]:
    """Group the blank nodes that nothing tells apart, by refining colors until no group splits any more."""
    said: dict[Term, list[tuple[str, Term, Term]]] = defaultdict(list)
    for subject, predicate, value in rows:
        if is_blank(subject):
            said[subject].append(("to", predicate, value))
        if is_blank(value):
            said[value].append(("from", predicate, subject))
    colors: dict[Term, int] = dict.fromkeys(said, 0)
    groups = 0
    while True:
        colors = {
            node: hash(tuple(sorted((way, predicate, str(colors.get(end, end))) for way, predicate, end in links)))
            for node, links in said.items()
        }
        found = len(set(colors.values()))
        if found == groups:
            break
        groups = found
    alike: dict[int, list[Term]] = defaultdict(list)
    for node, color in colors.items():
        alike[color].append(node)
    return alike
