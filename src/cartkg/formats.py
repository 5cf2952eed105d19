"""The formats of RDF and of results, each once: names, media types, file extensions and the engine's own object.

Source: the W3C's recommendations for each format; pyoxigraph's `RdfFormat` and `QueryResultsFormat`.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import QueryResultsFormat, RdfFormat


@dataclass(frozen=True, slots=True)
class Format:
    """One serialisation.

    Attributes:
        name: short name, as in `?format=json`.
        label: name as people write it.
        media_types: what it may be called in Accept and Content-Type; the registered name first.
        names: further short names that clients use in `?format=`.
        endings: endings of its files, the usual one first.
    """

    name: str
    label: str
    media_types: tuple[str, ...]
    names: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResultFormat(Format):
    """A format of rows, most of them of truth values too; `engine` is what pyoxigraph calls it."""

    engine: QueryResultsFormat = QueryResultsFormat.JSON


@dataclass(frozen=True, slots=True)
class GraphFormat(Format):
    """A format of triples or quads; `engine` is what pyoxigraph calls it."""

    engine: RdfFormat = RdfFormat.TURTLE


JSON = ResultFormat(
    "json",
    "JSON",
    ("application/sparql-results+json", "application/json"),
    ("srj", "sparql-results+json", "sparql-json"),
    (".srj",),
    QueryResultsFormat.JSON,
)
XML = ResultFormat(
    "xml",
    "XML",
    ("application/sparql-results+xml", "application/xml", "text/xml"),
    ("srx", "sparql-results+xml", "sparql-xml"),
    (".srx",),
    QueryResultsFormat.XML,
)
CSV = ResultFormat("csv", "CSV", ("text/csv",), (), (".csv",), QueryResultsFormat.CSV)
TSV = ResultFormat("tsv", "TSV", ("text/tab-separated-values",), (), (".tsv",), QueryResultsFormat.TSV)
#: CSV whose cells no spreadsheet takes for a formula; plain CSV stays as SPARQL wants it.
SPREADSHEET = ResultFormat(
    "spreadsheet",
    "CSV for spreadsheets",
    ("text/csv; cells=text",),
    ("text/csv;cells=text",),
    (".csv",),
    QueryResultsFormat.CSV,
)
TURTLE = GraphFormat(
    "turtle", "Turtle", ("text/turtle", "application/x-turtle"), ("ttl", "n3"), (".ttl",), RdfFormat.TURTLE
)
N_TRIPLES = GraphFormat(
    "ntriples", "N-Triples", ("application/n-triples",), ("nt", "n-triples"), (".nt",), RdfFormat.N_TRIPLES
)
RDF_XML = GraphFormat(
    "rdfxml",
    "RDF/XML",
    ("application/rdf+xml", "application/xml", "text/xml"),
    ("rdf", "rdf+xml", "xml"),
    (".rdf", ".owl", ".xml"),
    RdfFormat.RDF_XML,
)
JSON_LD = GraphFormat(
    "jsonld",
    "JSON-LD",
    ("application/ld+json", "application/json"),
    ("json-ld", "ld+json", "json"),
    (".jsonld",),
    RdfFormat.JSON_LD,
)
TRIG = GraphFormat("trig", "TriG", ("application/trig",), (), (".trig",), RdfFormat.TRIG)
N_QUADS = GraphFormat("nquads", "N-Quads", ("application/n-quads",), ("nq", "n-quads"), (".nq",), RdfFormat.N_QUADS)

N3 = GraphFormat("n3", "Notation3", ("text/n3",), (), (".n3",), RdfFormat.N3)
#: Lines of JSON that rdflib reads and the engine does not: it is handed over as N-Quads.
HEXTUPLES = GraphFormat("hext", "HexTuples", ("application/hex+x-ndjson",), (), (".hext",), RdfFormat.N_QUADS)

#: Short name -> format of rows, in the order of the server's own preference.
RESULTS = {one.name: one for one in (JSON, XML, CSV, TSV, SPREADSHEET)}
#: Short name -> format of one graph, in that order too.
GRAPHS = {one.name: one for one in (TURTLE, N_TRIPLES, RDF_XML, JSON_LD)}
#: Ending of a file -> the RDF format that it contains; those with named graphs too.
BY_ENDING = {ending: one for one in (*GRAPHS.values(), TRIG, N_QUADS) for ending in one.endings}
