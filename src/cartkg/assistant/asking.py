"""`list_questions`, `list_values` and `ask_question`: the stored questions, with values bound as terms."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from cartkg.assistant import answering, doubts, schema
from cartkg.assistant.limits import limited
from cartkg.assistant.rows import cell_of, fitting, table_of
from cartkg.errors import QueryError
from cartkg.escaping import one_line
from cartkg.facts.asked import settle, values_of
from cartkg.facts.search import holds, words_in
from cartkg.queries import Rows
from cartkg.queries.header import unknown
from cartkg.queries.model import SCALARS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cartkg.assistant.knowledge import ToolCall
    from cartkg.facts.asked import AskedQuestion
    from cartkg.facts.records import Table
    from cartkg.queries import Nameable, Question

#: Columns that say where a row comes from; they are shown beside the main ones.
_SOURCES = ("report", "kind", "said_by", "originality", "claimed_by", "read", "marks", "finding", "cohort")
#: Columns that hold a citation, how much was read, and whose result it is, by the first that a row has.
_REPORT, _READ, _SAID = ("report", "claimed_by", "publication"), ("read",), ("said_by", "originality")
#: Kinds of publications that no one reviewed, as the column `kind` names them.
_PRESS = ("press release", "news", "web page")


def list_questions(call: ToolCall, asked: schema.ListQuestions) -> tuple[schema.Questions, str]:
    """List the stored questions, or show one in full.

    Raises:
        QueryError: there is no question of this name; it names the nearest.
    """
    if asked.name:
        known = [_named(call, asked.name)]
        questions = [_in_full(known[0])]
    else:
        words = words_in(asked.words)
        everything = {question.name: question for question in call.knowledge.questions.values()}
        known = [each for each in everything.values() if holds(_text(each), words)]
        questions = [_brief(each, words) for each in known]
    total = len({question.name for question in call.knowledge.questions.values()})
    answer = schema.Questions(
        release=answering.release_of(call),
        complete=True,
        completeness=f"{len(questions)} of {total} stored questions: those asked for",
        notes=["Each row that a question leaves out by default has a name for `keep`."],
        questions=questions,
    )
    return answer, answering.text_of(answer, _listing(answer.questions))


def list_values(call: ToolCall, asked: schema.ListValues) -> tuple[schema.ListedValues, str]:
    """List the values that a parameter of a question can take; values with data come first.

    Raises:
        QueryError: there is no such question or parameter, or it takes a number, a date or a country.
        LimitExceeded: it took too long.
    """
    question = _named(call, asked.question)
    kinds = {parameter.name: parameter.kind for parameter in question.parameters}
    if asked.parameter not in kinds:
        raise QueryError(unknown("parameter", asked.parameter, list(kinds)))
    kind = kinds[asked.parameter]
    if kind in SCALARS:
        raise QueryError(f"{asked.parameter} takes a {kind}, not a value from a list")
    words = words_in(asked.words)
    choices = [each for each in _values(call, kind) if holds(" ".join((each.word, each.label, *each.names)), words)]
    choices.sort(key=lambda each: not each.used)
    values = [schema.ValueOf(word=each.word, name=each.label, used=each.used) for each in choices[: asked.limit]]
    complete, said = answering.completeness(len(choices), len(values), 0, "values")
    answer = schema.ListedValues(
        release=answering.release_of(call),
        complete=complete,
        completeness=said.partition("; ask with offset")[0] + ("" if complete else "; use words to narrow the list"),
        values=values,
    )
    unused = " (nothing in the data)"
    body = [f"{one_line(value.word)}: {one_line(value.name)}{'' if value.used else unused}" for value in values]
    return answer, answering.text_of(answer, body)


def ask_question(call: ToolCall, asked: schema.AskQuestion) -> tuple[schema.AnswerRows, str]:
    """Ask a stored question or a saved setting of one.

    Raises:
        QueryError: a name or value does not exist, or is of the wrong type; it names the nearest.
        LimitExceeded: it met a limit.
    """
    found = chosen(call, asked.question, asked.parameters, asked.keep)
    if found.problem:
        raise QueryError(found.problem)
    question = found.question
    if not question.answers:
        raise QueryError(
            f"{question.name} does not return rows: its query returns statements or a truth value; run it with sparql"
        )
    started = monotonic()
    table = call.everything.table(found.chosen.text)
    seconds = monotonic() - started
    rows = answering.part([_cells(table, row) for row in range(len(table.rows))], asked.offset, asked.limit)
    columns = _columns(question, table, asked)
    held = fitting({name: row[name] for name in columns if name in row} for row in rows)
    complete, said = answering.completeness(len(table.rows), len(held), asked.offset, "rows")
    answer = schema.AnswerRows(
        release=answering.release_of(call),
        complete=complete,
        completeness=said,
        sources=answering.distinct(_sources(rows[: len(held)])),
        notes=_notes(found, len(table.rows)),
        title=found.title,
        query=found.chosen.text if asked.show_query else "",
        columns=[_column(question, name) for name in columns],
        rows=held,
        rows_total=len(table.rows),
        offset=asked.offset,
        how_to_read=question.how_to_read,
        left_out=_left_out(call, found, len(table.rows)),
        counted_once=_counted_once(call, question, table) if asked.count_once else "",
        warnings=[] if table.rows else doubts.of_query(call, found.chosen.text, seconds),
    )  # fmt: skip
    return answer, answering.text_of(answer, _lines(answer))


def chosen(call: ToolCall, name: str, parameters: Mapping[str, schema.Value], keep: Iterable[str]) -> AskedQuestion:
    """Return a stored question with what the client chose in it, each value as a term.

    Raises:
        QueryError: a name or value does not exist, or is of the wrong type; it names the nearest.
    """
    settings = [*_pairs(parameters), *(("with", each) for each in keep)]
    return settle(name, _named(call, name), settings, lambda kind: _values(call, kind))


def _pairs(parameters: Mapping[str, schema.Value]) -> Iterator[tuple[str, str]]:
    for name, value in parameters.items():
        if name == "with":
            raise QueryError("give the rows to keep in `keep`")
        for each in value if isinstance(value, list) else [value]:
            word = f"{each:.9f}".rstrip("0").rstrip(".") if isinstance(each, float) else str(each)
            if not word.strip():
                raise QueryError(f"{name} has an empty value; omit it to leave it unrestricted")
            yield name, word


def _named(call: ToolCall, name: str) -> Question:
    questions = call.knowledge.questions
    if name not in questions:
        raise QueryError(unknown("question", name, list(questions)))
    return questions[name]


def _values(call: ToolCall, kind: str) -> tuple[Nameable, ...]:
    return values_of(call.everything, call.knowledge.project.queries, kind)


def _cells(table: Table, row: int) -> dict[str, str | int | float]:
    nodes = zip(table.columns, table.rows[row], strict=True)
    return {name: cell_of(node.value, node.datatype) for name, node in nodes if node is not None}


def _columns(question: Question, table: Table, asked: schema.AskQuestion) -> list[str]:
    """Return the columns to show: all, or the question's main ones and those that say where a row comes from."""
    if asked.all_columns or not question.brief:
        return list(table.columns)
    return [name for name in table.columns if name in question.brief or name in _SOURCES]


def _column(question: Question, name: str) -> schema.ColumnDescription:
    described = (column for column in question.answers if column.name == name)
    found = next(described, None)
    return (
        schema.ColumnDescription(name=name, unit=found.unit, meaning=found.meaning)
        if found
        else schema.ColumnDescription(name=name)
    )


def _sources(rows: Iterable[Mapping[str, str | int | float]]) -> Iterator[schema.CitedSource]:
    for row in rows:
        report = _first(row, _REPORT)
        if report:
            press = any(word in str(row.get("kind", "")).lower() for word in _PRESS)
            yield schema.CitedSource(
                report=report, read_level=_first(row, _READ), said_by=_first(row, _SAID), press=press
            )


def _first(row: Mapping[str, str | int | float], names: Iterable[str]) -> str:
    return next((str(row[name]) for name in names if row.get(name)), "")


def _left_out(call: ToolCall, found: AskedQuestion, rows: int) -> list[schema.LeftOutRows]:
    """Count what each default leaves out: the rows there would be without it, less those there are."""
    defaults = [each for each in found.question.leaves_out if each.name not in found.chosen.kept]
    return [
        schema.LeftOutRows(
            keep=each.name,
            meaning=each.meaning,
            rows=len(call.everything.table(found.chosen.keeping(each).text).rows) - rows,
        )
        for each in defaults
    ]


def _counted_once(call: ToolCall, question: Question, table: Table) -> str:
    from cartkg.synthesis.reports import totals  # noqa: PLC0415  # statsmodels takes its time to load

    rows = Rows(table.columns, tuple(tuple(node.value if node else "" for node in row) for row in table.rows))
    relations = call.knowledge.counting.relations
    with limited(call, "the count of the patients of all rows"):
        return totals.tell(totals.of_rows(rows.variables, rows.rows, relations, question.same_outcome))


def _notes(found: AskedQuestion, rows: int) -> list[str]:
    names = {column.name for column in found.question.answers}
    notes = [answering.UNKNOWN]
    if "cohort" in names or "patients" in names:
        notes.insert(0, answering.OVERLAP)
    if {"said_by", "originality"} & names:
        notes.append(answering.RESTATED)
    if "kind" in names:
        notes.append("Claims of press releases, news and web pages, named in column kind, were not reviewed by peers.")
    if not rows:
        notes.insert(0, "No rows: explain_empty_answer with the same question and parameters says why.")
    return [*notes, answering.DATA]


def _text(question: Question) -> str:
    saved = " ".join(f"{each.name} {each.title}" for each in question.saved)
    return f"{question.name} {question.title} {' '.join(question.tags)} {question.description} {saved}".lower()


def _brief(question: Question, words: list[str]) -> schema.StoredQuestion:
    """Return a question with those of its saved settings that hold the words, or all where the question itself does."""
    own = f"{question.name} {question.title} {' '.join(question.tags)} {question.description}".lower()
    saved = [
        schema.SettingDescription(name=each.name, title=each.title)
        for each in question.saved
        if holds(f"{own} {each.name} {each.title}", words)
    ]
    return schema.StoredQuestion(
        name=question.name,
        title=question.title,
        tags=list(question.tags),
        parameters=[
            schema.ParameterDescription(name=each.name, kind=each.kind, meaning=each.meaning)
            for each in question.parameters
        ],
        leaves_out={each.name: each.meaning for each in question.leaves_out},
        saved=saved,
    )


def _in_full(question: Question) -> schema.StoredQuestion:
    brief = _brief(question, [])
    brief.description = question.description
    brief.how_to_read = question.how_to_read
    brief.columns = [
        schema.ColumnDescription(name=each.name, unit=each.unit, meaning=each.meaning) for each in question.answers
    ]
    return brief


def _listing(questions: list[schema.StoredQuestion]) -> Iterator[str]:
    for question in questions:
        yield f"{question.name}: {one_line(question.title)}"
        if question.parameters:
            yield f"  parameters: {', '.join(each.name for each in question.parameters)}"
        if question.leaves_out:
            yield f"  keep: {', '.join(question.leaves_out)}"
        yield from (f"  {each.name}: {one_line(each.title)}" for each in question.saved)
        if not question.columns:
            continue
        yield f"  {one_line(question.description)}"
        yield f"  how to read: {one_line(question.how_to_read)}"
        yield from (f"  parameter {each.name} ({each.kind}): {one_line(each.meaning)}" for each in question.parameters)
        yield from (f"  keep {name}: {one_line(meaning)}" for name, meaning in question.leaves_out.items())
        yield from (f"  column {each.name} ({each.unit}): {one_line(each.meaning)}" for each in question.columns)


def _lines(answer: schema.AnswerRows) -> Iterator[str]:
    yield from table_of(answer)
    yield f"How to read: {one_line(answer.how_to_read)}"
    for each in answer.left_out:
        yield f"Left out: {one_line(each.meaning)}: {each.rows} rows (keep: {each.keep})"
    yield from answer.counted_once.splitlines()
    yield from map(one_line, answer.query.splitlines())
    yield from doubts.lines(answer.warnings)
