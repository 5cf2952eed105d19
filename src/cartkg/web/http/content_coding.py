"""Choose a content coding from Accept-Encoding, and compress.

Zstandard and Brotli at their lowest levels pack an answer as small as gzip does in a third of the time or less
(measured on results and pages of this site), so the codings are offered in the order of their speed.

Source: RFC 9110 section 12.5.3 (Accept-Encoding), RFC 8878 (zstd), RFC 7932 (br), RFC 1952 (gzip).
"""

from __future__ import annotations

import gzip
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import brotli

from cartkg.errors import NotAcceptable
from cartkg.sparql.protocol.negotiation import quality

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_PARTS = 50
_LONGEST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Coding:
    """One content coding.

    Attributes:
        name: as in Accept-Encoding and Content-Encoding.
        suffix: what the entity tag of the coded form ends with; other bytes need another strong tag
            (RFC 9110 section 8.8.3.3).
        pack: makes the coded form of a body.
    """

    name: str
    suffix: str
    pack: Callable[[bytes], bytes]


ZSTD = Coding("zstd", "-zstd", lambda body: zstd.compress(body, 1))
BROTLI = Coding("br", "-br", lambda body: brotli.compress(body, quality=1))
GZIP = Coding("gzip", "-gzip", lambda body: gzip.compress(body, 1, mtime=0))
IDENTITY = Coding("identity", "", lambda body: body)

#: What is offered, in the server's order of preference.
OFFERED: tuple[Coding, ...] = (ZSTD, BROTLI, GZIP)
#: Name in the header -> coding; the old name stands for the new one (RFC 9110 section 8.4.1.3).
_NAMES = {**{one.name: one.name for one in (*OFFERED, IDENTITY)}, "x-gzip": "gzip"}


@dataclass(frozen=True, slots=True)
class Preference:
    """What a client accepts: the preferred coding, and whether the uncompressed form is acceptable."""

    coding: Coding
    plain: bool = True


def choose(accept: str | None) -> Preference:
    """Choose the coding that an Accept-Encoding header prefers; without a header, none.

    Higher quality wins, then the earlier offer; the uncoded form comes last among equals, and is acceptable unless it
    is excluded by name or by `*`.

    Raises:
        NotAcceptable: neither the uncoded form nor any offer will do; it names the offers.
    """
    if accept is None:
        return Preference(IDENTITY)
    return _choose(accept) if len(accept) > _LONGEST_KEPT else _remembered(accept)


def _choose(accept: str) -> Preference:
    qualities = parse(accept)
    others = qualities.get("*", 0.0)
    best, highest = IDENTITY, 0.0
    for one in (*OFFERED, IDENTITY):
        wanted = qualities.get(one.name, others)
        if wanted > highest:
            best, highest = one, wanted
    plain = qualities.get("identity", qualities.get("*", 1.0)) > 0
    if best is IDENTITY and not plain:
        raise refusal(*OFFERED, IDENTITY)
    return Preference(best, plain)


_remembered = lru_cache(maxsize=128)(_choose)


def refusal(*offered: Coding) -> NotAcceptable:
    """Return the error of a client that takes none of the codings offered."""
    names = tuple(one.name for one in offered)
    return NotAcceptable("none of the codings in Accept-Encoding is supported", offers=names)


def parse(accept: str) -> dict[str, float]:
    """Return the quality of each coding that an Accept-Encoding header names; a malformed part says nothing."""
    found: dict[str, float] = {}
    for part in accept.split(",", _MOST_PARTS)[:_MOST_PARTS]:
        name, _, parameter = (piece.strip().lower() for piece in part.partition(";"))
        key, _, value = (piece.strip() for piece in parameter.partition("="))
        weight = quality(value) if key == "q" else None if parameter else 1.0
        if weight is None:
            continue
        known = _NAMES.get(name, name)
        found[known] = max(found.get(known, 0.0), weight)
    found.pop("", None)
    return found
