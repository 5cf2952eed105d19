"""A file that is broken in several places has a diagnostic for each, in the statement at fault, and no other."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.command import PREFIXES, cartkg

from cartkg.turtle import Position, parse, parse_bytes, syntax_faults
from cartkg.turtle.faults import MOST
from cartkg.turtle.tokens import Lines, TokenKind, tokenise

ROOT = Path(__file__).resolve().parents[1]
#: Files with statements enough to break some that are far apart.
GOOD = sorted(
    path
    for folder in ("ontology", "shapes", "data/ttl")
    for path in (ROOT / folder).glob("*.ttl")
    if 4_000 < path.stat().st_size < 60_000
)
#: What a statement ends with when it is broken; `{}` is a number.
BREAKS = (
    "",
    " ] .",
    " , .",
    " ; zq{}:p 1 .",
    ' ; <urn:p> "abc .',
    " ; <urn:p> 'abc .",
    ' ; <urn:p> """abc .',
    " ; <urn:p> <http://abc .",
    " ; <urn:p> <http://a b> .",
    " ; <urn:p> [ <urn:q> 1 .",
    " ; <urn:p> ( <urn:q> 1 .",
    ' ; <urn:p> "a\\qb" .',
    " ; <urn:p> .",
    " ; <urn:p> true false .",
    ' ; "x" <urn:p> .',
    " ; <urn:p> 1 ;; ; <urn:q> @ .",
)


class Span(NamedTuple):
    """Where a statement begins and where its dot stands."""

    start: int
    dot: int


def statements(text: str) -> list[Span]:
    tokens = tokenise(text)
    found: list[Span] = []
    start = -1
    depth = 0
    for index, kind in enumerate(tokens.kinds):
        start = tokens.starts[index] if start < 0 else start
        word = tokens.word(index) if kind == TokenKind.BRACKET else ""
        depth += (word in {"[", "("}) - (word in {"]", ")"})
        if kind == TokenKind.DOT and not depth:
            if not text.startswith("@", start):
                found.append(Span(start, tokens.starts[index]))
            start = -1
    return found


def broken(text: str, spans: list[Span], breaks: list[str]) -> tuple[str, list[tuple[Position, Position]]]:
    """Break statements of a text; return it with the places that each of the faults must lie between."""
    known = statements(text)
    parts: list[str] = []
    edges: list[tuple[int, int]] = []
    end = 0
    for number, (span, ending) in enumerate(zip(spans, breaks, strict=True)):
        following = next((each.start for each in known if each.start > span.dot), len(text))
        parts += [text[end : span.dot], ending.replace("{}", str(number))]
        start = sum(map(len, parts[:-2])) + span.start - end
        end = span.dot + 1
        edges.append((start, sum(map(len, parts)) + following - end))
    whole = "".join((*parts, text[end:]))
    lines = Lines.of(whole)
    return whole, [(lines.position(first), lines.position(last)) for first, last in edges]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_sound_file_has_no_faults(path: Path) -> None:
    assert syntax_faults(path.read_text("utf-8"), ox.RdfFormat.TURTLE, path) == ()


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_each_broken_statement_has_one_diagnostic(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(GOOD))
    text = path.read_text("utf-8")
    spans = statements(text)[:-1]
    chosen: list[Span] = []
    for place in sorted(data.draw(st.sets(st.integers(0, len(spans) - 1), min_size=1, max_size=6))):
        if not chosen or spans.index(chosen[-1]) + 2 < place:
            chosen.append(spans[place])
    breaks = [data.draw(st.sampled_from(BREAKS)) for _ in chosen]
    whole, places = broken(text, chosen, breaks)
    found = parse_bytes(whole.encode(), path).diagnostics
    said = [(each.line, each.column, each.message) for each in found]
    assert len(found) == len(chosen), (path.name, breaks, places, said)
    for each, (first, last) in zip(found, places, strict=True):
        assert (first.line, first.column) <= (each.line, each.column) <= (last.line, last.column), (breaks, said)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 60), min_size=1, max_size=5), st.sampled_from(["nt", "nq"]), st.sampled_from(BREAKS[1:]))
def test_each_broken_line_of_n_triples_and_n_quads_has_one_diagnostic(
    numbers: set[int], ending: str, wrong: str
) -> None:
    quads = parse(GOOD[0]).quads[:61]
    lines = [f"{quad} ." for quad in quads]
    for number in numbers:
        lines[number] = lines[number].removesuffix(" .") + wrong.replace("{}", str(number))
    form = ox.RdfFormat.N_TRIPLES if ending == "nt" else ox.RdfFormat.N_QUADS
    found = syntax_faults("\n".join(lines), form, Path(f"a.{ending}"))
    assert [each.line for each in found] == [number + 1 for number in sorted(numbers)]


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 8), min_size=1, max_size=4), st.data())
def test_each_broken_statement_of_trig_has_one_diagnostic(numbers: set[int], data: st.DataObject) -> None:
    lines: list[str] = []
    for number in range(9):
        ending = data.draw(st.sampled_from(BREAKS[1:])) if number in numbers else " ."
        label = data.draw(st.sampled_from([f"<urn:g{number}>", f"GRAPH <urn:g{number}>", ""]))
        name = f"<urn:s{number}>"
        broken_one = f"{name} <urn:p> 1{ending.replace('{}', str(number))}"
        lines += [f"{label} {{", f"{name} <urn:p> 0 .", broken_one, f"{name} <urn:p> 2 .", "}", f"{name} <urn:p> 3 ."]
    found = parse_bytes("\n".join(lines).encode(), Path("a.trig")).diagnostics
    assert [each.line for each in found] == [6 * number + 3 for number in sorted(numbers)], (lines, found)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("ex:a ex:p .\nex:b foo:q 1 ; foo:r 2 .\nex:c foo:p 1 .\nex:d ex:p .", [(4, 11), (5, 6), (7, 11)]),
        ("@prefix fo <urn:f> .\nex:a fo:p 1 .\nex:b ex:p .", [(4, 9), (6, 11)]),
        ("@prefx fo: <urn:f> .\nex:a fo:p 1 .\nex:b ex:p .", [(4, 1), (6, 11)]),
        ("<a> ex:p <b> .\nex:b ex:p <c> , .", [(4, 1), (5, 17)]),
        ('ex:a ex:p """one.\nTwo """ ; ex:q .\nex:b ex:p """x .\ny""" .\nex:c ex:p .', [(5, 16), (8, 11)]),
        ('ex:a ex:p """x .\nex:b ex:p """y""" .\nex:c ex:p .\nex:d ex:p """z""" .', [(4, 11), (6, 11)]),
        ("ex:a ex:p ex:b\n\n# next\nex:c ex:p .\n\nex:d ex:p ex:e .", [(7, 1), (7, 11)]),
        ("ex:a ex:p [ ex:q 1 ;\n\nex:c ex:p 1 .\nex:d ex:p .", [(6, 1), (7, 11)]),
        ("ex:a ex:p 1 {| ex:q , |} .\nex:b ex:p .", [(4, 21), (5, 11)]),
        ("ex:a ex:p ex:b ;\n\nex:c\n  a ex:D .\nex:d ex:p .", [(6, 1), (8, 11)]),
        ("ex:a ex:p ex:b", [(4, 15)]),
    ],
)
def test_a_fault_leads_to_no_other(text: str, places: list[tuple[int, int]]) -> None:
    found = parse_bytes((PREFIXES + text).encode(), Path("a.ttl")).diagnostics
    assert [(each.line, each.column) for each in found] == places, found


def test_relative_names_without_a_base_are_a_fault_once() -> None:
    found = parse_bytes(b"<a> <urn:p> <b> .\n<c> <urn:p> <d> .\n<urn:e> <urn:p> .", Path("a.ttl")).diagnostics
    assert [(each.line, each.column) for each in found] == [(1, 1), (3, 17)]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_places_are_those_of_the_file(newline: str) -> None:
    text = newline.join(("# ä 😀", "<urn:ä> <urn:p> 'ä😀', .", "", "  <urn:b> <urn:p> 'ö' , .", "<urn:c> <urn:p> 1 ."))
    found = parse_bytes(b"\xef\xbb\xbf" + text.encode(), Path("a.ttl")).diagnostics
    assert [(each.line, each.column) for each in found] == [(2, 23), (4, 25)]


def test_of_many_faults_the_first_are_listed() -> None:
    found = parse_bytes(("<urn:a> <urn:p> .\n" * (MOST + 50)).encode(), Path("a.ttl")).diagnostics
    assert len(found) == MOST + 1
    assert found[-1].message == f"this and later syntax errors are not listed; correct the {MOST} above first"


SHAPES = PREFIXES + "ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .\n"


def test_a_check_tells_all_faults_of_data_and_of_shapes(tmp_path: Path) -> None:
    (tmp_path / "d.ttl").write_text(f"{PREFIXES}ex:a ex:p .\n\nex:b a ex:C .\nex:c ex:p , .\n")
    (tmp_path / "s.ttl").write_text(SHAPES)
    (tmp_path / "bad.ttl").write_text(f"{SHAPES}ex:T sh:targetClass .\n\nex:U sh:path ex:p .\nex:V sh:path , .\n")
    said = cartkg(tmp_path, "check", "--shapes", "s.ttl", "d.ttl")
    assert [line.split(" ")[0] for line in said.stdout.splitlines()[:2]] == ["d.ttl:4:11:", "d.ttl:7:11:"]
    assert said.returncode == 1
    refused = cartkg(tmp_path, "check", "--shapes", "bad.ttl", "d.ttl", "--output", "json=r.json")
    assert refused.returncode == 3
    assert "bad.ttl:5: . is not a valid RDF object" in refused.stderr
    assert "bad.ttl:8: , is not a valid RDF object" in refused.stderr
    report = (tmp_path / "r.json").read_text()
    assert report.count("is not a valid RDF object") == 2


def test_of_other_syntaxes_the_first_fault_is_told_and_that_it_is_the_first(tmp_path: Path) -> None:
    (tmp_path / "s.ttl").write_text(SHAPES)
    (tmp_path / "d.rdf").write_text("<rdf:RDF>\n<a>\n")
    (tmp_path / "d.jsonld").write_text('{"@id": \n')
    said = cartkg(tmp_path, "check", "--shapes", "s.ttl", "d.rdf", "d.jsonld").stdout
    assert said.count("only the first error of a file is reported") == 2
