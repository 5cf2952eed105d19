"""A map of diseases and targets in, where its marks stand in a picture out."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.facts.homes import slug
from cartkg.web.present.places import home_path

if TYPE_CHECKING:
    from cartkg.facts.overviews.evidence_map import EvidenceMap, MapCell

_LABELS, _WIDE, _NARROWEST = 250, 1280, 112
_HEAD, _ROW, _BAR, _INNER = 52, 58, 14, 108
#: Patients of the largest circle, and its radius; areas of others are in proportion.
_LARGEST, _RADIUS = 250, 17.0
_SMALLEST = 2.5


@dataclass(frozen=True, slots=True)
class Grid:
    """Measures of the picture in its own units.

    Attributes:
        names: width of the column of diseases.
        column: width of a column of cells.
        inner: width of a cell.
        bar: length of a bar.
        row: height of a line.
        head: height of the names of the targets.
        wide: width of the whole.
    """

    names: int
    column: float
    inner: int
    bar: int
    row: int
    head: int
    wide: int

    @property
    def inset(self) -> float:
        """Return the space on each side of a cell."""
        return (self.column - self.inner) / 2


def grid(drawn: EvidenceMap) -> Grid:
    """Return the measures for a map; cells are as wide as there is room."""
    column = max(_NARROWEST, (_WIDE - _LABELS) / max(1, len(drawn.targets)))
    more = min(60, round(column - _NARROWEST))
    return Grid(_LABELS, column, _INNER + more, _BAR + more, _ROW, _HEAD, round(_LABELS + column * len(drawn.targets)))


def broken(text: str, width: int) -> list[str]:
    """Break a name into two lines at most, the second cut where it is too long."""
    return textwrap.wrap(text, width, max_lines=2, placeholder=" \u2026")


def radius(cell: MapCell) -> float:
    """Return the radius of the circle of a cell; its area grows with the fewest patients. 0 for no patient."""
    if not cell.low:
        return 0.0
    return max(_SMALLEST, _RADIUS * math.sqrt(min(cell.low, _LARGEST) / _LARGEST))


def cell_path(disease: str, target: str) -> str:
    """Return the path of the page of a disease and a target, without the prefix that a proxy takes off."""
    return f"{home_path('diseases', disease)}{home_path('targets', target)}"


def has_page(cell: MapCell) -> bool:
    """Whether both names can stand in an address."""
    return bool(slug(cell.disease) and slug(cell.target))
