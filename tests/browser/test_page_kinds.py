"""The table of pages for people is complete: each view and each template of a kind of thing is in it, once."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pyoxigraph import Store
from tests.test_pages import StoreEngine

from cartkg.project import find
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.views.home import BLUEPRINTS

ROOT = Path(__file__).resolve().parents[2]
TABLE = tomllib.loads((Path(__file__).parent / "pages.toml").read_text("utf-8"))


def test_every_view_is_looked_at_or_left_out_for_a_reason() -> None:
    app = create_app(
        StoreEngine(Store()), AppSettings(ServedRelease("2026-11-22", digest="d1"), find(ROOT)), BLUEPRINTS
    )
    views = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert sorted(views) == sorted([*TABLE["pages"], *TABLE["others"]])
    assert all(TABLE["pages"].values())
    assert all(TABLE["others"].values())


def test_every_template_of_a_kind_of_thing_is_looked_at() -> None:
    templates = {path.stem for path in (ROOT / "src" / "cartkg" / "web" / "templates" / "kinds").glob("*.html")}
    assert sorted(TABLE["kinds"]) == sorted(templates)


def test_each_address_of_the_table_is_one_of_its_view() -> None:
    app = create_app(
        StoreEngine(Store()), AppSettings(ServedRelease("2026-11-22", digest="d1"), find(ROOT)), BLUEPRINTS
    )
    kinds = {"resources.thing": TABLE["kinds"].values()}
    named = [(view, path) for part in (TABLE["pages"], kinds) for view, paths in part.items() for path in paths]
    match = app.url_map.bind("a.example").match
    assert [(view, path) for view, path in named if match(path.partition("?")[0])[0] != view] == []
