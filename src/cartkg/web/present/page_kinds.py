"""Choose what the page of a thing shows: a template, the evidence under headings, and related things."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from cartkg.errors import QueryError
from cartkg.facts.evidence import Evidence, EvidenceSection, parts
from cartkg.facts.homes import slug
from cartkg.facts.kinds import Related, surroundings
from cartkg.web.http.parameters import refuse_unknown
from cartkg.web.present.charts import Chart, charts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cartkg.facts.records import Record, Records

_Section = TypeVar("_Section", Chart, EvidenceSection, Related)
#: Kinds that have no template of their own.
_PLAIN = frozenset({"drug", "organization", "site", "target"})
#: Rows of evidence and other things on one page, and how many each part has at least: a page stays below 100 kB.
_MOST_ROWS, _MOST_THINGS, _FEWEST = 30, 90, 6
#: Kinds whose counts are drawn as bars above the tables.
_DRAWN = frozenset({"disease", "finding", "measure", "therapy"})


@dataclass(frozen=True, slots=True)
class View:
    """What the page of one thing shows beside its own statements; a long part is shown in part, and whole by itself.

    Attributes:
        template: the template of its kind.
        evidence: all evidence on it.
        parts: the evidence under headings.
        related: related things under headings.
        charts: counts of the parts as bars.
        kept: parameters of the address that links keep.
        cut: names of the parts that are shown in part -> how many rows each has.
        alone: name of the part that is shown by itself; empty for the whole page.
        number: number of the page of that part.
        last: number of its last page.
    """

    template: str
    evidence: tuple[Evidence, ...]
    parts: tuple[EvidenceSection, ...]
    related: tuple[Related, ...]
    charts: tuple[Chart, ...]
    kept: tuple[tuple[str, str], ...] = ()
    cut: Mapping[str, int] = field(default_factory=dict)
    alone: str = ""
    number: int = 1
    last: int = 1


def view_of(facts: Records, record: Record) -> View:
    """Gather all that there is to show of a thing."""
    around = surroundings(facts, record)
    divided = tuple(parts(list(around.evidence)))
    template = "thing" if around.kind in _PLAIN else around.kind
    drawn = charts(list(divided)) if around.kind in _DRAWN else ()
    return View(f"kinds/{template}.html", around.evidence, divided, around.related, drawn)


def shortened(view: View) -> View:
    """Return what the page of a thing shows at first: of many rows the first of each part."""
    rows = sum(len(each.bars) for each in view.charts) + sum(len(each.evidence) for each in view.parts)
    things = sum(len(each.things) for each in view.related)
    most = max(_FEWEST, _MOST_ROWS // max(1, len(view.charts) + len(view.parts)))
    cards = max(_FEWEST, _MOST_THINGS // max(1, len(view.related)))
    kept = replace(
        view,
        charts=tuple(_some(each, 0, most) if rows > _MOST_ROWS else each for each in view.charts),
        parts=tuple(_some(each, 0, most) if rows > _MOST_ROWS else each for each in view.parts),
        related=tuple(_some(each, 0, cards) if things > _MOST_THINGS else each for each in view.related),
    )
    cut = {
        name_of(before): _length(before)
        for before, now in zip(_sections(view), _sections(kept), strict=True)
        if _length(now) < _length(before)
    }
    return replace(kept, cut=cut)


def by_itself(view: View, name: str, number: int) -> View:
    """Return a page of one part of what there is to show of a thing.

    Args:
        view: all that there is to show.
        name: name of the part.
        number: number of the page of it.

    Raises:
        QueryError: there is no such part, or no such page.
    """
    sections = {name_of(each): each for each in _sections(view)}
    refuse_unknown("part", name, list(sections))
    chosen = sections[name]
    size = _MOST_THINGS if isinstance(chosen, Related) else _MOST_ROWS
    last = max(1, -(-_length(chosen) // size))
    if number > last:
        raise QueryError(f"page is a whole number from 1 to {last}")
    start = (number - 1) * size
    return replace(
        view,
        charts=tuple(_some(each, start, size) for each in view.charts if name_of(each) == name),
        parts=tuple(_some(each, start, size) for each in view.parts if name_of(each) == name),
        related=tuple(_some(each, start, size) for each in view.related if name_of(each) == name),
        alone=name,
        number=number,
        last=last,
    )


def _sections(view: View) -> list[Chart | EvidenceSection | Related]:
    return [*view.charts, *view.parts, *view.related]


def name_of(section: Chart | EvidenceSection | Related) -> str:
    """Return the name of a part of a page in an address."""
    return slug(f"{section.title} counted" if isinstance(section, Chart) else section.title)


def _rows(section: Chart | EvidenceSection | Related) -> Sequence[object]:
    if isinstance(section, Chart):
        return section.bars
    return section.evidence if isinstance(section, EvidenceSection) else section.things


def _length(section: Chart | EvidenceSection | Related) -> int:
    return len(_rows(section))


def _some(section: _Section, start: int, most: int) -> _Section:
    """Return a part of a page with some of its rows."""
    if isinstance(section, Chart):
        return replace(section, bars=section.bars[start : start + most])
    if isinstance(section, EvidenceSection):
        return replace(section, evidence=section.evidence[start : start + most])
    return replace(section, things=section.things[start : start + most])
