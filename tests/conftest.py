"""What every test gets: no network but this machine, a clean environment, and projects to spoil."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from cartkg.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
KEPT = ROOT / "build" / "kept"

settings.register_profile(
    "project", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("project")

_LOOPBACK = {"127.0.0.1", "::1", "localhost", "", None}
_KEPT = {
    "COVERAGE_PROCESS_CONFIG",  # set by `make coverage` alone
    "HOME",
    "LANG",
    "LC_ALL",
    "PATH",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USER",
    "VIRTUAL_ENV",
    "XDG_CACHE_HOME",
}
_KEPT_STARTS = ("PYTEST", "PYTHON", "COV_", "HYPOTHESIS")


@pytest.fixture(autouse=True, scope="session")
def closed_network() -> Iterator[None]:
    """Refuse every connection and every name look-up that leaves this machine."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(this: socket.socket, address: Any) -> None:
        if this.family != socket.AF_UNIX and address[0] not in _LOOPBACK:
            raise PermissionError(f"tests may not reach {address}")
        connect(this, address)

    def guarded_look_up(host: Any, *rest: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in _LOOPBACK:
            raise PermissionError(f"tests may not look up {name}")
        return look_up(host, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


@pytest.fixture(autouse=True, scope="session")
def kept_results() -> Iterator[None]:
    """Keep what is kept between runs in the checkout of the tests, and leave the user's own folder as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(KEPT))
        yield


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the caller's settings (proxies, options) from the code under test."""
    for name in set(os.environ) - _KEPT:
        if not name.startswith(_KEPT_STARTS):
            monkeypatch.delenv(name)


@pytest.fixture
def cold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder in which everything that is kept between runs goes."""
    folder = tmp_path / "kept"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def tmp_project(tmp_path: Path, cold: Path) -> Project:  # noqa: ARG001  # nothing is kept from another test
    """Give a copy of the whole project, free to be spoiled; nothing of it was built or kept yet."""
    root = tmp_path / "project"
    for folder in ("ontology", "shapes", "data", "queries"):
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, root / folder)
    return Project(root, tmp_path / "work")


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """A project with the shared words and no study."""
    shutil.copytree(ROOT / "data" / "ttl" / "shared", tmp_path / "data" / "ttl" / "shared")
    shutil.copytree(ROOT / "data" / "vocabulary", tmp_path / "data" / "vocabulary")
    for name in ("trials.yaml", "products.yaml"):
        shutil.copy(ROOT / "data" / name, tmp_path / "data" / name)
    (tmp_path / "ontology").mkdir()
    for name in ("prefixes.ttl", "cartkg.ttl"):
        shutil.copy(ROOT / "ontology" / name, tmp_path / "ontology" / name)
    return Project(tmp_path, tmp_path / ".cartkg")
