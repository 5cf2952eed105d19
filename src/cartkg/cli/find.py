"""`cartkg find`: identifiers, titles, addresses and exports of a search in, what is known of each out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cartkg.cli.loading import stored_graph
from cartkg.cli.printing import say
from cartkg.cli.problems import end_with, say_problems
from cartkg.cli.tables import form_option, say_rows
from cartkg.diagnostics import Diagnostic
from cartkg.errors import UnusableFile
from cartkg.files import read_bytes
from cartkg.literature.corpus import CitationLookup, KnownLiterature, Status, cited, found_in
from cartkg.literature.formats.recognition import LARGEST, NAMES, format_of, read_export

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cartkg.literature.formats.citation import Citation
    from cartkg.project import Project

_COLUMNS = ("asked", "status", "publication", "reason", "note", "corrections")


@click.command("find", epilog="Example: cartkg find 10.1038/s41591-022-02017-5 NCT05798117 pubmed-export.nbib")
@click.argument("what", nargs=-1, required=True)
@form_option
@click.option("--new", "only_new", is_flag=True, help="Only what the graph does not have.")
@click.pass_obj
def command(project: Project, what: tuple[str, ...], form: str, *, only_new: bool) -> None:
    """Say whether papers are already in the graph.

    WHAT is a DOI, PMID, PMCID, trial number, address or title, or a file exported from a search: PubMed (nbib, XML),
    RIS, BibTeX, CSL-JSON, EndNote XML, or the JSON of Crossref and Europe PMC; the content says which. Each paper is
    known, only mentioned by others, possibly the same report as another (a congress abstract and its paper), possibly
    about the same patients, or new; the reason names what two reports have in common. Corrections and retractions
    that a record names have a column of their own. Nothing is looked up outside the graph.

    Exit codes: 0 answered, 1 records of a file that cannot be read, 2 usage error, 3 could not run.
    """
    corpus = KnownLiterature.of(stored_graph(project))
    problems: list[Diagnostic] = []
    lookups = [(asked, corpus.look_up(citation, asked)) for asked, citation in _asked(what, problems)]
    shown = [(asked, each) for asked, each in lookups if not only_new or each.status is Status.NEW]
    _show(shown, form)
    counted = found_in(each for _, each in lookups)
    say(f"{len(lookups)} looked up: {', '.join(f'{count} {status}' for status, count in counted.items())}", err=True)
    say_problems(problems)
    end_with(problems)


def _asked(what: Sequence[str], problems: list[Diagnostic]) -> Iterator[tuple[str, Citation]]:
    """Go through the citations: of a file all its records, of a text itself."""
    for text in what:
        path = Path(text)
        if not path.is_file():
            yield text, cited(text)
            continue
        try:
            data = read_bytes(path, LARGEST)
        except UnusableFile as error:
            problems.append(Diagnostic.unusable(error))
            continue
        if format_of(data) is None:
            raise click.UsageError(f"{text}: the content is of no format that is read here: {NAMES}")
        export = read_export(data, path)
        problems += export.diagnostics
        for citation in export.citations:
            yield citation.name, citation


def _show(lookups: Sequence[tuple[str, CitationLookup]], form: str) -> None:
    rows = [row for asked, lookup in lookups for row in _rows(asked, lookup)]
    say_rows(_COLUMNS, rows, form)


def _rows(asked: str, lookup: CitationLookup) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Return a row for each publication that the answer rests on; one without any for what is new."""
    said = lookup.citation.said_notices
    for each in lookup.likenesses:
        yield asked, each.status, each.publication.key, each.reason, lookup.note, said
    if not lookup.likenesses:
        yield asked, lookup.status, "", "", lookup.note, said
