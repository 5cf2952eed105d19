"""Tests that look at nothing but one value (SHACL, sections 4.1, 4.3 and 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartkg.namespaces import RDFS, SH
from cartkg.validation.constraints.datatypes import compare, well_formed
from cartkg.validation.rdf.terms import Term, iri, is_blank, is_iri, is_literal, literal, text

if TYPE_CHECKING:
    from collections.abc import Callable


def has_datatype(wanted: str) -> Callable[[Term], bool]:
    """Test for well-formed literals of a datatype."""

    def test(term: Term) -> bool:
        parts = literal(term)
        return parts is not None and parts.datatype == wanted and well_formed(parts)

    if wanted == f"{RDFS}Literal":
        return is_literal
    return test


_KINDS: dict[str, tuple[Callable[[Term], bool], ...]] = {
    "BlankNode": (is_blank,),
    "IRI": (is_iri,),
    "Literal": (is_literal,),
    "BlankNodeOrIRI": (is_blank, is_iri),
    "BlankNodeOrLiteral": (is_blank, is_literal),
    "IRIOrLiteral": (is_iri, is_literal),
}
NODE_KINDS = {iri(SH + name): tests for name, tests in _KINDS.items()}


def of_kind(kind: Term) -> Callable[[Term], bool]:
    """Test for the kind of node."""
    tests = NODE_KINDS[kind]
    return lambda term: any(test(term) for test in tests)


def ordered(limit: Term, allowed: frozenset[int]) -> Callable[[Term], bool]:
    """Test for literals that compare with a limit in one of the allowed orders (-1, 0, 1)."""
    return lambda term: compare(term, limit) in allowed


def of_length(low: int, high: float) -> Callable[[Term], bool]:
    """Test for IRIs and literals of so many characters."""
    return lambda term: not is_blank(term) and low <= len(text(term)) <= high


def in_language(ranges: tuple[str, ...]) -> Callable[[Term], bool]:
    """Test for literals whose language tag one of the basic language ranges fits (RFC 4647, section 3.3.1)."""

    def test(term: Term) -> bool:
        parts = literal(term)
        tag = parts.language.lower() if parts else ""
        return bool(tag) and any(each in {"*", tag} or tag.startswith(f"{each}-") for each in ranges)

    return test
