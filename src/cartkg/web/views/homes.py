"""`/diseases`, `/targets`, `/products`, `/measures`, `/events` and a home page for each thing on these lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, redirect
from werkzeug.exceptions import NotFound

from cartkg.facts.homes import KINDS, HomeLink, bounds, home, slug
from cartkg.facts.names import other_names
from cartkg.facts.overviews.crossings import crossing
from cartkg.facts.records import PREFIXES, AnswerTerm
from cartkg.web.http.earlier import RELEASE
from cartkg.web.http.parameters import parameters
from cartkg.web.present.asked import answers, values
from cartkg.web.present.exports.citing import check_release, cite_as
from cartkg.web.present.exports.home_tables import as_csv, as_json, as_workbook
from cartkg.web.present.exports.workbooks import MEDIA_TYPE
from cartkg.web.present.lists import Listed, answer
from cartkg.web.present.pictures.figures import ENDINGS, figure
from cartkg.web.present.pictures.maps import cell_path
from cartkg.web.present.places import home_path, named
from cartkg.web.present.responses import document, page
from cartkg.web.present.site import facts, link_of, root, site

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.wrappers import Response

    from cartkg.facts.homes import Home
    from cartkg.web.present.exports.citing import CiteAs

blueprint = Blueprint("homes", __name__)

#: Kind of list -> patterns that bind groups of patients, and trials or findings, to the thing.
_KNOWN = {
    "target": (
        "?cohort cartkg:receivedTherapy/cartkg:targets ?thing .",
        "?other rdf:type cartkg:ClinicalTrial ; cartkg:investigates/cartkg:targets ?thing .",
    ),
    "product": (
        "?cohort cartkg:receivedTherapy/cartkg:ofProduct ?thing .",
        "?other rdf:type cartkg:ClinicalTrial ; cartkg:investigates ?thing .",
    ),
    "measure": ("?finding cartkg:measure ?thing ; cartkg:ofCohort ?cohort .", "?other cartkg:measure ?thing ."),
    "event": ("?finding cartkg:measure ?thing ; cartkg:ofCohort ?cohort .", "?other cartkg:measure ?thing ."),
}


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
    rows = _known(kind.name, members) if kind.name != "disease" else ()
    others = tuple(member for member in members if member.value not in known)
    return answer("homes.html", listed, kind=kind, counted=counted, others=others, rows=rows)


@blueprint.get("/<any(diseases, targets, products, measures, events):path>/<name>")
def one(path: str, name: str) -> Response:
    """Show what is known of a disease, target, product, measure or adverse event, the first things first.

    With `.csv`, `.xlsx` or `.json` after the name its tables are sent, with `.svg` or `.png` its forest plot, with
    `.toxicity.svg` or `.toxicity.png` its strip of toxicity.
    """
    kind = KINDS[path]
    name, _, ending = name.partition(".")
    thing = named(kind, name) if ending in {"", *_TABLES, *_FIGURES} else None
    if thing is None:
        raise NotFound
    here = home_path(path, thing.label)
    if slug(thing.label) != name:
        return redirect(f"{root()}{here}{'.' if ending else ''}{ending}", 303)
    check_release(parameters(RELEASE))
    shown, cited = home(kind, thing, answers), cite_as(thing.label, here)
    if ending:
        return _figure(shown, ending) if ending in _FIGURES else _TABLES[ending](shown, cited)
    also = other_names(thing.label, thing.names)
    return page(
        "home_of.html", home=shown, cited=cited, here=root() + here, address=address, title_of=title_of, also=also
    )


@blueprint.get("/diseases/<name>/targets/<target>")
def crossed(name: str, target: str) -> Response:
    """Show what is known of a disease treated with cells against a target; files as for other home pages."""
    target, _, ending = target.partition(".")
    disease, antigen = named(KINDS["diseases"], name), named(KINDS["targets"], target)
    if disease is None or antigen is None or ending not in {"", *_TABLES, *_FIGURES}:
        raise NotFound
    here = cell_path(disease.label, antigen.label)
    if (slug(disease.label), slug(antigen.label)) != (name, target):
        return redirect(f"{root()}{here}{'.' if ending else ''}{ending}", 303)
    check_release(parameters(RELEASE))
    shown = crossing(disease, antigen, answers)
    cited = cite_as(shown.label, here)
    if ending:
        return _figure(shown, ending) if ending in _FIGURES else _TABLES[ending](shown, cited)
    return page("home_of.html", home=shown, cited=cited, here=root() + here, address=address, title_of=title_of)


def _csv(shown: Home, cited: CiteAs) -> Response:
    return document(as_csv(shown, cited), "text/csv; charset=utf-8; header=present")


def _xlsx(shown: Home, cited: CiteAs) -> Response:
    return document(as_workbook(shown, cited), MEDIA_TYPE)


def _json(shown: Home, cited: CiteAs) -> Response:
    return document(as_json(shown, cited), "application/json")


def _figure(shown: Home, ending: str) -> Response:
    what, _, form = ending.rpartition(".")
    if what and shown.strip:
        title = f"Toxicity by group of patients: {shown.label}"
        return figure("parts/toxicity.svg", title, form, strip=shown.strip)
    if what or shown.forest is None:
        raise NotFound
    return figure("parts/forest_plot.svg", title_of(shown), form, forest=shown.forest)


def title_of(shown: Home) -> str:
    """Return the title of the forest plot of a page."""
    return f"{'Events' if shown.kind.name == 'event' else 'Outcomes'} by group of patients: {shown.label}"


#: Endings of the files of a page.
_TABLES = {"csv": _csv, "xlsx": _xlsx, "json": _json}
_FIGURES = frozenset((*ENDINGS, *(f"toxicity.{form}" for form in ENDINGS)))


def address(link: HomeLink) -> str:
    """Return where a text of a home page leads; empty where it leads nowhere."""
    if link.iri:
        return link_of(link.iri)
    kind = next((each for each in site().homes if each.name == link.kind), None)
    return root() + home_path(kind.path, link.text) if kind and slug(link.text) else ""


@dataclass(frozen=True, slots=True)
class ListedEvidence:
    """What the graph has on a thing of a list: groups of patients, the size of the largest, and trials or findings."""

    iri: str
    label: str
    groups: int
    largest: int
    others: int


def _known(kind: str, members: Sequence[AnswerTerm]) -> tuple[ListedEvidence, ...]:
    """Return what is known of each thing of a list, the most first; nothing is added up over groups."""
    groups, others = _KNOWN[kind]
    by_group = _numbers(f"(COUNT(DISTINCT ?cohort) AS ?n) WHERE {{ {groups} }}")
    # apart from the count: a group without a size would leave the largest unbound
    largest = _numbers(f"(MAX(?size) AS ?n) WHERE {{ {groups} ?cohort cartkg:patientCount ?size }}")
    by_other = _numbers(f"(COUNT(DISTINCT ?other) AS ?n) WHERE {{ {others} }}")
    found = [
        ListedEvidence(
            each.value, each.label, *(numbers.get(each.value, 0) for numbers in (by_group, largest, by_other))
        )
        for each in members
    ]
    return tuple(sorted(found, key=lambda each: (-each.groups, -each.others, -each.largest, each.label.casefold())))


def _numbers(counted: str) -> Mapping[str, int]:
    """Return a number for each thing that a pattern binds."""
    rows = facts().table(f"{PREFIXES}SELECT ?thing {counted} GROUP BY ?thing").rows
    return {thing.value: int(number.value) for thing, number in rows if thing and number}


@dataclass(frozen=True, slots=True)
class DiseaseCount:
    """A disease with evidence: its patients, each counted once, and how many studies and trials there are."""

    iri: str
    label: str
    once: str
    low: int
    studies: str
    trials: str


def _counted_diseases() -> tuple[DiseaseCount, ...]:
    """Return the diseases with evidence, those with most patients first; cancer alone is left out by the question."""
    counts = {
        row["disease"].value: row
        for row in answers("patients-once", ())
        if "disease" in row and "target" not in row and "product" not in row
    }
    found = []
    for row in answers("evidence-base", ()):
        label, count = row["disease"].value, counts.get(row["disease"].value)
        numbers = [row[name].value if name in row else "" for name in ("studies", "trials")]
        low = int(count["low"].value) if count else 0
        found.append(DiseaseCount(row["illness"].value, label, bounds(count) if count else "", low, *numbers))
    return tuple(sorted(found, key=lambda each: (-each.low, each.label.casefold())))
