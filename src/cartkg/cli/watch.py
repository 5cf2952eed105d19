"""`cartkg watch`: saved searches in, the worklist with what is new, changed, retracted or completed out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cartkg.cli.fetch import collector, report
from cartkg.cli.loading import stored_graph
from cartkg.cli.printing import say
from cartkg.cli.problems import end_with, say_problems
from cartkg.cli.tables import form_option, say_rows
from cartkg.dossier.reading import read_document
from cartkg.errors import BackendError
from cartkg.literature.corpus import KnownLiterature
from cartkg.literature.fetching.catalogue import SERVICES
from cartkg.literature.registries.proposal import compare_trials
from cartkg.literature.screening.watching import Watch
from cartkg.literature.screening.worklist import Worklist
from cartkg.pipeline.worklists import project_searches, project_worklist, write_worklist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.literature.screening.searches import Search, Searches
    from cartkg.project import Project

_COLUMNS = ("id", "state", "news", "title", "note")


@click.command("watch", epilog="Example: CARTKG_EMAIL=curator@example.org cartkg watch")
@click.argument("names", metavar="[SEARCH]...", nargs=-1)
@click.option("--refresh", is_flag=True, help="Ask again for what was fetched in the last 12 hours.")
@click.option("--dry-run", is_flag=True, help="Ask and show, and write nothing.")
@form_option
@click.pass_obj
def command(project: Project, names: tuple[str, ...], form: str, *, refresh: bool, dry_run: bool) -> None:
    """Run the saved searches of data/searches.yaml, or those named, and take what they find into data/worklist.tsv.

    Papers are matched with the graph and the worklist by their identifiers, trials by their numbers. Each paper or
    trial has one line. What is new has the state `new`; what the graph has already is `extracted`. News of a line are
    retractions and corrections that the graph lacks, and changes of a stored trial, such as that it was completed.
    `cartkg screen` shows the worklist and sets states. The new lines and those with news are printed.

    Settings and limits are those of `cartkg fetch`. A search that is not complete changes nothing; run again to go on.

    Exit codes: 0 complete, 1 mistakes in data/searches.yaml or data/worklist.tsv, 2 usage error, 3 a search failed.
    """
    searches = project_searches(project)
    worklist = project_worklist(project, searches)
    problems = [*searches.diagnostics, *worklist.diagnostics]
    say_problems(problems)
    end_with(problems)
    watch = Watch.of(worklist, datetime.now(UTC).date())
    failures = _run(project, _chosen(searches, names), watch, refresh=refresh)
    before = {each.id for each in worklist.items}
    shown = [each for each in watch.items.values() if each.id not in before or each in watch.reported]
    rows = [(each.id, each.state, "; ".join(each.news), each.title, each.note) for each in shown]
    say_rows(_COLUMNS, rows, form)
    added = ", ".join(f"{count} {state}" for state, count in sorted(watch.added.items())) or "none"
    say(f"lines added: {added}; lines with news: {len(watch.reported)}", err=True)
    if not dry_run and tuple(watch.items.values()) != worklist.items:
        say(f"wrote {write_worklist(project, Worklist(tuple(watch.items.values())))}", err=True)
    if failures:
        raise BackendError(f"not complete: {', '.join(failures)}; run again to go on")


def _chosen(searches: Searches, names: Sequence[str]) -> list[Search]:
    known = {each.id: each for each in searches.searches}
    for name in names:
        if name not in known:
            raise click.UsageError(f"data/searches.yaml has no search {name}; there are: {', '.join(known)}")
    return [known[name] for name in names] if names else list(known.values())


def _run(project: Project, searches: Sequence[Search], watch: Watch, *, refresh: bool) -> list[str]:
    """Run searches, and return the names of those that are not complete."""
    failures = list[str]()
    asking = collector(refresh=refresh)
    corpus = KnownLiterature.of(stored_graph(project))
    stored = read_document(project.root / "data" / "trials.yaml")
    for search in searches:
        found = asking.search(SERVICES[search.service], search.query)
        report(search.id, found)
        if found.failure is not None:
            say(f"{search.id}: {found.failure}", err=True)
            failures.append(search.id)
            continue
        watch.take_papers(search.id, [each.citation for each in found.records], corpus)
        compared = compare_trials(found.trials, stored, Path(search.id))
        say_problems(compared.diagnostics)
        watch.take_trials(search.id, compared.trials)
    return failures
