"""An address that names an earlier release leads to the server that keeps it, with all its parameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from pyoxigraph import RdfFormat, Store
from tests.test_pages import CASES, StoreEngine

from cartkg.cli import cli
from cartkg.cli.serve import earlier_of
from cartkg.errors import ConfigError
from cartkg.project import Project, find
from cartkg.web import create_app
from cartkg.web.http.settings import AppSettings, ServedRelease
from cartkg.web.views.home import BLUEPRINTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.testing import FlaskClient

OLD, NEW = "2026-11-22", "2026-12-01"
PLACE = "https://old.example/kg/"
ROOT = Path(__file__).resolve().parents[1]


def site(root: Path, release: str, data: bytes, earlier: Mapping[str, str]) -> FlaskClient:
    """Return a client of a site with one stored question."""
    (root / "ontology").mkdir(parents=True)
    (root / "ontology" / "prefixes.ttl").write_bytes((find(CASES).ontology / "prefixes.ttl").read_bytes())
    (root / "queries" / "checks").mkdir(parents=True)
    (root / "shapes").mkdir()
    (root / "queries" / "headline.rq").write_bytes((CASES / "headline.rq").read_bytes())
    store = Store()
    store.load(data, format=RdfFormat.TURTLE)
    settings = AppSettings(ServedRelease(release, digest=release), Project(root, root / ".cartkg"), earlier=earlier)
    return create_app(StoreEngine(store), settings, BLUEPRINTS).test_client()


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> tuple[FlaskClient, FlaskClient]:
    """Give the site of a release, and that of the next one, which has lost all."""
    root, data = tmp_path_factory.mktemp("releases"), (CASES / "evidence.ttl").read_bytes()
    then = site(root / "old", OLD, data, {})
    return then, site(root / "new", NEW, b"", {OLD: PLACE})


@pytest.mark.parametrize(
    "path",
    [
        f"/questions/headline?release={OLD}",
        f"/questions/headline/answer?format=table&release={OLD}",
        f"/map?release={OLD}",
    ],
)
def test_what_was_cited_keeps_answering(sites: tuple[FlaskClient, FlaskClient], path: str) -> None:
    then, now = sites
    moved = now.get(path)
    assert (moved.status_code, moved.headers["Location"]) == (307, PLACE + path.lstrip("/"))
    kept = then.get(path)
    assert kept.status_code == 200
    assert kept.data != now.get(path.replace(OLD, NEW)).data


@pytest.mark.parametrize(
    "path", ["//other.example/a b%3F%23", "/%0d%0aSet-Cookie:a=b", "/\\other.example", "/https://other.example/"]
)
def test_a_reader_is_led_to_no_other_site(sites: tuple[FlaskClient, FlaskClient], path: str) -> None:
    moved = sites[1].get(f"{path}?release={OLD}&x=%0d%0aA:b")
    assert moved.status_code in {301, 308} or moved.headers["Location"].startswith(PLACE)
    assert "Set-Cookie" not in moved.headers


def test_the_release_that_is_served_is_answered_here(tmp_path: Path) -> None:
    here = site(tmp_path, OLD, (CASES / "evidence.ttl").read_bytes(), {OLD: PLACE})
    assert here.get(f"/questions/headline?release={OLD}").status_code == 200


def test_a_release_that_is_served_nowhere_is_gone(sites: tuple[FlaskClient, FlaskClient]) -> None:
    assert sites[1].get("/questions/headline?release=2020-01-01").status_code == 410


@pytest.mark.parametrize(
    "text",
    [OLD, f"{OLD}=old.example", f"{OLD}=https://a.example/?q=1", "2026-02-30=https://a.example/", "=https://a.example/",
     f"{OLD}=javascript:alert(1)", f"{OLD}=https://user@a.example/", f"{OLD}=https://a.example/a/../b"],
)  # fmt: skip
def test_a_wrong_option_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--earlier"):
        earlier_of([text])


def test_the_command_refuses_it_before_it_serves() -> None:
    done = CliRunner().invoke(cli, ["--project", str(ROOT), "serve", "--earlier", OLD])
    assert isinstance(done.exception, ConfigError)


def test_addresses_end_with_a_slash_and_a_release_is_named_once() -> None:
    assert earlier_of([f"{OLD}=https://a.example", f"{NEW}=http://127.0.0.1:8001/x"]) == {
        OLD: "https://a.example/",
        NEW: "http://127.0.0.1:8001/x/",
    }
    with pytest.raises(ConfigError, match="once each"):
        earlier_of([f"{OLD}=https://a.example", f"{OLD}=https://b.example"])
