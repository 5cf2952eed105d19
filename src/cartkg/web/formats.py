"""An Accept header or a file ending in, the form a page is sent in out (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from dataclasses import dataclass

from cartkg.sparql.negotiation import JSON_LD, N_TRIPLES, RDF_XML, TURTLE, Format, rank

HTML = Format("html", ("text/html", "application/xhtml+xml"), frozenset(), (), "")

#: Ending of a path -> the form that it asks for, in the order that pages offer them.
RDF_FORMS = {".ttl": TURTLE, ".jsonld": JSON_LD, ".nt": N_TRIPLES, ".rdf": RDF_XML}
#: Names of the forms as people write them.
FORM_NAMES = {".ttl": "Turtle", ".jsonld": "JSON-LD", ".nt": "N-Triples", ".rdf": "RDF/XML"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for: the path of the thing, and the form; None stands for the page for people."""

    path: str
    form: Format | None


def wanted(path: str, accept: str | None) -> Wanted:
    """Say which form a request asks for: by the ending of its path, else by its Accept header, else HTML.

    Raises:
        NotAcceptable: every form has quality 0; it names the offers.
    """
    for ending, form in RDF_FORMS.items():
        if path.endswith(ending):
            return Wanted(path.removesuffix(ending), form)
    form = rank(accept, (HTML, *RDF_FORMS.values())).format
    return Wanted(path, None if form is HTML else form)
