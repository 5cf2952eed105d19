"""`/map`: diseases by targets, as a page and as a picture to take away; and its first part for the home page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from werkzeug.exceptions import NotFound

from cartkg.facts.overviews.evidence_map import QUESTION, evidence_map
from cartkg.web.http.earlier import RELEASE
from cartkg.web.http.parameters import parameters
from cartkg.web.present.asked import answers
from cartkg.web.present.exports.citing import check_release, cite_as
from cartkg.web.present.pictures import maps as drawing
from cartkg.web.present.pictures.figures import figure
from cartkg.web.present.responses import page
from cartkg.web.present.site import root

if TYPE_CHECKING:
    from flask import Flask, Response

    from cartkg.facts.overviews.evidence_map import EvidenceMap

blueprint = Blueprint("maps", __name__)

TITLE = "Evidence map: diseases by targets"
_FIRST_LINES, _FIRST_TARGETS = 14, 6


@blueprint.get("/map")
def evidence() -> Response:
    """Show all diseases by all targets."""
    check_release(parameters(RELEASE))
    drawn, file = evidence_map(answers(QUESTION)), f"{root()}/map"
    return page("map.html", map=drawn, title=TITLE, file=file, question=QUESTION, cited=cite_as(TITLE, "/map"))


@blueprint.get("/map.<any(svg, png):ending>")
def picture(ending: str) -> Response:
    """Draw them as a file."""
    check_release(parameters(RELEASE))
    drawn = evidence_map(answers(QUESTION))
    if not drawn.lines:
        raise NotFound
    return figure("parts/evidence_map.svg", TITLE, ending, map=drawn)


def first_part() -> EvidenceMap | None:
    """Return the diseases and targets with most patients; None where the graph has none, or no question on them."""
    drawn = evidence_map(answers(QUESTION)).first(_FIRST_LINES, _FIRST_TARGETS)
    return drawn if drawn.lines else None


def teach(app: Flask) -> None:
    """Give the templates what draws a map."""
    app.jinja_env.globals.update(
        grid=drawing.grid,
        broken=drawing.broken,
        radius=drawing.radius,
        cell_path=drawing.cell_path,
        has_page=drawing.has_page,
    )
