"""`/ontology`: every term with label, definition, place and use in the data; as a page and as RDF."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, request
from werkzeug.exceptions import NotFound

from cartkg.namespaces import GRAPH_ONTOLOGY, ONTOLOGY, TERM
from cartkg.web.answers import page, rdf
from cartkg.web.diagram import draw
from cartkg.web.facts import PREFIXES
from cartkg.web.formats import FORM_NAMES, wanted
from cartkg.web.site import facts, site

if TYPE_CHECKING:
    from flask import Response

    from cartkg.queries import Question
    from cartkg.web.facts import Record

blueprint = Blueprint("ontology", __name__)

#: Class of a term -> heading of its part of the page, in the order of the page.
SECTIONS = {
    "Class": "Classes",
    "ObjectProperty": "Links between things",
    "DatatypeProperty": "Values",
    "AnnotationProperty": "Annotations",
    "NamedIndividual": "Named values",
}
_OURS = f'FILTER(STRSTARTS(STR(?s), "{TERM}"))'
_USES = (
    "SELECT ?s (COUNT(DISTINCT ?x) AS ?n) WHERE {{ GRAPH ?g {{ {pattern} }} "
    f'FILTER(?g != <{GRAPH_ONTOLOGY}>) FILTER(STRSTARTS(STR(?s), "{TERM}")) }}}} GROUP BY ?s'
)


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the ontology with how often the data uses it and the stored questions that name it."""

    record: Record
    uses: int
    questions: tuple[Question, ...]

    @property
    def local(self) -> str:
        """Give the term's local name, its anchor on the page."""
        return self.record.iri.removeprefix(TERM)


@blueprint.get("/ontology", defaults={"ending": ""})
@blueprint.get("/ontology<ending>")
def ontology(ending: str) -> Response:
    """Show the terms, or send the ontology's RDF when the path's ending or the Accept header asks for it."""
    asked = wanted(f"ontology{ending}", request.headers.get("Accept"))
    if asked.path != "ontology":
        raise NotFound
    if asked.form:
        everything = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{GRAPH_ONTOLOGY}> {{ ?s ?p ?o }} }}"
        return rdf(everything, asked.form, f"cartkg.{asked.form.names[0]}")
    terms = _terms()
    sections = {title: [term for term in terms if _section(term.record) == kind] for kind, title in SECTIONS.items()}
    head = facts().record(ONTOLOGY)
    diagram = draw({term.local: term.record.label for term in terms})
    return page("ontology.html", head=head, sections=sections, total=len(terms), forms=FORM_NAMES, diagram=diagram)


def _section(record: Record) -> str:
    return next((kind for kind in SECTIONS if kind in record.types), "NamedIndividual")


def _terms() -> list[Term]:
    uses = _uses()
    named: dict[str, list[Question]] = {}
    for question in site().questions.values():
        for local in set(re.findall(r"\bcartkg:(\w[\w-]*)", question.text)):
            named.setdefault(local, []).append(question)
    records = facts().records(f"?s rdf:type ?class . {_OURS}")
    terms = [
        Term(record, uses.get(record.iri, 0), tuple(named.get(record.iri.removeprefix(TERM), ()))) for record in records
    ]
    return sorted(terms, key=lambda term: (term.record.label.lower(), term.local))


def _uses() -> dict[str, int]:
    """Count for each term the things of the data that are of it, have it or point to it."""
    found: dict[str, int] = {}
    for pattern in ("?x a ?s", "?x ?s ?y", "?x ?any ?s"):
        rows = facts().table(PREFIXES + _USES.format(pattern=pattern)).rows
        for term, count in rows:
            if term and count:
                found[term.value] = max(found.get(term.value, 0), int(count.value))
    return found
