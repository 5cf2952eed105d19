"""Write messages that name what the shape requires, for shapes without an sh:message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.nearest import suggest
from cartkg.validation.constraints import core
from cartkg.validation.constraints.logic import Conforms, Qualified
from cartkg.validation.constraints.paths import PredicateStep, say
from cartkg.validation.rdf.terms import Term, bare, is_blank, literal, text
from cartkg.validation.shapes.sparql import SparqlShape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cartkg.validation.constraints.results import Breach
    from cartkg.validation.reporting.misspellings import Misspellings
    from cartkg.validation.shapes.shapes_graph import Shape, Shapes

#: Items of a list that a message names; the rest are counted.
_SHOWN = 12
#: Results of other shapes that a message quotes.
_QUOTED = 3
#: Characters of a value that a message quotes.
_LONGEST = 120

#: What values are asked to be, by component.
_ASKED = {
    "NodeKind": "is not of the node kind {}",
    "MinExclusive": "is not greater than {}",
    "MinInclusive": "is not at least {}",
    "MaxExclusive": "is not less than {}",
    "MaxInclusive": "is not at most {}",
    "MinLength": "is shorter than {} characters",
    "MaxLength": "is longer than {} characters",
    "LanguageIn": "is not in one of the languages {}",
    "In": "is not one of {}",
}


def default_message(spelling: Misspellings, shape: Shape, constraint: core.Constraint, breach: Breach) -> str:
    """Return what is wrong: path, value, and what the constraint asks for."""
    where = f"{say(shape.path)}: " if shape.path else ""
    for kind, explain in _EXPLAINED.items():
        if isinstance(constraint, kind):
            hint = _class_hint(spelling, constraint, breach) if isinstance(constraint, core.OfClass) else ""
            return where + explain(spelling.shapes, constraint, breach) + hint
    return f"{where}does not meet the shape's {_parameter(constraint.component)}"


def _parameter(component: str) -> str:
    name = component.rpartition("#")[2]
    return f"sh:{name[:1].lower()}{name[1:]}"


def _value(shapes: Shapes, term: Term | None) -> str:
    if term is None:
        return "the node"
    if is_blank(term):
        return "the blank node"
    shown = shapes.shown(term)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."


def _listed(shapes: Shapes, terms: Iterable[Term]) -> str:
    shown = [shapes.shown(term) for term in terms]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + more


def _values(shapes: Shapes, constraint: core.ValueTest, breach: Breach) -> str:
    value = _value(shapes, breach.value)
    if constraint.component == "Datatype":
        wanted = shapes.shown(constraint.asked[0])
        parts = literal(breach.value or "_:")
        if parts is not None and parts.datatype == bare(constraint.asked[0]):
            return f"{value} is not a valid {wanted}"
        return f"{value} is not of the datatype {wanted}"
    if constraint.component in {"MinLength", "MaxLength"}:
        said = _ASKED[constraint.component].format(text(constraint.asked[0]))
    else:
        said = _ASKED[constraint.component].format(_listed(shapes, constraint.asked))
    if constraint.component == "In" and breach.value is not None and not is_blank(breach.value):
        near = suggest(value, [shapes.shown(term) for term in constraint.asked], 1)
        said += f"; did you mean {near[0]}?" if near else ""
    return f"{value} {said}"


def _matches(shapes: Shapes, constraint: core.Matches, breach: Breach) -> str:
    flags = f" with the flags {constraint.pattern.flags}" if constraint.pattern.flags else ""
    return f'{_value(shapes, breach.value)} does not match the pattern "{constraint.pattern.text}"{flags}'


def _of_class(shapes: Shapes, constraint: core.OfClass, breach: Breach) -> str:
    return f"{_value(shapes, breach.value)} is not an instance of {shapes.shown(constraint.wanted)}"


def _class_hint(spelling: Misspellings, constraint: core.OfClass, breach: Breach) -> str:
    """Return what a value that is not an instance of a class may mean, or what its own class may mean."""
    shown = spelling.shapes.shown
    if breach.value is None:
        return ""
    instances = spelling.instances(breach.value, constraint.wanted)
    if len(instances) == 1:
        return f"; did you mean {shown(instances[0])}?"
    near = spelling.type_of(breach.value, constraint.wanted)
    return f"; its class is {shown(near)}, did you mean {shown(constraint.wanted)}?" if near else ""


def _times(number: float) -> str:
    return f"{number:g} value{'' if number == 1 else 's'}"


def _count(_: Shapes, constraint: core.ValueCount, breach: Breach) -> str:  # noqa: ARG001  # as all of them
    if constraint.low:
        return f"needs at least {_times(constraint.low)}"
    return f"may have at most {_times(constraint.high)}"


def _has_value(shapes: Shapes, constraint: core.HasValue, breach: Breach) -> str:
    if breach.value is not None:
        return f"{_value(shapes, breach.value)} is not {shapes.shown(constraint.wanted)}"
    return f"the value {shapes.shown(constraint.wanted)} is missing"


def _language(_: Shapes, constraint: core.UniqueLanguage, breach: Breach) -> str:  # noqa: ARG001  # as all of them
    return f"more than one value in the language {breach.note}"


def _pair(shapes: Shapes, constraint: core.Pair, breach: Breach) -> str:
    other = shapes.shown(constraint.other)
    if constraint.equal:
        return f"{_value(shapes, breach.value)} must be a value of both this and {other}, but is a value of only one"
    return f"{_value(shapes, breach.value)} must not be a value of {other} too"


def _below(shapes: Shapes, constraint: core.Below, breach: Breach) -> str:
    order = "at most" if constraint.equal else "less than"
    other = f"{_value(shapes, breach.note)}, the value of {shapes.shown(constraint.other)}"
    return f"{_value(shapes, breach.value)} is not {order} {other}"


def _closed(shapes: Shapes, constraint: core.Closed, breach: Breach) -> str:
    if not isinstance(breach.path, PredicateStep):
        return "has a property that the closed shape does not allow"
    shown = shapes.shown(breach.path.predicate)
    near = suggest(shown, [shapes.shown(each) for each in constraint.allowed], 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"the property {shown} is not allowed, since the shape is closed{hint}"


def _reasons(breach: Breach) -> str:
    reasons = list(dict.fromkeys(each.message for each in breach.details))
    more = f"; and {len(reasons) - _QUOTED} more" if len(reasons) > _QUOTED else ""
    return f" ({'; '.join(reasons[:_QUOTED])}{more})" if reasons else ""


def _conforms(shapes: Shapes, constraint: Conforms, breach: Breach) -> str:
    value = _value(shapes, breach.value)
    parts = _listed(shapes, constraint.shapes)
    match constraint.component:
        case "Node":
            said = f"does not conform to the shape {parts}"
        case "Not":
            said = f"conforms to {parts}, which sh:not excludes"
        case "And":
            said = f"does not conform to all of the shapes {parts}"
        case "Or":
            said = f"conforms to none of the shapes {parts}"
        case _:
            said = f"must conform to exactly one of the shapes {parts}, and conforms to "
            said += "none" if breach.details else "several"
    return f"{value} {said}{_reasons(breach)}"


def _qualified(shapes: Shapes, constraint: Qualified, breach: Breach) -> str:  # noqa: ARG001  # as all of them
    shape = shapes.shown(constraint.shape)
    alone = ", and to none of its siblings" if constraint.siblings else ""
    bound = f"at least {_times(constraint.low)}" if constraint.low else f"at most {_times(constraint.high)}"
    verb = "needs" if constraint.low else "may have"
    return f"{verb} {bound} that conform to {shape}{alone}"


def _sparql(shapes: Shapes, constraint: SparqlShape, breach: Breach) -> str:
    value = f" {_value(shapes, breach.value)}" if breach.value is not None else ""
    if constraint.component == "SPARQL":
        return f"a SPARQL constraint of the shape{f' finds{value}' if value else ' is not met'}"
    return f"the constraint component <{constraint.component}> is not met{f' by{value}' if value else ''}"


_EXPLAINED: dict[type, Callable[..., str]] = {
    core.ValueTest: _values,
    core.Matches: _matches,
    core.OfClass: _of_class,
    core.ValueCount: _count,
    core.HasValue: _has_value,
    core.UniqueLanguage: _language,
    core.Pair: _pair,
    core.Below: _below,
    core.Closed: _closed,
    Conforms: _conforms,
    Qualified: _qualified,
    SparqlShape: _sparql,
}
