"""Group a document into blocks, one for each subject, with nested brackets and all comments."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.namespaces import RDF
from cartkg.turtle.tokens import TokenKind, tokenise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cartkg.turtle.documents import Document
    from cartkg.turtle.tokens import Tokens

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
    Facts = Mapping[Term, Mapping[ox.NamedNode, list[Term]]]

FIRST, REST, NIL = ox.NamedNode(f"{RDF}first"), ox.NamedNode(f"{RDF}rest"), ox.NamedNode(f"{RDF}nil")

#: Brackets inside brackets, above which a blank node gets a label and a block of its own.
_DEEPEST = 24


@dataclass(frozen=True, slots=True)
class Comments:
    """The comments of a file: above its first directive, above each block, below the last statement."""

    head: list[str]
    above: Mapping[Term, list[str]]
    tail: list[str]


@dataclass(frozen=True, slots=True)
class Blocks:
    """A file, arranged.

    Attributes:
        facts: objects by subject and predicate, each once, in the order of the file.
        subjects: the subjects that are at column 0, in the order of the file.
        nested: blank nodes written inside brackets.
        lists: those of them that are cells of a well-formed list.
        used: blank nodes that stand as object.
        comments: the file's comments.
    """

    facts: Facts
    subjects: list[Term]
    nested: set[Term]
    lists: set[Term]
    used: Counter[Term]
    comments: Comments


def arrange(document: Document) -> Blocks:
    """Arrange a document's triples and comments."""
    facts: dict[Term, dict[ox.NamedNode, list[Term]]] = {}
    starts: dict[Term, int] = {}
    uses: Counter[Term] = Counter()
    for quad, place in zip(document.quads, document.places, strict=True):
        values = facts.setdefault(quad.subject, {}).setdefault(quad.predicate, [])
        if quad.object not in values:
            values.append(quad.object)
            uses.update(_blank_nodes(quad.object))
        starts[quad.subject] = min(place.subject, starts.get(quad.subject, place.subject))
    ordered = sorted(facts, key=lambda node: starts[node])
    lists = _list_cells(facts, uses)
    owner = _owners(facts, ordered, uses, lists)
    subjects = [node for node in ordered if owner[node] == node]
    nested = {node for node, root in owner.items() if node != root}
    begins = {place.subject: owner[quad.subject] for quad, place in zip(document.quads, document.places, strict=True)}
    return Blocks(facts, subjects, nested, lists, uses, _comments(tokenise(document.text), begins))


def _blank_nodes(term: Term) -> Iterator[Term]:
    """Return a blank node once; those inside a triple term twice, since they need a label."""
    if isinstance(term, ox.BlankNode):
        yield term
    elif isinstance(term, ox.Triple):
        for node in (*_blank_nodes(term.subject), *_blank_nodes(term.object)):
            yield from (node, node)


def _list_cells(facts: Facts, uses: Counter[Term]) -> set[Term]:
    """Find the cells of lists that can be written in parentheses, going from each end to the front."""
    before: dict[Term, Term] = {}
    ends: list[Term] = []
    for node, found in facts.items():
        well_formed = found.keys() == {FIRST, REST} and len(found[FIRST]) == len(found[REST]) == 1
        if well_formed and uses[node] == 1:
            rest = found[REST][0]
            before[rest] = node
            if rest == NIL:
                ends.append(node)
    cells: set[Term] = set()
    for end in ends:
        cell: Term | None = end
        while cell is not None and cell not in cells:
            cells.add(cell)
            cell = before.get(cell)
    return cells


def _owners(facts: Facts, ordered: list[Term], uses: Counter[Term], lists: set[Term]) -> dict[Term, Term]:
    """Return the block that each node is written in: its own, or the one that alone leads to it."""
    roots = [node for node in ordered if not (isinstance(node, ox.BlankNode) and uses[node] == 1)]
    owner: dict[Term, Term] = {}
    too_deep: list[Term] = []

    def claim(root: Term) -> None:
        owner[root] = root
        waiting = [(root, 0)]
        while waiting:
            node, depth = waiting.pop()
            for predicate, value in _links(facts.get(node, {})):
                if uses[value] != 1 or value in owner:
                    continue
                deeper = depth + (node not in lists or predicate != REST)
                if deeper > _DEEPEST:
                    too_deep.append(value)
                    continue
                owner[value] = root
                waiting.append((value, deeper))

    for root in roots:
        claim(root)
    while too_deep:
        claim(too_deep.pop())
    for node in ordered:
        if node not in owner:
            claim(node)
    return owner


def _links(found: Mapping[ox.NamedNode, list[Term]]) -> Iterable[tuple[ox.NamedNode, ox.BlankNode]]:
    for predicate, values in found.items():
        for value in values:
            if isinstance(value, ox.BlankNode):
                yield predicate, value


def _comments(tokens: Tokens, begins: Mapping[int, Term]) -> Comments:
    """Put each comment to the block it is in or before; behind a statement's dot it belongs to that statement."""
    comments = Comments([], {}, [])
    above: dict[Term, list[str]] = {}
    starts = sorted(begins)
    stops = [start for start, kind in zip(tokens.starts, tokens.kinds, strict=True) if kind == TokenKind.DOT]
    directive = tokens.starts[0] if tokens.kinds and _is_directive(tokens) else -1
    for offset, written in tokens.comments.items():
        comment = written.rstrip()
        stop = bisect_left(stops, offset)
        if stop and "\n" not in tokens.text[stops[stop - 1] : offset]:
            stop -= 1
        following = bisect_right(starts, stops[stop - 1] if stop else -1)
        if offset < directive:
            comments.head.append(comment)
        elif following < len(starts):
            above.setdefault(begins[starts[following]], []).append(comment)
        else:
            comments.tail.append(comment)
    return Comments(comments.head, above, comments.tail)


def _is_directive(tokens: Tokens) -> bool:
    return tokens.kinds[0] == TokenKind.AT or tokens.word(0).upper() in {"PREFIX", "BASE", "VERSION"}
