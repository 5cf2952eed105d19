"""`/diseases`, `/targets`, `/products`, `/measures`, `/events` and a home page for each thing on these lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, redirect
from werkzeug.exceptions import NotFound

from cartkg.facts.homes import KINDS, Link, bounds, home, slug
from cartkg.facts.records import AnswerTerm
from cartkg.web.http.parameters import parameters
from cartkg.web.present.asked import asked, values
from cartkg.web.present.lists import Listed, answer
from cartkg.web.present.places import home_path, named
from cartkg.web.present.responses import page
from cartkg.web.present.site import everything, link_of, root, site

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.wrappers import Response

    from cartkg.facts.homes import Home

blueprint = Blueprint("homes", __name__)


@blueprint.get("/<any(diseases, targets, products, measures, events):path>")
@blueprint.get("/<any(diseases, targets, products, measures, events):path>/")
def listing(path: str) -> Response:
    """List diseases, targets, products, measures or adverse events on which the graph has data."""
    parameters("as")
    kind = KINDS[path]
    if kind not in site().homes:
        raise NotFound
    used = sorted((each for each in values(kind.name) if each.used), key=lambda each: each.label.casefold())
    members = tuple(
        AnswerTerm(each.iri, "uri", "", each.label) for each in sorted(used, key=lambda each: each.label.casefold())
    )
    listed = Listed(path, kind.plural, members, len(members))
    counted = _counted_diseases() if kind.name == "disease" else ()
    known = {each.iri for each in counted}
    others = tuple(member for member in members if member.value not in known)
    return answer("homes.html", listed, kind=kind, counted=counted, others=others)


@blueprint.get("/<any(diseases, targets, products, measures, events):path>/<name>")
def one(path: str, name: str) -> Response:
    """Show what is known of a disease, target, product, measure or adverse event, the first things first."""
    kind = KINDS[path]
    thing = named(kind, name)
    if thing is None:
        raise NotFound
    if slug(thing.label) != name:
        return redirect(root() + home_path(path, thing.label), 303)
    parameters()
    return page("home_of.html", home=home(kind, thing, _ask), address=address, exports=_exports)


def address(link: Link) -> str:
    """Return where a text of a home page leads; empty where it leads nowhere."""
    if link.iri:
        return link_of(link.iri)
    kind = next((each for each in site().homes if each.name == link.kind), None)
    return root() + home_path(kind.path, link.text) if kind and slug(link.text) else ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A disease with evidence: its patients, each counted once, and how many studies and trials there are."""

    iri: str
    label: str
    once: str
    low: int
    studies: str
    trials: str


def _counted_diseases() -> tuple[Counted, ...]:
    """Return the diseases with evidence, those with most patients first; cancer alone is left out by the question."""
    counts = {
        row["disease"].value: row
        for row in _ask("patients-once", ())
        if "disease" in row and "target" not in row and "product" not in row
    }
    found = []
    for row in _ask("evidence-base", ()):
        label, count = row["disease"].value, counts.get(row["disease"].value)
        numbers = [row[name].value if name in row else "" for name in ("studies", "trials")]
        low = int(count["low"].value) if count else 0
        found.append(Counted(row["illness"].value, label, bounds(count) if count else "", low, *numbers))
    return tuple(sorted(found, key=lambda each: (-each.low, each.label.casefold())))


def _ask(name: str, settings: Sequence[tuple[str, str]]) -> list[Mapping[str, AnswerTerm]]:
    """Ask a stored question; none of its rows where this project has no such question, or cannot ask it of its data."""
    found = asked(name, settings)
    if found is None or found.problem:
        return []
    table = everything().table(found.chosen.text)
    return [
        {column: node for column, node in zip(table.columns, row, strict=True) if node is not None}
        for row in table.rows
    ]


def _exports(shown: Home) -> dict[str, str]:
    """Return what can be saved: name -> address."""
    mine = urlencode({shown.kind.name: shown.thing.iri, "format": "spreadsheet"})
    questions = {
        "disease": ("patients-once", "results", "safety", "trials", "products", "conflicts"),
        "target": ("patients-once", "results", "safety", "trials", "products"),
        "product": ("patients-once", "results", "safety", "trials"),
        "measure": ("patients-once", "results"),
        "event": ("patients-once", "safety"),
    }[shown.kind.name]
    known = site().questions
    return {name: f"{root()}/questions/{name}/answer?{mine}" for name in questions if name in known}
