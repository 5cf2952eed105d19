"""`/ontology`: every term with label, definition, place and use in the data; as pages, and as RDF of each product."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, request
from pyoxigraph import RdfFormat, parse
from werkzeug.exceptions import NotFound

from cartkg.builds import held
from cartkg.errors import QueryError
from cartkg.facts.homes import slug
from cartkg.facts.records import iri_token, is_iri
from cartkg.files import is_file, read_bytes
from cartkg.namespaces import GRAPH_INFERRED, GRAPH_ONTOLOGY, ONTOLOGY, RDFS, TERM
from cartkg.nearest import suggest
from cartkg.unpacking import GZIP, unpack
from cartkg.vocabulary.diagram import draw
from cartkg.vocabulary.products import Product, product
from cartkg.vocabulary.usage import QUERIES, Use, added, asked_in
from cartkg.web.http.formats import RDF_FORMS, wanted
from cartkg.web.http.parameters import number, parameters, refuse_unknown
from cartkg.web.http.state import serving
from cartkg.web.present.responses import document, page, svg, triples
from cartkg.web.present.site import facts, site
from cartkg.web.views.resources import thing

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Response
    from pyoxigraph import Triple
    from werkzeug.wrappers import Response as WerkzeugResponse

    from cartkg.facts.records import Record
    from cartkg.formats import Format
    from cartkg.queries import Question

blueprint = Blueprint("ontology", __name__)

#: Class of a term -> heading of its part of the page, in the order of the page.
SECTIONS = {
    "Class": "Classes",
    "ObjectProperty": "Relations",
    "DatatypeProperty": "Values",
    "AnnotationProperty": "Annotations",
    "NamedIndividual": "Named values",
}
#: Path below the version address -> what it is the address of.
_ADDRESSES = {"": Product.FULL, **{f"/{kind.stem}": kind for kind in Product}}
#: Parameters that choose a term, or a part of the page with the definitions of its terms.
_TERM, _PART, _PAGE = "term", "part", "page"
_PER_PAGE, _MOST_PAGES, _LONGEST = 40, 1000, 200
_OURS = f'FILTER(STRSTARTS(STR(?s), "{TERM}"))'


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the ontology with how the data uses it and the stored questions that name it."""

    record: Record
    use: Use
    questions: tuple[Question, ...]

    @property
    def local(self) -> str:
        """Return the term's local name, its anchor on the page."""
        return self.record.iri.removeprefix(TERM)


@blueprint.get("/ontology", defaults={"ending": ""})
@blueprint.get("/ontology<ending>")
def ontology(ending: str) -> Response:
    """Show the terms, or send the whole ontology when the path's ending or the Accept header asks for RDF."""
    if wanted(f"ontology{ending}", None).path != "ontology":
        raise NotFound
    asked = wanted(f"ontology{ending}", request.headers.get("Accept"))
    if asked.form:
        return _product(Product.FULL, asked.form)
    given = parameters(_TERM, _PART, _PAGE)
    if _TERM in given:
        return _one(given[_TERM])
    return _part(given[_PART], number(given, _PAGE, 1, _MOST_PAGES)) if _PART in given else _page()


@blueprint.get("/ontology/<path:name>")
def version(name: str) -> WerkzeugResponse:
    """Serve the version addresses of the ontology and its products; anything else below is a thing."""
    path, start = wanted(f"ontology/{name}", None).path, f"ontology/{site().data_version}"
    kind = _ADDRESSES.get(path.removeprefix(start))
    if kind is None or not path.startswith(start):
        return thing("ontology", name)
    asked = wanted(f"ontology/{name}", request.headers.get("Accept"))
    return _product(kind, asked.form) if asked.form else _page()


@blueprint.get("/ontology/reference")
def reference() -> Response:
    """Send the pyLODE page of the build, with its picture inside, as one file to keep: it is too long for a page."""
    made = _built("ontology.html")
    if made is None:
        title, detail = "No reference", "No pyLODE reference has been built; run cartkg build."
        return page("error.html", 404, title=title, detail=detail, missing=True, near=["/ontology"])
    drawn = b64encode(_built("model.svg") or b"")
    sent = document(made.replace(b'src="model.svg"', b'src="data:image/svg+xml;base64,%s"' % drawn), "text/html")
    sent.headers["Content-Disposition"] = 'attachment; filename="cartkg-ontology.html"'
    return sent


@blueprint.get("/ontology/model.svg")
def model() -> Response:
    """Send the picture beside that page."""
    made = _built("model.svg")
    if made is None:
        raise NotFound
    return svg(made.decode())


def _built(name: str) -> bytes | None:
    """Return a file of the build; None when the server has no build, or one without it."""
    path = _place(name)
    if path is None:
        return None
    data = read_bytes(path)
    return unpack(data, path) if path.suffix == GZIP else data


def _place(name: str) -> Path | None:
    """Return where a file of the build is; None when the server has no build, or one without it."""
    folder = serving().settings.build
    path = held(folder, name) if folder else None
    return path if path and is_file(path) else None


def _one(local: str) -> Response:
    """Show one term."""
    terms = {term.local: term for term in _terms()}
    if local not in terms:
        near = [f"/ontology?term={name}" for name in suggest(local[:_LONGEST], terms)]
        if _is_used(local):  # foreign data lead here
            title, detail = "Term not declared", "The data use this term, but the ontology does not declare it."
            return page("error.html", 200, title=title, detail=detail, missing=True, near=near)
        title, detail = "No such term", "The ontology has no term of this name."
        return page("error.html", 404, title=title, detail=detail, missing=True, near=near)
    term = terms[local]
    return page("ontology_terms.html", title=term.record.label, terms=[term], part=SECTIONS[_section(term.record)])


def _is_used(local: str) -> bool:
    """Return whether the data use a term."""
    iri = f"{TERM}{local}"
    if not is_iri(iri):
        return False
    term = iri_token(iri)
    return facts().number(f"SELECT (COUNT(*) AS ?n) WHERE {{ {{ ?s ?p {term} }} UNION {{ ?s {term} ?o }} }}") > 0


def _part(name: str, at: int) -> Response:
    """Show a page of the terms of one part, with their definitions.

    Raises:
        QueryError: there is no such part, or no such page.
    """
    titles = {slug(title): (kind, title) for kind, title in SECTIONS.items()}
    refuse_unknown(_PART, name, list(titles))
    kind, title = titles[name]
    terms = [term for term in _terms() if _section(term.record) == kind]
    last = max(1, -(-len(terms) // _PER_PAGE))
    if at > last:
        raise QueryError(f"page is a whole number from 1 to {last}")
    shown = terms[(at - 1) * _PER_PAGE : at * _PER_PAGE]
    return page("ontology_terms.html", title=title, terms=shown, part=title, number=at, last=last, total=len(terms))


def _page() -> Response:
    terms = _terms()
    sections = {title: [term for term in terms if _section(term.record) == kind] for kind, title in SECTIONS.items()}
    head = facts().record(ONTOLOGY)
    diagram = draw({term.local: term.record.label for term in terms})
    return page(
        "ontology.html", head=head, sections=sections, total=len(terms), forms=RDF_FORMS, diagram=diagram,
        reference=_place("ontology.html"),
    )  # fmt: skip


def _product(kind: Product, form: Format) -> Response:
    stated = facts().rdf(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{GRAPH_ONTOLOGY}> {{ ?s ?p ?o }} }}")
    below = f"?s <{RDFS}subClassOf> ?o"
    inferred = facts().rdf(f"CONSTRUCT {{ {below} }} WHERE {{ GRAPH <{GRAPH_INFERRED}> {{ {below} }} }}")
    made = product(kind, _parsed(stated), _parsed(inferred))
    return triples("".join(f"{triple} .\n" for triple in made).encode(), form)


def _parsed(n_triples: bytes) -> list[Triple]:
    return [quad.triple for quad in parse(n_triples, format=RdfFormat.N_TRIPLES)]


def _section(record: Record) -> str:
    return next((kind for kind in SECTIONS if kind in record.types), "NamedIndividual")


def _terms() -> list[Term]:
    used = _uses()
    asked = asked_in(site().questions.values())
    records = facts().records(f"?s rdf:type ?class . {_OURS}")
    terms = [Term(record, used.get(record.iri, Use()), tuple(asked.get(record.iri, ()))) for record in records]
    return sorted(terms, key=lambda term: (term.local.lower(), term.local))


def _uses() -> dict[str, Use]:
    """Count the statements of the data that use each term, those of the reasoner too."""
    return added(
        (term.value, Use(int(count.value), example.value if example and example.is_iri else ""))
        for query in QUERIES
        for term, count, example in facts().table(query).rows
        if term and count
    )
