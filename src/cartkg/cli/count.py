"""`cartkg count`: distinct patients with bounds and reasons."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import click

from cartkg.cli import summaries
from cartkg.cli.loading import stored_graph
from cartkg.cli.printing import say_document, say_text
from cartkg.errors import EXIT_DIAGNOSTICS, QueryError
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over

if TYPE_CHECKING:
    from cartkg.graph import KnowledgeGraph
    from cartkg.synthesis import PatientCount, PatientQuestion


class _Asked(TypedDict):
    """What the options ask for, as click passes it."""

    disease: str | None
    measure: str | None
    event: str | None
    target: str | None
    product: str | None
    at: str
    own_only: bool
    no_press: bool


@click.command("count")
@click.option("--disease", metavar="ID", help="Disease, subtypes included: MONDO:0007915, or a name.")
@click.option("--measure", metavar="ID", help="Outcome that the patients reached, for instance doris-remission.")
@click.option("--event", metavar="ID", help="Adverse event that the patients had, for instance icans.")
@click.option("--target", metavar="ID", help="Target of the cells, for instance cd19.")
@click.option("--product", metavar="ID", help="Product that the patients received.")
@click.option(
    "--at",
    metavar="TIME",
    default="any",
    show_default=True,
    help="any: any time; best: the visit of each cohort with the highest count; or a visit: 6mo, 24wk, 28d, 1a.",
)
@click.option("--own-only", is_flag=True, help="Only results that publications report on their own patients.")
@click.option("--no-press", is_flag=True, help="Leave out results known only from news, press releases and web pages.")
@click.option("--summary", is_flag=True, help="One row of a summary of findings: pooled share, sensitivity, certainty.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def command(project: Project, /, form: str, *, summary: bool, **asked: Unpack[_Asked]) -> None:
    """Count distinct treated patients: at least and at most, with the reasons.

    Without --measure and --event it counts all treated patients. With --summary it pools the share over cohorts that
    share no patient, with sensitivity analyses (without press reports, as if no patient were shared, each cohort left
    out once), and rates the certainty.

    Example: cartkg count --disease MONDO:0007915 --measure doris-remission --at 6mo
    """
    from cartkg.synthesis import count, read_relations  # noqa: PLC0415  # NumPy takes its time to load
    from cartkg.synthesis.reports.count_report import tell  # noqa: PLC0415  # as above

    if summary and not (asked["measure"] or asked["event"]):
        raise click.UsageError("--summary needs --measure or --event")
    graph = stored_graph(project)
    try:
        question, title = _question(graph, asked)
    except QueryError as error:
        raise click.UsageError(str(error)) from error
    if summary:
        summaries.say(question, title, graph, form)
        return
    found = count(question, read_relations(graph), graph)
    if form == "json":
        say_document(json.dumps(_document(found, title), ensure_ascii=False, indent=2) + "\n", "json")
    else:
        say_text(tell(found, title, "--format json lists all"))
    if found.contradictions:
        raise click.exceptions.Exit(EXIT_DIAGNOSTICS)


def _question(graph: KnowledgeGraph, asked: _Asked) -> tuple[PatientQuestion, str]:
    """Return the question, and how it reads."""
    from cartkg.synthesis.questions.asking import CountRequest, question_of  # noqa: PLC0415  # NumPy takes its time to load

    words = CountRequest(
        disease=asked["disease"] or "",
        measure=asked["measure"] or "",
        event=asked["event"] or "",
        target=asked["target"] or "",
        product=asked["product"] or "",
        at=asked["at"],
        own_only=asked["own_only"],
        no_press=asked["no_press"],
    )
    return question_of(graph, words)


def _document(found: PatientCount, title: str) -> dict[str, Any]:
    document = {"question": title, "answer": str(found), "exact": found.exact, **asdict(found)}
    for name in ("used", "apart", "open"):
        for group in document[name]:
            group["besides"] = sorted(group["besides"])
    for share in document["shares"]:
        share.pop("group")
        share["row"] = ""
    for share, group in zip(document["shares"], found.used, strict=False):
        share["row"] = group.row
    return document
