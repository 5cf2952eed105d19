"""Evaluate the text of a query on a graph, and write its result in a format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
    Triple,
    serialize,
)

from cartkg.errors import ConfigError, LimitExceeded, NotAcceptable, QueryError, Refused
from cartkg.escaping import spreadsheet_lines
from cartkg.evaluation.evaluator import Evaluator
from cartkg.evaluation.guarding import Failure, Fault
from cartkg.formats import GRAPHS, RESULTS
from cartkg.namespaces import BASE
from cartkg.queries.table import Cell, ShownTable, draw

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyoxigraph import Store

    from cartkg.evaluation.bounds import JobBounds
    from cartkg.evaluation.evaluator import Answer
    from cartkg.namespaces import Prefixes
    from cartkg.queries.model import Question

_POSITION = re.compile(r"error at (?P<line>\d+):(?P<column>\d+): (?P<what>.*)\Z", re.DOTALL)
_NUMERIC = {
    f"http://www.w3.org/2001/XMLSchema#{name}"
    for name in ("integer", "decimal", "double", "float", "nonNegativeInteger", "positiveInteger", "int", "long")
}

Term = NamedNode | BlankNode | Literal | Triple
Result = QuerySolutions | QueryBoolean | QueryTriples


class Queryable(Protocol):
    """What can be queried: `cartkg.graph.KnowledgeGraph`, what is stated in it, or a pyoxigraph store."""

    def query(self, query: str, /) -> Result:
        """Evaluate a SPARQL 1.1 query; a text that is not a query raises SyntaxError or QueryError."""
        ...


class StoredGraph(Protocol):
    """A graph whose store can be queried from elsewhere: `cartkg.graph.KnowledgeGraph`."""

    @property
    def store(self) -> Store:
        """Return the store, with what is stated in its default graph."""
        ...

    @property
    def prefixes(self) -> Prefixes:
        """Return the prefixes that queries may use without declaring them."""
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a SELECT: its variables, and for each row the lexical form of a term or "" (unbound) for each."""

    variables: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class AnswerFormat(Enum):
    """The formats of results: table and the results formats for SELECT and ASK, the rest for CONSTRUCT, DESCRIBE."""

    TABLE = "table"
    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    XML = "xml"
    TURTLE = "turtle"
    NTRIPLES = "ntriples"
    RDFXML = "rdfxml"
    JSONLD = "jsonld"


_GRAPHS = tuple(form for form in AnswerFormat if form.value in GRAPHS)
_TABULAR = tuple(form for form in AnswerFormat if form not in _GRAPHS)
_BOOLEAN = (AnswerFormat.TABLE, AnswerFormat.JSON, AnswerFormat.XML)


def ask(text: str, graph: Queryable) -> Result:
    """Evaluate a query; its result can be read once.

    Raises:
        QueryError: the text is not a SPARQL 1.1 query; with line and column.
    """
    try:
        return graph.query(text)
    except SyntaxError as error:
        match = _POSITION.match(str(error.msg))
        if match is None:
            raise QueryError(f"not a SPARQL query: {error.msg}") from error
        raise QueryError(f"not a SPARQL query: {match['what']}", int(match["line"]), int(match["column"])) from error


def ask_within(texts: Sequence[str], graph: StoredGraph, bounds: JobBounds) -> list[Answer]:
    """Evaluate queries in parallel in sandboxed children; a result can be read once.

    Raises:
        Refused: a query does what no query here may do.
        QueryError: a text is not a SPARQL 1.1 query; with line and column.
        LimitExceeded: one needs more time or memory than it may have.
    """
    with Evaluator(graph.store, graph.prefixes.namespaces, bounds, union=True) as evaluator:
        found = evaluator.ask(texts)
    return [_sound(each) for each in found]


def _sound(answer: Answer | Failure) -> Answer:
    if not isinstance(answer, Failure):
        return answer
    message = answer.tell("the query")
    match answer.fault:
        case Fault.REFUSED:
            raise Refused(message, answer.line, answer.column)
        case Fault.SYNTAX:
            raise QueryError(message, answer.line, answer.column)
        case Fault.STOPPED:
            raise LimitExceeded(message)
        case Fault.SYSTEM:
            raise ConfigError(message)
        case _:
            raise QueryError(message)


def hold(result: Result | Answer) -> Rows:
    """Read all rows of a result.

    Raises:
        QueryError: the result is statements, or yes or no.
    """
    if not isinstance(result, QuerySolutions):
        raise QueryError("the query gives no rows; write it with SELECT")
    names = tuple(variable.value for variable in result.variables)
    return Rows(names, tuple(tuple(_lexical(row[name]) for name in names) for row in result))


def _lexical(term: Term | None) -> str:
    if term is None:
        return ""
    return term.value if isinstance(term, NamedNode | Literal) else str(term)


def write(
    result: Result | Answer, form: AnswerFormat | None, prefixes: Prefixes, question: Question | None = None
) -> str:
    """Write a result in a format; the table bears the question's title, brief columns, units and how to read it.

    Without a format, rows and truth values become a table, statements Turtle.

    Raises:
        NotAcceptable: the format does not suit the kind of result; it names those that do.
    """
    if form is None:
        form = AnswerFormat.TURTLE if isinstance(result, QueryTriples | tuple) else AnswerFormat.TABLE
    if isinstance(result, QueryTriples | tuple):
        _require(form, "statements", _GRAPHS)
        return statements(result, form, prefixes)
    if isinstance(result, QueryBoolean):
        _require(form, "yes or no", _BOOLEAN)
        return f"{'yes' if result else 'no'}\n" if form is AnswerFormat.TABLE else _serialized(result, form)
    _require(form, "rows", _TABULAR)
    return _table(result, prefixes, question) if form is AnswerFormat.TABLE else _serialized(result, form)


def write_spreadsheet(rows: Rows) -> str:
    """Write rows as CSV for a spreadsheet: no cell is a formula, breaks a line or starts a command of a CI log.

    SPARQL's own CSV is written by `write`; there a cell is what the term says, whatever it begins with.
    """
    return "".join(spreadsheet_lines((rows.variables, *rows.rows)))


def statements(triples: Iterable[Triple], form: AnswerFormat, prefixes: Prefixes) -> str:
    """Write triples, sorted and each once, with those prefixes that are used."""
    ordered = sorted(set(triples), key=str)
    named = _used(ordered, prefixes) if form in {AnswerFormat.TURTLE, AnswerFormat.RDFXML} else None
    return _text(serialize(ordered, format=GRAPHS[form.value].engine, prefixes=named))


def _used(triples: Iterable[Triple], prefixes: Prefixes) -> dict[str, str]:
    terms = {term for triple in triples for term in (triple.subject, triple.predicate, triple.object)}
    iris = {term.value for term in terms if isinstance(term, NamedNode)}
    iris |= {term.datatype.value for term in terms if isinstance(term, Literal)}
    names = {prefixes.compact(iri) for iri in iris}
    kept = {name.partition(":")[0] for name in names if name is not None}
    return {prefix: prefixes.namespaces[prefix] for prefix in sorted(kept)}


def _require(form: AnswerFormat, kind: str, offers: Iterable[AnswerFormat]) -> None:
    names = tuple(offer.value for offer in offers)
    if form.value not in names:
        raise NotAcceptable(f"{form.value} cannot represent {kind}; use {', '.join(names)}", offers=names)


def _serialized(result: QuerySolutions | QueryBoolean, form: AnswerFormat) -> str:
    return _text(result.serialize(format=RESULTS[form.value].engine)).replace("\r\n", "\n")


def _text(serialized: bytes | None) -> str:
    """Decode what pyoxigraph serialized; it gives None only when it was told to write to a file."""
    return (serialized or b"").decode()


def _table(result: QuerySolutions, prefixes: Prefixes, question: Question | None) -> str:
    names = [variable.value for variable in result.variables]
    if question and question.brief:
        names = [name for name in names if name in question.brief]
    headings = {column.name: column.heading for column in question.answers} if question else {}
    sheet = ShownTable(
        headings=tuple(headings.get(name, name) for name in names),
        rows=tuple(tuple(_cell(row[name], prefixes) for name in names) for row in result),
        title=question.title if question else "",
        note=question.how_to_read if question else "",
    )
    return draw(sheet)


def _cell(term: Term | None, prefixes: Prefixes) -> Cell:
    if isinstance(term, NamedNode):
        return Cell(prefixes.compact(term.value) or term.value.removeprefix(BASE))
    if isinstance(term, Literal):
        return Cell(term.value, numeric=term.datatype.value in _NUMERIC)
    return Cell("" if term is None else str(term))
