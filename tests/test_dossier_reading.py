"""YAML of strangers is read within bounds: each breach is one error at its line, and none takes long or deep."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartkg.dossier.reading import MAX_BYTES, MAX_DEPTH, MAX_NODES, YamlDocument, read_bytes, read_document
from cartkg.errors import SourceError, UnusableFile

PATH = Path("x.yaml")
BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 11))
ALIASES, TAG, DEEP, MANY = (
    "anchors and aliases",
    "the tag",
    (f"more than {MAX_DEPTH} levels deep"),
    f"more than {MAX_NODES:,}",
)
#: Text, line and words of the one error.
REFUSED = {
    "a bomb of aliases": (BOMB, 1, ALIASES),
    "an alias of itself": ("a: 1\nb: &b [*b]\n", 2, ALIASES),
    "an alias alone": ("a: 1\nb: *c\n", 2, ALIASES),
    "an anchor on a group": ("a: 1\nb: &c\n  d: 1\n", 2, ALIASES),
    "an anchor on a field": ("a: 1\n&c b: 1\n", 2, ALIASES),
    "an alias as a field": ("a: 1\n*c : 1\n", 2, ALIASES),
    "an alias in a list": ("a:\n- 1\n- *c\n", 3, ALIASES),
    "a tag that makes an object": ("a: !!python/object/apply:os.system [id]\n", 1, TAG),
    "a tag that runs a function": ("a: 1\nb: !!python/object/new:subprocess.Popen [[id]]\n", 2, TAG),
    "a tag of a number": ("a: !!int ''\n", 1, TAG),
    "a tag of one's own": ("a: !x 1\n", 1, TAG),
    "a tag on a group": ("a: 1\nb: !!map {c: 1}\n", 2, TAG),
    "a tag on a field": ("a: 1\n!!str b: 1\n", 2, TAG),
    "lists in lists": (f"a: {'[' * 100_000}", 1, DEEP),
    "groups in groups": (f"a: {'{b: ' * 100_000}", 1, DEEP),
    "lists in block style": ("- " * 1000, 1, DEEP),
    "one list deeper than may be": (f"a: {'[' * (MAX_DEPTH + 1)}{']' * (MAX_DEPTH + 1)}", 1, DEEP),
    "values without end": (f"a: [{'1,' * (MAX_NODES + 1)}1]", 1, MANY),
    "fields without end": ("".join(f"k{n}: 1\n" for n in range(MAX_NODES // 2 + 1)), MAX_NODES // 2, MANY),
    "a list as a field": ("? [a, b]\n: 1\n", 1, "must be a word"),
    "fields within fields": ("? " * 2000, 1, "must be a word"),
    "a field twice": ("a: 1\nb: 2\na: 3\n", 3, "occurs twice"),
    "a control character": ("a: 1\nb: \x1b[31m\n", 2, "control character"),
    "a zero byte": ("a: 1\n\nb: \0\n", 3, "control character"),
    "half of a surrogate pair": ('a: "\\ud800"\n', 1, "not valid YAML"),
    "two documents": ("a: 1\n---\nb: 2\n", 2, "a second document"),
}


def read(text: str) -> YamlDocument:
    return read_bytes(text.encode(), PATH)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_out_of_bounds_is_one_error_at_its_line(name: str) -> None:
    text, line, words = REFUSED[name]
    document = read(text)
    (found,) = document.diagnostics
    assert (found.file, found.rule, document.root.value) == (PATH, "dossier-unreadable", None)
    assert (found.line, words in found.message) == (line, True), found
    assert len(found.message) < 200


def test_what_is_within_bounds_is_read() -> None:
    deepest = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    for text in (f"a: {deepest}", "a: ['*b', \"&c\", '!!int 1']", "a: |\n  &b *c !d\n"):
        document = read(text)
        assert (document.diagnostics, document.root.names()) == ((), ["a"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1e999999999", "1e999999999"),
        ("a: -1E-999", "-1E-999"),
        (f"a: {'9' * 100_000}", "9" * 100_000),
        ("a: 1e12", Decimal("1e12")),
        ("a: 12", 12),
        ("a: yes", "yes"),
        ("a: 2026-01-01", "2026-01-01"),
        ("a: 0x10", "0x10"),
        ("a: 0777", 777),
        ("a: .inf", ".inf"),
    ],
)
def test_a_number_never_grows(text: str, value: object) -> None:
    """What would fill the memory when written out stays the text that it is."""
    assert read(text).root.child("a").value == value


def test_a_dossier_of_fifty_megabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 1024**2)
    with pytest.raises(UnusableFile, match="is larger than"):
        read_document(path)
    (found,) = read_bytes(b"#" * (MAX_BYTES + 1), path).diagnostics
    assert (found.rule, f"at most {MAX_BYTES:,}" in found.message) == ("dossier-unreadable", True)
    path.write_text("#" * MAX_BYTES, "utf-8")
    assert read_document(path).value is None


def test_a_list_of_the_project_is_held_to_the_same_bounds(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(BOMB, "utf-8")
    with pytest.raises(SourceError, match=ALIASES) as caught:
        read_document(tmp_path / "x.yaml")
    assert (caught.value.file, caught.value.line) == (tmp_path / "x.yaml", 1)


@given(st.binary(max_size=300) | st.text("ab:-[]{}&*!?|>'\"# \n\t0.,", max_size=80).map(str.encode))
def test_no_bytes_give_anything_but_values_or_one_error(data: bytes) -> None:
    document = read_bytes(data, PATH)
    assert len(document.diagnostics) <= 1
    assert all(each.line >= 1 and each.column >= 1 for each in document.diagnostics)
