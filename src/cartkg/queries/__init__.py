"""Stored questions and checks from `queries/*.rq`: read, evaluate, and write results in any format."""

from cartkg.naming import Nameable
from cartkg.queries.answers import (
    AnswerFormat,
    Queryable,
    Result,
    Rows,
    ask,
    ask_within,
    hold,
    write,
    write_spreadsheet,
)
from cartkg.queries.choices import ChosenValues, choose, list_text, read_list
from cartkg.queries.model import PERSONAS, Check, Column, LeftOut, Parameter, Question, Saved
from cartkg.queries.stored import (
    FoundQuestion,
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
    "AnswerFormat",
    "Check",
    "ChosenValues",
    "Column",
    "FoundQuestion",
    "LeftOut",
    "Nameable",
    "Parameter",
    "Queryable",
    "Question",
    "Result",
    "Rows",
    "Saved",
    "ask",
    "ask_within",
    "choose",
    "find_question",
    "hold",
    "list_text",
    "query_files",
    "read_checks",
    "read_list",
    "read_question",
    "read_questions",
    "try_checks",
    "try_questions",
    "write",
    "write_spreadsheet",
]
