"""Whatever the layout: places agree with what was written there, and house style keeps the graph."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartkg.namespaces import RDF, XSD, Prefixes, read_prefixes
from cartkg.turtle import Document, Position, parse_bytes, term_text
from cartkg.turtle.style import format_text

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
SAMPLES = sorted((SHARED / "conformance").rglob("*.ttl"))
BLANK = "blank"

#: How a thing may be written, and what it is then.
IRIS = (
    ("<http://e/a>", "http://e/a"),
    ("<http://e/\\u00e9#x>", "http://e/é#x"),
    ("e:a", "http://e/a"),
    ("e:a.b-c", "http://e/a.b-c"),
    ("e:a\\,b%20", "http://e/a,b%20"),
    ("e:1:2", "http://e/1:2"),
    ("e:", "http://e/"),
    (":ö", "http://f/ö"),
)
VERBS = (*IRIS, ("a", f"{RDF}type"))
LITERALS = (
    ('"x"', '"x"'),
    ("'it\\'s'", '"it\'s"'),
    ('"""a . ; "quoted" ]\nb # no comment"""', '"a . ; \\"quoted\\" ]\\nb # no comment"'),
    ("'''a''\r\nb'''", "\"a''\\r\\nb\""),
    ('"<e:a> \\"\\\\"', '"<e:a> \\"\\\\"'),
    ('"😀é"@en-GB', '"😀é"@en-gb'),
    ('"1"^^<http://e/a>', '"1"^^<http://e/a>'),
    ('"1" ^^ e:a.b-c', '"1"^^<http://e/a.b-c>'),
    ("5", f'"5"^^<{XSD}integer>'),
    ("-1.50", f'"-1.50"^^<{XSD}decimal>'),
    (".5E-2", f'".5E-2"^^<{XSD}double>'),
    ("true", f'"true"^^<{XSD}boolean>'),
)
GAPS = (" ", " ", " ", "\n", "\r\n", "\t", "\n\n    ", " # said . ; [ ( \" <e:a> '''\n", "   ")

Place = tuple[int, int]
Row = tuple[str, Place, str, Place, str, Place]


@dataclass
class Written:
    """A text as it grows, and the rows that it should give."""

    draw: st.DrawFn
    text: str = ""
    rows: list[Row] = field(default_factory=list)

    def token(self, word: str) -> Place:
        self.text += self.draw(st.sampled_from(GAPS))
        before = self.text.replace("\r\n", "\n")
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        self.text += word
        return place

    def term(self, depth: int) -> tuple[str, Place]:
        kind = self.draw(
            st.sampled_from(("iri", "literal", "label", "bracket", "list") if depth else ("iri", "literal"))
        )
        if kind == "iri":
            word, iri = self.draw(st.sampled_from(IRIS))
            return iri, self.token(word)
        if kind == "literal":
            word, literal = self.draw(st.sampled_from(LITERALS))
            return literal, self.token(word)
        if kind == "label":
            return BLANK, self.token(self.draw(st.sampled_from(("_:x", "_:y.z", "[]"))))
        return self.bracket(depth - 1) if kind == "bracket" else self.list(depth - 1)

    def bracket(self, depth: int) -> tuple[str, Place]:
        place = self.token("[")
        self.predicates(BLANK, place, depth)
        self.token("]")
        return BLANK, place

    def list(self, depth: int) -> tuple[str, Place]:
        start = self.token("(")
        items = [self.term(depth) for _ in range(self.draw(st.integers(0, 3)))]
        end = self.token(")")
        for number, (value, place) in enumerate(items):
            after = items[number + 1][1] if number + 1 < len(items) else end
            rest = BLANK if number + 1 < len(items) else f"{RDF}nil"
            self.rows.append((BLANK, place, f"{RDF}first", place, value, place))
            self.rows.append((BLANK, place, f"{RDF}rest", place, rest, after))
        return (BLANK if items else f"{RDF}nil"), start

    def predicates(self, subject: str, place: Place, depth: int) -> None:
        for _ in range(self.draw(st.integers(1, 3))):
            word, predicate = self.draw(st.sampled_from(VERBS))
            verb = self.token(word)
            while True:
                value, where = self.term(depth)
                self.rows.append((subject, place, predicate, verb, value, where))
                if self.draw(st.booleans()):
                    break
                self.token(",")
            self.token(self.draw(st.sampled_from((";", "; ;"))))

    def statement(self) -> None:
        kind = self.draw(st.sampled_from(("iri", "iri", "label", "bracket", "list")))
        if kind == "iri":
            word, subject = self.draw(st.sampled_from(IRIS))
            place = self.token(word)
        elif kind == "label":
            subject, place = BLANK, self.token(self.draw(st.sampled_from(("_:x", "_:y.z", "[ ]"))))
        else:
            subject, place = self.bracket(2) if kind == "bracket" else self.list(2)
        self.predicates(subject, place, 2)
        self.token(".")


@st.composite
def written(draw: st.DrawFn) -> Written:
    """Write some statements, with prefixes that mean something else in between."""
    text = Written(draw, draw(st.sampled_from(("", "\ufeff", "# head\n"))))
    for _ in range(draw(st.integers(1, 3))):
        text.token("@prefix e: <http://wrong/> .\nPREFIX e: <http://e/> @prefix : <http://f/> .")
        for _ in range(draw(st.integers(0, 3))):
            text.statement()
    text.text += "\n"
    return text


def rows_of(document: Document) -> Counter[Row]:
    def name(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
        return BLANK if isinstance(term, ox.BlankNode) else term_text(term)

    def place(position: Position) -> Place:
        return position.line, position.column

    return Counter(
        (
            name(found.quad.subject),
            place(found.subject),
            found.quad.predicate.value,
            place(found.predicate),
            name(found.quad.object),
            place(found.object),
        )
        for found in document.triples
    )


def graph(text: str) -> ox.Dataset:
    dataset = ox.Dataset(ox.parse(text.removeprefix("\ufeff"), ox.RdfFormat.TURTLE))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


@pytest.mark.whole
@given(written())
def test_every_triple_stands_where_it_was_written(source: Written) -> None:
    document = parse_bytes(source.text.encode(), Path("case.ttl"))
    assert document.diagnostics == ()
    if source.text.startswith("\ufeff"):
        source.rows = [unmarked(row) for row in source.rows]
    assert rows_of(document) == Counter(source.rows)


def unmarked(row: Row) -> Row:
    """Take the byte-order mark off the columns of line 1."""
    subject, at_subject, predicate, at_predicate, value, at_value = row

    def shift(place: Place) -> Place:
        return (1, place[1] - 1) if place[0] == 1 else place

    return subject, shift(at_subject), predicate, shift(at_predicate), value, shift(at_value)


@pytest.mark.whole
@given(written())
def test_reading_gives_the_graph_that_pyoxigraph_gives(source: Written) -> None:
    dataset = ox.Dataset(parse_bytes(source.text.encode(), Path("case.ttl")).quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    assert dataset == graph(source.text)


@pytest.mark.whole
@given(written())
def test_every_triple_can_be_located(source: Written) -> None:
    document = parse_bytes(source.text.encode(), Path("case.ttl"))
    for found in document.triples:
        quad = found.quad
        place = document.locate(term_text(quad.subject), quad.predicate.value, term_text(quad.object))
        same = [other.object for other in document.triples if other.quad == quad]
        assert place in same


@pytest.mark.whole
@given(written())
def test_house_style_keeps_the_graph_and_the_comments_and_is_a_fixed_point(source: Written) -> None:
    prefixes = Prefixes({"rdf": RDF, "e": "http://e/"})
    once = format_text(source.text, prefixes)
    assert graph(once) == graph(source.text)
    assert format_text(once, prefixes) == once
    heads = once.count("# head")
    assert heads == source.text.count("# head")
    assert once.count("# said . ;") == sum(part.startswith("\n") for part in source.text.split("<e:a> '''")[1:])


@pytest.mark.whole
@pytest.mark.skipif(not SAMPLES, reason="the W3C suites are not beside this checkout (../shared/conformance)")
@pytest.mark.parametrize("folder", ["w3c-shacl", "w3c-sparql"])
def test_house_style_keeps_the_graph_of_w3c_files(folder: str) -> None:
    prefixes = read_prefixes(ROOT / "ontology" / "prefixes.ttl")
    for path in SAMPLES:
        if folder not in path.parts:
            continue
        source = "@base <http://e/base> .\n" + path.read_text("utf-8")
        once = format_text(source, prefixes)
        assert graph(once) == graph(source), path
        assert format_text(once, prefixes) == once, path
