"""Comunica, which takes queries apart itself, against running `cartkg serve`s: it finds out what they are, and asks."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from tests.live import ROOT, Live, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = ROOT / "build" / "comunica" / "node_modules" / ".bin" / "comunica-sparql"
SECONDS = 60
PREFIXES = "PREFIX cartkg: <https://w3id.org/cartkg/ontology#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
COHORTS = f"{PREFIXES} SELECT ?cohort ?n {{ ?cohort a cartkg:Cohort ; cartkg:patientCount ?n }} ORDER BY ?n"
NAMES = [f"https://w3id.org/cartkg/cohort/{name}" for name in ("three", "two", "one")]
DISEASES = """@prefix cohort: <https://w3id.org/cartkg/cohort/> .
cohort:one <http://a.example/disease> "Sjögren's disease"@en .
cohort:two <http://a.example/disease> "lupus"@en .
cohort:absent <http://a.example/disease> "myositis"@en .
"""

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed"),
    pytest.mark.skipif(not COMMAND.exists(), reason="Comunica is not fetched: make clients"),
]


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with serving() as server:
        yield server


def comunica(query: str, form: str, *sources: str) -> subprocess.CompletedProcess[bytes]:
    command = [str(COMMAND), *sources, query, "-t", form]
    return subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)


def rows(query: str, *sources: str) -> list[dict[str, str]]:
    done = comunica(query, "application/sparql-results+json", *sources)
    assert done.returncode == 0, done.stderr
    bindings = json.loads(done.stdout)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in bindings]


def described(live: Live) -> str:
    """Give an address that tells by nothing but the service description that an endpoint is there.

    Comunica takes any address that ends in `/sparql` for one.
    """
    return f"{live.url}/"


def test_comunica_reads_a_table(live: Live) -> None:
    assert [row["cohort"] for row in rows(COHORTS, live.url)] == NAMES


@pytest.mark.parametrize(("query", "truth"), [("ASK { ?s ?p ?o }", True), ("ASK { ?s ?s ?s }", False)])
def test_comunica_reads_a_truth_value(live: Live, query: str, *, truth: bool) -> None:
    done = comunica(query, "application/sparql-results+json", live.url)
    assert json.loads(done.stdout)["boolean"] is truth


def test_comunica_reads_a_graph(live: Live) -> None:
    done = comunica(f"{PREFIXES} CONSTRUCT WHERE {{ ?s cartkg:patientCount ?n }}", "application/n-triples", live.url)
    assert sorted(quad.subject.value for quad in ox.parse(done.stdout, ox.RdfFormat.N_TRIPLES)) == sorted(NAMES)


def test_comunica_finds_the_endpoint_by_its_service_description() -> None:
    with serving("--access-log") as live:
        assert [row["cohort"] for row in rows(COHORTS, described(live))] == NAMES
    said = [json.loads(line) for line in live.said[0].splitlines() if line.startswith("{")]
    assert [line["status"] for line in said] == [200, 200]


def test_comunica_sends_a_whole_join_to_one_endpoint() -> None:
    with serving("--access-log") as live:
        joined = (
            f"{PREFIXES} SELECT ?l ?n {{ ?c a cartkg:Cohort ; rdfs:label ?l ; cartkg:patientCount ?n FILTER(?n > 4) }}"
        )
        assert sorted(row["n"] for row in rows(joined, described(live))) == ["5", "8"]
    assert live.said[0].count('"path"') == 2


def test_comunica_joins_across_two_endpoints(live: Live, tmp_path: Path) -> None:
    data = tmp_path / "diseases.ttl"
    data.write_text(DISEASES, "utf-8")
    query = f"{PREFIXES} SELECT ?c ?n ?d {{ ?c cartkg:patientCount ?n . ?c <http://a.example/disease> ?d }} ORDER BY ?n"
    with serving(data=data) as other:
        found = rows(query, described(live), described(other))
    assert [(row["c"], row["n"], row["d"]) for row in found] == [
        (NAMES[1], "5", "lupus"),
        (NAMES[2], "8", "Sjögren's disease"),
    ]


def test_comunica_shows_why_a_query_was_ended() -> None:
    endless = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(12)) + " }"
    with serving("--timeout", "1") as live:
        done = comunica(endless, "application/sparql-results+json", live.url)
    assert done.returncode == 1
    assert b"the query exceeded the time limit and was stopped" in done.stderr
