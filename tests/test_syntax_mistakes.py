"""Mistakes that people make in SPARQL: the message stands where the mistake is and says what to write."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from tests.asked import QUESTIONS

from cartkg.namespaces import read_prefixes
from cartkg.sparql.protocol.syntax_errors import explain

ROOT = Path(__file__).resolve().parents[1]
PREFIXES = read_prefixes(ROOT / "ontology" / "prefixes.ttl").namespaces
#: Query (escapes as in Python), line, column, words of the advice.
TABLE = [
    line.split("\t")
    for line in (Path(__file__).parent / "cases" / "syntax-mistakes.tsv").read_text("utf-8").splitlines()
]


def complaint(query: str) -> str:
    """Return what the engine says of a query that it cannot read."""
    try:
        ox.Store().query(query)
    except SyntaxError as error:
        return str(error)
    raise AssertionError(f"nothing is wrong with {query}")


@pytest.mark.parametrize(("query", "line", "column", "advice"), TABLE, ids=[row[0] for row in TABLE])
def test_the_message_stands_at_the_mistake(query: str, line: str, column: str, advice: str) -> None:
    written = query.replace("\\n", "\n").replace("\\u00a0", "\u00a0")
    error = explain(written, complaint(written), PREFIXES)
    assert (error.line, error.column) == (int(line), int(column)), error
    assert advice in error.message


@pytest.mark.parametrize("name", [each.name for each in QUESTIONS])
def test_nothing_is_held_against_a_query_that_lacks_a_prefix_alone(name: str) -> None:
    text = next(each.text for each in QUESTIONS if each.name == name)
    bare = "\n".join(line for line in text.splitlines() if not line.startswith("PREFIX cartkg:"))
    error = explain(bare, complaint(bare), PREFIXES)
    assert "cartkg: is not declared" in error.message


@pytest.mark.parametrize("name", [each.name for each in QUESTIONS])
def test_a_bracket_that_is_missing_at_the_end_is_the_mistake(name: str) -> None:
    text = next(each.text for each in QUESTIONS if each.name == name)
    cut = text[: text.rindex("}")]
    assert "is not closed" in explain(cut, complaint(cut), PREFIXES).message
