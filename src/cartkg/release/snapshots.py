"""Read the evidence as it was from a release folder, a dump, a data folder or a git revision."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from cartkg.errors import ConfigError, SourceError
from cartkg.files import is_file, list_files, read_bytes
from cartkg.namespaces import BASE, GRAPH_MAPPINGS, OWL, RDFS, SKOS, Prefixes, read_prefixes
from cartkg.release.revisions import files_of
from cartkg.turtle import parse_bytes, term_text
from cartkg.unpacking import unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cartkg.project import Project

    Row = tuple[str, str, str]

_DATA, _MAPPINGS = "data/ttl/", "ontology/mappings/"
#: Graphs, and kinds of things, that describe the evidence or follow from it.
_NOT_EVIDENCE = frozenset(
    ("inferred", "ontology", "mappings", "release", "questions", "question", "dataset", "graph", "prefix")
)
_IS_MAPPING = re.compile(rf"{SKOS}\w+Match$|{OWL}(?:equivalent\w+|sameAs)$|{RDFS}sub(?:Class|Property)Of$")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The evidence at one time.

    Attributes:
        name: what the asker called it.
        facts: subject -> predicate -> objects, of the data's own things; terms as in N-Triples.
        mappings: subject, predicate and object of each mapping; None when the source has no place for mappings.
    """

    name: str
    facts: Mapping[str, Mapping[str, frozenset[str]]]
    mappings: frozenset[Row] | None


def open_snapshot(name: str, project: Project) -> Snapshot:
    """Read the evidence that a name refers to: a path when there is one, else a git revision of the project.

    Raises:
        ConfigError: it is neither, or contains no evidence.
        SourceError: a file in it is broken; with line and column.
    """
    path = Path(name)
    if path.is_dir():
        files = dict(_folder(path))
    elif path.is_file():
        files = {path.name: read_bytes(path)}
    else:
        files = dict(files_of(name, project.root, (_DATA, _MAPPINGS), (".ttl", ".sssom.tsv")))
    prefixes = read_prefixes(project.ontology / "prefixes.ttl")
    store = ox.Store()  # spells values as dumps do, so that 41.0 in a file and 41 in a dump are the same
    for file, data in files.items():
        store.extend(_quads(f"{name}:{file}", data))
    quads = list(store)
    facts = _facts(quads)
    if not facts:
        raise ConfigError("contains no evidence; give a release folder, an .nq dump, a data folder or a revision", name)
    tables = [data for file, data in files.items() if file.endswith(".sssom.tsv")]
    mappings = frozenset(row for data in tables for row in _rows(data, prefixes)) or frozenset(_mapped(quads))
    has_place = bool(mappings) or not path.is_file()
    return Snapshot(name, facts, mappings if has_place else None)


def _folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Return the files of a release (its dump and mappings), of a project, or of a folder of Turtle files."""
    dump = folder / "cartkg.nq"
    data = folder / _DATA
    if is_file(dump) and data.is_dir():
        raise ConfigError(f"contains both {dump.name} and {_DATA}; name the one to compare", setting=str(folder))
    turtle = list_files(data if data.is_dir() else folder, ".ttl", deep=True)
    tables = list_files(folder, ".sssom.tsv", deep=True)
    for refused in (*(() if is_file(dump) else turtle.refused), *tables.refused):
        raise refused
    for path in (*((dump,) if is_file(dump) else turtle.files), *tables.files):
        yield path.relative_to(folder).as_posix(), read_bytes(path)


def _quads(place: str, data: bytes) -> Iterable[ox.Quad]:
    path = Path(place)
    if path.suffix == ".gz":
        path, data = path.with_suffix(""), unpack(data, path)
    if path.suffix == ".nq":
        try:
            return list(ox.parse(data, ox.RdfFormat.N_QUADS))
        except SyntaxError as error:
            raise SourceError("is not N-Quads", path, error.lineno, error.offset) from error
    if path.suffix not in {".ttl", ".trig"}:
        return ()
    document = parse_bytes(data, path)
    for diagnostic in document.diagnostics:
        raise SourceError(diagnostic.message, path, diagnostic.line, diagnostic.column)
    return document.quads


def _facts(quads: Iterable[ox.Quad]) -> dict[str, dict[str, frozenset[str]]]:
    """Keep what is stated about the data's own things; what the reasoner or the release adds is not evidence."""
    made = {f"<{BASE}graph/{name}>" for name in _NOT_EVIDENCE}
    found: dict[str, dict[str, set[str]]] = {}
    for quad in quads:
        if not isinstance(quad.subject, ox.NamedNode) or not quad.subject.value.startswith(BASE):
            continue
        kind = re.split("[/#]", quad.subject.value.removeprefix(BASE))[0]
        if str(quad.graph_name) not in made and kind not in _NOT_EVIDENCE:
            found.setdefault(quad.subject.value, {}).setdefault(quad.predicate.value, set()).add(str(quad.object))
    return {node: {key: frozenset(values) for key, values in facts.items()} for node, facts in found.items()}


def _mapped(quads: Iterable[ox.Quad]) -> Iterator[Row]:
    """Return the mappings that a dump states in `graph/mappings`."""
    for quad in quads:
        if str(quad.graph_name) == f"<{GRAPH_MAPPINGS}>" and _IS_MAPPING.match(quad.predicate.value):
            yield term_text(quad.subject), quad.predicate.value, term_text(quad.object)


def _rows(data: bytes, prefixes: Prefixes) -> Iterator[Row]:
    """Read the rows of an SSSOM file; names are expanded by its own prefixes, then by the project's."""
    lines = data.decode("utf-8").splitlines()
    own = Prefixes(dict(_declared(line for line in lines if line.startswith("#"))))
    for row in csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"):
        names = [row.get(column) or "" for column in ("subject_id", "predicate_id", "object_id")]
        subject, predicate, value = (own.expand(name) or prefixes.expand(name) or name for name in names)
        yield subject, predicate, value


def _declared(comments: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Read `#  prefix: https://namespace` lines from the head of an SSSOM file."""
    for line in comments:
        prefix, colon, namespace = line.lstrip("# ").partition(": ")
        if colon and namespace.strip().strip("\"'").startswith("http"):
            yield prefix.strip("\"'"), namespace.strip().strip("\"'")
