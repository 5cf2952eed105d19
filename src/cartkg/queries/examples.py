"""Describe the stored questions as RDF, so that SPARQL editors find them.

Each question becomes a `sh:SPARQLExecutable` (SHACL Advanced Features, section 5), as SIB publishes the example
queries of its endpoints: the question in words is its comment, the text its `sh:select`, `sh:ask` or `sh:construct`,
the endpoint its `schema:target`. The text declares its own prefixes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Triple

from cartkg.evaluation.syntax import analyse
from cartkg.namespaces import RDF, RDFS, SH, data_iri, graph_iri

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartkg.queries.model import Question

#: The named graph that contains the descriptions.
GRAPH_QUESTIONS = graph_iri("questions")

_SCHEMA = "https://schema.org/"
_DCTERMS = "http://purl.org/dc/terms/"
#: Local names of the class and the predicate of each form of query.
_SELECT = ("SPARQLSelectExecutable", "select")
_ASK = ("SPARQLAskExecutable", "ask")
_CONSTRUCT = ("SPARQLConstructExecutable", "construct")


def question_iri(question: Question) -> str:
    """Return the IRI of a stored question."""
    return data_iri("question", question.name)


def describe(questions: Iterable[Question], endpoint: str) -> list[Triple]:
    """Describe stored questions.

    Args:
        questions: as `read_questions` gives them.
        endpoint: address of the SPARQL endpoint that they are asked of.
    """
    return [triple for question in questions for triple in _one(question, endpoint)]


def _one(question: Question, endpoint: str) -> list[Triple]:
    kind, predicate = _form(question.text)
    stated: list[tuple[str, NamedNode | Literal]] = [
        (f"{RDF}type", NamedNode(f"{SH}SPARQLExecutable")),
        (f"{RDF}type", NamedNode(f"{SH}{kind}")),
        (f"{RDFS}label", Literal(question.title, language="en")),
        (f"{RDFS}comment", Literal(question.title, language="en")),
        (f"{_DCTERMS}description", Literal(f"{question.description} {question.how_to_read}", language="en")),
        (f"{SH}{predicate}", Literal(question.text)),
        (f"{_SCHEMA}target", NamedNode(endpoint)),
        *((f"{_SCHEMA}keywords", Literal(tag)) for tag in question.tags),
    ]
    subject = NamedNode(question_iri(question))
    return [Triple(subject, NamedNode(name), value) for name, value in stated]


def _form(text: str) -> tuple[str, str]:
    """Tell the form of a query that `read_question` accepted."""
    form = analyse(text).form
    return {"SELECT": _SELECT, "ASK": _ASK}.get(form, _CONSTRUCT)
