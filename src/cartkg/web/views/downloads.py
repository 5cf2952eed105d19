"""`/.well-known/void` and `/release/...`: what the graph contains as RDF, and its dumps."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, redirect, request, send_from_directory
from flask import Response as FlaskResponse
from pyoxigraph import Triple
from werkzeug.exceptions import NotFound

from cartkg.facts.records import AnswerTerm
from cartkg.files import is_file, list_files
from cartkg.formats import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TURTLE
from cartkg.namespaces import BASE, GRAPH_RELEASE
from cartkg.project import DUMP, PACKED
from cartkg.queries.examples import describe
from cartkg.release.description import served_at
from cartkg.release.statements import DATASET, VOID, thing
from cartkg.sparql.protocol.negotiation import rank
from cartkg.unpacking import unpacked_chunks
from cartkg.web.http.state import serving
from cartkg.web.present.lists import Listed, answer
from cartkg.web.present.responses import rdf, triples
from cartkg.web.present.site import root, site

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from werkzeug.wrappers import Response

    from cartkg.formats import Format

blueprint = Blueprint("catalog", __name__)

_RELEASE = f"GRAPH <{GRAPH_RELEASE}> {{ ?s ?p ?o }}"


@blueprint.get("/.well-known/void")
def void() -> Response:
    """Send the description of the data set (VoID, section 7.2): the graph `graph/release`, and where this server is.

    The latter is included only if `--base-url` states it: this file is kept by others, who look endpoints up in it.
    """
    form = rank(request.headers.get("Accept"), (TURTLE, JSON_LD, N_TRIPLES, RDF_XML)).format
    more = "".join(f"{triple} .\n" for triple in _served_here()).encode()
    return rdf(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {_RELEASE} }}", form, "void.ttl", more)


def data_set(form: Format, entrances: Iterable[str]) -> FlaskResponse:
    """Send the description of the data set without its partitions, which `/.well-known/void` has: they are much longer.

    Args:
        form: how it is written.
        entrances: paths of the lists of its things.
    """
    lists = (Triple(thing(DATASET), thing(f"{VOID}rootResource"), thing(BASE + path)) for path in entrances)
    more = "".join(f"{triple} .\n" for triple in (*_served_here(), *lists)).encode()
    about = f"VALUES ?s {{ <{DATASET}> <{BASE}sparql> <{BASE}.well-known/void> }}"
    apart = f"FILTER(?p NOT IN (<{VOID}classPartition>, <{VOID}propertyPartition>))"
    return rdf(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {about} {_RELEASE} {apart} }}", form, "cartkg.ttl", more)


def _served_here() -> tuple[Triple, ...]:
    base_url = serving().settings.base_url
    return tuple(served_at(base_url, dumps())) if base_url else ()


@blueprint.get("/.well-known/sparql-examples")
def examples() -> Response:
    """Send the stored questions as SHACL executables, where SPARQL editors look for them."""
    form = rank(request.headers.get("Accept"), (TURTLE, JSON_LD, N_TRIPLES, RDF_XML)).format
    described = describe(site().questions.values(), f"{site().base_url}sparql")
    return triples("".join(f"{triple} .\n" for triple in described).encode(), form)


@blueprint.get("/question/<name>")
def question(name: str) -> Response:
    """Redirect from the IRI of a stored question to its page."""
    if name not in site().questions:
        raise NotFound
    return redirect(f"{root()}/questions/{name}", 303)


@blueprint.get("/release")
@blueprint.get("/release/")
def releases() -> Response:
    """List the dumps that were made."""
    files = dumps()
    members = tuple(AnswerTerm(f"{BASE}release/{quote(name)}", "uri", "", name) for name in files)
    return answer("releases.html", Listed("release/", "Dumps", members, len(files)), files=list(files.items()))


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
    if folder is None:
        raise NotFound
    if name == DUMP and not is_file(folder / DUMP):
        return _unpacked(folder / PACKED)
    if not is_file(folder / name):
        raise NotFound
    return send_from_directory(folder, name)


def _unpacked(path: Path) -> FlaskResponse:
    """Send the dump that the installed package carries packed, for the description of the data names it unpacked."""
    if not is_file(path):
        raise NotFound
    return FlaskResponse(unpacked_chunks(path), mimetype=N_QUADS.media_types[0])
