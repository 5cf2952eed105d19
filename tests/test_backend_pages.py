"""Pages and stored questions with users' queries going to Oxigraph or Virtuoso: those of the release, each the same."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.asked import NAMES
from tests.command import cartkg
from tests.foreign_stores import LARGE
from tests.live import Live, listening_port

from cartkg.graph import disk_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.release.remote_store import RemoteStore

pytestmark = pytest.mark.whole

ROOT = Path(__file__).resolve().parents[1]
TABLE = tomllib.loads((ROOT / "tests" / "browser" / "pages.toml").read_text("utf-8"))
#: Users write these queries, and those of others' engines are told otherwise.
WRITTEN = ("/query?query=",)
PAGES = [
    path
    for paths in [*TABLE["pages"].values(), list(TABLE["kinds"].values())]
    for path in paths
    if not path.startswith(WRITTEN)
]
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the shipped release as a store on disk."""
    folder = tmp_path_factory.mktemp("release") / "store"
    done = cartkg(ROOT, "build", "--store", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


@contextmanager
def serving(*arguments: str) -> Iterator[Live]:
    command = [sys.executable, "-m", "cartkg", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    try:
        yield Live(process, listening_port(process), [])
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture(scope="module")
def alone(store: Path) -> Iterator[Live]:
    """Serve the store on disk alone."""
    with serving("--store", str(store)) as server:
        yield server


@pytest.fixture(scope="module", params=LARGE)
def remote(request: pytest.FixtureRequest, store: Path) -> Iterator[RemoteStore]:
    """Start a store of others and publish the release there."""
    with LARGE[request.param]() as found:
        done = cartkg(
            ROOT, "publish", "--to", found.update, "--query", found.query, "--graph-store", found.graphs,
            "--store", str(store),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        yield found


@pytest.fixture(scope="module")
def front(remote: RemoteStore, store: Path) -> Iterator[Live]:
    """Serve pages from the store on disk, and users' queries from the store of others."""
    with serving("--backend", remote.query, "--store", str(store)) as server:
        yield server


def shown(live: Live, page: str) -> tuple[int, str]:
    """Return status and text of a page, without what differs between two servers of one release."""
    said = live.request("GET", page, HTML)
    return said.status, re.sub(r"(127\.0\.0\.1:)\d+", r"\1PORT", said.text)


def test_every_page_is_that_of_the_release(front: Live, alone: Live) -> None:
    assert [page for page in PAGES if shown(front, page) != shown(alone, page)] == []


def test_every_stored_question_has_the_answer_of_the_release(front: Live, alone: Live) -> None:
    names = sorted(NAMES)
    answers = [(name, f"/questions/{name}/answer?format=csv") for name in names]
    differing = [name for name, path in answers if front.request("GET", path).text != alone.request("GET", path).text]
    assert (len(names) > 100, differing) == (True, [])


def test_users_queries_are_answered_by_the_store_of_others(front: Live, remote: RemoteStore) -> None:
    from cartkg.release.remote_store import _update  # noqa: PLC0415  # private, to change the store behind our back

    _update("INSERT DATA { GRAPH <http://a.example/g> { <http://a.example/s> <http://a.example/p> 1 } }", remote)
    said = front.ask("ASK { GRAPH <http://a.example/g> { <http://a.example/s> ?p ?o } }")
    assert (said.status, '"boolean":true' in said.text.replace(" ", "")) == (200, True)


def test_another_release_than_that_of_the_backend_is_refused(remote: RemoteStore, store: Path, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text("<http://a.example/s> <http://a.example/p> <http://a.example/o> .\n", "utf-8")
    other = tmp_path / "other"
    assert cartkg(ROOT, "build", "--store", str(other), "--data", str(tmp_path / "a.nt")).returncode == 0
    done = cartkg(ROOT, "serve", "--port", "0", "--backend", remote.query, "--store", str(other))
    assert (done.returncode, "has another release than the backend" in done.stderr) == (3, True)
    assert disk_store.served(store).edition != disk_store.served(other).edition
    shutil.rmtree(other)


def test_pages_of_a_published_release_are_not_made_from_its_union(remote: RemoteStore, tmp_path: Path) -> None:
    """Without the release at hand, counts would be doubled by what reasoning and counting add."""
    for name in ("ontology", "shapes", "queries", "data"):  # a project without a build
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    command = [sys.executable, "-m", "cartkg", "--project", str(tmp_path), "serve", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--backend", remote.query], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        server = Live(process, listening_port(process), [])
        assert server.request("GET", "/targets", HTML).status == 502
        assert server.ask("ASK { ?s ?p ?o }").status == 200
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=20)
    assert "add --store" in said
