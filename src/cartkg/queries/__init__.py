"""`queries/*.rq` in, questions and checks out; a question asked of a graph, its result in any format out."""

from cartkg.queries.answers import Format, Queryable, Result, Rows, ask, hold, run, write
from cartkg.queries.stored import (
    PERSONAS,
    Check,
    Column,
    Question,
    find_question,
    read_check,
    read_checks,
    read_question,
    read_questions,
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
    "find_question",
    "hold",
    "read_check",
    "read_checks",
    "read_question",
    "read_questions",
    "run",
    "write",
]
