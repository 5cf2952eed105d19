"""Mark up the text of a header: code set apart and stored questions linked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Container

_PARTS = re.compile(r"`(?P<code>[^`]+)`|(?<![\w./:-])(?P<name>[a-z0-9]+(?:-[a-z0-9]+)+)(?![\w/:-])")


def linked(text: str, questions: Container[str], root: str = "") -> Markup:
    """Set what stands between backticks as code and link the names of stored questions; all else is escaped.

    Args:
        text: the text of a header.
        questions: names that are linked.
        root: path below which users see the site, without its last slash.

    Example:
        >>> linked("see `a < b`", ())
        Markup('see <code>a &lt; b</code>')
    """
    pieces, end = [], 0
    for match in _PARTS.finditer(text):
        pieces += [escape(text[end : match.start()]), _piece(match, questions, root)]
        end = match.end()
    return Markup("").join([*pieces, escape(text[end:])])


def _piece(match: re.Match[str], questions: Container[str], root: str) -> Markup:
    if match["code"]:
        return Markup("<code>{}</code>").format(match["code"])
    if match["name"] in questions:
        return Markup('<a href="{1}/questions/{0}">{0}</a>').format(match["name"], root)
    return escape(match[0])
