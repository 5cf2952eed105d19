"""Read Turtle as statements with line and column, and write it in house style."""

from cartkg.turtle.documents import (
    ENCODING,
    HOUSE_STYLE,
    Document,
    Statement,
    blank_label,
    parse,
    parse_bytes,
    term_text,
    too_deep,
)
from cartkg.turtle.expansion import SYNTAX, too_large
from cartkg.turtle.faults import syntax_diagnostic, syntax_faults
from cartkg.turtle.tokens import Position

__all__ = [
    "ENCODING",
    "HOUSE_STYLE",
    "SYNTAX",
    "Document",
    "Position",
    "Statement",
    "blank_label",
    "parse",
    "parse_bytes",
    "syntax_diagnostic",
    "syntax_faults",
    "term_text",
    "too_deep",
    "too_large",
]
