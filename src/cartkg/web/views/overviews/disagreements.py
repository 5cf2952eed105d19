"""`/conflicts` and `/overlaps`: where sources disagree, who says what, and which reports share patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, request
from werkzeug.exceptions import NotFound

from cartkg.facts.overviews.networks import matrix, network
from cartkg.facts.records import AnswerTerm, iri_tokens, text_of
from cartkg.web.http.earlier import RELEASE
from cartkg.web.http.parameters import number, parameters
from cartkg.web.present.asked import answers, values
from cartkg.web.present.exports.citing import check_release
from cartkg.web.present.lists import Listed, answer
from cartkg.web.present.pictures.figures import figure
from cartkg.web.present.responses import page
from cartkg.web.present.site import facts, site

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response

    from cartkg.facts.overviews.networks import Network
    from cartkg.facts.records import Record
    from cartkg.queries import Nameable

blueprint = Blueprint("disagreements", __name__)

#: Conflicts or overlaps on one page, so that it stays below 100 kB.
_PER_PAGE = 80
_MOST_PAGES = 100_000
#: Parameter of the conflicts -> kind of its list of values.
_TITLE = "Groups and studies that share patients or may share them"
_CONFLICTS = {"study": "study", "disease": "disease", "status": "conflict-status", "kind": "conflict-kind"}
_OVERLAPS = {"disease": "disease"}


@dataclass(frozen=True, slots=True)
class Filters:
    """What can be chosen, and what was, by parameter."""

    offered: Mapping[str, tuple[Nameable, ...]]
    chosen: Mapping[str, str]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the parameters that were chosen."""
        return tuple((name, text) for name, text in self.chosen.items() if text)


@dataclass(frozen=True, slots=True)
class Part:
    """One page of a list, and the records on it."""

    listed: Listed
    records: Sequence[Record]


@blueprint.get("/conflicts")
def conflicts() -> Response:
    """List where sources disagree, by study, with each side and who holds it; by disease, study, status or kind."""
    filters = _filters(_CONFLICTS)
    rows = {text_of(row, "conflict"): row for row in answers("conflicts", filters.pairs)}
    part = _listed("conflicts", "?s rdf:type cartkg:Conflict", filters, list(rows))
    found = {side.iri: side for side in facts().records("?conflict rdf:type cartkg:Conflict ; cartkg:hasSide ?s .")}
    sides = {
        record.iri: sorted(
            (found[node.value] for node in record.all("hasSide") if node.value in found),
            key=lambda side: (side.text("sideRank"), side.iri),
        )
        for record in part.records
    }
    groups: dict[str, list[Record]] = {}
    for record in part.records:
        about = text_of(rows[record.iri], "report") if record.iri in rows else ""
        groups.setdefault(about or "Other matters", []).append(record)
    ordered = dict(sorted(groups.items(), key=lambda each: (each[0] == "Other matters", each[0].casefold())))
    return answer("conflicts.html", part.listed, groups=ordered, sides=sides, filters=filters)


@blueprint.get("/overlaps")
def overlaps() -> Response:
    """List which cohorts share patients, by degree, with who says so; and which reports reviews restate."""
    filters = _filters(_OVERLAPS)
    known = [text_of(row, "overlap") for row in answers("overlaps", filters.pairs)] if filters.pairs else []
    part = _listed("overlaps", "?s rdf:type cartkg:Overlap", filters, known)
    groups: dict[str, list[Record]] = {}
    for record in part.records:
        groups.setdefault(record.text("overlapDegree") or "not stated", []).append(record)
    restated = matrix(answers("reviews-and-reports"))
    return answer(
        "overlaps.html", part.listed, groups=dict(sorted(groups.items())), filters=filters, matrix=restated, alone=False
    )


@blueprint.get("/overlaps/network")
def tied() -> Response:
    """Draw which groups and studies share patients or may share them."""
    filters = _filters(_OVERLAPS, RELEASE)
    return page("network.html", network=_network(filters), filters=filters, title=_TITLE, alone=False)


@blueprint.get("/overlaps/network.<any(svg, png):ending>")
def picture(ending: str) -> Response:
    """Draw the same as a file."""
    drawn = _network(_filters(_OVERLAPS, RELEASE))
    if not drawn.nodes:
        raise NotFound
    return figure("parts/network.svg", _TITLE, ending, network=drawn)


def _network(filters: Filters) -> Network:
    check_release(request.args)
    return network(answers("overlaps", filters.pairs))


def _filters(known: Mapping[str, str], *others: str) -> Filters:
    """Read what was chosen; the question refuses unknown names.

    Raises:
        QueryError: a parameter is unknown, or given twice.
    """
    kinds = {name: kind for name, kind in known.items() if kind in site().lists}
    given = parameters(*(others or ("page", "as")), *kinds)
    offered = {name: tuple(each for each in values(kind) if each.used) for name, kind in kinds.items()}
    return Filters(offered, {name: given.get(name, "") for name in kinds})


def _listed(name: str, pattern: str, filters: Filters, known: list[str]) -> Part:
    """Return a page of things: all, or those that the chosen filters leave."""
    asked = number(parameters("page", "as", *filters.chosen), "page", 1, _MOST_PAGES)
    if filters.pairs:
        pattern = f"VALUES ?s {{ {iri_tokens(known)} }} {pattern}"
    total = facts().number(f"SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE {{ {pattern} }}")
    last = max(1, -(-total // _PER_PAGE))
    if asked > last:
        raise NotFound
    part = f"ORDER BY MIN(STR(?degree)) ?s LIMIT {_PER_PAGE} OFFSET {(asked - 1) * _PER_PAGE}"
    some = f"SELECT ?s WHERE {{ {pattern} OPTIONAL {{ ?s cartkg:overlapDegree ?degree }} }} GROUP BY ?s {part}"
    selection = f"{{ {some} }}" if total > _PER_PAGE else pattern
    records = facts().records(selection)
    members = tuple(AnswerTerm(record.iri, "uri", "", record.label) for record in records)
    path = f"{name}?{urlencode(filters.pairs)}" if filters.pairs else name
    return Part(Listed(path, name.capitalize(), members, total, asked, last), records)
