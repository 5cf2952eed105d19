"""The parameters of a request in, checked: none is unknown, none is given twice, numbers are numbers in bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from flask import request

from cartkg.errors import QueryError
from cartkg.queries.header import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHOWN = 60
#: Parameters that other sites add to links to recognise readers; they say nothing of what is asked.
_TRACKING = frozenset({"fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid", "igshid"})
_CAMPAIGN = "utm_"


def parameters(*known: str) -> Mapping[str, str]:
    """Return the parameters in the address of this request, or in its form.

    Raises:
        QueryError: one is unknown, it names those that are known; or one is given twice.
    """
    given = request.form if request.method == "POST" else request.args
    for name in given:
        refuse_unknown("parameter", name, known)
        if len(given.getlist(name)) > 1:
            raise QueryError(f"the parameter {name!r} is given twice")
    return given.to_dict()


def refuse_unknown(what: str, name: str, known: Sequence[str]) -> None:
    """Raise where a name is none of those known.

    Raises:
        QueryError: it is not; it names those that are.
    """
    if not known:
        raise QueryError(f"unknown {what} {name[:_SHOWN]!r}; this address takes none")
    if name not in known:
        raise QueryError(unknown(what, name[:_SHOWN], known))


def without_tracking() -> str | None:
    """Return the address of this request, below the site, without what tracks readers; None where nothing does.

    An address with two slashes at its start is left alone: it could be taken for another server's.
    """
    given = list(request.args.items(multi=True))
    kept = [pair for pair in given if pair[0] not in _TRACKING and not pair[0].startswith(_CAMPAIGN)]
    if len(kept) == len(given) or request.path.startswith("//"):
        return None
    return quote(request.path, safe="/~+,;:@!$&'()*=") + (f"?{urlencode(kept)}" if kept else "")


def number(given: Mapping[str, str], name: str, usual: int, most: int) -> int:
    """Return a whole number from 1 to `most`.

    Raises:
        QueryError: it is not one.
    """
    text = given.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise QueryError(f"{name} is a whole number from 1 to {most}")
    return int(text)
