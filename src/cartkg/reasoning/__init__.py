"""Reasoning with explanations: HermiT for classes, OWL 2 RL and stored rules for individuals."""

from cartkg.reasoning.classification import Classification, Subsumption
from cartkg.reasoning.inference import Inference, classified, infer, materialise
from cartkg.reasoning.justifications import grounded_clashes
from cartkg.reasoning.ontology_checks import ontology_diagnostics

__all__ = [
    "Classification",
    "Inference",
    "Subsumption",
    "classified",
    "grounded_clashes",
    "infer",
    "materialise",
    "ontology_diagnostics",
]
