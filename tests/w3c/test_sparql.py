"""The W3C suites of SPARQL 1.0 and 1.1, evaluation, syntax and result formats, asked of a running `cartkg serve`."""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter, defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
from tests.live import Live, serving
from tests.w3c import sparql_protocol as protocol
from tests.w3c import sparql_suite as suite
from tests.w3c.sparql_suite import ROOT, SUITE, Case, Expected, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "reference" / "sparql-conformance.md"
NOWHERE = "https://w3c.example/nothing"
SYNTAX = {"PositiveSyntaxTest", "PositiveSyntaxTest11", "NegativeSyntaxTest", "NegativeSyntaxTest11"}
EVALUATION = {"QueryEvaluationTest", "CSVResultFormatTest"}

#: What does not apply to a read-only endpoint without services and entailment.
NOT_APPLICABLE = {
    "sparql11/entailment": "the endpoint answers by simple entailment; what follows is written into the graph",
    "sparql11/service": "the endpoint sends no requests; SERVICE is refused",
    "sparql11/syntax-fed": "the endpoint sends no requests; SERVICE is refused",
}

#: Cases that the engine, pyoxigraph, answers otherwise, with the reason.
BY_VALUE = "the store keeps numbers by their value, not by their spelling or derived type"
GRAPH_SCOPE = "the engine binds the variable of GRAPH after its pattern, not before"
CONSTANT = "a path of length zero finds only terms that occur in the data"
DEVIATIONS: dict[str, str] = {
    "sparql10/distinct/All:-Distinct": BY_VALUE,
    "sparql10/distinct/Numbers:-Distinct": BY_VALUE,
    "sparql10/expr-builtin/case-insensitive-booleans": "the engine takes true and false in small letters only",
    "sparql10/expr-builtin/sameTerm-eq": BY_VALUE,
    "sparql10/expr-builtin/sameTerm-not-eq": BY_VALUE,
    "sparql10/expr-builtin/sameTerm-simple": BY_VALUE,
    "sparql10/expr-builtin/str-1": BY_VALUE,
    "sparql10/expr-builtin/str-2": BY_VALUE,
    "sparql10/expr-equals/Equality-1-1----graph": BY_VALUE,
    "sparql10/expr-equals/Equality-1-2----graph": BY_VALUE,
    "sparql10/graph/graph-optional": GRAPH_SCOPE,
    "sparql10/graph/graph-variable-scope": GRAPH_SCOPE,
    "sparql10/open-world/date-2": "dates with and without a time zone are told apart as in XSD 1.1",
    "sparql10/open-world/open-eq-01": BY_VALUE,
    "sparql10/optional-filter/dawg-optional-filter-005-simplified": "a FILTER in an inner group sees only that group",
    "sparql10/syntax-sparql3/syn-bad-26.rq": "the engine reads < and && where the longest token would be an IRI",
    "sparql11/aggregates/COUNT:-no-GROUP-BY-inside-of-GRAPH": GRAPH_SCOPE,
    "sparql11/aggregates/GROUP_CONCAT-with-one-element": "GROUP_CONCAT keeps a language tag that all parts share",
    "sparql11/aggregates/GROUP_CONCAT-with-same-language-tag": "GROUP_CONCAT keeps a language tag that all parts share",
    "sparql11/bindings/VALUES-inside-GRAPH-binding-the-same-variable-as-the-graph-name": GRAPH_SCOPE,
    "sparql11/csv-tsv-res/tsv03---TSV-Result-Format": BY_VALUE,
    "sparql11/functions/BNODE(str)": "BNODE of one text gives one blank node for the whole answer",
    "sparql11/negation/outer-GRAPH-operator-does-not-affect-MINUS-disjointness": GRAPH_SCOPE,
    "sparql11/property-path/*-with-end-being-a-constant-on-the-empty-dataset": CONSTANT,
    "sparql11/property-path/*-with-start-being-a-constant-on-the-empty-dataset": CONSTANT,
    "sparql11/property-path/?-with-end-being-a-constant-on-the-empty-dataset": CONSTANT,
    "sparql11/property-path/?-with-start-being-a-constant-on-the-empty-dataset": CONSTANT,
}

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C suites lie in ../shared/conformance, which is not here"),
]


def applicable() -> list[Case]:
    """Give the cases that a read-only endpoint can be asked."""
    kinds = SYNTAX | EVALUATION
    asked = [one for one in suite.cases() if one.kind in kinds and one.folder not in NOT_APPLICABLE]
    return [one for one in asked if one.query is None or one.query.suffix != ".ru"]


@contextmanager
def endpoint() -> Iterator[Live]:
    """Serve all data of the suites, each file as a graph of its own."""
    names = {name for one in applicable() for name in (*one.data, *one.graphs)}
    for one in applicable():
        if one.kind in EVALUATION and one.query is not None:
            text = one.query.read_text("utf-8")
            found = re.findall(r"FROM\s+(?:NAMED\s+)?<([^>]+)>", text, re.IGNORECASE)
            names |= {suite.iri(one.query.parent / name) for name in found if ":" not in name}
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "suite.nq"
        suite.dump(names, target)
        with serving(data=target) as live:
            yield live


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with endpoint() as server:
        yield server


def judge(live: Live, case: Case) -> str:
    """Ask a case and say what is wrong with the answer; nothing when it is right."""
    assert case.query is not None
    return _judge_syntax(live, case) if case.kind in SYNTAX else _judge_answer(live, case)


def _judge_syntax(live: Live, case: Case) -> str:
    assert case.query is not None
    said = _post(live, case.query.read_bytes(), [("default-graph-uri", NOWHERE)], "*/*")
    wanted = 200 if case.kind.startswith("Positive") else 400
    return "" if said[0] == wanted else f"status {said[0]} instead of {wanted}: {said[1][:300]!r}"


def _judge_answer(live: Live, case: Case) -> str:
    assert case.query is not None
    assert case.result is not None
    wanted = suite.expected(case.result)
    suffix = case.result.suffix
    accept = {".srj": "application/sparql-results+json", ".csv": "text/csv", ".tsv": "text/tab-separated-values"}.get(
        suffix, "application/n-triples" if isinstance(wanted, set) else "application/sparql-results+xml"
    )
    query = f"BASE <{suite.iri(case.query)}>\n".encode() + case.query.read_bytes()
    status, body = _post(live, query, _dataset(case), accept)
    if status != 200:
        return f"status {status}: {body[:300]!r}"
    if case.folder == "sparql10/reduced" and isinstance(wanted, Table):
        got = suite.parsed(body, ox.QueryResultsFormat.XML)
        return "" if isinstance(got, Table) and suite.same_reduced(wanted, got) else f"wanted {wanted}, got {got}"
    return "" if _same(wanted, body, suffix) else f"wanted {wanted}, got {body[:1500]!r}"


def _same(wanted: Expected, body: bytes, suffix: str) -> bool:
    if isinstance(wanted, set):
        return suite.same_graph(wanted, {quad.triple for quad in ox.parse(body, ox.RdfFormat.N_TRIPLES)})
    if suffix in {".csv", ".tsv"}:
        got: Expected = suite.text_table(body.decode(), "," if suffix == ".csv" else "\t")
    else:
        got = suite.parsed(body, ox.QueryResultsFormat.JSON if suffix == ".srj" else ox.QueryResultsFormat.XML)
    if isinstance(wanted, Table) and isinstance(got, Table):
        return suite.same_table(wanted, got)
    return wanted is got


def _dataset(case: Case) -> list[tuple[str, str]]:
    text = case.query.read_text("utf-8") if case.query else ""
    if re.search(r"^\s*FROM\b", text, re.IGNORECASE | re.MULTILINE):
        return []
    if not case.data and not case.graphs:
        return [("default-graph-uri", NOWHERE)]
    return [("default-graph-uri", name) for name in case.data] + [("named-graph-uri", name) for name in case.graphs]


def _post(live: Live, query: bytes, dataset: list[tuple[str, str]], accept: str) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/sparql-query", "Accept": accept}
    said = live.request("POST", f"/sparql?{urlencode(dataset)}", headers, query)
    return said.status, said.body


@pytest.mark.parametrize("case", applicable() if SUITE.is_dir() else [], ids=lambda case: str(case.id))
def test_the_endpoint_answers_as_the_suite_says(live: Live, case: Case) -> None:
    fault = judge(live, case)
    if case.id in DEVIATIONS:
        assert fault, f"{case.id} is right now: take it off the deviations"
        pytest.skip(DEVIATIONS[case.id])
    assert not fault


def page(live: Live) -> str:
    """Write the table of what passes."""
    cases, passed, skipped = Counter[str](), Counter[str](), defaultdict[str, list[str]](list)
    for case in applicable():
        cases[case.folder] += 1
        if judge(live, case):
            skipped[case.folder].append(case.id)
        else:
            passed[case.folder] += 1
    asked = [story for story in protocol.stories() if not story.about_update]
    with protocol.endpoint() as other:
        faults = [bool(protocol.judge(other, story)) for story in asked]
    lines = [
        "# SPARQL conformance",
        "",
        "The W3C suites of SPARQL 1.0 and 1.1 and of the SPARQL 1.1 Protocol, run over HTTP against a running",
        "`cartkg serve` by `pytest -m whole tests/w3c`. This page is written by `python -m tests.w3c.test_sparql`.",
        "",
        "| tests | cases | passed |",
        "| --- | ---: | ---: |",
        *(f"| {folder} | {cases[folder]} | {passed[folder]} |" for folder in sorted(cases)),
        f"| **all** | **{cases.total()}** | **{passed.total()}** |",
        f"| sparql11/protocol, query operation | {len(asked)} | {len(asked) - sum(faults)} |",
        "| sparql11/service-description | 3 | 3 |",
        "",
        "## Deviations",
        "",
        *(f"- `{name}`: {DEVIATIONS.get(name, 'no reason given')}" for names in skipped.values() for name in names),
        *([] if skipped else ["None."]),
        "",
        "## Not applicable",
        "",
        *(f"- {folder}: {reason}" for folder, reason in sorted(NOT_APPLICABLE.items())),
        "- update, graph store: the endpoint is read-only",
        "",
    ]
    return "\n".join(lines)


def test_the_documented_table_is_what_the_endpoint_does(live: Live) -> None:
    assert PAGE.read_text("utf-8") == page(live), "run: python -m tests.w3c.test_sparql"


if __name__ == "__main__":
    with endpoint() as server:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page(server), "utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
