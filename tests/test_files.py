"""The one door for files: what is read and written, what is refused, and that nothing goes round it."""

from __future__ import annotations

import ast
import gzip
import os
import socket
from pathlib import Path

import pytest

from cartkg import files
from cartkg.errors import ConfigError, UnusableFile
from cartkg.project import passing_folder, replace_file
from cartkg.unpacking import unpack

ROOT = Path(__file__).resolve().parents[1]
SECRET = "a-secret-of-another-folder"  # noqa: S105  # stands for one


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project beside a secret."""
    root = tmp_path / "project"
    (root / "ontology").mkdir(parents=True)
    (root / "ontology" / "cartkg.ttl").write_text("", "utf-8")
    (root / "data").mkdir()
    (tmp_path / "secret.ttl").write_text(SECRET, "utf-8")
    return root


def rule_of(path: Path) -> str:
    with pytest.raises(UnusableFile) as caught:
        files.read_bytes(path)
    assert SECRET not in str(caught.value)
    return caught.value.rule


def test_a_link_inside_is_read_and_one_that_leads_out_is_refused(project: Path) -> None:
    (project / "data" / "a.ttl").write_text("in", "utf-8")
    (project / "data" / "in.ttl").symlink_to("a.ttl")
    (project / "data" / "out.ttl").symlink_to(project.parent / "secret.ttl")
    assert files.read_text(project / "data" / "in.ttl") == "in"
    assert rule_of(project / "data" / "out.ttl") == "file-outside"
    found = files.list_files(project / "data", ".ttl")
    assert [path.name for path in found.files] == ["a.ttl", "in.ttl"]
    assert [(each.file, each.rule) for each in found.refused] == [(project / "data" / "out.ttl", "file-outside")]


def test_a_linked_folder_that_leads_out_is_refused_whole(project: Path) -> None:
    (project / "shapes").symlink_to(project.parent)
    found = files.list_files(project / "shapes", ".ttl")
    assert (found.files, [each.rule for each in found.refused]) == ((), ["file-outside"])
    assert rule_of(project / "shapes" / "secret.ttl") == "file-outside"


def test_a_link_to_what_is_hidden_in_the_repository_is_refused(project: Path) -> None:
    (project / ".git").mkdir()
    (project / ".git" / "config").write_text(SECRET, "utf-8")
    (project / "data" / "x.ttl").symlink_to(project / ".git" / "config")
    assert rule_of(project / "data" / "x.ttl") == "file-outside"


def test_a_folder_of_strangers_keeps_its_links_inside(tmp_path: Path) -> None:
    (tmp_path / "secret.ttl").write_text(SECRET, "utf-8")
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "x.ttl").symlink_to(tmp_path / "secret.ttl")
    assert [each.rule for each in files.list_files(tmp_path / "theirs", ".ttl").refused] == ["file-outside"]


def test_pipes_devices_sockets_and_folders_are_no_files(project: Path) -> None:
    data = project / "data"
    os.mkfifo(data / "pipe.ttl")
    (data / "zero.ttl").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(data / "socket.ttl"))
        refused = {each.file.name: each.rule for each in files.list_files(data, ".ttl").refused if each.file}
    assert refused == {"pipe.ttl": "file-kind", "socket.ttl": "file-kind", "zero.ttl": "file-outside"}
    assert files.refusal(Path("/dev/zero")) is not None
    with pytest.raises(UnusableFile, match="is a device, not a regular file"):
        files.read_bytes(Path("/dev/zero"))
    with pytest.raises(UnusableFile, match="is a folder"):
        files.read_bytes(data)


@pytest.mark.parametrize("name", ["a\x1b[31m.ttl", "a\n::error::b.ttl", "a\u202e.ttl", "a" * 220 + ".ttl"])
def test_names_that_nobody_can_read_are_refused(project: Path, name: str) -> None:
    (project / "data" / name).write_text("", "utf-8")
    assert [each.rule for each in files.list_files(project / "data", ".ttl").refused] == ["file-name"]
    assert rule_of(project / "data" / name) == "file-name"


def test_folders_without_end_are_refused_where_they_are_too_deep(project: Path) -> None:
    deep = project / "data"
    for _ in range(40):
        deep /= "d"
        deep.mkdir()
    (deep / "a.ttl").write_text("", "utf-8")
    assert [each.rule for each in files.list_files(project / "data", ".ttl", deep=True).refused] == ["file-name"]


def test_no_more_is_read_than_the_limit(project: Path) -> None:
    path = project / "data" / "a.ttl"
    path.write_bytes(b"x" * 100)
    assert files.read_bytes(path, 100) == b"x" * 100
    with pytest.raises(UnusableFile, match="is larger than 99 bytes") as caught:
        files.read_bytes(path, 99)
    assert caught.value.rule == "file-size"


def test_a_file_that_grows_while_it_is_read_is_read_up_to_the_limit() -> None:
    """Files of the kernel say that they are empty, whatever they hold."""
    assert files.read_bytes(Path("/proc/self/status"), 100_000).startswith(b"Name:")
    with pytest.raises(UnusableFile, match="is larger than 10 bytes"):
        files.read_bytes(Path("/proc/self/status"), 10)


def test_a_gzip_file_is_unpacked_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.nq.gz"
    two = gzip.compress(b"a" * 1000) + gzip.compress(b"b")
    assert unpack(two, path, 1001) == b"a" * 1000 + b"b"
    with pytest.raises(UnusableFile, match="when unpacked"):
        unpack(two, path, 1000)
    for broken in (two[:20], b"no gzip", two + b"rest"):
        with pytest.raises(UnusableFile, match="gzip"):
            unpack(broken, path)


@pytest.mark.parametrize("link", ["file", "folder", "dangling"])
def test_nothing_is_written_through_a_link_that_leads_out(project: Path, link: str) -> None:
    secret = project.parent / "secret.ttl"
    target = project / "data" / "x.ttl"
    if link == "folder":
        (project / "new").symlink_to(project.parent)
        target = project / "new" / "secret.ttl"
    else:
        target.symlink_to(secret if link == "file" else project.parent / "none.ttl")
    with pytest.raises(ConfigError, match="leads out"):
        replace_file(target, b"overwritten")
    assert secret.read_text("utf-8") == SECRET
    assert sorted(path.name for path in project.parent.iterdir()) == ["project", "secret.ttl"]


def test_a_folder_is_not_made_through_a_link_that_leads_out(project: Path) -> None:
    (project / ".cartkg").symlink_to(project.parent)
    with pytest.raises(ConfigError, match="leads out"), passing_folder(project / ".cartkg" / "release"):
        pass
    with pytest.raises(ConfigError, match="leads out"):
        replace_file(project / ".cartkg" / "cache" / "x.json", b"")
    assert sorted(path.name for path in project.parent.iterdir()) == ["project", "secret.ttl"]


def test_a_link_inside_stays_a_link_when_it_is_written(project: Path) -> None:
    (project / "data" / "a.ttl").write_text("old", "utf-8")
    (project / "data" / "b.ttl").symlink_to("a.ttl")
    replace_file(project / "data" / "b.ttl", b"new")
    assert (project / "data" / "b.ttl").is_symlink()
    assert (project / "data" / "a.ttl").read_text("utf-8") == "new"


def test_the_shipped_project_may_consist_of_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Package managers link the files of a package out of a cache."""
    shipped, cache = tmp_path / "cartkg" / "shipped", tmp_path / "cache.ttl"
    (shipped / "ontology").mkdir(parents=True)
    cache.write_text("kept", "utf-8")
    (shipped / "ontology" / "cartkg.ttl").symlink_to(cache)
    monkeypatch.setattr(files, "_SHIPPED", shipped)
    assert files.list_files(shipped / "ontology", ".ttl").files == (shipped / "ontology" / "cartkg.ttl",)
    assert files.read_text(shipped / "ontology" / "cartkg.ttl") == "kept"


#: Ways to list, read and write files that do not go through the door, and to print that do not go through the other.
_PAST = {
    "read_text", "read_bytes", "write_text", "write_bytes", "open", "glob", "rglob", "iterdir", "scandir", "os.walk",
    "copytree", "copyfile", "move",
}  # fmt: skip
_PRINTS = {"echo", "secho", "print"}
#: Modules that may: the doors; files of the package itself, of the kernel or of a temporary folder just made.
_OWN_FILES = {
    "files.py",
    "caches.py",  # the user's own folder, and the package's own code
    "cli/__init__.py",  # the null device
    "dossier/schema.py",  # the package's own schemas
    "reasoning/owlapi.py",  # the Java runtime and archives of packages
    "reasoning/ontology_checks.py",  # a temporary folder
    "release/materials.py",  # what packages say of themselves
    "release/publishing.py",  # a folder just made
    "release/snapshots.py",  # what git gave, in memory
    "project.py",  # writes what it has just made
    "sparql/pool/fork_server.py",  # the null device
    "evaluation/sandbox.py",  # the kernel's files
    "graph/disk_store.py",  # the lock of a store of our own, and the store's files
    "pipeline/storing.py",  # as the next
    "sparql/pool/loading.py",  # streams of any size, named by the operator and listed by origin.py
    "web/serving/connections.py",  # the kernel's list of open files
}


def _calls(path: Path) -> set[str]:
    """Give the methods and functions that a module calls; a function's name ends with brackets."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value)
            found |= {node.func.attr, f"{owner}.{node.func.attr}"} if owner != "files" else set()  # the door itself
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.add(f"{node.func.id}()")
    return found


def test_every_file_goes_through_the_door() -> None:
    package = ROOT / "src" / "cartkg"
    past = {
        path.relative_to(package).as_posix() for path in package.rglob("*.py") if _calls(path) & (_PAST | {"open()"})
    }
    assert past <= _OWN_FILES


def test_every_word_goes_through_the_door_for_output() -> None:
    package = ROOT / "src" / "cartkg"
    past = {
        path.relative_to(package).as_posix() for path in package.rglob("*.py") if _calls(path) & (_PRINTS | {"print()"})
    }
    assert past == {"cli/printing.py"}
