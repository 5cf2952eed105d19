"""`/about`, `/method`, `/glossary`, `/changes`, `/report`: what the site is, how it is made, changed and corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from werkzeug.exceptions import NotFound

from cartkg.errors import QueryError
from cartkg.facts.homes import KINDS, slug
from cartkg.facts.records import PREFIXES
from cartkg.namespaces import BASE, TERM
from cartkg.web.http.parameters import parameters
from cartkg.web.http.state import serving
from cartkg.web.present.asked import values
from cartkg.web.present.exports.citing import cite_as
from cartkg.web.present.places import named
from cartkg.web.present.responses import document, page
from cartkg.web.present.site import facts, site
from cartkg.web.views.reference.changes import by_disease, entries, feed_id
from cartkg.web.views.reference.glossary import GLOSSARY
from cartkg.web.views.resources import described

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response
    from werkzeug.wrappers import Response as WerkzeugResponse

    from cartkg.queries import Nameable

blueprint = Blueprint("about", __name__)

_LONGEST = 500
_FEED = "application/atom+xml"
_KIND = "?paper rdf:type ?thing . ?thing rdfs:subClassOf+ cartkg:Publication ."
_LEVEL = "?paper cartkg:readLevel ?thing ."


@blueprint.get("/about")
def about() -> WerkzeugResponse:
    """Show what the site is, its licences and how to cite it; with `?iri=`, what the graph states about any IRI."""
    if "iri" in request.args:
        return described(request.args["iri"])
    parameters("iri")
    return page("about.html", cited=cite_as("an evidence graph of CAR-T cell therapy in autoimmune disease", ""))


@blueprint.get("/method")
def method() -> Response:
    """Show how evidence is found, read, checked and counted, with the numbers of the data served."""
    parameters()
    return page("method.html", kinds=_counted(_KIND), levels=_counted(_LEVEL))


@blueprint.get("/glossary")
def glossary() -> Response:
    """Explain the words of the site in plain language, each beside the definition of the ontology."""
    parameters()
    query = f'SELECT ?term ?text WHERE {{ ?term skos:definition ?text FILTER(STRSTARTS(STR(?term), "{TERM}")) }}'
    rows = facts().table(PREFIXES + query).rows
    definitions = {term.value.removeprefix(TERM): text.value for term, text in rows if term and text}
    return page("glossary.html", entries=GLOSSARY, definitions=definitions)


@blueprint.get("/changes")
def changes() -> Response:
    """Show what each release changed, for all diseases or for one."""
    disease = _disease(parameters("disease"))
    names = {each.iri: each.label for each in _diseases()}
    counted = {names[iri]: number for iri, number in by_disease().items() if iri in names}
    return page("changes.html", entries=entries(disease.iri if disease else ""), disease=disease, counted=counted)


@blueprint.get("/changes.atom")
def feed() -> Response:
    """Send what each release changed as an Atom feed (RFC 4287), for all diseases or for one."""
    disease = _disease(parameters("disease"))
    word = slug(disease.label) if disease else ""
    text = render_template(
        "changes.atom.xml",
        entries=entries(disease.iri if disease else ""),
        disease=disease,
        chosen=f"?{urlencode({'disease': word})}" if word else "",
        word=word,
        feed_id=feed_id,
    )
    return document(text.encode(), _FEED)


@blueprint.get("/report")
def report() -> Response:
    """Say how to report a wrong fact or propose a paper; with the forms of the code host filled in where there is one.

    `?page=` names the page that is wrong.
    """
    wrong = parameters("page").get("page", "")
    if wrong and (not wrong.startswith("/") or len(wrong) > _LONGEST):
        raise QueryError(f"page is the path of a page of this site, of at most {_LONGEST} characters")
    where = site().base_url.rstrip("/") + wrong if wrong else ""
    issues, release = serving().settings.issues, site().data_version
    fact = {"template": "wrong-fact.yml", "where": where, "version": release}
    return page(
        "report.html", issues=issues, where=where, release=release, fact=_form(issues, fact),
        paper=_form(issues, {"template": "propose-a-paper.yml"}),
    )  # fmt: skip


def _form(issues: str, fields: Mapping[str, str]) -> str:
    """Return the address of an issue form with its fields filled in; empty where there is no code host."""
    return f"{issues}/new?{urlencode({name: text for name, text in fields.items() if text})}" if issues else ""


def _diseases() -> tuple[Nameable, ...]:
    return values("disease") if KINDS["diseases"] in site().homes else ()


def _disease(given: Mapping[str, str]) -> Nameable | None:
    """Return the disease that a reader chose; None for all.

    Raises:
        NotFound: there is none of this name.
    """
    word = given.get("disease", "")
    found = named(KINDS["diseases"], slug(word)) if word else None
    if word and found is None:
        raise NotFound
    return found


def _counted(pattern: str) -> tuple[tuple[str, int], ...]:
    """Count publications by the thing that a pattern binds, most first."""
    rows = (
        facts()
        .table(
            f"{PREFIXES}SELECT ?label (COUNT(DISTINCT ?paper) AS ?n) WHERE {{ "
            f'{pattern} ?thing rdfs:label ?label FILTER(STRSTARTS(STR(?paper), "{BASE}publication/")) }} '
            "GROUP BY ?label ORDER BY DESC(?n) ?label"
        )
        .rows
    )
    return tuple((label.value, int(number.value)) for label, number in rows if label and number)
