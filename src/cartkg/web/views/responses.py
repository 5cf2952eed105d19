"""`/responses`: counted outcomes by disease and criterion as a table of bars, and as a figure to take away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, request

from cartkg.errors import QueryError
from cartkg.facts.evidence import gather, parts
from cartkg.facts.records import PREFIXES, AnswerTerm
from cartkg.naming import Nameable, find
from cartkg.web.http.parameters import parameters
from cartkg.web.present.charts import Chart, charts
from cartkg.web.present.pictures.figures import figure
from cartkg.web.present.responses import page
from cartkg.web.present.site import facts

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("responses", __name__)

_HIERARCHY = "/(rdfs:subClassOf|cartkg:broaderDisease)*"
_COUNTED = (
    "?finding rdf:type cartkg:OutcomeFinding ; cartkg:numerator ?n ; cartkg:denominator ?d ; cartkg:ofCohort ?cohort . "
)
#: Only what a patient or a trial is stated to have: nobody chooses the kinds of MONDO above it ("human disease").
_NAMED = "FILTER EXISTS { ?named cartkg:hasDisease|cartkg:trialCondition ?s }"
_MOST_ROWS = 60
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class ChosenOption:
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

    disease: ChosenOption
    measure: ChosenOption
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


@blueprint.get("/responses.<any(svg, png):ending>")
def picture(ending: str) -> Response:
    """Draw the first 60 of the same rows as a figure."""
    choices = _choices()
    bars = [bar for chart in _charts(choices) for bar in chart.bars][:_MOST_ROWS]
    return figure("forest.svg", choices.title, ending, bars=bars)


def _choices() -> Choices:
    """Read what was chosen.

    Raises:
        QueryError: a parameter is unknown or given twice, or names what no counted outcome exists for.
    """
    given = parameters("disease", "measure", "own")
    if given.get("own", "") not in {"", "0", "1"}:
        raise QueryError("own is 1, for own results only, or 0")
    return Choices(
        _choice("disease", f"?cohort cartkg:hasDisease{_HIERARCHY} ?s . {_NAMED}"),
        _choice("measure", "?finding cartkg:measure ?s ."),
        own=given.get("own") == "1",
    )


def _choice(name: str, pattern: str) -> ChosenOption:
    """Offer what counted outcomes exist for; what is chosen may be named by IRI, short name or label."""
    query = (
        f"{PREFIXES}SELECT ?s (MIN(STR(?l)) AS ?label) WHERE {{ "
        f"{{ SELECT DISTINCT ?s WHERE {{ {_COUNTED} {pattern} }} }} ?s rdfs:label ?l }} "
        "GROUP BY ?s ORDER BY LCASE(?label) ?s"
    )
    rows = facts().table(query).rows
    options = tuple(AnswerTerm(s.value, s.kind, "", label.value if label else "") for s, label in rows if s)
    asked = request.args.get(name, "")[:_LONGEST]
    if not asked:
        return ChosenOption(options, "")
    return ChosenOption(options, find(name, asked, (Nameable(node.value, node.label) for node in options)).iri)


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
