"""Traps of the vocabulary that a review found: the query of each row answers as somebody who asks would expect."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import QueryBoolean, QuerySolutions
from tests.test_questions import counted_graph

from cartkg.namespaces import read_prefixes

if TYPE_CHECKING:
    from cartkg.graph import KnowledgeGraph

pytestmark = pytest.mark.whole
ROOT = Path(__file__).resolve().parents[1]
PREFIXES = "".join(
    f"PREFIX {name}: <{iri}>\n" for name, iri in read_prefixes(ROOT / "ontology" / "prefixes.ttl").namespaces.items()
)
with (Path(__file__).parent / "cases" / "vocabulary-traps.tsv").open(encoding="utf-8", newline="") as stream:
    TRAPS = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
ASKED = [row for row in TRAPS if row["query"]]


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return counted_graph()


@pytest.mark.parametrize("trap", ASKED, ids=[row["now"] for row in ASKED])
def test_the_query_of_a_trap_is_answered_as_expected(trap: dict[str, str], graph: KnowledgeGraph) -> None:
    found = graph.query(PREFIXES + trap["query"])
    if isinstance(found, QueryBoolean):
        assert str(bool(found)).lower() == trap["answer"]
        return
    assert isinstance(found, QuerySolutions)
    rows = [" | ".join(getattr(cell, "value", "") for cell in row) for row in found]
    assert rows == [line for line in trap["answer"].split("\\n") if line]


def test_a_trap_that_is_gone_has_a_query_or_a_test() -> None:
    assert {row["verdict"] for row in TRAPS} == {"gone", "partly", "stays"}
    assert [row["now"] for row in TRAPS if row["verdict"] == "gone" and not (row["query"] or row["test"])] == []
    for named in filter(None, (row["test"] for row in TRAPS)):
        path, _, name = named.partition("::")
        assert re.search(rf"^def {name}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE), named
