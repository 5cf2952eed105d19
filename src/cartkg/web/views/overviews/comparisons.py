"""`/compare`: two or more diseases, targets or products side by side, as a page and as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, request
from werkzeug.exceptions import NotFound

from cartkg.errors import QueryError
from cartkg.facts.overviews.comparisons import MOST_THINGS, CompareWish, compare, standings
from cartkg.naming import find
from cartkg.web.http.earlier import RELEASE
from cartkg.web.http.parameters import refuse_unknown
from cartkg.web.present.asked import answers, values
from cartkg.web.present.exports.citing import check_release, cite_as
from cartkg.web.present.exports.comparison_tables import tables
from cartkg.web.present.exports.text_tables import as_csv, as_json, as_workbook
from cartkg.web.present.exports.workbooks import MEDIA_TYPE
from cartkg.web.present.pictures.figures import ENDINGS, figure
from cartkg.web.present.responses import document, page
from cartkg.web.present.site import everything, site

if TYPE_CHECKING:
    from flask import Response

    from cartkg.facts.overviews.comparisons import Comparison
    from cartkg.queries import Nameable
    from cartkg.web.present.exports.citing import CiteAs

blueprint = Blueprint("comparisons", __name__)

_KINDS = ("target", "disease", "product")
_SWITCHES = ("own", "apart")
_LONGEST = 200
_ENOUGH = 2
#: Comparisons that the page offers to begin with, where the graph has what they name.
_EXAMPLES = (
    (("disease", "MONDO:0007915"), ("target", "cd19"), ("target", "bcma")),
    (("disease", "MONDO:0007915"), ("disease", "MONDO:0005100"), ("disease", "MONDO:0600023")),
)


@blueprint.get("/compare")
def comparison() -> Response:
    """Show things side by side, or what can be compared."""
    wish = _wish()
    offered = {kind: [each.label for each in values(kind) if each.used] for kind in _kinds()}
    if wish is None:
        return page("compare.html", chosen=_chosen(), offered=offered, shown=None, examples=_examples())
    shown, cited = _compared(wish)
    return page("compare.html", chosen=_chosen(), offered=offered, shown=shown, cited=cited)


@blueprint.get("/compare.<any(csv, xlsx, json, svg, png):ending>")
def file(ending: str) -> Response:
    """Send the same as a file."""
    wish = _wish()
    if wish is None:
        raise QueryError("name two things or more of one kind, for instance target=cd19&target=bcma")
    shown, cited = _compared(wish)
    if ending in ENDINGS:
        if not shown.outcomes:
            raise NotFound
        return figure("parts/comparison.svg", f"{wish.title}: outcomes by group of patients", ending, shown=shown)
    if ending == "csv":
        return document(as_csv(wish.title, cited, tables(shown)), "text/csv; charset=utf-8; header=present")
    if ending == "xlsx":
        return document(as_workbook(wish.title, cited, tables(shown)), MEDIA_TYPE)
    return document(as_json(wish.title, cited, tables(shown)), "application/json")


def _compared(wish: CompareWish) -> tuple[Comparison, CiteAs]:
    return compare(wish, answers, standings(everything())), cite_as(wish.title, "/compare", wish.pairs)


def _kinds() -> tuple[str, ...]:
    known = {kind.name for kind in site().homes}
    return tuple(kind for kind in _KINDS if kind in known)


def _chosen() -> dict[str, list[str]]:
    """Return what a reader wrote, by parameter, without empty fields."""
    return {name: [text for text in request.args.getlist(name) if text] for name in (*_KINDS, *_SWITCHES)}


def _wish() -> CompareWish | None:
    """Read what to compare; None where fewer than two things of one kind are named.

    Raises:
        QueryError: a parameter or a name is unknown, or things of two kinds are to be compared; it names the nearest.
    """
    for name in request.args:
        refuse_unknown("parameter", name, (*_kinds(), *_SWITCHES, RELEASE))
    for name in (*_SWITCHES, RELEASE):
        if len(request.args.getlist(name)) > 1:
            raise QueryError(f"the parameter {name!r} is given twice")
    check_release(request.args)
    switches = {name: request.args.get(name, "") for name in _SWITCHES}
    for name, value in switches.items():
        if value not in {"", "0", "1"}:
            raise QueryError(f"{name} is 1 or 0")
    given = {kind: _things(kind) for kind in _kinds()}
    several = [kind for kind, things in given.items() if len(things) > 1]
    if len(several) > 1:
        raise QueryError(
            f"two kinds of things are to be compared, {' and '.join(several)}; name several of one kind only"
        )
    if not several:
        return None
    kind = several[0]
    within = tuple((other, things[0]) for other, things in given.items() if other != kind and things)
    return CompareWish(kind, given[kind], within, own=switches["own"] == "1", apart=switches["apart"] == "1")


def _things(kind: str) -> tuple[Nameable, ...]:
    words = [text[:_LONGEST] for text in request.args.getlist(kind) if text]
    things = tuple({each.iri: each for each in (find(kind, word, values(kind)) for word in words)}.values())
    if len(words) >= _ENOUGH > len(things):
        raise QueryError(f"these are one and the same {kind}: {things[0].label}; name another")
    if len(things) > MOST_THINGS:
        raise QueryError(f"at most {MOST_THINGS} things can be compared")
    return things


def _examples() -> list[CompareWish]:
    """Return the comparisons that the graph has the things for."""
    found = []
    for pairs in _EXAMPLES:
        things = [(kind, each) for kind, word in pairs for each in values(kind) if each.word == word and each.used]
        if len(things) == len(pairs):
            several = pairs[-1][0]
            compared = tuple(each for kind, each in things if kind == several)
            found.append(CompareWish(several, compared, tuple(pair for pair in things if pair[0] != several)))
    return found
