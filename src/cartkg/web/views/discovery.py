"""`/robots.txt`, `/sitemap.xml` and `/schema.org/...`: what search engines ask for and understand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Blueprint, render_template
from werkzeug.exceptions import NotFound

from cartkg.facts.records import is_iri
from cartkg.formats import JSON_LD
from cartkg.namespaces import BASE
from cartkg.web.present import schema_org
from cartkg.web.present.responses import document
from cartkg.web.present.site import facts, path_of, root, site
from cartkg.web.views.downloads import dumps

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("discovery", __name__)

#: Pages that lead to all others.
_ENTRANCES = (
    "",
    "questions",
    "responses",
    "trials",
    "conflicts",
    "overlaps",
    "ontology",
    "rules",
    "release/",
    "about",
    "method",
    "glossary",
    "changes",
    "report",
)
#: Kinds whose pages can be understood by themselves; findings and claims are shown on those.
_KINDS = ("cohort", "criterion", "product", "publication", "study", "therapy", "trial")
#: Pages that cost a query and lead to no other page, and those of every choice of rows: links to these say nofollow.
_COSTLY = (
    *("sparql", "query?", "search?", "suggest?", "reconcile", "questions/*/answer", "ontology/reference"),
    *("trials?", "questions/*?*only=", "questions/*?*sort=", "questions/*?*find="),
)
#: Sitemaps XML format: at most 50,000 addresses a file.
_MOST = 49_000


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Send `robots.txt`: the list of pages, and which pages a crawler should not visit (RFC 9309)."""
    rules = "".join(f"Disallow: {root()}/{path}\n" for path in _COSTLY)
    return document(f"User-agent: *\n{rules}Sitemap: {site().base_url}sitemap.xml\n".encode(), "text/plain")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """List the pages that search engines should know (sitemaps.org, version 0.9)."""
    paths = [
        *_ENTRANCES,
        *(kind.path for kind in site().homes),
        *(f"questions/{name}" for name in (*site().questions, *site().saved)),
        *_things(),
    ]
    addresses = [site().base_url + path for path in paths]
    return document(render_template("sitemap.xml", addresses=addresses).encode(), "application/xml")


@blueprint.get("/schema.org/")
def data_set() -> Response:
    """Describe the data set as JSON-LD in the words of schema.org."""
    return _json_ld(schema_org.data_set(site().data_version, site().base_url, dumps()))


@blueprint.get("/schema.org/<kind>/<path:slug>")
def described(kind: str, slug: str) -> Response:
    """Describe a publication or trial as JSON-LD in the words of schema.org."""
    iri = f"{BASE}{kind}/{slug}"
    record = facts().record(iri) if is_iri(iri) else None
    members = schema_org.described(record) if record else None
    if members is None:
        raise NotFound
    return _json_ld(members)


def _json_ld(members: dict[str, object]) -> Response:
    return document(json.dumps(members, ensure_ascii=False, indent=1).encode(), JSON_LD.media_types[0])


def _things() -> list[str]:
    tests = " || ".join(f'STRSTARTS(STR(?s), "{BASE}{kind}/")' for kind in _KINDS)
    query = f"SELECT DISTINCT ?s WHERE {{ ?s a ?class FILTER({tests}) }} ORDER BY ?s LIMIT {_MOST}"
    return [path_of(row[0].value).removeprefix("/") for row in facts().table(query).rows if row[0]]
