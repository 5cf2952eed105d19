"""Shapes -> their SPARQL: sh:sparql constraints and constraint components defined by SPARQL (SHACL, part 2)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph

from cartkg.evaluation.evaluator import Evaluator
from cartkg.evaluation.guarding import Failure, Fault
from cartkg.namespaces import OWL, RDF, RDFS, SH, XSD
from cartkg.validation.constraints.paths import write_sparql
from cartkg.validation.constraints.prebinding import PrebindingError, distinguishing, template
from cartkg.validation.rdf.terms import Term, bare, iri, is_iri, literal, local_name, text
from cartkg.validation.shapes.advanced import functions
from cartkg.validation.shapes.shapes_graph import sh
from cartkg.validation.shapes.sparql import SHAPES_GRAPH, SparqlShape
from cartkg.validation.shapes.vocabulary import ADVANCED_HINT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cartkg.validation.constraints.prebinding import Template
    from cartkg.validation.shapes.shapes_graph import Shapes

_SELECTED_PATH = re.compile(r"\$PATH\b")
_SHAPES_GRAPH = ("shapesGraph", "currentShape")
#: What the parser says among all that it expected, and how it is told.
_REASONS = (
    ("Prefix not found", ": a prefix is not declared; add it to sh:prefixes"),
    ("unbound", ": it selects a variable that is not in GROUP BY"),
)
#: Prefixes that tools declare by themselves.
_USUAL = {"rdf": RDF, "rdfs": RDFS, "owl": OWL, "xsd": XSD, "sh": SH}
_NOT_A_NAME = re.compile(r"<[^<>\"{}|^`\\\s]*>|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|#[^\n]*")
_DECLARED = re.compile(r"\bPREFIX\s+([\w.-]*):", re.IGNORECASE)
_USED = re.compile(r"(?<![\w:?$@])([A-Za-z][\w.-]*):(?=[\w%\\-])")


def sparql_constraints(shapes: Shapes, node: Term) -> Iterator[SparqlShape]:
    """Return the sh:sparql constraints of a shape.

    Raises:
        ShapesError: one has no single sh:select, or uses what pre-binding does not allow.
    """
    for constraint in shapes.objects(node, "sparql"):
        with shapes.tolerant():
            if not shapes.flag(constraint, "deactivated"):
                yield _constraint(shapes, node, constraint)


def _constraint(shapes: Shapes, node: Term, constraint: Term) -> SparqlShape:
    query = literal(shapes.single(constraint, "select") or "_:none")
    if query is None:
        shapes.fail(constraint, "an sh:sparql constraint needs one sh:select", "select")
    return SparqlShape(
        component="SPARQL",
        query=_template(shapes, node, constraint, query.lexical, frozenset(("this", *_SHAPES_GRAPH))),
        ask=False,
        bound={"shapesGraph": SHAPES_GRAPH, "currentShape": node},
        messages=shapes.messages(constraint),
        node=constraint,
        shapes=shapes,
    )


def custom_constraints(shapes: Shapes, node: Term) -> Iterator[SparqlShape]:
    """Return a shape's constraints by components that the shapes graph defines (SHACL, section 6)."""
    for component in sorted(shapes.facts.instances(sh("ConstraintComponent"))):
        if not component.startswith(f"<{SH}"):
            with shapes.tolerant():
                yield from _custom(shapes, node, component)


def _custom(shapes: Shapes, node: Term, component: Term) -> Iterator[SparqlShape]:
    parameters = _parameters(shapes, component)
    given = {name: shapes.facts.object(node, iri(path)) for name, (path, _) in parameters.items()}
    if not parameters:
        shapes.fail(component, "a constraint component needs an sh:parameter")
    if any(given[name] is None and not optional for name, (_, optional) in parameters.items()):
        return
    validator = _validator(shapes, node, component)
    ask = literal(shapes.single(validator, "ask") or "_:none")
    query = ask or literal(shapes.single(validator, "select") or "_:none")
    if query is None:
        shapes.fail(validator, "a validator needs an sh:ask or an sh:select")
    bound = {name: term for name, term in given.items() if term is not None}
    bound |= {"shapesGraph": SHAPES_GRAPH, "currentShape": node}
    names = frozenset((*bound, "this", "value") if ask else (*bound, "this"))
    yield SparqlShape(
        component=bare(component),
        query=_template(shapes, node, validator, query.lexical, names),
        ask=ask is not None,
        bound=bound,
        messages=shapes.messages(node) or shapes.messages(validator) or shapes.messages(component),
        node=validator,
        shapes=shapes,
    )


def _parameters(shapes: Shapes, component: Term) -> dict[str, tuple[str, bool]]:
    found: dict[str, tuple[str, bool]] = {}
    for parameter in shapes.objects(component, "parameter"):
        path = shapes.single(parameter, "path")
        if path is None or not is_iri(path):
            shapes.fail(component, "an sh:parameter needs an IRI as sh:path", "parameter")
        found[local_name(path)] = (bare(path), shapes.flag(parameter, "optional"))
    return found


def _validator(shapes: Shapes, node: Term, component: Term) -> Term:
    own = "propertyValidator" if shapes.objects(node, "path") else "nodeValidator"
    found = shapes.objects(component, own) or shapes.objects(component, "validator")
    if not found:
        shapes.fail(component, f"has no sh:{own} and no sh:validator")
    return found[0]


def _template(shapes: Shapes, shape: Term, constraint: Term, query: str, bound: frozenset[str]) -> Template:
    """Put the prefixes before a query, the shape's path in the place of $PATH, and cut it at its bound variables.

    Raises:
        ShapesError: the query does not parse, or uses what pre-binding does not allow.
    """
    form = "ask" if shapes.objects(constraint, "ask") else "select"
    path = shapes.path(shape)
    if path is not None:
        query = _SELECTED_PATH.sub(lambda _: write_sparql(path), query)
    declared = _prefixes(shapes, constraint)
    declared |= _borrowed(shapes, constraint, query, declared)
    prefixes = "".join(f"PREFIX {name}: <{space}> " for name, space in declared.items())
    try:
        made = template(prefixes + query, bound)
    except PrebindingError as error:
        shapes.fail(constraint, f"in its SPARQL, {error}", form)
    with Evaluator(pyoxigraph.Store(), bounds=shapes.bounds) as evaluator:
        # as it is written, so that a place is one in its text; then with values in the place of its variables
        tried = evaluator.outlines([made.fill({}), made.fill(dict.fromkeys(bound, iri(SH)))])
    written, filled = tried
    if isinstance(filled, Failure) and filled.fault is Fault.SYSTEM:
        return made  # the engine says that it is not evaluated
    if isinstance(filled, Failure):
        said = _said(written if isinstance(written, Failure) else filled, prefixes, query)
        own = any(bare(each) in said for each in functions(shapes))
        hint = f"; the shapes define it by SHACL Advanced Features: {ADVANCED_HINT}" if own else ""
        shapes.fail(constraint, f"{said}{hint}", form)
    if filled.triples or (filled.variables is None) != (form == "ask"):
        shapes.fail(constraint, f"sh:{form} needs a query of type {form.upper()}", form)
    return replace(made, apart=template(distinguishing(prefixes + query), bound).parts)


def _said(failure: Failure, prefixes: str, query: str) -> str:
    """Say why a query, given without its prefixes, is none; what the parser expected instead fills a page."""
    if failure.fault is not Fault.SYNTAX:
        return f"its SPARQL cannot be evaluated: {failure.message}"
    line, column = failure.line, failure.column
    column -= len(prefixes) if line == 1 else 0
    here = "".join(query.splitlines()[line - 1 : line])
    bare_iri = here[column - 1 :].startswith("//") and here[: column - 1].endswith((" http:", " https:"))
    why = "; an IRI stands in angle brackets" if bare_iri else ""
    reason = why or next((why for sign, why in _REASONS if sign in failure.message), "")
    return f"its SPARQL does not parse at line {line}, column {column} of the query{reason}"


def _prefixes(shapes: Shapes, constraint: Term) -> dict[str, str]:
    found: dict[str, str] = {}
    for ontology in shapes.objects(constraint, "prefixes"):
        for each in sorted(shapes.facts.closure(ontology, shapes.facts.column(iri(f"{OWL}imports")))):
            for declaration in shapes.objects(each, "declare"):
                name, space = shapes.single(declaration, "prefix"), shapes.single(declaration, "namespace")
                if name is None or space is None:
                    shapes.fail(each, "sh:declare needs sh:prefix and sh:namespace", "declare")
                found[text(name)] = text(space)
    return found


def _borrowed(shapes: Shapes, constraint: Term, query: str, declared: Mapping[str, str]) -> dict[str, str]:
    """Return prefixes that a query uses without declaring them, as its file declares them; none for strict shapes."""
    if shapes.strict:
        return {}
    text = _NOT_A_NAME.sub(" ", query)
    own = set(_DECLARED.findall(text))
    used = {name for name in _USED.findall(text) if name not in own | declared.keys()}
    homes = shapes.facts.homes.get(constraint, ())
    known = {**_USUAL, **(shapes.facts.declared(homes[0]) if homes else {})}
    borrowed = {name: known[name] for name in sorted(used) if name in known}
    if borrowed:
        names = ", ".join(f"{name}:" for name in borrowed)
        message = f"its SPARQL uses {names} without sh:prefixes; the prefixes of the file are used"
        shapes.keep(shapes.error(constraint, message, "select"), mild=True)
    return borrowed
