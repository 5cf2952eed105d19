"""From what the operator wishes to a running server: find the build, start engine and app, listen."""

from __future__ import annotations

import subprocess  # starts this package's own build command
import sys
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from cartkg.errors import ConfigError
from cartkg.namespaces import read_prefixes
from cartkg.sparql.engines import LocalEngine
from cartkg.sparql.jobs import Limits, Source
from cartkg.sparql.remote import RemoteEngine
from cartkg.sparql.workers import Pool
from cartkg.web import create_app
from cartkg.web.pages import BLUEPRINTS
from cartkg.web.serving import Server
from cartkg.web.settings import Release, Settings
from cartkg.web.state import EXTENSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cartkg.project import Project
    from cartkg.web.state import Serving

_MIB = 1024**2
_RDF = frozenset({".ttl", ".nt", ".nq", ".trig", ".rdf", ".owl", ".xml", ".jsonld"})
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator asked for.

    Attributes:
        host: address to listen on.
        port: port; 0 takes a free one.
        data: files or folders of RDF to serve instead of the build.
        store: folder of an on-disk store to serve instead.
        backend: SPARQL endpoint that answers instead.
        timeout: seconds that a query may take.
        memory: MiB that a query may take.
        base_url: address of the site as its users see it.
        allow_service: services that a query may call.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    data: tuple[Path, ...] = ()
    store: Path | None = None
    backend: str | None = None
    timeout: float = 10.0
    memory: int = 512
    base_url: str = ""
    allow_service: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be served: the source of the quads and the settings of the app."""

    source: Source
    settings: Settings


def start(project: Project, wish: Wish, say: Callable[[str], None]) -> None:
    """Serve until told to stop.

    Raises:
        ConfigError: a path, the address or the build cannot be used.
    """
    if wish.backend:
        settings = Settings(Release("remote"), project, None, wish.base_url, limits(wish))
        _serve_remote(RemoteEngine(wish.backend, settings.limits), settings, wish, say)
    else:
        _serve_local(project, wish, say)


def _serve_local(project: Project, wish: Wish, say: Callable[[str], None]) -> None:
    plan = plan_for(project, wish)
    pool = Pool(plan.source, plan.settings.limits)
    engine = LocalEngine(pool, plan.settings.limits, read_prefixes(project.ontology / "prefixes.ttl").namespaces)
    try:
        app = create_app(engine, plan.settings, BLUEPRINTS)
        state: Serving = app.extensions[EXTENSION]
        server = Server(app, wish.host, wish.port)
        state.release = replace(state.release, graphs=pool.start().graphs)

        def reload() -> None:
            fresh = plan_for(project, wish)
            loaded = engine.reload(fresh.source)
            state.release = replace(fresh.settings.release, graphs=loaded.graphs)
            state.cache.clear()

        what = f"release {state.release.data_version} ({sum(state.release.graphs.values())} quads)"
        server.run(lambda: say(f"Serving {what} at {server.address}"), reload)
    finally:
        engine.close()


def _serve_remote(engine: RemoteEngine, settings: Settings, wish: Wish, say: Callable[[str], None]) -> None:
    server = Server(create_app(engine, settings, BLUEPRINTS), wish.host, wish.port)
    server.run(lambda: say(f"Serving {wish.backend} at {server.address}"), lambda: None)


def limits(wish: Wish) -> Limits:
    """Give the limits of one query.

    Raises:
        ConfigError: a number is not above zero.
    """
    if wish.timeout <= 0 or wish.memory <= 0:
        raise ConfigError("needs a number above 0", "--timeout or --memory")
    return replace(Limits(), seconds=wish.timeout, memory=wish.memory * _MIB)


def plan_for(project: Project, wish: Wish) -> Plan:
    """Find what to serve: the paths named, else the project's build, which is made when there is none.

    Raises:
        ConfigError: a path does not exist, holds no RDF, or the build failed.
    """
    base = Settings(Release("none"), project, None, wish.base_url, limits(wish))
    if wish.store is not None:
        if not wish.store.is_dir():
            raise ConfigError("no such folder", str(wish.store))
        return Plan(Source((wish.store,), version="unreleased"), replace(base, release=Release("unreleased")))
    if wish.data:
        files = _files(wish.data)
        digest = _digest(files)
        release = Release("unreleased", digest=digest)
        return Plan(Source(files, version="unreleased", edition=digest), replace(base, release=release))
    dump, manifest = project.build / "cartkg.nq", project.build / "manifest.json"
    if not (dump.is_file() and manifest.is_file()):
        _build(project)
    release = Release.from_manifest(manifest)
    source = Source((dump,), version=release.data_version, edition=release.digest)
    return Plan(source, replace(base, release=release, build=project.build))


def _build(project: Project) -> None:
    """Build in a process of its own, so that the server does not keep what a reasoner loads.

    Raises:
        ConfigError: the build failed; it has said why.
    """
    command = [sys.executable, "-m", "cartkg", "--project", str(project.root), "build"]
    done = subprocess.run(command, check=False)  # noqa: S603  # our own command
    if done.returncode != 0:
        raise ConfigError("there is no build to serve and none could be made", str(project.build))


def _files(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(one for one in path.rglob("*") if one.suffix in _RDF)
        elif path.is_file():
            found.append(path)
        else:
            raise ConfigError("no such file or folder", str(path))
    if not found:
        raise ConfigError("holds no RDF file", str(paths[0]))
    return tuple(found)


def _digest(files: tuple[Path, ...]) -> str:
    digest = sha256()
    for path in files:
        digest.update(path.name.encode())
        with path.open("rb") as stream:
            while part := stream.read(_CHUNK):
                digest.update(part)
    return digest.hexdigest()
