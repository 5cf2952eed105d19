"""What strangers wrote is shown by terminals, logs and spreadsheets, and obeyed by none."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartkg.escaping import UNSEEN, controls_shown, document, lines, one_line, spreadsheet_cell
from cartkg.queries import Rows, write_spreadsheet

HOSTILE = "a\x1b]0;T\x07\x9b31m\u202e\r\n::error file=x::y\n  ::add-mask::z ##[stop-commands]k"
#: What a terminal or GitHub's runner would obey.
OBEYED = ("\x1b", "\x07", "\x9b", "\u202e", "\r")


def obeyed(text: str) -> list[str]:
    """Give what of a text somebody obeys: characters, and lines that are commands."""
    found = [sign for sign in OBEYED if sign in text]
    return found + [line for line in text.split("\n") if line.lstrip().startswith("::") or "##[" in line]


def test_the_hostile_text_is_one() -> None:
    assert len(obeyed(HOSTILE)) == len(OBEYED) + 2


@given(st.text(alphabet=st.sampled_from([*"ab:#[\\ \t\n\r", *OBEYED, "\u2028"])))
def test_no_line_is_obeyed(text: str) -> None:
    assert obeyed(one_line(text)) == obeyed(lines(text)) == []
    assert not UNSEEN.search(one_line(text))


def test_controls_are_shown_in_what_is_made_of_commands() -> None:
    assert controls_shown("::error::a\x1bb\n") == "::error::a\\x1bb\n"


def test_a_document_of_json_reads_the_same() -> None:
    written = json.dumps({"a": [HOSTILE, "::error::"]}, ensure_ascii=False, indent=0)
    quiet = document(written, "json")
    assert obeyed(quiet) == []
    assert json.loads(quiet) == {"a": [HOSTILE, "::error::"]}


@pytest.mark.parametrize("form", [ox.RdfFormat.TURTLE, ox.RdfFormat.N_TRIPLES])
def test_a_document_of_turtle_reads_the_same(form: ox.RdfFormat) -> None:
    name = ox.NamedNode("http://example.org/a")
    triple = ox.Triple(name, name, ox.Literal(HOSTILE))
    quiet = document((ox.serialize([triple], format=form) or b"").decode(), "turtle")
    assert obeyed(quiet) == []
    assert [quad.triple for quad in ox.parse(quiet, form)] == [triple]


def test_a_long_string_of_turtle_that_starts_a_line_with_a_command_reads_the_same() -> None:
    written = '<x:a> <x:b> """\n::error::c\n##[debug]""" .'
    quiet = document(written, "turtle")
    assert obeyed(quiet) == []
    assert list(ox.parse(quiet, ox.RdfFormat.TURTLE)) == list(ox.parse(written, ox.RdfFormat.TURTLE))


def test_a_document_of_xml_reads_the_same_but_for_what_xml_cannot_hold() -> None:
    quiet = document("<a>\n::error::b ##[c]\x1b</a>", "xml")
    assert obeyed(quiet) == []
    assert ET.fromstring(quiet).text == "\n::error::b ##[c]\ufffd"  # noqa: S314  # written above


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d"])
def test_a_cell_that_starts_a_formula_is_text(start: str) -> None:
    assert spreadsheet_cell(f"{start}HYPERLINK()") == f"'{start}HYPERLINK()"


@pytest.mark.parametrize("number", ["-5", "+1.5", "-1e-3", "-.5"])
def test_a_number_stays_a_number(number: str) -> None:
    assert spreadsheet_cell(number) == number


def test_rows_for_a_spreadsheet_hold_no_formula_and_no_command() -> None:
    written = write_spreadsheet(Rows(("a", "b"), (("=1+1", "-5"), (HOSTILE, "::error::x"))))
    assert [line for line in written.split("\n") if line.startswith("::")] == []
    assert not UNSEEN.search(written.replace("\n", ""))
    head, first, second = csv.reader(io.StringIO(written))
    assert (head, first) == (["a", "b"], ["'=1+1", "-5"])
    assert len(second) == 2
