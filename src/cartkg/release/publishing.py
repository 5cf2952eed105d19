"""Write a release folder from a built graph: dumps, ontology, mappings, VoID, DCAT, manifest and checksums."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyoxigraph as ox

from cartkg import __version__, manifest
from cartkg.errors import ConfigError
from cartkg.files import is_file, read_bytes
from cartkg.formats import BY_ENDING, TSV
from cartkg.graph import data_version
from cartkg.manifest import Manifest
from cartkg.namespaces import BASE, GRAPH, GRAPH_INFERRED, GRAPH_ONTOLOGY, GRAPH_RELEASE, RDFS
from cartkg.project import DUMP, MANIFEST, passing_folder
from cartkg.queries import read_questions
from cartkg.queries.examples import describe as describe_questions
from cartkg.release.description import File, dcat_description, describe, void_description
from cartkg.turtle.style import format_text
from cartkg.vocabulary.products import Product, product

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartkg.graph import KnowledgeGraph
    from cartkg.project import Project

CHECKSUMS = "SHA256SUMS"
MATERIALS = "materials.cdx.json"

_MEDIA_TYPES = {
    **{ending: one.media_types[0] for ending, one in BY_ENDING.items()},
    ".tsv": TSV.media_types[0],
    ".md": "text/markdown",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".obo": "text/obo",
}
#: Path below the ontology's version address -> name in the build, and title.
_PAGES = {
    "index.html": ("ontology.html", "The ontology's terms and their use, a page by pyLODE"),
    "model.svg": ("model.svg", "The model in one picture"),
}
_OBO_FORMS = {"obo": "OBO format", "json": "OBO Graphs JSON"}
_PRODUCTS = {
    Product.BASE: "The ontology without its imports",
    Product.FULL: "The ontology, imports and inferred subclasses",
    Product.SIMPLE: "The ontology, imports and inferred subclasses, named terms only",
}


@dataclass(frozen=True, slots=True)
class ReleaseContents:
    """What a release contains.

    Attributes:
        folder: where it is.
        version: date of the data.
        files: its files but the manifest and the checksums.
    """

    folder: Path
    version: str
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """One file to write."""

    name: str
    title: str
    data: bytes


def publish(graph: KnowledgeGraph, project: Project, out: Path) -> ReleaseContents:
    """Write a release atomically; equal graphs give equal bytes.

    Args:
        graph: what `cartkg build` made; `graph/release` is made again.
        project: where ontology, shapes, mappings and questions come from.
        out: the folder to write; an earlier release in it is replaced.

    Raises:
        ConfigError: `out` contains something else, or cannot be written, or the build has no page on the ontology.
        OntologyError: the modules of the ontology do not state one version.
    """
    if out.exists() and not (out.is_dir() and (is_file(out / MANIFEST) or not any(out.iterdir()))):
        raise ConfigError("contains something other than a release; choose another folder", setting=str(out))
    version = data_version(graph)
    graph.drop(GRAPH_RELEASE)
    void = list(void_description(graph, version))
    graph.add(GRAPH_RELEASE, describe(graph, version))
    try:
        with passing_folder(out) as folder:
            made = folder / "release"
            files = [_write(made, part) for part in _parts(graph, project, void, version)]
            catalog = _turtle(graph, dcat_description(version, files))
            files.append(_write(made, _Part("dcat.ttl", "Description for data catalogues (DCAT)", catalog)))
            _write_lists(made, graph, version, files)
            _put(made, out)
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", setting=str(out)) from error
    return ReleaseContents(out, version, tuple(files))


def _parts(graph: KnowledgeGraph, project: Project, void: list[ox.Triple], version: str) -> Iterator[_Part]:
    quads = sorted(graph.quads(), key=lambda quad: (str(quad.graph_name), str(quad)))
    dump = "".join(sorted(f"{quad} .\n" for quad in quads)).encode()
    yield _Part(DUMP, "All named graphs, N-Quads", dump)
    yield _Part(f"{DUMP}.gz", "All named graphs, N-Quads, gzip", gzip.compress(dump, mtime=0))
    yield _Part("cartkg.trig", "All named graphs, TriG", _serialize(graph, quads, ox.RdfFormat.TRIG))
    for name in graph.graphs():
        stem = quote(name.removeprefix(GRAPH), safe="")
        yield _Part(
            f"graphs/{stem}.ttl", f"The named graph {stem}, Turtle", _turtle(graph, sorted(graph.quads(name), key=str))
        )
    yield from _ontology(graph, project, version)
    questions = describe_questions(read_questions(project.queries), f"{BASE}sparql")
    yield _Part("questions.ttl", "The stored questions as SHACL executables", _turtle(graph, questions))
    yield _Part("void.ttl", "Contents of the graph (VoID)", _turtle(graph, void))
    yield _Part(MATERIALS, "Bill of materials (CycloneDX)", _materials(version))
    copied = [("shapes", path, "Shapes") for path in project.shape_files()]
    copied += [("mappings", path, "Mappings, SSSOM") for path in project.mapping_files()]
    copied += [("", path, "Licence of the data") for path in _licences(project)]
    for folder, path, title in copied:
        yield _Part((Path(folder) / path.name).as_posix(), f"{title}: {path.stem}", read_bytes(path))


def _licences(project: Project) -> list[Path]:
    path = project.root / "data" / "LICENSE.md"
    return [path] if is_file(path) else []


def _materials(version: str) -> bytes:
    """Return the bill of materials; its libraries load slowly, and only a release needs them."""
    made = import_module("cartkg.release.materials").bill_of_materials(version)
    assert isinstance(made, bytes)  # noqa: S101  # it says so itself
    return made


def _obo(triples: Iterable[ox.Triple]) -> dict[str, bytes]:
    """Return the ontology in the formats of OBO; the library is that of the extra `release`."""
    from cartkg.vocabulary.obo import obo_files  # noqa: PLC0415  # `serve` and `diff` use this package without it

    return obo_files(triples)


def _ontology(graph: KnowledgeGraph, project: Project, version: str) -> Iterator[_Part]:
    """Return the ontology's documentation and its products, below the path of its version address."""
    ontology = [quad.triple for quad in sorted(graph.quads(GRAPH_ONTOLOGY), key=str)]
    inferred = [quad.triple for quad in graph.quads(GRAPH_INFERRED) if quad.predicate.value == f"{RDFS}subClassOf"]
    for name, (written, title) in _PAGES.items():
        made = project.build / written
        if not is_file(made):
            raise ConfigError("is missing; run cartkg build to create it", setting=str(made))
        yield _Part(f"ontology/{version}/{name}", title, read_bytes(made))
    for kind, title in _PRODUCTS.items():
        triples = sorted(product(kind, ontology, inferred), key=str)
        path = f"ontology/{version}/{kind.stem}"
        yield _Part(f"{path}.ttl", f"{title}, Turtle", _turtle(graph, triples))
        yield _Part(f"{path}.owl", f"{title}, RDF/XML", _serialize(graph, triples, ox.RdfFormat.RDF_XML))
        for ending, data in _obo(triples).items() if kind is Product.SIMPLE else ():
            yield _Part(f"{path}.{ending}", f"{title}, {_OBO_FORMS[ending]}", data)


def _serialize(graph: KnowledgeGraph, statements: list[ox.Quad] | list[ox.Triple], form: ox.RdfFormat) -> bytes:
    written = ox.serialize(statements, format=form, prefixes=dict(graph.prefixes.namespaces))
    assert written is not None  # noqa: S101  # without an output it is handed back
    return written


def _turtle(graph: KnowledgeGraph, triples: Iterable[ox.Quad | ox.Triple]) -> bytes:
    """Write triples in house style, subjects in the order given."""
    lines = (f"{ox.Triple(triple.subject, triple.predicate, triple.object)} .\n" for triple in triples)
    return format_text("".join(lines), graph.prefixes).encode()


def _write(folder: Path, part: _Part) -> File:
    path = folder / part.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(part.data)
    media_type = _MEDIA_TYPES[path.with_name(path.name.removesuffix(".gz")).suffix]
    if part.name == MATERIALS:
        media_type = "application/vnd.cyclonedx+json"
    return File(part.name, media_type, part.title, len(part.data), hashlib.sha256(part.data).hexdigest())


def _write_lists(folder: Path, graph: KnowledgeGraph, version: str, files: list[File]) -> None:
    """Write what a program reads first (the manifest) and what `sha256sum --check` reads."""
    digest = next(file.sha256 for file in files if file.name == DUMP)
    made = Manifest(version, __version__, digest, len(graph), graph.sizes(), files=[asdict(file) for file in files])
    (folder / MANIFEST).write_bytes(manifest.write(made))
    sums = sorted((*((file.name, file.sha256) for file in files), (MANIFEST, _sha256(folder / MANIFEST))))
    (folder / CHECKSUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in sums), "utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(read_bytes(path)).hexdigest()


def _put(made: Path, out: Path) -> None:
    """Put a finished folder in its place; an earlier one stays until then, and comes back when that fails."""
    earlier = made.with_name("earlier")
    try:
        if out.exists():
            out.rename(earlier)
        made.rename(out)
    finally:
        if earlier.exists() and not out.exists():
            earlier.rename(out)
