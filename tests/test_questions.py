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
from cartkg.namespaces import BASE, GRAPH_COUNTS, GRAPH_INFERRED
from cartkg.project import find
from cartkg.queries import PERSONAS, Question, read_questions, run
from cartkg.reasoning import infer
from cartkg.synthesis.tables import triples as counts

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


def counted_graph() -> KnowledgeGraph:
    """Return what a build holds, with the counts made beforehand."""
    graph = shipped_graph()
    graph.add(GRAPH_COUNTS, counts(graph))
    return graph


@pytest.fixture(scope="module")
def shipped() -> KnowledgeGraph:
    return counted_graph()


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


def _dossiers() -> Iterator[dict[str, Any]]:
    """Yield the dossiers on autoimmune patients, read apart from cartkg."""
    for path in sorted((ROOT / "data" / "dossiers").glob("*.yaml")):
        dossier = YAML(typ="safe").load(path)
        if "out_of_scope" not in dossier["publication"]:
            yield {"key": path.stem, **dossier}


def _rows(section: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the rows of a section as row id, IRI of the cohort that they are about, and content."""
    known = {dossier["key"]: dossier for dossier in _dossiers()}
    for key, dossier in known.items():
        for row in dossier.get(section) or []:
            here, name = key, row["cohort"]
            while here in known:
                cohort = next(one for one in known[here]["cohorts"] if one["id"] == name)
                if "same_as" not in cohort:
                    break
                here, _, name = cohort["same_as"].rpartition("#")
            yield f"{key}#{row['id']}", f"{BASE}cohort/{here}/{name}", row


def _answered(name: str, *columns: str) -> list[tuple[str, ...]]:
    heading, *rows = _expected(name)
    places = [heading.index(column) for column in columns]
    return [tuple(row[place] for place in places) for row in rows]


@pytest.mark.parametrize(
    ("section", "question", "reached"),
    [("results", "criteria-met-by-disease", "reached"), ("events", "adverse-events-by-grade", "patients")],
)
def test_every_count_of_the_dossiers_is_in_an_answer(section: str, question: str, reached: str) -> None:
    known = set(_answered(question, "cohort", reached, "assessed"))
    stated = [
        (row_id, (cohort, str(row["count"]["n"]), str(of) if isinstance(of := row["count"].get("of"), int) else ""))
        for row_id, cohort, row in _rows(section)
        if "count" in row and row["count"].get("unit", "patients") == "patients"
    ]
    assert len(stated) > 100
    assert [item for item in stated if item[1] not in known] == []


def test_every_percentage_of_an_event_is_in_an_answer() -> None:
    known = {
        (cohort, float(value)) for cohort, value in _answered("adverse-events-by-grade", "cohort", "value") if value
    }
    stated = [
        (name, (cohort, float(row["percent"]["number"]))) for name, cohort, row in _rows("events") if "percent" in row
    ]
    assert len(stated) > 5
    assert [item for item in stated if item[1] not in known] == []


def test_every_value_of_the_dossiers_is_in_an_answer() -> None:
    rows = _answered("values-by-criterion", "cohort", "value", "low", "high")
    known = {(cohort, float(number)) for cohort, *numbers in rows for number in numbers if number}
    stated = [
        (row_id, (cohort, float(held[name])))
        for row_id, cohort, row in _rows("results")
        if (value := row.get("value") or row.get("percent"))
        for held, names in ((value, ("number",)), (value.get("spread") or {}, ("low", "high")))
        for name in names
        if isinstance(held.get(name), int | float)
    ]
    assert len(stated) > 100
    assert [item for item in stated if item[1] not in known] == []


def _doses(section: str) -> Iterator[tuple[str, float]]:
    """Yield the doses given of a section of arms: IRI of the arm, and the number."""
    for dossier in _dossiers():
        for arm in dossier.get("arms") or []:
            for row in arm.get(section) or []:
                given = section == "cells" or (row["role"] == "lymphodepletion" and row.get("given") != "no")
                for name in ("number", "low", "high"):
                    if given and name in (row.get("dose") or {}):
                        yield f"{BASE}arm/{dossier['key']}/{arm['id']}", float(row["dose"][name])


@pytest.mark.parametrize(
    ("section", "question", "columns"),
    [("drugs", "lymphodepletion-regimens", ("dose",)), ("cells", "cell-doses", ("dose", "low", "high"))],
)
def test_every_dose_of_the_dossiers_is_in_an_answer(section: str, question: str, columns: tuple[str, ...]) -> None:
    known = {(arm, float(dose)) for arm, *doses in _answered(question, "arm", *columns) for dose in doses if dose}
    stated = list(_doses(section))
    assert len(stated) > 20
    assert [item for item in stated if item not in known] == []


def test_nobody_of_a_comparator_arm_stands_among_the_treated() -> None:
    """Placebo and rituximab groups must not appear as patients who had cells (E90)."""
    apart = {"vu-2025-aan/c2", "vu-2025-aan/c4", "tur-2024-ard/rtx"}
    by_therapy = [
        "response-by-disease-and-target", "sle-doris-remission", "b-cell-findings", "b-cell-return", "car-t-expansion",
        "autoantibodies-after-therapy", "dual-target-therapies", "relapse-and-flare",
    ]  # fmt: skip
    for name in by_therapy:
        assert not {cohort for (cohort,) in _answered(name, "cohort")} & {f"{BASE}cohort/{end}" for end in apart}, name
    for name in ("neurological-diseases-treated", "cohorts-by-disease", "crs-by-grade"):
        rows = _answered(name, "cohort", "arm", "targets")
        told = {(arm, targets) for cohort, arm, targets in rows if cohort.removeprefix(f"{BASE}cohort/") in apart}
        assert not any("treated" in arm or targets for arm, targets in told), name


def test_a_result_that_was_missed_or_lost_is_not_counted_as_reached() -> None:
    missed = {
        (cohort, str(row["count"]["n"]), str(row["count"].get("of")))
        for _, cohort, row in _rows("results")
        if row.get("count", {}).get("result") in {"not-met", "lost", "not-resolved", "not-improved", "worsened"}
    }
    assert missed
    shown = _answered("criteria-met-by-disease", "cohort", "reached", "assessed", "became")
    kinds = {became for cohort, reached, assessed, became in shown if (cohort, reached, assessed) in missed}
    assert kinds >= {"not met", "lost"}
    became = {kind for (kind,) in _answered("everybody-responded", "became")}
    assert not became & {"not met", "lost", "worsened", "not improved", "not resolved"}


def test_children_are_found_by_age_and_by_disease() -> None:
    """Childhood subtypes, and mixed cohorts by their range of ages (E96, E100)."""
    found = {
        cohort.removeprefix(f"{BASE}cohort/"): (lowest, highest, who)
        for cohort, lowest, highest, who in _answered("children", "cohort", "lowest", "highest", "who")
    }
    assert found["itp-nct06352281-2025/c1"] == ("8", "25", "some under 18 years")
    assert found["krickau-2024-lancet/c1"][0] == "15"
    assert found["zjuch-2024-news-childhood-sle/c1"][0] == "12"
    assert found["paris-munoz-2025-med/c1"][0] == "11"


def test_doris_remission_that_is_printed_in_per_cent_is_counted() -> None:
    rows = _answered("sle-doris-remission", "cohort", "reached", "assessed", "printed")
    assert (f"{BASE}cohort/castle-2026-natmed/sle", "9", "10", "90") in rows
    assert all(not printed for cohort, _, _, printed in rows if "castle-2026" not in cohort)
