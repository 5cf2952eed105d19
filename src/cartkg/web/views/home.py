"""Home, conflicts and overlaps; and `BLUEPRINTS`, all pages for `create_app(pages=...)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from flask import Blueprint, redirect, request

from cartkg.errors import BackendError
from cartkg.facts.evidence import source_name
from cartkg.facts.homes import slug
from cartkg.facts.overviews.evidence_map import QUESTION as MAP
from cartkg.facts.phrases import amount, citation, number, when
from cartkg.namespaces import BASE
from cartkg.web.http.formats import RDF_FORMS, chosen
from cartkg.web.http.parameters import parameters, without_tracking
from cartkg.web.present import schema_org, signposts
from cartkg.web.present.asked import asked
from cartkg.web.present.inline_markup import linked
from cartkg.web.present.page_kinds import name_of as name_of_part
from cartkg.web.present.places import home_path
from cartkg.web.present.responses import page
from cartkg.web.present.shown_tables import shown
from cartkg.web.present.site import everything, facts, install, link_of, name_of, path_of, root, site
from cartkg.web.present.sorting import sort_of
from cartkg.web.present.trial_facets import country
from cartkg.web.views import (
    discovery,
    downloads,
    editor,
    homes,
    questions,
    resources,
    responses,
    trials,
)
from cartkg.web.views.downloads import data_set, dumps
from cartkg.web.views.errors import render_error_page
from cartkg.web.views.overviews import comparisons, disagreements, maps
from cartkg.web.views.reference import about, documentation, ontology, rules
from cartkg.web.views.searching import reconciliation, search

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask, Response
    from flask.sansio.blueprints import BlueprintSetupState
    from werkzeug.wrappers import Response as WerkzeugResponse


blueprint = Blueprint("pages", __name__)

#: All pages; the first one prepares the application for the others, the last one has the widest addresses.
BLUEPRINTS: tuple[Blueprint, ...] = (
    blueprint,
    ontology.blueprint,
    search.blueprint,
    homes.blueprint,
    trials.blueprint,
    maps.blueprint,
    comparisons.blueprint,
    disagreements.blueprint,
    reconciliation.blueprint,
    rules.blueprint,
    questions.blueprint,
    responses.blueprint,
    editor.blueprint,
    downloads.blueprint,
    documentation.blueprint,
    about.blueprint,
    discovery.blueprint,
    resources.blueprint,
)

_HEADLINE = "sle-doris-remission"
_DISTINCT = "sle-doris-distinct"
_HEADLINE_ROWS = 12
#: What takes any parameter: the SPARQL protocol has parameters of services, and files are files.
_PROTOCOLS = frozenset({"endpoint.sparql", "explain.explain", "static"})
#: The parameters of addresses whose views read them without a check, or have none.
_TAKES: Mapping[str | None, tuple[str, ...]] = {
    "pages.home": (),
    "about.about": ("iri", "part", "page"),
    "catalog.dump": (),
    "catalog.examples": (),
    "catalog.question": (),
    "catalog.releases": ("as",),
    "catalog.void": (),
    "discovery.data_set": (),
    "discovery.described": (),
    "discovery.robots": (),
    "discovery.sitemap": (),
    "documentation.documentation": (),
    "documentation.entrance": (),
    "ontology.model": (),
    "ontology.ontology": ("term", "part", "page"),
    "ontology.reference": (),
    "ontology.version": ("part", "page"),
    "questions.questions": ("as",),
    "resources.thing": ("part", "page"),
    "rules.rule": (),
}
#: First parts of IRIs under our base that name no kind of data; the empty one is that of the ontology's terms.
_NO_KINDS = frozenset({"", "ontology", "graph", "prefix", "dataset", "release", "sparql", ".well-known"})


@dataclass(frozen=True, slots=True)
class PatientBounds:
    """Fewest and most different patients, as a stored question gives them; `high` is empty where nothing bounds it."""

    question: str
    low: str
    high: str
    without_press: str


@blueprint.record_once
def _join(state: BlueprintSetupState) -> None:
    """Read what the pages need and teach the templates their words, when the pages join an application."""
    app = cast("Flask", state.app)
    install(app)
    app.jinja_env.filters.update(path=path_of, href=link_of, name=name_of)
    app.jinja_env.filters.update(amount=amount, when=when, citation=citation, number=number)
    app.jinja_env.filters["parameters"] = lambda given: urlencode({key: text for key, text in given.items() if text})
    app.jinja_env.filters["source_name"] = source_name
    app.jinja_env.filters.update(
        pairs=urlencode, slug=slug, home_path=home_path, country=country, part_name=name_of_part
    )
    app.jinja_env.filters["prose"] = lambda text: linked(text, site().questions.keys() | site().saved.keys(), root())
    app.jinja_env.globals.update(site=site, root=root, sort_of=sort_of)
    maps.teach(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


@blueprint.before_app_request
def _check_address() -> WerkzeugResponse | None:
    """Refuse parameters that a page would ignore; take readers to the address without those that track them."""
    if request.method not in {"GET", "HEAD"} or request.endpoint in _PROTOCOLS:
        return None
    if request.args and (place := without_tracking()):
        return redirect(root() + place, 301)
    if request.endpoint in _TAKES:
        parameters(*_TAKES[request.endpoint])
    return None


@blueprint.after_app_request
def _dress(response: Response) -> Response:
    return render_error_page(response)


@blueprint.get("/")
def home() -> Response:
    """Show the home page, with the headline question answered live; as RDF, describe the data set."""
    form = chosen(request.headers.get("Accept"), tuple(RDF_FORMS.values()))
    if form:
        response = data_set(form, _counts())
        response.headers["Link"] = signposts.of_home(dumps())
        return response
    headline, shown_rows, bounds, drawn, problem = None, None, None, None, ""
    try:
        drawn = maps.first_part()
        headline = asked(_HEADLINE)
        if headline is None or headline.problem:
            headline = next((asked(name) for name in site().questions), None)
        shown_rows = (
            shown(everything().table(headline.chosen.text), headline.question, _HEADLINE_ROWS) if headline else None
        )
        bounds = _bounds()
    except BackendError as error:
        problem = error.message
    response = page(
        "home.html", asked=headline, result=shown_rows, bounds=bounds, problem=problem, counts=_counts(),
        described=schema_org.data_set(site().data_version, "", dumps()), map=drawn, title=maps.TITLE,
        question=MAP, file="",
    )  # fmt: skip
    response.headers["Link"] = signposts.of_home(dumps())
    return response


def _bounds() -> PatientBounds | None:
    """Return how many different patients are behind the headline; None in a project that does not ask it."""
    found = asked(_DISTINCT)
    table = everything().table(found.chosen.text) if found and not found.problem else None
    if table is None or not table.rows:
        return None
    row = dict(zip(table.columns, table.rows[0], strict=True))
    low, high, without_press = (
        cell.value if (cell := row.get(name)) else "" for name in ("low", "high", "without_press")
    )
    return PatientBounds(_DISTINCT, low, high, without_press) if low else None


def _counts() -> dict[str, int]:
    """Count things by the kind in their IRIs."""
    query = (
        f"SELECT ?kind (COUNT(DISTINCT ?s) AS ?n) WHERE {{ ?s a ?class . "
        f'FILTER(STRSTARTS(STR(?s), "{BASE}")) BIND(STRBEFORE(STRAFTER(STR(?s), "{BASE}"), "/") AS ?kind) }} '
        "GROUP BY ?kind ORDER BY ?kind"
    )
    rows = facts().table(query).rows
    return {kind.value: int(count.value) for kind, count in rows if kind and count and kind.value not in _NO_KINDS}
