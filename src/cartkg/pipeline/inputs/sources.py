"""Find the files that a check reads, and load the store that its queries use."""

from __future__ import annotations

import os.path
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import pyoxigraph

from cartkg.errors import ConfigError, UnusableFile
from cartkg.files import NOT_READ, FolderListing, linked_folders, list_files, read_bytes, refusal
from cartkg.formats import TURTLE
from cartkg.namespaces import GRAPH_ONTOLOGY, Prefixes, graph_iri, read_prefixes
from cartkg.processes import git
from cartkg.validation.rdf.blanks import file_of
from cartkg.validation.rdf.syntaxes import BOM, FORMATS, is_known, quads
from cartkg.validation.rdf.terms import is_blank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cartkg.evaluation.bounds import JobBounds
    from cartkg.evaluation.evaluator import Evaluator
    from cartkg.pipeline.inputs.options import CheckOptions
    from cartkg.project import Project
    from cartkg.validation import Facts

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of one check.

    Attributes:
        graph: every file whose statements make up the graph.
        refused: what would be such a file, or another of the project, and may not be read.
        reported: those of them whose diagnostics are reported.
        shapes: the shapes files, and where their prefixes are declared.
        places: files and folders that the graph was found in.
        rules: files and folders that say what is right: ontology, shapes, checks.
        root: folder that paths are written relative to.
        foreign: whether they are someone else's data and shapes.
    """

    graph: tuple[Path, ...]
    refused: tuple[UnusableFile, ...]
    reported: frozenset[Path]
    shapes: tuple[Path, ...]
    places: tuple[Path, ...]
    rules: tuple[Path, ...]
    root: Path
    foreign: bool


def find_sources(project: Project, options: CheckOptions, here: Path) -> Sources:
    """Find the files of a check.

    Raises:
        ConfigError: a path does not exist, a folder contains no RDF file, or there is nothing to check.
        UnusableFile: the ontology, the shapes or the queries are a link that leads out of the project.
    """
    given = rdf_files(options.paths)
    if options.shapes:
        return _foreign(options, given, here)
    if options.ontology:
        raise ConfigError("can only be used with --shapes; the project's own shapes use its own ontology", "--ontology")
    own = (*project.data_files(), *project.ontology_files())
    refused = tuple(project.refused_files())
    for each in refused:
        if each.file in (project.ontology, project.shapes, project.queries):
            raise each  # without them there is nothing to check by
    if not options.paths and not project.data_files():
        raise ConfigError("is empty: it contains no data file to check", setting=str(project.data))
    everything = frozenset((*own, *project.shape_files(), *_places(refused)))
    return Sources(
        graph=_unique((*own, *given.files)),
        refused=_unique((*refused, *given.refused)),
        reported=_reported(given) if options.paths else everything,
        shapes=(*project.shape_files(), project.ontology / "prefixes.ttl"),
        places=(project.data, project.ontology, *_resolved(options.paths)),
        rules=(project.ontology, project.shapes, project.queries / "checks"),
        root=_root(project, here),
        foreign=False,
    )


def _foreign(options: CheckOptions, given: FolderListing, here: Path) -> Sources:
    """Find the files of a check of someone else's data by someone else's shapes."""
    if not options.paths and not options.data:
        raise ConfigError("name the files or folders to check: cartkg check --shapes S DATA", setting="PATHS")
    ontology, shapes, data = (rdf_files(given) for given in (options.ontology, options.shapes, options.data))
    for refused in shapes.refused:
        raise refused
    if options.tracked:
        ontology, shapes, data, given = (_tracked(listing, here) for listing in (ontology, shapes, data, given))
    wanted = given if options.paths else data
    return Sources(
        graph=_unique((*data.files, *given.files, *ontology.files)),
        refused=_unique((*data.refused, *given.refused, *ontology.refused)),
        reported=_reported(wanted) | _places(ontology.refused),
        shapes=shapes.files,
        places=_resolved(options.data, options.paths, options.ontology),
        rules=_resolved(options.shapes, options.ontology, (options.settings,) if options.settings else ()),
        root=here,
        foreign=True,
    )


def _tracked(listing: FolderListing, here: Path) -> FolderListing:
    """Leave out the files that git does not track.

    Raises:
        ConfigError: git is missing, or the folder is in no repository.
    """
    held = tracked_files(here)
    refused = tuple(each for each in listing.refused if each.file in held)
    return FolderListing(tuple(file for file in listing.files if file in held), refused)


def tracked_files(folder: Path) -> frozenset[Path]:
    """Return the files that git tracks in the repository around a folder, absolute, by their names and their targets.

    Raises:
        ConfigError: git is missing, or the folder is in no repository.
    """
    top = folder.joinpath(git_text(folder, "rev-parse", "--show-toplevel").removesuffix("\n")).resolve()
    names = git_text(top, "ls-files", "-z").split("\0")
    return frozenset(place for name in names if name for place in (real(top / name), named(top / name)))


def git_text(folder: Path, *arguments: str) -> str:
    """Return what git writes; see `git_bytes`."""
    return git_bytes(folder, *arguments).decode("utf-8", "surrogateescape")


def git_bytes(folder: Path, *arguments: str) -> bytes:
    """Return what git writes.

    Raises:
        ConfigError: git is missing, or ends with an error.
    """
    try:
        done = git(folder, *arguments)
    except FileNotFoundError as error:
        raise ConfigError("needs git, which is not on the PATH", setting="--changed") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[-1] if said else "there is no common ancestor; fetch more of the history"
        raise ConfigError(reason, setting="--changed")
    return done.stdout


def _reported(given: FolderListing) -> frozenset[Path]:
    return frozenset(given.files) | _places(given.refused)


def _places(refused: Iterable[UnusableFile]) -> frozenset[Path]:
    return frozenset(each.file for each in refused if each.file is not None)


def _root(project: Project, here: Path) -> Path:
    return here if here.is_relative_to(project.root) else project.root


def _resolved(*given: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(real(path) for paths in given for path in paths)


def _unique(given: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(given))


def rdf_files(paths: Iterable[Path]) -> FolderListing:
    """Return the RDF files that paths name, absolute; folders are searched through, hidden ones left out.

    Raises:
        ConfigError: a path does not exist, is of an unknown format, or is a folder that contains no RDF file.
    """
    files: list[Path] = []
    refused: list[UnusableFile] = []
    for path in paths:
        if path.is_dir():
            inside = list_files(path, *FORMATS, deep=True, hidden=False)
            if not inside.files and not inside.refused and not list(unread(path)):
                raise ConfigError(
                    f"is empty: it contains no file with one of the extensions {', '.join(FORMATS)}", setting=str(path)
                )
            files += inside.files
            refused += [*inside.refused, *unread(path)]
        elif not os.path.lexists(path):
            raise ConfigError("no such file or folder", setting=str(path))
        elif not is_known(path):
            raise ConfigError(f"is of an unknown format; known: {', '.join(FORMATS)}", setting=str(path))
        elif (error := refusal(path)) is not None:
            refused.append(error)
        else:
            files.append(path)
    placed = (replace(each, file=named(each.file)) for each in refused if each.file is not None)
    return FolderListing(_unique(real(file) for file in files), _unique(placed))


#: Endings of RDF and OWL that are not read; those of what is read, packed or in capitals, count too.
_NOT_READ = (".trix", ".yamlld", ".rdfa", ".hdt", ".rj", ".owx", ".ofn", ".omn", ".obo", ".jelly", ".ttls", ".rdfs")
_PACKED = (".gz", ".bz2", ".xz", ".zip", ".zst")
#: What RDF in a file of another ending begins with, in so many bytes.
_SIGNS = {".json": (b'"@context"', b'"@graph"', b'"@id"'), ".xml": (b"http://www.w3.org/1999/02/22-rdf-syntax-ns#",)}
_HEAD = 4096


def unread(folder: Path) -> Iterator[UnusableFile]:
    """Return what may be RDF in a folder and is not read: other syntaxes, packed files, and folders behind links."""
    for link in linked_folders(folder):
        yield UnusableFile(
            "is a symbolic link to a folder, which is not followed; name the folder itself", link, rule=NOT_READ
        )
    for file in list_files(folder, "", deep=True, hidden=False).files:
        if _may_be_rdf(file):
            message = (
                f"was not read: its file extension is not one of {', '.join(FORMATS)}; "
                "convert, unpack, rename or name it"
            )
            yield UnusableFile(message, file, rule=NOT_READ)


def _may_be_rdf(file: Path) -> bool:
    ending = file.suffix.lower()
    if ending in FORMATS:
        return file.suffix not in FORMATS
    if ending in _PACKED:
        return Path(file.stem).suffix.lower() in (*FORMATS, *_NOT_READ)
    if ending in _SIGNS and refusal(file) is None:
        head = read_bytes(file)[:_HEAD]
        return any(sign in head for sign in _SIGNS[ending])
    return ending in _NOT_READ


def real(path: Path) -> Path:
    """Return the absolute path that symbolic links lead to; of a link that leads to no RDF file, its own."""
    found = Path(os.path.realpath(path))
    if path.is_symlink() and not (found.exists() and (is_known(found) or found.is_dir())):
        return named(path)
    return found


def named(path: Path) -> Path:
    """Return the absolute path of a file by its own name, whatever it leads to."""
    return Path(os.path.realpath(path.parent)) / path.name


@dataclass(frozen=True, slots=True)
class CorpusStore:
    """A store of all files, each in its named graph and all in the default graph, with the prefixes queries may use."""

    store: pyoxigraph.Store
    prefixes: Prefixes

    def evaluator(self, bounds: JobBounds) -> Evaluator:
        """Return the evaluator of the store."""
        from cartkg.evaluation.evaluator import Evaluator  # noqa: PLC0415  # anyone's data may need no SPARQL

        return Evaluator(self.store, self.prefixes.namespaces, bounds)


def load_store(
    project: Project, facts: Facts, before: Mapping[Path, bytes | None] = MappingProxyType({})
) -> CorpusStore:
    """Load the files that facts were read from; what does not parse is left out (the syntax stage reports it).

    Args:
        project: whose prefixes queries may use, and whose files share named graphs.
        facts: their files, and which of them have blank nodes: these get labels that are the same in every run,
            so that results can be kept by content, and diagnostics about them have a place.
        before: what some files held when the store is to be as it was; None for those that were not there yet.
    """
    made = CorpusStore(pyoxigraph.Store(), read_prefixes(project.ontology / "prefixes.ttl"))
    for file, data in sorted(before.items()):
        with suppress(SyntaxError):  # with a file that was broken nothing is compared
            _load(made.store, file, data or b"", _graph_of(file, project))
    passed_over = {diagnostic.file for diagnostic in facts.broken} | before.keys()
    for file, given in _with_blanks(facts):
        if file not in passed_over and given is not None:
            _add(made.store, given, _graph_of(file, project))
        elif file not in passed_over:
            _load(made.store, file, read_bytes(file), _graph_of(file, project))
    return made


def _with_blanks(facts: Facts) -> Iterator[tuple[Path, Sequence[pyoxigraph.Quad] | None]]:
    """Go through the files, with the statements of those that have blank nodes."""
    blank = {file_of(subject) for subject in facts.homes if is_blank(subject)}
    for number, file in enumerate(facts.files):
        yield file, facts.document(number).quads if number in blank else None


def _load(store: pyoxigraph.Store, file: Path, written: bytes, graph: pyoxigraph.NamedNode) -> None:
    data = written.removeprefix(BOM)
    if file.suffix != TURTLE.endings[0]:
        _add(store, quads(file, data), graph)
        return
    for name in (graph, pyoxigraph.DefaultGraph()):
        store.load(data, pyoxigraph.RdfFormat.TURTLE, base_iri=file.as_uri(), to_graph=name)


def _add(store: pyoxigraph.Store, quads: Iterable[pyoxigraph.Quad], graph: pyoxigraph.NamedNode) -> None:
    given = list(quads)
    store.extend(pyoxigraph.Quad(quad.subject, quad.predicate, quad.object) for quad in given)
    store.extend(pyoxigraph.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in given)


def _graph_of(file: Path, project: Project) -> pyoxigraph.NamedNode:
    """Return the named graph of a file as `cartkg.graph` does, which would bring rdflib along."""
    return pyoxigraph.NamedNode(GRAPH_ONTOLOGY if file.is_relative_to(project.ontology) else graph_iri(file.stem))
