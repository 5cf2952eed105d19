"""Turtle text -> statements with line and column, and back to text in house style."""

from cartkg.turtle.documents import ENCODING, SYNTAX, Document, Statement, blank_label, parse, parse_bytes, term_text
from cartkg.turtle.style import HOUSE_STYLE, format_document, format_text, style_findings
from cartkg.turtle.tokens import Position

__all__ = [
    "ENCODING",
    "HOUSE_STYLE",
    "SYNTAX",
    "Document",
    "Position",
    "Statement",
    "blank_label",
    "format_document",
    "format_text",
    "parse",
    "parse_bytes",
    "style_findings",
    "term_text",
]
