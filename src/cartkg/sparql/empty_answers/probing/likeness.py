"""Rank the existing IRIs that a written IRI was probably meant to be; no I/O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.nearest import suggest
from cartkg.sparql.empty_answers.probing.values import loose

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = 3
_LONGEST = 200
#: Shorter names are like too many others.
_SHORTEST = 2
_SCHEME = re.compile(r"^https?://")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
#: Words that different vocabularies use for one thing.
_SYNONYMS = (
    {"label", "title", "name", "heading"},
    {"date", "year", "issued", "published", "publication"},
    {"creator", "author", "writer"},
    {"number", "count", "size", "total"},
    {"comment", "note", "description", "definition"},
    {"identifier", "id", "number", "doi", "pmid"},
    {"alternative", "alt", "synonym", "abbreviation"},
    {"sex", "gender"},
)
_FILLERS = frozenset({"of", "has", "is", "the", "in", "by", "and"})
#: The property by which most data name a thing, whatever name another vocabulary has for that.
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
_NAMING = frozenset({"title", "name", "preflabel", "label"})


def local_name(iri: str) -> str:
    """Return the last part of an IRI."""
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2]


def similar(iri: str, candidates: Iterable[str], *, exists: bool = False) -> tuple[str, ...]:
    """Return the candidates that an IRI may have been meant for, likeliest first; never the IRI itself.

    Args:
        iri: what was written.
        candidates: what is in its place.
        exists: whether the IRI names something; then only one of the same name is offered.
    """
    names = [name for name in dict.fromkeys(candidates) if name != iri]
    local = local_name(iri)
    if len(iri) > _LONGEST or not local:
        return ()
    found = [name for name in names if _bare(name) == _bare(iri)]
    found += sorted((name for name in names if _key(name) == _key(iri)), key=lambda name: _rank(name, iri))
    if exists or found:
        return tuple(dict.fromkeys(found))[:_SHOWN]
    if len(local) < _SHORTEST:
        return ()
    naming = [LABEL] if local.lower() in _NAMING and LABEL in names else []
    begun = [name for name in names if loose(local_name(name))[0].startswith(f"{loose(local)[0]} ")]
    by_local = {
        local_name(name).lower(): name for name in sorted(names, key=lambda name: _rank(name, iri), reverse=True)
    }
    spelt = [by_local[one] for one in suggest(local.lower(), by_local, _SHOWN)]
    worded = _worded(local, names)
    begun.sort(key=lambda name: (_rank(name, iri), len(name)))
    close = spelt[:1] if spelt and _near(local, local_name(spelt[0])) else []
    return tuple(dict.fromkeys([*naming, *close, *begun, *worded, *spelt]))[:_SHOWN]


def of_one_meaning(iri: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """Return properties of other vocabularies whose names contain every word of the property's name."""
    space = iri.removesuffix(local_name(iri))
    names = [name for name in candidates if not name.startswith(space)]
    mine = _words(local_name(iri))
    return tuple(
        name
        for name in _worded(local_name(iri), names)
        if all(any(_same(word, other) for other in _words(local_name(name))) for word in mine)
    )


def _near(one: str, other: str) -> bool:
    """Return whether two names differ by a slip: by letters turned or left out, not by a word."""
    return abs(len(one) - len(other)) <= max(1, len(one) // 6) and not (_words(one) < _words(other))


def _bare(iri: str) -> str:
    """Return an IRI without what is easily mistaken: scheme, case, how the local name is set off."""
    return _SCHEME.sub("", iri).lower().rstrip("/#").replace("#", "/").replace("_", "-")


def _key(iri: str) -> str:
    """Return a local name without spelling: case, accents, signs, zeros before numbers."""
    return re.sub(r"\d+", lambda digits: str(int(digits[0])), " ".join(loose(local_name(iri))[0].split()))


def _rank(name: str, iri: str) -> tuple[int, int]:
    """Return how far a name is from an IRI: few steps in its path first, then a long common start."""
    shared = next((at for at, (one, other) in enumerate(zip(name, iri, strict=False)) if one != other), len(iri))
    return name.count("/"), -shared


def _worded(local: str, names: Iterable[str]) -> list[str]:
    """Return names made of the same words or of others for the same, best first."""
    mine = _words(local)
    scored = []
    for name in names:
        theirs = _words(local_name(name))
        common = {word for word in mine if any(_same(word, other) for other in theirs)}
        if common and mine:
            score = len(common) / len(mine) + len(common) / max(len(theirs), 1) / 2
            last = local_name(name).lower().endswith(local.lower())
            scored.append((-score, not last, len(name), name))
    return [name for *_, name in sorted(scored)[:_SHOWN]]


def _words(local: str) -> frozenset[str]:
    found = {word.lower() for word in _CAMEL.findall(local)}
    plain = {word[:-1] if word.endswith("s") and len(word) > _SHOWN else word for word in found}
    return frozenset(plain - _FILLERS or plain)


def _same(one: str, other: str) -> bool:
    return one == other or any(one in group and other in group for group in _SYNONYMS)
