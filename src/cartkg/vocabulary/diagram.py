"""Draw the model as boxes and arrows, with the labels of the ontology's main terms.

Only the places of the boxes are chosen by hand. Names come from the ontology; a test compares every arrow with
the domains and ranges stated there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Class -> column and row of its box.
PLACES = {
    "Publication": (1.0, 0.0),
    "Study": (2.0, 0.0),
    "CellTherapy": (3.0, 0.0),
    "TargetAntigen": (4.0, 0.0),
    "Source": (0.0, 1.35),
    "Claim": (1.0, 1.35),
    "Cohort": (2.0, 1.35),
    "Disease": (3.0, 0.9),
    "Overlap": (3.0, 1.8),
    "Absence": (4.0, 1.8),
    "Conflict": (1.0, 2.7),
    "Finding": (2.0, 2.7),
    "Measure": (3.0, 2.7),
    "Threshold": (4.0, 2.7),
}
#: Class, property, class.
LINKS = (
    ("Publication", "reportsStudy", "Study"),
    ("Study", "evaluates", "CellTherapy"),
    ("CellTherapy", "targets", "TargetAntigen"),
    ("Claim", "readIn", "Source"),
    ("Claim", "claimedBy", "Publication"),
    ("Claim", "asserts", "Finding"),
    ("Cohort", "ofStudy", "Study"),
    ("Cohort", "receivedTherapy", "CellTherapy"),
    ("Cohort", "hasDisease", "Disease"),
    ("Overlap", "overlapBetween", "Cohort"),
    ("Finding", "ofCohort", "Cohort"),
    ("Conflict", "involves", "Finding"),
    ("Finding", "measure", "Measure"),
    ("Measure", "hasThreshold", "Threshold"),
    ("Absence", "aboutMeasure", "Measure"),
)

_WIDTH, _HEIGHT = 136, 40
_COLUMN, _ROW = 262, 96
_LETTER = 7.2  # width of a letter of a label, at most on the average of a sans-serif of 13 pixels
_MARGIN = 8


@dataclass(frozen=True, slots=True)
class Box:
    """A class: local name, label, and the upper left corner of its box in pixels."""

    name: str
    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """A property: local name, label, and both ends in pixels."""

    name: str
    label: str
    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def middle(self) -> tuple[float, float]:
        """Return the place of the label."""
        return ((self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2)

    @property
    def lift(self) -> int:
        """Return how far below the middle the label's baseline is: above a level arrow, else on it."""
        return -6 if self.y1 == self.y2 else 4

    @property
    def patch(self) -> tuple[float, float, float, float]:
        """Return left, top, width and height of the patch that hides the line behind the label."""
        width = _LETTER * len(self.label)
        across, down = self.middle
        return (across - width / 2, down + self.lift - 12, width, 16)


@dataclass(frozen=True, slots=True)
class Diagram:
    """The picture; all numbers are in pixels."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    box_width: int = _WIDTH
    box_height: int = _HEIGHT

    @property
    def width(self) -> int:
        """Return the width of the picture."""
        return round(max(box.x for box in self.boxes) + _WIDTH + _MARGIN)

    @property
    def height(self) -> int:
        """Return the height of the picture."""
        return round(max(box.y for box in self.boxes) + _HEIGHT + _MARGIN)


def draw(labels: Mapping[str, str]) -> Diagram:
    """Draw the model with the labels of its terms; a term without one shows its local name."""
    boxes = {
        name: Box(name, labels.get(name, name), _MARGIN + column * _COLUMN, _MARGIN + row * _ROW)
        for name, (column, row) in PLACES.items()
    }
    arrows = tuple(_arrow(boxes[start], labels.get(name, name), name, boxes[end]) for start, name, end in LINKS)
    return Diagram(tuple(boxes.values()), arrows)


def svg(diagram: Diagram) -> str:
    """Write the picture as a file of its own, whose colours and fonts need no style sheet."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {diagram.width} {diagram.height}"',
        f' width="{diagram.width}" height="{diagram.height}" font-family="sans-serif" text-anchor="middle">',
        "<title>The model in one picture</title>",
        f'<rect width="{diagram.width}" height="{diagram.height}" fill="#ffffff"/>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
        '<path fill="#5b6470" d="M0 0.5 L8 4 L0 7.5 z"/></marker></defs>',
    ]
    lines += [
        f'<line x1="{each.x1:.1f}" y1="{each.y1:.1f}" x2="{each.x2:.1f}" y2="{each.y2:.1f}" stroke="#5b6470" '
        f'stroke-width="1.2" marker-end="url(#tip)"/>'
        for each in diagram.arrows
    ]
    lines += [
        f'<rect x="{each.patch[0]:.1f}" y="{each.patch[1]:.1f}" width="{each.patch[2]:.1f}" '
        f'height="{each.patch[3]}" rx="3" fill="#ffffff"/>'
        f'<text x="{each.middle[0]:.1f}" y="{each.middle[1] + each.lift:.1f}" font-size="13" fill="#5b6470">'
        f"{escape(each.label)}</text>"
        for each in diagram.arrows
    ]
    lines += [
        f'<rect x="{each.x}" y="{each.y:.1f}" width="{diagram.box_width}" height="{diagram.box_height}" rx="6" '
        f'fill="#f5f8fa" stroke="#1f6f8b" stroke-width="1.4"/>'
        f'<text x="{each.x + diagram.box_width / 2}" y="{each.y + diagram.box_height / 2 + 5:.1f}" font-size="14.5" '
        f'font-weight="600" fill="#1c2430">{escape(each.label)}</text>'
        for each in diagram.boxes
    ]
    return "\n".join((*lines, "</svg>", ""))


def _arrow(start: Box, label: str, name: str, end: Box) -> Arrow:
    x1, y1 = _edge(start, end)
    x2, y2 = _edge(end, start)
    return Arrow(name, label, x1, y1, x2, y2)


def _edge(box: Box, other: Box) -> tuple[float, float]:
    """Return the point where the line between two boxes' centres leaves the first box."""
    centre_x, centre_y = box.x + _WIDTH / 2, box.y + _HEIGHT / 2
    across, down = other.x - box.x, other.y - box.y
    reach = min(_WIDTH / 2 / abs(across) if across else 1.0, _HEIGHT / 2 / abs(down) if down else 1.0)
    return (centre_x + across * reach, centre_y + down * reach)
