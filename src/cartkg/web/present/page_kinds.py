"""Choose what the page of a thing shows: a template, the evidence under headings, and related things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.facts.evidence import Evidence, EvidenceSection, parts
from cartkg.facts.kinds import Related, surroundings
from cartkg.web.present.charts import Chart, charts

if TYPE_CHECKING:
    from cartkg.facts.records import Record, Records

#: Kinds that have no template of their own.
_PLAIN = frozenset({"drug", "organization", "site", "target"})
#: Kinds whose counts are drawn as bars above the tables.
_DRAWN = frozenset({"disease", "finding", "measure", "therapy"})


@dataclass(frozen=True, slots=True)
class View:
    """What the page of one thing shows beside its own statements."""

    template: str
    evidence: tuple[Evidence, ...]
    parts: tuple[EvidenceSection, ...]
    related: tuple[Related, ...]
    charts: tuple[Chart, ...]


def view_of(facts: Records, record: Record) -> View:
    """Gather what the page of a thing shows."""
    around = surroundings(facts, record)
    divided = tuple(parts(list(around.evidence)))
    template = "thing" if around.kind in _PLAIN else around.kind
    drawn = charts(list(divided)) if around.kind in _DRAWN else ()
    return View(f"kinds/{template}.html", around.evidence, divided, around.related, drawn)
