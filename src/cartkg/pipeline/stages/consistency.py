"""The reasoner's part of a check; it is loaded only when it runs, since it brings rdflib and owlready2 along."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cartkg import graph
from cartkg.reasoning import grounded_clashes, infer, ontology_diagnostics
from cartkg.validation.rdf.terms import iri
from cartkg.validation.reporting.locating import Triple

if TYPE_CHECKING:
    from cartkg.diagnostics import Diagnostic
    from cartkg.evaluation.bounds import JobBounds
    from cartkg.pipeline.inputs.sources import CorpusStore
    from cartkg.project import Project
    from cartkg.validation.reporting.locating import Locator


def contradictions(project: Project, answers: CorpusStore, locator: Locator, bounds: JobBounds) -> list[Diagnostic]:
    """Find contradictions with the reasoner, first in the ontology, then in the data.

    A result for the same files is taken from the cache.

    Raises:
        ConfigError: a Java runtime is missing.
        OntologyError: the OWL API cannot read the axioms at all.
        ShapesError: a stored rule cannot be evaluated.
    """
    found = ontology_diagnostics(graph.read(project.ontology_files(), project), project)
    if found:
        return found
    everything = graph.KnowledgeGraph(answers.prefixes, answers.store)
    if not infer(everything, project, bounds).diagnostics:
        return []
    reading = graph.read(locator.facts.files, project)
    return [_placed(diagnostic, locator) for diagnostic in grounded_clashes(everything, reading, project)]


def _placed(diagnostic: Diagnostic, locator: Locator) -> Diagnostic:
    """Return a diagnostic that knows only its subject the place of that subject."""
    spot = locator.locate(Triple(iri(diagnostic.subject)))
    if spot is None:
        return diagnostic
    return replace(diagnostic, file=spot.document.path, line=spot.position.line, column=spot.position.column)
