"""A site over the sample evidence, to which a test may add statements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import RdfFormat, Store
from tests.test_pages import StoreEngine

from cartkg.project import find
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from flask.testing import FlaskClient

EVIDENCE = Path(__file__).parent / "cases" / "pages" / "evidence.ttl"


def sample_client(statements: str) -> FlaskClient:
    """Return a client of the site, with more statements in the syntax of INSERT DATA."""
    store = Store()
    store.load(path=EVIDENCE, format=RdfFormat.TURTLE)
    store.update(f"INSERT DATA {{ {statements} }}")
    settings = AppSettings(ServedRelease("2026-11-22", digest="d1"), find(EVIDENCE.parent))
    return create_app(StoreEngine(store), settings, BLUEPRINTS).test_client()
