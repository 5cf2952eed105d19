"""SHACL property paths (SHACL, section 2.3.1): read from a shapes graph, walked over facts, written back as Turtle."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from cartkg.namespaces import RDF, SH
from cartkg.validation.rdf.terms import Term, iri, is_iri, local_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cartkg.validation.rdf.facts import Column, Facts


class Repeat(Enum):
    """How often a repeated path is walked; the value is the name SHACL gives it."""

    ZERO_OR_MORE = "zeroOrMorePath"
    ONE_OR_MORE = "oneOrMorePath"
    ZERO_OR_ONE = "zeroOrOnePath"


_SIGNS = {Repeat.ZERO_OR_MORE: "*", Repeat.ONE_OR_MORE: "+", Repeat.ZERO_OR_ONE: "?"}


@dataclass(frozen=True, slots=True)
class PredicateStep:
    """One predicate, walked forward or backward."""

    predicate: Term
    backward: bool = False

    def column(self, facts: Facts) -> Column:
        """Return the statements of the predicate, reversed when walked backward."""
        return facts.inverse(self.predicate) if self.backward else facts.column(self.predicate)


@dataclass(frozen=True, slots=True)
class SequencePath:
    """One path after another."""

    parts: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """Any one of several paths."""

    parts: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """A path walked as often as `repeat` says."""

    part: Path
    repeat: Repeat


Path: TypeAlias = "PredicateStep | SequencePath | Alternative | Repeated"


class PathError(Exception):
    """A path in the shapes graph is not well formed; the message says how."""


def read_path(shapes: Facts, node: Term, above: tuple[Term, ...] = ()) -> Path:
    """Read a path.

    Args:
        shapes: the shapes graph.
        node: the path.
        above: the paths that it is part of.

    Raises:
        PathError: the node is not a well-formed path.
    """
    if is_iri(node) and node != iri(f"{RDF}nil"):
        return PredicateStep(node)
    if node in above or len(above) > _DEEPEST:
        raise PathError(
            f"{node} contains itself" if node in above else f"paths are nested deeper than {_DEEPEST} levels"
        )
    inside = (*above, node)
    for kind in _KINDS:  # a node that is of two kinds is of the first of them (suite: path-strange-001)
        for inner in shapes.objects(node, iri(kind)):
            return _read(shapes, kind, node if kind == _FIRST else inner, inside)
    raise PathError(f"{node} is not a property path")


def _read(shapes: Facts, kind: str, inner: Term, above: tuple[Term, ...]) -> Path:
    if kind == _FIRST:
        return SequencePath(_parts(shapes, inner, above))
    if kind == f"{SH}inversePath":
        return _inverted(read_path(shapes, inner, above))
    if kind == f"{SH}alternativePath":
        return Alternative(_parts(shapes, inner, above))
    return Repeated(read_path(shapes, inner, above), Repeat(kind.removeprefix(SH)))


_FIRST = f"{RDF}first"
#: What makes a node a path that is not a predicate.
_KINDS = (
    f"{RDF}first",
    *(f"{SH}{name}" for name in ("inversePath", "alternativePath", *(each.value for each in Repeat))),
)
#: Paths inside one another, above which shapes are refused; deeper than any person writes.
_DEEPEST = 100


def _parts(shapes: Facts, head: Term, above: tuple[Term, ...]) -> tuple[Path, ...]:
    items = shapes.list_items(head)
    if items is None or len(items) < 2:  # noqa: PLR2004  # two, says the syntax rule
        raise PathError("a sequence or alternative path needs a list of at least two paths")
    return tuple(read_path(shapes, item, above) for item in items)


def _inverted(path: Path) -> Path:
    """Turn a path round, so that only single predicates are ever walked backward."""
    match path:
        case PredicateStep():
            return PredicateStep(path.predicate, backward=not path.backward)
        case SequencePath():
            return SequencePath(tuple(_inverted(part) for part in reversed(path.parts)))
        case Alternative():
            return Alternative(tuple(_inverted(part) for part in path.parts))
        case Repeated():
            return Repeated(_inverted(path.part), path.repeat)


def walk(facts: Facts, path: Path, node: Term) -> Sequence[Term]:
    """Return the nodes that a path leads to, each once."""
    match path:
        case PredicateStep():
            return path.column(facts).get(node, ())
        case SequencePath():
            reached: Iterable[Term] = (node,)
            for part in path.parts:
                reached = dict.fromkeys(after for before in reached for after in walk(facts, part, before))
            return list(reached)
        case Alternative():
            return list(dict.fromkeys(after for part in path.parts for after in walk(facts, part, node)))
        case Repeated():
            return _walk_repeated(facts, path, node)


def _walk_repeated(facts: Facts, path: Repeated, node: Term) -> list[Term]:
    first = walk(facts, path.part, node)
    if path.repeat is Repeat.ZERO_OR_ONE:
        return list(dict.fromkeys((node, *first)))
    reached = dict.fromkeys(first)
    waiting = list(reached)
    while waiting:
        for after in walk(facts, path.part, waiting.pop()):
            if after not in reached:
                reached[after] = None
                waiting.append(after)
    return list(dict.fromkeys((node, *reached)) if path.repeat is Repeat.ZERO_OR_MORE else reached)


def steps(path: Path) -> Iterator[PredicateStep]:
    """Return every single step of a path."""
    match path:
        case PredicateStep():
            yield path
        case Repeated():
            yield from steps(path.part)
        case _:
            for part in path.parts:
                yield from steps(part)


def write(path: Path) -> str:
    """Write a path as SHACL does in Turtle."""
    match path:
        case PredicateStep():
            return f"[ sh:inversePath {path.predicate} ]" if path.backward else path.predicate
        case SequencePath():
            return f"( {' '.join(write(part) for part in path.parts)} )"
        case Alternative():
            return f"[ sh:alternativePath ( {' '.join(write(part) for part in path.parts)} ) ]"
        case Repeated():
            return f"[ sh:{path.repeat.value} {write(path.part)} ]"


def say(path: Path) -> str:
    """Write a path for people, by local names in the style of SPARQL."""
    match path:
        case PredicateStep():
            return f"{'^' if path.backward else ''}{local_name(path.predicate)}"
        case SequencePath():
            return "/".join(say(part) for part in path.parts)
        case Alternative():
            return f"({'|'.join(say(part) for part in path.parts)})"
        case Repeated():
            return f"({say(path.part)}){_SIGNS[path.repeat]}"


def write_sparql(path: Path) -> str:
    """Write a path as SPARQL does (SPARQL 1.1, section 9.1)."""
    match path:
        case PredicateStep():
            return f"^{path.predicate}" if path.backward else path.predicate
        case SequencePath():
            return f"({'/'.join(write_sparql(part) for part in path.parts)})"
        case Alternative():
            return f"({'|'.join(write_sparql(part) for part in path.parts)})"
        case Repeated():
            return f"({write_sparql(path.part)}){_SIGNS[path.repeat]}"
