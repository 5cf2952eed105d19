"""Rows on shared patients in, what a network and a matrix draw out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.facts.records import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cartkg.facts.records import AnswerTerm

    Row = Mapping[str, AnswerTerm]

#: Degree of overlap -> name of the way its line is drawn, surest first; pairs without shared patients are not drawn.
_DEGREES = {"overlap known": "known", "likely overlap": "likely", "overlap not stated": "open"}


@dataclass(frozen=True, slots=True)
class NetworkNode:
    """A group of patients or a study: its IRI and name."""

    iri: str
    name: str


@dataclass(frozen=True, slots=True)
class Tie:
    """Two nodes, by their places in the network, that share patients or may; `overlap` is the IRI of the statement."""

    first: int
    second: int
    degree: str
    way: str
    overlap: str


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes, those that are tied beside each other, the largest set first; and what ties them."""

    nodes: tuple[NetworkNode, ...]
    ties: tuple[Tie, ...]
    sets: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """Reviews by the reports that they restate; `covered` is the corrected covered area in percent."""

    reviews: tuple[str, ...]
    reports: tuple[NetworkNode, ...]
    restated: frozenset[tuple[str, str]]
    covered: str


def network(rows: Iterable[Row]) -> Network:
    """Return the network of the answers to the stored question on overlaps."""
    drawn = [row for row in rows if text_of(row, "degree") in _DEGREES]
    names: dict[str, str] = {}
    beside: dict[str, set[str]] = {}
    for row in drawn:
        one, other = text_of(row, "first"), text_of(row, "second")
        names[one], names[other] = text_of(row, "first_name") or one, text_of(row, "second_name") or other
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    sets = sorted(_sets(beside, names), key=lambda each: (-len(each), names[each[0]]))
    order = [iri for each in sets for iri in each]
    place = {iri: number for number, iri in enumerate(order)}
    ties = [_tie(row, place) for row in drawn]
    return Network(tuple(NetworkNode(iri, names[iri]) for iri in order), tuple(ties), len(sets))


def _tie(row: Row, place: Mapping[str, int]) -> Tie:
    first, second = sorted(place[text_of(row, name)] for name in ("first", "second"))
    degree = text_of(row, "degree")
    return Tie(first, second, degree, _DEGREES[degree], text_of(row, "overlap"))


def _sets(beside: Mapping[str, set[str]], names: Mapping[str, str]) -> list[list[str]]:
    """Return the sets of nodes that are tied, directly or by others, each in the order of a walk by name."""
    seen: set[str] = set()
    found = []
    for start in sorted(beside, key=lambda iri: (names[iri], iri)):
        if start in seen:
            continue
        walk, waiting = [], [start]
        while waiting:
            iri = waiting.pop()
            if iri not in seen:
                seen.add(iri)
                walk.append(iri)
                waiting += sorted(beside[iri] - seen, key=lambda each: (names[each], each), reverse=True)
        found.append(walk)
    return found


def matrix(rows: Sequence[Row]) -> Matrix | None:
    """Return the matrix of the answers to the stored question on reviews; None where no review restates a report."""
    if not rows:
        return None
    reviews = tuple(dict.fromkeys(text_of(row, "review") for row in rows))
    reports = {text_of(row, "publication"): text_of(row, "report") for row in rows}
    restated = frozenset((text_of(row, "review"), text_of(row, "publication")) for row in rows)
    nodes = tuple(NetworkNode(iri, name) for iri, name in sorted(reports.items(), key=lambda each: each[1]))
    return Matrix(reviews, nodes, restated, text_of(rows[0], "covered"))
