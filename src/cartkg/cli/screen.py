"""`cartkg screen`: the worklist of papers and trials, the states that people set, and the flow that they make."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cartkg.cli.printing import say, say_text
from cartkg.cli.problems import end_with, say_problems
from cartkg.cli.tables import form_option, say_rows
from cartkg.errors import EXIT_DIAGNOSTICS
from cartkg.literature.screening.diagram import as_svg, as_text, steps
from cartkg.literature.screening.flow import flow_of
from cartkg.literature.screening.reading import unchecked
from cartkg.literature.screening.worklist import IN_GRAPH, Decision, ExclusionStage, State, Worklist, problems_of
from cartkg.pipeline.drafts import write_new
from cartkg.pipeline.worklists import (
    project_readings,
    project_searches,
    project_worklist,
    surroundings,
    write_worklist,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.literature.screening.searches import Searches
    from cartkg.literature.screening.worklist import Item
    from cartkg.project import Project

_COLUMNS = ("id", "state", "news", "title", "found by", "in graph", "reason", "note")

_STATES, _STAGES = [each.value for each in State], [each.value for each in ExclusionStage]


@click.group("screen")
def command() -> None:
    """The worklist of papers and trials, data/worklist.tsv: list it, set states, draw its flow.

    Example: cartkg screen list --state new
    """


@command.command("list", epilog="Example: cartkg screen list --state new --format csv")
@click.option(
    "--state",
    type=click.Choice(_STATES),
    multiple=True,
    help="Only this state; repeatable.",
)
@click.option("--news", "only_news", is_flag=True, help="Only lines with news that no one has looked at.")
@form_option
@click.pass_obj
def show(project: Project, state: tuple[str, ...], form: str, *, only_news: bool) -> None:
    """List the lines of the worklist, and name what is wrong with it.

    Exit codes: 0 listed, 1 mistakes in data/searches.yaml or data/worklist.tsv, 2 usage error, 3 could not run.
    """
    searches, worklist = _read(project)
    shown = [each for each in worklist.items if (not state or each.state in state) and (each.news or not only_news)]
    say_rows(_COLUMNS, [_row(each) for each in shown], form)
    counted = ", ".join(f"{sum(each.state == one for each in worklist.items)} {one}" for one in State)
    say(f"{len(worklist.items)} lines: {counted}", err=True)
    _end(searches, worklist)


@command.command(
    "set",
    epilog="Example: cartkg screen set excluded pmid-1 --stage title-abstract --reason 'no patients' --by ab\n\n"
    "Example: cartkg screen set extracted pmid-2 --in-graph mueller-2024-nejm --by ab",
)
@click.argument("state", type=click.Choice(_STATES))
@click.argument("names", metavar="ID...", nargs=-1, required=True)
@click.option("--by", required=True, help="Initials or name of the person who decided.")
@click.option("--stage", type=click.Choice(_STAGES), help="Of what is excluded: at which stage.")
@click.option("--reason", help="Of what is excluded: why; the flow counts equal reasons together.")
@click.option("--in-graph", "in_graph", help="Of what is extracted or checked: key of the dossier, or id of the trial.")
@click.option("--note", help="A remark.")
@click.pass_obj
def decide(project: Project, /, state: str, names: tuple[str, ...], by: str, **said: str | None) -> None:
    """Set the state of lines of the worklist: new, excluded, to-extract, extracted or checked.

    All mistakes are named in one run; if there is one, nothing is written. What was news of the lines counts as seen.
    `checked` wants a dossier whose `checked_by` names another person than its `read_by`.

    Exit codes: 0 set, 1 mistakes, 2 usage error, 3 could not run.
    """
    searches, worklist = _read(project)
    _end(searches, worklist)
    items = {each.id: each for each in worklist.items}
    unknown = [name for name in names if name not in items]
    if unknown:
        raise click.UsageError(f"the worklist has no line {', '.join(unknown)}")
    today = datetime.now(UTC).date()
    decision = Decision(State(state), by, today, **{name: value for name, value in said.items() if value is not None})
    around = surroundings(project, searches)
    wrong = list[str]()
    for name in names:
        changed = items[name] = items[name].decided(decision)
        wrong += [f"{name}: {message}" for _, message in (*problems_of(changed), *around.problems_of(changed))]
    for each in wrong:
        say(f"error: {each}", err=True)
    if wrong:
        say("nothing written: correct the command and run it again", err=True)
        raise SystemExit(EXIT_DIAGNOSTICS)
    say(f"wrote {write_worklist(project, Worklist(tuple(items.values())))}: {len(names)} {state}")


@command.command("flow", epilog="Example: cartkg screen flow --output prisma.svg")
@click.option("--output", type=click.Path(path_type=Path), help="New file for the diagram as SVG.")
@form_option
@click.pass_obj
def flow(project: Project, output: Path | None, form: str) -> None:
    """Count the records of the worklist by the places of a PRISMA 2020 flow diagram, and draw it.

    The numbers come from the worklist alone: searches that found a record, states, stages and reasons. A record that
    several searches found is a duplicate each time but once. What waits for screening or for its full text to be read
    is counted by itself, so that all numbers add up.

    Exit codes: 0 counted, 1 mistakes in data/searches.yaml or data/worklist.tsv, 2 usage error, 3 could not run.
    """
    searches, worklist = _read(project)
    _end(searches, worklist)
    counted = flow_of(worklist.items, searches.searches)
    if output is not None:
        write_new(output, as_svg(counted))
        say(f"wrote {output}", err=True)
    if form == "text":
        say_text(as_text(counted))
        return
    rows = [
        (step.phase, side, line.strip())
        for step in steps(counted)
        for side, lines in (("box", step.box), ("beside", step.beside))
        for line in lines
    ]
    say_rows(("phase", "side", "line"), rows, form)


@command.command("unchecked", epilog="Example: cartkg screen unchecked")
@form_option
@click.pass_obj
def nobody(project: Project, form: str) -> None:
    """List the dossiers that no second reader has checked, and the lines of the worklist that rest on them.

    A dossier is checked when its `checked_by` names another person than its `read_by`.

    Exit codes: 0 listed, 1 mistakes in data/searches.yaml or data/worklist.tsv, 2 usage error, 3 could not run.
    """
    searches, worklist = _read(project)
    readings = project_readings(project)
    lines = {each.in_graph: each.id for each in worklist.items if each.state in IN_GRAPH}
    found = list(unchecked(readings))
    rows = [(each.key, each.read_by, each.checked_by, lines.get(each.key, "")) for each in found]
    say_rows(("dossier", "read by", "checked by", "line"), rows, form)
    say(f"{len(found)} of {len(readings)} dossiers are not checked by a second reader", err=True)
    _end(searches, worklist)


def _read(project: Project) -> tuple[Searches, Worklist]:
    searches = project_searches(project)
    return searches, project_worklist(project, searches)


def _end(searches: Searches, worklist: Worklist) -> None:
    problems = [*searches.diagnostics, *worklist.diagnostics]
    say_problems(problems)
    end_with(problems)


def _row(each: Item) -> Sequence[str]:
    reason = f"{each.reason} ({each.stage})" if each.reason else ""
    news = "; ".join(each.news)
    return each.id, each.state, news, each.title, "; ".join(each.searches), each.in_graph, reason, each.note
