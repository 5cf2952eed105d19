"""What this endpoint is, as a SPARQL 1.1 Service Description; and the tag that names one answer of one release.

Source: SPARQL 1.1 Service Description sections 3.2 to 3.5; sd:availableGraphs lists all that FROM may name: the named
graphs of the default dataset, and `graph/asserted`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.formats import GRAPHS
from cartkg.namespaces import DERIVED_GRAPHS, GRAPH_ASSERTED, RDF, RDFS, XSD
from cartkg.sparql.protocol.negotiation import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cartkg.formats import Format

SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"
_ENTAILMENT = "http://www.w3.org/ns/entailment/Simple"

#: The W3C's list of formats, http://www.w3.org/ns/formats/; pyoxigraph names JSON-LD by an IRI that is not in it.
_FORMATS = "http://www.w3.org/ns/formats/"
_PREFIXES = {"sd": SD, "void": VOID, "formats": _FORMATS, "xsd": XSD, "rdfs": RDFS}
#: To be raised when an answer to the same request gets other bytes, or clients would keep the old ones.
_WRITING = "2"
_UNION = "The union of all named graphs, each triple once; including what reasoning and counting add."
_ASSERTED = (
    "What is stated: the union of all named graphs but those that reasoning and counting add. A name for FROM and "
    "default-graph-uri; it is not a named graph, so GRAPH does not find it."
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is true of an endpoint.

    Attributes:
        address: IRI at which it answers.
        graphs: name of each named graph -> number of its triples; none when another endpoint answers, whose default
            graph is not known.
        federated: whether SERVICE may be used, for listed services.
    """

    address: str
    graphs: Mapping[str, int] = field(default_factory=dict)
    federated: bool = False


def serialise(facts: Endpoint, style: Format) -> bytes:
    """Write the description of an endpoint in one of the graph formats."""
    sink = BytesIO()
    ox.serialize(statements(facts), sink, format=GRAPHS[style.name].engine, prefixes=_PREFIXES)
    return sink.getvalue()


def statements(facts: Endpoint) -> Iterator[ox.Triple]:
    """Return the triples of the description."""
    service, dataset = ox.NamedNode(facts.address), ox.NamedNode(f"{facts.address}#dataset")
    default = ox.NamedNode(f"{facts.address}#default-graph")

    def say(subject: ox.NamedNode, name: str, value: ox.NamedNode | ox.Literal) -> ox.Triple:
        return ox.Triple(subject, ox.NamedNode(SD + name), value)

    def kind(subject: ox.NamedNode, name: str) -> ox.Triple:
        return ox.Triple(subject, ox.NamedNode(f"{RDF}type"), ox.NamedNode(SD + name))

    yield kind(service, "Service")
    yield say(service, "endpoint", service)
    yield say(service, "supportedLanguage", ox.NamedNode(f"{SD}SPARQL11Query"))
    for name in dict.fromkeys(one.engine.iri.rpartition("/")[2] for one in FORMATS):
        yield say(service, "resultFormat", ox.NamedNode(_FORMATS + name))
    yield say(service, "defaultEntailmentRegime", ox.NamedNode(_ENTAILMENT))
    yield say(service, "defaultDataset", dataset)
    if facts.federated:
        yield say(service, "feature", ox.NamedNode(f"{SD}BasicFederatedQuery"))
    yield kind(dataset, "Dataset")
    yield say(dataset, "defaultGraph", default)
    yield kind(default, "Graph")
    if not facts.graphs:
        return
    yield _comment(default, _UNION)
    available = ox.NamedNode(f"{facts.address}#available-graphs")
    asserted = ox.NamedNode(f"{available.value}/asserted-graph")
    yield say(service, "availableGraphs", available)
    yield kind(available, "GraphCollection")
    yield from _named(ox.NamedNode(GRAPH_ASSERTED), available)
    yield _comment(asserted, _ASSERTED)
    for name, size in sorted(facts.graphs.items()):
        unions = (default,) if name in DERIVED_GRAPHS else (default, asserted)
        yield from _graph(ox.NamedNode(name), dataset, unions, size)
        yield say(available, "namedGraph", _entry(ox.NamedNode(name), dataset))


def _comment(subject: ox.NamedNode, text: str) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(f"{RDFS}comment"), ox.Literal(text, language="en"))


def _graph(name: ox.NamedNode, dataset: ox.NamedNode, unions: Sequence[ox.NamedNode], size: int) -> Iterator[ox.Triple]:
    """Describe one named graph, and say which unions hold it."""
    yield from _named(name, dataset)
    graph = ox.NamedNode(f"{_entry(name, dataset).value}-graph")
    yield ox.Triple(
        graph, ox.NamedNode(f"{VOID}triples"), ox.Literal(str(size), datatype=ox.NamedNode(f"{XSD}integer"))
    )
    for union in unions:
        yield ox.Triple(union, ox.NamedNode(f"{VOID}subset"), graph)


def _named(name: ox.NamedNode, collection: ox.NamedNode) -> Iterator[ox.Triple]:
    """Enter a graph under its name in a collection of graphs."""
    entry = _entry(name, collection)
    graph = ox.NamedNode(f"{entry.value}-graph")
    is_a = ox.NamedNode(f"{RDF}type")
    yield ox.Triple(collection, ox.NamedNode(f"{SD}namedGraph"), entry)
    yield ox.Triple(entry, is_a, ox.NamedNode(f"{SD}NamedGraph"))
    yield ox.Triple(entry, ox.NamedNode(f"{SD}name"), name)
    yield ox.Triple(entry, ox.NamedNode(f"{SD}graph"), graph)
    yield ox.Triple(graph, is_a, ox.NamedNode(f"{SD}Graph"))


def _entry(name: ox.NamedNode, collection: ox.NamedNode) -> ox.NamedNode:
    return ox.NamedNode(f"{collection.value}/{name.value.rsplit('/', 1)[-1]}")


def tag(*parts: str) -> str:
    """Name an answer by all that it depends on: release, query, dataset, format, the links in it, how we write."""
    return sha256("\0".join((_WRITING, *parts)).encode()).hexdigest()[:32]
