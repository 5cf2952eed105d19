"""`cartkg query`: ask a stored question or a file of your own."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click
from pyoxigraph import Store

from cartkg.cli.loading import stored_graph
from cartkg.cli.printing import say_document, say_lines, say_text
from cartkg.errors import QueryError, UnusableFile
from cartkg.evaluation.bounds import BOUNDS, JobBounds
from cartkg.evaluation.evaluator import Evaluator
from cartkg.evaluation.syntax import unmarked
from cartkg.files import read_text
from cartkg.namespaces import GRAPH, read_prefixes
from cartkg.project import Project  # noqa: TC001  # click.pass_obj hands one over
from cartkg.queries import (
    AnswerFormat,
    ChosenValues,
    Question,
    Rows,
    ask_within,
    choose,
    find_question,
    hold,
    list_text,
    read_list,
    read_questions,
    write,
    write_spreadsheet,
)
from cartkg.queries.choices import WITH
from cartkg.queries.model import SCALARS
from cartkg.sparql.protocol import syntax_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cartkg.evaluation.evaluator import Answer
    from cartkg.graph import KnowledgeGraph
    from cartkg.queries import FoundQuestion, LeftOut, Nameable

#: Bytes that a query may take beside the graph, and bytes of its answer.
_MEMORY, _ANSWER = 4 * 1024**3, 1024**3
#: Whoever calls the command chose the query: on systems other than Linux it is answered without a limit of memory.
_UNWALLED = replace(BOUNDS, sandboxed=False)

#: The name of the graph of counts, in full or with a prefix.
_COUNTS = re.compile(rf"{re.escape(GRAPH)}counts\b|\bgraph:counts\b|\bcartkg:DistinctPatientCount\b")


class _Chosen(TypedDict):
    """Options that say how to ask, as click passes them."""

    count_once: bool
    spreadsheet: bool
    listed: bool
    values: str | None
    kept: tuple[str, ...]
    timeout: float


@click.command("query", context_settings={"ignore_unknown_options": True})
@click.argument("name_or_file", required=False)
@click.argument("settings", nargs=-1, type=click.UNPROCESSED, metavar="[--PARAMETER VALUE]...")
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in AnswerFormat]),
    help="Rows: table (default), csv, tsv, json, xml. Statements: turtle (default), ntriples, rdfxml, jsonld.",
)
@click.option(
    "--count-once",
    is_flag=True,
    help="Count the distinct patients of the rows' ?cohort, and of ?reached of ?assessed, and pool what may be pooled.",
)
@click.option(
    "--spreadsheet",
    is_flag=True,
    help="With --format csv: cells that a spreadsheet would take for a formula begin with an apostrophe.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Time limit of the query.",
)
@click.option("--list", "listed", is_flag=True, help="List the questions with their parameters and saved settings.")
@click.option("--values", metavar="PARAMETER", help="List the values that a parameter of the question can take.")
@click.option(
    "--with",
    "kept",
    metavar="ROWS",
    multiple=True,
    help="Keep rows that the question leaves out by default, by name; may be repeated.",
)
@click.pass_obj
def command(
    project: Project,
    /,
    name_or_file: str | None,
    settings: tuple[str, ...],
    form: str | None,
    **chosen: Unpack[_Chosen],
) -> None:
    """Ask a stored question by name, or the query in a file (`-` reads standard input).

    A question has parameters: `cartkg query results --disease SLE --measure doris-remission --with reviews`. A line
    below the table gives the number of rows that each default leaves out.

    The query runs on the last build if there is one, else on the sources. SERVICE is refused.

    Example: cartkg query sle-doris-remission --count-once
    """
    if chosen["spreadsheet"] and form != "csv":
        raise click.UsageError("--spreadsheet can only be used with --format csv")
    if chosen["listed"]:
        with Evaluator(Store(), bounds=_UNWALLED) as parser:
            for question in read_questions(project.queries, parser):
                say_lines(_listing(question))
    elif name_or_file is None:
        raise QueryError("name a question or a file; `cartkg query --list` shows the questions")
    elif _is_file(name_or_file):
        if settings or chosen["kept"] or chosen["values"]:
            raise QueryError("parameters can only be used with a stored question, not with a query of your own")
        asker = _Asker.of(project, _read(name_or_file), chosen["timeout"])
        try:
            _say(asker, None, form, chosen)
        except QueryError as error:
            raise _explained(error, asker) from error
    else:
        with Evaluator(Store(), bounds=_UNWALLED) as parser:
            found = find_question(project.queries, name_or_file, parser)
        question = found.question
        asker = _Asker.of(project, question.text, chosen["timeout"], inferred=question.uses_inference)
        _ask_stored(asker, found, settings, form, chosen)


def _ask_stored(
    asker: _Asker, found: FoundQuestion, settings: tuple[str, ...], form: str | None, chosen: _Chosen
) -> None:
    """Print the answer to a stored question, or the values that one of its parameters can take."""
    if chosen["values"]:
        say_lines(asker.values(found.question, chosen["values"]))
        return
    titled = replace(found.question, title=found.saved.title) if found.saved else found.question
    settled = _settled(found, _pairs(settings, chosen["kept"]))
    lists = asker.lists(_kinds(found.question, settled))
    _say(asker, choose(titled, settled, lists.__getitem__), form, chosen)


def _say(asker: _Asker, asked: ChosenValues | None, form: str | None, chosen: _Chosen) -> None:
    """Print the answer, what its defaults leave out, and the count of its patients where it is wanted."""
    question = asked.question if asked else None
    text = asked.text if asked else asker.text
    defaults = [each for each in question.leaves_out if asked and each.name not in asked.kept] if question else []
    lifted = [asked.keeping(each).text for each in defaults] if asked and form in (None, "table") else []
    # a result can be read once: the first is shown, the next has its patients or rows counted
    answers = asker.ask([text, *([text] if chosen["count_once"] else []), *([text, *lifted] if lifted else [])])
    shown = answers.pop(0)
    patients = answers.pop(0) if chosen["count_once"] else None
    if chosen["spreadsheet"]:
        say_document(write_spreadsheet(hold(shown)), "csv")
    else:
        prefixes = read_prefixes(asker.project.ontology / "prefixes.ttl")
        say_document(write(shown, AnswerFormat(form) if form else None, prefixes, question), form or "turtle")
    if answers:
        rows, *more = (len(hold(each).rows) for each in answers)
        say_lines(_left_out(default, kept - rows) for default, kept in zip(defaults, more, strict=True))
    if patients is not None:
        say_text("\n" + _once(hold(patients), asker.graph, question.same_outcome if question else ()))


def _left_out(default: LeftOut, rows: int) -> str:
    return f"Left out: {default.meaning}: {rows} row{'' if rows == 1 else 's'} (--with {default.name})"


@dataclass(frozen=True, slots=True)
class _Asker:
    """A query, the graph of the project that it is asked of, and for how long, in seconds, it may run."""

    project: Project
    text: str
    graph: KnowledgeGraph
    timeout: float

    @classmethod
    def of(cls, project: Project, text: str, timeout: float, *, inferred: bool = False) -> _Asker:
        """Read the graph that a query needs."""
        graph = stored_graph(project, counts=_COUNTS.search(text) is not None, inferred=inferred)
        return cls(project, text, graph, timeout)

    def ask(self, texts: Sequence[str]) -> list[Answer]:
        """Ask queries in parallel."""
        return ask_within(texts, self.graph, JobBounds(self.timeout, _MEMORY, _ANSWER, sandboxed=False))

    def lists(self, kinds: Sequence[str]) -> dict[str, tuple[Nameable, ...]]:
        """Return the values of lists by their kinds."""
        answers = self.ask([list_text(self.project.queries, kind) for kind in kinds])
        return {kind: read_list(hold(answer)) for kind, answer in zip(kinds, answers, strict=True)}

    def values(self, question: Question, name: str) -> Iterator[str]:
        """Yield the values that a parameter can take; values with data come first."""
        kinds = {parameter.name: parameter.kind for parameter in question.parameters}
        if name not in kinds or kinds[name] in SCALARS:
            listed = [each for each, kind in kinds.items() if kind not in SCALARS]
            raise QueryError(
                f"{question.name} has no list of values for {name!r}; it has lists for {', '.join(listed)}"
            )
        for choice in sorted(self.lists([kinds[name]])[kinds[name]], key=lambda each: not each.used):
            yield f"{choice.word}  {choice.label}{'' if choice.used else ' (nothing in the data)'}"


def _listing(question: Question) -> Iterator[str]:
    yield question.name
    yield f"    {question.title}"
    parameters = [f"--{parameter.name}" for parameter in question.parameters]
    parameters += [f"--with {default.name}" for default in question.leaves_out]
    if parameters:
        yield f"    parameters: {' '.join(parameters)}"
    for saved in question.saved:
        yield f"  {saved.name}"
        yield f"    {saved.title}"


def _kinds(question: Question, settings: Iterable[tuple[str, str]]) -> list[str]:
    """Return the kinds of the lists in which the values of settings are looked up."""
    chosen = {name for name, _ in settings}
    kinds = (parameter.kind for parameter in question.parameters if parameter.name in chosen)
    return sorted({*kinds}.difference(SCALARS))


def _settled(found: FoundQuestion, settings: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the saved settings with those of the reader, which take the place of saved ones of the same parameter."""
    mine = list(settings)
    said = {name for name, _ in mine} - {WITH}
    saved = [pair for pair in found.saved.settings if pair[0] not in said] if found.saved else []
    return [*saved, *mine]


def _pairs(settings: tuple[str, ...], kept: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield what the reader set: `--name value` or `--name=value`.

    Raises:
        QueryError: a word stands where the name of a parameter is expected, or a value is missing.
    """
    words = iter(settings)
    for word in words:
        name, given, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name:
            raise QueryError(f"{word!r} is not a parameter; write --parameter value")
        if not given:
            value = next(words, "")
        if not value:
            raise QueryError(f"--{name} needs a value")
        yield name, value
    yield from ((WITH, name) for name in kept)


def _once(rows: Rows, graph: KnowledgeGraph, same_outcome: tuple[str, ...]) -> str:
    """Count the columns cohort, reached (or patients), assessed and months of an answer, each patient once."""
    from cartkg.synthesis import read_relations  # noqa: PLC0415  # statsmodels takes a second to load
    from cartkg.synthesis.reports import totals  # noqa: PLC0415  # statsmodels takes a second to load

    if "cohort" not in rows.variables:
        raise QueryError("--count-once needs a column ?cohort")
    return totals.tell(totals.of_rows(rows.variables, rows.rows, read_relations(graph), same_outcome))


def _explained(error: QueryError, asker: _Asker) -> QueryError:
    """Return the error of a malformed query as the endpoint tells it; any other error as it is."""
    if type(error) is not QueryError or error.line is None:
        return error
    complaint = f"error at {error.line}:{error.column}: {error.message}"
    prefixes = asker.graph.prefixes.namespaces
    return syntax_errors.explain(asker.text, complaint, prefixes, prefixes.keys())


def _is_file(name: str) -> bool:
    return name == "-" or "/" in name or "\\" in name or name.endswith((".rq", ".sparql"))


def _read(name: str) -> str:
    try:
        return unmarked(sys.stdin.read() if name == "-" else read_text(Path(name)))
    except UnusableFile as error:
        raise QueryError(f"{name}: {error.message}") from error
    except UnicodeDecodeError as error:
        raise QueryError(f"{name}: is not UTF-8 at byte {error.start}") from error
