"""The web app: create a Flask app from an engine and settings.

Views reach engine, settings, release, metrics and cache through `cartkg.web.http.state.serving()`.
They raise CartkgError; `cartkg.web.http.problems` turns it into a response.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from cartkg.facts.result_cache import ResultCache
from cartkg.web.http import compression, earlier, lengths, metrics, problems
from cartkg.web.http.headers import SecurityHeaders
from cartkg.web.http.public_address import ForwardedPrefix, PublicAddress
from cartkg.web.http.state import EXTENSION, Serving
from cartkg.web.views import explain, health, sparql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Blueprint

    from cartkg.sparql.engines.engine import Engine
    from cartkg.web.http.settings import AppSettings

__all__ = ["BLUEPRINTS", "create_app"]

#: What every app serves: /sparql and its explanations, /health, /metrics.
BLUEPRINTS: tuple[Blueprint, ...] = (sparql.blueprint, explain.blueprint, health.blueprint)


def create_app(
    engine: Engine, settings: AppSettings, pages: Sequence[Blueprint] = (), own: Engine | None = None
) -> Flask:
    """Make the app.

    Args:
        engine: answers the queries that users write.
        settings: release, folders, limits.
        pages: further blueprints, for people; `cartkg serve` passes those of `cartkg.web.views.home`.
        own: answers the questions of the pages; `engine` if omitted.
    """
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # of the default provider
    app.config["MAX_CONTENT_LENGTH"] = settings.limits.body
    counted, cache = metrics.Metrics(), ResultCache()
    app.extensions[EXTENSION] = Serving(
        engine, own or engine, settings, settings.release, counted, cache, settings.index
    )
    for blueprint in (*BLUEPRINTS, *pages):
        app.register_blueprint(blueprint)
    problems.register(app)
    lengths.register(app)
    earlier.register(app)
    compression.register(app)
    if settings.base_url:
        app.wsgi_app = PublicAddress(app.wsgi_app, settings.base_url)  # type: ignore[method-assign]  # as below
    if settings.forwarded_prefix:
        app.wsgi_app = ForwardedPrefix(app.wsgi_app)  # type: ignore[method-assign]  # as below
    app.wsgi_app = SecurityHeaders(app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way to add a layer
    return app
