"""What is kept between runs: in a folder of the user, by content and code; what a checkout brings along is not read."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import cartkg
from cartkg import caches, manifest
from cartkg.builds import sources_digest
from cartkg.caches import Cache, content_key
from cartkg.cli import cli
from cartkg.errors import ConfigError
from cartkg.manifest import Manifest
from cartkg.pipeline.building import build
from cartkg.pipeline.checking import check
from cartkg.pipeline.freshness import is_fresh
from cartkg.pipeline.workplace import refuse_tracked
from cartkg.project import DUMP, MANIFEST, Project, find

if TYPE_CHECKING:
    from click.testing import Result

ROOT = Path(__file__).resolve().parents[1]
POISON = '<https://w3id.org/cartkg/poisoned> <http://example.org/p> "1" <https://w3id.org/cartkg/graph/x> .\n'


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "user" / "cache")


def modes(cache: Cache) -> set[int]:
    return {folder.stat().st_mode & 0o777 for folder in (cache.folder, cache.folder.parent)}


def test_an_entry_is_given_back_and_only_its_owner_may_look(cache: Cache) -> None:
    assert cache.read("a") is None
    cache.write("a", b"1")
    assert cache.read("a") == b"1"
    assert modes(cache) == {0o700}
    assert [path.name for path in cache.folder.iterdir()] == ["a"]


def test_a_folder_that_others_may_read_is_closed(cache: Cache) -> None:
    cache.folder.mkdir(parents=True, mode=0o755)
    cache.write("a", b"1")
    assert modes(cache) == {0o700}


@pytest.mark.parametrize("mode", [0o777, 0o720, 0o702, 0o1777])
@pytest.mark.parametrize("above", [False, True])
def test_a_folder_that_others_may_write_is_refused(cache: Cache, mode: int, *, above: bool) -> None:
    cache.write("a", b"poisoned")
    (cache.folder.parent if above else cache.folder).chmod(mode)
    with pytest.raises(ConfigError, match="can be written by other users"):
        cache.read("a")
    with pytest.raises(ConfigError, match="can be written by other users"):
        cache.write("b", b"")


def test_a_folder_of_another_user_is_refused(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write("a", b"poisoned")
    owner = cache.folder.stat().st_uid
    monkeypatch.setattr("os.getuid", lambda: owner + 1)
    with pytest.raises(ConfigError, match="belongs to another user"):
        cache.read("a")


def test_without_a_place_to_write_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file" / "cache")
    cache.write("a", b"1")
    assert cache.read("a") is None


def test_what_was_used_longest_ago_goes_first(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caches, "_MOST_BYTES", 100)
    for number in range(10):
        cache.write(f"e{number}", b"x" * 10)
        times = (number + 1, number + 1)
        os.utime(cache.folder / f"e{number}", times)
    assert cache.read("e0") is not None
    cache.write("last", b"x" * 10)
    left = {path.name for path in cache.folder.iterdir()}
    assert {"e0", "last"} <= left
    assert "e1" not in left
    assert sum(path.stat().st_size for path in cache.folder.iterdir()) <= 75


def test_a_key_changes_with_every_part_and_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = ((b"ab", b"c"), (b"a", b"bc"), (b"abc",), (b"ab", b"c", b""))
    assert len({content_key(*each) for each in parts}) == len(parts)
    before = content_key(b"a")
    monkeypatch.setattr(caches, "code", lambda: b"other code")
    assert content_key(b"a") != before


def test_the_code_is_that_of_the_package_and_of_what_it_works_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = caches.code.__wrapped__
    first = asked()
    assert asked() == first
    monkeypatch.setattr("importlib.metadata.version", lambda _name: "0")
    assert asked() != first
    monkeypatch.undo()
    monkeypatch.setattr(caches, "__file__", str(tmp_path / "caches.py"))
    (tmp_path / "caches.py").write_text("", "utf-8")
    one = asked()
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "page.py").write_text("", "utf-8")
    assert asked() == one, "pages make no result"
    (tmp_path / "caches.py").write_text("1", "utf-8")
    two = asked()
    assert two != one
    (tmp_path / "dossier").mkdir()
    (tmp_path / "dossier" / "dossier.schema.json").write_text("{}", "utf-8")
    assert asked() != two, "a schema decides what is wrong with a dossier"


def command(project: Project, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--project", str(project.root), *arguments])


def poisoned(root: Path) -> Project:
    """Give a project with a build whose digests are right and whose dump says what no source says."""
    project = find(root)
    project.build.mkdir(parents=True)
    for file in project.build_files():
        file.write_text(POISON, "utf-8")
    digest = hashlib.sha256(POISON.encode()).hexdigest()
    made = Manifest("2026-11-22", "0", digest, 0, sources=sources_digest(project))
    (project.build / MANIFEST).write_bytes(manifest.write(made))
    return project


def test_a_build_that_came_with_a_checkout_is_never_read(empty: Project, tmp_path: Path) -> None:
    project = poisoned(empty.root)
    assert not is_fresh(project)
    assert project.own_dump() is None
    query = tmp_path / "q.rq"
    query.write_text("ASK { GRAPH ?g { <https://w3id.org/cartkg/poisoned> ?p ?o } }", "utf-8")
    asked = command(project, "query", str(query))
    assert asked.stdout == "no\n", asked.output
    assert "no build made here" in asked.stderr
    assert "poisoned" not in {str(subject)[-9:-1] for subject in cartkg.load(project.root).subjects()}
    refused = command(project, "release", "--from-build", "--out", str(tmp_path / "no"))
    assert isinstance(refused.exception, ConfigError)
    assert "not made here" in str(refused.exception)


@pytest.mark.whole
def test_a_release_holds_what_the_sources_say(tmp_project: Project, tmp_path: Path) -> None:
    project = poisoned(tmp_project.root)
    out = tmp_path / "release"
    done = command(project, "release", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "poisoned" not in (out / DUMP).read_text("utf-8")


@pytest.mark.whole
def test_caches_in_a_checkout_are_not_read(tmp_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put everything that an author's run keeps where earlier versions looked for it, and say that all is well."""
    project = find(tmp_project.root)
    module = project.root / "ontology" / "bad.ttl"
    module.write_text(
        "@prefix : <https://w3id.org/cartkg/ontology#> .\n@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        ":Bad a owl:Class ; rdfs:subClassOf :Cohort, :Study .\n:Cohort owl:disjointWith :Study .\n",
        "utf-8",
    )
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_project.root / ".cartkg"))  # the author's
    assert command(project, "check", "--only", "ontology").exit_code == 1
    for kept in (project.work / "cartkg" / "cache").iterdir():
        text = kept.read_text("utf-8").replace('["https://w3id.org/cartkg/ontology#Bad"]', "[]")
        (project.work / "cache").mkdir(mode=0o700, exist_ok=True)
        for place in (kept, project.work / "cache" / kept.name):
            place.write_text("[]" if kept.name.startswith("justify") else text, "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_project.root.parent / "mine"))
    found = command(project, "check", "--only", "ontology")
    assert found.exit_code == 1, found.output
    assert "ontology-unsatisfiable" in found.stdout


def tracked(root: Path, *names: str) -> None:
    base = ["git", "-C", str(root), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*base, "init", "-q"], check=True)
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
        subprocess.run([*base, "add", "-f", name], check=True)


def test_a_work_folder_in_version_control_is_refused(empty: Project) -> None:
    tracked(empty.root, "data/ttl/a.ttl")
    (empty.work / "build").mkdir(parents=True)
    refuse_tracked(empty)
    tracked(empty.root, ".cartkg/cache/style.json", ".cartkg/build/cartkg.nq")
    for refused in (lambda: check(empty), lambda: build(empty, empty.build), lambda: build(empty, empty.root / "out")):
        with pytest.raises(ConfigError, match=r"in version control \(2 files\).*git rm -r --cached \.cartkg"):
            refused()
    done = command(empty, "release", "--out", str(empty.root / "out"))
    assert isinstance(done.exception, ConfigError)


@pytest.mark.parametrize("place", ["", "build", "release", "build/cartkg.nq", "build/manifest.json"])
def test_a_work_folder_that_leads_elsewhere_is_refused(empty: Project, tmp_path: Path, place: str) -> None:
    link = empty.work / place if place else empty.work
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(tmp_path / "elsewhere")
    for arguments in (["check"], ["build"], ["release"], ["query", "--list"], ["stats"]):
        done = command(empty, *arguments)
        assert isinstance(done.exception, ConfigError)
        assert "is a symbolic link" in str(done.exception)
    assert not (tmp_path / "elsewhere").exists()
