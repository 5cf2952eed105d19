"""Choose a format from the Accept header and the kind of result; no I/O.

Source: RFC 9110 section 12.5.1 (Accept), SPARQL 1.1 Protocol section 2.1.6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartkg.errors import NotAcceptable, QueryError
from cartkg.evaluation.syntax import QueryForm
from cartkg.formats import GRAPHS, RESULTS, SPREADSHEET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartkg.formats import Format, GraphFormat, ResultFormat


@dataclass(frozen=True, slots=True)
class NegotiatedFormat:
    """The format chosen and the media type to state, which is the one that the client named."""

    format: Format
    media_type: str

    @property
    def content_type(self) -> str:
        """Return the value for Content-Type; text types state their character set."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


#: All formats, in the order of the server's own preference.
FORMATS: tuple[ResultFormat | GraphFormat, ...] = (*RESULTS.values(), *GRAPHS.values())

_MAX_RANGES = 200
_BY_NAME = 3
_QUALITY = re.compile(r"(?:0?\.[0-9]+|0\.?|1(?:\.0*)?)\Z")
#: The one parameter that makes another format of a media type.
_PARAMETER = "cells=text"
_RANGE = re.compile(r"[\w!#$&^.+\-*]+/[\w!#$&^.+\-*]+\Z")


@dataclass(frozen=True, slots=True)
class _Range:
    """One media range of an Accept header with its quality (0 to 1)."""

    media_range: str
    quality: float

    def matches(self, media_type: str) -> int:
        """Return how exactly the range names the type: 3 by name, 2 by `type/*`, 1 by `*/*`, 0 not at all.

        A type with a parameter must be named with it.
        """
        if self.media_range == media_type:
            return _BY_NAME
        if _PARAMETER in media_type:
            return 0
        if self.media_range == "*/*":
            return 1
        main, _, sub = self.media_range.partition("/")
        return 2 if sub == "*" and media_type.startswith(f"{main}/") else 0


def offers(kind: QueryForm) -> tuple[Format, ...]:
    """Return the formats that can hold this kind of result, preferred first."""
    match kind:
        case QueryForm.GRAPH:
            return tuple(GRAPHS.values())
        case QueryForm.TABLE:
            return tuple(RESULTS.values())
        case QueryForm.BOOLEAN:
            return tuple(one for one in RESULTS.values() if one is not SPREADSHEET)


def choose(accept: str | None, override: str | None, kind: QueryForm) -> NegotiatedFormat:
    """Choose the format of an answer from the Accept header, unless `?format=` names one.

    Some clients name formats of tables and truth values alone, whatever they ask, and read what Content-Type says; of
    a graph they get the first format that they do not exclude (RFC 9110 section 12.5.1 lets a server pass over Accept).

    Args:
        accept: the header; None or empty stands for "anything".
        override: short name or media type that a person put into the address.
        kind: what the query gives.

    Raises:
        NotAcceptable: no offered format has a quality above 0; the error names the offers.
        QueryError: the override names no format there is.
    """
    offered = offers(kind)
    if override:
        return _named(override.strip().lower().replace(" ", "+"), offered)
    try:
        return rank(accept, offered)
    except NotAcceptable:
        choice = _beside(parse_accept(accept or "")) if kind is QueryForm.GRAPH else None
        if choice is None:
            raise
        return choice


def _beside(ranges: Sequence[_Range]) -> NegotiatedFormat | None:
    """Choose a graph's format for a client that names formats of results; None when it does not, or excludes all."""
    results = [media_type for one in RESULTS.values() for media_type in one.media_types]
    if not any(one.quality > 0 and one.media_range in results for one in ranges):
        return None
    free = (one for one in GRAPHS.values() if not score_of(one.media_types[0], ranges)[1])
    return next((NegotiatedFormat(one, one.media_types[0]) for one in free), None)


def rank(accept: str | None, offered: Sequence[Format]) -> NegotiatedFormat:
    """Choose the offered format that an Accept header prefers.

    Higher quality wins, then the more exact range, then the earlier offer; no header means the first offer
    (RFC 9110 section 12.5.1). A wildcard stands for the registered name of a format only.

    Raises:
        NotAcceptable: every offer has quality 0.
    """
    if accept is None or not accept.strip():
        return NegotiatedFormat(offered[0], offered[0].media_types[0])
    best: tuple[float, int] = (0.0, 0)
    choice: NegotiatedFormat | None = None
    ranges = parse_accept(accept)
    for one in offered:
        for media_type in one.media_types:
            score = score_of(media_type, ranges)
            named = score[1] == _BY_NAME or media_type == one.media_types[0]
            if named and score[0] > 0 and score > best:
                best, choice = score, NegotiatedFormat(one, media_type)
    if choice is None:
        raise NotAcceptable(
            "none of the media types in Accept can be served for this query",
            offers=tuple(one.media_types[0] for one in offered),
        )
    return choice


def parse_accept(accept: str) -> list[_Range]:
    """Split an Accept header into its media ranges; parts that are not media ranges are left out."""
    found = []
    for part in accept.split(",", _MAX_RANGES)[:_MAX_RANGES]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        media_range = "*/*" if name == "*" else name
        pairs = (parameter.partition("=") for parameter in parameters)
        weight = quality(next((value for key, _, value in pairs if key.strip() == "q"), "1"))
        if weight is None or not _RANGE.match(media_range):
            continue
        if _PARAMETER in (parameter.replace('"', "") for parameter in parameters):
            media_range += f"; {_PARAMETER}"
        found.append(_Range(media_range, weight))
    return found


def quality(text: str) -> float | None:
    """Return the weight that a header gives, 0 to 1; None when it is malformed.

    `.2` and more than three digits are read as well, though RFC 9110 section 12.4.2 has neither: Java sent the first by
    itself until JDK-8163921.
    """
    return float(text) if _QUALITY.match(text := text.strip()) else None


def score_of(media_type: str, ranges: Sequence[_Range]) -> tuple[float, int]:
    """Return quality and exactness of the most exact range that fits a media type; (0, 0) when none does."""
    exact = max(ranges, key=lambda one: (one.matches(media_type), one.quality), default=None)
    matched = exact.matches(media_type) if exact else 0
    return (exact.quality, matched) if exact and matched else (0.0, 0)


def prefers_html(accept: str | None) -> bool:
    """Return whether a browser asks: HTML is named itself and nothing else that we serve is liked better."""
    if not accept:
        return False
    ranges = parse_accept(accept)
    quality, exactness = score_of("text/html", ranges)
    rival = max(score_of(media_type, ranges) for one in FORMATS for media_type in one.media_types[:1])
    return exactness == _BY_NAME and quality > 0 and (quality, exactness) >= rival


def _named(name: str, offered: Sequence[Format]) -> NegotiatedFormat:
    """Find the offered format with this short name or media type."""
    for one in offered:
        if name == one.name or name in one.names:
            return NegotiatedFormat(one, one.media_types[0])
        if name in one.media_types:
            return NegotiatedFormat(one, name)
    known = ", ".join(one.name for one in offered)
    if any(name == one.name or name in one.names or name in one.media_types for one in FORMATS):
        raise NotAcceptable(
            f"format {name} cannot hold this kind of result; choose one of {known}",
            offers=tuple(one.media_types[0] for one in offered),
        )
    raise QueryError(f"unknown format; choose one of {known}")
