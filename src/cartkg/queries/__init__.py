"""`queries/*.rq` in, questions and checks out; a question asked of a graph, its result in any format out."""

from cartkg.queries.answers import Format, Queryable, Result, Rows, ask, ask_within, hold, run, write, write_spreadsheet
from cartkg.queries.model import PERSONAS, Check, Column, Question
from cartkg.queries.stored import (
    find_question,
    query_files,
    read_checks,
    read_question,
    read_questions,
    try_checks,
    try_questions,
)

__all__ = [
    "PERSONAS",
    "Check",
    "Column",
    "Format",
    "Queryable",
    "Question",
    "Result",
    "Rows",
    "ask",
    "ask_within",
    "find_question",
    "hold",
    "query_files",
    "read_checks",
    "read_question",
    "read_questions",
    "run",
    "try_checks",
    "try_questions",
    "write",
    "write_spreadsheet",
]
