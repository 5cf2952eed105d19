r"""Paths in reports, and the names that git has for files, as on Windows: its paths can be made on any system."""

from __future__ import annotations

import ntpath
import posixpath
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartkg.diagnostics.report import way
from cartkg.diagnostics.sarif import artifact_of
from cartkg.pipeline.inputs.git_changes import _name

SYSTEMS: dict[str, tuple[type[PurePath], str]] = {"POSIX": (PurePosixPath, "/"), "Windows": (PureWindowsPath, "C:\\")}
PARTS = st.lists(st.sampled_from(["a", "b", "C", "ü x", "d%20", "e#f", "g.ttl"]), min_size=1, max_size=4)


@pytest.mark.parametrize("system", SYSTEMS)
@given(place=PARTS, folder=PARTS)
def test_the_way_between_two_places_is_that_of_the_system(system: str, place: list[str], folder: list[str]) -> None:
    kind, root = SYSTEMS[system]
    library = ntpath if system == "Windows" else posixpath
    there, here = kind(root, *place), kind(root, *folder)
    found = way(there, here)
    assert found == kind(library.relpath(str(there), str(here)))
    assert "\\" not in found.as_posix()


@pytest.mark.parametrize("system", SYSTEMS)
@given(place=PARTS)
def test_sarif_has_uris_with_forward_slashes(system: str, place: list[str]) -> None:
    kind, root = SYSTEMS[system]
    artifact = artifact_of(way(kind(root, "work", *place), kind(root, "work")))
    assert artifact["uriBaseId"] == "SRCROOT"
    assert unquote(artifact["uri"]) == "/".join(place)
    assert not set(artifact["uri"]) & set("\\ #")


def test_a_file_on_another_drive_has_a_uri_of_its_own() -> None:
    place = way(PureWindowsPath("D:\\data\\a b.ttl"), PureWindowsPath("C:\\work"))
    assert place.as_posix() == "D:/data/a b.ttl"
    assert artifact_of(place) == {"uri": "file:///D:/data/a%20b.ttl"}


def test_windows_minds_no_case_of_folders() -> None:
    assert (
        way(PureWindowsPath("c:\\Work\\Data\\a.ttl"), PureWindowsPath("C:\\work\\shapes")).as_posix() == "../Data/a.ttl"
    )


@pytest.mark.parametrize("system", SYSTEMS)
def test_git_has_names_with_forward_slashes(system: str) -> None:
    kind, root = SYSTEMS[system]
    top = kind(root, "work")
    name = _name(top / "data" / "ü.ttl", top)
    assert name == "data/ü.ttl"
    assert kind(top / name) == top / "data" / "ü.ttl", "and back"
