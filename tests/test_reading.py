"""YAML is read within bounds: each breach is one error at its line, and no file takes long or goes deep."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cartkg.dossier.reading import MAX_BYTES, MAX_DEPTH, MAX_NODES, YamlDocument, read_bytes, read_document
from cartkg.errors import SourceError, UnusableFile

PATH = Path("x.yaml")
BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 11))
#: Text, line and words of the one error.
REFUSED = {
    "a bomb of aliases": (BOMB, 1, "anchors and aliases"),
    "an alias of itself": ("a: 1\nb: &b [*b]\n", 2, "anchors and aliases"),
    "an alias alone": ("a: 1\nb: *c\n", 2, "anchors and aliases"),
    "an anchor on a group": ("a: 1\nb: &c\n  d: 1\n", 2, "anchors and aliases"),
    "a tag of Python": ("a: !!python/object/apply:os.system [id]\n", 1, "tag"),
    "a tag of YAML": ("a: 1\nb: !!int '7'\n", 2, "tag"),
    "lists in lists": (f"a: {'[' * 100_000}", 1, f"more than {MAX_DEPTH} levels deep"),
    "groups in groups": (f"a: {'{b: ' * 1000}", 1, f"more than {MAX_DEPTH} levels deep"),
    "lists in block style": ("- " * 1000, 1, f"more than {MAX_DEPTH} levels deep"),
    "too many values": (f"a: [{'1,' * (MAX_NODES + 1)}1]", 1, f"more than {MAX_NODES:,} names and values"),
    "a control character": ("a: 1\nb: \x1b[31m\n", 2, "control characters are not allowed"),
    "two documents": ("a: 1\n---\nb: 2\n", 2, "second document"),
    "a field twice": ("a: 1\nb: 2\na: 3\n", 3, "occurs twice"),
    "a field that is a list": ("a: 1\n? [b]\n: 2\n", 2, "must be a word"),
    "a text with a colon": ("a: 1\nb: see: there\n", 2, "put text that contains a colon in quotes"),
    "a text cut by a quote": ("a: 1\nb: 'one' two\n", 2, "quotes of the other kind"),
    "a tab": ("a:\n\tb: 1\n", 2, "use spaces instead of tabs"),
    "an open bracket": ("a: 1\nb: [1, 2\nc: 3\n", 2, "close the bracket"),
    "no YAML at all": ("%PDF-1.4\n", 1, "not valid YAML"),
}


def only_fault(document: YamlDocument) -> tuple[int, str]:
    (fault,) = document.diagnostics
    assert fault.file == PATH
    return fault.line, fault.message


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_out_of_bounds_is_one_error_at_its_line(name: str) -> None:
    text, line, words = REFUSED[name]
    document = read_bytes(text.encode(), PATH)
    assert document.root.value is None
    found, message = only_fault(document)
    assert words in message
    assert found == line, message
    assert len(message) < 1000


def test_a_file_that_is_too_large_is_refused_by_its_size() -> None:
    assert only_fault(read_bytes(b" " * (MAX_BYTES + 1), PATH)) == (
        1,
        f"the file has {MAX_BYTES + 1:,} bytes; at most {MAX_BYTES:,} are read",
    )
    assert read_bytes(b"#" * MAX_BYTES, PATH).diagnostics == ()


def test_a_file_of_fifty_megabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 1024**2)
    with pytest.raises(UnusableFile):
        read_document(path)


def test_a_link_that_leads_to_a_device_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.symlink_to("/dev/zero")
    with pytest.raises((UnusableFile, SourceError)):
        read_document(path)


def test_text_that_is_not_utf_8_is_found_at_its_line() -> None:
    line, message = only_fault(read_bytes("a: 1\nb: Müller\n".encode("latin-1"), PATH))
    assert (line, "UTF-8" in message) == (2, True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("2025-03-01", "2025-03-01"),
        ("2025-03", "2025-03"),
        ("10:30", "10:30"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1e6", Decimal("1e6")),
        ("-5", -5),
        ("8", 8),
        ("'8'", "8"),
        ("0.25", Decimal("0.25")),
        (".inf", ".inf"),
        ("4-1bb", "4-1bb"),
        ("~", None),
        ("'no'", "no"),
        ("9" * 40, "9" * 40),
    ],
)
def test_a_plain_word_is_what_the_core_rules_of_yaml_1_2_say(text: str, value: object) -> None:
    document = read_bytes(f"a: {text}\n".encode(), PATH)
    assert document.diagnostics == ()
    found = document.root.child("a").value
    assert (found, type(found)) == (value, type(value))


def test_every_value_knows_its_line_and_column() -> None:
    document = read_bytes(b"a: 1\nrows:\n- {id: x, n: 3}\n- id: y\n  n: 4\n", PATH)
    places = document.root.places
    assert (places["rows[0].n"].line, places["rows[0].n"].column) == (3, 11)
    assert (places["rows[1].n"].line, places["rows[1].n"].column) == (5, 3)


def test_an_empty_file_is_an_empty_document() -> None:
    for text in (b"", b"\n", b"# nothing\n", b"\xef\xbb\xbf"):
        document = read_bytes(text, PATH)
        assert (document.root.value, document.diagnostics) == (None, ())
