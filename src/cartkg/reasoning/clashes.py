"""A closure -> findings: facts that the ontology does not allow together.

These are the rules of OWL 2 RL that conclude a contradiction: members of disjoint classes (cax-dw, cax-adc), a
functional property with two values (prp-fp, with the names of cartkg being unique), members of nothing (cls-nothing2).
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from cartkg.findings import Finding, Severity
from cartkg.namespaces import BASE, OWL, RDF, TERM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartkg.reasoning.axioms import Statement
    from cartkg.reasoning.closure import Closure


class _Disjoint(NamedTuple):
    one: int
    other: int


def clashes(closure: Closure, ontology: Iterable[Statement]) -> list[Finding]:
    """Give a finding for each thing of which the facts say what the ontology rules out, sorted.

    The findings have no file: who read the files knows where each subject stands.
    """
    triples = list(ontology)
    found = [*_in_disjoint_classes(closure, triples), *_two_values(closure, triples), *_in_nothing(closure)]
    return sorted(found, key=lambda finding: finding.sort_key)


def _in_disjoint_classes(closure: Closure, triples: list[Statement]) -> Iterator[Finding]:
    terms = closure.rules.terms
    for pair in sorted(set(_disjoint(closure, triples))):
        for thing in closure.members(pair.one) & closure.members(pair.other):
            first, second = (_short(terms.by_number[number]) for number in pair)
            subject = _value(terms.by_number[thing])
            message = f"is both {first} and {second}, which share no members; `cartkg explain` says why it is each"
            yield _finding("ontology-disjoint", subject, message)


def _disjoint(closure: Closure, triples: list[Statement]) -> Iterator[_Disjoint]:
    number = closure.rules.terms.number
    first = {triple.subject: triple.object for triple in triples if triple.predicate.value == f"{RDF}first"}
    rest = {triple.subject: triple.object for triple in triples if triple.predicate.value == f"{RDF}rest"}
    for triple in triples:
        if triple.predicate.value == f"{OWL}disjointWith":
            one, other = sorted((number(triple.subject), number(triple.object)))
            yield _Disjoint(one, other)
        elif triple.predicate.value == f"{OWL}members":
            head, members = triple.object, []
            while not isinstance(head, ox.Literal) and head in first:
                members.append(number(first[head]))
                head = rest[head]
            for one, other in combinations(sorted(members), 2):
                yield _Disjoint(one, other)


def _two_values(closure: Closure, triples: list[Statement]) -> Iterator[Finding]:
    terms = closure.rules.terms
    functional = ox.NamedNode(f"{OWL}FunctionalProperty")
    for triple in triples:
        if triple.object == functional:
            prop = terms.number(triple.subject)
            for subject, values in closure.pairs(prop):
                if len(values) > 1:
                    shown = ", ".join(sorted(_short(terms.by_number[value]) for value in values))
                    message = f"has more than one {_short(triple.subject)} ({shown}); keep one"
                    yield _finding("ontology-functional", _value(terms.by_number[subject]), message)


def _in_nothing(closure: Closure) -> Iterator[Finding]:
    terms = closure.rules.terms
    for thing in closure.members(terms.iri(f"{OWL}Nothing")):
        yield _finding("ontology-nothing", _value(terms.by_number[thing]), "is in a class that can have no member")


def _finding(rule: str, subject: str, message: str) -> Finding:
    return Finding(None, 0, 0, rule, f"{_short_iri(subject)} {message}", Severity.ERROR, subject)


def _value(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _short(term: object) -> str:
    return _short_iri(_value(term))


def _short_iri(iri: str) -> str:
    return f"cartkg:{iri.removeprefix(TERM)}" if iri.startswith(TERM) else iri.removeprefix(BASE)
