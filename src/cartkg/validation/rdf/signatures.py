"""Give terms names that are stable across runs: a blank node is known by the statements around it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cartkg.validation.rdf.terms import Term, is_blank

if TYPE_CHECKING:
    from cartkg.validation.rdf.facts import Facts

#: Links that a signature follows from a blank node on, and to it; what differs farther away is as good as alike.
_NEAR_ON, _NEAR_TO = 5, 3


def signature(facts: Facts, term: Term) -> str:
    """Return what a term is known by in every run: a name or literal itself, a blank node by what is stated about it.

    Two blank nodes with different signatures are different; of two with equal ones, nothing near tells them apart.
    """
    if not is_blank(term):
        return term
    known = facts.signatures.get(term)
    if known is None:
        said = f"{_said_of(facts, term, _NEAR_ON, ())}\x00{_said_to(facts, term, _NEAR_TO, ())}"
        known = facts.signatures[term] = f"_:{hashlib.sha256(said.encode()).hexdigest()[:32]}"
    return known


def _said_of(facts: Facts, node: Term, far: int, above: tuple[Term, ...]) -> str:
    if not is_blank(node):
        return node
    if not far or node in above:
        return "_:"
    inside = (*above, node)
    return str(
        sorted(
            f"{predicate} {_said_of(facts, value, far - 1, inside)}"
            for predicate, column in facts.columns.items()
            for value in column.get(node, ())
        )
    )


def _said_to(facts: Facts, node: Term, far: int, below: tuple[Term, ...]) -> str:
    if not is_blank(node) or not far or node in below:
        return node if not is_blank(node) else "_:"
    inside = (*below, node)
    return str(
        sorted(
            f"{_said_to(facts, subject, far - 1, inside)} {predicate}"
            for predicate in facts.columns
            for subject in facts.inverse(predicate).get(node, ())
        )
    )
