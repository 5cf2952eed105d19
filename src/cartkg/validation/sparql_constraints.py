"""SHACL-SPARQL (SHACL, part 2): sh:sparql constraints and constraint components defined by SPARQL.

Each query runs once a focus node with its variables bound beforehand; pyoxigraph does that by substitution.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph

from cartkg.namespaces import OWL, SH
from cartkg.validation.paths import Step, write_sparql
from cartkg.validation.prebinding import PrebindingError, Template, template
from cartkg.validation.results import Breach
from cartkg.validation.shapes import Shapes, sh
from cartkg.validation.terms import Term, bare, iri, is_iri, literal, local_name, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cartkg.validation.constraints import Context, Groups

_PLACEHOLDER = re.compile(r"\{[?$](\w+)\}")
_SELECTED_PATH = re.compile(r"\$PATH\b")
_SHAPES_GRAPH = ("shapesGraph", "currentShape")
#: The name under which the shapes graph can be asked from a shape's SPARQL.
SHAPES_GRAPH = "<urn:cartkg:shapes>"
_TRUE = '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'


@dataclass(frozen=True, slots=True)
class Sparql:
    """One SPARQL query that selects what breaks it, or an ASK that each value must answer with true.

    Attributes:
        component: local name or IRI of the component.
        query: the query with its prefixes, cut at its bound variables.
        ask: whether it is an ASK for each value node.
        bound: parameters of the component, bound beforehand.
        messages: what to say; placeholders take the solution's values.
        node: the constraint or validator, for error messages.
        shapes: where that node is written.
    """

    component: str
    query: Template
    ask: bool
    bound: Mapping[str, Term]
    messages: tuple[str, ...]
    node: Term
    shapes: Shapes

    def check(self, context: Context, groups: Groups) -> Iterator[Breach]:
        """Run the query at each focus node.

        Raises:
            ShapesError: the query reports a failure.
        """
        for focus in groups.nodes:
            if self.ask:
                for value in groups.values.get(focus, ()):
                    bound = {**self.bound, "this": focus, "value": value}
                    if not self._select(context, bound):
                        yield Breach(focus, value, message=self._message(bound))
            else:
                bound = {**self.bound, "this": focus}
                for solution in self._select(context, bound):
                    yield self._breach(bound, solution)

    def _select(self, context: Context, bound: dict[str, Term]) -> list[dict[str, Term]]:
        try:
            return context.select(self.query, bound)
        except RuntimeError as error:  # for instance a function that the engine does not know
            self.shapes.fail(self.node, f"its SPARQL cannot be evaluated: {error}", "ask" if self.ask else "select")

    def _breach(self, bound: dict[str, Term], solution: dict[str, Term]) -> Breach:
        if solution.get("failure") == _TRUE:
            self.shapes.fail(self.node, "the query reports a failure")
        path = solution.get("path")
        said = solution.get("message")
        message = self._message({**bound, **solution}) if self.messages else text(said) if said else ""
        return Breach(
            bound["this"],
            solution.get("value"),
            Step(path) if path and is_iri(path) else None,
            message,
        )

    def _message(self, values: Mapping[str, Term]) -> str:
        if not self.messages:
            return ""
        return _PLACEHOLDER.sub(lambda match: _shown(values.get(match[1]), match[0]), self.messages[0])


def _shown(term: Term | None, otherwise: str) -> str:
    return otherwise if term is None else text(term) or term


def sparql_constraints(shapes: Shapes, node: Term) -> Iterator[Sparql]:
    """Give the sh:sparql constraints of a shape.

    Raises:
        ShapesError: one has no single sh:select, or uses what pre-binding does not allow.
    """
    for constraint in shapes.objects(node, "sparql"):
        if shapes.flag(constraint, "deactivated"):
            continue
        query = literal(shapes.single(constraint, "select") or "_:none")
        if query is None:
            shapes.fail(constraint, "an sh:sparql constraint needs one sh:select", "select")
        yield Sparql(
            component="SPARQL",
            query=_template(shapes, node, constraint, query.lexical, frozenset(("this", *_SHAPES_GRAPH))),
            ask=False,
            bound={"shapesGraph": SHAPES_GRAPH, "currentShape": node},
            messages=shapes.messages(constraint),
            node=constraint,
            shapes=shapes,
        )


def custom_constraints(shapes: Shapes, node: Term) -> Iterator[Sparql]:
    """Give a shape's constraints by components that the shapes graph defines (SHACL, section 6)."""
    for component in sorted(shapes.facts.instances(sh("ConstraintComponent"))):
        if component.startswith(f"<{SH}"):
            continue
        parameters = _parameters(shapes, component)
        given = {name: shapes.facts.object(node, iri(path)) for name, (path, _) in parameters.items()}
        if not parameters:
            shapes.fail(component, "a constraint component needs an sh:parameter")
        if any(given[name] is None and not optional for name, (_, optional) in parameters.items()):
            continue
        validator = _validator(shapes, node, component)
        ask = literal(shapes.single(validator, "ask") or "_:none")
        query = ask or literal(shapes.single(validator, "select") or "_:none")
        if query is None:
            shapes.fail(validator, "a validator needs an sh:ask or an sh:select")
        bound = {name: term for name, term in given.items() if term is not None}
        bound |= {"shapesGraph": SHAPES_GRAPH, "currentShape": node}
        names = frozenset((*bound, "this", "value") if ask else (*bound, "this"))
        yield Sparql(
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
    prefixes = "".join(f"PREFIX {name}: <{space}> " for name, space in _prefixes(shapes, constraint).items())
    try:
        made = template(prefixes + query, bound)
        pyoxigraph.Store().query(made.fill({}))  # as it is written, so that a place is one in its text
        tried = pyoxigraph.Store().query(made.fill(dict.fromkeys(bound, iri(SH))))
    except PrebindingError as error:
        shapes.fail(constraint, f"in its SPARQL, {error}", form)
    except SyntaxError as error:
        shapes.fail(constraint, f"its SPARQL does not parse{_place(error, prefixes)}", form)
    except RuntimeError as error:
        shapes.fail(constraint, f"its SPARQL cannot be evaluated: {error}", form)
    if not isinstance(tried, pyoxigraph.QueryBoolean if form == "ask" else pyoxigraph.QuerySolutions):
        shapes.fail(constraint, f"sh:{form} needs a query of the form {form.upper()}", form)
    return made


_PLACE = re.compile(r"(?:error )?at (\d+):(\d+)")


def _place(error: SyntaxError, prefixes: str) -> str:
    """Say where in a query the parser stumbled; what it expected instead fills a page."""
    found = _PLACE.search(str(error))
    if found is None:
        return f": {error}"
    line, column = int(found[1]), int(found[2])
    return f" at line {line}, column {column - len(prefixes) if line == 1 else column} of the query"


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
