"""A query without rows in, the part that empties it out: found by asking the engine about more and more of it.

A true negative (all terms occur, they only do not meet) is told from a broken pattern (a term occurs nowhere).
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from cartkg.errors import LimitExceeded
from cartkg.namespaces import GRAPH_INFERRED, RDF
from cartkg.sparql.engines import Operation
from cartkg.sparql.negotiation import CSV, JSON, Kind, offers
from cartkg.sparql.patterns import Outline, Part, outline
from cartkg.sparql.syntax import analyse, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartkg.sparql.engines import Engine
    from cartkg.sparql.protocol import Dataset

_PROBE_SECONDS = 2.0
_MOST_PROBES = 40
_CANDIDATES = 400
_NEAR = 3
_DEPTH = 1000
_ORDER = {"triple": 0, "group": 0, "bind": 1, "optional": 2, "filter": 3}


@dataclass(frozen=True, slots=True)
class Absent:
    """A term that the data does not hold, and terms that it may have been meant for."""

    term: str
    near: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a query has no rows.

    Attributes:
        verdict: `not empty`, `broken pattern`, `true negative` or `cannot tell`.
        reason: one sentence.
        pattern: the part that empties the join; None when there is none to name.
        absent: terms of that part that occur nowhere in the graphs asked.
    """

    verdict: str
    reason: str
    pattern: Part | None = None
    absent: tuple[Absent, ...] = ()


class Doctor:
    """Asks an engine small questions about one query."""

    def __init__(self, engine: Engine, query: str, dataset: Dataset) -> None:
        """Take the query apart; it is assumed to be well-formed and allowed."""
        self._engine = engine
        self._dataset = dataset
        self._query = query
        self._outline = outline(query)
        self._probes = 0

    def diagnose(self) -> Diagnosis:
        """Find the part that empties the query; one that needs too many probes gives `cannot tell`."""
        if self._outline is None or not self._outline.parts:
            return Diagnosis("cannot tell", "the query has no pattern that could be empty")
        try:
            return self._search(self._outline)
        except LimitExceeded:
            return Diagnosis("cannot tell", "finding the cause met a limit; try a part of the query")

    def _search(self, found: Outline) -> Diagnosis:
        parts = sorted(found.parts, key=lambda part: _ORDER[part.kind])
        held: list[Part] = []
        for part in parts:
            held.append(part)
            if part.kind in {"bind", "optional"}:
                continue
            if not self._ask(found, held):
                return self._judge(found, part, held[:-1])
        return Diagnosis("not empty", "the pattern has solutions; an empty answer comes from HAVING, LIMIT or OFFSET")

    def _judge(self, found: Outline, part: Part, before: list[Part]) -> Diagnosis:
        absent = tuple(self._absent(found, part))
        if absent:
            names = ", ".join(one.term for one in absent)
            return Diagnosis("broken pattern", f"{names} occurs nowhere in the graphs asked", part, absent)
        if part.kind == "filter":
            return Diagnosis("true negative", "there are matches, and this FILTER turns all of them away", part)
        if before and self._ask(found, [part]):
            reason = "this part has matches, and none of them meets those of the parts before it"
            return Diagnosis("true negative", reason, part)
        return Diagnosis("true negative", "all its terms occur, but never together in this way", part)

    def _absent(self, found: Outline, part: Part) -> Iterator[Absent]:
        for term, place in _constants(part):
            if not self._occurs(found, term):
                yield Absent(term, tuple(self._near(found, term, place)), self._elsewhere(found, term))

    def _occurs(self, found: Outline, term: str) -> bool:
        where = f"{{ ?s ?p {term} }}"
        if not _is_literal(term):
            where += f" UNION {{ {term} ?p ?o }} UNION {{ ?s {term} ?o }} UNION {{ GRAPH {term} {{ }} }}"
        return self._truth(f"{found.prologue} ASK {found.dataset} {{ {where} }}")

    def _elsewhere(self, found: Outline, term: str) -> str:
        """Say when a term is there, but in a graph that the default graph does not hold."""
        triples = f"{{ ?s ?p {term} }}"
        if not _is_literal(term):
            triples += f" UNION {{ {term} ?p ?o }} UNION {{ ?s {term} ?o }}"
        if self._truth(f"{found.prologue} ASK {{ GRAPH <{GRAPH_INFERRED}> {{ {triples} }} }}"):
            return f"it occurs in <{GRAPH_INFERRED}>, which the default graph does not hold: write GRAPH"
        return ""

    def _near(self, found: Outline, term: str, place: str) -> list[str]:
        """Give what the term may have been meant for, likeliest first."""
        if _is_literal(term):
            bare = next(one.text for one in tokens(term) if one.text not in {"+", "-"})
            same = f"FILTER(isLiteral(?x) && LCASE(STR(?x)) = LCASE(STR({bare})))"
            return self._column(f"{found.prologue} SELECT DISTINCT ?x {{ ?s ?p ?x {same} }} LIMIT {_NEAR}")
        whole = self._column(f"{found.prologue} SELECT (STR({term}) AS ?x) {{}}")[0]
        local = _local(whole)
        patterns = {"predicate": "?s ?x ?o", "class": "?s a ?x", "subject": "?x ?p ?o", "object": "?s ?p ?x"}
        start = local[:3].lower().replace("\\", "").replace('"', "")
        like = f'FILTER(isIRI(?x) && CONTAINS(LCASE(STR(?x)), "{start}"))'
        limit = f"LIMIT {_CANDIDATES}"
        names = self._column(f"SELECT DISTINCT ?x {{ {patterns[place]} {like} }} {limit}")
        names += self._column(f"SELECT DISTINCT ?x {{ {patterns[place]} FILTER(isIRI(?x)) }} {limit}")
        return _closest(whole, local, names)

    def _ask(self, found: Outline, parts: Iterable[Part]) -> bool:
        body = "\n".join(part.text for part in sorted(parts, key=lambda part: _ORDER[part.kind]))
        return self._truth(f"{found.prologue} ASK {found.dataset} {{ {body} }}")

    def _truth(self, query: str) -> bool:
        self._count()
        answer = self._engine.answer(Operation(query, JSON, self._dataset, _PROBE_SECONDS))
        return b"true" in answer.body

    def _column(self, query: str) -> list[str]:
        self._count()
        answer = self._engine.answer(Operation(query, CSV, self._dataset, _PROBE_SECONDS))
        return [row[0] for row in csv.reader(io.StringIO(answer.body.decode(), newline="")) if row][1:]

    def _count(self) -> None:
        self._probes += 1
        if self._probes > _MOST_PROBES:
            raise LimitExceeded("too many questions about one query", limit="busy")


def diagnose(engine: Engine, query: str, dataset: Dataset) -> Diagnosis:
    """Say why a query has no rows.

    Raises:
        QueryError: the query is malformed; the engine's own error.
        LimitExceeded: the query itself met a limit.
    """
    kind = analyse(query, _DEPTH).kind
    answer = engine.answer(Operation(query, offers(kind)[0], dataset))
    nothing = b"false" in answer.body if kind is Kind.BOOLEAN else not answer.rows
    if not nothing and not (kind is Kind.TABLE and _counts_zero(answer.body)):
        return Diagnosis("not empty", f"the query has {answer.rows} rows")
    return Doctor(engine, query, dataset).diagnose()


def _counts_zero(body: bytes) -> bool:
    """Tell whether a table is one row of zeros, as COUNT over nothing gives."""
    rows = body.count(b'"value":')
    return rows > 0 and body.count(b'"value":"0"') == rows and b"},{" not in body


def _constants(part: Part) -> Iterator[tuple[str, str]]:
    """Give the IRIs and literals of a triple, or the IRIs anywhere in another part, each with its place."""
    if part.kind != "triple":
        for token in tokens(part.text):
            if token.kind in {"iri", "name"} and part.kind == "group":
                yield token.text, "object"
        return
    subject, predicate, value = part.terms
    if _is_constant(subject):
        yield subject, "subject"
    for token in tokens(predicate):
        if token.kind in {"iri", "name"}:
            yield token.text, "predicate"
    if _is_constant(value):
        is_class = predicate in {"a", "rdf:type", f"<{RDF}type>"}
        yield value, "class" if is_class else "object"


def _is_literal(term: str) -> bool:
    first = next(tokens(term), None)
    return first is not None and (first.kind in {"string", "number", "word"} or first.text in {"+", "-"})


def _is_constant(term: str) -> bool:
    return bool(term) and not term.startswith(("?", "$", "_:", "[", "("))


def _local(iri: str) -> str:
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2]


def _closest(whole: str, local: str, names: Iterable[str]) -> list[str]:
    """Order candidate IRIs: the same but for case, then the same local name, then similar ones."""
    unique = list(dict.fromkeys(names))
    by_local = {_local(name).lower(): name for name in reversed(unique)}
    same = [name for name in unique if name.lower() == whole.lower()]
    same += [by_local[local.lower()]] if local.lower() in by_local else []
    similar = get_close_matches(local.lower(), list(by_local), _NEAR, 0.7)
    return list(dict.fromkeys([*same, *(by_local[name] for name in similar)]))[:_NEAR]
