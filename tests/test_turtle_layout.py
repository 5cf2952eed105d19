"""Turtle of other projects: the layout changes, while graph, order, spelling and the place of each comment stay."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartkg.turtle.layout import lay_out
from cartkg.turtle.tokens import tokenise

CONFORMANCE = Path(__file__).resolve().parents[2] / "shared" / "conformance"
FILES = sorted(CONFORMANCE.rglob("*.ttl"))
BASE = "http://example.org/base/file"
HEAD = "@prefix ex: <http://example.org/> .\n"


def graph(text: str) -> tuple[int, ox.Dataset]:
    """Give the number of statements, and the graph with canonical names for its blank nodes."""
    quads = list(ox.parse(text, ox.RdfFormat.TURTLE, base_iri=BASE))
    made = ox.Dataset(quads)
    made.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return len(quads), made


def words(text: str) -> list[str]:
    """Give the tokens, without semicolons, of which some are needless."""
    tokens = tokenise(text)
    return [word for index in range(len(tokens.kinds)) if (word := tokens.word(index)) != ";"]


def beside(text: str) -> list[tuple[str, str]]:
    """Give each comment that stands behind something, with the token before it, separators left out."""
    tokens = tokenise(text)
    found = []
    for offset, comment in tokens.comments.items():
        line = text[max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1 : offset]
        before = [i for i, end in enumerate(tokens.ends) if end <= offset and tokens.word(i) not in {";", ",", "."}]
        if line.strip(" \t;,.") and before:
            found.append((tokens.word(before[-1]), comment.rstrip()))
    return found


def assert_same(text: str) -> None:
    """The graph, the tokens and the comments are the same, and to format again changes nothing."""
    written = lay_out(text)
    assert graph(written) == graph(text)
    assert words(written) == words(text)
    assert lay_out(written) == written
    kept = [comment.rstrip() for comment in tokenise(text).comments.values()]
    assert list(tokenise(written).comments.values()) == kept


def assert_kept(text: str) -> None:
    assert_same(text)
    assert set(beside(text)) <= set(beside(lay_out(text)))


def test_a_comment_stays_at_its_statement() -> None:
    text = """@prefix ex: <http://example.org/> .
ex:DoseA
    ex:value 5 ; # mg/kg, from table 2
    ex:value2 7 ; # mg/m2 - do NOT change before the trial lead agrees
    # the next is deprecated:
    ex:old 3 .
"""
    assert lay_out(text) == text.replace(" .\nex:DoseA", " .\n\nex:DoseA")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ex:a ex:p 1 # one\n ; ex:q 2 # two\n .", "ex:a\n    ex:p 1 ; # one\n    ex:q 2 . # two"),
        ("ex:a ex:p 1 , # one\n 2 # two\n .", "ex:a\n    ex:p\n        1, # one\n        2 . # two"),
        ("ex:a # it\n ex:p # is\n 1 .", "ex:a # it\n    ex:p # is\n        1 ."),
        ("ex:a ex:p [ # in\n ex:q 1 # x\n ] . # out", "ex:a\n    ex:p [ # in\n        ex:q 1 # x\n    ] . # out"),
        ("ex:a ex:p ( 1 # one\n 2 ) .", "ex:a\n    ex:p (\n        1 # one\n        2\n    ) ."),
        ("ex:a ex:p 1 ;; ex:q 2 ; .", "ex:a\n    ex:p 1 ;\n    ex:q 2 ."),
        ("[ ex:p 1 ] . [] ex:p ( ) .", "[\n    ex:p 1\n] .\n\n[]\n    ex:p () ."),
        ("ex:a ex:p 'x'@en-US , \"y\"^^ex:d .", "ex:a\n    ex:p 'x'@en-US, \"y\"^^ex:d ."),
        ("# above\nex:a a ex:B.\n# last", "# above\nex:a\n    a ex:B .\n# last"),
        ("ex:a ex:p 1 {| ex:q 2 |} .", "ex:a\n    ex:p 1 {| ex:q 2 |} ."),
        ("ex:a ex:p 1 # a\n ; # b\n .", "ex:a\n    ex:p 1 . # a\n# b"),
    ],
)
def test_a_statement_is_laid_out_as_shown(before: str, after: str) -> None:
    written = lay_out(f"{HEAD}\n{before}\n")
    assert written == f"{HEAD}\n{after}\n"
    assert_kept(f"{HEAD}\n{before}\n")


def test_directives_stay_as_they_are_written() -> None:
    text = "@base <http://b/> .\nPREFIX ex:   <#>\n@prefix unused:  <http://u/> .\n\n<x>\n    ex:p <> .\n"
    assert lay_out(text) == text


NODES = st.sampled_from(["ex:a", "<#b>", "_:c", "[]"])
NOTES = st.sampled_from(["", "", "", " # note\n", "\n# line\n", "\n\n# apart\n\n", "\r\n", " #\n"])
LITERALS = st.sampled_from(["1", "-1.5e3", "true", "'x'@en-GB", '"y"^^ex:d', '"""two\nlines # no\n"""', '"#"', '"; ."'])
VALUES = st.recursive(
    st.one_of(NODES, LITERALS),
    lambda inner: st.one_of(
        st.tuples(NOTES, inner, NOTES, inner, NOTES).map(lambda p: f"({p[0]} {p[1]} {p[2]} {p[3]} {p[4]})"),
        st.tuples(NOTES, inner, NOTES, NOTES).map(lambda p: f"[{p[0]} ex:q {p[1]} {p[2]};{p[3]} ]"),
        st.tuples(inner, NOTES, inner).map(lambda p: f"[ ex:q {p[0]} {p[1]}; ex:r {p[2]} ]"),
    ),
    max_leaves=6,
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    parts = [HEAD]
    for _ in range(draw(st.integers(0, 4))):
        parts += [draw(NOTES), draw(NODES), draw(NOTES)]
        for _ in range(draw(st.integers(1, 3))):
            parts += [" ex:p ", draw(NOTES), draw(VALUES), draw(NOTES), ",", draw(NOTES), draw(VALUES)]
            parts += [draw(NOTES), " ;", draw(NOTES)]
        parts += [" .", draw(NOTES)]
    return "".join(parts)


@given(texts())
def test_graph_tokens_and_comments_are_kept(text: str) -> None:
    assert_same(text)


@pytest.mark.whole
def test_published_files_are_kept() -> None:
    if not FILES:
        pytest.skip("the conformance files are not beside this checkout")
    read = 0
    for path in FILES:
        text = path.read_text("utf-8").removeprefix("\ufeff")
        try:
            graph(text)
        except SyntaxError:
            continue  # it is a test of broken syntax
        assert_kept(text)
        read += 1
    assert read > 600


def test_the_comments_of_the_shapes_of_shapes_stay_in_their_lines() -> None:
    path = CONFORMANCE / "w3c-shacl" / "tests" / "core" / "complex" / "shacl-shacl-data-shapes.ttl"
    if not path.is_file():
        pytest.skip("the conformance files are not beside this checkout")
    text = path.read_text("utf-8")
    assert len(beside(text)) == 91
    assert beside(lay_out(text)) == beside(text)
