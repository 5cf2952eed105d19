"""`/.well-known/void` and `/release/...`: what the graph holds as RDF, and its dumps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, request, send_from_directory
from werkzeug.exceptions import NotFound

from cartkg.files import is_file, list_files
from cartkg.formats import JSON_LD, N_TRIPLES, RDF_XML, TURTLE
from cartkg.namespaces import GRAPH_RELEASE
from cartkg.queries.examples import describe
from cartkg.release.description import served_at
from cartkg.sparql.protocol.negotiation import rank
from cartkg.web.http.state import serving
from cartkg.web.present.responses import page, rdf, triples
from cartkg.web.present.site import root, site

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

blueprint = Blueprint("catalog", __name__)


@blueprint.get("/.well-known/void")
def void() -> Response:
    """Send the description of the data set (VoID, section 7.2): the graph `graph/release`, and where this server is.

    The latter is said only where `--base-url` states it: this file is kept by others, who look endpoints up in it.
    """
    form = rank(request.headers.get("Accept"), (TURTLE, JSON_LD, N_TRIPLES, RDF_XML)).format
    base_url = serving().settings.base_url
    here = served_at(base_url, dumps()) if base_url else ()
    more = "".join(f"{triple} .\n" for triple in here).encode()
    return rdf(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{GRAPH_RELEASE}> {{ ?s ?p ?o }} }}", form, "void.ttl", more)


@blueprint.get("/.well-known/sparql-examples")
def examples() -> Response:
    """Send the stored questions as executables of SHACL, as SPARQL editors look for them."""
    form = rank(request.headers.get("Accept"), (TURTLE, JSON_LD, N_TRIPLES, RDF_XML)).format
    described = describe(site().questions.values(), f"{site().base_url}sparql")
    return triples("".join(f"{triple} .\n" for triple in described).encode(), form)


@blueprint.get("/question/<name>")
def question(name: str) -> Response:
    """Lead from the IRI of a stored question to its page."""
    if name not in site().questions:
        raise NotFound
    return redirect(f"{root()}/questions/{name}", 303)


@blueprint.get("/release")
@blueprint.get("/release/")
def releases() -> Response:
    """List the dumps that were made."""
    return page("releases.html", files=list(dumps().items()))


def dumps() -> dict[str, int]:
    """Return the bytes of each dump by its name, sorted; none when no dumps were made."""
    folder = site().release
    if folder is None:
        return {}
    files = list_files(folder, "", deep=True).files
    return dict(sorted((path.relative_to(folder).as_posix(), path.stat().st_size) for path in files))


@blueprint.get("/release/<path:name>")
def dump(name: str) -> Response:
    """Send one dump."""
    folder = site().release
    if folder is None or not is_file(folder / name):
        raise NotFound
    return send_from_directory(folder, name)
