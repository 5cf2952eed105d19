"""`/<kind>/<slug>`: each thing of the graph as a page for people and as RDF, under the path of its own IRI."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, redirect, request
from werkzeug.exceptions import BadRequest, NotFound

from cartkg.errors import NotAcceptable, QueryError
from cartkg.facts.links import MOST_LINKS, graphs_of, inferred, labelled, links_to
from cartkg.facts.records import PREFIXES, Record, iri_token, is_iri
from cartkg.namespaces import BASE, GRAPH, GRAPH_ASSERTED, GRAPH_COUNTS
from cartkg.web.http.formats import RDF_FORMS, wanted
from cartkg.web.http.parameters import number, parameters
from cartkg.web.present import signposts
from cartkg.web.present.lists import Listed, answer
from cartkg.web.present.page_kinds import by_itself, shortened, view_of
from cartkg.web.present.places import home_of
from cartkg.web.present.responses import page, rdf
from cartkg.web.present.site import facts, link_of, root

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from cartkg.formats import Format

blueprint = Blueprint("resources", __name__)

_PER_PAGE = 100
_MOST_PAGES = 100_000


@blueprint.get("/<kind>/<path:slug>")
def thing(kind: str, slug: str) -> Response:
    """Show a thing, or send its RDF when the path's ending or the Accept header asks for it."""
    try:
        asked = wanted(f"{kind}/{slug}", request.headers.get("Accept"))
    except NotAcceptable:
        _look_up(f"{BASE}{kind}/{slug}")
        raise
    iri = BASE + asked.path
    if not is_iri(iri):
        raise NotFound
    if kind == "graph":
        return _graph(iri, asked.form)
    if not asked.form:
        return _page(iri, f"{root()}/{asked.path}")
    response = _rdf(iri, asked.form)
    response.headers["Link"] = signposts.of_rdf(iri)
    return response


def described(iri: str) -> Response:
    """Show what the graph states about any IRI, for instance of a MONDO disease, or send it as RDF."""
    if not is_iri(iri):
        raise BadRequest("Give the IRI of a thing, for example /about?iri=http://purl.obolibrary.org/obo/MONDO_0007915")
    if iri.startswith(BASE):
        return redirect(link_of(iri), 303)
    try:
        form = wanted("", request.headers.get("Accept")).form
    except NotAcceptable:
        _look_up(iri)
        raise
    return _rdf(iri, form) if form else _page(iri, "")


@blueprint.get("/<kind>")
@blueprint.get("/<kind>/")
def listing(kind: str) -> Response:
    """List the things of a kind, 100 a page."""
    start = f"{BASE}{kind}/"
    if not is_iri(start):
        raise NotFound
    where = f'?s rdf:type ?class . FILTER(STRSTARTS(STR(?s), "{start}")) OPTIONAL {{ ?s rdfs:label ?l }}'
    if _home(start):
        where = f"GRAPH {iri_token(_home(start))} {{ {where} }}"
    total = facts().number(f"SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE {{ {where} }}")
    if not total:
        raise NotFound
    page_number = number(parameters("page", "as"), "page", 1, _MOST_PAGES)
    query = (
        f"{PREFIXES}SELECT ?s (MIN(STR(?l)) AS ?label) WHERE {{ {where} }} "
        f"GROUP BY ?s ORDER BY LCASE(STR(?label)) ?s LIMIT {_PER_PAGE} OFFSET {(page_number - 1) * _PER_PAGE}"
    )
    members = tuple(labelled(node, label) for node, label in facts().table(query).rows if node)
    last = max(1, -(-total // _PER_PAGE))
    if page_number > last:
        raise NotFound
    title = kind.replace("-", " ").capitalize()
    return answer("listing.html", Listed(quote(kind, safe="-._~"), title, members, total, page_number, last))


def _look_up(iri: str) -> None:
    """Find out whether there is anything to send, where no form suits: that there is nothing counts first.

    Raises:
        NotFound: the graph says nothing of it.
    """
    if not is_iri(iri):
        raise NotFound
    token = iri_token(iri)
    said = f"{{ {token} ?p ?o }} UNION {{ ?s ?q {token} }}"
    if not facts().truth(
        f"ASK {{ {{ {said} }} UNION {{ GRAPH {token} {{ ?s ?p ?o }} }} UNION {{ GRAPH ?g {{ {said} }} }} }}"
    ):
        raise NotFound


def _home(iri: str) -> str:
    """Return the graph that alone states a thing; empty where the default graph does."""
    return GRAPH_COUNTS if iri.startswith(f"{BASE}count/") else ""


def _page(iri: str, path: str) -> Response:
    record, links = facts().record(iri, _home(iri)), links_to(facts(), iri)
    if record is None and not links and not facts().truth(f"ASK {{ ?s {iri_token(iri)} ?o }}"):
        raise NotFound  # a property that is only used has a page, since answers lead to it
    record = record or Record(iri, {})
    whole = replace(view_of(facts(), record), kept=() if path else (("iri", iri),))
    given = parameters(*dict(whole.kept), "part", "page")
    part = given.get("part", "")
    if "page" in given and not part:
        raise QueryError("page is of a part: name it with part=")
    view = by_itself(whole, part, number(given, "page", 1, _MOST_PAGES)) if part else shortened(whole)
    response = page(
        view.template, record=record, view=view, links=links, inferred=inferred(facts(), iri), most=MOST_LINKS,
        graphs=graphs_of(facts(), iri), path=path, forms=RDF_FORMS, home=home_of(iri, record.label),
    )  # fmt: skip
    if path:
        response.headers["Link"] = signposts.of_page(record)
    return response


def _rdf(iri: str, form: Format) -> Response:
    token = iri_token(iri)
    both = f"{{ {token} ?p ?o }} UNION {{ ?s ?q {token} }}"
    if _home(iri):
        both = f"GRAPH {iri_token(_home(iri))} {{ {both} }}"
    if not facts().truth(f"ASK {{ {both} }}"):
        raise NotFound
    return rdf(f"CONSTRUCT {{ {token} ?p ?o . ?s ?q {token} }} WHERE {{ {both} }}", form, _file_name(iri, form))


def _graph(iri: str, form: Format | None) -> Response:
    """Show what a named graph or the union of what is stated describes, or send its statements."""
    graph = "" if iri == GRAPH_ASSERTED else f"GRAPH {iri_token(iri)}"
    count = facts().number(f"SELECT (COUNT(*) AS ?n) WHERE {{ {graph} {{ ?s ?p ?o }} }}")
    if not count:
        raise NotFound
    if form:
        return rdf(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {graph} {{ ?s ?p ?o }} }}", form, _file_name(iri, form))
    at = number(parameters("page"), "page", 1, _MOST_PAGES)
    query = (
        f"{PREFIXES}SELECT ?s ?label ?class (MIN(STR(?cl)) AS ?classLabel) WHERE {{ "
        "{ SELECT ?s (MIN(STR(?l)) AS ?label) (MIN(?c) AS ?class) WHERE { "
        f"{graph} {{ ?s rdf:type ?c OPTIONAL {{ ?s rdfs:label ?l }} }} }} "
        f"GROUP BY ?s ORDER BY ?class ?s LIMIT {_PER_PAGE + 1} OFFSET {(at - 1) * _PER_PAGE} }} "
        "OPTIONAL { ?class rdfs:label ?cl } } GROUP BY ?s ?label ?class ORDER BY ?class ?s"
    )
    members = [
        (labelled(node, label), labelled(class_, class_label))
        for node, label, class_, class_label in facts().table(query).rows
        if node and class_
    ]
    if at > 1 and not members:
        raise NotFound
    return page(
        "graph.html", iri=iri, stem=iri.removeprefix(GRAPH), count=count, members=members[:_PER_PAGE], forms=RDF_FORMS,
        path=link_of(iri), named=bool(graph), number=at, more=len(members) > _PER_PAGE,
    )  # fmt: skip


def _file_name(iri: str, form: Format) -> str:
    stem = re.sub(r"[^A-Za-z0-9.-]+", "-", iri.removeprefix(BASE)).strip("-") or "thing"
    return f"{stem}.{form.names[0] if form.names else form.name}"
