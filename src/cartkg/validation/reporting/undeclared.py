"""Find classes and properties in the data that are undeclared but similar to a declared one.

A misspelt class violates no shape, because the shape then has no target. So these are searched among all terms in
use, not among violations.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartkg.diagnostics import Diagnostic
from cartkg.namespaces import OWL, RDF, RDFS, SH
from cartkg.nearest import question
from cartkg.validation.rdf.terms import Term, bare, iri, is_iri, text
from cartkg.validation.reporting.misspellings import Known, Meaning, mentioned, split
from cartkg.validation.reporting.suggestions import respelled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from cartkg.turtle import Document, Position
    from cartkg.validation.rdf.facts import Facts
    from cartkg.validation.shapes.shapes_graph import Shapes

#: The rule of a class or property that no one declares and that is near to a declared one.
MISSPELT = "term-misspelt"
_TYPE = iri(f"{RDF}type")
_CLASSES = tuple(map(iri, (f"{RDFS}Class", f"{OWL}Class")))
_PROPERTIES = tuple(
    map(iri, (f"{RDF}Property", *(f"{OWL}{kind}Property" for kind in ("Object", "Datatype", "Annotation"))))
)
#: Predicates whose objects are classes, or properties; and those whose objects lead to lists of properties.
_TO_CLASS = tuple(map(iri, (f"{SH}class", f"{SH}targetClass", f"{RDFS}subClassOf", f"{RDFS}domain", f"{RDFS}range")))
_TO_PROPERTY = tuple(
    iri(SH + name)
    for name in (
        *("path", "targetSubjectsOf", "targetObjectsOf", "inversePath", "zeroOrMorePath", "oneOrMorePath"),
        *("zeroOrOnePath", "equals", "disjoint", "lessThan", "lessThanOrEquals"),
    )
)
_TO_PROPERTIES = tuple(iri(SH + name) for name in ("path", "alternativePath", "ignoredProperties"))
_SPARQL = tuple(iri(SH + name) for name in ("select", "ask", "construct"))
_WORD = re.compile(r"[^\W\d][\w\-]*")


def undeclared(facts: Facts, shapes: Shapes, ontology: Facts, files: Collection[Path]) -> list[Diagnostic]:
    """Return a diagnostic for each place of a class or property that is misspelt, with its fix where one is certain.

    A term counts as declared when the shapes or the ontology mention it, the data describe it, or a published
    vocabulary that rdflib knows has it.

    Args:
        facts: the data, with the ontology.
        shapes: the shapes.
        ontology: the ontology alone.
        files: the files to look at.
    """
    known = mentioned(shapes.facts) | mentioned(ontology) | facts.homes.keys()
    words = _queried(shapes.facts)
    classes, properties = _declared(shapes.facts, ontology)
    used = facts.inverse(_TYPE).keys()
    return _placed(
        facts,
        files,
        _meanings((each for each in used if is_iri(each) and each not in known), Known.of(classes), words),
        _meanings((each for each in facts.columns if each not in known), Known.of(properties), words),
    )


def _meanings(used: Iterator[Term], declared: Known, words: set[str]) -> dict[Term, Meaning]:
    found = {each: Meaning(each, meant) for each in used if (meant := declared.meant(each))}
    return {each: meaning for each, meaning in found.items() if split(each)[1] not in words and not _is_published(each)}


def _queried(shapes: Facts) -> set[str]:
    """Return the words in the SPARQL of shapes: what they ask for is declared, too."""
    texts = (text(each) for name in _SPARQL for values in shapes.column(name).values() for each in values)
    return {word for each in texts for word in _WORD.findall(each)}


def _declared(*given: Facts) -> tuple[set[Term], set[Term]]:
    """Return the classes and the properties that some files declare."""
    classes: set[Term] = set()
    properties: set[Term] = set()
    for facts in given:
        typed = facts.inverse(_TYPE)
        classes.update(*(typed.get(each, ()) for each in _CLASSES), *(facts.inverse(each) for each in _TO_CLASS))
        classes.update(facts.column(iri(f"{RDFS}subClassOf")))
        properties.update(
            *(typed.get(each, ()) for each in _PROPERTIES), *(facts.inverse(each) for each in _TO_PROPERTY)
        )
        properties.update(facts.column(iri(f"{RDFS}subPropertyOf")), facts.inverse(iri(f"{RDFS}subPropertyOf")))
        heads = {head for each in _TO_PROPERTIES for head in facts.inverse(each) if not is_iri(head)}
        properties.update(*(facts.list_items(head) or () for head in heads))
    return set(filter(is_iri, classes)), set(filter(is_iri, properties))


def _is_published(term: Term) -> bool:
    """Return whether a published vocabulary has a term, as far as rdflib knows these."""
    from rdflib import URIRef, namespace  # noqa: PLC0415  # a third of a second, and most data misspell nothing

    name = URIRef(bare(term))
    spaces = (each for each in vars(namespace).values() if isinstance(each, namespace.DefinedNamespaceMeta))
    return any(name in each for each in spaces if each is not namespace.DefinedNamespace)


def _placed(
    facts: Facts, files: Collection[Path], classes: Mapping[Term, Meaning], properties: Mapping[Term, Meaning]
) -> list[Diagnostic]:
    found: dict[tuple[Path, Position, Term], Diagnostic] = {}
    for number, file in enumerate(facts.files):
        if not (classes or properties) or file not in files:
            continue
        document = facts.document(number)
        for statement in document.triples:
            predicate = str(statement.quad.predicate)
            if predicate == _TYPE:
                meaning, place = classes.get(str(statement.quad.object)), statement.object
            else:
                meaning, place = properties.get(predicate), statement.predicate
            if meaning and (file, place, meaning.written) not in found:
                found[file, place, meaning.written] = _diagnostic(document, place, meaning)
    return list(found.values())


def _diagnostic(document: Document, place: Position, meaning: Meaning) -> Diagnostic:
    fix, choices = respelled(document, place, meaning)
    if fix is not None and any(_is_plural(meaning.written, each) for each in meaning.meant):
        choices, fix = (fix,), None
    hint = question([fix] if fix else list(choices))
    message = f"{meaning.written} is not declared in the shapes or the ontology{hint}"
    return Diagnostic(document.path, place.line, place.column, MISSPELT, message, fix=fix, choices=choices)


def _is_plural(one: Term, other: Term) -> bool:
    """Return whether two names are one word in both numbers: vocabularies that shapes know in part may have both."""
    names = sorted((split(one)[1].casefold(), split(other)[1].casefold()), key=len)
    return f"{names[0]}s" == names[1]
