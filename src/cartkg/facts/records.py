"""Read records from the graph; pages read every fact through this module.

Every question goes through the engine that also answers `/sparql`, under the same limits, so the pages
work the same over the graph in memory and over a remote endpoint.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, parse

from cartkg.errors import BackendError, RejectedByStore
from cartkg.evaluation.syntax import analyse, guard
from cartkg.facts.names import name_of_source, name_without_label
from cartkg.facts.result_cache import Key
from cartkg.formats import JSON, N_TRIPLES
from cartkg.namespaces import OWL, RDF, RDFS, SKOS, TERM
from cartkg.sparql.engines.engine import Operation, stays
from cartkg.sparql.protocol.requests import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pyoxigraph import Triple

    from cartkg.facts.result_cache import ResultCache
    from cartkg.formats import Format
    from cartkg.sparql.engines.engine import Engine

DCTERMS = "http://purl.org/dc/terms/"

_SHORT = {
    TERM: "",
    RDF: "rdf:",
    RDFS: "rdfs:",
    OWL: "owl:",
    SKOS: "skos:",
    DCTERMS: "dcterms:",
}
#: Characters of a question that a message shows, from its end: all begin with the same prefixes.
_SHOWN = 200
#: What SPARQL's IRIREF allows between < and > (SPARQL 1.1, production 139), less what no IRI of ours contains.
_IRI = re.compile(r"[a-z][a-z0-9+.\-]*:[^\x00-\x20<>\"{}|^`\\]+\Z", re.IGNORECASE)


Kind = OneOf["uri", "literal", "bnode", "triple"]
#: Kinds of terms as SPARQL's JSON results name them; some engines still say typed-literal.
_KINDS: dict[str, Kind] = {"uri": "uri", "bnode": "bnode", "triple": "triple"}


@dataclass(frozen=True, slots=True)
class AnswerTerm:
    """One RDF term of an answer.

    Attributes:
        value: the IRI, the literal's text, or the blank node's name.
        kind: as SPARQL's JSON results name it.
        datatype: IRI of the literal's datatype; empty for plain strings and for IRIs.
        label: the name people read, when the graph has one.
    """

    value: str
    kind: Kind
    datatype: str = ""
    label: str = ""

    @property
    def is_iri(self) -> bool:
        """Whether the node is an IRI."""
        return self.kind == "uri"

    @property
    def local(self) -> str:
        """Return the part of an IRI after the last # or /; of a literal, its text."""
        return re.split(r"[#/]", self.value.rstrip("/#"))[-1] if self.is_iri else self.value


@dataclass(frozen=True, slots=True)
class Record:
    """One thing of the graph with its statements, by short predicate name (`numerator`, `rdfs:label`)."""

    iri: str
    values: Mapping[str, tuple[AnswerTerm, ...]]

    def all(self, name: str) -> tuple[AnswerTerm, ...]:
        """Return all values of a predicate; empty when the graph states none."""
        return self.values.get(name, ())

    def first(self, name: str) -> AnswerTerm | None:
        """Return one value of a predicate, or None."""
        found = self.values.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str:
        """Return the label or text of the first value; empty when there is none."""
        node = self.first(name)
        return (node.label or node.local) if node else ""

    @property
    def label(self) -> str:
        """Return the record's own name: its label, else what it is and the end of its IRI in words."""
        stated = self.text("rdfs:label") or self.text("skos:prefLabel")
        if stated and "Source" in self.types:
            return name_of_source(stated)
        return stated or name_without_label(self.iri)

    def names(self, name: str) -> frozenset[str]:
        """Return the local names of the values of a predicate."""
        return frozenset(node.local for node in self.all(name))

    @property
    def types(self) -> frozenset[str]:
        """Return the local names of the classes that are stated for it."""
        return self.names("rdf:type")


@dataclass(frozen=True, slots=True)
class Table:
    """The answer of a SELECT: names of the columns, and rows of the same length (None where unbound)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[AnswerTerm | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Records:
    """Query the graph for tables, records and RDF.

    Attributes:
        engine: answers, under the limits of every query.
        cache: keeps answers of one release, shared with the endpoint.
        release: digest of the release served; empty when unknown, and nothing is kept then.
        dataset: the graphs that are asked.
        gone: returns whether whoever asks has left.
        ours: whether the queries are those of cartkg; users write the others.
    """

    engine: Engine
    cache: ResultCache
    release: str = ""
    dataset: Dataset = field(default_factory=Dataset)
    gone: Callable[[], bool] = stays
    ours: bool = True

    def answer(self, query: str, form: Format) -> bytes:
        """Answer a query in a format.

        Raises:
            QueryError: the query is malformed or not allowed.
            BackendError: it could not be answered, or met a limit.
        """
        key = Key(self.release, query, self.dataset, form.name)
        known = self.cache.get(key)
        if known is None:
            analysis = analyse(query)
            guard(analysis)
            try:
                known = self.engine.answer(Operation(query, form, self.dataset, gone=self.gone))
            except RejectedByStore as error:
                if not self.ours:
                    raise
                said = " ".join(query.split())[-_SHOWN:]
                raise BackendError(f"the store rejected a question of cartkg itself, which ends in: {said}") from error
            if not analysis.volatile:
                self.cache.put(key, known)
        return known.body

    def table(self, query: str) -> Table:
        """Run a SELECT or ASK; an ASK gives one column `answer` with one row.

        Raises:
            QueryError: the query is malformed.
            BackendError: it could not be answered, or met a limit.
        """
        answer = json.loads(self.answer(query, JSON))
        if "boolean" in answer:
            truth = AnswerTerm(str(answer["boolean"]).lower(), "literal")
            return Table(("answer",), ((truth,),))
        columns = tuple(answer["head"]["vars"])
        rows = tuple(
            tuple(_node(binding[name]) if name in binding else None for name in columns)
            for binding in answer["results"]["bindings"]
        )
        return Table(columns, rows)

    def row_count(self, query: str) -> int:
        """Run a SELECT and return how many rows it gives.

        Raises:
            QueryError: the query is malformed.
            BackendError: it could not be answered, or met a limit.
        """
        return len(json.loads(self.answer(query, JSON))["results"]["bindings"])

    def records(self, selection: str, variable: str = "s", graph: str = "") -> list[Record]:
        """Return everything stated about the things that a graph pattern selects, sorted by IRI.

        Args:
            selection: the inside of a WHERE that binds the variable; it may use the prefixes of `PREFIXES`.
            variable: name of the variable that stands for the things.
            graph: IRI of the named graph that states it; the default graph when empty.
        """
        it = f"?{variable}"
        stated = f"{{ SELECT DISTINCT {it} WHERE {{ {selection} }} }}\n{it} ?p ?o ."
        if graph:
            stated = f"GRAPH {iri_token(graph)} {{ {stated} }}"
        query = f"{PREFIXES}SELECT {it} ?p ?o ?l WHERE {{ {stated} OPTIONAL {{ ?o rdfs:label ?l }} }}"
        gathered: dict[str, dict[str, dict[str, AnswerTerm]]] = {}
        for binding in json.loads(self.answer(query, JSON))["results"]["bindings"]:
            node = _node(binding["o"], binding["l"]["value"] if "l" in binding else "")
            things = gathered.setdefault(binding[variable]["value"], {})
            things.setdefault(short(binding["p"]["value"]), {})[node.value] = node
        return [
            Record(iri, {name: tuple(values[key] for key in sorted(values)) for name, values in sorted(found.items())})
            for iri, found in sorted(gathered.items())
        ]

    def record(self, iri: str, graph: str = "") -> Record | None:
        """Return everything stated about one thing, in a named graph or the default one; None when that is nothing."""
        found = self.records(f"VALUES ?s {{ {iri_token(iri)} }} ?s ?any ?thing", graph=graph)
        return found[0] if found else None

    def number(self, query: str) -> int:
        """Run a SELECT of one count; 0 when it gives no row."""
        rows = self.table(PREFIXES + query).rows
        return int(rows[0][0].value) if rows and rows[0][0] else 0

    def truth(self, query: str) -> bool:
        """Run an ASK."""
        cell = self.table(PREFIXES + query).rows[0][0]
        return cell is not None and cell.value == "true"

    def rdf(self, query: str) -> bytes:
        """Run a CONSTRUCT and give its triples as N-Triples, in no order."""
        return self.answer(PREFIXES + query, N_TRIPLES)

    def statements(self, query: str) -> Table:
        """Run a CONSTRUCT or DESCRIBE and return its triples as a table, sorted.

        Raises:
            QueryError: the query is malformed.
            BackendError: it could not be answered, or met a limit.
        """
        triples = sorted(parse(self.answer(query, N_TRIPLES), format=RdfFormat.N_TRIPLES), key=str)
        return Table(
            ("subject", "predicate", "object"),
            tuple(tuple(_term(part) for part in (each.subject, each.predicate, each.object)) for each in triples),
        )


PREFIXES = f"""PREFIX cartkg: <{TERM}>
PREFIX owl: <{OWL}>
PREFIX rdf: <{RDF}>
PREFIX rdfs: <{RDFS}>
PREFIX skos: <{SKOS}>
PREFIX dcterms: <{DCTERMS}>
"""


@lru_cache(maxsize=2048)
def short(iri: str) -> str:
    """Return the short name of a predicate: our own by local name, a few by prefix, the rest whole.

    Example:
        >>> short("http://www.w3.org/2000/01/rdf-schema#label")
        'rdfs:label'
    """
    for namespace, prefix in _SHORT.items():
        if iri.startswith(namespace):
            return prefix + iri[len(namespace) :]
    return iri


def is_iri(text: str) -> bool:
    """Return whether a text can be written between < and > in SPARQL."""
    return bool(_IRI.match(text))


def iri_token(iri: str) -> str:
    """Write an IRI for SPARQL.

    Raises:
        ValueError: the text is not an IRI; callers ask `is_iri` first for what people typed.
    """
    if not is_iri(iri):
        raise ValueError(f"no IRI: {iri!r}")
    return f"<{iri}>"


def iri_tokens(iris: Iterable[str]) -> str:
    """Write IRIs for a VALUES block, each once, sorted."""
    return " ".join(iri_token(iri) for iri in sorted(set(iris)))


def grouped(records: Sequence[Record], name: str) -> dict[str, list[Record]]:
    """Group records by the IRI of each value of a predicate."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        for node in record.all(name):
            groups.setdefault(node.value, []).append(record)
    return groups


def _term(term: NamedNode | BlankNode | Literal | Triple) -> AnswerTerm:
    if isinstance(term, Literal):
        return AnswerTerm(term.value, "literal", term.datatype.value)
    if isinstance(term, NamedNode):
        return AnswerTerm(term.value, "uri")
    return AnswerTerm(str(term), "bnode" if isinstance(term, BlankNode) else "triple")


def _node(binding: Mapping[str, str], label: str = "") -> AnswerTerm:
    value = binding["value"]
    text = value if isinstance(value, str) else json.dumps(value)
    return AnswerTerm(text, _KINDS.get(binding["type"], "literal"), binding.get("datatype", ""), label)


def text_of(row: Mapping[str, AnswerTerm], name: str) -> str:
    """Return the text of a column of a row; empty where the row has none."""
    node = row.get(name)
    return node.value if node else ""
