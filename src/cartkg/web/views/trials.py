"""`/trials`: registered trials, chosen by disease, target, age, phase, status, country and sex; also as files."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, request
from werkzeug.exceptions import NotFound

from cartkg.facts.records import AnswerTerm
from cartkg.facts.trials import trials
from cartkg.web.http.earlier import RELEASE
from cartkg.web.present.exports.citing import check_release, cite_as
from cartkg.web.present.exports.trial_tables import as_csv, as_json, as_workbook
from cartkg.web.present.exports.workbooks import MEDIA_TYPE
from cartkg.web.present.lists import LINKS, Listed, answer
from cartkg.web.present.places import place_of
from cartkg.web.present.responses import document
from cartkg.web.present.site import facts, link_of, root
from cartkg.web.present.trial_facets import choose, country, label_of, wish_of

if TYPE_CHECKING:
    from flask import Response

    from cartkg.facts.trials import Named

blueprint = Blueprint("trials", __name__)

_FILES = {
    "csv": (as_csv, "text/csv; charset=utf-8; header=present"),
    "xlsx": (as_workbook, MEDIA_TYPE),
    "json": (as_json, "application/json"),
}


@blueprint.get("/trials")
@blueprint.get("/trials/")
@blueprint.get("/trials.<ending>")
def listing(ending: str = "") -> Response:
    """Show the trials that a reader chose, recruiting ones first, or send all of them as a file."""
    if ending and ending not in _FILES:
        raise NotFound
    check_release(request.args)
    given = [pair for pair in request.args.items(multi=True) if pair[0] not in {RELEASE, LINKS}]
    known = trials(facts())
    wish = wish_of(given, known)
    found = choose(known, wish)
    chosen = ", ".join(label_of(*pair) for pair in wish.chosen)
    cited = cite_as(f"Registered trials{f': {chosen}' if chosen else ''}", "trials", wish.chosen)
    if ending:
        write, media_type = _FILES[ending]
        response = document(write(found.all, cited), media_type)
        response.headers["Content-Disposition"] = f'attachment; filename="trials-{cited.release}.{ending}"'
        return response
    members = tuple(AnswerTerm(each.iri, "uri", "", f"{each.number}: {each.title}") for each in found.page)
    path = f"trials?{urlencode(wish.chosen)}" if wish.chosen else "trials"
    return answer(
        "trials.html",
        Listed(path, "Trials", members, len(found.all), wish.page, found.last),
        found=found,
        known=len(known),
        cited=cited,
        here=f"{root()}/trials",
        endings=tuple(_FILES),
        country=country,
        label_of=label_of,
        place=_place,
    )


def _place(thing: Named, kind: str) -> str:
    """Return where a thing of a trial leads: to its home page where it has one, else to its own."""
    return root() + place_of(thing.iri, kind, thing.label) if kind else link_of(thing.iri)
