"""`/ontology`: every term with label, definition, place and use in the data; as a page and as RDF."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, request
from werkzeug.exceptions import NotFound

from cartkg.namespaces import GRAPH_ONTOLOGY, GRAPH_RELEASE, ONTOLOGY, TERM
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
#: Class of a term -> where it stands in a statement that uses it.
_PLACES = {
    "Class": "?x a ?s",
    "ObjectProperty": "?x ?s ?y",
    "DatatypeProperty": "?x ?s ?y",
    "AnnotationProperty": "?x ?s ?y",
    "NamedIndividual": "?x ?any ?s",
}


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
    """Count the statements of the data that use each term, those of the reasoner too."""
    found: dict[str, int] = {}
    for kind, place in _PLACES.items():
        query = (
            f"{PREFIXES}SELECT ?s (COUNT(*) AS ?n) WHERE {{ "
            f"GRAPH <{GRAPH_ONTOLOGY}> {{ ?s rdf:type owl:{kind} }} {_OURS} "
            f"GRAPH ?g {{ {place} }} FILTER(?g NOT IN (<{GRAPH_ONTOLOGY}>, <{GRAPH_RELEASE}>)) "
            f'FILTER(!STRSTARTS(STR(?x), "{ONTOLOGY}")) }} GROUP BY ?s'
        )
        found.update((term.value, int(count.value)) for term, count in facts().table(query).rows if term and count)
    return found
