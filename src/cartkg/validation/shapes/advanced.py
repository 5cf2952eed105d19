"""The shapes that need SHACL Advanced Features, which pySHACL evaluates while cartkg evaluates the others."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from cartkg.namespaces import RDF
from cartkg.validation.rdf.terms import Term, iri, local_name, text
from cartkg.validation.shapes.shapes_graph import TARGETS, Shapes, sh
from cartkg.validation.shapes.vocabulary import ADVANCED

if TYPE_CHECKING:
    from collections.abc import Collection

    from cartkg.validation.rdf.facts import Facts

_TYPE = iri(f"{RDF}type")
_KINDS = frozenset((sh("NodeShape"), sh("PropertyShape")))
_QUERIES = ("select", "ask")


def advanced_shapes(shapes: Shapes) -> frozenset[Term]:
    """Return the shapes with targets that need advanced features, themselves or by way of shapes they refer to.

    Those are targets, rules, expressions and values of SHACL Advanced Features, and functions that SPARQL calls.
    """
    needing = {node for name in ADVANCED for node in shapes.facts.column(sh(name))}
    needing |= {node for node in shapes.all_shapes() if calls_functions(shapes, node)}
    found = referring(shapes, needing)
    return frozenset(found & {*shapes.targeted(), *shapes.facts.column(sh("target")), *shapes.facts.column(sh("rule"))})


def has_rules(shapes: Shapes) -> bool:
    """Return whether shapes infer statements, so that what one file says may bear on any shape."""
    return bool(shapes.facts.column(sh("rule")))


def functions(shapes: Shapes) -> frozenset[Term]:
    """Return the functions that the shapes define for SPARQL."""
    return frozenset(shapes.facts.instances(sh("SPARQLFunction")))


def calls_functions(shapes: Shapes, node: Term) -> bool:
    """Return whether the SPARQL of a shape names a function that the shapes define."""
    texts = [
        text(query)
        for constraint in shapes.objects(node, "sparql")
        for name in _QUERIES
        for query in shapes.objects(constraint, name)
    ]
    patterns = [rf"(?:{re.escape(each)}|:{re.escape(local_name(each))})\s*\(" for each in functions(shapes)]
    return any(re.search(pattern, each) for pattern in patterns for each in texts)


def referring(shapes: Shapes, found: Collection[Term]) -> set[Term]:
    """Return some shapes with all that refer to them, directly or by way of others."""
    above: dict[Term, set[Term]] = defaultdict(set)
    for node in shapes.all_shapes():
        for each in shapes.references(node) | shapes.siblings(node):
            above[each].add(node)
    reached, waiting = set(found), list(found)
    while waiting:
        new = above[waiting.pop()] - reached
        reached |= new
        waiting.extend(new)
    return reached


def without_targets(shapes: Shapes, kept: Collection[Term]) -> Facts:
    """Return the shapes graph with the targets of some shapes only; the others are there to be referred to."""
    gone = {node for node in shapes.targeted() if node not in kept}
    columns = dict(shapes.facts.columns)
    for name in map(sh, TARGETS):
        columns[name] = {node: values for node, values in shapes.facts.column(name).items() if node not in gone}
    columns[_TYPE] = {
        node: [each for each in types if node not in gone or each in _KINDS]
        for node, types in shapes.facts.column(_TYPE).items()
    }
    return type(shapes.facts)(columns=columns)
