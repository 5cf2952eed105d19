"""`sparql` and `explain_empty_answer`: a query of the client's own, within the limits of the endpoint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cartkg.assistant import answering, doubts, schema
from cartkg.assistant.asking import chosen
from cartkg.assistant.rows import Cells, cell_of, fitting, table_of
from cartkg.errors import CartkgError, QueryError, TooLarge
from cartkg.evaluation.syntax import QueryForm, analyse, guard, unmarked
from cartkg.facts.evidence import attributions
from cartkg.facts.records import Record
from cartkg.formats import JSON, N_TRIPLES
from cartkg.namespaces import BASE
from cartkg.sparql.empty_answers.diagnosis import diagnose
from cartkg.sparql.empty_answers.report import tell
from cartkg.sparql.engines.engine import Operation
from cartkg.sparql.protocol.requests import Cut, Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cartkg.assistant.knowledge import ToolCall
    from cartkg.evaluation.syntax import Analysis
    from cartkg.sparql.engines.engine import Answer

#: Findings of which the sources are looked up.
_MOST_FINDINGS = 200


def sparql(call: ToolCall, asked: schema.SparqlArguments) -> tuple[schema.AnswerRows, str]:
    """Answer a query of the client's own.

    Raises:
        QueryError: it is malformed; with line and column.
        Refused: an update, or SERVICE.
        TooLarge: it is too long or too deep.
        LimitExceeded: it met a limit of time or memory.
    """
    query, analysis = _allowed(call, asked.query)
    form = N_TRIPLES if analysis.kind is QueryForm.GRAPH else JSON
    operation = Operation(query, form, cut=Cut.MARK, cost=analysis.cost, gone=call.gone)
    found = call.knowledge.engine.answer(operation)
    answer = schema.AnswerRows(
        release=answering.release_of(call),
        complete=found.complete,
        completeness="",
        columns=[],
        rows=[],
        rows_total=found.rows,
    )
    if analysis.kind is QueryForm.GRAPH:
        _fill_triples(answer, found, asked.limit)
    else:
        _fill_rows(answer, found, asked.limit)
    answer.sources = _sources(call, answer)
    answer.notes = _notes(answer)
    answer.warnings = [*_unknown(found), *(doubts.of_query(call, query, found.seconds) if found.complete else [])]
    return answer, answering.text_of(answer, (*table_of(answer), "", *doubts.lines(answer.warnings)))


def explain_empty_answer(call: ToolCall, asked: schema.ExplainEmptyAnswer) -> tuple[schema.Explanation, str]:
    """Say why a query, or a stored question as it was asked, has no rows.

    Raises:
        QueryError: neither or both are given, or the query is malformed.
        Refused: an update, or SERVICE.
        LimitExceeded: the query itself met a limit.
    """
    if bool(asked.query) == bool(asked.question):
        raise QueryError("give either the query that has no rows, or the name of the stored question")
    text = asked.query or chosen(call, asked.question, asked.parameters, asked.keep).chosen.text
    query, _ = _allowed(call, text)
    found = diagnose(call.knowledge.engine, query, Dataset())
    written = tell(found)
    answer = schema.Explanation(
        release=answering.release_of(call),
        complete=found.verdict != "cannot tell",
        completeness="this is the first part of the query that leaves no rows; later parts may be wrong too",
        notes=[answering.UNKNOWN],
        verdict=found.verdict,
        reason=found.reason,
        pattern=found.pattern.text if found.pattern else "",
        line=found.pattern.line if found.pattern else None,
        column=found.pattern.column if found.pattern else None,
        hint=found.hint,
        absent=doubts.absent(found),
        text=written,
        warnings=list(doubts.warned("suspicious", found.warnings)),
    )
    return answer, answering.text_of(answer, written.splitlines())


def _allowed(call: ToolCall, text: str) -> tuple[str, Analysis]:
    """Return a query that may be asked, by the rules of the endpoint."""
    query, limits = unmarked(text), call.knowledge.limits
    if len(query.encode()) > limits.query:
        raise TooLarge(f"the query is longer than {limits.query} bytes")
    analysis = analyse(query, limits.depth)
    guard(analysis)
    return query, analysis


def _fill_rows(answer: schema.AnswerRows, found: Answer, limit: int) -> None:
    document = json.loads(found.body)
    if "boolean" in document:
        answer.truth = bool(document["boolean"])
        answer.completeness = "a truth value"
        return
    answer.columns = [schema.ColumnDescription(name=name) for name in document["head"]["vars"]]
    bindings = document["results"]["bindings"]
    answer.rows = fitting(_cells(binding) for binding in bindings[:limit])
    _say_how_many(answer, found, len(answer.rows), "rows")


def _fill_triples(answer: schema.AnswerRows, found: Answer, limit: int) -> None:
    triples = sorted(set(found.body.decode().splitlines()))
    answer.rows_total = len(triples) if found.complete else found.rows
    held: list[str] = []
    size = 0
    for triple in triples[:limit]:
        size += len(triple)
        if size > answering.MOST:
            break
        held.append(answering.shortened(triple))
    answer.triples = held
    _say_how_many(answer, found, len(held), "triples")


def _say_how_many(answer: schema.AnswerRows, found: Answer, held: int, what: str) -> None:
    total = answer.rows_total
    answer.complete = found.complete and held == total
    if answer.complete:
        answer.completeness = f"all {total} {what}" if total else f"no {what}"
        return
    least = "" if found.complete else "at least "
    answer.completeness = f"cut to {held} of {least}{total} {what}; use LIMIT and OFFSET with ORDER BY, or aggregate"


def _cells(binding: Mapping[str, Mapping[str, str]]) -> Cells:
    return {name: cell_of(_lexical(term), term.get("datatype", "")) for name, term in binding.items()}


def _lexical(term: Mapping[str, str]) -> str:
    value = term["value"]
    return value if isinstance(value, str) else json.dumps(value)


def _sources(call: ToolCall, answer: schema.AnswerRows) -> list[schema.CitedSource]:
    """Return who says the findings that rows or triples name; nothing where looking them up met a limit."""
    start = f"{BASE}finding/"
    cells = [cell for row in answer.rows for cell in row.values() if isinstance(cell, str)]
    cells += [part.strip("<>") for triple in answer.triples for part in triple.split(" ")]
    findings = [cell for cell in dict.fromkeys(cells) if cell.startswith(start) and not set(cell) & set('<>"{}|^`\\ ')]
    if not findings:
        return []
    try:
        said = attributions(call.stated, [Record(iri, {}) for iri in findings[:_MOST_FINDINGS]])
    except CartkgError:
        return []
    return answering.distinct(claim.source for each in said.values() for claim in answering.claims_of(each))


def _unknown(found: Answer) -> Iterator[schema.Warned]:
    if found.unknown:
        called = ", ".join(found.unknown)
        text = f"the query calls undefined functions, and each call counts as an error: {called}"
        yield schema.Warned(kind="unknown function", text=text)


def _notes(answer: schema.AnswerRows) -> list[str]:
    notes = [answering.UNKNOWN] if answer.truth is not None else [answering.OVERLAP, answering.UNKNOWN]
    if answer.truth is not None:
        return notes
    if not answer.rows_total:
        notes.insert(0, "No rows: call explain_empty_answer to find the part of the query that leaves no rows.")
    elif not answer.sources:
        notes.append("The rows name no finding, so their sources are not looked up; select ?finding to get them.")
    return [*notes, answering.DATA]
