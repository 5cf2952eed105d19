"""The W3C SPARQL suites as data: manifests -> cases, expected files -> results that can be compared.

Nothing of the suites is copied: they are read where they lie, in ../shared/conformance. Each file of data becomes a
named graph, and each case says by the protocol's parameters which of them it asks, so one server answers all cases.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pyoxigraph as ox

ROOT = Path(__file__).parents[2]
SUITE = ROOT.parent / "shared" / "conformance" / "w3c-sparql"
BASE = "https://w3c.example/"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
NUMBERS = {f"{XSD}{name}" for name in ("integer", "decimal", "double", "float")}

Value: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row: TypeAlias = tuple[Value | None, ...]
Expected: TypeAlias = "Table | bool | set[ox.Triple]"


@dataclass(frozen=True, slots=True)
class Case:
    """One test of a manifest; `result` is None for syntax tests."""

    name: str
    folder: str
    kind: str
    query: Path | None
    result: Path | None
    data: tuple[str, ...] = ()
    graphs: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.folder}/{self.name}"


@dataclass(frozen=True)
class Table:
    """A table that can be compared: names of columns, and rows in order."""

    columns: tuple[str, ...]
    rows: list[Row]
    ordered: bool = False


@dataclass
class Bag:
    """Rows while they are matched: blank nodes of one side -> the other."""

    there: dict[Value, Value] = field(default_factory=dict)
    back: dict[Value, Value] = field(default_factory=dict)


def iri(path: Path) -> str:
    return BASE + path.resolve().relative_to(SUITE.resolve()).as_posix()


def path_of(name: str) -> Path:
    return SUITE / name.removeprefix(BASE)


def load(path: Path) -> ox.Store:
    """Read a file of RDF; relative names count from the file's own name."""
    store = ox.Store()
    kind = ox.RdfFormat.from_extension(path.suffix.lstrip(".")) or ox.RdfFormat.TURTLE
    store.extend(ox.parse(path.read_bytes(), kind, base_iri=iri(path), rename_blank_nodes=True))
    return store


@cache
def cases() -> tuple[Case, ...]:
    """Give all cases of query evaluation and of syntax, by folder."""
    found: list[Case] = []
    for manifest in sorted(SUITE.glob("sparql1*/*/manifest.ttl")):
        found += _read(manifest)
    return tuple(found)


def _read(manifest: Path) -> list[Case]:
    folder = manifest.parent.relative_to(SUITE).as_posix()
    rows = load(manifest).query(
        f"""SELECT ?kind ?name ?action ?query ?result
            (GROUP_CONCAT(DISTINCT STR(?d); separator=" ") AS ?data)
            (GROUP_CONCAT(DISTINCT STR(?g); separator=" ") AS ?graphs) {{
          ?test a ?kind ; <{MF}name> ?name ; <{MF}action> ?action .
          OPTIONAL {{ ?action <{QT}query> ?query }} OPTIONAL {{ ?test <{MF}result> ?result }}
          OPTIONAL {{ ?action <{QT}data> ?d }} OPTIONAL {{ ?action <{QT}graphData> ?g }}
        }} GROUP BY ?test ?kind ?name ?action ?query ?result ORDER BY ?test"""
    )
    assert isinstance(rows, ox.QuerySolutions)
    return [_case(row, folder) for row in rows]


def _case(row: ox.QuerySolution, folder: str) -> Case:
    query = row["query"] or row["action"]
    result = row["result"]
    return Case(
        re.sub(r"\s+", "-", row["name"].value),
        folder,
        row["kind"].value.rpartition("#")[2],
        path_of(query.value) if isinstance(query, ox.NamedNode) and query.value.startswith(BASE) else None,
        path_of(result.value) if isinstance(result, ox.NamedNode) else None,
        tuple(row["data"].value.split()) if row["data"] else (),
        tuple(row["graphs"].value.split()) if row["graphs"] else (),
    )


def dump(names: set[str], target: Path) -> None:
    """Write the files with these names as named graphs into one N-Quads file."""
    with target.open("wb") as stream:
        for name in sorted(names):
            if path_of(name).is_file():
                quads = (
                    ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(name))
                    for quad in load(path_of(name))
                )
                ox.serialize(quads, stream, ox.RdfFormat.N_QUADS)


def expected(path: Path) -> Expected:
    """Read a file of expected results: a table, a truth value, or the triples of a graph."""
    kinds = {".srx": ox.QueryResultsFormat.XML, ".srj": ox.QueryResultsFormat.JSON}
    if path.suffix in kinds:
        return parsed(path.read_bytes(), kinds[path.suffix])
    if path.suffix in {".csv", ".tsv"}:
        return text_table(path.read_text("utf-8"), "," if path.suffix == ".csv" else "\t")
    return _from_graph(load(path))


def parsed(body: bytes, kind: ox.QueryResultsFormat) -> Table | bool:
    """Read a serialised answer."""
    result = ox.parse_query_results(body, kind)
    if isinstance(result, ox.QueryBoolean):
        return bool(result)
    columns = tuple(sorted(one.value for one in result.variables))
    return Table(columns, [tuple(row[name] for name in columns) for row in result])


def text_table(text: str, mark: str) -> Table:
    """Read CSV, or TSV without understanding its terms: cells are compared as they are written."""
    if mark == ",":
        lines = list(csv.reader(io.StringIO(text, newline="")))
    else:
        lines = [line.split("\t") for line in text.splitlines()]
    head = tuple(one.lstrip("?") for one in lines[0])
    order = sorted(range(len(head)), key=lambda one: head[one])
    rows: list[Row] = [tuple(_cell(line[one]) for one in order) for line in lines[1:]]
    return Table(tuple(sorted(head)), rows)


def _cell(text: str) -> Value:
    if text.startswith("_:"):
        return ox.BlankNode(re.sub(r"\W", "x", text[2:]))
    try:
        number = text.partition("^^")[0].strip('"') if text.endswith(("decimal>", "integer>", "double>")) else text
        return ox.Literal(str(Decimal(number).normalize()))
    except InvalidOperation:
        return ox.Literal(text)


def _from_graph(store: ox.Store) -> Expected:
    truth = next(store.quads_for_pattern(None, ox.NamedNode(f"{RS}boolean"), None), None)
    if truth is not None:
        return truth.object == ox.Literal("true", datatype=ox.NamedNode(f"{XSD}boolean"))
    head = list(store.quads_for_pattern(None, ox.NamedNode(f"{RDF}type"), ox.NamedNode(f"{RS}ResultSet")))
    if not head:
        return {quad.triple for quad in store}
    names = [quad.object.value for quad in store.quads_for_pattern(None, ox.NamedNode(f"{RS}resultVariable"), None)]  # type: ignore[union-attr]  # a plain literal
    columns = tuple(sorted(names))
    rows = []
    for quad in store.quads_for_pattern(None, ox.NamedNode(f"{RS}solution"), None):
        index = next(store.quads_for_pattern(quad.object, ox.NamedNode(f"{RS}index"), None), None)  # type: ignore[arg-type]  # a node
        rows.append((int(index.object.value) if index else 0, _bindings(store, quad.object, columns)))  # type: ignore[union-attr,arg-type]  # a number; a node
    ordered = any(place for place, _ in rows)
    return Table(columns, [row for _, row in sorted(rows, key=lambda one: one[0])], ordered)


def _bindings(store: ox.Store, node: ox.BlankNode | ox.NamedNode, columns: tuple[str, ...]) -> Row:
    found: dict[str, Value] = {}
    for quad in store.quads_for_pattern(node, ox.NamedNode(f"{RS}binding"), None):
        about = {one.predicate.value: one.object for one in store.quads_for_pattern(quad.object, None, None)}  # type: ignore[arg-type]  # a node
        found[about[f"{RS}variable"].value] = about[f"{RS}value"]  # type: ignore[union-attr]  # a plain literal
    return tuple(found.get(name) for name in columns)


def same_reduced(wanted: Table, got: Table) -> bool:
    """Compare where REDUCED leaves open how often a row comes: at least once, at most as often as without it."""
    most, found = (Counter(tuple(_normal(cell) for cell in row) for row in table.rows) for table in (wanted, got))
    return wanted.columns == got.columns and set(most) == set(found) and all(found[row] <= most[row] for row in found)


def same_table(one: Table, other: Table) -> bool:
    """Compare two tables: columns, rows as a bag (in order where the suite says so), blank nodes by any renaming."""
    if one.columns != other.columns or len(one.rows) != len(other.rows):
        return False
    left, right = ([tuple(_normal(cell) for cell in row) for row in table.rows] for table in (one, other))
    if one.ordered:
        bag = Bag()
        return all(_fits(a, b, bag) for a, b in zip(left, right, strict=True))
    plain = Counter(row for row in left if not _has_blank(row)), Counter(row for row in right if not _has_blank(row))
    blank = [row for row in left if _has_blank(row)], [row for row in right if _has_blank(row)]
    return plain[0] == plain[1] and _match(*blank, Bag())


def same_graph(one: set[ox.Triple], other: set[ox.Triple]) -> bool:
    """Compare two graphs by any renaming of blank nodes."""
    sets = [ox.Dataset(ox.Quad(*triple) for triple in graph) for graph in (one, other)]
    for each in sets:
        each.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return set(sets[0]) == set(sets[1])


def _normal(cell: Value | None) -> Value | None:
    if isinstance(cell, ox.Literal) and cell.datatype.value in NUMBERS:
        try:
            number = float(cell.value) if cell.datatype.value[-1] in "et" else Decimal(cell.value).normalize()
        except (ValueError, InvalidOperation):
            return cell
        return ox.Literal(str(number), datatype=cell.datatype)
    if isinstance(cell, ox.Literal) and cell.datatype.value == f"{XSD}boolean":
        return ox.Literal({"0": "false", "1": "true"}.get(cell.value, cell.value), datatype=cell.datatype)
    if isinstance(cell, ox.Literal) and cell.datatype.value in {f"{XSD}date", f"{XSD}dateTime"}:
        return ox.Literal(cell.value.replace("+00:00", "Z"), datatype=cell.datatype)
    return cell


def _has_blank(row: Row) -> bool:
    return any(isinstance(cell, ox.BlankNode) for cell in row)


def _fits(left: Row, right: Row, bag: Bag) -> bool:
    for a, b in zip(left, right, strict=True):
        if isinstance(a, ox.BlankNode) and isinstance(b, ox.BlankNode):
            if bag.there.setdefault(a, b) != b or bag.back.setdefault(b, a) != a:
                return False
        elif a != b:
            return False
    return True


def _match(left: list[Row], right: list[Row], bag: Bag) -> bool:
    if not left:
        return not right
    for place, row in enumerate(right):
        trial = Bag(dict(bag.there), dict(bag.back))
        if _fits(left[0], row, trial) and _match(left[1:], right[:place] + right[place + 1 :], trial):
            return True
    return False
