"""Check facts against SHACL shapes; diagnostics have their position in a file."""

from cartkg.validation.conformance import EngineName, Selection, read_shapes, validate, violations
from cartkg.validation.engines.engine import sparql_shapes
from cartkg.validation.rdf.facts import Facts, read
from cartkg.validation.rdf.syntaxes import FORMATS
from cartkg.validation.reporting.rules import rule_link, shape_rules
from cartkg.validation.shapes.shapes_graph import Shapes

__all__ = [
    "FORMATS",
    "EngineName",
    "Facts",
    "Selection",
    "Shapes",
    "read",
    "read_shapes",
    "rule_link",
    "shape_rules",
    "sparql_shapes",
    "validate",
    "violations",
]
