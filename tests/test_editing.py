"""Edits of one value in the text of a dossier: what was asked for is there, and all else is as it was."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartkg.dossier.editing import Appending, Edit, Removal, Setting, Step, edit_text
from cartkg.dossier.reading import read_bytes
from cartkg.errors import EditRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartkg.dossier.node import Plain

ROOT = Path(__file__).resolve().parents[1]
DOSSIERS = sorted((ROOT / "data" / "dossiers").glob("*.yaml"))
TEXT = """\
format: 2  # the form
key: a-b

publication:
  unconfirmed: true
  title: 'It''s: a title
    on two lines'
  authors: [Müller F, Özil M]

# a remark on results
results:
# first: read it
- id: one
  count: {n: 3, of: 5}  # printed
  claims:
  - {source: s1}
# second: read it
# twice
- id: two
  note: |
    a block
    of text

events: []
"""


def value(text: str) -> Plain:
    document = read_bytes(text.encode(), Path("a.yaml"))
    assert document.diagnostics == ()
    return document.root.value


def lines_changed(edit: Edit) -> tuple[list[str], list[str]]:
    """Return the lines that an edit removes from the example, and those that it adds."""
    before, after = TEXT.splitlines(), edit_text(TEXT, edit).splitlines()
    return [line for line in before if line not in after], [line for line in after if line not in before]


@pytest.mark.parametrize(
    ("edit", "gone", "new"),
    [
        (Setting(("results", 0, "count", "n"), 4), ["  count: {n: 3, of: 5}  # printed"],
         ["  count: {n: 4, of: 5}  # printed"]),
        (Setting(("key",), "yes"), ["key: a-b"], ["key: 'yes'"]),
        (Setting(("publication", "title"), "A: b"), ["  title: 'It''s: a title", "    on two lines'"],
         ["  title: 'A: b'"]),
        (Setting(("results", 0, "time"), "baseline", ("id", "time", "count")), [], ["  time: baseline"]),
        (Setting(("results", 1, "note"), "short"), ["  note: |", "    a block", "    of text"], ["  note: short"]),
        (Removal(("publication", "unconfirmed")), ["  unconfirmed: true"], []),
        (Removal(("publication", "authors", 0)), ["  authors: [Müller F, Özil M]"], ["  authors: [Özil M]"]),
        (Appending(("publication", "authors"), "Ü, \U0001d538"), ["  authors: [Müller F, Özil M]"],
         ["  authors: [Müller F, Özil M, 'Ü, \U0001d538']"]),
        (Removal(("results", 1)), ["# second: read it", "# twice", "- id: two", "  note: |", "    a block",
                                   "    of text"], []),
        (Removal(("results", 0)), ["# first: read it", "- id: one", "  count: {n: 3, of: 5}  # printed", "  claims:",
                                   "  - {source: s1}"], []),
        (Appending(("events",), {"id": "new", "cohort": "all"}), ["events: []"],
         ["events:", "- id: new", "  cohort: all"]),
        (Appending(("results", 0, "claims"), {"source": "s2"}), [], ["  - source: s2"]),
        (Appending(("cohorts",), {}, ("publication", "cohorts", "results")), [], ["cohorts:", "- {}"]),
        (Appending(("results", 1, "drugs"), "x"), [], ["  drugs: [x]"]),
    ],
)  # fmt: skip
def test_an_edit_changes_the_lines_of_its_value_alone(edit: Edit, gone: list[str], new: list[str]) -> None:
    assert lines_changed(edit) == (gone, new)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_stay_what_they_are(newline: str) -> None:
    text = TEXT.replace("\n", newline)
    for edit in (Setting(("results", 0, "time"), "x"), Removal(("results", 1)), Appending(("events",), {"id": "e"})):
        after = edit_text(text, edit)
        assert after.count("\n") == after.count(newline)


@pytest.mark.parametrize(
    "edit",
    [
        Removal(("results", 7)),
        Removal(("nothing",)),
        Removal(("results", -1)),
        Setting((), 1),
        Setting(("results", 0, "count", "n", "deep"), 1),
        Setting(("results", "one"), 1),
        Appending(("publication", "title"), "x"),
        Appending(("key", "x"), "x"),
        Setting(("key",), "a\x00b"),
        Setting(("key",), "two\nlines"),
    ],
)
def test_an_edit_that_cannot_be_made_is_refused(edit: Edit) -> None:
    with pytest.raises(EditRefused):
        edit_text(TEXT, edit)


def places(value: Plain, path: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], Plain]]:
    members: dict[Step, Plain] = {}
    if isinstance(value, dict):
        members = dict(value.items())
    elif isinstance(value, list):
        members = dict(enumerate(value))
    for step, each in members.items():
        yield (*path, step), each
        yield from places(each, (*path, step))


def comments(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith("#")]


PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30)
SINGLE = st.one_of(
    PLAIN, st.integers(-999, 999), st.booleans(), st.sampled_from((Decimal("1.50"), "", "no", "- a", "#"))
)
VALUES: st.SearchStrategy[Plain] = st.one_of(
    SINGLE, st.just({}), st.dictionaries(st.sampled_from(("n", "of", "text")), SINGLE, max_size=3)
)


@settings(max_examples=40)
@given(st.sampled_from(DOSSIERS), st.data())
def test_any_value_of_any_dossier_can_be_edited(path: Path, data: st.DataObject) -> None:
    text = path.read_text("utf-8")
    place, there = data.draw(st.sampled_from(list(places(value(text)))))
    edits: list[Edit] = [Removal(place), Setting(place, data.draw(VALUES))]
    if isinstance(there, list) and isinstance(place[-1], str):
        edits.append(Appending(place, data.draw(VALUES)))
    if isinstance(there, dict):
        edits += [Setting((*place, "new"), data.draw(VALUES)), Appending((*place, "new"), data.draw(VALUES))]
    edit = data.draw(st.sampled_from(edits))
    after = edit_text(text, edit)  # it compares what is read back with what was asked for
    assert value(after) != value(text) or isinstance(edit, Setting)
    if isinstance(edit, Appending) or (isinstance(edit, Setting) and not isinstance(there, (dict, list))):
        assert comments(after) == comments(text)
