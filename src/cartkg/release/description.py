"""Describe a graph as VoID and DCAT; the same triples are in `graph/release` and at /.well-known/void.

Sources: VoID (https://www.w3.org/TR/void/), DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyoxigraph as ox

from cartkg.namespaces import BASE, DERIVED_GRAPHS, GRAPH_ASSERTED, GRAPH_RELEASE, ONTOLOGY, OWL, RDFS, TERM
from cartkg.release.partitions import partitions, totals
from cartkg.release.statements import (
    DATASET,
    DCAT,
    DCTERMS,
    FOAF,
    LICENSE,
    MAINTAINERS,
    PROV,
    SD,
    SPDX,
    VOID,
    count,
    plain,
    say,
    text,
    thing,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cartkg.graph import KnowledgeGraph
    from cartkg.release.statements import Value

TITLE = "cartkg: an evidence graph of CAR-T cell therapy in autoimmune disease"
ABOUT = (
    "What publications report on CAR-T and related cell therapy of autoimmune disease: findings with cohort, "
    "measure, time, amount and denominator, and the claims that state them, with conflicts and shared patients shown."
)
_COUNTED = (
    f"The numbers cover what is stated, {GRAPH_ASSERTED}; facts added by reasoning and counting are not included."
)
KEYWORDS = ("CAR-T", "autoimmune disease", "evidence synthesis", "clinical outcome", "adverse event")
#: Access for everyone, in the words that DCAT-AP uses.
PUBLIC = "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
#: The list of the publications that the data are taken from.
SOURCES = f"{BASE}publication"
_FEATURES = ("Turtle", "N-Triples", "N-Quads", "TriG", "RDF_XML", "JSON-LD")
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_EXAMPLES = ("Claim", "Conflict", "Cohort", "Finding", "Publication", "Study")


@dataclass(frozen=True, slots=True)
class File:
    """One file of a release.

    Attributes:
        name: path below the release's folder, with `/`.
        media_type: its IANA media type; of a compressed file (.gz) that of its content.
        title: what it contains.
        size: bytes.
        sha256: checksum, hexadecimal.
    """

    name: str
    media_type: str
    title: str
    size: int
    sha256: str


def void_description(graph: KnowledgeGraph, version: str) -> Iterator[ox.Triple]:
    """Describe the graph in VoID: sizes, vocabularies, graphs, class and property partitions.

    All numbers count stated facts only, `graph/asserted`; `graph/release` itself is not counted, so it must not be in
    the graph yet.
    """
    numbers = {f"{VOID}{name}": count(number) for name, number in totals(graph).items()}
    yield from say(
        DATASET,
        f"{VOID}Dataset",
        {
            **_common(version),
            f"{FOAF}homepage": thing(BASE),
            f"{RDFS}comment": text(_COUNTED),
            f"{VOID}uriSpace": plain(BASE),
            f"{VOID}sparqlEndpoint": thing(f"{BASE}sparql"),
            f"{VOID}dataDump": thing(f"{BASE}release/cartkg.nq"),
            f"{VOID}feature": [thing(f"http://www.w3.org/ns/formats/{name}") for name in _FEATURES],
            f"{VOID}vocabulary": [thing(space) for space in _vocabularies(graph)],
            f"{VOID}exampleResource": [thing(iri) for iri in _examples(graph)],
            **numbers,
        },
    )
    yield from say(
        f"{BASE}.well-known/void",
        f"{VOID}DatasetDescription",
        {f"{DCTERMS}title": text("Description of cartkg"), f"{FOAF}primaryTopic": thing(DATASET)},
    )
    yield from _graphs(graph)
    yield from partitions(graph)


def dcat_description(version: str, files: Iterable[File] = ()) -> Iterator[ox.Triple]:
    """Describe the data set for catalogues: its distributions with size and checksum, and its endpoint.

    Args:
        version: date of the data.
        files: the files of the release; without them only what does not depend on files is said.
    """
    listed = list(files)
    yield from say(
        DATASET,
        f"{DCAT}Dataset",
        {
            **_common(version),
            f"{DCAT}version": plain(version),
            f"{DCAT}keyword": [text(word) for word in KEYWORDS],
            f"{DCAT}landingPage": thing(BASE),
            f"{DCTERMS}language": plain("en", "language"),
            f"{DCTERMS}conformsTo": thing(ONTOLOGY),
            f"{DCTERMS}accrualPeriodicity": thing("http://purl.org/cld/freq/irregular"),
            f"{DCAT}distribution": [thing(f"{BASE}release/{file.name}") for file in listed],
        },
    )
    yield from say(
        f"{BASE}sparql",
        f"{DCAT}DataService",
        {
            f"{DCTERMS}title": text("SPARQL endpoint of cartkg"),
            f"{DCTERMS}license": thing(LICENSE),
            f"{DCTERMS}conformsTo": thing("http://www.w3.org/TR/sparql11-protocol/"),
            f"{DCAT}endpointURL": thing(f"{BASE}sparql"),
            f"{DCAT}endpointDescription": thing(f"{BASE}sparql"),
            f"{DCAT}servesDataset": thing(DATASET),
        },
    )
    for file in listed:
        yield from _distribution(file, version)


def describe(graph: KnowledgeGraph, version: str) -> list[ox.Triple]:
    """Return what goes into `graph/release`: VoID and DCAT without the release's files, whose checksums come later."""
    return [*void_description(graph, version), *dcat_description(version)]


def served_at(base_url: str, dumps: Mapping[str, int]) -> Iterator[ox.Triple]:
    """Describe where one server offers the data set, in addition to the permanent addresses of the release.

    Args:
        base_url: address of the server, ending with "/".
        dumps: name of each file below `release/` -> its size in bytes.
    """
    yield ox.Triple(thing(DATASET), thing(f"{VOID}sparqlEndpoint"), thing(f"{base_url}sparql"))
    for name, size in dumps.items():
        place = f"{base_url}release/{quote(name)}"
        yield ox.Triple(thing(DATASET), thing(f"{DCAT}distribution"), thing(place))
        facts: dict[str, Value | Sequence[Value]] = {
            f"{DCAT}downloadURL": thing(place),
            f"{DCAT}byteSize": plain(str(size), "nonNegativeInteger"),
        }
        yield from say(place, f"{DCAT}Distribution", facts)


def _common(version: str) -> dict[str, Value | Sequence[Value]]:
    return {
        f"{DCTERMS}title": text(TITLE),
        f"{DCTERMS}description": text(ABOUT),
        f"{DCTERMS}identifier": plain(DATASET, "anyURI"),
        f"{DCTERMS}license": thing(LICENSE),
        f"{DCTERMS}accessRights": thing(PUBLIC),
        f"{PROV}wasDerivedFrom": thing(SOURCES),
        f"{DCTERMS}creator": thing(MAINTAINERS),
        f"{DCTERMS}publisher": thing(MAINTAINERS),
        f"{DCTERMS}issued": plain(version, "date"),
        f"{DCTERMS}modified": plain(version, "date"),
        f"{OWL}versionInfo": plain(version),
    }


def _distribution(file: File, version: str) -> Iterator[ox.Triple]:
    iri = f"{BASE}release/{file.name}"
    checksum = f"{iri}#sha256"
    yield from say(
        iri,
        f"{DCAT}Distribution",
        {
            f"{DCTERMS}title": text(file.title),
            f"{DCTERMS}license": thing(LICENSE),
            f"{DCTERMS}issued": plain(version, "date"),
            f"{DCAT}downloadURL": thing(iri),
            f"{DCAT}mediaType": thing(_MEDIA_TYPES + file.media_type),
            f"{DCAT}compressFormat": [thing(f"{_MEDIA_TYPES}application/gzip")] if file.name.endswith(".gz") else [],
            f"{DCAT}byteSize": plain(str(file.size), "nonNegativeInteger"),
            f"{SPDX}checksum": thing(checksum),
        },
    )
    yield from say(
        checksum,
        f"{SPDX}Checksum",
        {
            f"{SPDX}algorithm": thing(f"{SPDX}checksumAlgorithm_sha256"),
            f"{SPDX}checksumValue": plain(file.sha256, "hexBinary"),
        },
    )


def _graphs(graph: KnowledgeGraph) -> Iterator[ox.Triple]:
    """Say how large each named graph is; those of what is stated are parts of the data set that is described."""
    for name in graph.graphs():
        if name == GRAPH_RELEASE:
            continue
        size = count(sum(1 for _ in graph.quads(name)))
        yield from say(name, f"{SD}Graph", {f"{VOID}triples": size})
        if name not in DERIVED_GRAPHS:
            yield from say(name, f"{VOID}Dataset", {f"{DCTERMS}isPartOf": thing(DATASET)})


def _vocabularies(graph: KnowledgeGraph) -> list[str]:
    """Return the namespaces of the properties and classes in use, sorted."""
    rows = graph.select("SELECT DISTINCT ?t WHERE { { ?s ?t ?o } UNION { ?s a ?t } FILTER(ISIRI(?t)) }")
    terms = (row["t"] for row in rows)
    return sorted({term[: max(term.rfind("#"), term.rfind("/")) + 1] for term in terms})


def _examples(graph: KnowledgeGraph) -> Iterator[str]:
    """Return one thing of each main class, the first by name."""
    for name in _EXAMPLES:
        pattern = f"?s a ?c . ?c <{RDFS}subClassOf>* <{TERM}{name}>"
        for row in graph.select(f"SELECT (MIN(STR(?s)) AS ?first) WHERE {{ {pattern} FILTER(ISIRI(?s)) }}"):
            yield from row.values()
