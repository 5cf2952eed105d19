"""Suggest fixes that are certain: a misspelt term, a DOI with its resolver, a unit's UCUM code."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from cartkg.namespaces import RDF, TERM, Prefixes
from cartkg.validation.constraints.paths import PredicateStep
from cartkg.validation.rdf.terms import Term, bare, iri, is_iri, literal, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.turtle import Document, Position
    from cartkg.validation.constraints.results import Violation
    from cartkg.validation.rdf.facts import Facts
    from cartkg.validation.reporting.misspellings import Meaning

_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)(10\.[0-9]{4,9}/\S+)\Z", re.IGNORECASE)
#: UCUM codes of units that people write out (UCUM, tables 1 to 6).
_UCUM = {
    **dict.fromkeys(("second", "seconds", "sec"), "s"),
    **dict.fromkeys(("minute", "minutes"), "min"),
    **dict.fromkeys(("hour", "hours", "hr"), "h"),
    **dict.fromkeys(("day", "days"), "d"),
    **dict.fromkeys(("week", "weeks"), "wk"),
    **dict.fromkeys(("month", "months"), "mo"),
    **dict.fromkeys(("year", "years", "yr"), "a"),
    **dict.fromkeys(("percent", "per cent"), "%"),
}
#: A misspelling this near to one term and to no other is taken for that term (difflib's ratio, 0 to 1): a fix that is
#: applied, so it needs more than `cartkg.nearest`, which offers words, and it minds case.
_NEAR = 0.86
_QUOTES = ('"""', "'''", '"', "'")


def suggest(violation: Violation, facts: Facts, prefixes: Mapping[str, str]) -> str | None:
    """Return the Turtle to write in the place at fault, or None when no fix is certain."""
    component = violation.source.component
    if component.endswith("#ClosedConstraintComponent>") and isinstance(violation.path, PredicateStep):
        return near_term(violation.path.predicate, facts, prefixes)
    value = violation.value
    if value is None or not isinstance(violation.path, PredicateStep):
        return None
    if is_iri(value):
        return near_term(value, facts, prefixes)
    return _text(bare(violation.path.predicate), value)


def near_term(term: Term, facts: Facts, prefixes: Mapping[str, str]) -> str | None:
    """Return the declared term of our ontology that a misspelt one must mean, written with these prefixes."""
    name = bare(term)
    if not name.startswith(TERM) or term in facts.homes:
        return None
    declared = {bare(each)[len(TERM) :] for each in facts.column(iri(f"{RDF}type")) if each.startswith(f"<{TERM}")}
    near = difflib.get_close_matches(name[len(TERM) :], sorted(declared), n=2, cutoff=_NEAR)
    if not near or (len(near) > 1 and not _clearly_nearer(name[len(TERM) :], near)):
        return None
    meant = TERM + near[0]
    return Prefixes(prefixes).compact(meant) or f"<{meant}>"


def _clearly_nearer(written: str, near: list[str]) -> bool:
    first, second = (difflib.SequenceMatcher(None, written, each).ratio() for each in near)
    return first - second > (1 - first)


def _text(predicate: str, value: Term) -> str | None:
    parts = literal(value)
    if parts is None:
        return None
    if predicate == f"{TERM}doi":
        match = _DOI.match(parts.lexical)
        return f'"{match[1]}"' if match else None
    if predicate == f"{TERM}ucumCode":
        code = _UCUM.get(parts.lexical.strip().lower())
        return f'"{code}"' if code else None
    return None


def respelled(document: Document, place: Position, meaning: Meaning) -> tuple[str | None, tuple[str, ...]]:
    """Return the token to write at a place instead of a term, if that is certain; else what it may be.

    The new token is written in the manner of the old one. Of a place that does not begin with the term, nothing is
    certain.
    """
    token = document.token(place)
    written = [_respelled(document, token, meaning.written, each) for each in meaning.meant]
    if len(written) == 1 and written[0]:
        return written[0], ()
    shown = (each or _shown(document, meant) for each, meant in zip(written, meaning.meant, strict=True))
    return None, tuple(shown)


def _shown(document: Document, term: Term) -> str:
    return Prefixes(document.prefixes).compact(bare(term)) or term if is_iri(term) else term


def _respelled(document: Document, token: str, written: Term, meant: Term) -> str | None:
    """Return a token for a term in the manner of another's, or None where it is not the token of that term."""
    if not is_iri(written):
        return _requoted(token, text(written), text(meant))
    old, new = bare(written), bare(meant)
    if token.startswith("<"):
        base = old.removesuffix(token[1:-1])  # nothing where the IRI is absolute
        is_same = old.endswith(token[1:-1]) and new.startswith(base)
        return f"<{new[len(base) :]}>" if is_same else None
    if Prefixes(document.prefixes).expand(token) != old:
        return None
    prefix = token.partition(":")[0]
    own = Prefixes({prefix: document.prefixes[prefix]})
    return own.compact(new) or Prefixes(document.prefixes).compact(new) or f"<{new}>"


def _requoted(token: str, old: str, new: str) -> str | None:
    quote = next((each for each in _QUOTES if token.startswith(each)), None)
    if quote is None or token != f"{quote}{old}{quote}" or re.search(r"[\\\"'\s]", f"{old}{new}".replace(" ", "")):
        return None
    return f"{quote}{new}{quote}"
