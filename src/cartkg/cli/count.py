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
    from collections.abc import Iterable

    from cartkg.graph import KnowledgeGraph
    from cartkg.synthesis import Count, Group, Question

#: Causes and things left out that the text shows; `--format json` has all.
_SHOWN = 12


class _Asked(TypedDict):
    """What the options ask for, as click hands it over."""

    disease: str | None
    measure: str | None
    event: str | None
    target: str | None
    product: str | None
    at: str
    own_only: bool
    no_press: bool


@click.command("count")
@click.option("--disease", metavar="ID", help="Disease with its kinds: MONDO:0007915, or a name.")
@click.option("--measure", metavar="ID", help="Outcome that the patients reached, for instance doris-remission.")
@click.option("--event", metavar="ID", help="Adverse event that the patients had, for instance icans.")
@click.option("--target", metavar="ID", help="Target of the cells, for instance cd19.")
@click.option("--product", metavar="ID", help="Product that the patients received.")
@click.option(
    "--at",
    metavar="TIME",
    default="any",
    show_default=True,
    help="any time; best: the visit of each cohort that counts most; or a visit: 6mo, 24wk, 28d, 1a.",
)
@click.option("--own-only", is_flag=True, help="Only what publications say of their own patients.")
@click.option("--no-press", is_flag=True, help="Without what only news, press releases and web pages say.")
@click.option("--summary", is_flag=True, help="One row of a summary of findings: pooled share, sensitivity, certainty.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def command(project: Project, /, form: str, *, summary: bool, **asked: Unpack[_Asked]) -> None:
    """Count distinct treated patients: at least and at most, with the reasons.

    Without --measure and --event it counts all treated patients. With --summary it pools the share over cohorts that
    share no patient (also without press, as if none shared any, and with each left out) and rates the certainty.

    Example: cartkg count --disease MONDO:0007915 --measure doris-remission --at 6mo
    """
    from cartkg.synthesis import count, read_relations  # noqa: PLC0415  # SciPy takes its time to load

    if asked["measure"] and asked["event"]:
        raise click.UsageError("ask for a measure or for an event, not both")
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
        say_text(_text(found, title))
    if found.contradictions:
        raise click.exceptions.Exit(EXIT_DIAGNOSTICS)


def _question(graph: KnowledgeGraph, asked: _Asked) -> tuple[Question, str]:
    """Return the question, and how it reads."""
    from cartkg.synthesis import Question, names  # noqa: PLC0415

    terms = {
        kind: names.find_term(graph, kind, word)
        for kind, word in asked.items()
        if kind in ("disease", "measure", "event", "target", "product") and isinstance(word, str)
    }
    iris = {kind: term.iri for kind, term in terms.items()}
    outcome = iris.get("measure") or iris.get("event")
    moment = names.read_moment(asked["at"])
    if outcome is None and moment.name != "any":
        raise QueryError("--at needs --measure or --event")
    question = Question(
        disease=iris.get("disease", ""),
        measures=names.with_narrower(graph, outcome) if outcome else (),
        event=asked["event"] is not None,
        target=iris.get("target", ""),
        product=iris.get("product", ""),
        moment=moment,
        own_only=asked["own_only"],
        press=not asked["no_press"],
    )
    parts = [term.label for term in terms.values()] or ["all diseases"]
    if outcome:
        parts.append(
            {"any": "at any time", "best": "at the best visit of each cohort"}.get(moment.name, f"at {moment.name}")
        )
    parts += ["own results only"] * asked["own_only"] + ["without press"] * asked["no_press"]
    return question, ", ".join(parts)


def _document(found: Count, title: str) -> dict[str, Any]:
    document = {"question": title, "answer": str(found), "exact": found.exact, **asdict(found)}
    for name in ("used", "apart", "open"):
        for group in document[name]:
            group["besides"] = sorted(group["besides"])
    return document


def _text(found: Count, title: str) -> str:
    lines = [f"{title}: {found}{'' if found.contradictions else ' distinct patients'}"]
    if found.contradictions:
        lines += _listed("statements that cannot all hold; correct them first", map(str, found.contradictions), None)
        return "\n".join(lines) + "\n"
    if not (found.exact and found.low == found.bare_sum):
        lines.append(f"  a bare sum would say {found.bare_sum}")
    lines += _listed("the lower bound is made up of", map(_group, found.apart), None)
    rest = [group for group in found.used if group not in found.apart]
    lines += _listed("these may be the same patients", map(_group, rest), None)
    lines += _listed("no upper bound, for these have no number", map(_name, found.open), None)
    lines += _listed("why the bounds differ", (f"{gap}; settled by {gap.closed_by}" for gap in found.gaps), _SHOWN)
    lines += _listed("left out", (f"{each.label}: {each.reason}" for each in found.left_out), _SHOWN)
    return "\n".join(lines) + "\n"


def _name(group: Group) -> str:
    return group.cohort.rpartition("/cohort/")[2]


def _group(group: Group) -> str:
    size = str(group.low) if group.low == group.high else f"{group.low} to {group.high}"
    size = f"at least {group.low}" if group.high is None else size
    marks = "; ".join(filter(None, (group.derived, "press only" if group.press_only else "")))
    sources = "; ".join(group.sources) or "no publication"
    return f"{size}: {_name(group)}{f' ({marks})' if marks else ''}, says {sources}"


def _listed(heading: str, items: Iterable[str], most: int | None) -> list[str]:
    shown = list(items)
    kept = shown if most is None else shown[:most]
    more = [f"    and {len(shown) - len(kept)} more; --format json has all"] if len(shown) > len(kept) else []
    return [f"  {heading}:", *(f"    {item}" for item in kept), *more] if shown else []
