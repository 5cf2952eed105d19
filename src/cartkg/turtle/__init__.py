"""Read Turtle as statements with line and column, and write it in house style."""

from cartkg.turtle.blocks import Blocks, Comments
from cartkg.turtle.documents import (
    ENCODING,
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
from cartkg.turtle.layout import lay_out
from cartkg.turtle.style import HOUSE_STYLE, format_blocks, format_document, format_text, style_diagnostics
from cartkg.turtle.tokens import Position

__all__ = [
    "ENCODING",
    "HOUSE_STYLE",
    "SYNTAX",
    "Blocks",
    "Comments",
    "Document",
    "Position",
    "Statement",
    "blank_label",
    "format_blocks",
    "format_document",
    "format_text",
    "lay_out",
    "parse",
    "parse_bytes",
    "style_diagnostics",
    "syntax_diagnostic",
    "syntax_faults",
    "term_text",
    "too_deep",
    "too_large",
]
