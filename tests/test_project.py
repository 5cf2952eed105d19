"""Where the project is found, and where what is made of it goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartkg import project
from cartkg.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]


def mark(folder: Path) -> Path:
    (folder / "ontology").mkdir(parents=True)
    (folder / "ontology" / "cartkg.ttl").write_text("", "utf-8")
    return folder.resolve()


def test_a_project_is_found_from_a_folder_inside_it(tmp_path: Path) -> None:
    root = mark(tmp_path)
    inside = root / "data" / "ttl"
    inside.mkdir(parents=True)
    assert project.find(inside).root == root
    assert project.find(inside).work == root / ".cartkg"


def test_the_shipped_project_is_taken_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "cartkg"
    root = mark(package / "shipped")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(project, "__file__", str(package / "project.py"))
    found = project.find(elsewhere)
    assert found.root == root
    assert not found.work.is_relative_to(package)


def test_the_shipped_project_named_by_its_folder_is_never_written_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "cartkg"
    root = mark(package / "shipped")
    monkeypatch.setattr(project, "__file__", str(package / "project.py"))
    assert project.find(root) == project.shipped()


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        project.find(Path("nowhere-at-all"))


def test_an_installation_without_data_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "__file__", str(tmp_path / "a" / "b" / "cartkg" / "project.py"))
    with pytest.raises(ConfigError, match="reinstall the wheel"):
        project.shipped()


def test_a_checkout_is_its_own_shipped_project() -> None:
    assert project.shipped().root == ROOT
