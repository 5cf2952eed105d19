"""Check facts against SHACL shapes; diagnostics have their position in a file."""

from cartkg.validation.conformance import EngineName, Selection, read_shapes, validate, violations
from cartkg.validation.engine import sparql_shapes
from cartkg.validation.facts import Facts, read
from cartkg.validation.rules import rule_link, shape_rules
from cartkg.validation.shapes import Shapes
from cartkg.validation.syntaxes import FORMATS

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
