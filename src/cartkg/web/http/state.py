"""What every view of one app shares: the engine, the settings, the numbers counted and the answers kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from flask import current_app, request

from cartkg.web.http.kept_bitmaps import KeptBitmaps

if TYPE_CHECKING:
    from cartkg.facts.result_cache import ResultCache
    from cartkg.queries import Nameable
    from cartkg.search.index import Index
    from cartkg.sparql.engines.engine import Engine
    from cartkg.web.http.metrics import Metrics
    from cartkg.web.http.settings import AppSettings, ServedRelease

EXTENSION = "cartkg"

#: Key of the WSGI environment: a function of the server that tells whether the client hung up.
GONE = "cartkg.client_gone"
#: Key of the WSGI environment: the release of a response that the server may keep.
KEEP = "cartkg.keep"


@dataclass(slots=True)
class Serving:
    """The one mutable object of an app; `release` changes when a new build is loaded.

    Attributes:
        engine: answers the queries that users write.
        own: answers the questions of the pages and the stored ones, of the release; the same engine unless users'
            queries go to a store of others.
        settings: as given to create_app.
        release: the release served now.
        metrics: counters and histograms.
        cache: answers of this release.
        index: the names of things in this release; None where there is none.
        lists: the values of each list of choices, by digest of the release and name: reading one takes 20 ms.
        bitmaps: figures drawn as PNG.
        draining: True once the server was told to stop; /health then says not ready.
    """

    engine: Engine
    own: Engine
    settings: AppSettings
    release: ServedRelease
    metrics: Metrics
    cache: ResultCache
    index: Index | None = None
    lists: dict[tuple[str, str], tuple[Nameable, ...]] = field(default_factory=dict)
    bitmaps: KeptBitmaps = field(default_factory=KeptBitmaps)
    draining: bool = False

    def digest_of(self, engine: Engine, release: ServedRelease) -> str:
        """Return the digest of what an engine answers from while a release is served; empty when unknown."""
        return release.digest if engine is self.own else ""

    def base_url(self) -> str:
        """Return the address of the site, ending with "/": the setting, else that of the current request."""
        return self.settings.base_url or request.root_url


def serving() -> Serving:
    """Return the state of the app that handles the current request."""
    return cast("Serving", current_app.extensions[EXTENSION])
