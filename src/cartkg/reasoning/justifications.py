"""Trace clashes among facts to the axioms and facts at fault, each with file and line.

HermiT decides: it receives the ontology and the triples that a clash rests on, and a diagnostic tells a smallest set of
them that cannot hold together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.namespaces import GRAPH_ONTOLOGY
from cartkg.reasoning.classification import logical
from cartkg.reasoning.explanation import Explainer
from cartkg.reasoning.ontology_checks import fact_justification, listed

if TYPE_CHECKING:
    import pyoxigraph as ox

    from cartkg.diagnostics import Diagnostic
    from cartkg.graph import KnowledgeGraph, Reading
    from cartkg.project import Project
    from cartkg.reasoning.inconsistencies import Clash
    from cartkg.reasoning.ontology_checks import NamedAxiom

#: So many clashes get their grounds; fix these first when there are more. Each takes HermiT some seconds.
MOST = 10


def grounded_clashes(graph: KnowledgeGraph, reading: Reading, project: Project) -> list[Diagnostic]:
    """Return the clashes of a graph as diagnostics, sorted, the first ten with the axioms and facts they rest on.

    Args:
        graph: the facts and the ontology.
        reading: the files they are in, to find places.
        project: where answers of HermiT are kept.

    Raises:
        ConfigError: a Java runtime is missing.
        OntologyError: the OWL API cannot read the axioms at all.
        ShapesError: a stored rule cannot be evaluated.
    """
    explainer = Explainer(graph, project)
    axioms = logical(graph.quads(GRAPH_ONTOLOGY))
    written = list(reading.graph.quads(GRAPH_ONTOLOGY))  # the labels of blank nodes by which places are found
    found = []
    for place, clash in enumerate(explainer.clashes()):
        named = _named(clash, explainer, axioms, project) if place < MOST else []
        grounds = f"; change one of: {listed(reading, named, written)}" if named else ""
        found.append(clash.diagnostic(grounds))
    return found


def _named(clash: Clash, explainer: Explainer, axioms: list[ox.Triple], project: Project) -> list[NamedAxiom]:
    facts = {triple for fact in clash.facts for triple in explainer.grounds(fact)}
    apart = explainer.apart(clash)
    named = fact_justification([*axioms, *facts, *apart], project.cache, clash.subject)
    return [each for each in named if each.kind != "DifferentIndividuals" or not apart]
