"""`cartkg explain`: what an inferred triple, or how two cohorts stand to each other, rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pyoxigraph as ox

from cartkg.cli.printing import say_lines
from cartkg.errors import QueryError, SourceError
from cartkg.graph import Reading, read
from cartkg.namespaces import RDF, TERM, Prefixes, read_prefixes
from cartkg.pipeline.rows import place_of
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over
from cartkg.reasoning.explanation import Explainer, Reason
from cartkg.vocabulary.external_vocabularies import iri_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cartkg.graph import Location
    from cartkg.synthesis import Relation


@click.command("explain")
@click.argument("subject")
@click.argument("predicate", metavar="PREDICATE|COHORT")
@click.argument("object", metavar="[OBJECT]", required=False)
@click.pass_obj
def command(project: Project, subject: str, predicate: str, object: str | None) -> None:  # noqa: A002  # SPO as users know it
    """Explain a triple: the axioms, rules and facts it follows from, with file and line.

    Given two cohorts: whether they are the same patients, and which rows of the dossiers connect or separate them.

    Write names with a prefix (`cohort:castle-2026-natmed/sle`, `MONDO:0007179`), as answers print them
    (`cohort/castle-2026-natmed/sle`), as <IRI>, or, for a value, as in Turtle ("x", 3, true); `a` means rdf:type.

    Example: cartkg explain product:gc012f a cartkg:DualTargetTherapy

    Example: cartkg explain cohort:mueller-2024-nejm/sle cohort:castle-2026-natmed/sle
    """
    for refused in project.refused_files():
        raise refused
    reading = read((*project.ontology_files(), *project.data_files()), project)
    for diagnostic in reading.diagnostics:
        raise SourceError(diagnostic.message, diagnostic.file, diagnostic.line, diagnostic.column)
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    subject_term, predicate_term = _name(subject, prefixes), _name(predicate, prefixes)
    if object is None:
        writer = _Writer(reading, prefixes, project.root)
        say_lines(_relation(reading, (subject_term.value, predicate_term.value), project, writer))
        return
    triple = ox.Triple(subject_term, predicate_term, _term(object, prefixes))
    with Explainer(reading.graph, project) as explainer:
        reason = explainer.explain(triple)
    say_lines(_lines(reason, _Writer(reading, prefixes, project.root)))


class _Writer:
    """Writes triples and places as a reader of the files knows them."""

    def __init__(self, reading: Reading, prefixes: Prefixes, root: Path) -> None:
        self._reading = reading
        self._prefixes = prefixes
        self._root = root

    def triple(self, triple: ox.Triple) -> str:
        return " ".join(self._term(part) for part in triple)

    def iri(self, iri: str) -> str:
        """Write an IRI with its prefix; data IRIs with slashes too, which Turtle itself could not."""
        short = self._prefixes.compact(iri)
        if short is not None:
            return short
        for prefix, namespace in sorted(self._prefixes.namespaces.items(), key=lambda item: -len(item[1])):
            if iri.startswith(namespace):
                return f"{prefix}:{iri.removeprefix(namespace)}"
        return f"<{iri}>" if ":" in iri and not iri.startswith("_:") else iri

    def text(self, text: str) -> str:
        """Write an axiom in the functional style with our own names short."""
        return text.replace(f"<{TERM}", "<cartkg:")

    def place(self, subject: str, predicate: str | None = None, obj: str | None = None) -> str:
        location: Location | None = self._reading.locate(subject, predicate, obj)
        if location is None:
            return ""
        file = location.file
        place = file.relative_to(self._root) if file.is_relative_to(self._root) else file
        return f"  [{place.as_posix()}:{location.line}]"

    def _term(self, term: object) -> str:
        if isinstance(term, ox.NamedNode):
            return "a" if term.value == f"{RDF}type" else self.iri(term.value)
        return str(term)


def _relation(reading: Reading, pair: tuple[str, str], project: Project, writer: _Writer) -> Iterator[str]:
    """Say how two cohorts stand to each other.

    Raises:
        QueryError: one of the two is not a cohort.
    """
    from cartkg.synthesis import Standing, read_relations  # noqa: PLC0415  # NumPy takes its time to load

    relations = read_relations(reading.graph)
    for iri in pair:
        if iri not in relations.cohorts:
            raise QueryError(f"{writer.iri(iri)} is not a cohort; write a triple, or two cohorts")
    first, second = pair
    relation = relations.relation(first, second)
    for iri in pair:
        cohort = relations.cohorts[iri]
        yield f"{writer.iri(iri)} ({cohort.size}){_rows((cohort.row,), project)}"
    yield f"{relation.standing.value}{_shared(relation)}"
    yield from (f"  {fact.text}{_rows(fact.rows, project)}" for fact in relation.facts)
    common = [fact for fact in relations.in_common(first, second) if fact not in relation.facts]
    if common:
        yield "in common, which on its own decides nothing"
        yield from (f"  {fact.text}{_rows(fact.rows, project)}" for fact in common)
    if relation.standing in (Standing.OPEN, Standing.SOME):
        yield f"could be settled by {relations.closing(first, second)}"


def _shared(relation: Relation) -> str:
    if relation.most is not None:
        return f", {relation.least} to {relation.most}" if relation.most else ""
    return f", at least {relation.least}" if relation.least else ""


def _rows(rows: Iterable[str], project: Project) -> str:
    """Write the rows of dossiers as file and line."""
    places = [place_of(project, row) for row in dict.fromkeys(rows) if row]
    shown = [f"{file.relative_to(project.root).as_posix()}:{line}" for file, line in filter(None, places)]
    return f"  [{', '.join(shown)}]" if shown else ""


def _lines(reason: Reason, writer: _Writer, depth: int = 0) -> Iterator[str]:
    indent = "  " * depth
    subject, predicate, obj = reason.triple
    shown = f"{indent}{writer.triple(reason.triple)}"
    if reason.stated:
        term = obj.value if isinstance(obj, ox.NamedNode) else str(obj)
        yield f"{shown}{writer.place(str(getattr(subject, 'value', subject)), predicate.value, term)}"
        return
    yield shown
    if reason.axiom is not None:
        axiom = reason.axiom
        parts = " ".join(writer.iri(part) for part in (axiom.subject, axiom.predicate))
        named = "" if axiom.obj.startswith("_:") else f" {writer.iri(axiom.obj)}"
        yield f"{indent}by axiom {parts}{named}{writer.place(axiom.subject, axiom.predicate)}"
    if reason.rule is not None:
        yield f"{indent}by rule {reason.rule.name}: {reason.rule.title}"
    for cited in reason.axioms:
        subject_of = cited.entities[0] if cited.entities else ""
        yield f"{indent}by HermiT from {writer.text(cited.text)}{writer.place(subject_of)}"
    for premise in reason.premises:
        yield from _lines(premise, writer, depth + 1)


def _name(given: str, prefixes: Prefixes) -> ox.NamedNode:
    """Read an IRI as a reader writes it.

    Raises:
        QueryError: the prefix is unknown.
    """
    if given == "a":
        return ox.NamedNode(f"{RDF}type")
    iri = iri_of(given, prefixes)
    if iri is None:
        raise QueryError(f"no such name: {given}; write prefix:name with a prefix of ontology/prefixes.ttl, or <IRI>")
    return ox.NamedNode(iri)


def _term(given: str, prefixes: Prefixes) -> ox.NamedNode | ox.Literal:
    if prefixes.expand(given) is not None or given.startswith("<") or "://" in given:
        return _name(given, prefixes)
    try:
        quads = list(ox.parse(f"<urn:s> <urn:p> {given} .", format=ox.RdfFormat.TURTLE))
    except SyntaxError:
        return _name(given, prefixes)
    value = quads[0].object
    return value if isinstance(value, ox.Literal) else _name(given, prefixes)
