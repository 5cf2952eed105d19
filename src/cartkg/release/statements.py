"""Shorthands for triples, for the descriptions of the data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.namespaces import BASE, RDF, XSD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DCAT = "http://www.w3.org/ns/dcat#"
DCTERMS = "http://purl.org/dc/terms/"
FOAF = "http://xmlns.com/foaf/0.1/"
PROV = "http://www.w3.org/ns/prov#"
SD = "http://www.w3.org/ns/sparql-service-description#"
SPDX = "http://spdx.org/rdf/terms#"
VOID = "http://rdfs.org/ns/void#"
VOID_EXT = "http://ldf.fi/void-ext#"

DATASET = f"{BASE}dataset/cartkg"
LICENSE = "https://creativecommons.org/licenses/by/4.0/"
MAINTAINERS = f"{BASE}organization/cartkg-maintainers"

Value = ox.NamedNode | ox.Literal


def thing(iri: str) -> ox.NamedNode:
    """Return an IRI as a value."""
    return ox.NamedNode(iri)


def text(value: str) -> ox.Literal:
    """Return an English text as a value."""
    return ox.Literal(value, language="en")


def plain(value: str, kind: str = "string") -> ox.Literal:
    """Return a value of an XSD datatype."""
    return ox.Literal(value, datatype=ox.NamedNode(XSD + kind))


def count(value: int) -> ox.Literal:
    """Return a number of things as a value."""
    return plain(str(value), "integer")


def say(subject: str, kind: str, facts: Mapping[str, Value | Sequence[Value]]) -> Iterator[ox.Triple]:
    """Describe a thing; predicates are IRIs, in the order of the facts."""
    node = ox.NamedNode(subject)
    yield ox.Triple(node, ox.NamedNode(f"{RDF}type"), ox.NamedNode(kind))
    for predicate, given in facts.items():
        for value in [given] if isinstance(given, ox.NamedNode | ox.Literal) else given:
            yield ox.Triple(node, ox.NamedNode(predicate), value)
