"""`/responses`: counted outcomes by disease and criterion as a table of bars, and as a figure to take away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from cartkg.facts.evidence import gather, parts
from cartkg.facts.records import PREFIXES, AnswerTerm
from cartkg.web.present.charts import Chart, charts
from cartkg.web.present.responses import page, svg
from cartkg.web.present.site import facts

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("responses", __name__)

_HIERARCHY = "/(rdfs:subClassOf|cartkg:broaderDisease)*"
_COUNTED = (
    "?finding rdf:type cartkg:OutcomeFinding ; cartkg:numerator ?n ; cartkg:denominator ?d ; cartkg:ofCohort ?cohort . "
)
_MOST_ROWS = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader may choose, what was chosen (an IRI, or nothing for all), and its name."""

    options: tuple[AnswerTerm, ...]
    chosen: str

    @property
    def label(self) -> str:
        """Return the name of what was chosen; empty for all."""
        return next((node.label for node in self.options if node.value == self.chosen), "")


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of one request; `own` leaves only what a publication states as its own result."""

    disease: Choice
    measure: Choice
    own: bool

    @property
    def title(self) -> str:
        """Name the chart."""
        return " in ".join(label for label in (self.measure.label, self.disease.label) if label) or "Responses"


@blueprint.get("/responses")
def responses() -> Response:
    """Draw counted outcomes, each finding on its own; nothing is pooled."""
    choices = _choices()
    return page(
        "responses.html", choices=choices, charts=_charts(choices), query=request.query_string.decode("latin-1")
    )


@blueprint.get("/responses.svg")
def figure() -> Response:
    """Draw the first 60 of the same rows as a figure."""
    choices = _choices()
    bars = [bar for chart in _charts(choices) for bar in chart.bars][:_MOST_ROWS]
    return svg(render_template("forest.svg", bars=bars, title=choices.title))


def _choices() -> Choices:
    return Choices(
        _choice("disease", f"?cohort cartkg:hasDisease{_HIERARCHY} ?s ."),
        _choice("measure", "?finding cartkg:measure ?s ."),
        own=request.args.get("own") == "1",
    )


def _choice(name: str, pattern: str) -> Choice:
    """Offer what counted outcomes exist for; an address that names anything else chooses nothing."""
    query = (
        f"{PREFIXES}SELECT ?s (MIN(STR(?l)) AS ?label) WHERE {{ "
        f"{{ SELECT DISTINCT ?s WHERE {{ {_COUNTED} {pattern} }} }} ?s rdfs:label ?l }} "
        "GROUP BY ?s ORDER BY LCASE(?label) ?s"
    )
    rows = facts().table(query).rows
    options = tuple(AnswerTerm(s.value, s.kind, "", label.value if label else "") for s, label in rows if s)
    asked = request.args.get(name, "")
    return Choice(options, asked if asked in {node.value for node in options} else "")


def _charts(choices: Choices) -> tuple[Chart, ...]:
    narrowed = ""
    if choices.disease.chosen:
        narrowed += f"?cohort cartkg:hasDisease{_HIERARCHY} <{choices.disease.chosen}> . "
    if choices.measure.chosen:
        narrowed += f"?finding cartkg:measure <{choices.measure.chosen}> . "
    if not narrowed:
        return ()
    evidence = gather(facts(), _COUNTED + narrowed)
    return charts(parts([item for item in evidence if item.is_own_anywhere or not choices.own]))
