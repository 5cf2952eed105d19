"""Texts that a client may read: how to query the graph, the terms of the ontology, the questions, the release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.assistant import answering
from cartkg.assistant.asking import list_questions
from cartkg.assistant.schema import ListQuestions
from cartkg.errors import ConfigError
from cartkg.escaping import one_line, visible
from cartkg.facts.records import PREFIXES
from cartkg.files import is_file, read_text
from cartkg.namespaces import TERM
from cartkg.project import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartkg.assistant.knowledge import ToolCall

_GUIDE = ("docs", "guides", "query.md")
_TERMS = f"""{PREFIXES}SELECT ?term ?kind ?label ?definition (GROUP_CONCAT(DISTINCT ?of; separator=" or ") AS ?domain)
  (GROUP_CONCAT(DISTINCT ?to; separator=" or ") AS ?range) WHERE {{
  VALUES ?kind {{ owl:Class owl:ObjectProperty owl:DatatypeProperty }}
  ?term a ?kind ; rdfs:label ?label . FILTER(STRSTARTS(STR(?term), "{TERM}"))
  OPTIONAL {{ ?term skos:definition ?definition }}
  OPTIONAL {{ ?term rdfs:domain ?d . FILTER(ISIRI(?d)) BIND(REPLACE(STR(?d), ".*[#/]", "") AS ?of) }}
  OPTIONAL {{ ?term rdfs:range ?r . FILTER(ISIRI(?r)) BIND(REPLACE(STR(?r), ".*[#/]", "") AS ?to) }}
}} GROUP BY ?term ?kind ?label ?definition ORDER BY ?kind ?term"""
_HEADINGS = {"Class": "Classes", "ObjectProperty": "Relations", "DatatypeProperty": "Values"}


@dataclass(frozen=True, slots=True)
class Resource:
    """One text.

    Attributes:
        uri: its address.
        name: short name.
        description: what it contains.
        media_type: of the text.
        read: what returns the text.
    """

    uri: str
    name: str
    description: str
    media_type: str
    read: Callable[[ToolCall], str]


def guide(call: ToolCall) -> str:
    """Return the guide to querying.

    Raises:
        ConfigError: this installation has none.
    """
    for project in (call.knowledge.project, shipped()):
        path = project.root.joinpath(*_GUIDE)
        if is_file(path):
            return read_text(path)
    raise ConfigError("the querying guide is missing from this installation; reinstall cartkg", "docs/guides/query.md")


def ontology(call: ToolCall) -> str:
    """Return the classes and properties of the ontology, with domain, range and the start of the definition."""
    lines = [f"Terms of <{TERM}>, prefix cartkg:. Facts inferred from them are in the default graph."]
    heading = ""
    for row in call.stated.table(_TERMS).rows:
        term, kind, label, definition, domain, reach = (node.value if node else "" for node in row)
        name = _HEADINGS[kind.rpartition("#")[2]]
        if name != heading:
            heading = name
            lines += ["", f"## {heading}"]
        leads = f" [{domain or 'anything'} -> {reach or 'anything'}]" if domain or reach else ""
        said = f": {_first_sentence(definition)}" if definition else ""
        lines.append(visible(one_line(f"cartkg:{term.removeprefix(TERM)}{leads} {label}{said}")))
    return "\n".join(lines) + "\n"


def _first_sentence(text: str) -> str:
    """Return a definition up to its first full stop: the whole of it is one query away."""
    return f"{text.partition('. ')[0].rstrip('.')}."


def questions(call: ToolCall) -> str:
    """Return the list of stored questions."""
    return list_questions(call, ListQuestions(words="", name=""))[1]


def release(call: ToolCall) -> str:
    """Return what the data are."""
    found = answering.release_of(call)
    return (
        f"cartkg data {found.data_version}, code {found.code_version}, SHA-256 {found.digest or 'unknown'}\n"
        "Data, ontology, shapes and queries: CC BY 4.0. A research resource, not medical advice.\n"
    )


RESOURCES = (
    Resource(
        "cartkg://guide/query", "query-guide", "How to query the graph, and common pitfalls", "text/markdown", guide
    ),
    Resource("cartkg://ontology", "ontology", "Classes and properties, with their definitions", "text/plain", ontology),
    Resource("cartkg://questions", "questions", "Stored questions and saved settings", "text/plain", questions),
    Resource("cartkg://release", "release", "Version of data and program, and licence", "text/plain", release),
)
