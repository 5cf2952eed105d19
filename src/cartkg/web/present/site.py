"""What every page needs besides the graph, read once when the pages are registered with an application."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from flask import current_app, request

from cartkg import manifest
from cartkg.errors import ConfigError
from cartkg.facts.homes import KINDS
from cartkg.facts.names import name_without_label
from cartkg.facts.records import Records
from cartkg.files import is_file, list_files
from cartkg.namespaces import BASE, TERM, read_prefixes
from cartkg.project import MANIFEST, shipped
from cartkg.queries import read_checks, read_questions
from cartkg.release.history import read_history
from cartkg.sparql.protocol.requests import Dataset
from cartkg.web.http.state import EXTENSION, serving

if TYPE_CHECKING:
    from flask import Flask

    from cartkg.facts.homes import HomeKind
    from cartkg.facts.records import AnswerTerm
    from cartkg.namespaces import Prefixes
    from cartkg.project import Project
    from cartkg.queries import Check, Question
    from cartkg.release.history import ReleaseChanges
    from cartkg.web.http.state import Serving

_KEY = "cartkg.site"


@dataclass(frozen=True, slots=True)
class Site:
    """The pages' surroundings.

    Attributes:
        project: where ontology, shapes and queries are.
        prefixes: how IRIs are shortened.
        questions: the stored questions, by name.
        saved: the questions of saved settings, by the name of the setting.
        checks: the stored rules across records, by name.
        lists: the kinds of things that the questions have a list of.
        history: what each release changed, the latest first.
    """

    project: Project
    prefixes: Prefixes
    questions: dict[str, Question]
    saved: dict[str, Question]
    checks: dict[str, Check]
    lists: frozenset[str]
    history: tuple[ReleaseChanges, ...] = ()

    @property
    def homes(self) -> tuple[HomeKind, ...]:
        """Return the kinds of home pages that this project has the questions for."""
        return tuple(kind for kind in KINDS.values() if kind.name in self.lists)

    @property
    def data_version(self) -> str:
        """Return the date of the data served now."""
        return serving().release.data_version

    @property
    def code_version(self) -> str:
        """Return the version of the program."""
        return serving().release.code_version

    @property
    def base_url(self) -> str:
        """Return the address of the site, ending with a slash."""
        return serving().base_url()

    @property
    def release(self) -> Path | None:
        """Return the folder of the dumps: the release when one of these data was made, else the build, else None."""
        made = self.project.release / MANIFEST
        if _version(made) == self.data_version and _is_own(self.project, made.stat().st_mtime_ns):
            return made.parent
        folder = serving().settings.build
        return folder if folder and folder.is_dir() else None

    @property
    def documentation(self) -> Path | None:
        """Return the folder of the built documentation; None when there is none."""
        folder = serving().settings.docs or Path(current_app.root_path) / "docs"
        return folder if is_file(folder / "index.html") else None


@lru_cache(maxsize=1)
def _is_own(project: Project, written: int) -> bool:  # noqa: ARG001  # the time tells one release from the next
    """Return whether this user made a project's release; what came with a checkout may hold anything."""
    return project.cache.remembers(project.release_files())


def _version(path: Path) -> str:
    """Return the version that a manifest states; "" when there is none that can be read."""
    try:
        return manifest.read(path).data_version
    except ConfigError:
        return ""


def install(app: Flask) -> None:
    """Read what the pages need from the application's project.

    Raises:
        ShapesError: a question or check is malformed.
        SourceError: the prefixes cannot be read.
        ConfigError: no project is set and none is shipped, or a file of changes cannot be read.
    """
    state = cast("Serving", app.extensions[EXTENSION])
    project = state.settings.project or shipped()
    questions = read_questions(project.queries)
    app.extensions[_KEY] = Site(
        project,
        read_prefixes(project.ontology / "prefixes.ttl"),
        {question.name: question for question in questions},
        {saved.name: question for question in questions for saved in question.saved},
        {check.name: check for check in read_checks(project.queries / "checks")},
        frozenset(path.stem for path in list_files(project.queries / "lists", ".rq").files),
        read_history(project.changes),
    )


def site() -> Site:
    """Return the site of the application that handles this request."""
    return cast("Site", current_app.extensions[_KEY])


def path_of(iri: str) -> str:
    """Return the path of this server at which an IRI is described, without the prefix that a proxy takes off.

    Example:
        >>> path_of("https://w3id.org/cartkg/study/mueller-2024-nejm")
        '/study/mueller-2024-nejm'
    """
    if iri.startswith(TERM):
        return f"/ontology?term={quote(iri[len(TERM) :])}"
    if iri.startswith(BASE):
        path = quote(iri[len(BASE) :], safe="/~+,;:@!$&'()*=")
        # a second slash at the start would make the rest the name of another server
        return f"/%2F{path[1:]}" if path.startswith("/") else f"/{path}"
    return f"/about?iri={quote(iri, safe='')}"


def root() -> str:
    """Return the path below which users see the site: that of `--base-url` without its last slash; empty for none."""
    return request.root_path


def link_of(iri: str) -> str:
    """Return the target of a page's link to an IRI: its path, below the prefix of the site."""
    return root() + path_of(iri)


def name_of(node: AnswerTerm) -> str:
    """Return what people read for a term: its label, what it is in words, its short name, or its text."""
    if not node.is_iri:
        return node.value
    if node.label:
        return node.label
    return (
        name_without_label(node.value)
        if node.value.startswith(BASE)
        else site().prefixes.compact(node.value) or node.value
    )


def facts() -> Records:
    """Return what queries the stated facts of the graph that answers this request: `graph/asserted`."""
    return replace(everything(), dataset=Dataset(stated=True))


def everything() -> Records:
    """Return what queries the default graph of the release, including inferred facts: for stored questions."""
    state = serving()
    return Records(state.own, state.cache, state.release.digest)


def asked_by_users() -> Records:
    """Return what answers queries that users write, as `/sparql` does."""
    state = serving()
    return Records(state.engine, state.cache, state.digest_of(state.engine, state.release), ours=False)
