"""The counts that a build holds are those that `cartkg count` gives, and say what they were computed from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from cartkg import validation
from cartkg.namespaces import BASE, GRAPH_COUNTS, TERM
from cartkg.synthesis import PatientQuestion, count, read_relations
from cartkg.synthesis.questions import names
from cartkg.synthesis.reports.tables import triples

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.test_questions import counted_graph  # noqa: E402  # the tests are not a package

if TYPE_CHECKING:
    from cartkg.graph import KnowledgeGraph
    from cartkg.synthesis import Relations

_NODES = f"""SELECT ?node ?disease ?measure ?target ?product ?low ?high ?without ?sum WHERE {{ GRAPH <{GRAPH_COUNTS}> {{
  ?node a cartkg:DistinctPatientCount ; cartkg:fewestPatients ?low ; cartkg:fewestPatientsWithoutPress ?without ;
    cartkg:bareSumOfPatients ?sum .
  OPTIONAL {{ ?node cartkg:countsDisease ?disease }} OPTIONAL {{ ?node cartkg:countsMeasure ?measure }}
  OPTIONAL {{ ?node cartkg:countsTarget ?target }} OPTIONAL {{ ?node cartkg:countsProduct ?product }}
  OPTIONAL {{ ?node cartkg:mostPatients ?high }}
}} }} ORDER BY ?node"""


#: Counts over the shipped graph take seconds.
pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return counted_graph()


@pytest.fixture(scope="module")
def relations(graph: KnowledgeGraph) -> Relations:
    return read_relations(graph)


@pytest.fixture(scope="module")
def nodes(graph: KnowledgeGraph) -> list[dict[str, str]]:
    return list(graph.select(_NODES))


def _differ(node: dict[str, str], graph: KnowledgeGraph, relations: Relations) -> str:
    """Return how a node differs from the count of its question; empty when it does not."""
    measure = node.get("measure", "")
    answers = []
    for press in (True, False):
        question = PatientQuestion(
            disease=node.get("disease", ""),
            measures=names.with_narrower(graph, measure) if measure else (),
            event=measure.startswith(f"{BASE}term/"),
            target=node.get("target", ""),
            product=node.get("product", ""),
            press=press,
        )
        answers.append(count(question, relations, graph))
    whole, without = answers
    expected = (str(whole.low), None if whole.high is None else str(whole.high), str(without.low), str(whole.bare_sum))
    held = (node["low"], node.get("high"), node["without"], node["sum"])
    return "" if held == expected else f"{node['node']}: {held} in the graph, {expected} counted"


def test_every_count_of_the_graph_is_that_of_the_command(
    graph: KnowledgeGraph, relations: Relations, nodes: list[dict[str, str]]
) -> None:
    assert [said for node in nodes if (said := _differ(node, graph, relations))] == []


def test_there_is_a_count_for_every_kind_of_pair(nodes: list[dict[str, str]]) -> None:
    made = {node["node"].removeprefix(f"{BASE}count/") for node in nodes}
    assert {
        "disease/mondo-0007915",
        "disease-target/mondo-0007915_cd19",
        "disease-measure/mondo-0007915_doris-remission",
        "disease-measure-target/mondo-0007915_doris-remission_cd19",
        "target/cd19",
        "product/c-car168",
    } <= made
    assert any(name.startswith("product-event/") for name in made)
    assert len(made) == len(nodes)
    assert all(int(node["low"]) <= int(node.get("high", node["low"])) for node in nodes)


def test_a_disease_that_only_trials_name_has_the_patients_with_its_kinds(nodes: list[dict[str, str]]) -> None:
    """One patient with ANCA vasculitis (CTA311) and one with polyarteritis nodosa (Sheba); none is stated as such."""
    (node,) = [each for each in nodes if each["node"].endswith("/disease-target/mondo-0018882_cd19")]
    assert int(node["low"]) == 2


def test_the_counts_stay_out_of_the_default_graph(graph: KnowledgeGraph) -> None:
    assert not list(graph.select("SELECT ?node { ?node a cartkg:DistinctPatientCount }"))


def test_the_counts_break_no_shape(graph: KnowledgeGraph, tmp_path: Path) -> None:
    file = tmp_path / "counts.ttl"
    file.write_bytes(ox.serialize(triples(graph), format=ox.RdfFormat.TURTLE) or b"")
    shapes = validation.read_shapes([ROOT / "shapes" / "evidence.ttl", ROOT / "ontology" / "prefixes.ttl"])
    facts = validation.read([*sorted((ROOT / "ontology").glob("*.ttl")), *(ROOT / "data" / "ttl").rglob("*.ttl"), file])
    found = [each for each in validation.validate(facts, shapes) if each.subject.startswith(f"{BASE}count/")]
    assert [(each.subject, each.message) for each in found] == []


def test_the_lupus_count_rests_on_cohorts_findings_and_overlaps(graph: KnowledgeGraph) -> None:
    """What makes up the fewest, and the overlaps between those counted, can be followed to their dossiers."""
    node = f"<{BASE}count/disease-measure-target/mondo-0007915_doris-remission_cd19>"
    linked: dict[str, set[str]] = {}
    for row in graph.select(f"SELECT ?name ?thing {{ GRAPH <{GRAPH_COUNTS}> {{ {node} ?name ?thing }} }}"):
        linked.setdefault(row["name"].removeprefix(TERM), set()).add(row["thing"])
    assert f"{BASE}cohort/castle-2026-natmed/sle" in linked["countsCohort"]
    assert linked["countedApart"] <= linked["countsCohort"]
    assert {finding.split("/")[-2] for finding in linked["countsFinding"]} == {
        cohort.split("/")[-2] for cohort in linked["countsCohort"]
    }
    for overlap in linked["weighsOverlap"]:
        sides = {row["side"] for row in graph.select(f"SELECT ?side {{ <{overlap}> cartkg:overlapBetween ?side }}")}
        assert sides <= linked["countsCohort"]
