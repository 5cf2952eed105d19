"""Rewrite a `SELECT *` query so that its columns are named in the order in which they appear.

The standard leaves that order open and the engine takes the alphabet, so that `?s ?p ?o` would come as o, p, s.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from cartkg.evaluation.syntax import FORMS, decode, tokens, written_offset

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cartkg.evaluation.syntax import Token

#: DISTINCT or REDUCED may stand between SELECT and the star.
_NEAR = 2


def named(query: str, **options: Any) -> str:
    """Return a query with its columns named; one that names them itself, or is none of rows, stays as it is.

    The engine decides which variables count: it evaluates the query on no data, which costs almost nothing.

    Args:
        query: the text, escapes not yet decoded.
        options: further arguments of pyoxigraph's `Store.query`.

    Raises:
        SyntaxError: the query is malformed.
        OSError: it calls a function that no one defines.
    """
    text = decode(query)
    star = _star(text) if "*" in text else None
    if star is None:
        return query
    found = ox.Store().query(query, **options)
    if not isinstance(found, ox.QuerySolutions):
        return query
    given = [variable.value for variable in found.variables]
    wanted = _in_order(given, tokens(text))
    if wanted == given:
        return query
    start, end = written_offset(query, star.offset), written_offset(query, star.offset + 1)
    return f"{query[:start]}{' '.join(f'?{name}' for name in wanted)}{query[end:]}"


def _star(text: str) -> Token | None:
    """Return the star of a `SELECT *` that is not inside another; None when the query selects otherwise."""
    read = tokens(text)
    form = next((token for token in read if token.kind == "word" and token.text.upper() in FORMS), None)
    if form is None or form.text.upper() != "SELECT":
        return None
    near = [token for token in islice(read, _NEAR) if token.text.upper() not in {"DISTINCT", "REDUCED"}]
    return near[0] if near and near[0].text == "*" else None


def _in_order(names: Sequence[str], read: Iterable[Token]) -> list[str]:
    """Return names in the order of their first tokens; any that are not found stay behind, as they were."""
    left = dict.fromkeys(names)
    found = []
    for token in read:
        if token.kind == "variable" and token.text[1:] in left:
            found.append(token.text[1:])
            del left[found[-1]]
            if not left:
                break
    return [*found, *left]
