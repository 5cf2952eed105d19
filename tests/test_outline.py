"""YAML of strangers is read within bounds: each breach is one error at its line, and none takes long or deep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cartkg.curation.adding import add
from cartkg.curation.dossier import load, open_dossier
from cartkg.curation.keys import is_key
from cartkg.curation.outline import DEEPEST, MOST_BYTES, MOST_NODES

from cartkg.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from cartkg.project import Project

BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 11))
#: Text, line and words of the one error.
REFUSED = {
    "a bomb of aliases": (BOMB, 1, "anchors and aliases"),
    "an alias of itself": ("a: 1\nb: &b [*b]\n", 2, "anchors and aliases"),
    "an alias alone": ("a: 1\nb: *c\n", 2, "anchors and aliases"),
    "an anchor on a group": ("a: 1\nb: &c\n  d: 1\n", 2, "anchors and aliases"),
    "lists in lists": (f"a: {'[' * 100_000}", 1, f"deeper than {DEEPEST}"),
    "groups in groups": (f"a: {'{b: ' * 1000}", 1, f"deeper than {DEEPEST}"),
    "lists in block style": ("- " * 1000, 1, f"deeper than {DEEPEST}"),
    "values without end": (f"a: [{'1,' * (MOST_NODES + 1)}1]", 1, f"more than {MOST_NODES:,} values"),
    "a control character": ("a: 1\nb: \x1b[31m\n", 2, "control character"),
    "two documents": ("a: 1\n---\nb: 2\n", 2, "is no YAML"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_out_of_bounds_is_one_error_at_its_line(tmp_path: Path, name: str) -> None:
    text, line, words = REFUSED[name]
    path = tmp_path / "x.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError) as caught:
        load(path)
    assert (caught.value.line, words in caught.value.message) == (line, True), caught.value


def test_a_tag_of_python_makes_no_object(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: !!python/object/apply:os.system [id]\n", "utf-8")
    assert load(path).value == {"a": ["id"]}


def test_a_dossier_of_fifty_megabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 1024**2)
    with pytest.raises(SourceError, match="is larger than 1 MiB"):
        load(path)
    path.write_text("#" * MOST_BYTES, "utf-8")
    assert load(path).value is None


@pytest.mark.parametrize("text", ["!!int ''", "!!float abc", "!!bool x", "!!timestamp x", "!!null x", "!!int [1]"])
def test_a_value_that_its_tag_does_not_fit_is_a_text_or_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"a: {text}\n", "utf-8")
    try:
        load(path)
    except SourceError as error:
        assert error.line == 1  # noqa: PT017  # either way is right


@pytest.mark.parametrize("key", ["../../../creds", "/etc/passwd", "a/b", "a\n", "", "-a", "A", "a" * 101, 5, None, []])
def test_what_is_no_key_becomes_no_path(tmp_path: Path, key: str | int | list[str] | None) -> None:
    assert not is_key(key)  # type: ignore[arg-type]  # a list of texts is what YAML may give
    (tmp_path / "creds.yaml").write_text("password: hunter2\n", "utf-8")
    supplements = tmp_path / "project" / "data" / "supplements"
    supplements.mkdir(parents=True)
    path = tmp_path / "x.yaml"
    path.write_text(f"key: {key!r}\npublication: {{title: x}}\nsources: []\n".replace("'", '"'), "utf-8")
    found = open_dossier(path, supplements)
    assert found.broken
    assert not [each for each in found.findings if "password" in each.message or each.rule.startswith("supplement")]


def test_a_key_of_megabytes_is_an_error_and_nothing_is_written(empty: Project) -> None:
    path = empty.root / "x.yaml"
    path.write_text(f"key: {'a' * 500_000}\n", "utf-8")
    before = sorted(empty.data.rglob("*"))
    report = add([path], empty)
    assert report.refused
    assert sorted(empty.data.rglob("*")) == before
    assert max(len(each.message) for each in report.findings) < 1000


def test_a_link_in_the_place_of_a_supplement_is_refused(empty: Project) -> None:
    (empty.root.parent / "creds.yaml").write_text("password: hunter2\n", "utf-8")
    empty.supplements.mkdir()
    (empty.supplements / "smith-2026-lancet.yaml").symlink_to(empty.root.parent / "creds.yaml")
    path = empty.root / "x.yaml"
    path.write_text("key: smith-2026-lancet\npublication: {title: x}\nsources: []\n", "utf-8")
    with pytest.raises(SourceError, match="leads out") as caught:
        open_dossier(path, empty.supplements)
    assert "password" not in str(caught.value)
