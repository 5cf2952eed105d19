"""The same violations by pySHACL, the reference for cartkg's own engine.

pySHACL works on an rdflib graph in memory; over any other store it is many times slower.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pyshacl
from pyparsing import ParseException
from pyshacl.errors import ConstraintLoadError, ReportableRuntimeError, ShapeLoadError
from rdflib import BNode, Graph, URIRef
from rdflib import Literal as RdflibLiteral

from cartkg.errors import BackendError, ConfigError, ShapesError
from cartkg.evaluation.bounds import Stopped
from cartkg.evaluation.children import Children
from cartkg.evaluation.guarding import breach
from cartkg.evaluation.messages import Frame
from cartkg.namespaces import RDF, SH
from cartkg.systems import NEEDS_LINUX, is_linux
from cartkg.validation.constraints.paths import read_path
from cartkg.validation.constraints.results import Violation, ViolationSource
from cartkg.validation.rdf.facts import Facts
from cartkg.validation.rdf.terms import Term, bare, iri, is_blank, is_iri, literal, text
from cartkg.validation.shapes.advanced import without_targets
from cartkg.validation.shapes.vocabulary import ADVANCED

if TYPE_CHECKING:
    from collections.abc import Collection

    from rdflib.term import Node

    from cartkg.validation.rdf.blanks import Row
    from cartkg.validation.shapes.shapes_graph import Shapes

#: What makes pySHACL and rdflib load code: a shape with SPARQL, a pattern and a path that its data breaks, and markup.
_WARMING = f"""
@prefix sh: <{SH}> . @prefix rdf: <{RDF}> .
<x:t> <x:p> "<a></a>"^^rdf:HTML, "<a/>"^^rdf:XMLLiteral .
<x:s> a sh:NodeShape ; sh:targetNode <x:s> ; sh:property [ sh:path ( <x:p> <x:p> ) ; sh:minCount 1 ; sh:pattern "a" ] ;
    sh:sparql [ sh:select "SELECT $this {{ $this a ?kind }}" ] .
<http://x/f> a sh:SPARQLFunction ; sh:parameter [ sh:path <http://x/p> ] ; sh:returnType <x:c> ;
    sh:select "SELECT ?r {{ BIND(1 AS ?r) }}" .
<x:r> a sh:NodeShape ;
    sh:target [ a sh:SPARQLTarget ; sh:select "SELECT ?this {{ ?this a ?kind }}" ] ;
    sh:expression [ sh:path <x:p> ] ;
    sh:rule [ a sh:TripleRule ; sh:subject sh:this ; sh:predicate <x:p> ; sh:object <x:o> ],
    [ a sh:SPARQLRule ; sh:construct "CONSTRUCT {{ $this <x:q> <x:o> }} WHERE {{ $this a ?kind }}" ] .
"""
#: pySHACL looks at all shapes at once: it may use so many times what one query may.
_SHAPES = 10


@dataclass(frozen=True, slots=True)
class PyshaclResult:
    """What pySHACL finds, and the statements that rules infer before."""

    violations: list[Violation]
    inferred: list[Row]


def outcome(facts: Facts, shapes: Shapes, some: Collection[Term] = ()) -> PyshaclResult:
    """Validate with pySHACL, in a sandboxed child: it evaluates SPARQL and patterns of the shapes without limits.

    Args:
        facts: the data graph.
        shapes: the shapes graph.
        some: the shapes whose targets are looked at; all when there is none.

    Raises:
        ShapesError: pySHACL cannot load or evaluate a shape, or a shape asks what it must not; with file and line.
        ConfigError: this is not Linux.
        BackendError: pySHACL was stopped, or ended in another way.
    """
    if not is_linux():
        raise ConfigError(f"pySHACL {NEEDS_LINUX}; leave out --engine")
    _guard(shapes)
    graph = without_targets(shapes, some) if some else shapes.facts
    _load_all_code(advanced=_is_advanced(graph))
    bounds = replace(shapes.bounds, seconds=_SHAPES * shapes.bounds.seconds, memory=_SHAPES * shapes.bounds.memory)
    children = Children(lambda _: _validated(facts, graph), bounds)
    try:
        (reply,) = children.run([Frame({})])
    finally:
        children.close()
    if isinstance(reply, Stopped):
        raise BackendError(f"pySHACL {reply.reason}; leave out --engine")
    if "error" in reply.head:
        raise ShapesError(f"pySHACL: {reply.head['error']}")
    said = json.loads(reply.body)
    return PyshaclResult(_violations(Facts(columns=said["report"]), shapes), [tuple(row) for row in said["inferred"]])


@cache
def _load_all_code(*, advanced: bool) -> None:
    """Make pySHACL and rdflib load what they load late, once in a process, since a child can load nothing."""
    data, shapes = (Graph().parse(data=_WARMING, format="turtle") for _ in range(2))
    pyshacl.validate(data, shacl_graph=shapes, inplace=True, advanced=advanced)


def _guard(shapes: Shapes) -> None:
    for name in ("select", "ask", "construct", "update"):
        for node, values in shapes.facts.column(iri(SH + name)).items():
            for value in values:
                found = breach(text(value), {})
                if found:
                    shapes.fail(node, f"in its SPARQL, {found.message}", name)


def _validated(facts: Facts, shapes: Facts) -> Frame:
    """Validate, in a child, which can load no more code; the report as facts."""
    logging.getLogger("pyshacl").setLevel(logging.CRITICAL)
    graph = _graph(facts)
    advanced = _is_advanced(shapes)
    given = set(graph) if advanced else set()
    try:
        _, report, said = pyshacl.validate(graph, shacl_graph=_graph(shapes), inplace=True, advanced=advanced)
    except (ConstraintLoadError, ReportableRuntimeError, ShapeLoadError) as error:
        return Frame({"error": str(error)})
    except ParseException as error:
        return Frame({"error": f"the SPARQL of a shape does not parse: {error}"})
    if not isinstance(report, Graph):
        return Frame({"error": str(said)})
    new = [[_term(node) for node in triple] for triple in graph if triple not in given] if advanced else []
    return Frame({}, json.dumps({"report": _facts(report).columns, "inferred": new}).encode())


def _is_advanced(shapes: Facts) -> bool:
    return any(shapes.column(iri(SH + name)) for name in (*ADVANCED, "returnType"))  # the last is of functions


def _violations(report: Facts, shapes: Shapes) -> list[Violation]:
    found: list[Violation] = []
    for result in (each for objects in report.column(iri(f"{SH}result")).values() for each in objects):
        path = report.object(result, iri(f"{SH}resultPath"))
        source = ViolationSource(
            shape=_required(report, result, "sourceShape"),
            component=_required(report, result, "sourceConstraintComponent"),
            severity=_required(report, result, "resultSeverity"),
            said=text(report.object(result, iri(f"{SH}resultMessage")) or '""'),
            constraint=report.object(result, iri(f"{SH}sourceConstraint")) or "",
            name=shapes.name(_required(report, result, "sourceShape")),
        )
        found.append(
            Violation(
                focus=_required(report, result, "focusNode"),
                path=read_path(report, path) if path else None,
                value=report.object(result, iri(f"{SH}value")),
                source=source,
            )
        )
    return found


def _required(report: Facts, result: Term, name: str) -> Term:
    found = report.object(result, iri(SH + name))
    if found is None:
        raise ShapesError(f"pySHACL: a result has no sh:{name}")
    return found


def _graph(facts: Facts) -> Graph:
    graph = Graph()
    for predicate, column in facts.columns.items():
        for subject, objects in column.items():
            for value in objects:
                graph.add((_node(subject), _node(predicate), _node(value)))
    return graph


def _node(term: Term) -> Node:
    if is_iri(term):
        return URIRef(bare(term))
    if is_blank(term):
        return BNode(term[2:])
    parts = literal(term)
    assert parts is not None  # noqa: S101  # the third kind of term
    language = parts.language or None
    return RdflibLiteral(parts.lexical, language, None if language else URIRef(parts.datatype), normalize=False)


def _facts(graph: Graph) -> Facts:
    facts = Facts()
    for subject, predicate, value in graph:
        facts.columns.setdefault(_term(predicate), {}).setdefault(_term(subject), []).append(_term(value))
    return facts


def _term(node: Node) -> Term:
    if isinstance(node, URIRef):
        return iri(str(node))
    if isinstance(node, BNode):
        return f"_:{node}"
    assert isinstance(node, RdflibLiteral)  # noqa: S101  # the third kind of term
    if node.language or node.datatype is None:
        return str(ox.Literal(str(node), language=node.language))
    return str(ox.Literal(str(node), datatype=ox.NamedNode(str(node.datatype))))
