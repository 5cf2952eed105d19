"""Choose the form in which a page is sent, by Accept header or file extension (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import RdfFormat, parse, serialize

from cartkg.errors import NotAcceptable
from cartkg.formats import GRAPHS, JSON_LD, N_TRIPLES, RDF_XML, TURTLE, Format
from cartkg.sparql.protocol import xml_text
from cartkg.sparql.protocol.negotiation import rank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.namespaces import Prefixes

HTML = Format("html", "HTML", ("text/html", "application/xhtml+xml"))

#: Ending of a path -> the form that it asks for, in the order that pages offer them.
RDF_FORMS: dict[str, Format] = {one.endings[0]: one for one in (TURTLE, JSON_LD, N_TRIPLES, RDF_XML)}

_IRI = re.compile(rb"<([^>]*[#/])[^>]*>")


@dataclass(frozen=True, slots=True)
class RequestedForm:
    """What a request asks for: the path of the thing, and the form; None stands for the page for people."""

    path: str
    form: Format | None


def wanted(path: str, accept: str | None) -> RequestedForm:
    """Return the form that a request asks for: by the ending of its path, else by its Accept header, else HTML.

    Raises:
        NotAcceptable: every form has quality 0; it names the offers.
    """
    for ending, form in (*RDF_FORMS.items(), (".owl", RDF_XML)):
        if path.endswith(ending):
            return RequestedForm(path.removesuffix(ending), form)
    form = rank(accept, (HTML, *RDF_FORMS.values())).format
    return RequestedForm(path, None if form is HTML else form)


def chosen(accept: str | None, offered: Sequence[Format]) -> Format | None:
    """Choose a form for a page that is HTML first: one of those offered, or None for HTML.

    If the header allows none, HTML is sent anyway (RFC 9110, section 12.5.1): a page is better than a refusal.
    """
    try:
        form = rank(accept, (HTML, *offered)).format
    except NotAcceptable:
        return None
    return None if form is HTML else form


def written(n_triples: bytes, form: Format, prefixes: Prefixes) -> bytes:
    """Write triples in a form, sorted, with the prefixes that they use.

    Raises:
        NotAcceptable: RDF/XML cannot hold them.
    """
    lines = sorted(n_triples.splitlines(keepends=True))
    if form is N_TRIPLES:
        return b"".join(lines)
    used = {namespace.decode() for line in lines for namespace in _IRI.findall(line)}
    known = {prefix: namespace for prefix, namespace in prefixes.namespaces.items() if namespace in used}
    triples = (quad.triple for quad in parse(b"".join(lines), format=RdfFormat.N_TRIPLES))
    try:
        body = serialize(triples, format=GRAPHS[form.name].engine, prefixes=known) or b""
        body = xml_text.graph(body) if form is RDF_XML else body
    except (OSError, xml_text.Unsayable) as error:
        offers = tuple(one.media_types[0] for one in RDF_FORMS.values() if one is not RDF_XML)
        raise NotAcceptable(f"{error}; choose another format", offers=offers) from error
    return _sorted_head(body) if form is TURTLE else body


def _sorted_head(turtle: bytes) -> bytes:
    """Sort the prefix lines, which come in no order, so that equal graphs give equal Turtle."""
    lines = turtle.splitlines(keepends=True)
    head = sorted(line for line in lines if line.startswith(b"@prefix"))
    return b"".join((*head, b"\n" if head else b"", *lines[len(head) :]))
