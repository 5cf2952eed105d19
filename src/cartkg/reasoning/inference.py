"""Infer what follows from a graph by OWL and by the stored rules; report what the ontology rules out.

Results are kept by content: the same facts, axioms, rules and code give the same result from the cache.
"""

from __future__ import annotations

import gc
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.caches import content_key
from cartkg.diagnostics import Diagnostic, Severity
from cartkg.errors import OntologyError, ShapesError
from cartkg.evaluation.bounds import BOUNDS
from cartkg.evaluation.evaluator import Evaluator
from cartkg.namespaces import BASE, GRAPH_ONTOLOGY, OWL, RDF, RDFS
from cartkg.reasoning.axioms import TermNumbers, compile_rules
from cartkg.reasoning.classification import Classification, Subsumption, logical
from cartkg.reasoning.closure import Closure, NumberedTriple
from cartkg.reasoning.inconsistencies import clashes
from cartkg.reasoning.stored_rules import conclude, read_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cartkg.caches import Cache
    from cartkg.evaluation.bounds import JobBounds
    from cartkg.graph import KnowledgeGraph
    from cartkg.project import Project
    from cartkg.reasoning.axioms import Statement
    from cartkg.reasoning.stored_rules import StoredRule

_MONDO = "http://purl.obolibrary.org/obo/MONDO_"
_DEFAULT = ox.DefaultGraph()
#: Rules that conclude more than this do not come to an end; the shipped graph needs three rounds.
_MOST_ROUNDS = 50
_MOST_CONCLUDED, _MOST_CONCLUDED_A_FACT = 1_000_000, 10
_ENDLESS = "the rules never stop deriving new triples: %d triples, the last one %s; correct the rule so that it stops"
_BLANK = re.compile(rb"^_:|> _:\S+ \.$")


@dataclass(frozen=True, slots=True)
class Inference:
    """What follows from a graph.

    Attributes:
        triples: inferred triples that the graph does not state, in no order.
        diagnostics: what the facts say and the ontology rules out; without file, the subject says which thing.
        cached: whether it was kept from an earlier run.
    """

    triples: tuple[ox.Triple, ...]
    diagnostics: tuple[Diagnostic, ...]
    cached: bool


def infer(graph: KnowledgeGraph, project: Project, bounds: JobBounds = BOUNDS) -> Inference:
    """Classify the ontology of a graph and find everything that follows for its things; `bounds` are those of a rule.

    Raises:
        OntologyError: the ontology is inconsistent or has a class that can have no member; `axioms` is empty,
            `cartkg.reasoning.justify` finds them.
        ConfigError: a Java runtime is missing.
        ShapesError: a stored rule cannot be evaluated.
    """
    rules = read_rules(project.ontology / "rules")
    ontology = list(graph.quads(GRAPH_ONTOLOGY))
    classification = classified(ontology, project.cache)
    if not classification.sound:
        raise OntologyError(_unsound(classification))
    key = content_key(b"facts", _axioms(ontology), _named_facts(graph), *(rule.text.encode() for rule in rules))
    kept = _kept(project.cache, key)
    if kept is not None:
        return kept
    inference = materialise(graph, rules, bounds)
    triples = (*inference.triples, *(_subclass(pair) for pair in classification.subsumptions))
    result = Inference(triples, inference.diagnostics, cached=False)
    _keep(project.cache, key, result)
    return result


def classified(ontology: Iterable[Statement], cache: Cache) -> Classification:
    """Classify by HermiT, or take the result for the same axioms from the cache.

    Raises:
        OntologyError: HermiT refuses the axioms.
        ConfigError: a Java runtime is missing.
    """
    axioms = logical(ontology)
    name = f"classification-{content_key(_axioms(axioms))}.json"
    kept = cache.read(name)
    if kept is not None:
        stored = json.loads(kept)
        pairs = tuple(Subsumption(sub, sup) for sub, sup in stored["subsumptions"])
        return Classification(stored["consistent"], tuple(stored["unsatisfiable"]), pairs)
    from cartkg.reasoning.hermit import classify  # noqa: PLC0415  # a tenth of a second, for a changed ontology only

    result = classify(axioms)
    stored = {
        "consistent": result.consistent,
        "unsatisfiable": result.unsatisfiable,
        "subsumptions": [[pair.sub, pair.sup] for pair in result.subsumptions],
    }
    cache.write(name, json.dumps(stored).encode())
    return result


def materialise(graph: KnowledgeGraph, rules: list[StoredRule], bounds: JobBounds = BOUNDS) -> Inference:
    """Find what follows for the things of a graph by OWL 2 RL and the stored rules, until nothing new comes.

    Raises:
        ShapesError: a stored rule cannot be evaluated.
    """
    ontology = list(graph.quads(GRAPH_ONTOLOGY))
    closure = Closure(compile_rules(ontology, TermNumbers()))
    stated = list(graph.store.quads_for_pattern(None, None, None, _DEFAULT))
    gc.disable()  # millions of small tuples that all live on: the collector only walks them again and again
    try:
        closure.give(stated)
        closure.run()
        counted = apply_rules(closure, stated, rules, lambda store: Evaluator(store, graph.prefixes.namespaces, bounds))
    finally:
        gc.enable()
    stated_triples = {quad.triple for quad in stated}
    worth = (triple for triple in (*_triples(closure), *counted) if _worth_keeping(triple))
    triples = tuple({triple: None for triple in worth if triple not in stated_triples})
    found = tuple(clash.diagnostic() for clash in clashes(closure, ontology, stated))
    return Inference(triples, found, cached=False)


def apply_rules(
    closure: Closure, stated: Iterable[ox.Quad], rules: list[StoredRule], asking: Callable[[ox.Store], Evaluator]
) -> list[ox.Triple]:
    """Apply the stored rules in turn with OWL until nothing new comes; return what the rules concluded.

    Args:
        closure: what follows by OWL from what is stated.
        stated: all facts.
        rules: the rules.
        asking: makes what asks a store.

    Raises:
        ShapesError: a rule cannot be evaluated, or the rules conclude something new without end.
    """
    store = ox.Store()
    store.bulk_extend(quad if quad.graph_name == _DEFAULT else ox.Quad(*quad.triple) for quad in stated)
    most = max(_MOST_CONCLUDED, _MOST_CONCLUDED_A_FACT * len(store))
    concluded: dict[ox.Triple, None] = {}
    seen = 0
    for _ in range(_MOST_ROUNDS):
        derived = list(_triples(closure, seen))
        seen = len(closure.derived)
        store.bulk_extend(ox.Quad(*triple) for triple in derived)
        with asking(store) as evaluator:
            found = dict.fromkeys(conclude(rules, evaluator))
        fresh = [triple for triple in found if triple not in concluded and ox.Quad(*triple) not in store]
        if not fresh:
            return list(concluded)
        concluded.update(dict.fromkeys(fresh))
        if len(concluded) > most:
            break
        store.bulk_extend(ox.Quad(*triple) for triple in fresh)
        closure.give(fresh)
        closure.run()
    raise ShapesError(_ENDLESS % (len(concluded), fresh[-1]), rules[0].path.parent, None, stopped=True)


def _triples(closure: Closure, start: int = 0) -> Iterator[ox.Triple]:
    """Return the derived facts from a place on, those about blank nodes left out."""
    by_number = closure.rules.terms.by_number
    for fact in closure.derived[start:]:
        triple = triple_of(fact, by_number)
        if triple is not None:
            yield triple


def triple_of(fact: NumberedTriple, by_number: list[ox.NamedNode | ox.BlankNode | ox.Literal]) -> ox.Triple | None:
    """Return a fact as a triple, or None when a part of it is a class expression without a name."""
    subject, predicate, obj = (by_number[number] for number in fact)
    if not isinstance(subject, ox.NamedNode) or not isinstance(predicate, ox.NamedNode):
        return None
    return None if isinstance(obj, ox.BlankNode) else ox.Triple(subject, predicate, obj)


def _worth_keeping(triple: ox.Triple) -> bool:
    """Return whether an inferred triple tells something: about things of ours or diseases, in no logical word."""
    subject, obj = triple.subject, triple.object
    ours = isinstance(subject, ox.NamedNode) and subject.value.startswith((BASE, _MONDO))
    logical = isinstance(obj, ox.NamedNode) and obj.value.startswith((OWL, RDFS, RDF))
    return ours and not logical


def _unsound(classification: Classification) -> str:
    if not classification.consistent:
        return "the ontology contradicts itself; `cartkg check --only ontology` names the axioms"
    return f"unsatisfiable classes: {', '.join(classification.unsatisfiable)}; correct their axioms"


def _subclass(pair: Subsumption) -> ox.Triple:
    return ox.Triple(ox.NamedNode(pair.sub), ox.NamedNode(f"{RDFS}subClassOf"), ox.NamedNode(pair.sup))


def _axioms(triples: Iterable[Statement]) -> bytes:
    """Return what bears on classes and properties as text that is the same however blank nodes are labelled."""
    axioms = ox.Dataset(ox.Quad(*triple) for triple in logical(triples))
    axioms.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return "\n".join(sorted(str(quad) for quad in axioms)).encode()


def _named_facts(graph: KnowledgeGraph) -> bytes:
    """Return the facts without blank nodes as sorted text; blank nodes are in the ontology alone."""
    lines = (graph.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=_DEFAULT) or b"").splitlines()
    return b"\n".join(sorted(line for line in lines if b"_:" not in line or not _BLANK.search(line)))


def _keep(cache: Cache, key: str, inference: Inference) -> None:
    stored = [
        [diagnostic.rule, diagnostic.message, diagnostic.severity.value, diagnostic.subject]
        for diagnostic in inference.diagnostics
    ]
    cache.write(f"inference-{key}.json", json.dumps(stored).encode())
    cache.write(f"inference-{key}.nt", ox.serialize(inference.triples, format=ox.RdfFormat.N_TRIPLES) or b"")


def _kept(cache: Cache, key: str) -> Inference | None:
    triples, diagnostics = cache.read(f"inference-{key}.nt"), cache.read(f"inference-{key}.json")
    if triples is None or diagnostics is None:
        return None
    return Inference(
        tuple(quad.triple for quad in ox.parse(triples, format=ox.RdfFormat.N_TRIPLES)),
        tuple(
            Diagnostic(None, 0, 0, rule, message, Severity(severity), subject)
            for rule, message, severity, subject in json.loads(diagnostics)
        ),
        cached=True,
    )
