"""`cartkg count --summary`: one row of a summary of findings, for people and machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from cartkg.cli.printing import say_document, say_text
from cartkg.errors import EXIT_DIAGNOSTICS

if TYPE_CHECKING:
    from cartkg.graph import KnowledgeGraph
    from cartkg.synthesis import PatientQuestion


def say(question: PatientQuestion, title: str, graph: KnowledgeGraph, form: str) -> None:
    """Summarise a question and print the row; a refused count ends with the exit code of diagnostics."""
    from cartkg.synthesis import read_relations  # noqa: PLC0415  # statsmodels takes a second to load
    from cartkg.synthesis.reports.summary import summarise  # noqa: PLC0415  # as above
    from cartkg.synthesis.reports.summary_report import document, lines  # noqa: PLC0415  # as above

    row = summarise(question, read_relations(graph), graph)
    refused = (*row.reached.contradictions, *row.treated.contradictions)
    if refused:
        say_text(f"{title}: refused\n" + "".join(f"  {each}\n" for each in dict.fromkeys(refused)))
        raise click.exceptions.Exit(EXIT_DIAGNOSTICS)
    if form == "json":
        say_document(json.dumps(document(row, title), ensure_ascii=False, indent=2) + "\n", "json")
    else:
        say_text("\n".join(lines(row, title)) + "\n")
