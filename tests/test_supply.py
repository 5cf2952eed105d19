"""What is installed: every file by its hash, built by locked tools, and listed in a release."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from cartkg.release.materials import bill_of_materials

ROOT = Path(__file__).resolve().parents[1]
LOCKED = ROOT / ".ci" / "locked"
LOCKS = sorted(LOCKED.glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
#: What the server and the reasoner need too: `make serve` and the image install all of it.
BASE: list[str] = PROJECT["project"]["dependencies"]
WANTED = [line for lines in PROJECT["project"]["optional-dependencies"].values() for line in lines]
WANTED = [*BASE, *(line for line in WANTED if Requirement(line).name != "cartkg")]  # an extra may bring another one
_PINNED = re.compile(r"([a-z0-9._-]+)==(\S+)(?: ; [^\n]+?)?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")
#: Which locks are there when a group is installed.
AT_HAND = {
    "install": ("install",),
    "check": ("install", "check"),
    "serve": ("install", "check", "serve"),
    "test": ("install", "check", "serve", "test"),
    "dev": ("install", "check", "serve", "test", "dev"),
    "identifiers": ("install", "check", "serve", "test", "dev", "identifiers"),
    "lock": ("install", "lock"),
    "docs": ("install", "check", "serve", "docs"),
    "clients": ("install", "clients"),
}


def pins(name: str) -> dict[str, list[Version]]:
    """Give the versions of each package that a lock holds; markers choose where there are several."""
    found: dict[str, list[Version]] = {}
    for match in _PINNED.finditer((LOCKED / f"{name}.txt").read_text("utf-8")):
        found.setdefault(canonicalize_name(match[1]), []).append(Version(match[2]))
    return found


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_exact_versions_with_hashes_and_nothing_else(path: Path) -> None:
    text = path.read_text("utf-8")
    assert _PINNED.sub("", text) == "", "each package with == and its SHA-256; no option, no address"
    assert text


def test_there_is_a_lock_for_each_group() -> None:
    assert {path.stem for path in LOCKS} == set(AT_HAND)


@pytest.mark.parametrize("name", AT_HAND)
def test_a_lock_holds_what_the_project_asks_for(name: str) -> None:
    """Fails when a dependency has changed and nobody ran `make lock`."""
    wanted = {"serve": WANTED, "check": BASE}.get(name) or PROJECT["dependency-groups"][name]
    held: dict[str, list[Version]] = {}
    for each in AT_HAND[name]:
        held |= pins(each)
    for line in wanted:
        if isinstance(line, str):
            asked = Requirement(line)
            versions = held[canonicalize_name(asked.name)]
            assert all(asked.specifier.contains(version, prereleases=True) for version in versions), line


def test_locks_and_constraints_name_the_same_versions() -> None:
    lines = (ROOT / ".ci" / "constraints.txt").read_text("utf-8").split()
    split = (line.partition("==") for line in lines)
    constraints: dict[str, Version] = {canonicalize_name(name): Version(version) for name, _, version in split}
    for name in AT_HAND:
        for package, versions in pins(name).items():
            assert constraints.get(package, versions[0]) in versions, package


def test_what_runs_here_is_what_is_locked() -> None:
    for package, versions in (pins("check") | pins("serve")).items():
        try:
            assert Version(metadata.version(package)) in versions, package
        except metadata.PackageNotFoundError:
            continue  # it is for another system or another Python


#: Every place that installs something, and how it must do it.
PLACES = ("Makefile", "Dockerfile", ".github/actions/check/action.yml", ".ci/run", ".github/workflows/ci.yml")


@pytest.mark.parametrize("name", PLACES)
def test_nothing_is_installed_without_a_hash(name: str) -> None:
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    commands = (part for line in text.splitlines() for part in line.split("&&"))
    found = [each for each in commands if re.search(r"pip install|pip wheel|\$\(INSTALL\)|install\[@\]", each)]
    assert bool(found) == (name not in {".ci/run", ".github/workflows/ci.yml"})
    for command in found:
        by_name = re.search(r"INSTALL :=|install=\(|\$\(INSTALL\)|install\[@\]", command)
        assert by_name or "--no-deps" in command, command
        assert by_name or "--no-build-isolation" in command or "--no-index" in command, command
        locked = "--require-hashes" in command and re.search(r"-r \S*(?:/locked/|\(LOCKED\)/)", command)
        own = re.search(r'(?:-e \.|"\$CARTKG_SOURCE"|/tmp/\*\.whl|/wheel \.)\s*$', command)
        assert locked or own or re.search(r"INSTALL :=|install=\(", command), command


def test_the_image_is_built_on_a_base_that_is_named_by_digest() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    assert "ARG BASE" in lines, "it has no default: a tag may lead to another image tomorrow"
    assert all(line.startswith("FROM ${BASE}") for line in lines if line.startswith("FROM "))


@pytest.mark.parametrize("folder", [".ci/clients", "tests/clients/npm", "tests/browser/npm"])
def test_npm_packages_are_locked_with_hashes_and_without_addresses(folder: str) -> None:
    lock: dict[str, Any] = json.loads((ROOT / folder / "package-lock.json").read_text("utf-8"))
    asked = json.loads((ROOT / folder / "package.json").read_text("utf-8"))["dependencies"]
    assert lock["packages"][""]["dependencies"] == asked
    assert all(re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version) for version in asked.values()), asked
    for name, package in lock["packages"].items():
        assert not name or package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name
    path = " / ".join(f'"{part}"' for part in Path(folder).parts)
    assert f"ROOT / {path}," in (ROOT / ".ci" / "vendor.py").read_text("utf-8")


def test_the_bill_of_materials_is_valid_cyclonedx() -> None:
    made = bill_of_materials("2026-11-22")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(made.decode()) is None
    assert made == bill_of_materials("2026-11-22")


def test_the_bill_of_materials_lists_what_runs() -> None:
    made = json.loads(bill_of_materials("2026-11-22"))
    listed = {each["name"]: each for each in made["components"]}
    for line in WANTED:
        asked = Requirement(line)
        if asked.marker is None or asked.marker.evaluate():
            name = canonicalize_name(asked.name)
            assert listed[name]["version"] == metadata.version(name)
            assert listed[name]["purl"] == f"pkg:pypi/{name}@{metadata.version(name)}"
    assert listed.keys() <= pins("install").keys() | pins("check").keys() | pins("serve").keys(), (
        "tools for tests are not part of it"
    )
    (program,) = [each for each in made["dependencies"] if each["ref"] == made["metadata"]["component"]["bom-ref"]]
    assert f"pyoxigraph=={metadata.version('pyoxigraph')}" in program["dependsOn"]


def test_the_bill_of_materials_names_the_java_archives_by_their_hashes() -> None:
    made = json.loads(bill_of_materials("2026-11-22"))
    (owlready,) = [each for each in made["components"] if each["name"] == "owlready2"]
    files = metadata.distribution("owlready2").files or []
    there = {each.name: Path(str(each.locate())) for each in files if each.suffix == ".jar"}
    told = {each["name"]: each["hashes"][0]["content"] for each in owlready["components"]}
    assert told == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()}
    assert "HermiT.jar" in told


def test_each_promise_of_the_threat_model_names_a_test_that_exists() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+) \| `(\S+)::(\w+)` \|$", text, re.MULTILINE)
    table = text.partition("| Promise | Shown by |\n| --- | --- |\n")[2].splitlines()
    assert len(rows) == len(table) > 20, "each row of the table is a promise and one test"
    for promise, file, test in rows:
        assert re.search(rf"^def {test}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE), promise
    assert len({promise for promise, _, _ in rows}) == len(rows)
