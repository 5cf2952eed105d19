"""Document every term of the ontology and its use in the data as one HTML page, written by pyLODE.

pyLODE writes to the log of the process it runs in and is slow to load, so it runs in a process of its own:

    python -m cartkg.vocabulary.documentation [PARENT] < ontology.nt > ontology.html

The page stands alone: no script, no font, no style sheet from elsewhere. The picture of the model is beside it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING

import pyoxigraph as ox
from rdflib import BNode, Graph, Literal, URIRef

from cartkg.errors import ConfigError
from cartkg.namespaces import BASE, ONTOLOGY, RDF, RDFS, SKOS, TERM, XSD
from cartkg.processes import environment, own_module
from cartkg.vocabulary.cleaning import clean
from cartkg.vocabulary.diagram import draw, svg
from cartkg.vocabulary.external_vocabularies import OPEN
from cartkg.vocabulary.products import OBO_DEFINITION, Product, product
from cartkg.vocabulary.usage import NamedQuestion, Use, asked_in, uses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rdflib.term import Node

    from cartkg.graph import KnowledgeGraph

#: Names of the page and of the picture beside it.
PAGE = "ontology.html"
PICTURE = "model.svg"
_SECONDS = 300
_LOOK = 0.1
_HEAD = ox.NamedNode(ONTOLOGY)
_LABEL = ox.NamedNode(f"{RDFS}label")
_NOTE = ox.NamedNode(f"{SKOS}note")
#: Prefixes that the page explains.
_PREFIXES = {
    "cartkg": TERM,
    "obo": "http://purl.obolibrary.org/obo/",
    **{name: OPEN[name] for name in ("dcterms", "fabio", "prov")},
    "cito": OPEN["CiTO"],
    "skos": SKOS,
}
#: What pyLODE's own style lacks: pictures and tables that fit the page, also on a narrow screen.
_STYLE = """
        #content img { max-width: 100%; height: auto; }
        #content td, #content dd { overflow-wrap: anywhere; }
        @media (max-width: 60rem) {
            body { margin: 0 1rem; }
            #content { width: auto; }
            #toc { position: static; width: auto; height: 40vh; margin: 1rem 0; }
            #pylode { display: none; }
        }
    """
#: How many questions that name a term are told of it.
_QUESTIONS = 3


def document(ontology: Iterable[ox.Triple], graph: KnowledgeGraph, questions: Iterable[NamedQuestion]) -> bytes:
    """Return the input of pyLODE: our own terms (the base product), each with its use, as N-Triples.

    The foreign terms that axioms use have their labels, which the base product leaves to their own ontologies, and each
    definition stands once.

    Blank nodes are named by what they stand for, so that equal ontologies give equal pages.
    """
    whole = list(ontology)
    base = [each for each in product(Product.BASE, whole, ()) if OBO_DEFINITION not in each]
    kinds = {triple.subject for triple in base if triple.predicate.value == f"{RDF}type"}
    base += [triple for triple in whole if triple.predicate == _LABEL and triple.subject in kinds]
    used = _uses(uses(graph), asked_in(questions), kinds)
    picture = ox.Literal(f"![The model in one picture]({PICTURE})")
    head = (triple for triple in base if not (triple.subject == _HEAD and triple.predicate == _LABEL))
    named = ox.Dataset(ox.Quad(*triple) for triple in (*head, *used, ox.Triple(_HEAD, _NOTE, picture)))
    named.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return "".join(sorted(f"{quad.triple} .\n" for quad in named)).encode()


def _uses(
    used: Mapping[str, Use],
    asked: Mapping[str, list[NamedQuestion]],
    terms: set[ox.NamedNode | ox.BlankNode | ox.Triple],
) -> Iterator[ox.Triple]:
    """Say of each term how often the data uses it, where for instance, and which questions name it."""
    for term in terms:
        if not isinstance(term, ox.NamedNode) or not term.value.startswith(TERM):
            continue
        use = used.get(term.value, Use())
        words = f"Used {use.count:,} times in the data"
        if use.example:
            words += f", for instance in [{use.example.removeprefix(BASE)}]({use.example})"
        named = asked.get(term.value, [])[:_QUESTIONS]
        if named:
            words += ". Asked in: " + "; ".join(f"[{each.title}]({BASE}question/{each.name})" for each in named)
        yield ox.Triple(term, _NOTE, ox.Literal(words))


def page(source: bytes) -> bytes:
    """Write the page with pyLODE.

    Args:
        source: what `document` gives.

    Raises:
        ConfigError: pyLODE is missing, fails or takes too long.
    """
    command = own_module("cartkg.vocabulary.documentation", str(os.getpid()))
    same = environment(PYTHONHASHSEED="0")  # rdflib goes through its sets in the order of hashes
    try:
        made = subprocess.run(  # noqa: S603  # our own module
            command, input=source, capture_output=True, check=False, timeout=_SECONDS, env=same
        )
    except subprocess.TimeoutExpired as error:
        raise ConfigError(f"did not document the ontology within {_SECONDS} s", setting="pyLODE") from error
    if made.returncode:
        errors = made.stderr.decode(errors="replace").strip().splitlines()
        raise ConfigError(
            f"cannot document the ontology: {errors[-1] if errors else 'no reason given'}", setting="pyLODE"
        )
    return made.stdout


def picture(ontology: Iterable[ox.Triple]) -> bytes:
    """Draw the model with the labels of its terms, as SVG."""
    labels = {
        triple.subject.value.removeprefix(TERM): triple.object.value
        for triple in ontology
        if triple.predicate == _LABEL
        and isinstance(triple.subject, ox.NamedNode)
        and isinstance(triple.object, ox.Literal)
    }
    return svg(draw(labels)).encode()


def _written(source: bytes) -> str:
    """Write the page in this process; each term's anchor is its local name."""
    # pyLODE keeps the members of a class expression in a set of tags, whose order is else that of their addresses
    import_module("dominate.dom_tag").dom_tag.__hash__ = lambda tag: hash(tag.render())
    made = import_module("pylode.profiles.ontpub").OntPub(_graph(source), sort_subjects=True)
    terms = {str(term) for term in made.ont.subjects() if str(term).startswith(TERM)}
    made.fids.update((term, term.removeprefix(TERM)) for term in sorted(terms))
    made.make_html(destination=None)
    head = made.doc.head.render().replace("</style>", f"{_STYLE}</style>", 1)
    return clean(head, made.doc.body.render(), PICTURE)


def _graph(source: bytes) -> Graph:
    """Read N-Triples and keep the names of blank nodes, which rdflib's own reader makes up again each time."""
    graph = Graph(bind_namespaces="core")
    for prefix, namespace in _PREFIXES.items():
        graph.bind(prefix, namespace)
    for quad in ox.parse(source, format=ox.RdfFormat.N_TRIPLES):
        graph.add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    return graph


def _term(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Node:
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.Literal):
        plain = term.language or term.datatype.value == f"{XSD}string"
        return Literal(term.value, lang=term.language, datatype=None if plain else URIRef(term.datatype.value))
    return BNode(str(term).removeprefix("_:"))


def _leave_with(parent: int) -> None:
    """End this process when the one that wants the page has ended, as it does when a user interrupts it."""
    while os.getppid() == parent:
        sleep(_LOOK)
    os._exit(1)


if __name__ == "__main__":
    if sys.argv[1:]:
        Thread(target=_leave_with, args=(int(sys.argv[1]),), daemon=True).start()
    sys.stdout.write(_written(sys.stdin.buffer.read()))
