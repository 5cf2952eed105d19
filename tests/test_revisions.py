"""`cartkg diff` reads a revision from git's objects: nothing that the revision holds can hide evidence from it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from cartkg.cli import cli
from cartkg.errors import ConfigError
from cartkg.release.revisions import files_of

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.project import Project

HIDDEN = "data/ttl/zz-hidden.ttl"
CLAIM = """@prefix cartkg: <https://w3id.org/cartkg/ontology#> .
<https://w3id.org/cartkg/claim/hidden> a cartkg:Claim ; cartkg:place "p. 1" .
"""
WHERE = (("data/ttl/", "ontology/mappings/"), (".ttl", ".sssom.tsv"))


def git(root: Path, *arguments: str) -> str:
    base = ["git", "-C", str(root), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    done = subprocess.run([*base, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, "utf-8")


def link(root: Path, name: str, target: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).symlink_to(target)


def commit(root: Path, tag: str) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", tag)
    git(root, "tag", tag)


@pytest.fixture
def repository(empty: Project) -> Path:
    """Give a project in a repository, with a first revision."""
    git(empty.root, "init", "-q")
    commit(empty.root, "old")
    return empty.root


def added(root: Path, old: str, new: str) -> list[str]:
    done = CliRunner().invoke(cli, ["--project", str(root), "diff", old, new, "--format", "json"])
    assert done.exception is None, done.output
    return [row["after"] for row in json.loads(done.stdout) if row["kind"] == "added"]


ATTRIBUTES = [
    f"{HIDDEN} export-ignore",
    "data/ttl export-ignore",
    "* export-ignore",
    f"{HIDDEN} export-subst filter=empty diff=empty working-tree-encoding=UTF-16 text eol=crlf ident",
    "* -text binary",
]


@pytest.mark.whole
@pytest.mark.parametrize("attributes", ATTRIBUTES)
@pytest.mark.parametrize("place", [".gitattributes", "data/ttl/.gitattributes"])
def test_no_attribute_hides_a_claim(repository: Path, attributes: str, place: str) -> None:
    write(repository, HIDDEN, CLAIM)
    commit(repository, "new")
    write(repository, place, f"{attributes}\n{attributes.removeprefix('data/ttl/')}\n")
    git(repository, "add", place)
    git(repository, "commit", "-q", "--amend", "--no-edit")
    git(repository, "tag", "-f", "new")
    assert "https://w3id.org/cartkg/claim/hidden" in added(repository, "old", "new")


def test_a_replaced_object_hides_no_claim(repository: Path) -> None:
    write(repository, HIDDEN, CLAIM)
    commit(repository, "new")
    git(repository, "replace", "new", "old")
    assert "https://w3id.org/cartkg/claim/hidden" in added(repository, "old", "new")


def test_a_dump_in_the_root_does_not_stand_for_the_data(repository: Path) -> None:
    write(repository, "cartkg.nq", "")
    done = CliRunner().invoke(cli, ["--project", str(repository), "diff", "old", str(repository)])
    assert isinstance(done.exception, ConfigError)
    assert "contains both" in str(done.exception)


@pytest.mark.whole
@pytest.mark.parametrize("target", ["../../kept/a.txt", "../../way/a.txt", "../../twice", "./../ttl/../../kept/a.txt"])
def test_a_link_within_the_revision_is_followed(repository: Path, target: str) -> None:
    write(repository, "kept/a.txt", CLAIM)
    link(repository, "way", "kept")
    link(repository, "twice", "way/a.txt")
    link(repository, HIDDEN, target)
    commit(repository, "new")
    assert "https://w3id.org/cartkg/claim/hidden" in added(repository, "old", "new")


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../outside", "zz-hidden.ttl", "../../data", "gone.ttl"])
def test_a_link_that_leads_to_no_file_of_the_revision_is_refused(repository: Path, target: str) -> None:
    link(repository, HIDDEN, target)
    commit(repository, "new")
    with pytest.raises(ConfigError, match=r"zz-hidden\.ttl is a link to a file that is not"):
        dict(files_of("new", repository, *WHERE))


def test_data_in_another_place_is_refused(repository: Path) -> None:
    (repository / "data").rename(repository / "other")
    link(repository, "data", "other")
    commit(repository, "linked")
    with pytest.raises(ConfigError, match="data is a link"):
        dict(files_of("linked", repository, *WHERE))


@pytest.mark.parametrize("place", ["data", "data/ttl", "data/ttl/more", "ontology/mappings"])
def test_data_in_a_submodule_is_refused(repository: Path, place: str) -> None:
    head = git(repository, "rev-parse", "HEAD")
    git(repository, "rm", "-r", "-q", "--cached", "--ignore-unmatch", place)
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},{place}")
    git(repository, "commit", "-q", "-m", "module")
    with pytest.raises(ConfigError, match=f"{place} is a submodule"):
        dict(files_of("HEAD", repository, *WHERE))


@pytest.mark.parametrize("name", ["a\nb.ttl", "ä \\.ttl", '"q".ttl', "-x.ttl", "\ttab.ttl"])
def test_every_name_of_a_file_is_read(repository: Path, name: str) -> None:
    write(repository, f"data/ttl/{name}", CLAIM)
    commit(repository, "new")
    assert dict(files_of("new", repository, *WHERE))[f"data/ttl/{name}"] == CLAIM.encode()


def test_a_project_below_the_top_of_its_repository_is_read(empty: Project, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    commit(tmp_path, "old")
    below = dict(files_of("old", empty.root / "data", ("ttl/",), (".ttl",)))
    assert below
    assert below == {path: (empty.root / "data" / path).read_bytes() for path in below}


def test_an_object_that_was_not_fetched_is_named(repository: Path) -> None:
    write(repository, HIDDEN, CLAIM)
    commit(repository, "new")
    name = git(repository, "rev-parse", f"new:{HIDDEN}")
    held = repository / ".git" / "objects" / name[:2] / name[2:]
    held.chmod(0o600)
    held.unlink()
    with pytest.raises(ConfigError, match=f"lacks the object {name}"):
        dict(files_of("new", repository, *WHERE))
