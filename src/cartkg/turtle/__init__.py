"""Turtle text -> statements with line and column, and back to text in house style."""

from cartkg.turtle.documents import ENCODING, SYNTAX, Document, Statement, parse, parse_bytes, term_text
from cartkg.turtle.tokens import Position

__all__ = [
    "ENCODING",
    "SYNTAX",
    "Document",
    "Position",
    "Statement",
    "parse",
    "parse_bytes",
    "term_text",
]
