"""Every stored question: its answer on the shipped graph, its order, and what it owes to the reasoner."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyoxigraph import NamedNode
from ruamel.yaml import YAML
from statsmodels.stats.proportion import proportion_confint

from cartkg.graph import KnowledgeGraph, read
from cartkg.namespaces import GRAPH_INFERRED
from cartkg.project import find
from cartkg.queries import PERSONAS, Question, read_questions, run
from cartkg.reasoning import infer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
EXPECTED = Path(__file__).parent / "cases" / "questions"
RENEW = "read the difference; if the new answer is right: python tests/renew_questions.py {name}"

QUESTIONS = read_questions(ROOT / "queries")
EACH = pytest.mark.parametrize("question", QUESTIONS, ids=[question.name for question in QUESTIONS])


def shipped_graph() -> KnowledgeGraph:
    """Read the sources and reason over them; the reasoner's result is cached by content."""
    project = find(ROOT)
    graph = read([*project.ontology_files(), *project.data_files()], project).graph
    graph.add(GRAPH_INFERRED, infer(graph, project).triples)
    return graph


@pytest.fixture(scope="module")
def shipped() -> KnowledgeGraph:
    return shipped_graph()


@pytest.fixture(scope="module")
def uninferred(shipped: KnowledgeGraph) -> KnowledgeGraph:
    inferred = NamedNode(GRAPH_INFERRED)
    return KnowledgeGraph.of_quads(quad for quad in shipped.quads() if quad.graph_name != inferred)


@pytest.fixture(scope="module")
def reversed_graph(shipped: KnowledgeGraph) -> KnowledgeGraph:
    """Give the same graph, its quads put in the other way round."""
    return KnowledgeGraph.of_quads(reversed(list(shipped.quads())))


def table(question: Question, graph: KnowledgeGraph) -> list[list[str]]:
    rows = run(question, graph)
    return [list(rows.variables), *([cell.replace("\r\n", "\n") for cell in row] for row in rows.rows)]


def _expected(name: str) -> Iterator[list[str]]:
    with (EXPECTED / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        yield from csv.reader(lines)


@EACH
def test_the_answer_is_the_expected_one(question: Question, shipped: KnowledgeGraph) -> None:
    assert table(question, shipped) == list(_expected(question.name)), RENEW.format(name=question.name)


@EACH
def test_the_answer_has_the_rows_it_promises(question: Question, shipped: KnowledgeGraph) -> None:
    assert len(table(question, shipped)) - 1 >= question.min_rows


@EACH
def test_the_order_of_rows_does_not_depend_on_the_order_of_data(
    question: Question, shipped: KnowledgeGraph, reversed_graph: KnowledgeGraph
) -> None:
    assert table(question, shipped) == table(question, reversed_graph)


@EACH
def test_a_question_that_uses_inference_finds_nothing_without(question: Question, uninferred: KnowledgeGraph) -> None:
    found = len(table(question, uninferred)) > 1
    assert found is False if question.uses_inference else True


def test_there_are_enough_questions_and_enough_that_only_inference_answers() -> None:
    assert len(QUESTIONS) >= 60
    assert sum(question.uses_inference for question in QUESTIONS) >= 15


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_kind_of_reader_has_questions(persona: str) -> None:
    assert sum(persona in question.asked_by for question in QUESTIONS) >= 5


def test_every_expected_answer_has_its_question() -> None:
    assert {path.stem for path in EXPECTED.glob("*.csv")} == {question.name for question in QUESTIONS}


def test_limits_in_sparql_are_those_of_statsmodels() -> None:
    """Five steps of Newton's method stand for the square root; the limits agree to the decimal that is shown."""
    columns, *rows = _expected("response-by-disease-and-target")
    place = {name: columns.index(name) for name in ("reached", "assessed", "printed", "low", "high")}
    counted = [row for row in rows if row[place["reached"]]]
    assert len(counted) > 30
    assert all(row[place["printed"]] and not row[place["low"]] for row in rows if row not in counted)
    for row in counted:
        events, total, low, high = (float(row[place[name]]) for name in ("reached", "assessed", "low", "high"))
        limits = proportion_confint(events, total, method="wilson")
        assert (low, high) == pytest.approx([100 * limit for limit in limits], abs=0.051)


SHARED = ROOT.parent / "shared" / "evidence" / "publications"
#: Rows whose cohort is described nowhere: the graph keeps them as remarks.
WITHOUT_COHORT = {("biospace-2025-resecel", "outcomes", 1)}


def _counts(name: str, reached: str) -> set[tuple[str, str]]:
    rows = list(_expected(name))
    return {(row[rows[0].index(reached)], row[rows[0].index("assessed")]) for row in rows[1:]}


needs_dossiers = pytest.mark.skipif(not SHARED.is_dir(), reason="the dossiers are not part of the repository")


def _dossiers() -> Iterator[dict[str, Any]]:
    """Give the dossiers on autoimmune patients, read apart from cartkg."""
    for path in sorted(SHARED.glob("*.yaml")):
        dossier = YAML(typ="safe").load(path)
        if "scope" not in dossier:
            yield dossier


def _numbers(name: str, *columns: str) -> set[float]:
    heading, *rows = _expected(name)
    places = [heading.index(column) for column in columns]
    return {float(row[place]) for row in rows for place in places if row[place]}


@needs_dossiers
def test_every_count_of_the_dossiers_is_in_an_answer() -> None:
    known = {
        "outcomes": _counts("criteria-met-by-disease", "reached"),
        "adverse_events": _counts("adverse-events-by-grade", "patients"),
    }
    names = {"outcomes": ("n_achieved", "n_assessed"), "adverse_events": ("n", "N")}
    missing = set()
    seen = 0
    for dossier in _dossiers():
        for kind, (count, whole) in names.items():
            for place, row in enumerate(dossier.get(kind) or []):
                if row.get(count) is not None:
                    seen += 1
                    if (str(row[count]), str(row.get(whole, ""))) not in known[kind]:
                        missing.add((dossier["key"], kind, place))
    assert seen > 200
    assert missing == WITHOUT_COHORT


@needs_dossiers
def test_every_value_of_the_dossiers_is_in_an_answer() -> None:
    known = _numbers("values-by-criterion", "value", "low", "high")
    keys = ("value", "range_low", "range_high", "iqr_low", "iqr_high", "ci_low", "ci_high")
    stated = [
        (dossier["key"], place, float(row[key]))
        for dossier in _dossiers()
        for place, row in enumerate(dossier.get("outcomes") or [])
        for key in keys
        if isinstance(row.get(key), int | float)
    ]
    assert len(stated) > 100
    assert [item for item in stated if item[2] not in known] == []


@needs_dossiers
def test_every_dose_of_the_dossiers_is_in_an_answer() -> None:
    drugs = _numbers("lymphodepletion-regimens", "dose")
    cells = _numbers("cell-doses", "dose", "low", "high")
    missing = []
    seen = 0
    for dossier in _dossiers():
        plan = dossier["regimen"] if isinstance(dossier.get("regimen"), dict) else {}
        doses = plan.get("lymphodepletion")
        given = [row["dose"] for row in doses if isinstance(row, dict) and "dose" in row] if doses else []
        numbers = [dose for dose in given if isinstance(dose, int | float)]
        missing += [(dossier["key"], dose) for dose in numbers if dose not in drugs]
        infused = plan.get("cell_dose")
        rows = infused if isinstance(infused, list) else [infused] if isinstance(infused, dict) else []
        values = [row["value"] for row in rows if isinstance(row, dict) and isinstance(row.get("value"), int | float)]
        missing += [(dossier["key"], dose) for dose in values if dose not in cells and dose * 1_000_000 not in cells]
        seen += len(numbers) + len(values)
    assert seen > 40
    assert missing == []
