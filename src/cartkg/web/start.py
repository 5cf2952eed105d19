"""Start a server from the operator's options: engine, app, listen, reload."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib.metadata import metadata
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING

from cartkg import manifest
from cartkg.builds import folder_read
from cartkg.facts import prepared_answers
from cartkg.facts.prepared_answers import PREPARED
from cartkg.files import read_bytes
from cartkg.namespaces import read_prefixes
from cartkg.project import INDEX
from cartkg.search.index import Index
from cartkg.search.opening import beside
from cartkg.sparql.engines.engine import LocalEngine
from cartkg.sparql.engines.federation import FederatedEngine
from cartkg.sparql.engines.remote import RemoteEngine
from cartkg.sparql.engines.replicas import Replicas
from cartkg.web import create_app
from cartkg.web.backends import UNKNOWN, has_noted, refuse_other, watch
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.http.state import EXTENSION
from cartkg.web.serving import Server
from cartkg.web.views.first_pages import prepare
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask import Flask

    from cartkg.facts.result_cache import Key
    from cartkg.sparql.engines.data_source import DataSource
    from cartkg.sparql.engines.engine import Answer, Engine
    from cartkg.sparql.pool.jobs import Limits, Source
    from cartkg.sparql.pool.workers import Pool
    from cartkg.web.http.state import Serving

#: Seconds in which pages are prepared after a start.
_PREPARING = 30.0


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """The operator's options.

    Attributes:
        origin: where the quads come from.
        limits: what a query may use.
        host: address to listen on.
        port: port to listen on; 0 picks a free one.
        base_url: address of the site as its users see it; empty takes it from each request.
        services: addresses of the services that a query may call.
        forwarded_prefix: whether the proxy names the prefix of the site in `X-Forwarded-Prefix`, in every request.
        issues: address at which issues are filed; empty takes that of the package, if it states one.
        earlier: date of an earlier release -> address of the site that serves it, ending with "/".
    """

    origin: DataSource
    limits: Limits
    host: str = "127.0.0.1"
    port: int = 8000
    base_url: str = ""
    services: tuple[str, ...] = ()
    forwarded_prefix: bool = False
    issues: str = ""
    earlier: Mapping[str, str] = field(default_factory=dict)

    def settings(self, release: ServedRelease) -> AppSettings:
        """Return the settings of an app that serves a release."""
        project = self.origin.project
        build = folder_read(project) if self.origin.manifest else None
        services = frozenset(self.services)
        return AppSettings(
            release,
            project,
            build,
            self.base_url,
            self.limits,
            services,
            forwarded_prefix=self.forwarded_prefix,
            issues=self.issues or _issues_of_package(),
            earlier=self.earlier,
        )


def serve_pool(
    pool: Pool, wish: ServeOptions, source: Source, say: Callable[[str], None], backend: RemoteEngine | None = None
) -> None:
    """Serve from a pool that was created over `source`, until told to stop; the pool is closed by the caller.

    Args:
        pool: answers the questions of the pages, and users' queries unless a backend does.
        wish: how to serve.
        source: the release.
        say: takes the line that says where.
        backend: answers users' queries from the same release.

    Raises:
        ConfigError: the data cannot be read, the address not be used, or the backend has another release.
    """
    prefixes = read_prefixes(wish.origin.project.ontology / "prefixes.ttl").namespaces
    engine = LocalEngine(pool, wish.limits, prefixes)
    app = _app_over(engine, wish, source, backend)
    state: Serving = app.extensions[EXTENSION]
    server = Server(app, wish.host, wish.port)
    state.cache.prepare(_prepared_of(source))
    loaded = pool.start()
    state.release = replace(state.release, graphs=loaded.graphs)
    quads = loaded.quads if source.on_disk else sum(loaded.graphs.values())  # in memory the union is counted too
    what = f"release {state.release.data_version} ({quads} quads)"
    what += f", and queries from {backend.addresses}," if backend else ""

    def listening() -> None:
        say(f"Serving {what} at {server.address}")
        _prepare(app)

    server.run(listening, lambda: _reload(app, engine, wish, backend))


def _app_over(engine: LocalEngine, wish: ServeOptions, source: Source, backend: RemoteEngine | None) -> Flask:
    """Return the app whose pages an engine answers, and users' queries too unless a backend does."""
    settings = replace(wish.settings(_release_of(wish.origin, source, backend)), index=_index_of(source))
    if backend is not None:
        return create_app(backend, settings, BLUEPRINTS, engine)
    federated = FederatedEngine(engine, frozenset(wish.services), wish.limits) if wish.services else engine
    return create_app(federated, settings, BLUEPRINTS)


def _reload(app: Flask, engine: LocalEngine, wish: ServeOptions, backend: RemoteEngine | None) -> None:
    """Serve what is there now.

    Raises:
        ConfigError: it cannot be read, or the backend has another release.
    """
    state: Serving = app.extensions[EXTENSION]
    fresh = wish.origin.find()
    release, index = _release_of(wish.origin, fresh, backend), _index_of(fresh)
    loaded = engine.reload(fresh)
    state.index = index
    state.release = replace(release, graphs=loaded.graphs)
    state.cache.clear()
    state.cache.prepare(_prepared_of(fresh))
    state.lists.clear()
    _prepare(app)


def backend_of(urls: Sequence[str], authorization: str, limits: Limits) -> RemoteEngine | None:
    """Return what sends queries on to other endpoints, which have the same data; None where there are none.

    Args:
        urls: their addresses for queries.
        authorization: what they get as the header field Authorization; nothing when empty.
        limits: of one query.

    Raises:
        ConfigError: an address is not an HTTP address or is named twice.
    """
    return RemoteEngine(Replicas(urls, authorization), limits) if urls else None


def has_build_of(backend: RemoteEngine, origin: DataSource) -> bool:
    """Return whether the release that other endpoints state to have was built here, so that pages can come from it."""
    if origin.manifest is None or not origin.manifest.is_file():
        return False
    return has_noted(backend, manifest.read(origin.manifest).sha256)


def serve_backend(backend: RemoteEngine, wish: ServeOptions, say: Callable[[str], None]) -> None:
    """Serve what other endpoints answer, pages too, until told to stop.

    Raises:
        ConfigError: the address cannot be used.
    """
    app = create_app(backend, wish.settings(UNKNOWN), BLUEPRINTS)
    server = Server(app, wish.host, wish.port)
    watched = watch(backend, app.extensions[EXTENSION])
    try:
        server.run(lambda: say(f"Serving {backend.addresses} at {server.address}"), lambda: None)
    finally:
        watched.set()


def _issues_of_package() -> str:
    """Return the address at which the package's metadata asks for issues; empty where they name none."""
    stated = (line.partition(",") for line in metadata("cartkg").get_all("Project-URL") or ())
    return next((place.strip() for name, _, place in stated if name.strip().casefold() == "issues"), "")


def _prepare(app: Flask) -> None:
    """Prepare the first pages in the background, for a few seconds at most, while the server answers."""
    state: Serving = app.extensions[EXTENSION]
    release, end = state.release.digest, monotonic() + _PREPARING

    def run() -> None:
        with app.app_context():
            prepare(app, lambda: state.draining or state.release.digest != release or monotonic() > end)

    Thread(target=run, name="prepare", daemon=True).start()


def _index_of(source: Source) -> Index | None:
    """Return the index of names of a build; None for data that `cartkg build` did not make.

    Raises:
        ConfigError: it is not that of the build, or cannot be read.
    """
    if source.on_disk and (source.paths[0] / INDEX).is_file():
        return Index(read_bytes(source.paths[0] / INDEX))
    return beside(source.paths[0]) if source.own else None


def _prepared_of(source: Source) -> dict[Key, Answer]:
    """Return the answers that the build of a store on disk prepared.

    Raises:
        ConfigError: they cannot be read.
    """
    path = source.paths[0] / PREPARED
    return prepared_answers.read(path, source.edition) if source.on_disk and path.is_file() else {}


def _release_of(origin: DataSource, source: Source, backend: Engine | None) -> ServedRelease:
    """Return what a source is: the release that the build's manifest names, or an unreleased edition.

    Raises:
        ConfigError: the backend states another one.
    """
    release = ServedRelease(source.version, digest=source.edition)
    if origin.manifest:
        release = ServedRelease.of(manifest.read(origin.manifest))
    if backend is not None:
        refuse_other(backend, release, str(origin.store or origin.project.build))
    return release
