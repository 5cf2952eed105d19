"""Turn a reader's words into the question to count, and into a title."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import QueryError
from cartkg.synthesis.questions import names
from cartkg.synthesis.questions.groups import PatientQuestion

if TYPE_CHECKING:
    from cartkg.graph import KnowledgeGraph

_KINDS = ("disease", "measure", "event", "target", "product")


@dataclass(frozen=True, slots=True)
class CountRequest:
    """What is to be counted, in a reader's words.

    Attributes:
        disease: id, IRI or name of a disease, subtypes included; empty for any.
        measure: an outcome that the patients reached; empty for none.
        event: an adverse event that they had; empty for none.
        target: a target of the cells; empty for any.
        product: a product that they received; empty for any.
        at: any, best, or a visit such as 6mo.
        own_only: whether only what publications say of their own patients counts.
        no_press: whether what only news, press releases and web pages say is left out.
    """

    disease: str = ""
    measure: str = ""
    event: str = ""
    target: str = ""
    product: str = ""
    at: str = "any"
    own_only: bool = False
    no_press: bool = False


def question_of(graph: KnowledgeGraph, asked: CountRequest) -> tuple[PatientQuestion, str]:
    """Return the question, and how it reads.

    Raises:
        QueryError: a word names nothing in the graph, the time is none, or measure and event are both asked for.
    """
    if asked.measure and asked.event:
        raise QueryError("ask for a measure or for an event, not both")
    words = {kind: word for kind in _KINDS if (word := getattr(asked, kind))}
    terms = {kind: names.find_term(graph, kind, word) for kind, word in words.items()}
    iris = {kind: term.iri for kind, term in terms.items()}
    outcome = iris.get("measure") or iris.get("event")
    moment = names.read_moment(asked.at)
    if outcome is None and moment.name != "any":
        raise QueryError("a time can only be given with a measure or an event")
    question = PatientQuestion(
        disease=iris.get("disease", ""),
        measures=names.with_narrower(graph, outcome) if outcome else (),
        event=bool(asked.event),
        target=iris.get("target", ""),
        product=iris.get("product", ""),
        moment=moment,
        own_only=asked.own_only,
        press=not asked.no_press,
    )
    parts = [term.label for term in terms.values()] or ["all diseases"]
    if outcome:
        parts.append(
            {"any": "at any time", "best": "at the best visit of each cohort"}.get(moment.name, f"at {moment.name}")
        )
    parts += ["own results only"] * asked.own_only + ["without press"] * asked.no_press
    return question, ", ".join(parts)
