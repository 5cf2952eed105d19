"""Compile a vocabulary: each entry becomes one subject, each of its fields one kind of statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from cartkg.compile.context.statements import LABEL, RDF_TYPE, decimal, plain, term, words
from cartkg.dossier.terms import term_iri
from cartkg.namespaces import SKOS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartkg.compile.context.statements import Subject
    from cartkg.compile.lists.listing import Listing
    from cartkg.dossier.node import Node

#: The closed list of each kind of word, and the class of those that have no kinds.
_KINDS: Mapping[str, str] = {
    "measure": "MeasureKind",
    "event": "EventKind",
    "disease": "DiseaseKind",
    "drug": "DrugKind",
    "target": "TargetKind",
    "unit": "UnitKind",
}
_CLASSES: Mapping[str, str] = {"site": "Site", "organization": "Organization"}
_MATCHES: Mapping[str, str] = {
    "exact": f"{SKOS}exactMatch",
    "close": f"{SKOS}closeMatch",
    "narrow": f"{SKOS}narrowMatch",
    "broad": f"{SKOS}broadMatch",
}
_OBO = "http://purl.obolibrary.org/obo/"
_NAMESPACES: Mapping[str, str] = {
    **{prefix: f"{_OBO}{prefix}_" for prefix in ("MONDO", "HP", "NCIT", "CHEBI", "UO")},
    "HGNC": "http://identifiers.org/hgnc/",
    "NCBIGene": "http://identifiers.org/ncbigene/",
    "UniProt": "http://purl.uniprot.org/uniprot/",
}


def expand(curie: str) -> str:
    """Return the IRI of an identifier of another vocabulary.

    Example:
        >>> expand("MONDO:0007915")
        'http://purl.obolibrary.org/obo/MONDO_0007915'
    """
    prefix, _, number = curie.partition(":")
    return _NAMESPACES[prefix] + number


def known_prefix(curie: str) -> bool:
    """Return whether an identifier is of a vocabulary whose IRIs are known."""
    return curie.partition(":")[0] in _NAMESPACES


def compile_vocabulary(listing: Listing) -> None:
    """State every entry of a vocabulary."""
    for entry in listing.entries:
        word = entry.text("id") or ""
        kind = _KINDS.get(listing.kind)
        subject = listing.subject(term_iri(listing.words.kind, word))
        subject.add(RDF_TYPE, listing.word(kind, entry.text("kind")) if kind else term(_CLASSES[listing.kind]))
        _names(listing, subject, entry)
        _relations(listing, subject, entry)
        _values(listing, subject, entry)


def _names(listing: Listing, subject: Subject, entry: Node) -> None:
    subject.add(LABEL, words(entry.text("label") or ""))
    for field, predicate in (("synonyms", "altLabel"), ("hidden", "hiddenLabel")):
        for name in entry.texts(field):
            subject.add(f"{SKOS}{predicate}", words(name))
    listing.text(subject, "note", entry, "note")


def _relations(listing: Listing, subject: Subject, entry: Node) -> None:
    wider = term("broaderDisease" if listing.kind == "disease" else "broaderMeasure")
    for predicate, field, kind in (
        (wider, "broader", listing.kind),
        (term("appliesToDisease"), "diseases", "disease"),
        (term("baseMeasure"), "base", "measure"),
        (term("variantOf"), "variant_of", "measure"),
    ):
        for found in listing.named(entry, field, kind):
            if found.iri == subject.iri:
                listing.fault(
                    entry.child(field), "names-itself", f"`{found.id}` cannot be {field} of itself; remove it"
                )
            subject.add(predicate, found.iri)
    subject.add(term("meansCategory"), listing.word("ResponseCategory", entry.text("category")))
    subject.add(term("gradedBy"), listing.word("GradingSystem", entry.text("graded_by")))
    for field, predicate in _MATCHES.items():
        for curie in filter(known_prefix, entry.texts(field)):  # others have a form error
            subject.add(predicate, NamedNode(expand(curie)))


def _values(listing: Listing, subject: Subject, entry: Node) -> None:
    subject.add(term("scoreDirection"), listing.word("Better", entry.text("better")))
    if code := entry.text("ucum"):
        subject.add(term("ucumCode"), plain(code))
    if (days := entry.number("days_per_unit")) is not None:
        subject.add(term("daysPerUnit"), decimal(days))
    elif entry.text("kind") == "time":
        message = "a unit of time needs `days_per_unit`, the number of days in one unit"
        listing.fault(entry, "time-without-days", message)
    listing.text(subject, "country", entry, "country")
