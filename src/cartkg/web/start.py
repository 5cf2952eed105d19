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
    from cartkg.sparql.engines.engine import Answer
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


def serve_pool(pool: Pool, wish: ServeOptions, source: Source, say: Callable[[str], None]) -> None:
    """Serve from a pool that was created over `source`, until told to stop; the pool is closed by the caller.

    Raises:
        ConfigError: the data cannot be read or the address not be used.
    """
    prefixes = read_prefixes(wish.origin.project.ontology / "prefixes.ttl").namespaces
    engine = LocalEngine(pool, wish.limits, prefixes)
    federated = FederatedEngine(engine, frozenset(wish.services), wish.limits) if wish.services else engine
    settings = replace(wish.settings(release_of(wish.origin, source)), index=_index_of(source))
    app = create_app(federated, settings, BLUEPRINTS)
    state: Serving = app.extensions[EXTENSION]
    server = Server(app, wish.host, wish.port)
    state.cache.prepare(_prepared_of(source))
    loaded = pool.start()
    state.release = replace(state.release, graphs=loaded.graphs)

    def reload() -> None:
        fresh = wish.origin.find()
        index = _index_of(fresh)
        loaded = engine.reload(fresh)
        state.index = index
        state.release = replace(release_of(wish.origin, fresh), graphs=loaded.graphs)
        state.cache.clear()
        state.cache.prepare(_prepared_of(fresh))
        state.lists.clear()
        _prepare(app)

    quads = loaded.quads if source.on_disk else sum(loaded.graphs.values())  # in memory the union is counted too
    what = f"release {state.release.data_version} ({quads} quads)"

    def listening() -> None:
        say(f"Serving {what} at {server.address}")
        _prepare(app)

    server.run(listening, reload)


def serve_backend(urls: Sequence[str], authorization: str, wish: ServeOptions, say: Callable[[str], None]) -> None:
    """Serve what other endpoints answer, which have the same data, until told to stop.

    Args:
        urls: their addresses for queries.
        authorization: what they get as the header field Authorization; nothing when empty.
        wish: how to serve.
        say: takes the line that says where.

    Raises:
        ConfigError: an address is not an HTTP address or is named twice, or our own cannot be used.
    """
    engine = RemoteEngine(Replicas(urls, authorization), wish.limits)
    server = Server(create_app(engine, wish.settings(ServedRelease("remote")), BLUEPRINTS), wish.host, wish.port)
    server.run(lambda: say(f"Serving {', '.join(urls)} at {server.address}"), lambda: None)


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


def release_of(origin: DataSource, source: Source) -> ServedRelease:
    """Return what a source is: the release that the build's manifest names, or an unreleased edition."""
    if origin.manifest:
        return ServedRelease.of(manifest.read(origin.manifest))
    return ServedRelease(source.version, digest=source.edition)
