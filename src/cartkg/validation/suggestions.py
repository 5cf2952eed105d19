"""Violations -> the fix, where it is certain: a misspelt term, a DOI with its resolver, a unit's UCUM code."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from cartkg.namespaces import RDF, TERM, Prefixes
from cartkg.validation.paths import Step
from cartkg.validation.terms import Term, bare, iri, is_iri, literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.validation.facts import Facts
    from cartkg.validation.results import Violation

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


def suggest(violation: Violation, facts: Facts, prefixes: Mapping[str, str]) -> str | None:
    """Return the Turtle to write in the place at fault, or None when no fix is certain."""
    component = violation.source.component
    if component.endswith("#ClosedConstraintComponent>") and isinstance(violation.path, Step):
        return near_term(violation.path.predicate, facts, prefixes)
    value = violation.value
    if value is None or not isinstance(violation.path, Step):
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
