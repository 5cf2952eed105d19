"""Build the products of the ontology: base, full and simple, as the OBO Foundry names them.

- base: our own axioms, with the foreign terms in them declared, nothing imported;
- full: with every imported slice, and the subclasses that the reasoner found;
- simple: full without blank nodes, so that what is left is a plain hierarchy with labels, definitions and links.

All are the ontology `https://w3id.org/cartkg/ontology`; each has a version address of its own, so that a program that
loads two of them can tell them apart (OWL 2, section 3.1): full that of the ontology, `.../ontology/2026-11-22`, the
others a name below it, `.../ontology/2026-11-22/cartkg-base`. Definitions are in all of them under OBO's word
(IAO:0000115), too, which is the only one that ROBOT and the browsers of OBO ontologies look for.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.namespaces import BASE, ONTOLOGY, OWL, RDF, SH, SKOS

if TYPE_CHECKING:
    from collections.abc import Iterable

_TYPE = ox.NamedNode(f"{RDF}type")
_HEAD = ox.NamedNode(f"{OWL}Ontology")
_IMPORTS = ox.NamedNode(f"{OWL}imports")
_ANNOTATION = ox.NamedNode(f"{OWL}AnnotationProperty")
_DEFINITION = ox.NamedNode(f"{SKOS}definition")
#: OBO's word for skos:definition.
OBO_DEFINITION = ox.NamedNode("http://purl.obolibrary.org/obo/IAO_0000115")
_VERSION = ox.NamedNode(f"{OWL}versionIRI")


class Product(Enum):
    """The products of a release."""

    BASE = "base"
    FULL = "full"
    SIMPLE = "simple"

    @property
    def stem(self) -> str:
        """Return the name of its files, without ending."""
        return f"cartkg-{self.value}"


def product(kind: Product, ontology: Iterable[ox.Triple], inferred: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Return the triples of one product, without duplicates, in the order given.

    Args:
        kind: which product.
        ontology: all modules and imported slices.
        inferred: subclass relations that the reasoner found.
    """
    whole = [triple for triple in ontology if not _is_prefix(triple) and triple.predicate != _IMPORTS]
    heads = {triple.subject for triple in whole if triple.predicate == _TYPE and triple.object == _HEAD}
    parts = heads - {ox.NamedNode(ONTOLOGY)}
    merged = _defined([_addressed(triple, kind) for triple in whole if triple.subject not in parts])
    if kind is Product.BASE:
        return list(dict.fromkeys(_base(merged)))
    full = [*merged, *inferred]
    if kind is Product.FULL:
        return list(dict.fromkeys(full))
    return list(dict.fromkeys(triple for triple in full if not _is_anonymous(triple)))


def _addressed(triple: ox.Triple, kind: Product) -> ox.Triple:
    """Return the head's version address the name of the product; full keeps the ontology's own."""
    if triple.predicate != _VERSION or kind is Product.FULL or not isinstance(triple.object, ox.NamedNode):
        return triple
    return ox.Triple(triple.subject, _VERSION, ox.NamedNode(f"{triple.object.value}/{kind.stem}"))


def _defined(triples: list[ox.Triple]) -> list[ox.Triple]:
    """Say each definition in OBO's word, too."""
    said = [ox.Triple(each.subject, OBO_DEFINITION, each.object) for each in triples if each.predicate == _DEFINITION]
    return [*triples, *said, *([ox.Triple(OBO_DEFINITION, _TYPE, _ANNOTATION)] if said else [])]


def _base(triples: list[ox.Triple]) -> list[ox.Triple]:
    """Keep what is stated about our own terms, and the kind of the foreign ones that axioms and annotations use.

    Foreign terms that annotations merely point at, as a source, are not part of the axioms and not declared.
    """
    annotations = {triple.subject for triple in triples if triple.object == _ANNOTATION}
    ours = [triple for triple in triples if not _is_foreign(triple.subject)]
    objects = {triple.object for triple in ours if triple.predicate not in annotations}
    used = {*(triple.predicate for triple in ours), *objects}
    kinds = [each for each in triples if each.subject in used and each.predicate == _TYPE and _is_foreign(each.subject)]
    return [*ours, *kinds]


def _is_foreign(term: object) -> bool:
    return isinstance(term, ox.NamedNode) and not term.value.startswith(BASE)


def _is_anonymous(triple: ox.Triple) -> bool:
    return isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode)


def _is_prefix(triple: ox.Triple) -> bool:
    """Return whether a triple declares a prefix, which is not part of the ontology."""
    subject = triple.subject.value if isinstance(triple.subject, ox.NamedNode) else ""
    return (
        triple.predicate.value.startswith(SH)
        or subject.startswith(f"{BASE}prefix/")
        or subject == f"{ONTOLOGY}/prefixes"
    )
