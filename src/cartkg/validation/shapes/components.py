"""Build constraints from shape nodes: one builder for each SHACL Core parameter; unknown ones are refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.namespaces import SH
from cartkg.validation.constraints import core, value_tests
from cartkg.validation.constraints.datatypes import value as ordered_value
from cartkg.validation.constraints.logic import Conforms, Property, Qualified
from cartkg.validation.constraints.matching import KNOWN_FLAGS, Pattern
from cartkg.validation.constraints.paths import PredicateStep
from cartkg.validation.rdf.terms import Term, bare, is_iri, literal
from cartkg.validation.shapes.advanced import calls_functions
from cartkg.validation.shapes.shapes_graph import Shape, Shapes, sh
from cartkg.validation.shapes.vocabulary import ADVANCED, unknown_term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What a shape may say beside constraints (SHACL, sections 2.1 to 2.3); rules and functions are not part of validation.
NOT_CONSTRAINTS = {
    *("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf", "path", "severity", "message", "deactivated"),
    *("name", "description", "order", "group", "defaultValue", "flags", "ignoredProperties", "shapesGraph"),
    *(
        "qualifiedMinCount",
        "qualifiedMaxCount",
        "qualifiedValueShapesDisjoint",
        "sparql",
        "select",
        "declare",
        "suggestedShapesGraph",
    ),
    *("entailment", "prefixes"),
}
_ONLY_PROPERTY = {"minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals", "qualifiedValueShape"}
#: What a shape may say once (SHACL, section 4; the others among these look for themselves).
_ONCE = {"in", "languageIn", "nodeKind", "qualifiedValueShape"}
_ONCE |= {"minExclusive", "minInclusive", "maxExclusive", "maxInclusive"}


def compile_shape(shapes: Shapes, node: Term) -> Shape:
    """Return a shape ready to run, compiled once; of shapes that are not strict, without what is malformed.

    Raises:
        ShapesError: it is malformed, or says what cartkg cannot evaluate, and the shapes are strict.
    """
    if node not in shapes.compiled:
        shapes.compiled[node] = _compiled(shapes, node)
    return shapes.compiled[node]


def _compiled(shapes: Shapes, node: Term) -> Shape:
    with shapes.tolerant():
        shapes.check_targets(node)
    severity, deactivated = sh("Violation"), False
    messages: tuple[str, ...] = ()
    with shapes.tolerant():
        severity = shapes.severity(node)
    with shapes.tolerant():
        messages = shapes.messages(node)
    with shapes.tolerant():
        deactivated = shapes.flag(node, "deactivated")
    recursive = shapes.is_recursive(node)
    with shapes.tolerant():
        path = shapes.path(node)
        constraints = tuple(_constraints(shapes, node))
        return Shape(node, path, constraints, severity, messages, deactivated, recursive)
    return Shape(node, None, (), severity, messages, deactivated=True, recursive=recursive)  # without a sound path


def _constraints(shapes: Shapes, node: Term) -> Iterator[core.Constraint]:
    is_property = bool(shapes.objects(node, "path"))
    for predicate in shapes.parameters(node):
        name = bare(predicate).removeprefix(SH)
        if name != bare(predicate) and name not in NOT_CONSTRAINTS and not (shapes.advanced and name in ADVANCED):
            for value in shapes.objects(node, name):
                with shapes.tolerant():
                    yield from _builder(shapes, node, name)(shapes, node, value)
    for name in ("qualifiedMinCount", "qualifiedMaxCount"):
        # node shapes may say it, to no effect (suite: qualified-001)
        if is_property and shapes.objects(node, name) and not shapes.objects(node, "qualifiedValueShape"):
            with shapes.tolerant():
                shapes.fail(node, f"sh:{name} needs sh:qualifiedValueShape", name)
    own = shapes.objects(node, "sparql") and not (shapes.advanced and calls_functions(shapes, node))
    defined = shapes.facts.instances(sh("ConstraintComponent"))
    if not own and all(each.startswith(f"<{SH}") for each in defined):
        return
    # what queries need takes long to load, and most shapes have none
    from cartkg.validation.shapes import sparql_constraints as sparql  # noqa: PLC0415

    if own:
        yield from sparql.sparql_constraints(shapes, node)
    yield from sparql.custom_constraints(shapes, node)


def _builder(shapes: Shapes, node: Term, name: str) -> Callable[[Shapes, Term, Term], Iterator[core.Constraint]]:
    """Return what makes constraints of a parameter.

    Raises:
        ShapesError: there is no such parameter, or the shape may not have it, or not so often.
    """
    build = _BUILDERS.get(name)
    if build is None:
        shapes.fail(node, unknown_term(name, (*_BUILDERS, *NOT_CONSTRAINTS)), name)
    if name in _ONCE:
        shapes.single(node, name)
    if name in _ONLY_PROPERTY and not shapes.objects(node, "path"):
        shapes.fail(node, f"sh:{name} is for property shapes only; give the shape an sh:path", name)
    return build


def _whole(shapes: Shapes, node: Term, name: str, value: Term) -> int:
    parts = literal(value)
    if parts is None or not re.fullmatch(r"\+?[0-9]+", parts.lexical):
        shapes.fail(node, f"sh:{name} must be a whole number", name)
    shapes.single(node, name)
    return int(parts.lexical)


def _resource(shapes: Shapes, node: Term, name: str, value: Term) -> Term:
    if not is_iri(value):
        shapes.fail(node, f"sh:{name} must be an IRI", name)
    return value


def _described(shapes: Shapes, node: Term, *parts: Term) -> tuple[Term, ...]:
    """Refuse a reference to a shape that no one describes: it would be kept by everything."""
    for part in parts:
        if part not in shapes.facts.homes:
            shapes.fail(node, f"refers to shape {part}, which is not defined")
    return parts


def _class(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    yield core.OfClass(_resource(shapes, node, "class", value))


def _datatype(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    shapes.single(node, "datatype")
    wanted = _resource(shapes, node, "datatype", value)
    yield core.ValueTest("Datatype", value_tests.has_datatype(bare(wanted)), (wanted,))


def _node_kind(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    if value not in value_tests.NODE_KINDS:
        shapes.fail(node, f"{value} is not a value of sh:nodeKind", "nodeKind")
    yield core.ValueTest("NodeKind", value_tests.of_kind(value), (value,))


def _min_count(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    low = _whole(shapes, node, "minCount", value)
    if low:
        yield core.ValueCount("MinCount", low=low)


def _max_count(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    yield core.ValueCount("MaxCount", high=_whole(shapes, node, "maxCount", value))


def _range(name: str, *orders: int) -> Callable[[Shapes, Term, Term], Iterator[core.Constraint]]:
    def build(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
        if ordered_value(value) is None:
            shapes.fail(node, f"{value} is of a type whose values have no order", name)
        yield core.ValueTest(name[0].upper() + name[1:], value_tests.ordered(value, frozenset(orders)), (value,))

    return build


def _min_length(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    low = _whole(shapes, node, "minLength", value)
    yield core.ValueTest("MinLength", value_tests.of_length(low, float("inf")), (value,))


def _max_length(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    yield core.ValueTest("MaxLength", value_tests.of_length(0, _whole(shapes, node, "maxLength", value)), (value,))


def _pattern(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    parts, flags = literal(value), literal(shapes.single(node, "flags") or '""')
    if parts is None or flags is None or not set(flags.lexical) <= KNOWN_FLAGS:
        shapes.fail(node, "sh:pattern must be a string, and sh:flags a combination of i, m, s, x and q", "pattern")
    yield core.Matches(node, Pattern(parts.lexical, flags.lexical))


def _language_in(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    ranges = [literal(item) for item in shapes.items(node, "languageIn", value)]
    known = tuple(each.lexical.lower() for each in ranges if each)
    if len(known) < len(ranges):
        shapes.fail(node, "sh:languageIn needs a list of strings", "languageIn")
    yield core.ValueTest("LanguageIn", value_tests.in_language(known), shapes.items(node, "languageIn", value))


def _unique_language(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    if shapes.flag(node, "uniqueLang") and value.startswith('"true"'):  # "1" asks for nothing (suite: uniqueLang-002)
        yield core.UniqueLanguage()


def _pair(name: str, *, equal: bool) -> Callable[[Shapes, Term, Term], Iterator[core.Constraint]]:
    def build(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
        yield core.Pair(name[0].upper() + name[1:], _resource(shapes, node, name, value), equal)

    return build


def _below(name: str, *, equal: bool) -> Callable[[Shapes, Term, Term], Iterator[core.Constraint]]:
    def build(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
        yield core.Below(name[0].upper() + name[1:], _resource(shapes, node, name, value), equal)

    return build


def _closed(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:  # noqa: ARG001  # a builder
    if not shapes.flag(node, "closed"):
        return
    ignored = shapes.single(node, "ignoredProperties")
    allowed = set(shapes.items(node, "ignoredProperties", ignored)) if ignored else set()
    for each in shapes.objects(node, "property"):
        path = shapes.path(each)
        if isinstance(path, PredicateStep) and not path.backward:
            allowed.add(path.predicate)
    yield core.Closed(frozenset(allowed))


def _has_value(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:  # noqa: ARG001  # a builder
    yield core.HasValue(value)


def _in(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    items = shapes.items(node, "in", value)
    yield core.ValueTest("In", frozenset(items).__contains__, items)


def _node(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    yield Conforms("Node", _described(shapes, node, value), 1, 1)


def _property(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    if not shapes.objects(value, "path"):
        shapes.fail(value if value in shapes.facts.homes else node, "a property shape needs one sh:path")
    yield Property(value)


def _not(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    yield Conforms("Not", _described(shapes, node, value), 0, 0)


def _and(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    parts = _described(shapes, node, *shapes.items(node, "and", value))
    yield Conforms("And", parts, len(parts), len(parts))


def _or(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    parts = _described(shapes, node, *shapes.items(node, "or", value))
    yield Conforms("Or", parts, 1, len(parts))


def _xone(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    yield Conforms("Xone", _described(shapes, node, *shapes.items(node, "xone", value)), 1, 1)


def _qualified(shapes: Shapes, node: Term, value: Term) -> Iterator[core.Constraint]:
    _described(shapes, node, value)
    low, high = shapes.single(node, "qualifiedMinCount"), shapes.single(node, "qualifiedMaxCount")
    if low is None and high is None:
        shapes.fail(
            node, "sh:qualifiedValueShape needs sh:qualifiedMinCount or sh:qualifiedMaxCount", "qualifiedValueShape"
        )
    others = tuple(sorted(shapes.siblings(node)))
    if low is not None:
        yield Qualified("QualifiedMinCount", value, others, low=_whole(shapes, node, "qualifiedMinCount", low))
    if high is not None:
        yield Qualified("QualifiedMaxCount", value, others, high=_whole(shapes, node, "qualifiedMaxCount", high))


_BUILDERS: dict[str, Callable[[Shapes, Term, Term], Iterator[core.Constraint]]] = {
    "class": _class,
    "datatype": _datatype,
    "nodeKind": _node_kind,
    "minCount": _min_count,
    "maxCount": _max_count,
    "minExclusive": _range("minExclusive", 1),
    "minInclusive": _range("minInclusive", 0, 1),
    "maxExclusive": _range("maxExclusive", -1),
    "maxInclusive": _range("maxInclusive", -1, 0),
    "minLength": _min_length,
    "maxLength": _max_length,
    "pattern": _pattern,
    "languageIn": _language_in,
    "uniqueLang": _unique_language,
    "equals": _pair("equals", equal=True),
    "disjoint": _pair("disjoint", equal=False),
    "lessThan": _below("lessThan", equal=False),
    "lessThanOrEquals": _below("lessThanOrEquals", equal=True),
    "closed": _closed,
    "hasValue": _has_value,
    "in": _in,
    "node": _node,
    "property": _property,
    "not": _not,
    "and": _and,
    "or": _or,
    "xone": _xone,
    "qualifiedValueShape": _qualified,
}

#: The parameters of SHACL core.
PARAMETERS = frozenset(_BUILDERS)
