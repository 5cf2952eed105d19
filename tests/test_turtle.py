"""Turtle in: triples with line and column, or diagnostics. Turtle out: house style."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from cartkg.errors import SourceError
from cartkg.namespaces import Prefixes
from cartkg.turtle import ENCODING, SYNTAX, Document, Position, parse, parse_bytes
from cartkg.turtle.style import format_text

if TYPE_CHECKING:
    from collections.abc import Sequence

CASES = Path(__file__).parent / "cases" / "turtle"
SHARED = Path(__file__).resolve().parents[2] / "shared"
SAMPLES = sorted((SHARED / "conformance").rglob("*.ttl"))


def cases(name: str) -> list[Any]:
    table = tomllib.loads((CASES / f"{name}.toml").read_text("utf-8"))
    return [pytest.param(case, id=key) for key, case in table.items()]


def read(text: str, suffix: str = ".ttl", base: str | None = None) -> Document:
    return parse_bytes(text.encode(), Path(f"case{suffix}"), base)


def same_graph(one: ox.Dataset, other: ox.Dataset) -> bool:
    for dataset in (one, other):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return one == other


@pytest.mark.parametrize("case", cases("bad"))
def test_broken_syntax_is_a_finding_at_its_line_and_column(case: dict[str, Any]) -> None:
    document = read(case["text"])
    (diagnostic,) = document.diagnostics
    assert (diagnostic.line, diagnostic.column, diagnostic.rule) == (case["line"], case["column"], SYNTAX)
    assert case["message"] in diagnostic.message
    assert not list(document.triples)


def test_bytes_that_are_not_utf8_are_a_finding_at_their_place() -> None:
    document = parse_bytes("<http://e/s> <http://e/p>\n  'é".encode() + b"\xff' .", Path("case.ttl"))
    (diagnostic,) = document.diagnostics
    assert (diagnostic.line, diagnostic.column, diagnostic.rule) == (2, 5, ENCODING)
    assert "0xFF" in diagnostic.message


def test_missing_file_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"absent\.ttl: cannot be read: No such file"):
        parse(tmp_path / "absent.ttl")


@pytest.mark.whole
@pytest.mark.parametrize(
    ("opening", "closing", "triples"),
    [("[ <http://e/q> ", "]", 10_001), ("( ", ")", 20_001), ("<< <http://e/a> <http://e/b> ", ">>", 10_001)],
    ids=["nodes", "lists", "reified triples"],
)
def test_brackets_in_ten_thousand_brackets_have_their_places(opening: str, closing: str, triples: int) -> None:
    document = read(f"<http://e/s> <http://e/p>\n{opening * 10_000}1{closing * 10_000} .")
    assert document.diagnostics == ()
    places = [statement.object for statement in document.triples]
    assert len(places) == triples
    assert Position(2, len(opening) * 9_999 + 1) in places, "the innermost bracket is an object, too"


def test_triple_terms_without_end_are_a_finding_and_no_crash() -> None:
    text = "<http://e/s> <http://e/p>\n" + "<<( <http://e/a> <http://e/b> " * 50_000 + "1" + ")>>" * 50_000 + " ."
    (diagnostic,) = read(text).diagnostics
    assert (diagnostic.line, diagnostic.column, diagnostic.rule) == (2, 1, SYNTAX)
    assert "nested deeper" in diagnostic.message


@pytest.mark.parametrize("case", cases("places"))
def test_things_are_found_where_they_stand(case: dict[str, Any]) -> None:
    document = read(case["text"], case.get("suffix", ".ttl"))
    assert document.diagnostics == ()
    for (subject, *rest), (line, column) in zip(case.get("find", ()), case.get("at", ()), strict=True):
        predicate = f"http://e/{rest[0]}" if rest else None
        found = document.locate(f"http://e/{subject}", predicate, rest[1] if len(rest) > 1 else None)
        assert found == Position(line, column)
    for name, (line, column) in case.get("mention", ()):
        assert document.locate_mention(f"http://e/{name}") == Position(line, column)


def test_an_unknown_subject_has_no_place() -> None:
    assert read("<http://e/s> <http://e/p> 1 .").locate("http://e/other") is None
    assert read("<http://e/s> <http://e/p> 1 .").locate_mention("http://e/other") is None


def test_blank_nodes_have_the_same_labels_in_every_run_and_others_in_every_file(tmp_path: Path) -> None:
    text = "<http://e/s> <http://e/p> [ <http://e/q> _:x ], (1 2) . _:x <http://e/p> 1 ."
    for name in ("one.ttl", "two.ttl"):
        (tmp_path / name).write_text(text)
    one, again, two = (parse(tmp_path / name) for name in ("one.ttl", "one.ttl", "two.ttl"))
    assert one.quads == again.quads
    blank = [{str(term) for quad in document.quads for term in (quad.subject, quad.object)} for document in (one, two)]
    assert {label for label in blank[0] & blank[1] if label.startswith("_:")} == set()


def test_a_document_names_the_prefixes_it_declares() -> None:
    document = read("@prefix e: <http://e/> . PREFIX : <http://f/> e:a :b e:c . prefix e: <http://g/>")
    assert document.prefixes == {"e": "http://g/", "": "http://f/"}


@pytest.mark.whole
@pytest.mark.skipif(not SAMPLES, reason="the W3C suites are not beside this checkout (../shared/conformance)")
def test_w3c_files_give_the_triples_that_pyoxigraph_gives() -> None:
    for path in SAMPLES:
        document = parse(path, "http://e/base")
        try:
            straight = list(ox.parse(path.read_bytes(), ox.RdfFormat.TURTLE, base_iri="http://e/base"))
        except SyntaxError:  # one of the published files is broken
            assert document.diagnostics, path
            assert not document.quads, path
        else:
            assert not document.diagnostics, path
            assert same_graph(ox.Dataset(document.quads), ox.Dataset(straight)), path


ANNOTATED = (
    "e:a e:p e:o {| e:by e:me |} .",
    "e:a e:p e:o ~ e:r , e:q ~ ~ e:s {| e:by [ e:of (1 2) ] |} {| e:on 3 |} .",
    "<< e:a e:p e:o >> e:by e:me ; e:on 2 .",
    "<< e:a e:p e:o ~ _:named >> .",
    "e:x e:says << e:a e:p << e:b e:q 1 >> >> , <<( e:a e:p <<( e:b e:q _:named )>> )>> .",
    "[ e:p 1 {| e:by _:named |} ] e:q ( << e:a e:p 2 >> ) .",
)


@pytest.mark.parametrize("text", ANNOTATED)
def test_annotations_give_the_triples_that_pyoxigraph_gives(text: str) -> None:
    source = f"@prefix e: <http://e/> .\n{text}\n"
    document = read(source)
    assert shape(document.quads) == shape(list(ox.parse(source, ox.RdfFormat.TURTLE)))
    written = format_text(source, Prefixes({"e": "http://e/"}))
    assert shape(list(ox.parse(written, ox.RdfFormat.TURTLE))) == shape(document.quads)
    assert format_text(written, Prefixes({"e": "http://e/"})) == written


def shape(quads: Sequence[ox.Quad]) -> list[str]:
    """Give triples without the labels of blank nodes, which is enough to tell the samples apart."""
    return sorted(re.sub(r"_:[\w.-]+", "_:", str(quad)) for quad in quads)
