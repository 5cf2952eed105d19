"""RDF terms as N-Triples strings: cheap to hash, equal if the terms are; the first character shows the kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from cartkg.namespaces import RDF, XSD

#: A term in N-Triples form: `<iri>`, `_:label`, `"text"`, `"text"@en`, `"1"^^<datatype>`.
Term: TypeAlias = str

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Literal:
    """The parts of a literal; the datatype is an IRI without brackets, the language is empty when there is none."""

    lexical: str
    datatype: str
    language: str = ""


def iri(text: str) -> Term:
    """Return the term of an IRI."""
    return f"<{text}>"


def is_iri(term: Term) -> bool:
    """Return whether a term is an IRI."""
    return term[0] == "<"


def is_blank(term: Term) -> bool:
    """Return whether a term is a blank node."""
    return term[0] == "_"


def is_literal(term: Term) -> bool:
    """Return whether a term is a literal."""
    return term[0] == '"'


def bare(term: Term) -> str:
    """Return an IRI without its brackets; any other term as it is."""
    return term[1:-1] if term[0] == "<" else term


def local_name(term: Term) -> str:
    """Return what follows the last `#` or `/` of an IRI.

    Example:
        >>> local_name("<https://w3id.org/cartkg/ontology#Finding>")
        'Finding'
    """
    return re.split(r"[#/]", bare(term).rstrip("#/"))[-1]


@lru_cache(maxsize=200_000)
def literal(term: Term) -> Literal | None:
    """Split a literal into its parts; None for an IRI or a blank node."""
    if term[0] != '"':
        return None
    if term.endswith('"'):
        return Literal(_unescape(term[1:-1]), f"{XSD}string")
    if term.endswith(">"):
        end = term.rindex('"^^<')
        return Literal(_unescape(term[1:end]), term[end + 4 : -1])
    end = term.rindex('"@')
    return Literal(_unescape(term[1:end]), f"{RDF}langString", term[end + 2 :])


def text(term: Term) -> str:
    """Return what SPARQL's STR() gives: the lexical form of a literal, an IRI's text, nothing for a blank node."""
    parts = literal(term)
    if parts is not None:
        return parts.lexical
    return "" if is_blank(term) else bare(term)


def _unescape(written: str) -> str:
    if "\\" not in written:
        return written
    return _ESCAPE.sub(_unescaped, written)


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _ESCAPED.get(match[3], match[3])
